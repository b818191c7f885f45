"""The cover that galleries choose by default."""

import numpy as np
import pytest

from plugins.covers import Album, Pictures
from plugins.covers.first_photo import Plugin


@pytest.mark.parametrize(
    ("video", "cover"),
    [
        pytest.param([False, False], 0, id="earliest, liked or not"),
        pytest.param([True, False], 1, id="no video beside a still"),
        pytest.param([True, True], 0, id="videos only"),
    ],
)
def test_the_earliest_still_is_the_cover(video: list[bool], cover: int) -> None:
    pictures = Pictures.of(["a", "b"], np.array([1.0, 9.0]), video=np.array(video), favourite=np.array([False, True]))
    (ranking,) = Plugin().rank(pictures, [Album(np.arange(2))])
    assert ranking.best == cover
