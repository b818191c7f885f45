"""Events of photos that are only in the store, beside a folder with albums of the user's own: for tests of covers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from fakes import outside_parts
from fakes.small_folder import draw, refresh
from fakes.tiny import START

from plugins.records import Event, Photo
from tasks.context import Opened, opened
from tasks.covers import choose_covers
from tasks.features import EXPOSURE, SHARPNESS

REAL: Final = tuple(f"{n}.jpg" for n in range(8))
"""Photos that are in the folder."""
DIM: Final = 8
SCREEN: Final = {"name": "Screenshots/{id}.png"}


@dataclass
class CoverCases:
    """A library with events that tests make; what is not said of a photo is a sharp view unlike the others' own."""

    library: str
    root: Path
    events: list[Event] = field(default_factory=list)

    def event(self, key: str, *photos: Mapping[str, Any], trip: str = "", apart_s: float = 60.0) -> tuple[str, ...]:
        """Add an event of photos with these fields, and what was measured of them; return the photos' ids.

        `sharpness`, `exposure` and `scene` (a vector) are what was measured; None says that nobody did.
        """
        day = START + timedelta(days=1 + len(self.events))
        ids = tuple(f"{key}-{n:04}" for n in range(len(photos)))
        made, measured = list[Photo](), list[tuple[str, dict[str, Any]]]()
        for n, (id_, known) in enumerate(zip(ids, photos, strict=True)):
            usual = {"sharpness": 0.6, "exposure": 0.5, "scene": (-1) ** (n // DIM) * np.eye(DIM)[n % DIM]}
            fields = {name: value for name, value in known.items() if name not in usual}
            at = day + timedelta(seconds=n * apart_s)
            photo = Photo(
                id_, fields.pop("name", f"{id_}.jpg").format(id=id_), at, at.replace(tzinfo=None), f"key-{id_}"
            )
            made.append(replace(photo, **fields))
            measured.append((photo.content_key, usual | {k: v for k, v in known.items() if k in usual}))
        self.events.append(Event(key, ids, trip=trip))
        with opened(self.library) as here:
            here.store.photos.update(here.name, made)
            here.store.events.save(here.name, self.events)
            self._measure(here, measured)
        return ids

    def _measure(self, here: Opened, measured: Sequence[tuple[str, dict[str, Any]]]) -> None:
        for measure in (SHARPNESS, EXPOSURE):
            found = ((key, known[measure[0]]) for key, known in measured if known[measure[0]] is not None)
            here.store.measures.put(*measure, found)
        vectors = ((key, known["scene"]) for key, known in measured if known["scene"] is not None)
        here.store.features.put("scenes", "1", vectors)

    def album(self, title: str, *photos: str, cover: str = "") -> None:
        """Let the user have an album of photos of the folder."""
        with opened(self.library) as here:
            folder = here.gallery.state / "albums"  # type: ignore[attr-defined]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{title}.toml").write_text(f"title = {title!r}\ncover = {cover!r}\nphotos = {list(photos)!r}\n")

    def run(self) -> dict[str, Any]:
        """Choose the covers once, whatever is cached; return the figures."""
        return dict(choose_covers.as_task.fn(self.library, "key"))


def enter(place: Path, monkeypatch: pytest.MonkeyPatch) -> CoverCases:
    """Draw the folder, and let the environment name the library."""
    outside_parts.install(place / "outside", monkeypatch)
    settings = {"DATA_DIR": place / "data", "FEATURES__EMBEDDER": "squares", "FEATURES__PICTURE": "scenes"}
    for name, value in settings.items():
        monkeypatch.setenv(f"ALBUMEN_{name}", str(value))
    draw(place / "photos", REAL, size=(64, 48))
    library = f"folder:{place / 'photos'}"
    refresh(library)
    return CoverCases(library, place / "photos")
