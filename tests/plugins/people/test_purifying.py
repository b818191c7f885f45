"""What looking through groups by their confidences does, with names, with weights and with bad input."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from plugins.people import DROPPED, Context
from plugins.people._confidence_channels import CHANNELS
from plugins.people._confidence_judge import SHIPPED
from plugins.people._confidence_net import ConfidenceNet
from plugins.people._neighbours import neighbours
from plugins.people._synthetic import simulate
from plugins.people._synthetic_faces import Traits
from plugins.people.confidence_gcn import Plugin
from plugins.scores import auc, pairwise
from plugins.trained_heads import load_head, save_head

torch.set_num_threads(1)


def crowd(sizes, seed=0, noise=0.5):
    """People in 64 dimensions whom everything tells apart, `sizes` faces of each."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(sizes)), sizes)
    people = rng.standard_normal((len(sizes), 64)) / 8
    vectors = people[labels] + noise * rng.standard_normal((len(labels), 64)) / 8
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), labels


@pytest.fixture(scope="module")
def mixed():
    """A gallery of known people, in which every tenth face of the large ones was given to the nearest somebody else."""
    made = gallery_of(11)
    near, rng = neighbours(made.vectors, 20), np.random.default_rng(0)
    other = made.labels[near.index] != made.labels[:, None]
    wrong = (rng.random(len(made.labels)) < 0.1) & other.any(axis=1)
    first = made.labels[near.index][np.arange(len(wrong)), other.argmax(axis=1)]
    return made, np.where(wrong, first, made.labels)


def gallery_of(seed):
    return simulate(seed, Traits(faces=700, people=25, dim=128, effective=60, weight=0.72))


@pytest.mark.parametrize(
    ("weights", "gain"),
    [pytest.param("shipped", 0.02, id="trained weights"), pytest.param(None, 0.002, id="no weights")],
)
def test_purifying_raises_precision_for_little_recall(mixed, weights, gain):
    made, cluster = mixed
    before = pairwise(made.labels, cluster)
    after = pairwise(made.labels, Plugin(weights=weights).purify(made.vectors, made.context(), cluster).cluster)
    assert after.p > before.p + gain
    assert after.r > before.r - 0.01


def test_trained_confidences_tell_who_belongs_better_than_the_formula(mixed):
    made, cluster = mixed
    by = {w: Plugin(weights=w).confidence(made.vectors, made.context(), cluster) for w in ("shipped", None)}
    judged = np.isfinite(by[None])
    right = (cluster == made.labels)[judged]
    trained, formula = (auc(right, by[w][judged]) for w in ("shipped", None))
    assert trained > 0.95
    assert trained > formula


def test_pure_groups_stay_whole():
    made = gallery_of(12)
    answer = Plugin().purify(made.vectors, made.context(), made.labels)
    assert pairwise(made.labels, answer.cluster).r > 0.98
    assert pairwise(made.labels, answer.cluster).p == 1


def test_the_answer_is_the_same_in_another_order(mixed):
    made, cluster = mixed
    order = np.random.default_rng(1).permutation(len(cluster))
    known = {
        name: getattr(made, name)[order]
        for name in ("photo", "quality", "taken_s", "lat", "lon", "size_px", "landmarks")
    }
    moved = Context.of(len(order), **known, threshold=made.threshold)
    one = Plugin().purify(made.vectors, made.context(), cluster)
    other = Plugin().purify(made.vectors[order], moved, cluster[order])
    assert pairwise(one.cluster[order], other.cluster).f > 0.999
    assert np.allclose(one.confidence[order], other.confidence, atol=0.05, equal_nan=True)


def test_clustering_finds_people():
    vectors, labels = crowd([30, 20, 10, 5, 3, 1, 1], noise=0.7)
    answer = Plugin().cluster(vectors, Context.of(70))
    assert pairwise(labels, answer.cluster).f > 0.95
    assert np.isnan(answer.confidence[-1])
    assert answer.confidence[0] > 0.5


@pytest.mark.parametrize("mode", ["default", "strict"])
@pytest.mark.parametrize("n", [0, 1, 2])
def test_hardly_any_faces(mode, n):
    answer = Plugin(mode).cluster(crowd([1, 1])[0][:n], Context.of(n, threshold=0.6))
    assert answer.cluster.tolist() == list(range(n))
    assert np.isnan(answer.confidence).all()


def test_vectors_that_say_nothing_are_dropped():
    vectors, _ = crowd([4, 4])
    vectors[1], vectors[5, 3], vectors[6, 0] = 0, np.nan, np.inf
    for answer in (
        Plugin().cluster(vectors, Context.of(8, threshold=0.5)),
        Plugin().purify(vectors, Context.of(8, threshold=0.5), np.repeat([0, 1], 4)),
    ):
        assert (answer.cluster == DROPPED).tolist() == [i in {1, 5, 6} for i in range(8)]
        assert answer.dropped == 3
        assert np.isnan(answer.confidence[[1, 5, 6]]).all()


