"""The kinds of worlds: every gallery, and of those that are servers a version."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path

from fakes.worlds import World
from fakes.worlds.folder import folder_world
from fakes.worlds.immich import immich_world
from fakes.worlds.photoprism import photoprism_world

_SOAK = bool(os.environ.get("ALBUMEN_SOAK"))
_MORE = ("immich 2.7.5", "immich 3.3.5", "photoprism 250425", "photoprism 251130", "photoprism 270101")
KINDS = ("folder", "immich 3.1.0", "photoprism 250707", "photoprism 260919", *(_MORE if _SOAK else ()))
"""A new gallery is one more here, with a function that makes its world."""


def world_of(kind: str, place: Path, common: Path) -> AbstractContextManager[World]:
    """Return a world, made when it is entered; `place` is not there yet, `common` is shared by worlds of a kind."""
    server, _, version = kind.partition(" ")
    if server == "folder":
        return folder_world(place, common)
    return immich_world(place, version) if server == "immich" else photoprism_world(place, version)
