"""Rows of ways to group faces side by side: one run, the same galleries, and how much longer each takes than ours."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks._means import Row, mean_row
from benchmarks._people_scale import measured, new_gallery

OURS: Final = "affinity_gcn"
METHODS: Final = (OURS, "purified", "hdbscan_2", "dbscan", "average_linkage", "knn_components")


def rows_beside(sizes: Sequence[int], seeds: Sequence[int], methods: Sequence[str]) -> list[Row]:
    """Return a row for each size and method, the mean over galleries of several seeds.

    Each gallery goes through all methods before the next, so that what else the machine does meets all of them alike.
    `times_ours` is how many times the seconds of ours a method took on the same gallery.
    """
    rows: list[Row] = []
    methods = (OURS, *(name for name in methods if name != OURS))
    with tempfile.TemporaryDirectory(prefix="albumen-people-") as temp:
        for n in sizes:
            found: dict[str, list[Row]] = {name: [] for name in methods}
            for seed in seeds:
                path = new_gallery(Path(temp), n, seed)
                for name in methods:
                    found[name].append(measured(name, path))
                path.unlink()
            rows += [
                {"method": name, "variant": f"{n}_faces", **_mean(each, found[OURS])} for name, each in found.items()
            ]
    return rows


def _mean(each: Sequence[Row], ours: Sequence[Row]) -> Row:
    skipped = [str(row["skipped"]) for row in each if "skipped" in row]
    if skipped:
        return {"skipped": skipped[0]}
    return mean_row(
        [{**row, "times_ours": row["seconds"] / our["seconds"]} for row, our in zip(each, ours, strict=True)]
    )
