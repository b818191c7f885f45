"""Whom a gallery names on photos is asked in parts, and in the way that costs it least."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.small_folder import draw, refresh
from fakes.snaps import LEFT, named_face, write_sidecar

from plugins.galleries.folder.people import PeopleFile
from plugins.store import Store
from tasks.context import Opened, opened
from tasks.event_photos import named_anywhere
from tasks.names import saved_faces

LIBRARY = "family"


@pytest.fixture
def named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[str, ...]]:
    """Lend a library of a folder; return the names on its photos."""
    names = [f"{n}.jpg" for n in range(5)]
    draw(tmp_path / "photos", names)
    for name in names[:3]:
        write_sidecar(tmp_path / "photos" / name, named_face("Anna", LEFT))
    (tmp_path / "albumen.toml").write_text(f'[libraries.{LIBRARY}]\npath = "{tmp_path / "photos"}"\n')
    for name, value in {"CONFIG": tmp_path / "albumen.toml", "DATA_DIR": tmp_path / "data"}.items():
        monkeypatch.setenv(f"ALBUMEN_{name}", str(value))
    monkeypatch.setenv("ALBUMEN_FEATURES__ENABLED", "false")
    refresh(LIBRARY)
    return dict.fromkeys(names[:3], ("Anna",))


def test_the_people_of_a_folder_are_read_once_for_all_photos(named, monkeypatch):
    times, read = [], PeopleFile.read
    monkeypatch.setattr(PeopleFile, "read", lambda self: (times.append(1), read(self))[1])
    with opened(LIBRARY) as here:
        assert named_anywhere(here) == named
    assert len(times) == 1
    assert [face.name for face in saved_faces(LIBRARY)[0]] == ["Anna"] * 3
    assert len(times) == 2


def connections(store: Store) -> int:
    return store._database.engine.pool.checkedout()


def test_no_reading_of_the_store_stays_open_while_the_gallery_is_asked(named):
    with opened(LIBRARY) as here:
        gallery, during = here.gallery, []

        class Slow:
            def regions_of_people(self, photos):
                for found in gallery.regions_of_people(photos):
                    during.append(connections(here.store))
                    yield found

        slow = Opened(here.settings, here.config, here.store)
        slow.__dict__["gallery"] = Slow()
        assert named_anywhere(slow) == named
    assert during == [0] * 5
