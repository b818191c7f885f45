"""Baseline: HDBSCAN on unit vectors; Nextcloud Recognize groups faces so."""

from __future__ import annotations

import numpy as np
from hdbscan import HDBSCAN

from plugins.people import Context, Floats, Grouping, IntArray, PeopleMethod, Vectors
from plugins.people._baseline import grouped


class Plugin(PeopleMethod):
    """Groups of `min_cluster_size` faces or more by density; noise is alone. It uses no threshold.

    Euclidean distances of unit vectors order pairs as cosines do. All else is as the package has it: clusters are
    chosen by excess of mass, and density is the distance to the `min_cluster_size`-th other face, so that a person with
    no more faces than that is not found. It compares all pairs: minutes for 20,000 faces of 512 numbers.

    Source: Campello, Moulavi and Sander, Density-Based Clustering Based on Hierarchical Density Estimates (2013).
    """

    name = "hdbscan_faces"
    version = "1"

    def __init__(self, min_cluster_size: int = 2) -> None:
        if min_cluster_size < 2:
            raise ValueError(f"min_cluster_size is {min_cluster_size}: it must be 2 or more")
        self.min_cluster_size = min_cluster_size

    def cluster(self, vectors: Vectors, context: Context) -> Grouping:
        """Group faces by person, as `PeopleMethod.cluster` says."""
        return grouped(vectors, context, self._split)

    def _split(self, units: Floats, _: float) -> IntArray:
        if len(units) < self.min_cluster_size:
            return np.full(len(units), -1)
        return np.asarray(HDBSCAN(min_cluster_size=self.min_cluster_size).fit_predict(units), dtype=np.int64)
