"""The five states of a certificate (rule CC4) and the address its code stands for."""

from datetime import date
from typing import Literal

from core.settings import settings

State = Literal["valid", "expired", "superseded", "suspended", "revoked"]
Basis = Literal["self", "verified"]
Letter = Literal["A", "B", "C", "D", "E"]

#: ``expired`` is never stored: the day decides.
STATE_WORDS = {
    "valid": "真实有效",
    "expired": "已到期",
    "superseded": "已被新证书替代",
    "suspended": "暂停使用，核实中",
    "revoked": "已撤销，请勿采信",
}
BASIS_WORDS = {"self": "企业自评", "verified": "核查机构评级"}


def state_on(stored: State, valid_until: date, today: date) -> State:
    """The state on a day: a valid certificate still is on the day its validity ends, the next day it is expired."""
    return "expired" if stored == "valid" and today > valid_until else stored


def code_url(code: str) -> str:
    """What the QR says (CC4): one address, lower case but for the code itself."""
    return f"{settings.base_url}/c/{code}"
