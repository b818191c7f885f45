"""A cover changes only for one that is clearly better."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import pytest

from plugins.covers import Album, CoverMethod, Pictures, Ranking
from plugins.covers.steady import matches_of, probabilities, steady


@pytest.mark.parametrize(
    ("probability", "before", "cover"),
    [
        pytest.param([0.2, 0.5, 0.3], None, 1, id="none before: the likeliest"),
        pytest.param([0.4, 0.4, 0.2], None, 0, id="the earlier of equals"),
        pytest.param([0.3, 0.37, 0.33], 0, 0, id="a hair's difference"),
        pytest.param([0.3, 0.39, 0.31], 0, 1, id="clearly better"),
        pytest.param([0.5, 0.5, 0.0], 1, 1, id="as good as the earlier one"),
        pytest.param([1.0, 0.0], 1, 0, id="the one before is out of the question"),
    ],
)
def test_steady(probability: list[float], before: int | None, cover: int) -> None:
    assert steady(np.array(probability, np.float32), before) == cover


@pytest.mark.parametrize(
    ("scores", "probability"),
    [
        pytest.param([0.2, 0.8], [0.2, 0.8], id="probabilities"),
        pytest.param([1.0], [1.0], id="a single candidate"),
        pytest.param([0.0, 2.0, 1.0], [0, 1, 0], id="places: the best one is it"),
        pytest.param([-np.inf, 0.0], [0, 1], id="what cannot be it"),
        pytest.param([-0.5, 1.5], [0, 1], id="a sum of 1 alone does not make probabilities"),
        pytest.param([-np.inf, -np.inf], [1, 0], id="none can be it: the first"),
    ],
)
def test_probabilities(scores: list[float], probability: list[float]) -> None:
    assert probabilities(Ranking(np.array(scores, np.float32))).tolist() == pytest.approx(probability)


class TheNext(CoverMethod):
    """Takes the last candidate, of which each resembles the picture after it."""

    name: ClassVar[str] = "the_next"
    version = "1"

    def __init__(self) -> None:
        self.asked: list[int] = []

    def rank(self, pictures: Pictures, albums: Sequence[Album]) -> list[Ranking]:
        self.asked.append(len(albums))
        return [self._ranking(album, len(album.candidates)) for album in albums]

    def _ranking(self, album: Album, n: int) -> Ranking:
        interest = np.ones(n, np.float32) if len(album.history) else None
        scores = np.arange(n, dtype=np.float32)
        return Ranking(scores, interest, (int(album.candidates[-1]) + 1,) if interest is not None else ())


LIKED = np.array([9], np.int64)
ALBUMS = [Album(np.array([0, 1]), LIKED), Album(np.array([2, 3, 4]), LIKED), Album(np.array([5, 6]))]
PICTURES = Pictures.of([str(n) for n in range(10)], np.arange(10.0))


@pytest.mark.parametrize(
    ("chosen", "matches", "asked"),
    [
        pytest.param([1, 2, 1], [(2,), (5,), ()], [3], id="the likeliest ones: nothing is asked again"),
        pytest.param([1, 0, 1], [(2,), (3,), ()], [3, 1], id="one stays that is not the likeliest: its own matches"),
        pytest.param([0, 1, 0], [(1,), (4,), ()], [3, 2], id="all stay, at once; of what is not asked nothing"),
    ],
)
def test_matches_are_those_of_the_cover(chosen: list[int], matches: list[tuple[int, ...]], asked: list[int]) -> None:
    method = TheNext()
    rankings = method.rank(PICTURES, ALBUMS)
    assert matches_of(method, PICTURES, ALBUMS, rankings, chosen) == matches
    assert method.asked == asked
