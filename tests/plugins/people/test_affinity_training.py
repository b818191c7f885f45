"""Training of the affinity method: what is learned is what labels say, and what comes out fits the method."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from plugins.people import Context
from plugins.people import _affinity_lessons as lessons
from plugins.people import _affinity_training as training
from plugins.people._affinity_graph import face_graph
from plugins.people._affinity_lessons import Lesson, judged, lesson, shared_people
from plugins.people._affinity_model import untrained
from plugins.people._cluster_graph import ClusterGraph
from plugins.people._synthetic_crowds import Crowd, crowd, drawn_crowd
from plugins.people.affinity_gcn import Plugin
from plugins.trained_heads import save_head

torch.set_num_threads(1)


def small_lesson(seed):
    """Return a crowd of some hundred faces to learn from."""
    units, labels = drawn_crowd(seed, most=400)
    context = Context.of(len(labels))
    return Lesson(units, labels, context, face_graph(units, context.photo, float("nan"), 20))


def test_clusters_are_judged_by_the_share_of_face_pairs_of_one_person():
    labels, cluster = np.array([5, 5, 7, 5, 5, 7]), np.array([0, 0, 0, 1, 1, 2])
    graph = ClusterGraph(np.array([3, 2, 1]), np.array([[1, 0], [2, 0], [2, 1]]), np.zeros((3, 1)), np.zeros((3, 1)))
    assert shared_people(labels, cluster, graph).tolist() == pytest.approx([4 / 6, 1 / 3, 0])


def test_density_tells_affinity_by_a_rising_map():
    density = np.linspace(0, 8, 400).astype(np.float32)
    noise = np.random.default_rng(0).normal(0, 0.1, 400)
    found = training.density_map(density, (np.tanh(density - 4) + noise).astype(np.float32))
    assert (np.diff(found.affinity) >= 0).all()
    assert len(found.density) == 16
    assert found.low == pytest.approx(4, abs=0.1)
    assert found(np.array([4.0], dtype=np.float32))[0] == pytest.approx(0, abs=0.15)


def test_cluster_graphs_are_met_on_the_way_from_faces_to_people():
    found = list(judged(small_lesson(4), untrained(), None, 4))
    assert len(found) >= 2
    assert all(len(one.truth) == len(one.graph.pairs) for one in found)
    assert [len(one.graph.size) for one in found] == sorted((len(one.graph.size) for one in found), reverse=True)


def test_training_gives_a_head_that_the_method_takes_and_the_same_for_the_same_seed(monkeypatch):
    monkeypatch.setattr(training, "STEPS_V", 4)
    monkeypatch.setattr(training, "STEPS_C", (4, 4, 4))
    monkeypatch.setattr(training, "EDGE_Z", (5.0, 6.0))
    monkeypatch.setattr(training, "MERGE", (0.5, 0.7))
    monkeypatch.setattr(training, "lesson", small_lesson)
    head, again = (training.train_affinity(0, galleries=3, held_out=1) for _ in range(2))
    data = save_head(None, head.tensors, head.facts)
    assert data == save_head(None, again.tensors, again.facts)
    units, labels = drawn_crowd(1, most=400)
    found = Plugin(weights=data).cluster(units, Context.of(len(labels)))
    assert found.note == ""
    assert (found.cluster >= 0).all()


def test_a_crowd_is_as_it_is_told():
    traits = Crowd(2_000, 0.7, 1.2, 128, 22, 3, 2.3, 0.86, 0.03, 0.0, 0.0, 5)
    units, labels = crowd(np.random.default_rng(0), traits)
    people, first = np.unique(labels, return_index=True)
    cosine = units[first] @ units[first].T
    strangers = np.median(cosine[np.triu_indices(len(people), 1)])
    assert np.allclose(np.linalg.norm(units, axis=1), 1, atol=1e-5)
    assert strangers == pytest.approx(2.3**2 / (1 + 2.3**2), abs=0.02)
    assert (np.bincount(labels) == 1).mean() == pytest.approx(0.7, abs=0.05)
    one, again = drawn_crowd(3), drawn_crowd(3)
    assert np.array_equal(one[0], again[0])


def test_half_of_the_lessons_are_crowds_and_of_the_others_not_all_tell_photos(monkeypatch):
    monkeypatch.setattr(lessons, "drawn_crowd", lambda seed: drawn_crowd(seed, most=310))
    monkeypatch.setattr(lessons, "MOST_FACES", 310)
    contexts = [lesson(seed).context for seed in range(12)]
    told = [len(np.unique(context.photo)) < len(context.photo) for context in contexts]
    assert 1 <= sum(told) <= 8
    assert any(np.isfinite(context.taken_s).any() for context in contexts)
