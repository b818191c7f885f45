"""Baseline: the words that similar posts have more often than posts drawn by lot would."""

from __future__ import annotations

import numpy as np

from plugins.tags import Floats, Recommender, Stock, TagMethod
from plugins.tags._nearest_posts import NearestPosts, Votes
from plugins.tags._posts import Posts


class Plugin(TagMethod):
    """A word's relevance is its votes among the k nearest posts, minus those that chance would give it.

    Chance gives k · n(w) / n: n posts in the stock, of which n(w) have the word. A post stands for a user of the
    paper, who votes once for a word: it is as near as the nearest of its photos and has the words of all of them. The
    score is relevance / k, brought from -1 to 1 into 0 to 1; words without a vote are not recommended. What the user
    refused is not looked at.

    Source: Li, Snoek and Worring, Learning Social Tag Relevance by Neighbor Voting (2009).

    Args:
        k: how many posts vote; all where there are fewer.
    """

    name = "neighbour_voting"
    version = "1"

    def __init__(self, k: int = 20) -> None:
        self.k = k

    def fit(self, stock: Stock) -> Recommender:
        """Keep the stock, as `TagMethod.fit` says."""
        return NearestPosts.of(stock, self.k, _relevance)


def _relevance(posts: Posts, votes: Votes) -> Floats:
    prior = posts.count / len(posts.start)
    return np.asarray((1 + votes.count / votes.k - prior[votes.word]) / 2, dtype=np.float32)