def test_the_same_face_again_and_again_is_one_person():
    vectors = np.repeat(crowd([1])[0], 40, axis=0)
    assert Plugin().cluster(vectors, Context.of(40, threshold=0.6)).cluster.max() == 0
    assert Plugin().purify(vectors, Context.of(40), np.zeros(40, np.int64)).cluster.max() == 0


def test_a_person_with_5000_faces_stays_one():
    vectors, labels = crowd([5_000, 40], noise=1.0)
    answer = Plugin().purify(vectors, Context.of(5_040, threshold=0.4), labels)
    assert pairwise(labels, answer.cluster).r > 0.99


def test_5000_people_with_a_face_each_stay_apart():
    vectors, labels = crowd([1] * 5_000)
    answer = Plugin().purify(vectors, Context.of(5_000), labels)
    assert answer.cluster.tolist() == labels.tolist()
    assert np.isnan(answer.confidence).all()


def test_twins_in_one_group_are_no_error():
    vectors, labels = crowd([12])
    answer = Plugin().purify(vectors, Context.of(12, threshold=0.5), np.zeros(12, np.int64))
    assert len(answer.cluster) == len(labels)


def test_a_mirror_does_not_part_a_person():
    vectors, labels = crowd([10, 8])
    photo = np.arange(18)
    photo[1] = photo[0]
    answer = Plugin().purify(vectors, Context.of(18, photo=photo, threshold=0.45), labels)
    assert answer.cluster.tolist() == labels.tolist()


# What the user said


def test_named_faces_stay_and_the_others_go():
    vectors, labels = crowd([12, 4])
    person = np.where(labels == 1, 7, -1)  # the user named the few
    answer = Plugin().purify(vectors, Context.of(16, person=person, threshold=0.45), np.zeros(16, np.int64))
    assert len(set(answer.cluster[labels == 1].tolist())) == 1
    assert (answer.confidence[labels == 1] == 1).all()
    assert not set(answer.cluster[labels == 0].tolist()) & set(answer.cluster[labels == 1].tolist())


def test_one_name_in_two_groups_comes_together_and_two_names_apart():
    vectors, _ = crowd([8, 8])
    person = np.full(16, -1)
    person[[0, 15]], person[8] = 1, 2
    answer = Plugin().cluster(vectors, Context.of(16, person=person, threshold=0.45))
    assert answer.cluster[0] == answer.cluster[15]
    assert answer.cluster[8] != answer.cluster[0]


def test_a_face_that_is_not_anna_leaves_her():
    vectors, labels = crowd([8])
    person = np.full(8, -1)
    person[:4] = 3
    context = Context.of(8, person=person, threshold=0.45, never=((6, 3),))
    for answer in (Plugin().cluster(vectors, context), Plugin().purify(vectors, context, labels)):
        assert answer.cluster[6] not in answer.cluster[:4]


# Weights


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        pytest.param(lambda t, f: (t, {**f, "schema": "0"}), "schema '0'", id="another schema"),
        pytest.param(lambda t, f: (t, {**f, "channels": '["x"]'}), "channels", id="other channels"),
        pytest.param(lambda t, f: (t, {**f, "keep": "all"}), "confidence", id="no confidence to keep from"),
        pytest.param(lambda t, f: (t, {**f, "keep": "1"}), "within 0 and 1", id="a confidence nothing reaches"),
        pytest.param(lambda t, f: ({**t, "more": t["out.bias"]}, f), "confidence net", id="a tensor too many"),
        pytest.param(
            lambda t, f: (ConfidenceNet(3).tensors(), f), "3 channels", id="a net of another number of channels"
        ),
    ],
)
def test_weights_that_do_not_fit_are_done_without_and_it_says_so(spoil, why):
    facts = {"kind": "confidence_gcn", "schema": "1", "channels": json.dumps(CHANNELS), "keep": "0.5"}
    data = save_head(None, *spoil(ConfidenceNet(len(CHANNELS)).tensors(), facts))
    vectors, labels = crowd([5, 5])
    context = Context.of(10, threshold=0.45)
    answer = Plugin(weights=data).purify(vectors, context, labels)
    assert why in answer.note
    assert answer.cluster.tolist() == Plugin(weights=None).purify(vectors, context, labels).cluster.tolist()


def test_the_shipped_weights_are_there_and_say_how_they_were_made():
    assert Plugin().judge.note == ""
    head = load_head(SHIPPED, "confidence_gcn", "1", CHANNELS)
    assert float(head.facts["node_auc"]) > 0.95
    assert SHIPPED.stat().st_size < 30_000


@pytest.mark.parametrize(
    ("vectors", "n", "cluster"),
    [
        pytest.param(np.ones((3, 2), np.float32), 4, [0, 0, 0, 0], id="fewer vectors than faces"),
        pytest.param(np.ones(4, np.float32), 4, [0, 0, 0, 0], id="no vectors but numbers"),
        pytest.param(np.ones((4, 2), np.float32), 4, [0, 0], id="fewer clusters than faces"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(vectors, n, cluster):
    with pytest.raises(ValueError, match="faces of the context"):
        Plugin(weights=None).purify(vectors, Context.of(n), np.array(cluster))
