"""Neighbours are exact where they are said to be, the same each time, and never the face itself."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.half_vectors import HalfVectors
from plugins.people import _neighbours
from plugins.people._neighbours import neighbours, unit, usable


def faces(n: int, d: int = 32, seed: int = 0) -> np.ndarray:
    """Return n faces of people with twenty each."""
    rng = np.random.default_rng(seed)
    people = rng.normal(size=(max(n // 20, 1), d))
    return unit(people[rng.integers(0, len(people), n)] + 0.6 * rng.normal(size=(n, d)))


def test_neighbours_are_the_nearest_others_nearest_first():
    units = faces(300)
    cosine = units @ units.T
    np.fill_diagonal(cosine, -np.inf)
    found = neighbours(units, 10)
    assert found.index.tolist() == np.argsort(-cosine, axis=1)[:, :10].tolist()
    assert np.allclose(found.cosine, -np.sort(-cosine, axis=1)[:, :10], atol=1e-5)


@pytest.mark.parametrize(
    ("n", "k", "shape"),
    [
        pytest.param(0, 5, (0, 0), id="no face"),
        pytest.param(1, 5, (1, 0), id="one face has no neighbour"),
        pytest.param(3, 5, (3, 2), id="fewer faces than k"),
    ],
)
def test_few_faces(n, k, shape):
    found = neighbours(faces(20)[:n], k)
    assert found.index.shape == found.cosine.shape == shape


@pytest.mark.parametrize("exact_up_to", [pytest.param(50_000, id="exact"), pytest.param(0, id="cells")])
def test_no_face_is_its_own_neighbour_even_among_doubles(exact_up_to):
    units = np.repeat(faces(30), 20, axis=0)
    found = neighbours(units, 5, exact_up_to)
    assert (found.index != np.arange(len(units))[:, None]).all()
    assert all(len(set(row)) == 5 for row in found.index.tolist())


def test_cells_find_nearly_all_and_the_same_each_time():
    units = faces(3_000)
    exact, near = neighbours(units, 20), neighbours(units, 20, exact_up_to=0)
    found = np.mean([len(np.intersect1d(a, b)) / 20 for a, b in zip(exact.index, near.index, strict=True)])
    assert found >= 0.98
    assert (neighbours(units, 20, exact_up_to=0).index == near.index).all()


def test_who_has_found_a_face_is_found_by_it_whichever_are_looked_up_together(monkeypatch):
    units = faces(3_000)
    at_once = neighbours(units, 20, exact_up_to=0)
    monkeypatch.setattr(_neighbours, "TARGETS_AT_ONCE", 700)
    assert (neighbours(units, 20, exact_up_to=0).index == at_once.index).all()


def test_vectors_in_half_precision_have_the_same_neighbours_and_are_searched_once():
    half = HalfVectors(faces(400).astype(np.float16))
    found = neighbours(half, 10, exact_up_to=0)
    assert (found.index == neighbours(half[:], 10).index).all()
    fewer = neighbours(half.part(np.arange(400)), 3, exact_up_to=0)
    assert fewer.index.base is found.index.base
    assert fewer.index.shape == (400, 3)


def test_usable_vectors_are_finite_and_not_zero():
    vectors = np.ones((5, 4), dtype=np.float32)
    vectors[1, 2], vectors[2], vectors[3, 0] = np.nan, 0.0, np.inf
    assert usable(vectors).tolist() == [True, False, False, False, True]
