"""The baselines: what every one must do with hard input, and where their rules differ."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.people import DROPPED, Context
from plugins.people._baseline import TooManyFaces
from plugins.people.average_linkage import Plugin as AverageLinkage
from plugins.people.dbscan_faces import Plugin as Dbscan
from plugins.people.hdbscan_faces import Plugin as Hdbscan
from plugins.people.incremental_faces import Plugin as Incremental

BASELINES = [Hdbscan(2), Hdbscan(3), Dbscan(), AverageLinkage(), Incremental()]
THRESHOLD = 0.8


def name(plugin):
    return f"{plugin.name}-{getattr(plugin, 'min_cluster_size', '')}".rstrip("-")


every_baseline = pytest.mark.parametrize("plugin", BASELINES, ids=name)


def people(*sizes, d=64, noise=0.03, seed=0):
    """Draw vectors of people with so many faces each, in the order of people, and the labels."""
    draw = np.random.default_rng(seed)
    label = np.repeat(np.arange(len(sizes)), sizes)
    vectors = draw.normal(size=(len(sizes), d))[label] / d**0.5 + noise * draw.normal(size=(len(label), d))
    return vectors.astype(np.float32), label


def clusters(plugin, vectors, **known):
    known.setdefault("threshold", THRESHOLD)
    return plugin.cluster(vectors, Context.of(len(vectors), **known)).cluster.tolist()


@every_baseline
@pytest.mark.parametrize(
    ("vectors", "expected"),
    [
        pytest.param(np.zeros((0, 8)), [], id="nobody"),
        pytest.param(np.ones((1, 8)), [0], id="one face"),
        pytest.param(np.eye(2), [0, 1], id="two strangers"),
        pytest.param(np.zeros((2, 8)), [DROPPED, DROPPED], id="nothing but zeros"),
        pytest.param([[1, 0], [np.nan, 0], [0, 0], [np.inf, 1], [0, 1]], [0, DROPPED, DROPPED, DROPPED, 1], id="bad"),
        pytest.param(people(6, 6, 6)[0] * 1e4, np.repeat([0, 1, 2], 6).tolist(), id="three people, long vectors"),
        pytest.param(people(6, 6, 6)[0].astype(np.float16), np.repeat([0, 1, 2], 6).tolist(), id="half precision"),
    ],
)
def test_hard_input(plugin, vectors, expected):
    assert clusters(plugin, np.asarray(vectors)) == expected


@pytest.mark.parametrize("plugin", [Dbscan(), AverageLinkage(), Incremental()], ids=name)
@pytest.mark.parametrize("threshold", [0.8, 0.999, 1.0, float("nan")])
def test_copies_are_one_person(plugin, threshold):
    copies = np.tile(people(1)[0], (5, 1))
    assert clusters(plugin, copies, threshold=threshold) == [0] * 5


def test_hdbscan_needs_a_second_person_to_see_a_first():
    assert clusters(Hdbscan(), np.tile(people(1)[0], (5, 1))) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("plugin", "least"),
    [
        pytest.param(Hdbscan(2), 3, id="HDBSCAN wants two others"),
        pytest.param(Hdbscan(3), 4, id="HDBSCAN told to want three others"),
        pytest.param(Dbscan(), 3, id="DBSCAN wants three"),
        pytest.param(Dbscan(2), 2, id="DBSCAN told to take two"),
        pytest.param(AverageLinkage(), 2, id="average linkage takes two"),
        pytest.param(Incremental(), 3, id="Immich wants three"),
        pytest.param(Incremental(2), 2, id="Immich told to take two"),
    ],
)
def test_the_fewest_faces_of_a_person(plugin, least):
    for size in (least - 1, least):
        found = clusters(plugin, people(size, 6, 6)[0])
        assert found[:size] == ([0] * size if size == least else list(range(size)))


def on_a_circle(*degrees):
    angle = np.deg2rad(degrees)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


CHAIN = on_a_circle(0, 30, 60, 90, 120)
"""Neighbours have cosine 0.87, the next but one 0.5."""


@pytest.mark.parametrize(
    ("plugin", "expected"),
    [
        pytest.param(Dbscan(), [0, 0, 0, 0, 0], id="DBSCAN chains"),
        pytest.param(Incremental(), [0, 0, 0, 0, 0], id="Immich chains"),
        pytest.param(AverageLinkage(), [0, 0, 1, 1, 2], id="average linkage does not"),
    ],
)
def test_a_chain_of_look_alikes(plugin, expected):
    assert clusters(plugin, CHAIN) == expected


def test_average_linkage_refuses_what_does_not_fit():
    with pytest.raises(TooManyFaces, match="6 faces are more than 5"):
        clusters(AverageLinkage(most=5), people(6)[0])


class TestImmichsRule:
    def test_faces_without_enough_matches_wait_for_the_others(self):
        # 0° and 30° match each other alone at first; 30° is no core, but 60° to 64° are, and 30° joins them.
        assert clusters(Incremental(), on_a_circle(30, 60, 62, 64), threshold=0.85) == [0, 0, 0, 0]

    def test_they_wait_once_only(self):
        # Both wait; 0° looks for somebody before 30° is somebody.
        assert clusters(Incremental(4), on_a_circle(0, 30, 60, 62, 63, 64), threshold=0.85) == [0, 1, 1, 1, 1, 1]

    def test_a_face_joins_the_nearest_person(self):
        # 20° is within reach of both; the person at 0° comes first, that at 30° is nearer.
        order = on_a_circle(0, 1, 2, 36, 37, 38, 20)
        assert clusters(Incremental(), order, threshold=np.cos(np.deg2rad(19))) == [0, 0, 0, 1, 1, 1, 1]


@every_baseline
@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param({"person": [-1] * 12}, [0] * 6 + [1] * 6, id="nothing known"),
        pytest.param({"person": [7] + [-1] * 10 + [7]}, [0] * 12, id="one name joins"),
        pytest.param({"person": [7, 7, 7, 8, 8, 8] + [-1] * 6}, [0] * 3 + [1] * 3 + [2] * 6, id="two names part"),
        pytest.param(
            {"person": [7] + [-1] * 11, "never": ((2, 7),)}, [0, 0, 1, 0, 0, 0] + [2] * 6, id="not Anna: apart"
        ),
        pytest.param({"person": [7] + [-1] * 11, "never": ((8, 7),)}, [0] * 6 + [1] * 6, id="not Anna: was not anyway"),
    ],
)
def test_what_the_user_said_is_true(plugin, known, expected):
    known["person"] = np.array(known["person"])
    assert clusters(plugin, people(6, 6)[0], **known) == expected


@every_baseline
def test_between_two_names_the_nearest_named_face_decides(plugin):
    vectors, _ = people(8, 6, noise=0.05)
    person = np.full(14, -1)
    person[0], person[1] = 7, 8
    found = np.array(clusters(plugin, vectors, person=person))
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    nearer = np.argmax(unit[:8] @ unit[:2].T, axis=1)
    assert found[:8].tolist() == nearer.tolist()


@every_baseline
def test_shapes_must_fit(plugin):
    with pytest.raises(ValueError, match="in the context: 3"):
        plugin.cluster(np.ones((2, 4), np.float32), Context.of(3))


@every_baseline
def test_nothing_is_claimed_beyond_clusters(plugin):
    found = plugin.cluster(people(3, 3)[0], Context.of(6, threshold=THRESHOLD))
    assert np.isnan(found.confidence).all()
    assert found.links == ()


@pytest.mark.parametrize("wrong", [lambda: Hdbscan(1), lambda: Dbscan(0), lambda: Incremental(0)])
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(ValueError, match="must be"):
        wrong()


@pytest.mark.parametrize("plugin", [Dbscan(), AverageLinkage(), Incremental()], ids=name)
def test_without_a_threshold_strangers_stay_apart_and_friends_together(plugin):
    vectors, label = people(*[6] * 12)
    assert clusters(plugin, vectors, threshold=float("nan")) == label.tolist()
