"""Events against the user's own albums: what counts as truth, and figures that are known by construction."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from fakes.happenings import album_file, draw_days, dumped, enter
from fakes.small_folder import album, refresh, write

from plugins.evaluation import FEWEST
from plugins.publishing.ledger import LedgerAlbum
from tasks.context import opened
from tasks.evaluate_events import _evaluate

DAYS = FEWEST + 2


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[list[str]]]:
    folder = tmp_path_factory.mktemp("days") / "photos"
    return folder, draw_days(folder, DAYS)


@pytest.fixture
def days(drawn: tuple[Path, list[list[str]]], tmp_path: Path) -> list[list[str]]:
    shutil.copytree(drawn[0], tmp_path / "photos")
    return drawn[1]


@pytest.fixture
def library(days: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    return enter(tmp_path, monkeypatch)


def evaluated(library: str) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Return the figures, and the rows by method."""
    figures = _evaluate.fn(library)
    return figures, {row["method"]: row for row in figures["rows"]}


def test_albums_that_are_the_events_are_perfectly_found(library, days, tmp_path):
    for n in range(FEWEST):
        album_file(tmp_path / "photos", f"day-{n}", days[n])
    refresh(library)
    figures, rows = evaluated(library)
    assert (figures["scored"], figures["photos"], figures["too_few"]) == (FEWEST, 3 * FEWEST, False)
    assert {name: row["role"] for name, row in rows.items()} == {
        "time_place_faces": "published",
        "time_gap": "baseline",
        "calendar_day": "baseline",
    }
    perfect = {"value": 1.0, "low": 1.0, "high": 1.0}
    assert all(set(map(str, row["scores"].values())) == {str(perfect)} for row in rows.values())


def test_one_album_less_is_too_few_to_say_anything(library, days, tmp_path):
    for n in range(FEWEST - 1):
        album_file(tmp_path / "photos", f"day-{n}", days[n])
    refresh(library)
    figures, rows = evaluated(library)
    assert (figures["scored"], figures["too_few"]) == (FEWEST - 1, True)
    assert rows == {}


def test_albums_of_ours_are_no_truth_even_without_our_mark(library, days, tmp_path):
    """One carries our mark; of the other the user has taken it off, which makes it theirs but not their idea."""
    for n in range(FEWEST):
        album_file(tmp_path / "photos", f"day-{n}", days[n])
    refresh(library)
    write(library, *album("ours", "By Albumen", days[FEWEST]))
    album_file(tmp_path / "photos", "released", days[FEWEST + 1])
    with opened(library) as here:
        once = LedgerAlbum("once", "event", gallery_id="released", state="released")
        here.store.ledger.save_albums(here.name, [once])
    assert evaluated(library)[0]["scored"] == FEWEST


def test_albums_of_a_person_or_a_single_photo_are_left_out_and_said(library, days, tmp_path):
    album_file(tmp_path / "photos", "anna", [days[0][0], days[9][1], days[20][2]])
    album_file(tmp_path / "photos", "one", [days[3][0]])
    refresh(library)
    figures, _ = evaluated(library)
    assert figures["left_out"] == {"not in one stretch": 1, "fewer than two photos": 1}


def test_a_shadow_is_scored_and_one_that_cannot_run_says_why(library, days, tmp_path, monkeypatch):
    monkeypatch.setenv("ALBUMEN_METHODS__EVENTS", '["time_gap", "time_place_faces", "nobody"]')
    for n in range(FEWEST):
        album_file(tmp_path / "photos", f"day-{n}", days[n])
    refresh(library)
    _, rows = evaluated(library)
    assert [(row["role"], bool(row["scores"])) for row in rows.values()] == [
        ("published", True),
        ("shadow", True),
        ("shadow", False),
        ("baseline", True),
    ]
    assert "no events plugin is called 'nobody'" in rows["nobody"]["note"]


def test_nothing_in_the_store_changes(library, days, tmp_path):
    for n in range(FEWEST):
        album_file(tmp_path / "photos", f"day-{n}", days[n])
    refresh(library)
    before = dumped(tmp_path)
    evaluated(library)
    assert dumped(tmp_path) == before
