"""Baseline: DBSCAN at the calibrated threshold; LibrePhotos and PhotoPrism group faces so."""

from __future__ import annotations

import numpy as np
from sklearn.cluster import DBSCAN

from plugins.people import Context, Floats, Grouping, IntArray, PeopleMethod, Vectors
from plugins.people._baseline import grouped


class Plugin(PeopleMethod):
    """Faces that chain over others with `min_faces` neighbours or more (themselves included) are one person.

    Neighbours reach the threshold of the context, or the estimate from the vectors; noise is alone.

    Source: Ester, Kriegel, Sander and Xu, A Density-Based Algorithm for Discovering Clusters (1996).
    """

    name = "dbscan_faces"
    version = "1"

    def __init__(self, min_faces: int = 3) -> None:
        if min_faces < 1:
            raise ValueError(f"min_faces is {min_faces}: it must be 1 or more")
        self.min_faces = min_faces

    def cluster(self, vectors: Vectors, context: Context) -> Grouping:
        """Group faces by person, as `PeopleMethod.cluster` says."""
        return grouped(vectors, context, self._split)

    def _split(self, units: Floats, threshold: float) -> IntArray:
        near = max(1 - threshold, 1e-6)  # the cosine of a vector with itself is rounded
        found = DBSCAN(eps=near, min_samples=self.min_faces, metric="cosine").fit_predict(units)
        return np.asarray(found, dtype=np.int64)
