"""The cover by lot: the same each time, and every candidate as often as another."""

import numpy as np

from plugins.covers import Album, Pictures
from plugins.covers.random_photo import Plugin

MANY = Pictures.of([f"photo-{n}" for n in range(4_000)], np.arange(4_000.0))


def test_every_photo_is_the_cover_as_often_as_another():
    albums = [Album(np.arange(first, first + 4)) for first in range(0, 4_000, 4)]
    best = [ranking.best for ranking in Plugin().rank(MANY, albums)]
    assert np.abs(np.bincount(best, minlength=4) - 250).max() < 3 * np.sqrt(1_000 * 0.25 * 0.75)


def test_the_lot_is_the_same_each_time_and_another_with_another_seed():
    (one,), (again,), (other,) = (Plugin(seed).rank(MANY, [Album(np.arange(9))]) for seed in (0, 0, 1))
    assert one.scores.tolist() == again.scores.tolist()
    assert one.scores.tolist() != other.scores.tolist()
    assert Plugin(0).version != Plugin(1).version


def test_no_video_beside_stills():
    pictures = Pictures.of(list("abc"), np.arange(3.0), video=np.array([True, False, True]))
    beside, alone = Plugin().rank(pictures, [Album(np.arange(3)), Album(np.array([0, 2]))])
    assert beside.best == 1
    assert np.isfinite(alone.scores).all()
