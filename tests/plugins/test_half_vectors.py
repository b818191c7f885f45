"""Vectors in half precision are those that were given, whichever rows are asked for, and never copied."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.half_vectors import HalfVectors, parts

GIVEN = np.random.default_rng(0).normal(size=(9, 6))
UNITS = GIVEN / np.linalg.norm(GIVEN, axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(slice(2, 5), [2, 3, 4], id="a part in a row"),
        pytest.param(np.array([7, 0, 7]), [7, 0, 7], id="any order, one twice"),
        pytest.param([3], [3], id="a list"),
        pytest.param(np.zeros(0, dtype=np.int64), [], id="none"),
        pytest.param([], [], id="an empty list"),
        pytest.param(np.arange(9) % 4 == 1, [1, 5], id="a mask"),
        pytest.param(np.array([-1, 0]), [8, 0], id="from the end"),
        pytest.param(np.arange(3)[::-1], [2, 1, 0], id="backwards"),
    ],
)
def test_rows_are_of_length_1(rows, expected):
    found = HalfVectors(GIVEN.astype(np.float16))[rows]
    assert found.dtype == np.float32
    assert np.allclose(found, UNITS[expected], atol=1e-3)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)


def test_parts_of_parts_share_what_is_stored():
    whole = HalfVectors(GIVEN.astype(np.float16))
    some = whole.part(np.array([8, 1, 4])).part(np.array([2, 0]))
    assert some.shape == (2, 6)
    assert (some[:] == whole[[4, 8]]).all()
    assert whole.part(np.arange(9)) is whole


def test_zero_stays_zero_and_what_is_not_finite_shows_in_its_length():
    stored = GIVEN.astype(np.float16)
    stored[1], stored[2, 0], stored[3, 0] = 0, np.nan, np.inf
    found = HalfVectors(stored)
    assert not found[[1]].any()
    assert np.isfinite(found.lengths).tolist() == [n not in {2, 3} for n in range(9)]


def test_an_array_of_all_is_made_for_whoever_asks():
    assert np.asarray(HalfVectors(GIVEN.astype(np.float16)), dtype=np.float32).shape == (9, 6)
    assert HalfVectors(np.zeros((0, 4), np.float16)).lengths.shape == (0,)


def test_parts_cover_all_rows_once():
    assert [(some.start, some.stop) for some in parts(5, 2)] == [(0, 2), (2, 4), (4, 5)]
