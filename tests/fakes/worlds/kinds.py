"""The kinds of worlds: every gallery, and of those that are servers a version."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path

from fakes.worlds import World
from fakes.worlds.folder import folder_world
from fakes.worlds.immich import immich_world

_SOAK = bool(os.environ.get("ALBUMEN_SOAK"))
KINDS = ("folder", "immich 3.1.0", *(("immich 2.7.5", "immich 3.3.5") if _SOAK else ()))
"""A new gallery is one more here, with a function that makes its world."""


def world_of(kind: str, place: Path, common: Path) -> AbstractContextManager[World]:
    """Return a world, made when it is entered; `place` is not there yet, `common` is shared by worlds of a kind."""
    server, _, version = kind.partition(" ")
    return folder_world(place, common) if server == "folder" else immich_world(place, version)
