"""Words of the clusters nearest to a photo: what is recommended, to which photos, and what is not."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.tags import Stock
from plugins.tags.cluster_frequency import Plugin, unpacked

D = 64
DAY_S = 86_400.0


def photos_of(kinds, seed=0, spread=0.6):
    """Return unit vectors of photos of these kinds: those of a kind look alike."""
    rng = np.random.default_rng(seed)
    middles = np.random.default_rng(1).normal(size=(50, D))
    vectors = middles[list(kinds)] + spread * rng.normal(size=(len(kinds), D))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def words(recommended):
    return [tuple(word.tag for word in row) for row in recommended]


def named(kinds):
    return [(f"kind {kind}",) for kind in kinds]


KINDS = [kind for kind in range(6) for _ in range(20)]
STOCK = Stock.of(photos_of(KINDS), named(KINDS))
NEW = photos_of(range(6), seed=7)
ALGORITHMS = ["kmeans", "mini_batch", "mean_shift", "dbscan", "gaussian_mixture"]


@pytest.mark.parametrize("mode", ["default", "strict"])
def test_a_photo_gets_the_word_of_what_looks_like_it(mode):
    model = Plugin(mode, k=12).fit(STOCK)
    assert words(model.recommend(NEW, most=1)) == named(range(6))
    assert (model.posts > 0).all()
    assert (model.nearest(STOCK.vectors) >= 0).all()


def test_what_is_said_of_a_word_is_what_the_clusters_have():
    model = Plugin("strict", k=1).fit(Stock.of(photos_of([0] * 4), [["a", "b"], ["a"], ["a"], ["c"]]))
    ((first, *_),) = model.recommend(photos_of([0], seed=3))
    assert (first.tag, first.score, first.frequency, first.support, first.similar) == ("a", 0.75, 0.75, 3, 4)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_any_algorithm_makes_clusters_that_have_photos(algorithm):
    model = Plugin(algorithm=algorithm).fit(STOCK)
    assert words(model.recommend(NEW, most=1)) == named(range(6))
    assert (model.posts > 0).all()
    assert model.packed() == Plugin(algorithm=algorithm).fit(STOCK).packed()


@pytest.mark.parametrize("mode", ["default", "strict"])
def test_a_model_is_the_same_for_the_same_stock_and_after_it_was_packed(mode):
    model = Plugin(mode, seed=3).fit(STOCK)
    assert model.packed() == Plugin(mode, seed=3).fit(STOCK).packed()
    again = unpacked(model.packed())
    assert again.packed() == model.packed()
    assert again.recommend(NEW) == model.recommend(NEW)
    assert again.direction(0).tolist() == model.direction(0).tolist()


def test_what_pictures_differ_in_is_compared():
    shared = np.concatenate([STOCK.vectors, np.full((120, 1), 5.0)], axis=1).astype(np.float32)  # a number all have
    model = Plugin().fit(Stock.of(shared, STOCK.tags))
    new = np.concatenate([NEW, np.full((6, 1), 5.0)], axis=1).astype(np.float32)
    assert words(model.recommend(new, most=1)) == named(range(6))
    centred = model.look(shared)
    assert np.linalg.norm(centred, axis=1) == pytest.approx(1, abs=1e-5)
    assert np.abs(centred[:, -1]).mean() < 0.1 * np.abs(shared[:, -1] / np.linalg.norm(shared, axis=1)).mean()


def test_farther_clusters_vote_for_less():
    model = Plugin(k=6, support=1, threshold=0).fit(STOCK)
    between = (photos_of([0], spread=0) + 0.8 * photos_of([1], spread=0)).astype(np.float32)
    (found,) = model.recommend(between / np.linalg.norm(between))
    assert [word.tag for word in found[:2]] == ["kind 0", "kind 1"]
    assert found[0].frequency > found[1].frequency > 0
    (nearest,) = Plugin(k=6, nearest=1).fit(STOCK).recommend(between / np.linalg.norm(between))
    assert [word.tag for word in nearest] == ["kind 0"]


def test_direction_is_what_a_cluster_has_of_its_own():
    model = Plugin(k=6).fit(STOCK)
    middles = np.stack([STOCK.vectors[20 * kind : 20 * kind + 20].mean(axis=0) for kind in range(6)])
    for kind, cluster in enumerate(model.nearest(NEW)):
        assert int(np.argmax(middles @ model.direction(int(cluster)))) == kind


@pytest.mark.parametrize("mode", ["default", "strict"])
@pytest.mark.parametrize(
    "stock",
    [
        pytest.param(Stock.of(np.zeros((0, D), dtype=np.float32), []), id="no photo"),
        pytest.param(Stock.of(NEW[:2], [(), ()]), id="no tagged photo"),
        pytest.param(Stock.of(NEW[:2], [(), ()], refused=[["a"], ["b"]]), id="refusals only"),
        pytest.param(Stock.of(np.zeros((3, D), dtype=np.float32), [["a"]] * 3), id="pictures without content"),
    ],
)
def test_nothing_is_recommended_where_nothing_was_learned(mode, stock):
    model = Plugin(mode).fit(stock)
    assert words(model.recommend(NEW)) == [()] * 6
    assert words(unpacked(model.packed()).recommend(NEW)) == [()] * 6
    assert words(Plugin(mode).update(model, stock).recommend(NEW)) == [()] * 6
    assert model.nearest(NEW).tolist() == [-1] * 6


@pytest.mark.parametrize("mode", ["default", "strict"])
@pytest.mark.parametrize(
    ("kinds", "tags", "first"),
    [
        pytest.param([0] * 3, [["a"]] * 3, "a", id="fewer tagged photos than clusters"),
        pytest.param(KINDS, [["a"]] * 120, "a", id="one tag on everything"),
        pytest.param([0] * 40, [["海滩", "شاطئ"]] * 20 + [["شاطئ"]] * 20, "شاطئ", id="Chinese and Arabic"),
        pytest.param([0] * 4, [["a", *map(str, range(2_000))], ["a"], ["a"], ["a"]], "a", id="2,000 tags on one photo"),
        pytest.param(
            KINDS, [["a", *(f"{row} {i}" for i in range(84))] for row in range(120)], "a", id="10,000 distinct tags"
        ),
    ],
)
def test_stocks_of_any_shape_are_learned(mode, kinds, tags, first):
    model = Plugin(mode, k=150).fit(Stock.of(photos_of(kinds), tags))
    again = unpacked(model.packed())
    assert first in words(again.recommend(photos_of([0], seed=7), most=3_000))[0]
    assert (model.posts > 0).all()


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_one_photo_is_a_stock(algorithm, n):
    few = photos_of(range(n))
    model = Plugin(algorithm=algorithm).fit(Stock.of(few, named(range(n)), taken_s=np.full(n, np.nan)))
    assert model.n_tagged == model.posts.sum() == n
    assert words(model.recommend(few, most=1))[0] == named(range(1))[0]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_photos_that_are_all_the_same_are_one_cluster(algorithm):
    same = np.repeat(NEW[:1], 30, axis=0)
    model = Plugin(algorithm=algorithm, k=10).fit(Stock.of(same, [["a"]] * 30))
    assert model.posts.tolist() == [30]
    assert words(model.recommend(same[:1])) == [("a",)]


def test_photos_unlike_all_others_get_no_words():
    model = Plugin().fit(STOCK)
    strangers = photos_of(range(20, 40), seed=5)
    assert words(model.recommend(strangers)) == [()] * 20
    assert np.mean([bool(row) for row in words(model.recommend(photos_of(KINDS, seed=11)))]) > 0.95
    assert all(words(Plugin(mode="strict").fit(STOCK).recommend(strangers)))  # the text knows no such thing


def test_one_tagged_photo_speaks_only_for_what_is_nearly_the_same():
    model = Plugin(support=1).fit(Stock.of(NEW[:1], [["a"]]))
    assert words(model.recommend(NEW)) == [("a",)] + [()] * 5


def test_pictures_without_content_get_no_words_and_are_not_learned():
    blank, broken = np.zeros((1, D), dtype=np.float32), np.full((1, D), np.nan, dtype=np.float32)
    model = Plugin().fit(Stock.of(np.concatenate([STOCK.vectors, blank, broken]), [*STOCK.tags, ["x"], ["y"]]))
    assert words(model.recommend(np.concatenate([blank, NEW[:1], broken]), most=1)) == [(), ("kind 0",), ()]
    assert not {"x", "y"} & set(model.tags)


def test_vectors_of_another_extractor_are_refused():
    with pytest.raises(ValueError, match="64 numbers"):
        Plugin().fit(STOCK).recommend(np.ones((1, 3), dtype=np.float32))


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        pytest.param({"algorithm": "magic"}, "there are: kmeans, mini_batch", id="an unknown algorithm"),
        pytest.param({"k": 0}, "k is 0", id="no cluster"),
        pytest.param({"half_life_days": -1}, "half_life_days is -1", id="photos that grow younger"),
        pytest.param({"half_life_days": float("nan")}, "half_life_days is nan", id="no number"),
        pytest.param({"unlike": 2}, "unlike 2", id="more than all photos"),
        pytest.param({"nearest": 0}, "nearest is 0", id="no cluster votes"),
        pytest.param({"threshold": 1.5}, "threshold is 1.5", id="more frequent than always"),
        pytest.param({"mode": "strict", "half_life_days": 3}, "strict mode", id="ages in strict mode"),
        pytest.param({"mode": "strict", "algorithm": "dbscan"}, "strict mode", id="another algorithm in strict mode"),
    ],
)
def test_settings_out_of_range_are_refused(settings, text):
    with pytest.raises(ValueError, match=text):
        Plugin(**settings)


@pytest.mark.parametrize("mode", ["default", "strict"])
def test_a_burst_counts_as_one_post(mode):
    tags = [["burst"]] * 9 + [["alone"]] * 3
    stock = Stock.of(photos_of([0] * 12), tags, post=np.array([0] * 9 + [1, 2, 3]))
    (each,) = Plugin(mode, k=1).fit(Stock.of(stock.vectors, tags)).recommend(NEW[:1])
    (once,) = Plugin(mode, k=1, support=1).fit(stock).recommend(NEW[:1])
    assert [(word.tag, word.support, word.similar) for word in each] == [("burst", 9, 12), ("alone", 3, 12)]
    assert [(word.tag, word.support, word.similar) for word in once] == [("alone", 3, 4), ("burst", 1, 4)]


@pytest.mark.parametrize(
    ("tags", "refused"),
    [
        pytest.param([()] * 6, [["a"]] * 6, id="on photos without words"),
        pytest.param([["b"]] * 6, [["a"]] * 6, id="on photos with other words"),
    ],
)
def test_refusals_count_against_a_word(tags, refused):
    vectors, own = photos_of([0] * 12), [["a"]] * 6
    before = Plugin(k=1).fit(Stock.of(vectors, [*own, *tags])).recommend(NEW[:1])[0]
    after = Plugin(k=1).fit(Stock.of(vectors, [*own, *tags], refused=[()] * 6 + refused)).recommend(NEW[:1])[0]
    frequency = {word.tag: word.frequency for word in before}["a"], {word.tag: word.frequency for word in after}["a"]
    assert frequency[1] < 0.75 * frequency[0]


def test_a_refusal_counts_only_among_what_looks_alike():
    refused = [()] * 20 + [["kind 0"]] * 20 + [()] * 80
    with_refusals = Stock.of(STOCK.vectors, STOCK.tags, refused=refused)
    assert Plugin(k=6).fit(with_refusals).recommend(NEW[:1])[0][0].frequency > 0.9


def test_last_weeks_word_is_for_this_weeks_photos():
    taken_s = np.array([0.0] * 30 + [1_000 * DAY_S] * 5)
    stock = Stock.of(photos_of([0] * 35), [["picnic"]] * 30 + [["goodbye party"]] * 5, taken_s=taken_s)
    look_alike = photos_of([0], seed=9)
    assert words(Plugin(k=1).fit(stock).recommend(look_alike, most=1)) == [("picnic",)]
    assert words(Plugin(k=1, half_life_days=90).fit(stock).recommend(look_alike, most=1)) == [("goodbye party",)]


def test_old_photos_keep_their_words_where_nothing_newer_looks_like_them():
    taken_s = np.array([0.0] * 100 + [4_000 * DAY_S] * 20)
    aged = Plugin(half_life_days=30).fit(Stock.of(STOCK.vectors, STOCK.tags, taken_s=taken_s))
    assert words(aged.recommend(NEW, most=1)) == named(range(6))


def test_a_popular_word_is_not_first_where_another_says_more():
    rng = np.random.default_rng(4)
    tags = [
        [word for word, share in ((f"kind {kind}", 0.8), ("family", 0.5)) if rng.random() < share] for kind in KINDS
    ]
    model = Plugin().fit(Stock.of(STOCK.vectors, tags))
    assert words(model.recommend(NEW, most=1)) == named(range(6))
    assert all("family" in row for row in words(model.recommend(NEW, most=5)))


def test_of_equal_words_the_rarer_is_first():
    tags = [["often", "rare"]] * 20 + [["often"]] * 20
    model = Plugin("strict", k=2).fit(Stock.of(photos_of([0] * 20 + [1] * 20), tags))
    assert words(model.recommend(photos_of([0], seed=3))) == [("rare", "often")]


def test_a_word_that_was_used_once_is_left_to_its_own_kind():
    tags = [*STOCK.tags[:-1], ["kind 5", "only here"]]
    found = Plugin(k=6).fit(Stock.of(STOCK.vectors, tags)).recommend(photos_of([5] * 5, seed=3), most=50)
    assert not any("only here" in row for row in words(found))


def test_strict_mode_takes_the_nearest_cluster_and_its_three_most_frequent_words():
    tags = (
        [["tree", "hill", "lake", "sky"]] * 3 + [["tree", "hill", "lake"]] * 2 + [["tree", "hill"]] * 3 + [["tree"]] * 2
    )
    stock = Stock.of(photos_of([0] * 10 + [1] * 10), tags + [["bread"]] * 10)
    model = Plugin("strict", k=2).fit(stock)
    (found,) = model.recommend(photos_of([0], seed=3))
    assert [(word.tag, word.frequency) for word in found] == [("tree", 1.0), ("hill", 0.8), ("lake", 0.5)]
    (from_half,) = Plugin("strict", k=2, threshold=0.5).fit(stock).recommend(photos_of([0], seed=3), most=50)
    assert [word.tag for word in from_half] == ["tree", "hill", "lake"]


def test_strict_mode_has_150_clusters_at_most():
    kinds = list(range(50)) * 8
    model = Plugin("strict").fit(Stock.of(photos_of(kinds), named(kinds)))
    assert len(model.centres) == 150
    assert model.posts.sum() == 400
    assert (model.posts > 0).all()


@pytest.mark.parametrize("mode", ["default", "strict"])
def test_an_update_learns_a_new_kind(mode):
    plugin = Plugin(mode, k=12)
    model = plugin.fit(STOCK)
    kinds = KINDS + [9] * 20
    more = Stock.of(photos_of(kinds), named(kinds))
    updated = plugin.update(model, more)
    new_kind = photos_of([9, 0], seed=7)
    assert ["kind 9" in row for row in words(updated.recommend(new_kind, most=2))] == [True, False]
    assert (updated.posts > 0).all()
    assert len(updated.centres) <= len(model.centres)  # none is added: that is for a full fit
    assert words(plugin.fit(more).recommend(new_kind, most=1)) == [("kind 9",), ("kind 0",)]
    assert updated.packed() == plugin.update(unpacked(model.packed()), more).packed()


@pytest.mark.parametrize("mode", ["default", "strict"])
def test_an_update_forgets_what_is_gone(mode):
    plugin = Plugin(mode)
    less = Stock.of(STOCK.vectors[:5], STOCK.tags[:5])
    updated = plugin.update(plugin.fit(STOCK), less)
    assert updated.tags == ("kind 0",)
    assert updated.posts.sum() == 5
    assert (updated.posts > 0).all()


@pytest.mark.parametrize(
    ("model", "plugin"),
    [
        pytest.param(
            Plugin().fit(Stock.of(np.eye(3, dtype=np.float32), [["a"]] * 3)), Plugin(), id="another extractor"
        ),
        pytest.param(Plugin().fit(Stock.of(NEW[:0], [])), Plugin(), id="nothing known before"),
        pytest.param(Plugin("strict").fit(STOCK), Plugin(), id="a model of strict mode"),
        pytest.param(Plugin().fit(STOCK), Plugin("strict"), id="a model of the default mode"),
    ],
)
def test_an_update_of_what_does_not_fit_is_a_full_fit(model, plugin):
    assert plugin.update(model, STOCK).packed() == plugin.fit(STOCK).packed()


def test_a_refit_is_due_when_the_stock_grew_or_the_centres_no_longer_fit():
    plugin = Plugin()
    model = plugin.fit(STOCK)
    assert plugin.refit_due(model) == ""
    assert plugin.refit_due(plugin.update(model, STOCK)) == ""
    kinds = KINDS + [0] * 25
    assert "145 tagged photos, 120" in plugin.refit_due(plugin.update(model, Stock.of(photos_of(kinds), named(kinds))))
    others = [kind + 10 * (row % 2) for row, kind in enumerate(KINDS)]
    elsewhere = plugin.update(model, Stock.of(photos_of(others, spread=1.2), named(others)))
    assert "farther from their centres" in plugin.refit_due(elsewhere)
