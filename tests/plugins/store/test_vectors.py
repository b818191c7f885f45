"""Vectors that are read when they are indexed: the same rows as the matrix has, and few of them at a time."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.store import Store, StoreBusy, vectors

RNG = np.random.default_rng(5)
KEYS = [f"k{n}" for n in range(30)]


@pytest.fixture
def filled(store: Store) -> Store:
    given = RNG.normal(size=(len(KEYS), 7))
    given[3] = 0
    store.features.put("maps", "1", zip(KEYS, given, strict=True))
    return store


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([], id="none"),
        pytest.param([4], id="one"),
        pytest.param([29, 0, 3], id="in the order asked for"),
        pytest.param([7, 7, 2, 7], id="one row several times"),
        pytest.param(list(range(30)), id="all"),
    ],
)
@pytest.mark.parametrize("read_bytes", [pytest.param(1, id="row by row"), pytest.param(1 << 24, id="in one go")])
def test_rows_are_those_of_the_matrix(filled, monkeypatch, rows, read_bytes):
    monkeypatch.setattr(vectors, "READ_BYTES", read_bytes)
    asked = [*reversed(KEYS), "unknown", KEYS[0]]
    keys, matrix = filled.features.matrix(asked, "maps", "1")
    same_keys, stored = filled.features.stored(asked, "maps", "1")
    assert (same_keys, stored.shape) == (keys, matrix.shape) == ([*reversed(KEYS)], (30, 7))
    found = stored[np.array(rows, dtype=np.int64)]
    assert (found.dtype, found.shape) == (np.float32, (len(rows), 7))
    assert np.allclose(found, matrix[np.array(rows, dtype=np.int64)], atol=1e-7)


def test_without_any_vector(store: Store) -> None:
    keys, stored = store.features.stored(["k1"], "maps", "1")
    assert (keys, stored.shape) == ([], (0, 0))
    assert stored[np.zeros(0, np.int64)].shape == (0, 0)


def test_other_extractors_and_versions_are_left_out(filled: Store) -> None:
    filled.features.put("maps", "2", [("k0", [1.0])])
    filled.features.put("means", "1", [("k1", [1.0])])
    assert filled.features.stored(KEYS, "maps", "2")[0] == ["k0"]
    assert filled.features.stored(KEYS, "means", "1")[0] == ["k1"]


def test_vectors_of_two_lengths_are_refused(filled: Store) -> None:
    filled.features.put("maps", "1", [("k30", [1.0])])
    with pytest.raises(ValueError, match="different length"):
        filled.features.stored([*KEYS, "k30"], "maps", "1")


def test_what_another_process_removes_or_replaces_meanwhile_is_no_row_of_nonsense(filled: Store) -> None:
    _, stored = filled.features.stored(KEYS, "maps", "1")
    filled.features.put("maps", "1", [("k1", [1.0, 0.0])])
    with pytest.raises(StoreBusy, match="replaced"):
        stored[np.array([1])]
    filled.features.forget("maps", "1")
    with pytest.raises(StoreBusy, match="2 picture vectors were removed"):
        stored[np.array([1, 2, 2])]
