"""The methods of the people benchmark by the names of their rows, and how one is run and measured."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, Literal, TypeAlias

import numpy as np

import plugins
from benchmarks._people_data import Faces
from benchmarks._processes import Done, One, in_own_process, peak_mb
from plugins.half_vectors import HalfVectors
from plugins.people import Floats, Grouping, IntArray, PeopleMethod, Purifier, _neighbours
from plugins.people._baseline import TooManyFaces, grouped
from plugins.people._first_groups import component_groups
from plugins.people._neighbours import neighbours, units_of, usable
from plugins.people._scale import ONE_IN_1000, Scale
from plugins.people.look_alikes import method_of_pictures
from plugins.scores import bcubed

Method: TypeAlias = Callable[[Faces], Grouping]

NEAREST: Final = 40
"""Neighbours of each face whose edges hold `knn_components` together, as many as 003 has."""
TUNED_AT: Final = 16
"""Thresholds that are tried over the whole range, and again between the neighbours of the best."""


def plugin(name: str, **settings: Any) -> Method:
    """Return a method of ours; its file is imported here, before any clock runs."""
    model: PeopleMethod = plugins.load("people", name)(**settings)
    return lambda faces: model.cluster(faces.vectors, faces.context)


def look_alikes() -> Method:
    """Return 003 as it groups pictures in the product."""
    model = method_of_pictures("affinity_gcn")
    return lambda faces: model.cluster(faces.vectors, faces.context)


def purified(**settings: Any) -> Method:
    """Return 003 and then 001 on its groups."""
    first = plugin("affinity_gcn", **settings)
    second: Purifier = plugins.load("people", "confidence_gcn")(**settings)
    return lambda faces: second.purify(faces.vectors, faces.context, first(faces).cluster)


def without(part: Literal["v", "c"]) -> Method:
    """Return 003 with one trained net and what stands in for the other: density for GCN-V, mean cosine for GCN-C."""
    from plugins.people._affinity_model import UNTRAINED  # noqa: PLC0415 - torch: not in the processes of baselines

    model = plugins.load("people", "affinity_gcn")(**({"merge": UNTRAINED.merge} if part == "c" else {}))
    model._model = replace(model._model, **{part: None})
    return lambda faces: model.cluster(faces.vectors, faces.context)


def exact() -> Method:
    """Return 003 with exact neighbours also where it would look for them in cells."""
    model = plugins.load("people", "affinity_gcn")()

    def cluster(faces: Faces) -> Grouping:
        if isinstance(faces.vectors, HalfVectors):
            found = _neighbours.neighbours(faces.vectors[:], model.neighbours, exact_up_to=len(faces.vectors))
            _neighbours._known[faces.vectors] = found
        grouping: Grouping = model.cluster(faces.vectors, faces.context)
        return grouping

    return cluster


def knn_components() -> Method:
    """Return what nearest neighbours alone can do: faces whose cosine exceeds the threshold hang together."""

    def split(units: Floats, threshold: float) -> IntArray:
        return component_groups(neighbours(units, NEAREST), threshold, len(units), 0.0)

    return lambda faces: grouped(faces.vectors, faces.context, split)


def kmeans_true_k() -> Method:
    """Return k-means that is told how many people there are."""
    from sklearn.cluster import KMeans  # noqa: PLC0415 - not in the processes of other methods

    def cluster(faces: Faces) -> Grouping:
        def split(units: Any, _: float) -> IntArray:
            model = KMeans(min(faces.true_k, len(units)), n_init=1, random_state=0)
            return np.asarray(model.fit_predict(units), dtype=np.int64)

        return grouped(faces.vectors, faces.context, split)

    return cluster


def tuned(name: str) -> Method:
    """Return a baseline at the threshold that is best by BCubed F, found with the truth."""
    model = plugin(name)

    def cluster(faces: Faces) -> Grouping:
        lowest, highest = _cosine_range(faces)
        tried: dict[float, tuple[float, Grouping]] = {}
        for _ in range(2):
            grid = np.linspace(lowest, highest, TUNED_AT).tolist()
            for threshold in grid:
                found = model(faces.at_threshold(threshold))
                tried[threshold] = bcubed(faces.label[faces.label >= 0], found.cluster[faces.label >= 0]).f, found
            best = max(tried, key=lambda threshold: tried[threshold][0])
            step = grid[1] - grid[0]
            lowest, highest = best - step, best + step
        found = tried[best][1]
        return Grouping(found.cluster, found.confidence, note=f"threshold {best:.4f}, chosen with the truth")

    return cluster


def _cosine_range(faces: Faces) -> tuple[float, float]:
    """Return between which cosines thresholds are tried: from the middle of random pairs to nearly the same."""
    scale = Scale.of(units_of(faces.vectors, np.flatnonzero(usable(faces.vectors))), float("nan"))
    return scale.cosine_at(-ONE_IN_1000), 0.99


METHODS: Final[dict[str, Callable[[], Method]]] = {
    "affinity_gcn": partial(plugin, "affinity_gcn"),
    "affinity_gcn_no_weights": partial(plugin, "affinity_gcn", weights=None),
    "affinity_gcn_strict": partial(plugin, "affinity_gcn", mode="strict"),
    "purified": purified,
    "purified_no_weights": partial(purified, weights=None),
    "hdbscan_2": partial(plugin, "hdbscan_faces", min_cluster_size=2),
    "hdbscan_3": partial(plugin, "hdbscan_faces", min_cluster_size=3),
    "dbscan": partial(plugin, "dbscan_faces"),
    "average_linkage": partial(plugin, "average_linkage"),
    "incremental": partial(plugin, "incremental_faces"),
    "kmeans_true_k": kmeans_true_k,
    "knn_components": knn_components,
    "affinity_gcn_exact": exact,
    "affinity_gcn_without_v": partial(without, "v"),
    "affinity_gcn_without_c": partial(without, "c"),
    "confidence_gcn": partial(plugin, "confidence_gcn"),
    "look_alikes": look_alikes,
    "dbscan_tuned": partial(tuned, "dbscan_faces"),
    "average_linkage_tuned": partial(tuned, "average_linkage"),
}
TOLD: Final = ("kmeans_true_k", "dbscan_tuned", "average_linkage_tuned")
"""The rows that use the truth, as their names say."""
ABLATIONS: Final = ("affinity_gcn_without_v", "affinity_gcn_without_c", "confidence_gcn")
TUNED: Final = ("dbscan_tuned", "average_linkage_tuned")
ON_PICTURES: Final = (
    "look_alikes",
    "affinity_gcn",
    "affinity_gcn_no_weights",
    "hdbscan_2",
    "hdbscan_3",
    "kmeans_true_k",
)
MOST: Final = {
    "hdbscan_2": 20_000,
    "hdbscan_3": 20_000,
    "dbscan": 50_000,
    "incremental": 50_000,
    "kmeans_true_k": 50_000,
    "dbscan_tuned": 20_000,
    "affinity_gcn_exact": 150_000,
}
"""More faces would take these methods hours: they compare all pairs."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a method said of some faces, the seconds that took, and the peak memory of its process until then."""

    cluster: IntArray
    note: str
    seconds: float
    peak_mb: float


def alone(work: Callable[[One], Done], items: Iterable[One]) -> list[Done]:
    """Do work on items, one after another in one fresh process of its own.

    Raises:
        WouldNotFit: any of the items is too much.
    """
    return in_own_process(work, items, (TooManyFaces,))


def run(name: str, faces: Faces) -> Answer:
    """Run a method in this process."""
    most = MOST.get(name, len(faces.label))
    if len(faces.label) > most:
        raise TooManyFaces(f"it compares all pairs of {len(faces.label)} faces: more than {most} are not tried")
    method = METHODS[name]()
    began = time.perf_counter()
    found = method(faces)
    seconds = time.perf_counter() - began
    return Answer(found.cluster, found.note, seconds, peak_mb())


def chosen(wanted: Sequence[str], with_tuned: bool, with_ablations: bool) -> tuple[str, ...]:
    """Return the methods to run: those named, else all but tuned ones and ablations, which have to be asked for."""
    special = {"look_alikes", "affinity_gcn_exact", "knn_components"}
    left_out = {*special, *(() if with_tuned else TUNED), *(() if with_ablations else ABLATIONS)}
    return tuple(wanted) or tuple(name for name in METHODS if name not in left_out)
