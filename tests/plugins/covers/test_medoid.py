"""The photo that is most like its album as the cover."""

import numpy as np
import pytest

from plugins.covers import Album, Pictures
from plugins.covers.medoid import Plugin

EAST, NORTH, BETWEEN, UNKNOWN = [1.0, 0.0], [0.0, 1.0], [0.6, 0.8], [0.0, 0.0]


@pytest.mark.parametrize(
    ("scenes", "video", "cover"),
    [
        pytest.param([EAST, NORTH, BETWEEN], None, 2, id="between the others"),
        pytest.param([EAST, NORTH, NORTH], None, 1, id="of the most; ties: the earlier"),
        pytest.param([EAST, NORTH, BETWEEN], [False, False, True], 1, id="no video beside stills"),
        pytest.param([UNKNOWN, EAST, [-1.0, 0.0]], None, 1, id="an unknown scene comes last"),
        pytest.param([UNKNOWN, UNKNOWN], None, 0, id="nothing known: the earliest"),
        pytest.param([[], []], None, 0, id="no vectors at all"),
        pytest.param([EAST], None, 0, id="a single photo"),
    ],
)
def test_the_cover(scenes, video, cover):
    vectors = np.array(scenes, np.float32).reshape(len(scenes), -1)
    more = {} if video is None else {"video": np.array(video)}
    pictures = Pictures.of([str(n) for n in range(len(scenes))], np.arange(float(len(scenes))), scenes=vectors, **more)
    (ranking,) = Plugin().rank(pictures, [Album(np.arange(len(scenes)))])
    assert ranking.best == cover


def test_other_albums_do_not_matter():
    scenes = np.array([NORTH, NORTH, NORTH, EAST, BETWEEN, EAST], np.float32)
    pictures = Pictures.of(list("abcdef"), np.arange(6.0), scenes=scenes)
    first, second = Plugin().rank(pictures, [Album(np.arange(3)), Album(np.arange(3, 6))])
    assert (first.best, second.best) == (0, 0)
    assert second.scores[0] == pytest.approx(2.6 / 3)
