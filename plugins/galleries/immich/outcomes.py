"""What an id of Immich is, and why its photos cannot take a change yet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from plugins.galleries.server.outcomes import split_by

LATER: Final = "Immich still works on the photo: it is tried in the next run"
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def is_id(text: str) -> bool:
    """Say whether this can be an id: one that cannot makes Immich refuse all others of the same call."""
    return _ID.fullmatch(text) is not None


def split_ids(photos: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return those that can be ids of photos, each once, and of the others the reason why not."""
    return split_by(is_id, photos)
