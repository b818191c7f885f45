"""Patent 003: faces linked by affinity, clusters linked by edge strength."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np

from plugins.half_vectors import HalfVectors
from plugins.people import DROPPED, Context, Grouping, IntArray, Link, PeopleMethod, Vectors
from plugins.people._affinity_model import SHIPPED, AffinityModel, trained, untrained
from plugins.people._affinity_steps import Clustered, closeness, faces_of, linked, merged, second_graph
from plugins.people._baseline import numbered
from plugins.people._cluster_graph import Faces
from plugins.people._neighbours import units_of, usable
from plugins.trained_heads import WeightsRefused

MOST_LINKS = 500  # merges that a user may be asked about


class Plugin(PeopleMethod):
    """Group faces, or any vectors, by the affinity of faces and the edge strength of clusters.

    A graph of the `neighbours` nearest is cut, so that each face keeps its edge to the nearest face of higher affinity;
    what hangs together is a cluster. GCN-C says how probably two clusters are one person. The "default" mode joins them
    by average linkage of these probabilities and judges the joined ones anew; the "strict" mode joins all pairs above
    the threshold, once, as the claims do. Two faces in one photo speak against one person and do not rule it out.

    `weights` are a trained head, its bytes or "shipped"; None works without. What does not fit is left aside, and
    `Grouping.note` says so. `edge_z` and `merge` are the thresholds of the first and the second graph, in spreads of
    strangers and as a probability; None takes those that go with the weights. Merges of a probability from `ask` on
    that were not made are `Grouping.links`.

    Source: patent 003 (CN115331039A, WO2024036758A1) with the readings D1 to D8 of methods 1.4.
    """

    name = "affinity_gcn"
    version = "2"

    def __init__(
        self,
        mode: Literal["default", "strict"] = "default",
        weights: bytes | Path | Literal["shipped"] | None = "shipped",
        neighbours: int = 40,
        edge_z: float | None = None,
        merge: float | None = None,
        ask: float = 0.3,
    ) -> None:
        if mode not in {"default", "strict"}:
            raise ValueError(f"mode {mode!r} must be default or strict")
        if neighbours < 1:
            raise ValueError(f"neighbours {neighbours} must be at least 1")
        self.mode, self.neighbours, self.ask = mode, neighbours, ask
        self._model, self._note = _model_of(weights)
        self.edge_z = self._model.thresholds.edge_z if edge_z is None else edge_z
        self.merge = self._model.thresholds.merge if merge is None else merge

    def cluster(self, vectors: Vectors, context: Context) -> Grouping:
        """Group faces by person, as `PeopleMethod.cluster` says."""
        vectors = vectors if isinstance(vectors, HalfVectors) else np.asarray(vectors, dtype=np.float32)
        if vectors.ndim != 2 or len(vectors) != len(context.person):
            raise ValueError(
                f"vectors {vectors.shape} must be (n, d) with n faces in the context: {len(context.person)}"
            )
        good = usable(vectors)
        cluster = np.full(len(vectors), DROPPED, dtype=np.int64)
        confidence = np.full(len(vectors), np.nan, dtype=np.float32)
        if not good.any():
            return Grouping(cluster, confidence, (), self._note)
        where = np.flatnonzero(good)
        faces = faces_of(units_of(vectors, where), context.part(where), self._model, self.neighbours)
        found = self._clustered(faces)
        cluster[good] = found.cluster
        confidence[good] = self._model.belongs(closeness(faces, found.cluster), faces.affinity)
        final = numbered(cluster)
        return Grouping(final, confidence, self._links(found, final[good]), self._note)

    def _clustered(self, faces: Faces) -> Clustered:
        join = linked if self.mode == "strict" else merged
        return join(faces, second_graph(faces, self.edge_z), self._model, self.merge)

    def _links(self, found: Clustered, final: IntArray) -> tuple[Link, ...]:
        """Return the likely merges that were not made, by the clusters' final numbers."""
        name = np.zeros(len(found.graph.size), dtype=np.int64)
        name[found.cluster] = final
        likely = np.flatnonzero(found.strength >= self.ask)
        likely = likely[np.argsort(-found.strength[likely], kind="stable")][:MOST_LINKS]
        pairs = np.sort(name[found.graph.pairs[likely]], axis=1).tolist()
        return tuple(Link(a, b, float(p)) for (a, b), p in zip(pairs, found.strength[likely], strict=True))


def _model_of(weights: bytes | Path | Literal["shipped"] | None) -> tuple[AffinityModel, str]:
    """Return the model of some weights, and what to say where they do not fit."""
    if weights is None:
        return untrained(), ""
    try:
        return trained(SHIPPED if weights == "shipped" else weights), ""
    except WeightsRefused as error:
        return untrained(), f"People were grouped without trained weights: {error}."
