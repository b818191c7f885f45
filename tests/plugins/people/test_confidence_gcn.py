"""Patent 001: first groups, confidences and second groups by the letter."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from plugins.people import Context, _confidence_channels
from plugins.people._confidence_channels import REFERENCES, Material, group_of, parts_of_group
from plugins.people._confidence_strict import Confidences, partition, second_groups
from plugins.people._first_groups import component_groups, ego_groups, linked_groups
from plugins.people._neighbours import neighbours
from plugins.people.confidence_gcn import Plugin
from plugins.scores import pairwise

torch.set_num_threads(1)
DEGREES = np.array([0.0, 10.0, 20.0, 90.0, 95.0])


def on_a_circle(degrees=DEGREES):
    """Faces whose cosines are known: that of the difference of their angles."""
    radians = np.radians(degrees)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def cosine(degrees):
    return np.cos(np.radians(degrees))


def material_of(vectors, **known):
    return Material.of(vectors, Context.of(len(vectors), **known), nearest=2)


def crowd(sizes, seed=0, noise=0.5):
    """People in 64 dimensions whom everything tells apart, `sizes` faces of each."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(sizes)), sizes)
    people = rng.standard_normal((len(sizes), 64)) / 8
    vectors = people[labels] + noise * rng.standard_normal((len(labels), 64)) / 8
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), labels


# Claims, by the letter


def test_claim_2_each_image_and_the_first_images_among_its_k_nearest_are_a_first_group():
    near = neighbours(on_a_circle(), 2)
    groups = ego_groups(near, cosine(15))
    assert [sorted(g.tolist()) for g in groups] == [[0, 1], [0, 1, 2], [1, 2], [3, 4], [3, 4]]
    assert [int(g[0]) for g in groups] == [0, 1, 2, 3, 4]


def test_claim_2_no_more_than_k_images_are_taken():
    groups = ego_groups(neighbours(on_a_circle(np.arange(6.0)), 2), 0.0)
    assert {len(group) for group in groups} == {3}


def test_claim_3_every_threshold_forms_first_groups():
    vectors = on_a_circle()
    found = Plugin("strict", None, nearest=2, thresholds=(0.0, 2.0)).confidences(
        vectors, Context.of(5, threshold=float(cosine(15)))
    )
    assert len(found.groups) == 10
    assert found.threshold[:5].tolist() == pytest.approx([cosine(15)] * 5)
    assert (found.threshold[5:] > found.threshold[:5]).all()
    assert found.groups[5].tolist() == [0]  # at the higher threshold 10 degrees are too far


def test_claim_4_a_group_has_a_matrix_of_faces_and_one_of_attributes():
    taken_s = np.array([0.0, 0.0, 1e9, 1e9, 0.0])
    group = group_of(material_of(on_a_circle(), taken_s=taken_s, quality=np.ones(5, np.float32)), np.arange(3), True)
    assert group.faces.shape == group.attributes.shape == (3, 3)
    assert group.attributes[0, 1] > 0.99  # both old
    assert group.attributes[0, 2] < 0.8  # old beside new


def test_claim_5_attributes_are_compared_with_those_of_all_images_of_the_group():
    material = material_of(on_a_circle(), size_px=np.array([40, 40, 400, 40, 40], np.float32))
    group = group_of(material, np.array([0, 2, 4]), True)
    a = material.attributes.values[[0, 2, 4]]
    lengths = np.linalg.norm(a, axis=1)
    assert group.attributes == pytest.approx(a @ a.T / np.outer(lengths, lengths), abs=1e-6)


def test_claim_6_row_i_is_image_i_against_every_image_of_the_group():
    group = group_of(material_of(on_a_circle()), np.array([0, 2, 3]), True)
    expected = [[1, cosine(20), cosine(90)], [cosine(20), 1, cosine(70)], [cosine(90), cosine(70), 1]]
    assert group.faces == pytest.approx(np.array(expected), abs=1e-6)
    assert (group.itself == np.eye(3)).all()


def test_claim_7_similarities_are_cosines():
    landmarks = np.full((5, 5, 2), np.nan, dtype=np.float32)
    group = group_of(material_of(7 * on_a_circle() / 7, landmarks=landmarks), np.arange(5), True)
    assert group.faces[0] == pytest.approx(cosine(DEGREES), abs=1e-6)
    assert np.isnan(group.attributes).all()  # nothing is known beside the faces: they stand in


def test_claim_1_the_confidence_matrix_is_returned_as_it_is():
    found = Plugin("strict", None, nearest=2, thresholds=(0.0,)).confidences(
        on_a_circle(), Context.of(5, threshold=float(cosine(15)))
    )
    matrix = found.matrix()
    assert matrix.shape == (5, 5)
    assert np.isfinite(matrix).tolist() == [[j in group for j in range(5)] for group in map(set, found.groups)]
    # Group (0, 1) by hand: S = (1, c; c, 1), Ŝ = (2, c; c, 2) / (2 + c), and the medoid is 1, which has more near it.
    c = cosine(10)
    assert matrix[0, 0] == pytest.approx((2 * c + c) / (2 + c), abs=1e-5)
    assert matrix[0, 1] == pytest.approx((c * c + 2) / (2 + c), abs=1e-5)


