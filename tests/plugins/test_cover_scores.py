"""Scores of ranked covers: known by hand, and intervals that are as wide as they should be."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from plugins.cover_scores import CoverScore, chance_score, cover_score, intervals, near_duplicates

ALONE = np.array([False, True, False, False])
PAIR = np.array([True, True, False, False])


@pytest.mark.parametrize(
    ("order", "alike", "score"),
    [
        pytest.param([1, 0, 2, 3], ALONE, (1, 1, 1, 1), id="right"),
        pytest.param([0, 1, 2, 3], ALONE, (0, 1, 1 / 2, 0), id="second"),
        pytest.param([0, 1, 2, 3], PAIR, (0, 1, 1 / 2, 1), id="second, behind a near-duplicate of it"),
        pytest.param([0, 2, 1, 3], ALONE, (0, 1, 1 / 3, 0), id="third"),
        pytest.param([0, 2, 3, 1], PAIR, (0, 0, 1 / 4, 1), id="last, and a near-duplicate first"),
    ],
)
def test_an_order_is_scored_by_the_place_of_the_cover(order, alike, score):
    assert cover_score(np.array(order), 1, alike) == pytest.approx(score)


def test_the_cover_of_a_single_photo_is_found():
    one = np.array([True])
    assert cover_score(np.array([0]), 0, one) == chance_score(one, 0, one) == CoverScore(1, 1, 1, 1)


@pytest.mark.parametrize("cover", [0, 3])
def test_chance_is_the_mean_over_all_orders(cover):
    """Three stills come before two videos; every order of either is as likely."""
    first, alike = np.array([True, True, True, False, False]), np.array([True, False, True, True, False])
    orders = [(*stills, *videos) for stills in permutations(range(3)) for videos in permutations([3, 4])]
    each = [cover_score(np.array(order), cover, alike) for order in orders]
    assert chance_score(first, cover, alike) == pytest.approx(np.mean(each, axis=0))


@pytest.mark.parametrize(
    ("second", "scene", "same"),
    [
        pytest.param(60, [1, 0.1], True, id="at once and alike"),
        pytest.param(-60, [1, 0.1], True, id="before"),
        pytest.param(61, [1, 0], False, id="another time"),
        pytest.param(1, [1, 1], False, id="another scene"),
        pytest.param(1, [0, 0], False, id="unknown scene"),
    ],
)
def test_near_duplicates_are_shots_of_the_same_burst(second, scene, same):
    length = np.hypot(*scene) or 1
    scenes = np.array([[1, 0], np.array(scene) / length], np.float32)
    assert near_duplicates(np.array([0.0, second]), scenes, 0).tolist() == [True, same]


def test_a_cover_of_unknown_scene_is_its_own_duplicate_alone():
    assert near_duplicates(np.zeros(2), np.zeros((2, 3), np.float32), 1).tolist() == [False, True]
    assert near_duplicates(np.zeros(2), np.zeros((2, 0), np.float32), 1).tolist() == [False, True]


def width(values, user):
    ((low, high),) = intervals(values[:, None], user)
    return high - low


def test_an_interval_is_that_of_the_mean():
    """1.96 standard errors to either side for independent albums."""
    values, user = np.random.default_rng(0).normal([3, 9], [2, 5], (400, 2)), np.zeros(400, np.int64)
    found, middle, error = intervals(values, user), values.mean(axis=0), values.std(axis=0) / 20
    assert (np.abs(found[:, 0] - middle + 1.96 * error) < 0.15 * error).all()
    assert (np.abs(found[:, 1] - middle - 1.96 * error) < 0.15 * error).all()
    assert np.array_equal(intervals(values, user), found)


def test_albums_of_one_user_are_no_independent_ones():
    user = np.repeat(np.arange(20), 50)
    taste = np.random.default_rng(1).normal(0, 1, 20)[user]
    assert width(taste, user) > 4 * width(taste, np.arange(1_000))


def test_two_users_who_are_alike_do_not_make_an_interval_narrow():
    values, user = np.tile([0.0, 1.0], 20), np.repeat([0, 1], 20)
    assert width(values, user) == width(values, np.zeros(40, np.int64)) > 0.25


@pytest.mark.parametrize("n", [0, 1])
def test_one_album_says_nothing_of_others(n):
    assert np.isnan(intervals(np.zeros((n, 3)), np.zeros(n, np.int64))).tolist() == [[True, True]] * 3
