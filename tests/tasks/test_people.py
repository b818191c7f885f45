"""People: the names that the user gave in regions and in Takeout files reach the faces, and the faces like them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fakes import outside_parts
from fakes.small_folder import refresh
from fakes.snaps import ANNA, BEN, CARL, HOME, LEFT, RIGHT, named_face, snap, write_sidecar

from tasks.caching import Skipped
from tasks.context import opened
from tasks.features import extract_batch
from tasks.people import group_people

START = datetime(2024, 5, 3, 10)


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    outside_parts.install(tmp_path / "outside", monkeypatch)
    for name, value in {
        "DATA_DIR": tmp_path / "data",
        "FEATURES__EMBEDDER": "squares",
        "FEATURES__PICTURE": "tints",
        "PEOPLE__METHOD": "dbscan_faces",
        "PEOPLE__PURIFY": "none",
    }.items():
        monkeypatch.setenv(f"ALBUMEN_{name}", str(value))
    (tmp_path / "photos").mkdir()
    return tmp_path / "photos"


def draw(photos: Path, *faces: tuple[tuple[int, int, int], ...]) -> list[Path]:
    paths = [photos / f"{n}.jpg" for n in range(len(faces))]
    for n, path in enumerate(paths):
        snap(path, START + timedelta(minutes=n), HOME, faces[n])
    return paths


def takeout(photo: Path, *names: str) -> None:
    people = [{"name": name} for name in names]
    photo.with_name(f"{photo.name}.json").write_text(json.dumps({"title": photo.name, "people": people}))


def named(photos: Path) -> tuple[dict[str, list[str]], dict[str, object]]:
    """Run the steps up to people; return the names of the faces of each photo, by face, and the figures."""
    library = f"folder:{photos}"
    refresh(library)
    with opened(library) as here:
        ids = here.store.photos.ids(here.name)
    extract_batch.as_task.fn(library, "key", number=0, photos=ids)
    figures = group_people.as_task.fn(library, "key")
    with opened(library) as here:
        names: dict[str, list[str]] = {}
        of_key = {photo.content_key: photo.name for photo in here.store.photos.all(here.name)}
        labels = here.store.people.labels(here.name, "squares", "1")
        called = {person.id: person.name or "somebody" for person in here.store.people.all(here.name)}
        table = here.store.faces.table(of_key, "squares", "1")
        for key, index in zip(table.content_keys, table.index.tolist(), strict=True):
            label = labels.get((key, index))
            names.setdefault(of_key[key], []).append(f"{called[label.person]} by {label.origin}" if label else "")
    return names, figures


def test_nobody_is_named_by_us(photos):
    draw(photos, (ANNA,), (ANNA, BEN))
    names, figures = named(photos)
    assert names == {"0.jpg": [""], "1.jpg": ["", ""]}
    assert {name: n for name, n in figures.items() if n} == {"faces": 3, "new": 3, "regrouped": True}


def test_a_region_names_its_face_and_those_like_it(photos):
    first, *_ = draw(photos, (CARL, ANNA), (ANNA,), (BEN,))
    write_sidecar(first, named_face("Anna", RIGHT))
    names, figures = named(photos)
    assert names == {"0.jpg": ["Anna by user", ""], "1.jpg": ["Anna by ours"], "2.jpg": [""]}
    assert {name: n for name, n in figures.items() if n} == {
        "faces": 4,
        "new": 4,
        "people": 1,
        "named_by_user": 1,
        "named": 2,
        "regrouped": True,
    }


def test_a_region_where_no_face_is_names_nobody(photos):
    first, _ = draw(photos, (ANNA,), (ANNA,))
    write_sidecar(first, named_face("Anna", RIGHT))
    assert named(photos)[0] == {"0.jpg": [""], "1.jpg": [""]}


@pytest.mark.parametrize(
    ("faces", "people", "first", "second"),
    [
        pytest.param((ANNA,), ("Anna",), ["Anna by user"], "Anna by ours", id="one face, one name"),
        pytest.param((ANNA, BEN), ("Anna",), ["", ""], "", id="two faces, nobody knows whose the name is"),
        pytest.param((ANNA,), ("Anna", "Ben"), [""], "", id="two names for one face"),
        pytest.param((ANNA,), (), [""], "", id="no name"),
    ],
)
def test_takeout_says_who_is_in_a_photo_but_not_where(photos, faces, people, first, second):
    one, _ = draw(photos, faces, (ANNA,))
    takeout(one, *people)
    assert named(photos)[0] == {"0.jpg": first, "1.jpg": [second]}


def test_a_name_that_the_user_takes_back_is_gone(photos):
    first, _ = draw(photos, (ANNA,), (ANNA,))
    write_sidecar(first, named_face("Anna", LEFT))
    assert named(photos)[0] == {"0.jpg": ["Anna by user"], "1.jpg": ["Anna by ours"]}
    first.with_name(f"{first.name}.xmp").unlink()
    assert named(photos)[0] == {"0.jpg": [""], "1.jpg": [""]}


def test_without_weights_the_step_says_how_to_mend_that(photos, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("ALBUMEN_FEATURES__EMBEDDER", "weightless")
    with pytest.raises(Skipped, match="put the file into one of these folders"):
        group_people.as_task.fn(f"folder:{photos}", "key")