def test_claim_1_second_groups_are_what_first_groups_keep():
    found = Confidences(
        (np.array([0, 1, 2]), np.array([1, 0]), np.array([2, 1])),
        (np.array([0.9, 0.8, 0.3]), np.array([0.95, 0.6]), np.array([0.2, 0.1])),
        np.array([0.5, 0.5, 0.7], np.float32),
        3,
    )
    assert [g.tolist() for g in second_groups(found, 0.5)] == [[0, 1]]
    group, sure = partition(found, 0.5)
    assert group.tolist() == [0, 1, -1]
    assert sure == pytest.approx([0.9, 0.95, np.nan], nan_ok=True)


def test_of_equal_confidences_the_higher_threshold_counts():
    one = (np.array([0, 1]), np.array([0.9, 0.9]))
    found = Confidences((one[0], one[0]), (one[1], one[1]), np.array([0.5, 0.6], np.float32), 2)
    assert partition(found, 0.5)[0].tolist() == [1, 1]


def test_strict_mode_answers_with_second_groups():
    vectors, labels = crowd([6, 5, 4])
    answer = Plugin("strict", None).cluster(vectors, Context.of(15, threshold=0.45))
    assert pairwise(labels, answer.cluster).p == 1


# First groups of the default


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        pytest.param(5, [0, 0, 0, 1, 1], id="what hangs together"),
        pytest.param(2, [0, 1, 2, 3, 3], id="too many are taken apart where they hang least"),
        pytest.param(1, [0, 1, 2, 3, 4], id="down to one"),
    ],
)
def test_first_groups_are_components_of_at_most_so_many(most, expected):
    near = neighbours(on_a_circle(), 2)
    found = component_groups(near, float(cosine(15)), most, 0.002)
    assert np.unique(found, return_index=True)[1].size == len(set(expected))
    assert all((found[i] == found[j]) == (expected[i] == expected[j]) for i in range(5) for j in range(5))


def test_copies_are_together_however_many():
    near = neighbours(np.ones((8, 4), np.float32) / 2, 3)
    assert len(component_groups(near, 0.5, 2, 0.1)) == 8  # ends


def test_average_linkage_takes_the_mean_of_pairs():
    # 0 to 10, 20 to both 15: together; 90 and 95 are 5 apart, and 82.5 from the others on the mean.
    assert len(set(linked_groups(on_a_circle(), float(cosine(25))).tolist())) == 2
    assert len(set(linked_groups(on_a_circle(), float(cosine(7))).tolist())) == 4


# What the net sees


def test_a_large_group_is_compared_with_some_of_it():
    vectors, _ = crowd([REFERENCES + 60])
    group = group_of(material_of(vectors, threshold=0.45), np.arange(len(vectors)))
    assert group.faces.shape == (REFERENCES + 60, REFERENCES)
    assert group.itself.sum(axis=0).tolist() == [1] * REFERENCES
    assert np.isfinite(group.features).all()


def test_channels_mean_the_same_for_another_embedder():
    """Turned round and moved into more dimensions, the same faces look the same."""
    vectors, _ = crowd([9, 6], noise=0.6)
    turn = np.linalg.qr(np.random.default_rng(3).standard_normal((128, 128)))[0][:64].astype(np.float32)
    one, other = (group_of(material_of(v, threshold=0.4), np.arange(15)) for v in (vectors, vectors @ turn))
    assert np.allclose(np.abs(one.features), np.abs(other.features), atol=2e-2)
    assert np.allclose(one.faces, other.faces, atol=1e-3)


def test_faces_in_no_group_have_no_confidence():
    vectors, labels = crowd([5, 1, 4])
    sure = Plugin(weights=None).confidence(vectors, Context.of(10, threshold=0.4), labels)
    assert np.isnan(sure).tolist() == [label == 1 for label in labels]


def test_a_large_group_is_looked_at_in_parts_and_each_face_as_in_the_whole(monkeypatch: pytest.MonkeyPatch):
    vectors = np.random.default_rng(5).normal(size=(REFERENCES + 400, 16)) + 1.5
    material, members = material_of(vectors, threshold=0.45), np.arange(len(vectors))
    whole = group_of(material, members)
    monkeypatch.setattr(_confidence_channels, "AT_ONCE", 250)
    looked_at = 0
    for some, part in parts_of_group(material, members):
        n = some.stop - some.start
        assert np.allclose(part.features[-n:], whole.features[some], atol=1e-4)
        assert np.allclose(part.faces[-n:], whole.faces[some], atol=1e-5)
        assert part.itself[:REFERENCES].sum() == REFERENCES
        looked_at += n
    assert looked_at == len(vectors)
