"""What is like a candidate, and how often the user likes that."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.covers import Album, Pictures
from plugins.covers._interest_closeness import FAR, MOST_LIKED, MOST_OTHERS, Shown, closeness, leaning

N = 80


def pictures(n: int = N) -> Pictures:
    return Pictures.of([str(row) for row in range(n)], np.arange(n) * 60.0)


def shown(n: int = N) -> Shown:
    """Return scenes of four kinds in turn, with a little chance."""
    rng = np.random.default_rng(3)
    rows = np.eye(4, 12, dtype=np.float32)[np.arange(n) % 4] + 0.05 * rng.normal(size=(n, 12)).astype(np.float32)
    return Shown((rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), np.arange(n), n)


def close(history: list[int], part: Shown | None = None) -> list[float]:
    """Return how close the first four pictures, one of each kind, are to what is liked."""
    album = Album(np.arange(4), np.array(history, np.int64))
    return closeness(pictures(), album, (part or shown(),))[:, 0].tolist()


def test_what_is_like_liked_pictures_is_close_and_the_rest_is_far():
    first, *others = close([8, 12, 16, 20, 24, 28])
    assert first > 0.5
    assert max(others) < 0


def test_what_is_usual_is_no_taste():
    assert max(map(abs, close([*range(8, 40)]))) < 0.2


@pytest.mark.parametrize(
    "history",
    [pytest.param([], id="nothing is liked"), pytest.param([*range(4, N)], id="everything is liked")],
)
def test_without_a_difference_nothing_is_known(history):
    assert close(history) == [0, 0, 0, 0]


def test_a_single_like_says_little():
    assert 0 < close([8])[0] < close([8, 12, 16])[0]


def test_the_album_s_own_pictures_say_nothing_about_each_other():
    twins = shown()
    twins.unit[:4] = twins.unit[0]
    alone = close([8, 12, 16], twins)
    assert alone[0] == pytest.approx(alone[3])
    assert alone[0] > 0.5


def test_of_several_faces_the_one_that_is_liked_most_counts():
    faces = Shown(
        np.eye(3, 12, dtype=np.float32)[[0, 1, 1, 2, *([0] * 6), *([1, 2] * 8)]],
        np.array([0, 0, 1, 2, *range(8, 30)]),
        N,
    )
    album = Album(np.arange(4), np.arange(8, 14))
    both, disliked, other, nobody = closeness(pictures(), album, (faces,))[:, 0].tolist()
    assert both > 0.5
    assert max(disliked, other) < 0
    assert nobody == 0


def test_any_number_of_pictures_takes_bounded_room_and_stays_finite():
    n = 4 * (MOST_LIKED + MOST_OTHERS)
    album = Album(np.arange(32), np.arange(32, 32 + 2 * MOST_LIKED))
    found = closeness(pictures(n), album, (shown(n),))
    assert np.isfinite(found).all()
    assert np.abs(found).max() <= FAR


def test_nobody_knows_what_is_shown():
    assert (
        closeness(
            pictures(), Album(np.arange(4), np.arange(9, 20)), (Shown(np.zeros((N, 12), np.float32), np.arange(N), N),)
        ).tolist()
        == [[0]] * 4
    )


def spread_out(n: int = 200, d: int = 64) -> np.ndarray:
    rows = np.random.default_rng(8).normal(size=(n, d)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def test_a_candidate_leans_the_way_of_what_is_liked():
    scenes = spread_out()
    liked = 20 + np.argsort(-scenes[20:, 0])[:40]
    found = leaning(Album(np.arange(20), np.sort(liked)), scenes)
    assert np.corrcoef(found, scenes[:20, 0])[0, 1] > 0.7


@pytest.mark.parametrize(
    "history",
    [
        pytest.param([], id="nothing is liked"),
        pytest.param([30], id="a single one shows no way"),
        pytest.param([*range(20, 200)], id="everything is liked"),
    ],
)
def test_without_a_way_nothing_leans(history):
    assert not leaning(Album(np.arange(20), np.array(history, np.int64)), spread_out()).any()
