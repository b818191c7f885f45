"""Events against a user's albums: which albums are happenings, and figures that are known by construction."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.evaluation import FEWEST, Figure
from plugins.event_scores import calendar_days, event_figures, happenings
from plugins.intervals import resampled
from plugins.scores import bcubed, boundary, pairwise

HOUR, DAY = 3_600.0, 86_400.0
TAKEN_S = np.arange(60) * HOUR


@pytest.mark.parametrize(
    ("albums", "left_out"),
    [
        pytest.param([[0, 1, 2], [3, 4]], {}, id="two happenings"),
        pytest.param([[0, 2, 4]], {}, id="half of what was taken meanwhile is enough: nobody keeps all"),
        pytest.param([[0, 9, 30]], {"not in one stretch": 1}, id="a person, not a happening"),
        pytest.param([[7]], {"fewer than two photos": 1}, id="one photo has no boundary"),
        pytest.param([], {}, id="no album"),
        pytest.param([[0, 1, 2, 3], [2, 3]], {"shares photos with another": 1}, id="a part is taken, not the whole"),
    ],
)
def test_albums_in_one_stretch_are_happenings(albums, left_out):
    found = happenings([np.array(rows) for rows in albums], TAKEN_S)
    assert found.left_out == left_out
    assert found.n_albums == len(albums) - sum(left_out.values())


def test_a_whole_year_is_no_happening():
    found = happenings([np.arange(60)], np.arange(60) * DAY)
    assert found.left_out == {"over more than three weeks": 1}


def test_order_of_albums_and_of_their_photos_says_nothing():
    one, other = np.array([0, 1, 2]), np.array([5, 6])
    assert (
        happenings([one, other], TAKEN_S).album.tolist() == happenings([other[::-1], one[::-1]], TAKEN_S).album.tolist()
    )


def albums_of(n: int, size: int = 3) -> np.ndarray:
    return np.repeat(np.arange(n), size)


def figures(album: np.ndarray, found: np.ndarray) -> dict[str, Figure]:
    truth = happenings([np.flatnonzero(album == n) for n in range(int(album.max()) + 1)], np.arange(len(album)) * HOUR)
    return event_figures(truth, found)


def test_events_that_are_the_albums_are_perfect():
    album = albums_of(FEWEST)
    assert set(figures(album, album + 7).values()) == {Figure(1.0, 1.0, 1.0)}


def test_too_few_albums_have_no_figure():
    assert figures(albums_of(FEWEST - 1), albums_of(FEWEST - 1)) == {}


def test_figures_are_those_of_the_scores_and_lie_in_their_intervals():
    album, draw = albums_of(40, 4), np.random.default_rng(1)
    found = np.cumsum(draw.random(len(album)) < 0.3)
    told = figures(album, found)
    for name, score in (("boundary", boundary), ("bcubed", bcubed), ("pairwise", pairwise)):
        last = f"{name}_f1" if name == "boundary" else f"{name}_f"
        values = [told[key].value for key in (f"{name}_p", f"{name}_r", last)]
        assert values == pytest.approx(list(score(album, found)))
    assert all(figure.low < figure.value < figure.high for figure in told.values())


def test_photos_in_no_album_are_not_scored():
    album = np.where(np.arange(300) % 5 < 3, np.arange(300) // 5, -1)
    truth = happenings([np.flatnonzero(album == n) for n in range(60)], np.arange(300) * HOUR)
    found = np.where(album >= 0, album, 1_000 + np.arange(300))
    assert {figure.value for figure in event_figures(truth, found).values()} == {1.0}


def test_what_is_always_the_same_has_an_interval_of_no_width():
    ones = np.ones((30, 1))
    assert resampled(ones, lambda total: total / total, np.arange(30)).tolist() == [[1.0, 1.0]]


def test_a_day_is_that_of_the_clock_where_the_photo_was_taken():
    assert calendar_days(np.array([23.5 * HOUR, 23.5 * HOUR]), np.array([0, HOUR])).tolist() == [0, 1]
