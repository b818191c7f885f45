"""Covers: one for each event and trip, of photos that are there, by faces where they are known."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fakes import outside_parts
from fakes.small_folder import refresh
from fakes.snaps import ANNA, HOME, snap, write_sidecar

from plugins.records import Event
from tasks.context import opened
from tasks.covers import choose_covers
from tasks.features import extract_batch

NAMES = tuple(f"{n}.jpg" for n in range(6))


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Draw six photos, Anna in the fifth; two events, of which the second belongs to a trip."""
    outside_parts.install(tmp_path / "outside", monkeypatch)
    settings = {"DATA_DIR": tmp_path / "data", "FEATURES__EMBEDDER": "squares", "FEATURES__PICTURE": "tints"}
    for name, value in settings.items():
        monkeypatch.setenv(f"ALBUMEN_{name}", str(value))
    for n, name in enumerate(NAMES):
        taken = datetime(2024, 5, 3, 10) + timedelta(minutes=n)
        snap(tmp_path / "photos" / name, taken, HOME, (ANNA,) if n == 4 else ())
    library = f"folder:{tmp_path / 'photos'}"
    refresh(library)
    with opened(library) as here:
        here.store.events.save(here.name, [Event("e1", NAMES[:3]), Event("e2", NAMES[3:], trip="t", trip_title="T")])
    return library


def covers(library: str) -> dict[str, str]:
    choose_covers.as_task.fn(library, "key")
    with opened(library) as here:
        return {key: chosen.photo for key, chosen in here.store.covers.all(here.name).items()}


@pytest.mark.parametrize("features", ["true", "false"])
def test_each_event_and_trip_has_a_cover_of_its_own_photos(library, monkeypatch, features):
    monkeypatch.setenv("ALBUMEN_FEATURES__ENABLED", features)
    found = covers(library)
    assert set(found) == {"e1", "e2", "t"}
    assert found["e1"] in NAMES[:3]
    assert {found["e2"], found["t"]} <= set(NAMES[3:])


def test_the_method_is_the_settings(library, monkeypatch):
    monkeypatch.setenv("ALBUMEN_COVERS__METHOD", "first_photo")
    assert covers(library) == {"e1": NAMES[0], "e2": NAMES[3], "t": NAMES[3]}


def test_a_face_makes_a_cover(library):
    extract_batch.as_task.fn(library, "key", number=0, photos=list(NAMES))
    assert covers(library)["e2"] == NAMES[4]


def test_a_favourite_of_the_user_makes_a_cover(library):
    write_sidecar(Path(library.removeprefix("folder:")) / NAMES[1], "<xmp:Rating>5</xmp:Rating>")
    refresh(library)
    assert covers(library)["e1"] == NAMES[1]


def test_a_photo_that_is_gone_is_no_cover(library):
    Path(library.removeprefix("folder:"), NAMES[0]).unlink()
    refresh(library)
    assert covers(library)["e1"] in NAMES[1:3]


def test_an_event_without_any_photo_left_has_none(library):
    for name in NAMES[:3]:
        Path(library.removeprefix("folder:"), name).unlink()
    refresh(library)
    assert set(covers(library)) == {"e2", "t"}
