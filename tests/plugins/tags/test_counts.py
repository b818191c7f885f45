"""Posts and tags of clusters: each post once, by age, and how sure a frequency is."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.tags import Stock
from plugins.tags._counts import ages, counted, wilson_lower

DAY_S = 86_400.0


def stock_of(tags, post=None, refused=(), taken_s=None):
    return Stock.of(np.ones((len(tags), 2), dtype=np.float32), tags, post=post, refused=refused, taken_s=taken_s)


def table(counts):
    """Return support and refusals by cluster and tag."""
    entries = zip(counts.cluster, counts.tag, counts.support, counts.refused, strict=True)
    return {(int(c), counts.tags[t]): (int(support), float(refused)) for c, t, support, refused in entries}


@pytest.mark.parametrize(
    ("stock", "labels", "posts", "expected"),
    [
        pytest.param(
            stock_of([["a"], ["a", "b"], ["b"]]), [0, 0, 1], [2, 1],
            {(0, "a"): (2, 0), (0, "b"): (1, 0), (1, "b"): (1, 0)}, id="each photo a post",
        ),
        pytest.param(
            stock_of([["a"], ["a"], ["b"], ["a"]], post=np.array([7, 7, 7, 9])), [0, 0, 0, 0], [2],
            {(0, "a"): (2, 0), (0, "b"): (1, 0)}, id="a post counts once, with the tags of all its photos",
        ),
        pytest.param(
            stock_of([["a"], ["a"]], post=np.array([7, 7])), [0, 1], [1, 1],
            {(0, "a"): (1, 0), (1, "a"): (1, 0)}, id="a post counts in each cluster that has photos of it",
        ),
        pytest.param(
            stock_of([["a"], (), ["b"]], refused=[(), ["a", "never used"], ["a"]]), [0, 0, 1], [1, 1],
            {(0, "a"): (1, 1), (1, "a"): (0, 1), (1, "b"): (1, 0)}, id="refusals count beside, without being posts",
        ),
        pytest.param(
            stock_of([["a", "a"], ["a"]]), [0, 0], [2], {(0, "a"): (2, 0)}, id="a word twice on a photo is one",
        ),
    ],
)  # fmt: skip
def test_posts_are_counted(stock, labels, posts, expected):
    counts = counted(stock, np.arange(len(labels)), np.array(labels), len(posts))
    assert counts.posts.tolist() == posts
    assert table(counts) == expected


def test_only_the_given_rows_count():
    counts = counted(stock_of([["a"], ["b"], ["a"]]), np.array([2]), np.array([0]), 1)
    assert table(counts) == {(0, "a"): (1, 0)}


def test_tags_are_numbered_from_the_rarest():
    assert counted(stock_of([["b"], ["b"], ["c"], ["a"]]), np.arange(4), np.zeros(4, dtype=int), 1).tags == (
        "a",
        "c",
        "b",
    )


@pytest.mark.parametrize(
    ("days", "half_life", "weights"),
    [
        pytest.param([0, 10, 20], 10, [0.25, 0.5, 1], id="half for each half-life before the newest"),
        pytest.param([0, 10, 20], 0, [1, 1, 1], id="age is nothing"),
        pytest.param([np.nan, 0, 10], 10, [0.75, 0.5, 1], id="unknown time counts as the mean"),
        pytest.param([np.nan, np.nan], 10, [1, 1], id="nobody knows"),
        pytest.param([0, 1e6], 1, [2.0**-40, 1], id="never nothing at all"),
        pytest.param([], 10, [], id="no photo"),
    ],
)
def test_ages(days, half_life, weights):
    assert ages(np.array(days, dtype=float) * DAY_S, half_life).tolist() == pytest.approx(weights)


def test_a_post_has_the_weight_of_its_newest_photo():
    stock = stock_of([["a"], ["b"]], post=np.array([1, 1]), taken_s=np.array([0, 10 * DAY_S]))
    counts = counted(stock, np.arange(2), np.zeros(2, dtype=int), 1, half_life_days=10)
    assert counts.aged.tolist() == [1.0]
    assert dict(zip(counts.tags, counts.share.tolist(), strict=True)) == {"a": 0.5, "b": 1.0}


def test_frequency_over_all_posts():
    counts = counted(stock_of([["a"], ["a", "b"], ["a"], ["c"]]), np.arange(4), np.array([0, 0, 1, 1]), 2)
    assert dict(zip(counts.tags, counts.overall.tolist(), strict=True)) == {"a": 0.75, "b": 0.25, "c": 0.25}


@pytest.mark.parametrize(
    ("frequency", "posts", "z", "bound"),
    [
        pytest.param(0.5, 10, 0, 0.5, id="no caution"),
        pytest.param(0.5, 10, 1.96, 0.2366, id="half of ten, 95 % on both sides"),
        pytest.param(1.0, 10, 1.96, 0.7225, id="ten of ten"),
        pytest.param(0.0, 10, 1.96, 0.0, id="none of ten"),
    ],
)
def test_wilsons_lower_bound(frequency, posts, z, bound):
    assert float(wilson_lower(np.array(frequency), np.array(posts), z)) == pytest.approx(bound, abs=1e-4)
