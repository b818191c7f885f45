"""The baselines: answers worked out by hand, posts that count once, and the same answer each time."""

from __future__ import annotations

import numpy as np
import pytest

import plugins
from plugins.tags import Recommendation, Stock

BASELINES = ["global_frequency", "knn_50", "neighbour_voting", "recent_tags"]
ANGLES = [0, 5, 10, 60, 65, 70]
TAGS = [["sea"], ["sea", "sun"], ["sun"], ["cat"], ["cat"], ["sun", "cat"]]


def at(*degrees):
    """Return unit vectors in a plane."""
    angle = np.radians(np.array(degrees, dtype=np.float64))
    return np.column_stack([np.cos(angle), np.sin(angle)]).astype(np.float32)


def fitted(name, tags=TAGS, angles=ANGLES, settings=(), **known):
    known = {key: np.array(value) for key, value in known.items()}
    return plugins.load("tags", name)(**dict(settings)).fit(Stock.of(at(*angles), tags, **known))


def words(model, *degrees, most=5):
    return [[said.tag for said in answer] for answer in model.recommend(at(*degrees), most)]


def test_the_most_frequent_words_are_the_same_for_all():
    answers = fitted("global_frequency", tags=[["b"], ["a", "b"], ["a"], ["b"], ["c"], []]).recommend(at(0, 90))
    assert answers[0] == answers[1]
    assert answers[0] == (
        Recommendation("b", 0.6, 0.6, 3, 5),
        Recommendation("a", 0.4, 0.4, 2, 5),
        Recommendation("c", 0.2, 0.2, 1, 5),
    )


@pytest.mark.parametrize(
    ("taken_s", "order"),
    [
        pytest.param([1, 2, 3, 4, 5, 6], ["cat", "sun", "sea"], id="newest first; of one photo the more frequent"),
        pytest.param([6, 5, 4, 3, 2, 1], ["sea", "sun", "cat"], id="the other way round"),
        pytest.param([np.nan] * 6, ["cat", "sun", "sea"], id="no times: by frequency, then the alphabet"),
        pytest.param([1, np.nan, np.nan, np.nan, np.nan, np.nan], ["sea", "cat", "sun"], id="unknown times are last"),
    ],
)
def test_words_used_last_come_first(taken_s, order):
    assert words(fitted("recent_tags", taken_s=taken_s), 0) == [order]


def test_the_rank_is_the_score_of_recent_words():
    (answer,) = fitted("recent_tags", taken_s=np.arange(6.0)).recommend(at(0))
    assert [said.score for said in answer] == [1, 1 / 2, 1 / 3]
    assert [(said.support, said.similar) for said in answer] == [(3, 6), (3, 6), (2, 6)]


def test_neighbours_vote_and_chance_is_taken_off():
    (answer,) = fitted("neighbour_voting", settings={"k": 3}).recommend(at(5))
    # Of the three nearest two have sea, two sun, none cat; of all six 2 have sea and 3 sun.
    assert [(said.tag, said.support, said.similar) for said in answer] == [("sea", 2, 3), ("sun", 2, 3)]
    assert [said.score for said in answer] == pytest.approx([(1 + 2 / 3 - 2 / 6) / 2, (1 + 2 / 3 - 3 / 6) / 2])
    assert [said.frequency for said in answer] == pytest.approx([2 / 3, 2 / 3])


def test_similar_posts_weigh_more():
    (answer,) = fitted("knn_50", tags=[["near"], ["far"]], angles=[0, 60]).recommend(at(0))
    assert [(said.tag, said.support, said.similar) for said in answer] == [("near", 1, 2), ("far", 1, 2)]
    assert [said.score for said in answer] == pytest.approx([1 / 1.5, 0.5 / 1.5])


def test_fifty_are_asked():
    tags = [["near"]] * 50 + [["far"]] * 50
    model = fitted("knn_50", tags=tags, angles=np.linspace(0, 80, 100))
    assert words(model, 0) == [["near"]]
    assert model.recommend(at(0))[0][0].support == 50


def test_opposite_pictures_weigh_next_to_nothing():
    (answer,) = fitted("knn_50", tags=[["near"], ["opposite"]], angles=[0, 180]).recommend(at(0))
    assert [said.score for said in answer] == pytest.approx([1, 0], abs=1e-5)


@pytest.mark.parametrize("name", ["global_frequency", "knn_50", "neighbour_voting"])
def test_a_post_counts_once(name):
    tags, angles = [["burst"]] * 4 + [["one"], ["one", "two"]], [0, 1, 2, 3, 10, 11]
    (answer,) = fitted(name, tags, angles, post=[7, 7, 7, 7, 8, 9]).recommend(at(5))
    assert {said.tag: (said.support, said.similar) for said in answer} == {
        "one": (2, 3),
        "two": (1, 3),
        "burst": (1, 3),
    }


def test_a_post_is_as_near_as_its_nearest_photo_and_has_the_words_of_all():
    settings = {"k": 1}
    tags, angles = [["wide"], ["narrow"], ["lone"]], [0, 80, 20]
    model = fitted("knn_50", tags, angles, settings, post=[3, 3, 1])
    assert words(model, 79, 22) == [["narrow", "wide"], ["lone"]]


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("tags", [[], [[], []]], ids=["no photo", "no tag"])
def test_of_nothing_nothing_is_learned(name, tags):
    model = plugins.load("tags", name)().fit(Stock.of(at(*range(len(tags))), tags))
    assert model.recommend(at(0, 1)) == [(), ()]


@pytest.mark.parametrize("name", ["knn_50", "neighbour_voting"])
@pytest.mark.parametrize("value", [0, np.nan, np.inf])
def test_a_photo_of_which_nothing_is_known_gets_nothing(name, value):
    photos = np.concatenate([at(0), np.full((1, 2), value, np.float32), at(60)])
    answers = fitted(name).recommend(photos)
    assert [bool(answer) for answer in answers] == [True, False, True]


@pytest.mark.parametrize("name", ["knn_50", "neighbour_voting"])
def test_a_photo_of_the_stock_of_which_nothing_is_known_is_no_neighbour(name):
    vectors = np.concatenate([at(0), np.full((1, 2), np.nan, np.float32)])
    model = plugins.load("tags", name)(k=1).fit(Stock.of(vectors, [["known"], ["unknown"]]))
    assert words(model, 0, 89) == [["known"], ["known"]]


@pytest.mark.parametrize("name", BASELINES)
def test_words_are_asked_for_in_any_number(name):
    model = fitted(name)
    everything = words(model, 5, most=99)[0]
    assert [words(model, 5, most=n)[0] for n in (0, 1, 2)] == [[], everything[:1], everything[:2]]


@pytest.mark.parametrize("name", BASELINES)
def test_answers_hang_neither_on_the_order_of_the_stock_nor_on_who_else_is_asked(name):
    rng = np.random.default_rng(0)
    angles, photos = rng.uniform(0, 360, 300), rng.uniform(0, 360, 600)
    tags = [[f"w{int(angle) // 30}", f"v{i % 7}"] for i, angle in enumerate(angles)]
    taken_s, order = rng.uniform(0, 1e6, 300), rng.permutation(300)
    model = fitted(name, tags, angles, taken_s=taken_s)
    other = fitted(name, [tags[i] for i in order], angles[order], taken_s=taken_s[order])
    answers = words(model, *photos)
    assert words(other, *photos) == answers
    assert [words(model, photo)[0] for photo in photos[:20]] == answers[:20]
