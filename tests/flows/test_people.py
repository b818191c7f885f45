"""Names given back by a flow: planned, written, and taken back as one run."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fakes.small_folder import refresh
from fakes.snaps import ANNA, BEN, HOME, LEFT, RIGHT, snap

from flows.people import restore_people
from flows.undo import undo
from plugins.people.names_file import NamesFileWrong, SavedFace, names_json
from plugins.store.runs import Run
from tasks.context import opened

pytestmark = pytest.mark.flow


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Draw two photos of people whom the gallery does not know."""
    monkeypatch.setenv("ALBUMEN_DATA_DIR", str(tmp_path / "data"))
    for n, faces in enumerate(((ANNA, BEN), (ANNA,))):
        snap(tmp_path / "photos" / f"{n}.jpg", datetime(2024, 5, 3, 10) + timedelta(minutes=n), HOME, faces)
    refresh(f"folder:{tmp_path / 'photos'}")
    return tmp_path / "photos"


def backup(photos: Path) -> str:
    with opened(f"folder:{photos}") as here:
        first, second = (photo.content_key for photo in here.store.photos.all(here.name))
    faces = [SavedFace(first, LEFT, "Anna"), SavedFace(first, RIGHT, "Ben"), SavedFace(second, LEFT, "Anna")]
    file = photos.parent / "names.json"
    file.write_bytes(names_json([*faces, SavedFace("gone", LEFT, "Carla", "old.jpg")]))
    return str(file)


def runs(photos: Path) -> list[Run]:
    with opened(f"folder:{photos}") as here:
        return here.store.runs.list(here.name)


def test_names_are_planned_written_and_taken_back(photos: Path) -> None:
    library, file, people = f"folder:{photos}", backup(photos), photos / ".albumen" / "people.toml"
    planned = restore_people(library, file)
    assert (planned["plan"]["changes"], planned["applied"], people.exists()) == (5, None, False)

    written = restore_people(library, file, apply=True)
    assert (written["applied"]["done"], written["applied"]["refused"]) == (5, [])
    assert [name in people.read_text() for name in ("Anna", "Ben", "Carla")] == [True, True, False]
    assert written["plan"]["missed_names"] == [["Carla", "old.jpg", "no photo of this content is in the library"]]
    assert "Anna, new: 2 faces" in Path(written["report"]).read_text(encoding="utf-8")

    undone = undo(library, written["run"])
    assert (undone["applied"]["done"], undone["applied"]["refused"]) == (5, [])
    assert not people.exists()
    assert [(run.kind, run.status) for run in runs(photos)] == [
        ("undo", "done"),
        ("restore", "done"),
        ("restore", "done"),
    ]


def test_a_file_that_is_no_backup_ends_the_run(photos: Path) -> None:
    (photos.parent / "names.json").write_text("{}")
    with pytest.raises(NamesFileWrong, match="is no backup of names"):
        restore_people(f"folder:{photos}", str(photos.parent / "names.json"))
    assert [(run.kind, run.status) for run in runs(photos)] == [("restore", "failed")]
