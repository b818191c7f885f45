"""Baseline: average linkage at the calibrated threshold; the best of the simple rules, for small libraries alone."""

from __future__ import annotations

import numpy as np
from sklearn.cluster import AgglomerativeClustering

from plugins.people import Context, Floats, Grouping, IntArray, PeopleMethod, Vectors
from plugins.people._baseline import TooManyFaces, grouped


class Plugin(PeopleMethod):
    """The two most alike clusters are joined while the mean cosine of their pairs is above the threshold.

    The threshold is that of the context, or the estimate from the vectors.

    Raises (by `cluster`):
        TooManyFaces: above `most` faces. All pairs are held in memory: 6 GB for 20,000 faces.

    Source: Sokal and Michener, A Statistical Method for Evaluating Systematic Relationships (1958).
    """

    name = "average_linkage"
    version = "1"

    def __init__(self, most: int = 20_000) -> None:
        self.most = most

    def cluster(self, vectors: Vectors, context: Context) -> Grouping:
        """Group faces by person, as `PeopleMethod.cluster` says."""
        if len(vectors) > self.most:
            raise TooManyFaces(f"average linkage holds all pairs: {len(vectors)} faces are more than {self.most}")
        return grouped(vectors, context, self._split)

    @staticmethod
    def _split(units: Floats, threshold: float) -> IntArray:
        distance = units @ units.T
        np.subtract(1, distance, out=distance)
        np.maximum(distance, 0, out=distance)  # rounding: a vector with itself
        model = AgglomerativeClustering(
            None, metric="precomputed", linkage="average", distance_threshold=max(1 - threshold, 1e-6)
        )
        return np.asarray(model.fit_predict(distance), dtype=np.int64)
