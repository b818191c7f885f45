"""How people are named in Immich while we make them, as it has no place for a key of ours."""

from __future__ import annotations

from typing import Final

MAKING: Final = "albumen makes "
"""How a person is named, with our key behind it, from being made until it is known by its id: so it is found again."""
NOBODY: Final = "albumen nobody"
"""Who holds a face for the moment in which it is taken off a person: Immich has no call for that."""


def users_name(name: str) -> str:
    """Return the name that the user gave a person: none of those that we give for a moment."""
    return "" if name == NOBODY or name.startswith(MAKING) else name
