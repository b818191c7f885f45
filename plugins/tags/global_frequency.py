"""Baseline: the words that are on most posts, for every photo."""

from __future__ import annotations

import numpy as np

from plugins.tags import Recommendation, Recommender, Stock, TagMethod
from plugins.tags._posts import Posts, Same


class Plugin(TagMethod):
    """Every photo gets the words that are on most posts of the stock; equal ones in the order of the alphabet.

    The score is the share of posts that have the word. What the user refused is not looked at.
    """

    name = "global_frequency"
    version = "1"

    def fit(self, stock: Stock) -> Recommender:
        """Count the stock, as `TagMethod.fit` says."""
        posts = Posts.of(stock)
        count, n = posts.count, len(posts.start)
        best = np.argsort(-count, kind="stable").tolist()
        return Same(tuple(Recommendation(posts.words[i], count[i] / n, count[i] / n, int(count[i]), n) for i in best))
