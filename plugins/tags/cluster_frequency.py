"""Patent 002: pictures that look alike share tags; a new one gets the words of the clusters nearest to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, Literal, get_args

import numpy as np

from plugins.tags import Floats, IntArray, Stock, TagMethod, Vectors
from plugins.tags._cluster_model import ClusterModel, unpacked
from plugins.tags._clustering import (
    Algorithm,
    centres_for,
    distances,
    found,
    least_similarity,
    means,
    settled,
)
from plugins.tags._counts import counted
from plugins.tags._looks import Look
from plugins.tags._model_file import ModelRefused
from plugins.tags._strict import in_chunks, nearest_streamed, strict_centres
from plugins.tags._voting import DEFAULT, STRICT, Voting

__all__ = ["ClusterModel", "ModelRefused", "Plugin", "unpacked"]
STRICT_K: Final = 150  # ¶46
GROWN: Final = 1.2  # times the tagged photos of the last full fit
ROUNDS: Final = 2  # of k-means from centres that are nearly right
WORSE: Final = 1.05  # times the error of the last full fit


class Plugin(TagMethod):
    """Clusters of the tagged stock by what its pictures look like, and the tags of the clusters nearest to a photo.

    Settings that are None are as the mode says.

    Args:
        mode: "strict" follows the text to the letter: random first centres, vectors as they are and read in chunks, the
            nearest cluster only, words by their frequency there; "default" is what a library needs.
        algorithm: how clusters are found (¶35, ¶43); strict mode knows the first two only.
        k: so many clusters, never more than tagged photos; None: 150 in strict mode, else by the size of the stock.
        half_life_days: a photo counts half when it is so much older than the newest; 0: age is nothing. Not in strict.
        seed: of the start.
        nearest: so many clusters vote.
        softness: how far beyond the nearest centre votes still count, in mean squared distances of the stock.
        smoothing: the frequency over all posts counts as so many posts more.
        caution: deviations by which the lower bound lies below a frequency.
        discount: what share of its frequency over all posts a word loses.
        support: posts with the word that there must be in the clusters that vote, unless it is frequent there.
        threshold: frequency that a word must have.
        unlike: share of the stock's own photos that would look like nothing in it if they were new; new photos that are
            less alike than those get no words.

    Raises:
        ValueError: a setting is out of its range, or the mode does not know it.

    Source: patent 002 (CN 110704657 A); what it leaves open is read as C1 to C9 of our methods.
    """

    name = "cluster_frequency"
    version = "1"

    def __init__(
        self,
        mode: Literal["default", "strict"] = "default",
        algorithm: Algorithm = "kmeans",
        k: int | None = None,
        half_life_days: float = 0.0,
        seed: int = 0,
        *,
        nearest: int | None = None,
        softness: float | None = None,
        smoothing: float | None = None,
        caution: float | None = None,
        discount: float | None = None,
        support: int | None = None,
        threshold: float | None = None,
        unlike: float = 0.002,
    ) -> None:
        if algorithm not in get_args(Algorithm):
            raise ValueError(f"there is no algorithm {algorithm!r}; there are: {', '.join(get_args(Algorithm))}")
        if k is not None and k < 1:
            raise ValueError(f"k is {k}: it must be 1 or more")
        if not (half_life_days >= 0 and 0 <= unlike <= 1):
            raise ValueError(f"half_life_days is {half_life_days}, unlike {unlike}: 0 or more, and a share")
        if mode == "strict" and (half_life_days or algorithm not in {"kmeans", "mini_batch"}):
            raise ValueError(f"strict mode knows neither ages nor {algorithm}: take the default mode")
        self.mode, self.algorithm, self.k, self.seed = mode, algorithm, k, seed
        self.half_life_days, self.unlike = half_life_days, unlike
        said: dict[str, Any] = {
            "nearest": nearest,
            "softness": softness,
            "smoothing": smoothing,
            "caution": caution,
            "discount": discount,
            "support": support,
            "threshold": threshold,
        }
        as_mode = STRICT if mode == "strict" else DEFAULT
        self.voting: Voting = replace(as_mode, **{name: value for name, value in said.items() if value is not None})

    def fit(self, stock: Stock) -> ClusterModel:
        """Learn from a stock, as `TagMethod.fit` says.

        Source: patent 002 claims 3 and 4, ¶40–53.
        """
        rows = _seen(stock.vectors, stock.tagged)
        if not len(rows):
            return _nothing(stock, self.voting)
        k = min(self.k or (STRICT_K if self.mode == "strict" else centres_for(len(rows))), len(rows))
        if self.mode == "strict":
            return self._strict(stock, rows, strict_centres(stock.vectors, rows, k, seed=self.seed))
        vectors = stock.vectors[rows]
        look = Look.of(vectors)
        looks = look(vectors)
        return self._default(stock, rows, look, looks, found(self.algorithm, looks, k, self.seed))

    def update(self, model: ClusterModel, stock: Stock) -> ClusterModel:
        """Bring a model up to date with a changed stock: rounds that start from its centres, and a new count.

        Centres that no photo is nearest to any more move to photos that are far from theirs; none is added. A model
        without centres, or with those of another extractor or mode, is fitted anew.

        Source: patent 002 claim 8, ¶60.
        """
        rows = _seen(stock.vectors, stock.tagged)
        start, strict = model.centres[: len(rows)], self.mode == "strict"
        if not len(start) or start.shape[1] != stock.vectors.shape[1] or strict == bool(len(model.look.mean)):
            return self.fit(stock)
        if strict:
            again = strict_centres(stock.vectors, rows, len(start), seed=self.seed, start=start)
            return self._strict(stock, rows, again, model)
        return self._default(stock, rows, model.look, model.look(stock.vectors[rows]), start, model)

    def refit_due(self, model: ClusterModel) -> str:
        """Return why a full fit with a fresh number of clusters is due, or "" where it is not."""
        if model.n_tagged > GROWN * model.n_fitted:
            return f"{model.n_tagged} tagged photos, {model.n_fitted} at the last full fit"
        if model.error > WORSE * model.error_fitted:
            worse = model.error / max(model.error_fitted, 1e-9) - 1
            return f"tagged photos lie {worse:.0%} farther from their centres than at the last full fit"
        return ""

    def _strict(
        self, stock: Stock, rows: IntArray, centres: Floats, before: ClusterModel | None = None
    ) -> ClusterModel:
        labels, squared = nearest_streamed(stock.vectors, rows, centres)
        model = _nothing(stock, self.voting)
        model = replace(model, centres=centres, means=centres)
        return _counted(model, stock, (rows, labels), squared, self.half_life_days, before)

    def _default(
        self,
        stock: Stock,
        rows: IntArray,
        look: Look,
        looks: Floats,
        centres: Floats,
        before: ClusterModel | None = None,
    ) -> ClusterModel:
        for _ in range(ROUNDS):
            centres, labels = settled(looks, centres)
        two = distances(looks, centres)
        model = replace(
            _nothing(stock, self.voting),
            look=look,
            centres=centres,
            means=means(stock.vectors[rows], labels),
            floor=least_similarity(two, labels, self.unlike),
        )
        return _counted(model, stock, (rows, labels), two[:, 0], self.half_life_days, before)


def _seen(vectors: Vectors, rows: IntArray) -> IntArray:
    """Return those photos whose vectors say something: no zeros, and nothing that is not finite."""
    _, squared = nearest_streamed(vectors, rows, np.zeros((1, vectors.shape[1]), dtype=np.float32))
    return rows[np.isfinite(squared) & (squared > 0)]


def _counted(
    model: ClusterModel,
    stock: Stock,
    tagged: tuple[IntArray, IntArray],
    squared: Floats,
    half_life_days: float,
    before: ClusterModel | None,
) -> ClusterModel:
    """Count what is on clusters; photos with nothing but refusals count against these in their nearest cluster.

    Args:
        model: the clusters.
        stock: all photos.
        tagged: the tagged ones and their clusters, both shape (n,).
        squared: their squared distances from their centres, shape (n,).
        half_life_days: a photo counts half when it is so much older than the newest.
        before: the model that was updated; None after a full fit.
    """
    refusing = [bool(refused) and not tags for refused, tags in zip(stock.refused, stock.tags, strict=True)]
    others = _seen(stock.vectors, np.flatnonzero(refusing))
    rows = np.concatenate([tagged[0], others])
    labels = np.concatenate([tagged[1], *(model.nearest(chunk) for chunk in in_chunks(stock.vectors, others))])
    error, n = float(squared.mean(dtype=np.float64)), len(squared)
    return replace(
        model,
        counts=counted(stock, rows, labels, len(model.centres), half_life_days),
        n_fitted=before.n_fitted if before else n,
        error_fitted=before.error_fitted if before else error,
        n_tagged=n,
        error=error,
    )


def _nothing(stock: Stock, voting: Voting) -> ClusterModel:
    """Return a model that knows no tag."""
    none, centres = np.zeros(0, dtype=np.int64), np.zeros((0, stock.vectors.shape[1]), dtype=np.float32)
    return ClusterModel(Look.plain(), centres, centres, counted(stock, none, none, 0), voting, -np.inf, 0, 0.0, 0, 0.0)
