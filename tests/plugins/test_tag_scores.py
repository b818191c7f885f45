"""Scores of recommended tags, worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from plugins.tag_scores import TagScore, tag_figures, tag_score


@pytest.mark.parametrize(
    ("truth", "found", "score"),
    [
        pytest.param(
            [{"sea", "sun"}, {"cat"}],
            [["sea", "dog", "sun"], ["dog", "cat"]],
            TagScore(1 / 2, (2 / 3 + 1 / 3) / 2, (2 / 5 + 1 / 5) / 2, 1.0, 1.0, 1.0),
            id="two photos",
        ),
        pytest.param(
            [{"sea"}, {"sea"}, {"cat"}],
            [["sea"], ["cat"], ["sea", "a", "b", "c", "d", "cat"]],
            TagScore(1 / 3, 1 / 9, 1 / 15, 1 / 3, (1 / 2 + 0) / 2, 1.0),
            id="the sixth is too late, and each word counts the same",
        ),
        pytest.param(
            [{"sea", "sun", "sky"}],
            [["sun", "sky"]],
            TagScore(1.0, 2 / 3, 2 / 5, 2 / 3, 2 / 3, 1.0),
            id="a place without a word is wrong",
        ),
        pytest.param([{"sea"}, {"sun"}], [[], ["sun"]], TagScore(0.5, 1 / 6, 0.1, 0.5, 0.5, 0.5), id="no word at all"),
        pytest.param([{"sea"}], [["sea"] * 5], TagScore(1.0, 1 / 3, 0.2, 1.0, 1.0, 1.0), id="said five times, once"),
        pytest.param(
            [{"sea"}, ()], [["sea"], ["sun"]], TagScore(1.0, 1 / 3, 0.2, 1.0, 1.0, 1.0), id="untagged: not scored"
        ),
        pytest.param(
            [["a", "b", "c", "d", "e", "f", "f"]],
            [list("abcdef")],
            TagScore(1.0, 1.0, 1.0, 5 / 6, 5 / 6, 1.0),
            id="more true words than places",
        ),
        pytest.param([{"Sea"}], [["sea"]], TagScore(0.0, 0.0, 0.0, 0.0, 0.0, 1.0), id="another word"),
    ],
)
def test_scores_by_hand(truth, found, score):
    assert tag_score(truth, found) == pytest.approx(score)


@pytest.mark.parametrize("truth", [[], [()], [(), ()]], ids=["no photo", "untagged", "all untagged"])
def test_nothing_to_score(truth):
    assert all(math.isnan(value) for value in tag_score(truth, [["sea"]] * len(truth)))


def test_answers_to_other_photos_are_refused():
    with pytest.raises(ValueError, match=r"2 photos .* 1 with"):
        tag_score([{"sea"}, {"sun"}], [["sea"]])


def test_figures_with_intervals_are_those_of_the_score() -> None:
    """Half of the photos have a word of their own that nobody could recommend; it counts in each draw."""
    truth = [{"sea", f"only {n}"} if n % 2 else {"sea"} for n in range(40)]
    found = [("sea",) if n % 3 else ("cat",) for n in range(40)]
    figures = tag_figures(truth, found, np.arange(40))
    assert {name: figure.value for name, figure in figures.items()} == pytest.approx(tag_score(truth, found)._asdict())
    assert all(figure.low <= figure.value <= figure.high for figure in figures.values())
    assert figures["p_at_1"].low < figures["p_at_1"].high
