"""New faces go to the clusters that they look like, to nobody between two people, and the same way each time."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.half_vectors import HalfVectors
from plugins.people.joining import join_known


def people(sizes, d=64, noise=0.9, seed=0):
    """Draw faces of people with so many each, and who they are."""
    rng = np.random.default_rng(seed)
    label = np.repeat(np.arange(len(sizes)), sizes)
    return (rng.normal(size=(len(sizes), d))[label] + noise * rng.normal(size=(len(label), d))).astype(
        np.float32
    ), label


def joined(new, photo, known, label, **options):
    return join_known(new, np.asarray(photo), known, label, np.arange(len(known)), **options)


VECTORS, LABELS = people([8] * 10)
KNOWN = np.arange(len(LABELS)) % 8 < 6  # two faces of each are new
PHOTOS = 1_000 + np.arange(20)


def test_new_faces_go_to_their_own_people_whatever_these_are_called():
    cluster, sure = joined(VECTORS[~KNOWN], PHOTOS, VECTORS[KNOWN], 7 * LABELS[KNOWN] + 3)
    assert cluster.tolist() == (7 * LABELS[~KNOWN] + 3).tolist()
    assert (sure > 0.9).all()


def test_known_faces_may_be_in_half_precision():
    known = HalfVectors((VECTORS[KNOWN] / np.linalg.norm(VECTORS[KNOWN], axis=1)[:, None]).astype(np.float16))
    cluster, sure = joined(VECTORS[~KNOWN], PHOTOS, known, LABELS[KNOWN])
    same, as_sure = joined(VECTORS[~KNOWN], PHOTOS, VECTORS[KNOWN], LABELS[KNOWN])
    assert cluster.tolist() == same.tolist()
    assert np.allclose(sure, as_sure, atol=0.01)


def test_strangers_go_to_nobody():
    strangers, _ = people([1] * 20, seed=5)
    cluster, sure = joined(strangers, PHOTOS, VECTORS[KNOWN], LABELS[KNOWN])
    assert (cluster == -1).sum() >= 18
    assert (sure < 0.9).all()


def test_between_two_people_a_face_is_less_sure_than_with_one():
    one, other = VECTORS[LABELS == 0].mean(axis=0), VECTORS[LABELS == 1].mean(axis=0)
    _, (clear, between) = joined(np.stack([one, one + other]), [500, 501], VECTORS[KNOWN], LABELS[KNOWN])
    assert between < 0.9 < clear


def test_a_face_beside_the_same_person_is_less_sure_and_not_ruled_out():
    new = VECTORS[~KNOWN][:1]
    _, alone = joined(new, [1_000], VECTORS[KNOWN], LABELS[KNOWN])
    _, beside = joined(new, [0], VECTORS[KNOWN], LABELS[KNOWN])
    assert 0 < beside[0] < alone[0]


def test_of_two_new_faces_in_one_photo_the_likelier_is_the_person():
    near, far = VECTORS[LABELS == 0].mean(axis=0), VECTORS[~KNOWN][0]
    _, (first, second) = joined(np.stack([far, near]), [900, 900], VECTORS[KNOWN], LABELS[KNOWN])
    _, (apart, _) = joined(np.stack([far, near]), [900, 901], VECTORS[KNOWN], LABELS[KNOWN])
    assert first < 0.9 < apart
    assert second > 0.9


def test_bad_vectors_and_faces_of_no_cluster_count_for_nothing():
    new = np.stack([np.full(64, np.nan), np.zeros(64), VECTORS[0]]).astype(np.float32)
    cluster, sure = joined(new, [1, 2, 1_000], VECTORS[KNOWN], np.where(LABELS[KNOWN] == 0, -1, LABELS[KNOWN]))
    assert cluster.tolist() == [-1, -1, -1]
    assert sure[:2].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("new", "known"),
    [pytest.param(0, 8, id="nothing new"), pytest.param(2, 0, id="nobody known"), pytest.param(2, 1, id="one known")],
)
def test_few_faces(new, known):
    cluster, sure = joined(VECTORS[:new], np.arange(new), VECTORS[8 : 8 + known], LABELS[8 : 8 + known])
    assert cluster.shape == sure.shape == (new,)


def test_vectors_of_another_embedder_are_refused():
    with pytest.raises(ValueError, match="of one d"):
        joined(VECTORS[:2, :32], [1, 2], VECTORS, LABELS)
