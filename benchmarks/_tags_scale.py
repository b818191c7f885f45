"""Rows about size: seconds and memory of learning from many photos, and of taking new ones into what was learned."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

import plugins
from benchmarks._means import Row
from benchmarks._processes import in_own_process, peak_mb
from benchmarks._tags_data import MAP_DIM, SavedVectors, unit
from benchmarks._tags_methods import clusters_of, ms_one_by_one
from plugins.tags import Stock, TagMethod, Vectors
from plugins.tags._synthetic import Traits, library

BIG: Final = Traits(scenes=400, families=40, details=200, tagged=1.0)
AT_ONCE: Final = 256
"""Whole maps that are made at a time."""
FITTED: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "default": ("cluster_frequency", {}),
    "default_k_150": ("cluster_frequency", {"k": 150}),
    "mini_batch_k_150": ("cluster_frequency", {"algorithm": "mini_batch", "k": 150}),
    "voting": ("neighbour_voting", {}),
    "knn_50": ("knn_50", {}),
}
"""Rows of `--fit`: a method and its settings."""
STRICT: Final = {"strict": ("cluster_frequency", {"mode": "strict"})}


def rows_of_fitting(n: int, of_maps: bool) -> list[Row]:
    """Return a row for each method that learns from n simulated photos, all tagged; of whole maps for strict alone."""
    with tempfile.TemporaryDirectory(prefix="albumen-tags-") as temp:
        path = Path(temp) / "maps.npy"
        if of_maps:
            in_own_process(partial(save_maps, n=n), [path])
        work: list[tuple[str, Callable[[int], Row]]] = [
            (row, partial(fitted, *method, path if of_maps else None))
            for row, method in (STRICT if of_maps else FITTED).items()
        ]
        return [{"method": row, "variant": f"fit_{n}", **in_own_process(fit, [n])[0]} for row, fit in work]


def save_maps(path: Path, n: int) -> None:
    """Write n simulated maps, 200 KB each, into a file: one for each scene, and noise."""
    draw = np.random.default_rng(0)
    scenes = draw.standard_normal((BIG.scenes, MAP_DIM), dtype=np.float32)
    shown = draw.integers(BIG.scenes, size=n)
    file = np.lib.format.open_memmap(path, mode="w+", dtype=np.float16, shape=(n, MAP_DIM))
    for first in range(0, n, AT_ONCE):
        part = shown[first : first + AT_ONCE]
        noise = draw.standard_normal((len(part), MAP_DIM), dtype=np.float32)
        file[first : first + len(part)] = unit(np.maximum(scenes[part] + noise, 0))
    file.flush()


def fitted(name: str, settings: Mapping[str, Any], maps: Path | None, n: int) -> Row:
    """Measure how one method learns from n simulated photos, in this process."""
    method: TagMethod = plugins.load("tags", name)(**settings)
    stock = simulated(n, SavedVectors(maps) if maps else None)
    began = time.perf_counter(), time.process_time()
    model = method.fit(stock)
    took, peak = _since(*began), peak_mb()
    clusters, dead = clusters_of(model, stock)
    row = {"photos": n, **took, "ms_per_photo": ms_one_by_one(model, stock.vectors), "peak_mb": peak}
    return row if clusters is None else {**row, "clusters": clusters, "dead": dead}


def simulated(n: int, vectors: Vectors | None = None) -> Stock:
    """Return n simulated photos with their tags, or those tags on other vectors."""
    photos = library(n, 0, BIG)
    return Stock.of(photos.vectors if vectors is None else vectors, photos.tags, photos.burst, photos.taken_s)


def rows_of_updating(new: int, known: int) -> list[Row]:
    """Return the row of new photos, taken into what patent 002 had learned of known ones."""
    (row,) = in_own_process(partial(updated, known), [new])
    return [{"method": "default", "variant": f"{new}_into_{known}", **row}]


def updated(known: int, new: int) -> Row:
    """Measure in this process how the update of a model takes new photos in; the last ones in time are new."""
    method = plugins.load("tags", "cluster_frequency")()
    stock = simulated(known + new)
    rows = np.arange(known)
    before = Stock.of(stock.vectors[rows], stock.tags[:known], stock.post[:known], stock.taken_s[:known])
    model = method.fit(before)
    began = time.perf_counter(), time.process_time()
    after = method.update(model, stock)
    took = _since(*began)
    clusters, dead = clusters_of(after, stock)
    row = {"photos": known, "new_photos": new, **took, "clusters": clusters, "dead": dead}
    return {**row, "peak_mb": peak_mb(), "note": f"full refit due: {method.refit_due(after) or 'no'}"}


def _since(began: float, began_cpu: float) -> Row:
    """Return the seconds since then on the clock, and those of the processor: all threads, and no other program."""
    return {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - began_cpu}
