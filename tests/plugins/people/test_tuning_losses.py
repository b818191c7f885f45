"""Faces that nobody confirmed stay in the graphs and groups, but nothing is learned from what they are taken for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from plugins.people import Context, Floats
from plugins.people._affinity_graph import FaceGraph, face_graph, fragments
from plugins.people._affinity_tuning import affinity_loss, strength_loss, wanted_affinity, wanted_strength
from plugins.people._cluster_graph import ClusterGraph, Faces, cluster_graph
from plugins.people._confidence_channels import CHANNELS, Material
from plugins.people._confidence_net import ConfidenceNet
from plugins.people._confidence_tuning import HEADS, batches_of, lessons_of, mean_loss, tune_confidence
from plugins.people._held_out import nameless, without
from plugins.people._synthetic import Traits, simulate

GALLERY = simulate(5, replace(Traits(), faces=200, people=12, zipf=0.5, dim=64, effective=30.0, strangers=0.1))
NOBODY = -1
PERSON = np.where((GALLERY.labels < 12) & (np.arange(len(GALLERY.labels)) % 3 > 0), GALLERY.labels, NOBODY)
"""Whom the user has named: two of three faces."""


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def context() -> Context:
    return replace(GALLERY.context(), person=PERSON)


@pytest.fixture(scope="module")
def graph(context) -> FaceGraph:
    return face_graph(GALLERY.vectors, context.photo, context.threshold, 10)


@pytest.fixture(scope="module")
def clusters(graph, context) -> tuple[np.ndarray, ClusterGraph]:
    affinity: Floats = graph.density
    found = fragments(graph, affinity, 6.0, np.ones_like(graph.z, dtype=bool))
    return found, cluster_graph(Faces(GALLERY.vectors, graph, affinity, nameless(context)), found)


def silent(context: Context) -> Context:
    """Return the context with names alone to learn from."""
    n = len(context.person)
    return replace(context, photo=np.arange(n), taken_s=np.full(n, np.nan))


def test_an_affinity_is_learned_from_named_faces_alone(graph, context):
    low = np.ones(len(PERSON), dtype=bool)
    affinity = torch.zeros(len(PERSON), requires_grad=True)
    affinity_loss(affinity, wanted_affinity(graph, context, low)).backward()
    pulled = affinity.grad.numpy() != 0
    assert not pulled[PERSON == NOBODY].any()
    assert pulled[PERSON >= 0].mean() > 0.9


def test_only_faces_of_low_density_are_learned_from(graph, context):
    low = np.arange(len(PERSON)) < 50
    assert not wanted_affinity(graph, context, low).counted[50:].any()


def test_a_strength_is_learned_from_pairs_of_clusters_with_names_alone(graph, context, clusters):
    found, table = clusters
    logits = torch.zeros(len(table.pairs), requires_grad=True)
    strength_loss(logits, wanted_strength(graph, silent(context), found, table)).backward()
    named = np.isin(np.arange(int(found.max()) + 1), found[PERSON >= 0])
    both = named[table.pairs].all(axis=1)
    assert both.any()
    assert (~both).any()
    assert ((logits.grad.numpy() != 0) == both).all()


def test_two_faces_of_one_photo_part_clusters_without_names(graph, clusters):
    """Not of all: those whose faces are among each other's nearest."""
    found, table = clusters
    wanted = wanted_strength(graph, nameless(GALLERY.context()), found, table)
    apart = (wanted.counted > 0) & (wanted.answer == 0)
    together = table.pairs[apart]
    assert len(together)
    for one, other in together.tolist():
        assert set(GALLERY.photo[found == one].tolist()) & set(GALLERY.photo[found == other].tolist())


@pytest.mark.parametrize("seed", range(3))
def test_who_is_left_out_may_be_anybody(graph, context, clusters, seed):
    """People who are held out of the training can be given any names: what is wanted stays the same."""
    found, table = clusters
    left_out = np.array([1, 4, 7])
    shuffled = np.random.default_rng(seed).permutation(left_out)
    renamed = PERSON.copy()
    renamed[np.isin(PERSON, left_out)] = shuffled[np.searchsorted(left_out, PERSON[np.isin(PERSON, left_out)])]
    one, other = (without(replace(context, person=person), left_out) for person in (PERSON, renamed))
    low = np.ones(len(PERSON), dtype=bool)
    for a, b in (
        (wanted_affinity(graph, one, low), wanted_affinity(graph, other, low)),
        (wanted_strength(graph, one, found, table), wanted_strength(graph, other, found, table)),
    ):
        assert (a.answer == b.answer).all()
        assert (a.counted == b.counted).all()


@pytest.fixture(scope="module")
def material(context) -> Material:
    return Material.of(GALLERY.vectors, nameless(context))


@pytest.fixture
def net() -> ConfidenceNet:
    torch.manual_seed(0)
    return ConfidenceNet(len(CHANNELS))


def test_a_confidence_is_learned_from_named_faces_alone(material, context):
    lessons = list(lessons_of(material, silent(context), seed=0))
    assert lessons
    n_faces = sum(len(lesson.members) for lesson in lessons)
    n_counted = sum(int(lesson.counted.sum()) for lesson in lessons)
    assert 0 < n_counted < n_faces
    for lesson in lessons:
        assert ((lesson.counted > 0) == (PERSON[lesson.members] >= 0)).all()


def test_what_unnamed_faces_are_taken_for_changes_no_loss(material, context, net):
    lessons = list(lessons_of(material, silent(context), seed=0))
    other = [replace(each, belongs=np.where(each.counted > 0, each.belongs, 1 - each.belongs)) for each in lessons]
    one, two = (mean_loss(net, batches_of(some)) for some in (lessons, other))
    assert one.item() == two.item()
    assert one.item() > 0


def test_groups_side_by_side_are_judged_as_each_alone(material, context, net):
    lessons = [each for each in lessons_of(material, context, seed=0) if each.counted.any()]
    alone = [float(mean_loss(net, batches_of([each])).detach()) for each in lessons]
    counted = [float(each.counted.sum()) for each in lessons]
    assert float(mean_loss(net, batches_of(lessons)).detach()) == pytest.approx(
        np.average(alone, weights=counted), 1e-4
    )


def test_the_head_learns_and_the_convolutions_stay(material, context, net):
    batches = batches_of(lessons_of(material, context, seed=0))
    before, shipped = float(mean_loss(net, batches).detach()), net.tensors()
    tune_confidence(net, material, context, seed=0, steps=10)
    assert float(mean_loss(net, batches)) < before
    moved = {name for name, value in net.tensors().items() if not np.array_equal(value, shipped[name])}
    assert moved == {name for name in shipped if name.startswith(HEADS)}


def test_without_names_nothing_moves(material, net):
    shipped = net.tensors()
    tune_confidence(net, material, nameless(GALLERY.context()), seed=0)
    assert all(np.array_equal(value, shipped[name]) for name, value in net.tensors().items())
