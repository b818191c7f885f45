"""Features and faces: stored once for a content, unit length, in the order asked for; and what cannot be read."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from plugins.records import FoundFace, Photo
from plugins.store import Problem, Store

RNG = np.random.default_rng(7)


def test_nothing_stored_nothing_given(store: Store) -> None:
    keys, vectors = store.features.matrix(["k"], "vgg16", "1")
    assert (keys, vectors.shape, vectors.dtype) == ([], (0, 0), np.float32)
    assert store.features.missing([], "vgg16", "1") == []


def test_another_version_is_another_vector(store: Store) -> None:
    store.features.put("vgg16", "1", [("k", [1.0, 0.0])])
    assert store.features.missing(["k"], "vgg16", "2") == ["k"]
    assert store.features.missing(["k"], "facenet", "1") == ["k"]
    assert store.features.matrix(["k"], "vgg16", "2")[0] == []


def test_order_and_repeats(store: Store) -> None:
    store.features.put("vgg16", "1", [("a", [1.0, 0.0]), ("b", [0.0, 1.0])])
    keys, vectors = store.features.matrix(["b", "x", "a", "b"], "vgg16", "1")
    assert (keys, vectors.tolist()) == (["b", "a"], [[0.0, 1.0], [1.0, 0.0]])
    assert store.features.missing(["y", "b", "x", "y"], "vgg16", "1") == ["y", "x"]


@pytest.mark.parametrize("dim", [pytest.param(128, id="dlib"), pytest.param(100_352, id="strict VGG16")])
def test_vectors_come_back_unit_and_nearly_the_same(dim: int, store: Store) -> None:
    given = RNG.normal(size=(3, dim)) * 1000
    store.features.put("f", "1", zip("abc", given, strict=True))
    vectors = store.features.matrix("abc", "f", "1")[1]
    unit = given / np.linalg.norm(given, axis=1, keepdims=True)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert np.abs(vectors @ unit.T - unit @ unit.T).max() < 1e-3


def test_put_again_replaces(store: Store) -> None:
    store.features.put("f", "1", [("a", [1.0, 0.0])])
    store.features.put("f", "1", [("a", [0.0, 2.0])])
    assert store.features.matrix(["a"], "f", "1")[1].tolist() == [[0.0, 1.0]]
    assert store.features.counts() == {("f", "1"): 1}


@pytest.mark.parametrize(
    "vector",
    [
        pytest.param([], id="empty"),
        pytest.param([1.0, float("nan")], id="not a number"),
        pytest.param([float("inf")], id="infinite"),
    ],
)
def test_what_is_no_vector_is_refused_and_nothing_of_its_batch_stays(vector: list[float], store: Store) -> None:
    with pytest.raises(ValueError, match="feature vector"):
        store.features.put("f", "1", [("a", [1.0]), ("b", vector)])
    assert store.features.counts() == {}


def test_zero_stays_zero(store: Store) -> None:
    store.features.put("f", "1", [("a", [0.0, 0.0])])
    assert store.features.matrix(["a"], "f", "1")[1].tolist() == [[0.0, 0.0]]


def test_more_than_a_chunk_and_forget(store: Store) -> None:
    keys = [f"k{n}" for n in range(2300)]
    store.features.put("f", "1", ((key, [1.0, float(n)]) for n, key in enumerate(keys)))
    assert store.features.matrix(keys, "f", "1")[1].shape == (2300, 2)
    store.features.forget("f", "1")
    assert store.features.missing(keys, "f", "1") == keys


def face(x: float, at_s: float | None = None) -> FoundFace:
    landmarks = ((0.5, x), (1.0, x), (0.75, 0.5), (0.5, 0.75), (1.0, 0.75))
    vector = np.array([x, 1.0], np.float32)
    return FoundFace((x, 0.25, 1.0, 0.5), landmarks, 0.9, 28.0, 0.5, 0.25, vector, at_s)


def test_a_picture_without_faces_is_not_looked_at_again(store: Store) -> None:
    store.faces.put("dlib", "1", [("a", [])])
    assert store.faces.missing(["a", "b"], "dlib", "1") == ["b"]
    assert store.faces.counts() == {("dlib", "1"): (1, 0)}
    table = store.faces.table(["a"], "dlib", "1")
    assert (len(table), table.boxes.shape, table.vectors.shape) == (0, (0, 4), (0, 0))


def test_faces_come_back_by_picture_then_number(store: Store) -> None:
    store.faces.put("dlib", "1", [("a", [face(0.0), face(0.5)]), ("b", [face(0.75)])])
    table = store.faces.table(["b", "x", "a", "b"], "dlib", "1")
    assert (table.content_keys, table.index.tolist()) == (("b", "a", "a"), [0, 0, 1])
    assert table.boxes[:, 0].tolist() == [0.75, 0.0, 0.5]
    assert np.array_equal(table.landmarks[0], face(0.75).landmarks)
    assert np.allclose(table.vectors[0], np.array([0.75, 1.0]) / 1.25, atol=1e-3)


def test_all_that_was_measured_comes_back_with_what_is_made_of_it(store: Store) -> None:
    still, in_a_video = face(0.5), face(0.75, at_s=12.5)
    store.faces.put("dlib", "1", [("a", [still, in_a_video])])
    table = store.faces.table(["a"], "dlib", "1")
    for name in ("score", "size_px", "sharpness", "frontal", "quality", "weight"):
        column = getattr(table, name)
        assert column.dtype == np.float32
        assert column.tolist() == pytest.approx([getattr(still, name), getattr(in_a_video, name)]), name
    assert np.array_equal(table.at_s, [np.nan, 12.5], equal_nan=True)


def test_looked_at_again_replaces_all_faces_of_the_picture(store: Store) -> None:
    store.faces.put("dlib", "1", [("a", [face(0.0), face(0.5)]), ("b", [face(0.25)])])
    store.faces.put("dlib", "1", [("a", [face(0.75)])])
    assert store.faces.table(["a", "b"], "dlib", "1").boxes[:, 0].tolist() == [0.75, 0.25]
    assert store.faces.counts() == {("dlib", "1"): (2, 2)}


def test_unreadable_content_is_tried_again_only_when_it_changes(store: Store, photo: Callable[..., Photo]) -> None:
    store.photos.replace("a", [photo(1), photo(2)])
    for extractor in ("vgg16", "dlib"):
        store.problems.record(extractor, "1", [("k1", "truncated JPEG")])
    assert store.features.missing(["k1", "k2"], "vgg16", "1") == ["k2"]
    assert store.faces.missing(["k1", "k2"], "dlib", "1") == ["k2"]
    assert store.features.missing(["k1"], "vgg16", "2") == ["k1"]
    assert store.problems.among(["k1", "k2"], "vgg16", "1") == {"k1": "truncated JPEG"}
    assert store.problems.all("a") == [Problem("p1", "1.jpg", name, "truncated JPEG") for name in ("dlib", "vgg16")]
    store.photos.replace("a", [photo(1, content_key="mended"), photo(2)])
    assert store.problems.all("a") == []
    store.problems.forget("vgg16")
    assert store.features.missing(["k1"], "vgg16", "1") == ["k1"]


def test_a_new_version_says_anew_what_cannot_be_read(store: Store, photo: Callable[..., Photo]) -> None:
    store.photos.replace("a", [photo(1), photo(2)])
    store.problems.record("vgg16", "1", [("k1", "truncated JPEG"), ("k2", "too large")])
    store.problems.record("dlib", "1", [("k1", "truncated JPEG")])
    store.problems.supersede("vgg16", "2", ["k1"])
    store.problems.record("vgg16", "2", [])
    assert [(p.photo, p.extractor) for p in store.problems.all("a")] == [("p1", "dlib"), ("p2", "vgg16")]
