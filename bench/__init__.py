"""Benchmarks that print ratios to a limit measured in the same run; nothing here asserts a time (architecture 8)."""
