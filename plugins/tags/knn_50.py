"""Baseline: the words of the 50 most similar posts, by the part of similarity that has them."""

from __future__ import annotations

from plugins.tags import Floats, Recommender, Stock, TagMethod
from plugins.tags._nearest_posts import NearestPosts, Votes
from plugins.tags._posts import Posts


class Plugin(TagMethod):
    """A word's score is the sum of the cosines of those of the k nearest posts that have it, over that of all k.

    A post is as near as the nearest of its photos, has the words of all of them, and counts once; a cosine below zero
    counts as nothing. What the user refused is not looked at.

    Args:
        k: how many posts are asked; all where there are fewer.
    """

    name = "knn_50"
    version = "1"

    def __init__(self, k: int = 50) -> None:
        self.k = k

    def fit(self, stock: Stock) -> Recommender:
        """Keep the stock, as `TagMethod.fit` says."""
        return NearestPosts.of(stock, self.k, _share)


def _share(_: Posts, votes: Votes) -> Floats:
    return votes.share
