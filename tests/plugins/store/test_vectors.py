"""Vectors that are read when they are indexed: the same rows as the matrix has, and few of them at a time."""

from __future__ import annotations

import numpy as np
import pytest
import sqlalchemy as sa

from plugins.store import Store, StoreBusy, vectors
from plugins.store.tables import features

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


def shortened(store: Store, key: str, n_bytes: int) -> None:
    """Cut a stored vector down to so many bytes, as a database that lost part of a page has it, or make it longer."""
    of_this = features.c.content_key == key
    with store._database.transaction() as connection:
        whole = connection.scalar(sa.select(features.c.vector).where(of_this))
        connection.execute(features.update().where(of_this).values(vector=(2 * whole)[:n_bytes]))


CUT = [
    pytest.param(13, id="an odd number of bytes"),
    pytest.param(6, id="half a vector"),
    pytest.param(0, id="empty"),
    pytest.param(28, id="twice as long"),
]


@pytest.mark.parametrize("dim", [pytest.param(7, id="the extractor says"), pytest.param(None, id="most are whole")])
@pytest.mark.parametrize("n_bytes", CUT)
def test_a_vector_that_is_not_whole_is_missing_until_it_is_made_anew(filled, caplog, dim, n_bytes):
    shortened(filled, "k4", n_bytes)
    others = [key for key in KEYS if key != "k4"]
    assert filled.features.missing(KEYS, "maps", "1", dim) == ["k4"]
    keys, stored = filled.features.stored(KEYS, "maps", "1", dim)
    assert (keys, stored.shape) == (others, (29, 7))
    assert filled.features.matrix(KEYS, "maps", "1", dim)[0] == others
    assert [record.getMessage() for record in caplog.records] == [
        "One stored vector of maps 1 cannot be used: not whole. The next extraction makes it anew"
    ]
    filled.features.put("maps", "1", [("k4", [1.0] * 7)])
    assert filled.features.missing(KEYS, "maps", "1", dim) == []
    assert filled.features.matrix(KEYS, "maps", "1", dim)[0] == KEYS


def test_the_extractor_knows_better_than_most_vectors(filled, caplog):
    for key in KEYS[1:]:
        shortened(filled, key, 6)
    assert filled.features.stored(KEYS, "maps", "1", 7)[0] == ["k0"]
    assert filled.features.missing(KEYS, "maps", "1", 7) == KEYS[1:]
    assert filled.features.stored(KEYS, "maps", "1")[1].shape == (29, 3)
    assert "29 stored vectors of maps 1 cannot be used" in caplog.text


def test_what_cannot_be_read_at_all_is_not_made_anew(filled):
    shortened(filled, "k4", 6)
    filled.problems.record("maps", "1", [("k4", "truncated JPEG")])
    assert filled.features.missing(KEYS, "maps", "1", 7) == []


@pytest.mark.parametrize(
    ("sizes", "size"),
    [
        pytest.param({}, 0, id="nothing stored"),
        pytest.param({0: 5, 7: 9}, 0, id="nothing that could be a vector"),
        pytest.param({1024: 3, 512: 2}, 1024, id="most"),
        pytest.param({512: 1, 1024: 1}, 1024, id="as many: cut short is likelier than grown"),
    ],
)
def test_without_an_extractor_the_stored_vectors_say_how_long_one_is(sizes, size):
    assert vectors.whole_size(sizes) == size
    assert vectors.whole_size(sizes, 7) == 14


def test_what_another_process_removes_or_replaces_meanwhile_is_no_row_of_nonsense(filled: Store) -> None:
    _, stored = filled.features.stored(KEYS, "maps", "1")
    filled.features.put("maps", "1", [("k1", [1.0, 0.0])])
    with pytest.raises(StoreBusy, match="replaced"):
        stored[np.array([1])]
    filled.features.forget("maps", "1")
    with pytest.raises(StoreBusy, match="2 picture vectors were removed"):
        stored[np.array([1, 2, 2])]
