"""Photos for the fake servers to hold: numbered ones, and those of a folder with what its user did by hand."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from plugins.galleries.folder import Plugin
from plugins.records import Photo

START = datetime(2024, 5, 3, 10, tzinfo=UTC)


def numbered(n: int, start: int = 0) -> list[dict[str, Any]]:
    """Return names and times of so many photos, ten minutes apart in runs of ten a day."""
    return [
        {"name": f"IMG_{k:06}.jpg", "taken": START + timedelta(days=k // 10, minutes=k % 10 * 10)}
        for k in range(start, start + n)
    ]


def of_folder(folder: Path) -> list[Photo]:
    """Return the photos of a folder in time order."""
    with tempfile.TemporaryDirectory() as state, Plugin(folder, Path(state), ZoneInfo("UTC")) as gallery:
        return sorted(gallery.photos(), key=lambda p: (p.taken_at, p.name))


def offset_h(photo: Photo) -> int:
    """Return by how many hours a photo's wall time is ahead of UTC."""
    return round((photo.taken_local - photo.taken_at.replace(tzinfo=None)).total_seconds() / 3600)


def users_doings(folder: Path) -> dict[str, Any]:
    """Return what the user of `make_library.py` did by hand: tags, favourites, named faces, albums with covers."""
    doings: dict[str, Any] = json.loads((folder / "user_state.json").read_text())
    return doings
