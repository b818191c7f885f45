"""Covers against those that the user chose: whose covers are truth, and figures that are known by construction."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from fakes.happenings import PHOTOS_A_DAY, album_file, draw_days, dumped, enter
from fakes.small_folder import album, refresh, write

from plugins.changes import SetCover
from plugins.covers.acceptance import FEWEST_SIGNALS
from plugins.evaluation import FEWEST
from plugins.publishing.ledger import LedgerCover
from tasks.context import opened
from tasks.evaluate_covers import _evaluate

torch.set_num_threads(1)
DAYS = FEWEST_SIGNALS + 2


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
    monkeypatch.setenv("ALBUMEN_METHODS__COVERS", '["first_photo", "last_photo"]')
    return enter(tmp_path, monkeypatch)


def evaluated(library: str) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Return the figures, and the rows by method."""
    figures = _evaluate.fn(library)
    return figures, {row["method"]: row for row in figures["rows"]}


def choose_first(folder: Path, days: list[list[str]], n: int) -> None:
    for number in range(n):
        album_file(folder, f"day-{number}", days[number], cover=days[number][0])


def test_a_user_who_takes_the_first_photo_is_foretold_by_the_first_photo(library, days, tmp_path):
    choose_first(tmp_path / "photos", days, FEWEST)
    refresh(library)
    before = dumped(tmp_path)
    figures, rows = evaluated(library)
    assert (figures["scored"], figures["too_few"]) == (FEWEST, False)
    assert [(row["method"], row["role"]) for row in figures["rows"][:2]] == [
        ("first_photo", "published"),
        ("last_photo", "shadow"),
    ]
    sure = {"value": 1.0, "low": 1.0, "high": 1.0}
    assert rows["first_photo"]["scores"]["top_1"] == sure
    assert rows["last_photo"]["scores"]["top_1"]["value"] == 0.0
    assert rows["last_photo"]["scores"]["mrr"]["value"] == pytest.approx(1 / PHOTOS_A_DAY, abs=1e-4)
    assert rows["random"]["scores"]["top_1"]["value"] == pytest.approx(1 / PHOTOS_A_DAY, abs=1e-4)
    assert rows["first_photo"]["scores"]["top_1_gain"]["value"] == pytest.approx(1 - 1 / PHOTOS_A_DAY, abs=1e-4)
    assert dumped(tmp_path) == before


def test_one_cover_less_is_too_few_to_say_anything(library, days, tmp_path):
    choose_first(tmp_path / "photos", days, FEWEST - 1)
    refresh(library)
    figures, rows = evaluated(library)
    assert (figures["scored"], figures["too_few"], rows) == (FEWEST - 1, True, {})


def test_covers_that_we_set_are_no_truth(library, days, tmp_path):
    """One is of an album of ours, the other of the user's own, which they let us set."""
    choose_first(tmp_path / "photos", days, FEWEST + 1)
    refresh(library)
    write(library, *album("ours", "By Albumen", days[FEWEST + 1]), SetCover("ours", days[FEWEST + 1][0], None))
    with opened(library) as here:
        here.store.ledger.save_covers(here.name, {f"day-{FEWEST}": LedgerCover("ours", days[FEWEST][0])})
    assert evaluated(library)[0]["scored"] == FEWEST


def test_the_network_ranks_albums_without_their_own_cover(library, days, tmp_path, monkeypatch):
    """With so many covers it is known what the user likes, and asked whether that counts."""
    monkeypatch.setenv("ALBUMEN_METHODS__COVERS", '["interest_gru"]')
    choose_first(tmp_path / "photos", days, FEWEST_SIGNALS + 1)
    refresh(library)
    _, rows = evaluated(library)
    assert rows["interest_gru"]["n"] == FEWEST_SIGNALS + 1
    assert rows["interest_gru"]["scores"]["top_3"]["value"] == 1.0  # of three candidates each
