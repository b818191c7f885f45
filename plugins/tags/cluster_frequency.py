"""Patent 002: pictures that look alike share tags; a new one gets the words of the clusters nearest to it."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np

from plugins.tags import Floats, IntArray, Stock, TagMethod
from plugins.tags._cluster_model import ClusterModel, Voting, unpacked
from plugins.tags._clustering import centres_for, k_means, least_similarity, mini_batch, nearest, settled, warmed
from plugins.tags._counts import counted
from plugins.tags._model_file import ModelRefused

__all__ = ["ClusterModel", "ModelRefused", "Plugin", "Voting", "unpacked"]
GROWN: Final = 1.2  # times the tagged photos of the last full fit
WORSE: Final = 1.05  # times the error of the last full fit
METHODS: Final = {"kmeans": k_means, "mini_batch": mini_batch}


class Plugin(TagMethod):
    """Clusters of the tagged stock by what its pictures look like, and the tags of the clusters nearest to a photo.

    Args:
        mode: "strict" follows the text to the letter; "default" is what a library needs.
        algorithm: how clusters are found (¶35, ¶43).
        k: so many clusters, never more than tagged photos; None: by the size of the stock.
        half_life_days: a photo counts half when it is so much older than the newest; 0: age is nothing.
        seed: of the start.
        voting: how the clusters near a photo make its words; None: as the mode says.
        unlike: share of the stock's own photos that, seen anew, would look like nothing in the stock; new photos less
            similar than that get no words.

    Source: patent 002 (CN110704657A); what it leaves open is read as C1 to C9 of our methods.
    """

    name = "cluster_frequency"
    version = "1"

    def __init__(
        self,
        mode: Literal["default", "strict"] = "default",
        algorithm: Literal["kmeans", "mini_batch"] = "kmeans",
        k: int | None = None,
        half_life_days: float = 0.0,
        seed: int = 0,
        voting: Voting | None = None,
        unlike: float = 0.01,
    ) -> None:
        self.mode = mode
        self.algorithm = algorithm
        self.k = k
        self.half_life_days = half_life_days
        self.seed = seed
        self.voting = voting or Voting()
        self.unlike = unlike

    def fit(self, stock: Stock) -> ClusterModel:
        """Learn from a stock, as `TagMethod.fit` says.

        Source: patent 002 claims 3 and 4, ¶40–53.
        """
        rows, vectors = _seen(stock, stock.tagged)
        if not len(rows):
            return _nothing(stock, self.voting)
        k = min(self.k or centres_for(len(rows)), len(rows))
        return self._model(stock, rows, vectors, METHODS[self.algorithm](vectors, k, self.seed))

    def update(self, model: ClusterModel, stock: Stock) -> ClusterModel:
        """Bring a model up to date with a changed stock: rounds that start from its centres, and a new count.

        Centres that nothing is near any more move to photos that are far from all; none is added. A model that has no
        centres, or centres of another extractor, is fitted anew.

        Source: patent 002 claim 8, ¶60.
        """
        rows, vectors = _seen(stock, stock.tagged)
        if not len(rows) or not len(model.centres) or model.centres.shape[1] != vectors.shape[1]:
            return self.fit(stock)
        return self._model(stock, rows, vectors, warmed(vectors, model.centres[: len(rows)]), model)

    def refit_due(self, model: ClusterModel) -> str:
        """Return why a full fit with a fresh number of clusters is due, or "" where it is not."""
        if model.n_tagged > GROWN * model.n_fitted:
            return f"{model.n_tagged} tagged photos, {model.n_fitted} at the last full fit"
        if model.error > WORSE * model.error_fitted:
            worse = model.error / max(model.error_fitted, 1e-9) - 1
            return f"tagged photos lie {worse:.0%} farther from their centres than at the last full fit"
        return ""

    def _model(
        self, stock: Stock, rows: IntArray, vectors: Floats, start: Floats, before: ClusterModel | None = None
    ) -> ClusterModel:
        """Let centres settle and count what is on them; photos with refusals only count in their nearest cluster."""
        centres, labels = settled(vectors, start)
        others, unlike = _seen(
            stock, np.flatnonzero([bool(r) and not t for r, t in zip(stock.refused, stock.tags, strict=True)])
        )
        known = np.concatenate([rows, others])
        clusters = np.concatenate([labels, nearest(unlike, centres)[0]])
        error = float(nearest(vectors, centres)[1].mean())
        return ClusterModel(
            centres,
            counted(stock, known, clusters, len(centres), self.half_life_days),
            self.voting,
            least_similarity(vectors, centres, labels, self.unlike),
            before.n_fitted if before else len(rows),
            before.error_fitted if before else error,
            len(rows),
            error,
        )


def _seen(stock: Stock, rows: IntArray) -> tuple[IntArray, Floats]:
    """Return those photos whose vectors say something, and these: zeros and what is not finite are left out."""
    vectors = stock.vectors[rows]
    usable = np.isfinite(vectors).all(axis=1) & vectors.any(axis=1)
    return rows[usable], vectors[usable]


def _nothing(stock: Stock, voting: Voting) -> ClusterModel:
    """Return a model that knows no tag."""
    none = np.zeros(0, dtype=np.int64)
    centres = np.zeros((0, stock.vectors.shape[1]), dtype=np.float32)
    return ClusterModel(centres, counted(stock, none, none, 0), voting, -np.inf, 0, 0.0, 0, 0.0)
