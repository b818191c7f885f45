"""A face whose vector is not whole is left out of what is read, and its picture is looked at anew."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from plugins.records import FoundFace, Photo
from plugins.store import FaceLabel, Store, whole_faces
from plugins.store.tables import faces

NET = ("net", "1")
KEYS = ["k0", "k1", "k2"]
VECTORS = np.array([[1, 0, 0], [0.6, 0.8, 0], [0, 1, 0], [0, 0, 1]], np.float32)


def face(vector: np.ndarray) -> FoundFace:
    return FoundFace((0.1, 0.2, 0.3, 0.4), ((0.1, 0.2),) * 5, 0.99, 100.0, 0.9, 0.9, vector)


FOUND = [("k0", [face(VECTORS[0])]), ("k1", [face(VECTORS[1]), face(VECTORS[2])]), ("k2", [face(VECTORS[3])])]


@pytest.fixture
def filled(store: Store, photo: Callable[..., Photo]) -> Store:
    store.photos.replace("lib", [photo(n) for n in range(3)])
    store.faces.put(*NET, FOUND)
    return store


def cut(store: Store, key: str, n_bytes: int) -> None:
    """Give the first face of a picture a vector of so many bytes, as a database that lost part of a page has it."""
    of_this = (faces.c.content_key == key, faces.c.face == 0)
    with store._database.transaction() as connection:
        connection.execute(faces.update().where(*of_this).values(vector=bytes(range(n_bytes))))


@pytest.fixture(params=[pytest.param(1, id="all at once"), pytest.param(50_000, id="by content")])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_faces, "ALL_FROM", request.param)


@pytest.mark.usefixtures("_way")
@pytest.mark.parametrize(
    ("n_bytes", "dim"),
    [
        pytest.param(5, 3, id="an odd number of bytes"),
        pytest.param(2, 3, id="a part of a vector"),
        pytest.param(0, 3, id="empty"),
        pytest.param(12, 3, id="twice as long"),
        pytest.param(2, None, id="nobody says how long, most are whole"),
    ],
)
def test_its_picture_is_looked_at_anew(filled, caplog, n_bytes, dim):
    whole = filled.faces.fingerprint("lib", *NET, 3)
    cut(filled, "k1", n_bytes)
    assert filled.faces.missing([*KEYS, "k7"], *NET, dim) == ["k1", "k7"]
    table = filled.faces.table(KEYS, *NET, dim)
    assert (table.content_keys, table.index.tolist()) == (("k0", "k1", "k2"), [0, 1, 0])
    assert np.allclose(table.vectors, VECTORS[[0, 2, 3]], atol=1e-3)
    assert [record.getMessage() for record in caplog.records] == [
        "One stored vector of net 1 cannot be used: not whole. The next extraction makes it anew"
    ]
    assert filled.faces.fingerprint("lib", *NET, 3) != whole
    filled.faces.put(*NET, FOUND[1:2])
    assert filled.faces.missing(KEYS, *NET, dim) == []
    assert len(filled.faces.table(KEYS, *NET, dim)) == 4
    assert filled.faces.fingerprint("lib", *NET, 3) == whole


def test_it_is_no_row_of_other_columns(filled):
    cut(filled, "k1", 2)
    filled.people.save_labels("lib", *NET, [FaceLabel("k1", 0, "ann"), FaceLabel("k1", 1, "ben")])
    found, vectors = filled.parts.face_vectors(*NET, {("k1", 0), ("k1", 1), ("k2", 0)}, 3)
    assert sorted(found) == [("k1", 1), ("k2", 0)]
    assert np.allclose(vectors[found.index(("k1", 1))], VECTORS[2], atol=1e-3)
    labelled = filled.labelled_faces.among("lib", KEYS, *NET, 3)
    assert (labelled.content_keys, labelled.people) == (("k0", "k1", "k2"), ("", "ben", ""))
    assert labelled.vectors.shape == (3, 3)


def test_without_any_whole_vector_there_is_none(filled):
    for key in KEYS:
        cut(filled, key, 2)
    cut(filled, "k1", 0)
    assert filled.faces.missing(KEYS, *NET, 3) == KEYS
    assert filled.faces.table(["k0", "k2"], *NET, 3).vectors.shape == (0, 0)
    assert filled.parts.face_vectors(*NET, {("k0", 0)}, 3)[0] == []


def test_a_picture_that_cannot_be_read_any_more_is_not_looked_at_again(filled):
    cut(filled, "k1", 2)
    filled.problems.record(*NET, [("k1", "truncated JPEG")])
    assert filled.faces.missing(KEYS, *NET, 3) == []


def test_faces_of_other_extractors_do_not_count(filled):
    filled.faces.put("net", "2", [("k0", [face(np.ones(7, np.float32))])])
    filled.faces.put("other", "1", [("k1", [face(np.ones(7, np.float32))])])
    assert filled.faces.missing(KEYS, *NET, 3) == []
    assert filled.faces.table(["k0"], "net", "2", 7).vectors.shape == (1, 7)
