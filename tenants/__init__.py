"""Organisations 组织: who they are, who belongs to them, what a regulator may see of them."""

from tenants.organisations import Belonging, organisations_of
from tenants.reference import load_reference

__all__ = ["Belonging", "load_reference", "organisations_of"]
