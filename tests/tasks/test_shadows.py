"""Methods in shadow: what differs is told, nothing of theirs is published, and what goes wrong stops nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from fakes.family import LIBRARY, Family, draw_family
from fakes.happenings import dumped
from fakes.small_folder import refresh
from fakes.snaps import LEFT, named_face, write_sidecar
from fakes.tagged import Shots
from fakes.tagged import enter as enter_tagged

from tasks import compare_choices
from tasks.caching import digest
from tasks.comparison import _inputs, compare_methods
from tasks.context import opened
from tasks.covers import choose_covers
from tasks.events import cluster_events
from tasks.features import extract_batch
from tasks.people import group_people
from tasks.photos import locate_photos
from tasks.shadows import compare_methods as compare_if_asked
from tasks.tags import recommend_tags

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Family:
    return draw_family(tmp_path_factory.mktemp("drawn"))


@pytest.fixture
def family(drawn: Family, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Family:
    copy = Family(shutil.copytree(drawn.place, tmp_path / "family"), drawn.year)
    copy.enter(monkeypatch)
    monkeypatch.setenv("ALBUMEN_COVERS__METHOD", "first_photo")
    monkeypatch.delenv("ALBUMEN_PEOPLE__METHOD")
    monkeypatch.setenv("ALBUMEN_METHODS__PEOPLE", '["dbscan_faces"]')
    return copy


def shadows(monkeypatch: pytest.MonkeyPatch, kind: str, *methods: str) -> None:
    monkeypatch.setenv(f"ALBUMEN_METHODS__{kind.upper()}", json.dumps(methods))


def curated(family: Family) -> None:
    refresh(LIBRARY)
    locate_photos.as_task.fn(LIBRARY, "key")
    extract_batch.as_task.fn(LIBRARY, "key", number=0, photos=list(family.year.all))
    group_people.as_task.fn(LIBRARY, "key")
    cluster_events.as_task.fn(LIBRARY, "key")
    choose_covers.as_task.fn(LIBRARY, "key")


def compared(library: str = LIBRARY) -> dict[str, dict[str, Any]]:
    """Run the step once; return what is told by method."""
    figures = compare_methods.as_task.fn(library, "key")
    return {told["method"]: told for told in figures["compared"]}


def test_events_by_gaps_alone_leave_a_trip_in_parts(family, monkeypatch, tmp_path):
    """Three days in Lisbon are one trip, and so one album; gaps know no trip, and four photos a day are no album."""
    shadows(monkeypatch, "events", "time_place_faces", "time_gap")
    curated(family)
    told = compared()["time_gap"]
    assert (told["same"], told["counts"]) == (2, {"not made": 1})
    assert told["examples"] == ("“Lisbon, 9–11 August 2024” (12 photos) would not be made",)


def test_nothing_of_a_shadow_is_kept(family, monkeypatch):
    shadows(monkeypatch, "events", "time_place_faces", "time_gap")
    shadows(monkeypatch, "people", "dbscan_faces", "average_linkage")
    shadows(monkeypatch, "covers", "first_photo", "last_photo")
    curated(family)
    before = dumped(family.place)
    compared()
    changed = set(dumped(family.place)) ^ set(before)
    assert {line.split('"')[1] for line in changed} == {"steps"}  # its receipt


def test_faces_that_would_be_somebody_elses(family, monkeypatch):
    """A method that sees no likeness leaves Anna only the face that was named."""
    shadows(monkeypatch, "people", "dbscan_faces", "never_alike")
    write_sidecar(family.photos / family.year.hamburg[0], named_face("Anna", LEFT))
    curated(family)
    assert "no people plugin is called 'never_alike'" in compared()["never_alike"]["failed"]
    shadows(monkeypatch, "people", "dbscan_faces", "average_linkage")
    assert compared()["average_linkage"]["counts"] == {}
    assert compared()["average_linkage"]["same"] == 6  # Anna is in two of every three photos in Hamburg


def test_other_covers(family, monkeypatch):
    shadows(monkeypatch, "covers", "first_photo", "last_photo")
    monkeypatch.delenv("ALBUMEN_COVERS__METHOD")
    monkeypatch.setenv("ALBUMEN_FEATURES__ENABLED", "false")  # drawn photos look so alike that one of each is left
    refresh(LIBRARY)
    locate_photos.as_task.fn(LIBRARY, "key")
    cluster_events.as_task.fn(LIBRARY, "key")
    choose_covers.as_task.fn(LIBRARY, "key")
    told = compared()["last_photo"]
    assert (told["same"], told["counts"]) == (0, {"another cover": 3})
    first, *_, last = family.year.lisbon
    assert told["examples"][0] == f"“Lisbon, 9–11 August 2024” would show {last} instead of {first}"


@pytest.fixture
def shots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shots:
    shadows(monkeypatch, "tags", "cluster_frequency", "global_frequency")
    monkeypatch.setenv("ALBUMEN_TAGS__OPTIONS", '{"k": 2}')
    enter_tagged(tmp_path, monkeypatch, "home")
    found = Shots("home")
    found.take(12, "beach", "Beach")
    found.take(12, "cat", "Cat")
    found.take(3, "beach")
    found.save()
    recommend_tags.as_task.fn("home", "key")
    return found


def test_tags_that_would_be_suggested_too(shots):
    """What is usual in the library is suggested for each photo: the word of the cats for photos of the beach."""
    told = compared("home")["global_frequency"]
    assert told["same"] == 3
    assert "“Cat” would be suggested for 15 more photos" in told["examples"]


def test_of_very_many_photos_a_sample_is_looked_at(shots, monkeypatch):
    monkeypatch.setattr(compare_choices, "MOST_PHOTOS", 5)
    assert compared("home")["global_frequency"]["sample"] == "of 27 photos 5 by lot"


def test_without_shadows_the_step_says_nothing(family):
    receipt = compare_if_asked(LIBRARY)
    assert (receipt.status, receipt.mend, receipt.figures) == ("skipped", "", {})


def test_a_shadow_that_fails_is_a_line_and_asked_again(family, monkeypatch):
    shadows(monkeypatch, "events", "time_place_faces", "nobody", "time_gap")
    curated(family)
    figures = compare_methods.as_task.fn(LIBRARY, "key")
    assert (figures["shadows"], figures["failed"]) == (2, 1)
    assert figures["note"].startswith("nobody gives no answer: no events plugin is called 'nobody'")
    assert compared()["time_gap"]["same"] == 2
    with opened(LIBRARY) as here:
        assert compare_methods._holds is not None
        assert not compare_methods._holds(here, figures)


def test_whatever_fails_does_not_stop_the_run(family, monkeypatch):
    """Here no photo could be grouped: nothing of this library can be read."""
    shadows(monkeypatch, "events", "time_place_faces", "time_gap")
    refresh(LIBRARY)
    (family.place / "data" / "albumen.db").write_bytes(b"no database")
    receipt = compare_if_asked(LIBRARY)
    assert receipt.status == "skipped"
    assert receipt.mend.startswith("methods could not be compared: ")


def test_the_key_changes_with_either_side(family, monkeypatch):
    def key() -> str:
        with opened(LIBRARY) as here:
            return digest(*_inputs(here))

    shadows(monkeypatch, "events", "time_place_faces", "time_gap")
    curated(family)
    keys = [key(), key()]
    monkeypatch.setenv("ALBUMEN_EVENTS__OPTIONS", '{"gap_h": 2}')
    keys.append(key())
    shadows(monkeypatch, "covers", "first_photo", "last_photo")
    keys.append(key())
    assert [keys.index(one) for one in keys] == [0, 0, 2, 3]
