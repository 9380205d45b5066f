"""Organisations 组织: who they are, who belongs to them, what a regulator may see of them."""

from tenants.reference import load_reference

__all__ = ["load_reference"]
