"""A folder with a happening a day, some of them in albums of the user's own: for tests of what is scored on those."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fakes import outside_parts
from fakes.snaps import HOME, snap

PHOTOS_A_DAY = 3


def draw_days(folder: Path, n: int) -> list[list[str]]:
    """Draw days of three photos, twenty minutes apart; return their names by day."""
    days = []
    for number in range(n):
        start = datetime(2024, 3, 1, 10) + timedelta(days=number)
        names = [f"{number:02}-{i}.jpg" for i in range(PHOTOS_A_DAY)]
        for i, name in enumerate(names):
            snap(folder / name, start + timedelta(minutes=20 * i), HOME)
        days.append(names)
    return days


def enter(place: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let the environment name a state of its own; return the library of the folder `photos`."""
    outside_parts.install(place / "outside", monkeypatch)
    monkeypatch.setenv("ALBUMEN_DATA_DIR", str(place / "data"))
    monkeypatch.setenv("ALBUMEN_FEATURES__EMBEDDER", "squares")
    monkeypatch.setenv("ALBUMEN_FEATURES__ENABLED", "false")
    return f"folder:{place / 'photos'}"


def album_file(folder: Path, name: str, photos: Iterable[str], cover: str = "") -> None:
    """Put photos into an album of the user's own, perhaps with a cover that they chose."""
    file = folder / ".albumen" / "albums" / f"{name}.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    chosen = f"cover = {cover!r}\n" if cover else ""
    file.write_text(f'title = "{name}"\n{chosen}photos = [{", ".join(map(repr, photos))}]\n')


def dumped(place: Path) -> list[str]:
    """Return all that the store holds, as SQL."""
    with closing(sqlite3.connect(place / "data" / "albumen.db")) as connection:
        return list(connection.iterdump())
