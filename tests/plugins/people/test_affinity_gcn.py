"""Patent 003, claim by claim on hand-made graphs, and the whole on hard input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import sparse

from plugins import scores
from plugins.half_vectors import HalfVectors, parts
from plugins.people import DROPPED, Context, _cluster_means, _crossing_edges, _linkage
from plugins.people._affinity_graph import FaceGraph, Scale, calibrated, density, face_graph, fragments
from plugins.people._affinity_model import CHANNELS, SHIPPED, untrained, untrained_strength
from plugins.people._cluster_graph import NODE_CHANNELS, PAIR_CHANNELS, Faces, cluster_graph
from plugins.people._cluster_means import means, products
from plugins.people._crossing_edges import Crossing
from plugins.people._gcn_c import GcnC, edge_strengths
from plugins.people._gcn_v import DensityMap, GcnV, affinities, true_affinity
from plugins.people._linkage import average_linkage, components
from plugins.people._neighbours import unit
from plugins.people._synthetic import gallery
from plugins.people.affinity_gcn import Plugin
from plugins.trained_heads import load_head, save_head

torch.set_num_threads(1)
UNTRAINED = Plugin(weights=None)
SHIPPED_PLUGIN = Plugin()
both = pytest.mark.parametrize("plugin", [UNTRAINED, SHIPPED_PLUGIN], ids=["no weights", "shipped"])


def people(*sizes, d=64, noise=0.5, seed=0):
    """Draw faces of people with so many each, one person after the other, and who they are."""
    rng = np.random.default_rng(seed)
    label = np.repeat(np.arange(len(sizes)), sizes)
    vectors = rng.normal(size=(len(sizes), d))[label] + noise * rng.normal(size=(len(label), d))
    return vectors.astype(np.float32), label


def graph_of(near, z):
    """Return a first graph with these neighbours."""
    n = len(near)
    z = np.asarray(z, dtype=np.float32)
    flat = np.eye(n, dtype=np.float32)
    return FaceGraph(Scale(1.5, 0.08), np.asarray(near), z, density(z), flat, np.zeros(12, dtype=np.float32))


def clusters(plugin, vectors, **known):
    return plugin.cluster(np.asarray(vectors), Context.of(len(vectors), **known)).cluster.tolist()


def test_first_graph_joins_each_face_to_its_nearest_by_inner_product():
    vectors, label = people(5, 5, 5)
    graph = face_graph(unit(vectors), np.arange(15), float("nan"), 4)
    assert (label[graph.near] == label[:, None]).all()
    assert (np.diff(graph.z, axis=1) <= 0).all()


def test_scale_of_strangers_is_measured_without_labels_and_hardly_feels_a_large_person():
    vectors, _ = people(*[1] * 1_500)
    few = calibrated(unit(vectors), np.arange(1_500), float("nan"))
    vectors, _ = people(*[1] * 1_200, 300)
    with_large = calibrated(unit(vectors), np.arange(1_500), float("nan"))
    assert few.middle == pytest.approx(np.pi / 2, abs=0.01)
    assert few.spread == pytest.approx(1 / 8, rel=0.1)  # 1 / sqrt(d)
    assert with_large.spread == pytest.approx(few.spread, rel=0.1)


def test_z_counts_spreads_of_angles_and_can_be_turned_back():
    scale = Scale(1.5, 0.1)
    cosine = np.array([np.cos(1.5), np.cos(1.2), 0.99], dtype=np.float32)
    assert scale.z(cosine)[:2] == pytest.approx([0, 3], abs=1e-4)
    assert scale.cosine(scale.z(cosine)) == pytest.approx(cosine, abs=1e-5)


def test_gcn_v_is_given_faces_of_low_density_and_density_answers_for_the_others():
    vectors, _ = people(12, 1, 1, 1)
    graph = face_graph(unit(vectors), np.arange(15), float("nan"), 5)
    straight = DensityMap(np.array([0.0, 10.0]), np.array([0.0, 1.0]), low=float(graph.density[:12].min()))
    torch.manual_seed(0)
    found = affinities(GcnV().eval(), straight, graph, np.full(15, np.nan, dtype=np.float32))
    assert np.allclose(found[:12], straight(graph.density)[:12])
    assert not np.isclose(found[12:], straight(graph.density)[12:]).any()


def test_affinity_learned_from_labels_is_closeness_to_ones_own_less_that_to_others():
    graph = graph_of([[1, 2], [0, 2], [0, 1]], [[5, 2], [5, 3], [2, 3]])
    assert true_affinity(graph, np.array([0, 0, 1])).tolist() == pytest.approx([0.15, 0.1, -0.25])


@pytest.mark.parametrize(
    ("affinity", "least", "expected"),
    [
        pytest.param([0.9, 0.5, 0.1, 0.2], 4, [0, 0, 0, 1], id="each goes to its nearest of higher affinity"),
        pytest.param([0.9, 0.5, 0.1, 0.2], 6, [0, 0, 1, 2], id="edges below the threshold are cut"),
        pytest.param([0.1, 0.1, 0.1, 0.1], 4, [0, 0, 0, 1], id="equal affinities keep the order"),
        pytest.param([0.1, 0.5, 0.9, 0.2], 4, [0, 0, 0, 1], id="the other end is the root"),
    ],
)
def test_edges_are_cut_by_affinity_to_the_second_graph(affinity, least, expected):
    chain = graph_of([[1, 2], [0, 2], [1, 3], [2, 0]], [[7, 1], [7, 5], [5, 3], [3, 1]])
    found = fragments(chain, np.asarray(affinity, dtype=np.float32), least, np.ones((4, 2), dtype=bool))
    assert found.tolist() == expected


def test_cluster_graph_has_a_feature_matrix_of_clusters_and_of_pairs():
    vectors, label = people(4, 2, 2)
    vectors[6:] = vectors[4:6] + 0.1  # two clusters of one person
    graph = face_graph(unit(vectors), np.array([0, 1, 2, 3, 4, 5, 4, 6]), float("nan"), 7)
    made = cluster_graph(
        Faces(unit(vectors), graph, graph.density, Context.of(8, photo=np.array([0, 1, 2, 3, 4, 5, 4, 6]))), label
    )
    assert made.nodes.shape == (3, len(NODE_CHANNELS))
    assert made.edges.shape == (len(made.pairs), len(PAIR_CHANNELS))
    assert made.size.tolist() == [4, 2, 2]
    pair = dict(zip(PAIR_CHANNELS, made.edges[made.pairs.tolist().index([1, 2])], strict=True))
    cosine = (unit(vectors[4:6]).mean(axis=0) * unit(vectors[6:]).mean(axis=0)).sum()
    assert pair["mean_z"] == pytest.approx(graph.scale.z(cosine), abs=1e-3)
    assert pair["shared_photos"] == 0.5
    assert pair["log_small"] == pytest.approx(np.log(2))


def test_gcn_c_answers_each_pair_and_knows_no_order_of_clusters():
    vectors, label = people(3, 3, 4, 5)
    faces = Faces(
        unit(vectors),
        face_graph(unit(vectors), np.arange(15), float("nan"), 10),
        np.zeros(15, np.float32),
        Context.of(15),
    )
    torch.manual_seed(1)
    net = GcnC().eval()
    one, other = cluster_graph(faces, label), cluster_graph(faces, np.array([1, 0, 3, 2])[label])
    first = {frozenset(pair): p for pair, p in zip(one.pairs.tolist(), edge_strengths(net, one), strict=True)}
    renamed = np.array([1, 0, 3, 2])[other.pairs].tolist()
    second = {frozenset(pair): p for pair, p in zip(renamed, edge_strengths(net, other), strict=True)}
    assert first.keys() == second.keys()
    assert all(second[pair] == pytest.approx(p, abs=0.02) for pair, p in first.items())


CHAIN = np.array([[0, 1], [1, 2]])


def test_strict_mode_joins_all_that_edges_above_the_threshold_connect():
    strong = np.array([0.9, 0.7])
    assert components(3, CHAIN, strong > 0.6).tolist() == [0, 0, 0]
    assert components(3, CHAIN, strong > 0.8).tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("size", "pairs", "strength", "expected"),
    [
        pytest.param([1, 1, 1], CHAIN, [0.9, 0.9], [0, 0, 1], id="a chain alone joins nobody"),
        pytest.param([9, 1, 1], CHAIN, [0.9, 0.9], [0, 0, 1], id="the small part of a large cluster says little"),
        pytest.param([1, 9, 1], CHAIN, [0.9, 0.8], [0, 0, 0], id="the large part says nearly all"),
        pytest.param([1, 1, 1], [[0, 1], [1, 2], [0, 2]], [0.9, 0.7, 0.4], [0, 0, 0], id="the mean counts"),
        pytest.param([1, 1, 1], [[0, 1], [1, 2], [0, 2]], [0.9, 0.7, 0.2], [0, 0, 1], id="the mean is too low"),
    ],
)
def test_default_mode_joins_by_the_mean_edge_weighed_by_size(size, pairs, strength, expected):
    found = average_linkage(np.array(size), np.array(pairs), np.array(strength), 0.5)
    assert found.tolist() == expected


def test_parts_that_hang_together_are_joined_alike_a_few_at_a_time(monkeypatch):
    rng = np.random.default_rng(0)
    pairs = np.unique(np.sort(rng.integers(0, 300, (450, 2)), axis=1), axis=0)
    pairs = pairs[pairs[:, 0] < pairs[:, 1]]
    size, strength = rng.integers(1, 9, 300), rng.random(len(pairs)).astype(np.float32)
    at_once = average_linkage(size, pairs, strength, 0.5)
    monkeypatch.setattr(_linkage, "AT_ONCE", 20)
    assert average_linkage(size, pairs, strength, 0.5).tolist() == at_once.tolist()
    assert 1 < at_once.max() < 299


def test_edges_between_clusters_are_summed_up_alike_a_few_at_a_time(monkeypatch):
    rng = np.random.default_rng(0)
    graph = face_graph(unit(people(*[30] * 20)[0]), np.arange(600), np.nan, 20)
    cluster = rng.integers(0, 40, 600)
    whole = Crossing.of(graph, cluster, 40)
    monkeypatch.setattr(_crossing_edges, "AT_ONCE", 4 * _crossing_edges.ONE_IN)
    some = Crossing.of(graph, cluster, 40)
    assert whole.count.sum() > 2 * _crossing_edges.AT_ONCE  # so that there are several parts
    assert some.key.tolist() == whole.key.tolist()
    assert some.count.tolist() == whole.count.tolist()
    assert some.best.tolist() == whole.best.tolist()
    assert np.allclose(some.top5, whole.top5)


def test_means_in_half_precision_are_those_of_single_precision(monkeypatch):
    monkeypatch.setattr(_cluster_means, "parts", lambda n, *_: parts(n, 7))  # clusters go on in the next
    vectors = unit(np.random.default_rng(0).normal(size=(100, 16)))
    cluster = np.repeat([1, 0, 2], [30, 69, 1])
    members = sparse.csr_matrix((np.ones(100, np.float32), (cluster, np.arange(100))))
    size = np.bincount(cluster)
    single, half = (means(members, some, size) for some in (vectors, HalfVectors(vectors.astype(np.float16))))
    assert (single.dtype, half.dtype) == (np.float32, np.float16)
    assert single == pytest.approx(np.stack([vectors[cluster == one].mean(axis=0) for one in range(3)]), abs=1e-6)
    assert half == pytest.approx(single, abs=1e-3)
    assert products(half, np.array([[0, 1]])) == pytest.approx(single[0] @ single[1], abs=1e-3)


def test_people_with_different_names_are_never_joined():
    owner = np.array([3, -1, 4])
    found = average_linkage(np.ones(3, dtype=int), np.array([[0, 1], [1, 2], [0, 2]]), np.full(3, 0.9), 0.5, owner)
    assert found.tolist() == [0, 0, 1]
    assert average_linkage(np.ones(2, dtype=int), CHAIN[:1], np.array([0.9]), 0.5, apart=[(1, 0)]).tolist() == [0, 1]


def test_untrained_strength_is_half_at_the_threshold_and_less_for_shared_photos():
    vectors, label = people(3, 3)
    faces = Faces(
        unit(vectors), face_graph(unit(vectors), np.arange(6), float("nan"), 5), np.zeros(6, np.float32), Context.of(6)
    )
    graph = cluster_graph(faces, label)
    at = float(graph.edges[0, PAIR_CHANNELS.index("mean_z")])
    assert untrained_strength(graph, at)[0] == pytest.approx(0.5)
    graph.edges[0, PAIR_CHANNELS.index("shared_photos")] = 1
    assert untrained_strength(graph, at)[0] < 0.05


@both
@pytest.mark.parametrize(
    ("vectors", "expected"),
    [
        pytest.param(np.zeros((0, 8)), [], id="nobody"),
        pytest.param(np.ones((1, 8)), [0], id="one face"),
        pytest.param(np.eye(2), [0, 1], id="two strangers"),
        pytest.param(np.full((3, 8), np.nan), [DROPPED] * 3, id="nothing but NaN"),
        pytest.param([[1, 0], [np.nan, 0], [0, 0], [np.inf, 1], [0, 1]], [0, DROPPED, DROPPED, DROPPED, 1], id="bad"),
        pytest.param(people(6, 6, 6)[0] * 1e4, np.repeat([0, 1, 2], 6).tolist(), id="three people, long vectors"),
        pytest.param(people(6, 6, 6)[0].astype(np.float16), np.repeat([0, 1, 2], 6).tolist(), id="half precision"),
    ],
)
def test_hard_input(plugin, vectors, expected):
    assert clusters(plugin, vectors, threshold=0.45) == expected


@both
def test_copies_are_one_person_where_the_embedders_threshold_is_known(plugin):
    assert clusters(plugin, np.tile(people(1)[0], (5, 1)), threshold=0.45) == [0] * 5


@both
def test_copies_are_one_person_though_nobody_knows_the_threshold(plugin):
    assert clusters(plugin, np.tile(people(1)[0], (30, 1))) == [0] * 30


@both
def test_one_person_in_all_photos_is_one_person_where_the_threshold_is_known(plugin):
    found = clusters(plugin, people(400, noise=0.7)[0], threshold=0.3)
    assert np.bincount(found).max() > 390


def test_many_strangers_stay_apart():
    vectors, _ = people(*[1] * 400)
    assert len(set(clusters(SHIPPED_PLUGIN, vectors))) > 370
    assert len(set(clusters(UNTRAINED, vectors))) > 330  # one pair in 1,000 is above the threshold: 80 pairs


def twins(seed=0):
    """Draw 40 faces each of two people who look nearly the same and of 28 others; and who they are."""
    rng = np.random.default_rng(seed)
    centres = unit(rng.normal(size=(30, 128)).astype(np.float32))
    centres[1] = centres[0] + 0.4 * centres[1]
    label = np.repeat(np.arange(30), 40)
    return unit(centres)[label] + 0.06 * rng.normal(size=(1_200, 128)), label


@both
def test_twins_whom_photos_show_together_are_two_people(plugin):
    vectors, label = twins()
    together = np.where(label < 2, np.arange(1_200) % 40, 100 + np.arange(1_200))
    found = plugin.cluster(vectors.astype(np.float32), Context.of(1_200, photo=together)).cluster
    assert scores.bcubed(label[:80], found[:80]).f > 0.9


@both
def test_somebody_twice_in_a_photo_or_two_is_still_one_person(plugin):
    vectors, label = people(20, 20, 20)
    photo = np.arange(60)
    photo[[1, 3]] = 0, 2  # a mirror and a collage
    assert clusters(plugin, vectors, photo=photo) == label.tolist()


@both
def test_what_the_user_said_is_kept(plugin):
    vectors, _ = people(8, 8)
    person = np.full(16, -1)
    person[[0, 8]], person[[1, 2]] = 5, (5, 6)
    found = plugin.cluster(vectors, Context.of(16, person=person, never=((12, 5),))).cluster
    assert found[0] == found[8] == found[1]  # one name comes together, however unlike
    assert found[2] != found[0]  # two names never
    assert found[12] != found[0]  # nor what was ruled out


@both
def test_the_answer_is_the_same_each_time_and_in_any_order(plugin):
    made = gallery(11)
    some = np.random.default_rng(0).permutation(len(made.labels))[:500]
    one, again = (plugin.cluster(made.vectors[some], Context.of(500)) for _ in range(2))
    back = plugin.cluster(made.vectors[some][::-1].copy(), Context.of(500))
    assert one.cluster.tolist() == again.cluster.tolist()
    assert scores.bcubed(one.cluster, back.cluster[::-1]).f > 0.99


def test_trained_weights_group_better_than_none_on_a_hard_gallery():
    made = gallery(12, "hard")
    some = np.flatnonzero(np.random.default_rng(0).random(len(made.labels)) < 0.3)
    context = Context.of(len(some), photo=made.photo[some], quality=made.quality[some], taken_s=made.taken_s[some])
    trained, without = (p.cluster(made.vectors[some], context) for p in (SHIPPED_PLUGIN, UNTRAINED))
    assert trained.note == without.note == ""
    assert (
        scores.bcubed(made.labels[some], trained.cluster).f > scores.bcubed(made.labels[some], without.cluster).f + 0.01
    )


def test_pictures_that_look_alike_are_grouped_by_whole_picture_vectors():
    rng = np.random.default_rng(0)
    kind = np.repeat(np.arange(12), 15)  # VGG16 features are not negative, and all pictures share some
    drawn = rng.gamma(0.5, 1, (12, 512))[kind] + 0.7 * rng.gamma(0.5, 1, (180, 512))
    pictures = np.concatenate([drawn, rng.gamma(0.5, 1, (100, 512))])
    found = SHIPPED_PLUGIN.cluster(pictures.astype(np.float32), Context.of(280)).cluster
    assert scores.bcubed(kind, found[:180]).f > 0.95
    assert np.bincount(found[180:]).max() <= 3


def test_confidence_tells_faces_that_belong_and_links_are_likely_merges_not_made():
    made = gallery(13, "very-hard")
    found = SHIPPED_PLUGIN.cluster(made.vectors[:900], Context.of(900))
    alone = np.bincount(found.cluster)[found.cluster] == 1
    assert np.isnan(found.confidence[alone]).all()
    assert ((found.confidence[~alone] >= 0) & (found.confidence[~alone] <= 1)).all()
    probabilities = [link.probability for link in found.links]
    assert probabilities
    assert probabilities == sorted(probabilities, reverse=True)
    assert min(probabilities) >= 0.3
    assert all(link.one < link.other <= found.cluster.max() for link in found.links)


def refitted(**facts):
    head = load_head(SHIPPED, "affinity_gcn", "1", CHANNELS)
    return save_head(None, dict(head.tensors), {**head.facts, **facts})


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        pytest.param(refitted(schema="0"), "schema", id="another schema"),
        pytest.param(refitted(channels="[]"), "channels", id="other channels"),
        pytest.param(b"no weights", "safetensors", id="something else"),
        pytest.param(Path("/nowhere/at/all.safetensors"), "cannot be read", id="not there"),
    ],
)
def test_weights_that_do_not_fit_are_left_aside_and_it_says_so(weights, says):
    plugin = Plugin(weights=weights)
    vectors, _ = people(6, 6, 6)
    found = plugin.cluster(vectors, Context.of(18))
    assert found.cluster.tolist() == UNTRAINED.cluster(vectors, Context.of(18)).cluster.tolist()
    assert "without trained weights" in found.note
    assert says in found.note


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        pytest.param({"mode": "loose"}, "mode", id="mode"),
        pytest.param({"neighbours": 0}, "neighbours", id="neighbours"),
    ],
)
def test_settings_that_make_no_sense_are_refused(setting, says):
    with pytest.raises(ValueError, match=says):
        Plugin(**setting)


def test_vectors_and_context_must_fit():
    with pytest.raises(ValueError, match="n faces in the context: 3"):
        UNTRAINED.cluster(np.ones((2, 4), dtype=np.float32), Context.of(3))


def test_the_untrained_model_has_no_nets():
    assert (untrained().v, untrained().c) == (None, None)
