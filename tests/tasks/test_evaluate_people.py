"""People against the names of the user: whose names are truth, and figures that are known by construction."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes import outside_parts
from fakes.happenings import dumped
from fakes.small_folder import refresh
from fakes.snaps import ANNA, BEN, HOME, LEFT, named_face, snap, write_sidecar

from plugins.evaluation import FEWEST
from plugins.publishing.ledger import LedgerPerson
from tasks import evaluate_people
from tasks.context import opened
from tasks.features import extract_batch
from tasks.people import group_people

PHOTOS = FEWEST + 4


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Draw photos of Anna and of Ben in turn."""
    folder = tmp_path_factory.mktemp("faces") / "photos"
    for n in range(PHOTOS):
        taken = datetime(2024, 5, 3, 10) + timedelta(hours=n)
        snap(folder / f"{n:02}.jpg", taken, HOME, ((ANNA, BEN)[n % 2],))
    return folder


@pytest.fixture
def library(drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    shutil.copytree(drawn, tmp_path / "photos")
    outside_parts.install(tmp_path / "outside", monkeypatch)
    for name, value in {
        "DATA_DIR": tmp_path / "data",
        "FEATURES__EMBEDDER": "squares",
        "FEATURES__PICTURE": "tints",
        "PEOPLE__METHOD": "dbscan_faces",
        "PEOPLE__PURIFY": "none",
    }.items():
        monkeypatch.setenv(f"ALBUMEN_{name}", str(value))
    return f"folder:{tmp_path / 'photos'}"


def name(folder: Path, n: int) -> None:
    """Name the faces of the first n photos, in their sidecars."""
    for number in range(n):
        write_sidecar(folder / f"{number:02}.jpg", named_face(("Anna", "Ben")[number % 2], LEFT))


def curated(library: str) -> None:
    refresh(library)
    with opened(library) as here:
        ids = here.store.photos.ids(here.name)
    extract_batch.as_task.fn(library, "key", number=0, photos=ids)
    group_people.as_task.fn(library, "key")


def evaluated(library: str) -> dict[str, Any]:
    figures: dict[str, Any] = evaluate_people._evaluate.fn(library)
    return figures


def test_people_who_look_like_nobody_else_are_found_by_all(library, tmp_path):
    name(tmp_path / "photos", FEWEST)
    curated(library)
    before = dumped(tmp_path)
    figures = evaluated(library)
    assert (figures["scored"], figures["people"], figures["too_few"]) == (FEWEST, 2, False)
    rows = {row["method"]: row for row in figures["rows"]}
    assert {name: row["role"] for name, row in rows.items()} == {
        "dbscan_faces": "published",
        "average_linkage": "baseline",
        "hdbscan_faces": "baseline",
    }
    assert {row["scores"]["bcubed_f"]["value"] for row in rows.values()} == {1.0}
    assert dumped(tmp_path) == before


def test_one_name_less_is_too_few_to_say_anything(library, tmp_path):
    name(tmp_path / "photos", FEWEST - 1)
    curated(library)
    figures = evaluated(library)
    assert (figures["scored"], figures["too_few"]) == (FEWEST - 1, True)
    assert figures["rows"] == []


def test_a_group_of_ours_that_the_user_named_is_no_truth_about_groups(library):
    """All of Anna's faces are hers because we put them together; the name is the user's, the group is not."""
    curated(library)
    with opened(library) as here:
        groups = {label.person for label in here.store.people.labels(here.name, "squares", "1").values()}
        for n, group in enumerate(sorted(groups)):
            here.store.suggestions.name_person(here.name, group, f"Person {n}")
    curated(library)
    figures = evaluated(library)
    assert (figures["scored"], figures["rows"]) == (0, [])


def test_somebody_whom_we_made_in_the_gallery_is_no_truth_either(library, tmp_path):
    name(tmp_path / "photos", FEWEST)
    curated(library)
    with opened(library) as here:
        anna = next(person for person in here.store.people.all(here.name) if person.name == "Anna")
        here.store.ledger.save_people(here.name, {anna.id: LedgerPerson(anna.id, "g", "Anna", "theirs")})
    assert (evaluated(library)["people"], evaluated(library)["scored"]) == (1, FEWEST // 2)


def test_of_very_many_faces_a_sample_is_grouped_and_the_row_says_so(library, tmp_path, monkeypatch):
    name(tmp_path / "photos", FEWEST)
    curated(library)
    monkeypatch.setattr(evaluate_people, "MOST_FACES", FEWEST + 1)
    figures = evaluated(library)
    assert figures["sample"] == f"of {PHOTOS} faces a sample of {FEWEST + 1}"
    assert figures["scored"] == FEWEST
