"""Tags against the user's own words: whose words are truth, and figures that are known by construction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fakes.happenings import dumped
from fakes.tagged import Shots, enter

from plugins.evaluation import FEWEST
from tasks import evaluate_tags
from tasks.tags import recommend_tags

HALF = FEWEST // 2


@pytest.fixture
def shots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shots:
    monkeypatch.setenv("ALBUMEN_TAGS__OPTIONS", '{"k": 2}')
    enter(tmp_path, monkeypatch, "home")
    return Shots("home")


def evaluated(shots: Shots) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Return the figures, and the rows by method."""
    figures = evaluate_tags._evaluate.fn(shots.library)
    return figures, {row["method"]: row for row in figures["rows"]}


def test_scenes_with_a_word_each_are_perfectly_told(shots, tmp_path):
    shots.take(HALF, "beach", "Beach")
    shots.take(HALF, "cat", "Cat")
    shots.save()
    before = dumped(tmp_path)
    figures, rows = evaluated(shots)
    assert (figures["scored"], figures["words"], figures["too_few"]) == (FEWEST, 2, False)
    assert {name: row["role"] for name, row in rows.items()} == {
        "cluster_frequency": "published",
        **dict.fromkeys(("neighbour_voting", "knn_50", "recent_tags", "global_frequency"), "baseline"),
    }
    of_method = rows["cluster_frequency"]["scores"]
    assert of_method["p_at_1"] == of_method["macro_recall"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert of_method["p_at_5"]["value"] == pytest.approx(0.2)  # each photo has one word
    assert rows["global_frequency"]["scores"]["p_at_1"]["value"] < 1
    assert dumped(tmp_path) == before


def test_one_photo_less_is_too_few_to_say_anything(shots):
    shots.take(HALF, "beach", "Beach")
    shots.take(HALF - 1, "cat", "Cat")
    shots.save()
    figures, rows = evaluated(shots)
    assert (figures["scored"], figures["too_few"]) == (FEWEST - 1, True)
    assert rows == {}


def test_a_photo_is_not_told_by_the_others_of_its_shot(shots, monkeypatch):
    """Two photos a minute apart are one shot here, and no other shot has their word."""
    monkeypatch.setenv("ALBUMEN_ALBUMS__BURST_S", "60")
    for number in range(10):
        shots.take(2, "beach", f"word {number}", day=number)
    shots.save()
    _, rows = evaluated(shots)
    assert {row["scores"]["r_at_5"]["value"] for row in rows.values()} == {0.0}


def test_tags_that_we_set_or_suggested_are_no_truth(shots):
    ours = shots.take(HALF, "beach", "Ours")
    shots.take(HALF, "cat", "Cat")
    asked = shots.take(2, "cat")
    shots.save()
    shots.ledger({(photo, "Ours"): "ours" for photo in ours})
    recommend_tags.as_task.fn(shots.library, "key")
    shots.decide("accepted", *((photo, "Cat") for photo in asked))
    figures, _ = evaluated(shots)
    assert (figures["scored"], figures["words"]) == (HALF, 1)


def test_of_very_many_photos_a_sample_is_asked_and_the_figures_say_so(shots, monkeypatch):
    monkeypatch.setattr(evaluate_tags, "MOST_PHOTOS", FEWEST)
    shots.take(FEWEST, "beach", "Beach")
    shots.take(FEWEST, "cat", "Cat")
    shots.save()
    figures, rows = evaluated(shots)
    assert (figures["scored"], figures["sample"]) == (FEWEST, "of 40 tagged photos a sample of 20")
    assert rows["knn_50"]["n"] == FEWEST


def test_a_library_without_tags_has_nothing_to_score(shots):
    shots.take(3, "beach")
    shots.save()
    figures, rows = evaluated(shots)
    assert (figures["scored"], figures["too_few"], rows) == (0, True, {})
