"""The cover that galleries choose by default."""

from itertools import permutations

import pytest

from plugins.covers import Candidate
from plugins.covers.first_photo import Plugin


@pytest.mark.parametrize(
    ("candidates", "cover"),
    [
        pytest.param(
            [Candidate("late", 9, favourite=True), Candidate("early", 1)], "early", id="earliest, liked or not"
        ),
        pytest.param([Candidate("v", 0, kind="video"), Candidate("p", 5)], "p", id="no video beside a still"),
        pytest.param([Candidate("v", 0, kind="video"), Candidate("w", 5, kind="video")], "v", id="videos only"),
        pytest.param([Candidate("b", 1), Candidate("a", 1)], "a", id="ties by id"),
    ],
)
def test_choose(candidates: list[Candidate], cover: str) -> None:
    for order in permutations(candidates):
        assert order[Plugin().choose(order)].photo == cover
