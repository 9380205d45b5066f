"""Handlers, one module per room. Importing a module registers its routes; :func:`load` imports them all."""

from importlib import import_module
from pkgutil import iter_modules


def load() -> None:
    """Import every handler module (order does not matter: routes are sorted by path)."""
    for found in iter_modules(__path__):
        import_module(f"{__name__}.{found.name}")
