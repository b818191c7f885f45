"""Baseline: the words that were used last, for every photo."""

from __future__ import annotations

import numpy as np

from plugins.tags import Recommendation, Recommender, Seconds, Stock, TagMethod
from plugins.tags._posts import Posts, Same


class Plugin(TagMethod):
    """Every photo gets the words of the photos that were taken last.

    Words are in the order of the newest post that has them; those of one moment, and those of photos of which nobody
    knows when they were taken, in that of how many posts have them, then of the alphabet. The score is 1 over the place
    in this order. What the user refused is not looked at.
    """

    name = "recent_tags"
    version = "1"

    def fit(self, stock: Stock) -> Recommender:
        """Order the stock's words, as `TagMethod.fit` says."""
        posts = Posts.of(stock)
        count, n = posts.count, len(posts.start)
        newest = np.lexsort((-count, -_last_used(posts))).tolist()
        words = [
            Recommendation(posts.words[i], 1 / place, count[i] / n, int(count[i]), n)
            for place, i in enumerate(newest, start=1)
        ]
        return Same(tuple(words))


def _last_used(posts: Posts) -> Seconds:
    """Return when the newest post with each word was taken, shape (w,); there is no word without a post."""
    by_word = posts.has.tocsc()
    last_s = posts.last_s[by_word.indices]
    return np.asarray(np.maximum.reduceat(last_s, by_word.indptr[:-1]) if len(last_s) else last_s, np.float64)
