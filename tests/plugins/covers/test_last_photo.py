"""The latest photo as the cover."""

import numpy as np
import pytest

from plugins.covers import Album, Pictures
from plugins.covers.last_photo import Plugin


@pytest.mark.parametrize(
    ("video", "order"),
    [
        pytest.param([False, False, False], [2, 1, 0], id="the later the better"),
        pytest.param([False, False, True], [1, 0, 2], id="no video beside stills"),
        pytest.param([True, True, True], [2, 1, 0], id="videos only"),
    ],
)
def test_the_latest_still_is_the_cover(video, order):
    pictures = Pictures.of(list("abc"), np.arange(3.0), video=np.array(video))
    (ranking,) = Plugin().rank(pictures, [Album(np.arange(3))])
    assert ranking.order.tolist() == order
