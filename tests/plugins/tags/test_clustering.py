"""Clusters: how many, that none is dead, and what the nearest is."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.tags._clustering import (
    SAMPLE,
    WHOLE,
    centres_for,
    distances,
    found,
    least_similarity,
    nearest,
    settled,
)

CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)


@pytest.mark.parametrize(
    ("n", "k"),
    [
        pytest.param(0, 0, id="nothing"),
        pytest.param(5, 5, id="never more than photos"),
        pytest.param(100, 40, id="4 √n"),
        pytest.param(1_250, 156, id="one for 8 photos"),
        pytest.param(50_000, 1_000, id="at most"),
    ],
)
def test_number_of_clusters_follows_the_size_of_the_stock(n, k):
    assert centres_for(n) == k


def test_the_nearest_centre_and_the_squared_distance():
    labels, squared = nearest(np.array([[0.1, 0], [3, 1]], dtype=np.float32), CORNERS)
    assert labels.tolist() == [0, 3]
    assert squared.tolist() == pytest.approx([0.01, 4], abs=1e-6)
    assert [part.shape for part in nearest(CORNERS[:0], CORNERS)] == [(0,), (0,)]


def test_a_dead_centre_moves_to_the_farthest_photo():
    photos = np.concatenate([CORNERS, CORNERS + 0.01, [[9, 9]]]).astype(np.float32)
    centres, labels = settled(photos, np.array([[0.5, 0.5], [-50, -50]], dtype=np.float32))
    assert np.bincount(labels).tolist() == [8, 1]
    assert centres[1].tolist() == [9, 9]


def test_a_centre_goes_where_every_photo_lies_on_one():
    centres, labels = settled(np.repeat(CORNERS[:2], 5, axis=0), CORNERS * 3)
    assert sorted(centres.tolist()) == CORNERS[:2].tolist()
    assert len(set(labels.tolist())) == 2


def test_a_round_brings_centres_nearer_to_their_photos():
    photos = np.random.default_rng(0).normal(size=(200, 8)).astype(np.float32)
    centres = photos[:20]
    errors = [nearest(photos, centres)[1].sum()]
    for _ in range(4):
        centres, _ = settled(photos, centres)
        errors.append(nearest(photos, centres)[1].sum())
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.95 * errors[0]


@pytest.mark.parametrize("algorithm", ["mean_shift", "dbscan", "gaussian_mixture"])
def test_slow_algorithms_look_at_a_sample(algorithm):
    few = SAMPLE[algorithm]
    photos = np.random.default_rng(0).normal(scale=0.01, size=(few + 40, 2)).astype(np.float32)
    photos += 10 * CORNERS[np.arange(len(photos)) % 4]
    centres = found(algorithm, photos, 4, seed=0)
    labels, squared = nearest(photos, centres)
    assert len(set(labels.tolist())) == len(centres) if algorithm != "dbscan" else len(centres) >= 4
    assert sorted({tuple(corner) for corner in (centres / 10).round().tolist()}) == [tuple(c) for c in CORNERS.tolist()]
    assert squared.max() < 0.1


def test_many_photos_are_clustered_by_mini_batches():
    photos = np.tile(CORNERS, (WHOLE // 4 + 1, 1))
    centres = found("kmeans", photos, 4, seed=0)
    assert found("mini_batch", photos, 4, seed=0).tolist() == centres.tolist()
    assert sorted(centres.round(2).tolist()) == CORNERS.tolist()


def test_least_similarity_is_of_photos_that_were_left_out():
    photos = np.array([[-0.1], [0.1], [1]], dtype=np.float32)
    two = distances(photos, np.array([[0], [1]], dtype=np.float32))
    assert two.ravel().tolist() == pytest.approx([0.01, 1.21, 0.01, 0.81, 0, 1], abs=1e-6)
    # Without itself, a photo's centre of two is the other one, and the photo alone has the next centre only.
    assert least_similarity(two, np.array([0, 0, 1]), unlike=0) == pytest.approx(1 - 1 / 2, abs=1e-5)
    assert least_similarity(two, np.array([0, 0, 1]), unlike=1) == pytest.approx(1 - 0.2**2 / 2, abs=1e-5)
