"""Green finance 绿色金融: products, matching, finance cases and the bank desk.

The room stands empty until its first verb; the report it will show is made in ``reports``.
"""
