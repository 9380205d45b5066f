"""Audiences 客户端: which client a token was made for (L13). Each route declares the audiences it serves."""

MINI = "mini"
H5 = "h5"
CONSOLE_ENT = "console-ent"
CONSOLE_GOV = "console-gov"
CONSOLE_VERIFY = "console-verify"
CONSOLE_BANK = "console-bank"
CONSOLE_OPS = "console-ops"

ENTERPRISE = frozenset({MINI, H5, CONSOLE_ENT})
CONSOLES = frozenset({CONSOLE_ENT, CONSOLE_GOV, CONSOLE_VERIFY, CONSOLE_BANK, CONSOLE_OPS})
ALL = ENTERPRISE | CONSOLES
OPERATOR = frozenset({CONSOLE_OPS})

#: Which audience serves which kind of organisation.
OF_KIND = {
    "enterprise": ENTERPRISE,
    "gov": frozenset({CONSOLE_GOV}),
    "verifier": frozenset({CONSOLE_VERIFY}),
    "bank": frozenset({CONSOLE_BANK}),
    "operator": OPERATOR,
}
#: Consoles that ask for a second factor besides the password (L21).
TWO_FACTOR = frozenset({CONSOLE_GOV, CONSOLE_VERIFY, CONSOLE_BANK, CONSOLE_OPS})


def console_of(kind: str) -> str:
    """The PC console of an organisation kind."""
    return {
        "gov": CONSOLE_GOV,
        "verifier": CONSOLE_VERIFY,
        "bank": CONSOLE_BANK,
        "operator": CONSOLE_OPS,
    }.get(kind, CONSOLE_ENT)
