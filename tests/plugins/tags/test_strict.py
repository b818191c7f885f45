"""Strict clusters: the text's k-means, from centres that know nothing of the pictures, a few vectors at a time."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.tags import Floats, IntArray, Stock, _strict
from plugins.tags._strict import nearest_streamed, strict_centres
from plugins.tags.cluster_frequency import Plugin


class Counted:
    """Vectors that know how many rows were asked for at once, and altogether."""

    def __init__(self, vectors: Floats) -> None:
        self._vectors = vectors
        self.most = self.all = 0

    @property
    def shape(self) -> tuple[int, ...]:
        return self._vectors.shape

    def __getitem__(self, rows: IntArray, /) -> Floats:
        self.most, self.all = max(self.most, len(rows)), self.all + len(rows)
        return self._vectors[rows]


def blobs(n_blobs: int, each: int, dim: int = 40, spread: float = 0.02, seed: int = 0) -> tuple[Floats, IntArray]:
    """Make vectors around random directions, and the number of each one's direction."""
    draw = np.random.default_rng(seed)
    kind = np.repeat(np.arange(n_blobs), each)
    made = draw.normal(size=(n_blobs, dim))[kind] / np.sqrt(dim) + spread * draw.normal(size=(len(kind), dim))
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return made.astype(np.float32), kind


def squared(vectors: Floats, centres: Floats) -> tuple[IntArray, Floats]:
    """Do the same as `nearest_streamed` by the definition, in float64."""
    off = ((vectors[:, None].astype(float) - centres[None]) ** 2).sum(axis=2)
    return off.argmin(axis=1), off.min(axis=1)


@pytest.mark.parametrize("bytes_", [pytest.param(1, id="row by row"), pytest.param(1 << 26, id="in one go")])
def test_nearest_is_by_distance_whatever_the_chunk(monkeypatch, bytes_):
    vectors, _ = blobs(5, 8)
    centres = np.random.default_rng(1).normal(size=(9, 40)).astype(np.float32)  # of any length
    monkeypatch.setattr(_strict, "CHUNK_BYTES", bytes_)
    rows = np.array([3, 39, 3, 0])
    nearest, off = nearest_streamed(vectors, rows, centres)
    assert nearest.tolist() == squared(vectors[rows], centres)[0].tolist()
    assert off == pytest.approx(squared(vectors[rows], centres)[1], rel=1e-4)
    assert [len(part) for part in nearest_streamed(vectors, rows[:0], centres)] == [0, 0]


@pytest.mark.parametrize("batch", [pytest.param(10_000, id="the whole stock"), pytest.param(300, id="batches")])
@pytest.mark.parametrize("seed", range(3))
def test_every_kind_is_found_from_centres_that_know_nothing_of_it(batch, seed):
    vectors, kind = blobs(12, 60, seed=seed)
    nearest, off = nearest_streamed(vectors, np.arange(720), strict_centres(vectors, np.arange(720), 24, batch, seed))
    of_kind = [np.bincount(kind[nearest == centre]).max() for centre in set(nearest)]
    assert sum(of_kind) / len(kind) >= 0.9  # k-means may end where two kinds share a centre
    assert off.mean() < 0.1  # .8 and more to a random direction


@pytest.mark.parametrize("batch", [pytest.param(10_000, id="the whole stock"), pytest.param(300, id="batches")])
def test_no_centre_is_dead(batch):
    vectors, _ = blobs(3, 400)
    centres = strict_centres(vectors, np.arange(1200), 40, batch)
    nearest, _ = nearest_streamed(vectors, np.arange(1200), centres)
    assert set(nearest.tolist()) == set(range(len(centres)))
    assert len(centres) >= 36


@pytest.mark.parametrize(
    ("n", "k", "found"),
    [
        pytest.param(1, 4, 1, id="one picture"),
        pytest.param(3, 150, 3, id="fewer pictures than centres"),
    ],
)
def test_small_stocks(n, k, found):
    vectors, _ = blobs(5, 1)
    centres = strict_centres(vectors, np.arange(n), k)
    assert centres.shape == (found, 40)
    assert nearest_streamed(vectors, np.arange(n), centres)[1].sum() == pytest.approx(0, abs=1e-5)


def test_no_stock_has_no_centres():
    assert strict_centres(blobs(5, 1)[0], np.zeros(0, np.int64), 4).shape == (0, 40)


def test_pictures_that_are_all_the_same_make_one_cluster():
    vectors = np.repeat(blobs(1, 1)[0], 50, axis=0)
    assert strict_centres(vectors, np.arange(50), 10) == pytest.approx(vectors[:1], abs=1e-6)


def test_centres_are_means_where_a_batch_is_the_whole_stock():
    vectors, _ = blobs(6, 30)
    centres = strict_centres(vectors, np.arange(180), 6)
    nearest, _ = nearest_streamed(vectors, np.arange(180), centres)
    means = [vectors[nearest == centre].mean(axis=0) for centre in range(len(centres))]
    assert centres == pytest.approx(np.array(means), abs=1e-5)


def test_rows_outside_the_stock_have_no_say():
    vectors, _ = blobs(6, 30)
    rows = np.arange(0, 180, 3)
    assert strict_centres(vectors, rows, 5) == pytest.approx(strict_centres(vectors[rows], np.arange(60), 5), abs=1e-6)


def test_the_seed_decides_and_chunks_do_not(monkeypatch):
    vectors, _ = blobs(10, 60, spread=0.1)
    once, again, other = (strict_centres(vectors, np.arange(600), 30, 200, seed) for seed in (0, 0, 1))
    assert (once == again).all()
    assert once.shape != other.shape or not np.allclose(once, other)
    monkeypatch.setattr(_strict, "CHUNK_BYTES", 4 * 40 * 7)
    assert strict_centres(vectors, np.arange(600), 30, 200, 0) == pytest.approx(once, abs=1e-4)


def test_only_a_chunk_of_vectors_is_asked_for_at_once(monkeypatch):
    monkeypatch.setattr(_strict, "CHUNK_BYTES", 4 * 40 * 16)
    vectors = Counted(blobs(10, 100)[0])
    strict_centres(vectors, np.arange(1000), 20, 200, most=5)
    assert vectors.most == 16
    assert vectors.all <= 5 * (200 + 20) + 1000  # a batch an iteration, those that dead centres move to, the last look


def test_a_model_is_made_and_brought_up_to_date_a_chunk_at_a_time(monkeypatch):
    monkeypatch.setattr(_strict, "CHUNK_BYTES", 4 * 40 * 16)
    vectors = Counted(blobs(5, 40)[0])
    tags = [["sea"]] * 100 + [[]] * 100
    stock = Stock.of(vectors, tags, refused=[[]] * 100 + [["sea"]] * 100)  # of half only a refusal is known
    method = Plugin("strict", k=5)
    model = method.update(method.fit(stock), stock)
    assert (model.counts.refused.sum(), vectors.most) == (100, 16)


def test_an_update_begins_where_the_last_one_ended():
    vectors, _ = blobs(12, 40, spread=0.05)
    saved = strict_centres(vectors, np.arange(400), 20)
    counted = Counted(vectors)
    centres = strict_centres(counted, np.arange(480), len(saved), start=saved)
    fresh = Counted(vectors)
    strict_centres(fresh, np.arange(480), len(saved))
    assert counted.all < fresh.all
    _, off = nearest_streamed(vectors, np.arange(400, 480), centres)
    assert off.mean() < nearest_streamed(vectors, np.arange(400, 480), saved)[1].mean()
