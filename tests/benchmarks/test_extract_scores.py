"""Scores of the extraction benchmark, on answers whose scores are known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks._feature_scores import auc, centre_face, found_faces, overlaps, p_at_1, pairs, tpr_at
from benchmarks._sides import Seen

HALF = (0.25, 0.25, 0.75, 0.75)


def boxes(*rows):
    return np.array(rows, dtype=np.float64).reshape(-1, 4)


@pytest.mark.parametrize(
    ("found", "face"),
    [
        pytest.param([], None, id="no face"),
        pytest.param([(0, 0, 0.4, 0.4)], None, id="one beside the middle"),
        pytest.param([HALF], 0, id="one"),
        pytest.param([(0, 0, 0.4, 0.4), HALF], 1, id="one of two"),
        pytest.param([(0, 0, 0.6, 0.6), HALF], 1, id="of two that cover it the nearer"),
        pytest.param([(0.5, 0.5, 0.9, 0.9)], 0, id="a corner touches it"),
    ],
)
def test_the_face_in_the_middle(found, face):
    assert centre_face(Seen(boxes(*found))) == face


@pytest.mark.parametrize(
    ("truth", "found", "counts"),
    [
        pytest.param([], [], (set(), 0), id="nothing to find"),
        pytest.param([], [HALF], (set(), 1), id="a box on nothing"),
        pytest.param([HALF], [], (set(), 0), id="a face that was missed"),
        pytest.param([HALF], [(0.3, 0.3, 0.8, 0.8)], ({0}, 0), id="a little off"),
        pytest.param([HALF], [(0.6, 0.6, 0.9, 0.9)], (set(), 1), id="too far off"),
        pytest.param([HALF], [HALF, (0.26, 0.26, 0.76, 0.76)], ({0}, 1), id="a face counts once"),
        pytest.param([HALF, (0, 0, 0.2, 0.2)], [(0, 0, 0.2, 0.2), HALF], ({0, 1}, 0), id="in any order"),
        pytest.param([HALF], [(0.5, 0.5, 0.5, 0.5)], (set(), 1), id="a box without area"),
    ],
)
def test_found_faces(truth, found, counts):
    assert found_faces(truth, boxes(*found)) == counts


def test_overlap_is_shared_over_joint_area():
    assert overlaps(boxes((0, 0, 2, 1)), boxes((1, 0, 3, 1), (5, 5, 6, 6))).tolist() == [[1 / 3, 0]]


@pytest.mark.parametrize(
    ("cosines", "same", "area", "share"),
    [
        pytest.param([0.9, 0.8, 0.2, 0.1], [1, 1, 0, 0], 1.0, 1.0, id="told apart"),
        pytest.param([0.1, 0.2, 0.8, 0.9], [1, 1, 0, 0], 0.0, 0.0, id="the wrong way round"),
        pytest.param([0.5, 0.5, 0.5, 0.5], [1, 1, 0, 0], 0.5, 0.0, id="all alike"),
        pytest.param([0.9, 0.3, 0.5, 0.1], [1, 1, 0, 0], 0.75, 1.0, id="one pair of strangers may pass"),
    ],
)
def test_people_told_apart(cosines, same, area, share):
    cosines, same = np.array(cosines), np.array(same, dtype=np.bool_)
    assert auc(cosines, same) == area
    assert tpr_at(cosines, same, 0.5) == share


def test_no_score_where_there_is_none():
    cosines = np.array([0.5, 0.6])
    assert auc(cosines, np.array([True, True])) is None
    assert tpr_at(cosines, np.array([True, False]), 0.001) is None
    assert p_at_1(np.ones((1, 2), dtype=np.float32), np.array([0])) is None


def test_pairs_are_of_both_kinds_and_none_twice():
    labels = np.array([0, 0, 1, 1, 1, 2])
    index, same = pairs(labels, 100, 0)
    assert (labels[index[:, 0]] == labels[index[:, 1]]).tolist() == same.tolist()
    assert len({tuple(sorted(pair)) for pair in index.tolist()}) == len(index) == 15
    assert int(same.sum()) == 4
    few, _ = pairs(labels, 2, 0)
    assert len(few) == 4
    assert (pairs(labels, 2, 0)[0] == few).all()


def test_nearest_neighbours_of_ones_own_kind():
    vectors = np.array([[1, 0], [0.99, 0.1], [0, 1], [0.7, 0.7]], dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    assert p_at_1(vectors, np.array([0, 0, 1, 1])) == 0.75
