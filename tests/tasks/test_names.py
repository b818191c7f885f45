"""Names are kept in a file and given back: after a face reset, and to photos that were uploaded anew."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes import outside_parts
from fakes.small_folder import refresh
from fakes.snaps import ANNA, BEN, HOME, LEFT, RIGHT, named_face, snap, write_sidecar

from plugins.people.names_file import NamesFileWrong, names_json
from plugins.records import Box
from plugins.store import FaceLabel
from tasks.context import opened
from tasks.features import extract_batch
from tasks.names import _apply_restore, _plan_restore, saved_faces

START = datetime(2024, 5, 3, 10)


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Draw three photos of Anna and Ben whom the user has named, and find the faces in them."""
    outside_parts.install(tmp_path / "outside", monkeypatch)
    given = {"DATA_DIR": tmp_path / "data", "FEATURES__EMBEDDER": "squares", "FEATURES__PICTURE": "tints"}
    for setting, value in given.items():
        monkeypatch.setenv(f"ALBUMEN_{setting}", str(value))
    folder = tmp_path / "photos"
    for n, faces in enumerate(((ANNA, BEN), (ANNA,), (BEN,))):
        snap(folder / f"{n}.jpg", START + timedelta(minutes=n), HOME, faces)
    name(folder, "0.jpg", Anna=LEFT, Ben=RIGHT)
    name(folder, "1.jpg", Anna=LEFT)
    look(folder)
    return folder


def name(folder: Path, photo: str, **boxes: Box) -> None:
    """Name faces as another program would, in a sidecar; nobody takes the names away."""
    sidecar = folder / f"{photo}.xmp"
    sidecar.unlink(missing_ok=True)
    if boxes:
        both = [named_face(who, box) for who, box in boxes.items()]
        head, tail = both[0].split("<rdf:li", 1)[0], "</rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>"
        inside = "".join("<rdf:li" + one.split("<rdf:li", 1)[1].removesuffix(tail) for one in both)
        write_sidecar(folder / photo, f"{head}{inside}{tail}")


def look(folder: Path) -> str:
    """Read the folder anew and find the faces; return the library's name."""
    library = f"folder:{folder}"
    refresh(library)
    with opened(library) as here:
        ids = here.store.photos.ids(here.name)
        here.store.models.choose(here.name, "faces", "squares", "1")
    extract_batch.as_task.fn(library, "key", number=0, photos=ids)
    return library


def backup(folder: Path) -> str:
    faces, unfit = saved_faces(f"folder:{folder}")
    assert unfit == []
    file = folder.parent / "names.json"
    file.write_bytes(names_json(faces))
    return str(file)


def restored(folder: Path, file: str, apply: bool = True) -> dict[str, Any]:
    """Plan, and apply, in a run of its own; return the figures of the plan, and of what was applied."""
    library = f"folder:{folder}"
    with opened(library) as here:
        run = here.store.runs.start(here.name, "restore")
    planned = _plan_restore.fn(library, run, file)
    return {**(_apply_restore.fn(library, run, file) if apply else {}), **planned}


def names(folder: Path) -> dict[str, list[str]]:
    """Return the names in the gallery, by photo and from left to right."""
    with opened(f"folder:{folder}") as here:
        found = {p.name: list(here.gallery.regions(p)) for p in here.store.photos.all(here.name)}
    return {photo: [r.name for r in sorted(of, key=lambda r: r.box or ())] for photo, of in found.items()}


def reset(folder: Path) -> None:
    for n in range(3):
        name(folder, f"{n}.jpg")
    look(folder)


NAMED = {"0.jpg": ["Anna", "Ben"], "1.jpg": ["Anna"], "2.jpg": []}


def test_names_come_back_after_a_face_reset(photos: Path) -> None:
    assert names(photos) == NAMED
    file = backup(photos)
    reset(photos)
    assert names(photos) == {"0.jpg": [], "1.jpg": [], "2.jpg": []}

    planned = restored(photos, file, apply=False)
    assert (planned["changes"], planned["already"], planned["missed"], planned["blocked"]) == (5, 0, 0, "")
    assert names(photos) == {"0.jpg": [], "1.jpg": [], "2.jpg": []}

    applied = restored(photos, file)
    assert (applied["done"], applied["refused"]) == (5, [])
    assert names(photos) == NAMED
    again = restored(photos, file)
    assert (again["changes"], again["already"], again["done"]) == (0, 3, 0)


def test_the_store_knows_the_names_as_the_users_and_looks_at_people_anew(photos: Path) -> None:
    library, file = f"folder:{photos}", backup(photos)
    reset(photos)
    with opened(library) as here:
        here.store.steps.record(here.name, "group_people", "key", {})
        here.store.people.save_labels(here.name, "squares", "1", [FaceLabel("elsewhere", 0, "anna")])
    restored(photos, file)
    with opened(library) as here:
        people = {person.id: person.name for person in here.store.people.all(here.name)}
        labels = here.store.people.labels(here.name, "squares", "1").values()
        keys = {photo.content_key: photo.name for photo in here.store.photos.all(here.name)}
        assert not here.store.steps.holds(here.name, "group_people", "key")
    known = sorted(
        (keys.get(label.content_key), people[label.person], label.origin) for label in labels if label.person in people
    )
    assert known == [("0.jpg", "Anna", "user"), ("0.jpg", "Ben", "user"), ("1.jpg", "Anna", "user")]


def test_a_name_that_was_given_since_stays(photos: Path) -> None:
    file = backup(photos)
    reset(photos)
    name(photos, "1.jpg", Carla=LEFT)
    look(photos)
    found = restored(photos, file)
    assert found["missed_names"] == [["Anna", "1.jpg", "the face is Carla's by now"]]
    assert names(photos) == {**NAMED, "1.jpg": ["Carla"]}


def test_what_was_uploaded_anew_is_found_by_its_content_and_what_was_edited_is_not(photos: Path) -> None:
    file = backup(photos)
    reset(photos)
    (photos / "1.jpg").rename(photos / "again.jpg")
    with (photos / "0.jpg").open("ab") as edited:
        edited.write(b"edited")
    look(photos)
    found = restored(photos, file)
    gone = "no photo of this content is in the library"
    assert sorted(found["missed_names"]) == [["Anna", "0.jpg", gone], ["Ben", "0.jpg", gone]]
    assert names(photos) == {"0.jpg": [], "again.jpg": ["Anna"], "2.jpg": []}


def test_after_a_reset_without_a_backup_the_store_still_knows_what_the_user_said(photos: Path) -> None:
    library = f"folder:{photos}"
    restored(photos, backup(photos))
    with opened(library) as here:
        labels = list(here.store.people.labels(here.name, "squares", "1").values())
        guess = FaceLabel(
            next(p.content_key for p in here.store.photos.all(here.name) if p.name == "2.jpg"), 0, "name:Ben"
        )
        here.store.people.save_labels(here.name, "squares", "1", [*labels, guess])
    reset(photos)
    faces, _ = saved_faces(library)
    assert sorted((face.photo, face.name) for face in faces) == [("0.jpg", "Anna"), ("0.jpg", "Ben"), ("1.jpg", "Anna")]


def test_a_damaged_file_changes_nothing(photos: Path) -> None:
    file = backup(photos)
    Path(file).write_text(json.dumps({**json.loads(Path(file).read_text()), "faces": 7}))
    reset(photos)
    with pytest.raises(NamesFileWrong, match="damaged"):
        restored(photos, file)
    assert names(photos) == {"0.jpg": [], "1.jpg": [], "2.jpg": []}
