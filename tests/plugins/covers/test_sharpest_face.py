"""The cover that our baseline chooses."""

from itertools import permutations

import pytest

from plugins import load
from plugins.covers import Candidate
from plugins.covers.sharpest_face import Plugin

PLAIN = Candidate("plain", taken_s=100, sharpness=0.5)
SHARP = Candidate("sharp", taken_s=200, sharpness=0.9)
FACE = Candidate("face", taken_s=300, sharpness=0.4, n_faces=1, largest_face_share=0.1, best_face_quality=0.9)
GROUP = Candidate("group", taken_s=400, sharpness=0.3, n_faces=3, largest_face_share=0.1, best_face_quality=0.9)


@pytest.mark.parametrize(
    ("candidates", "cover"),
    [
        pytest.param([PLAIN], "plain", id="a single photo"),
        pytest.param([Candidate("v", 0, kind="video")], "v", id="a video when nothing else is there"),
        pytest.param(
            [Candidate("v", 0, 0.99, 2, 0.3, 0.9, kind="video"), PLAIN], "plain", id="no video beside a still"
        ),
        pytest.param([PLAIN, SHARP], "sharp", id="without faces the sharpest"),
        pytest.param([SHARP, FACE], "face", id="a good face beats sharpness"),
        pytest.param([FACE, GROUP], "group", id="several good faces beat one"),
        pytest.param([SHARP, Candidate("blurred", 0, 0.1, 3, 0.2, 0.2)], "sharp", id="bad faces do not decide"),
        pytest.param([SHARP, Candidate("street", 0, 0.1, 9, 0.001, 0.9)], "sharp", id="nor people in the background"),
        pytest.param([GROUP, Candidate("fav", 0, favourite=True)], "fav", id="a favourite beats all faces"),
        pytest.param([GROUP, Candidate("four", 0, rating=4)], "four", id="so do four stars"),
        pytest.param([Candidate("four", 0, rating=4), Candidate("fav", 9, favourite=True)], "fav", id="favourite > 4"),
        pytest.param([PLAIN, Candidate("one", 0, rating=1)], "plain", id="one star is no liking"),
        pytest.param([PLAIN, Candidate("no", 0, 0.9, rating=-1)], "plain", id="a rejected photo comes last"),
        pytest.param([Candidate("b", 5), Candidate("a", 5), Candidate("c", 6)], "a", id="ties: earlier, then by id"),
    ],
)
def test_choose(candidates: list[Candidate], cover: str) -> None:
    for order in permutations(candidates):
        assert order[Plugin().choose(order)].photo == cover


@pytest.mark.parametrize("name", ["sharpest_face", "first_photo"])
def test_no_candidates_is_an_error(name: str) -> None:
    with pytest.raises(ValueError, match="without photos"):
        load("covers", name)().choose([])
