"""The cover that our baseline chooses."""

from typing import Any

import numpy as np
import pytest

from plugins.covers import Album, Pictures
from plugins.covers.sharpest_face import Plugin

PLAIN: dict[str, Any] = {"sharpness": 0.5}
SHARP = {"sharpness": 0.9}
FACE = {"sharpness": 0.4, "n_faces": 1, "face_share": 0.1, "face_quality": 0.9}
GROUP = {"sharpness": 0.3, "n_faces": 3, "face_share": 0.1, "face_quality": 0.9}
VIDEO = {"sharpness": 0.99, "n_faces": 2, "face_share": 0.3, "face_quality": 0.9, "video": True}


def drawn(*photos: dict[str, Any]) -> Pictures:
    """Return these photos, a second apart, with what is not said of them as 0."""
    nothing = {"sharpness": 0.0, "n_faces": 0, "face_share": 0.0, "face_quality": 0.0}
    nothing |= {"favourite": False, "rating": 0, "video": False}
    columns = {name: np.array([(nothing | photo)[name] for photo in photos]) for name in nothing}
    return Pictures.of([str(n) for n in range(len(photos))], np.arange(len(photos), dtype=float), **columns)


@pytest.mark.parametrize(
    ("photos", "cover"),
    [
        pytest.param([PLAIN], 0, id="a single photo"),
        pytest.param([VIDEO], 0, id="a video when nothing else is there"),
        pytest.param([VIDEO, PLAIN], 1, id="no video beside a still"),
        pytest.param([PLAIN, SHARP], 1, id="without faces the sharpest"),
        pytest.param([SHARP, FACE], 1, id="a good face beats sharpness"),
        pytest.param([FACE, GROUP], 1, id="several good faces beat one"),
        pytest.param([SHARP, GROUP | {"face_quality": 0.2}], 0, id="bad faces do not decide"),
        pytest.param([SHARP, GROUP | {"face_share": 0.001}], 0, id="nor people in the background"),
        pytest.param([GROUP, {"favourite": True}], 1, id="a favourite beats all faces"),
        pytest.param([GROUP, {"rating": 4}], 1, id="so do four stars"),
        pytest.param([{"rating": 4}, {"favourite": True}], 1, id="favourite > 4"),
        pytest.param([PLAIN, {"rating": 1}], 0, id="one star is no liking"),
        pytest.param([PLAIN, SHARP | {"rating": -1}], 0, id="a rejected photo comes last"),
        pytest.param([PLAIN, PLAIN], 0, id="ties: the earlier"),
    ],
)
def test_the_cover(photos: list[dict[str, Any]], cover: int) -> None:
    (ranking,) = Plugin().rank(drawn(*photos), [Album(np.arange(len(photos)))])
    assert ranking.best == cover


def test_what_is_to_be_foretold_is_hidden() -> None:
    (ranking,) = Plugin().rank(drawn(PLAIN, {"favourite": True}), [Album(np.arange(2), blind=True)])
    assert ranking.best == 0
