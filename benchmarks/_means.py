"""Rows of a benchmark as means over seeds, with their spread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

Row: TypeAlias = dict[str, Any]


def mean_rows(each: Mapping[str, list[Row] | str]) -> Iterator[Row]:
    """Yield one row a setting, the mean over its seeds, and the mean over settings; for a text, a row that is skipped.

    Args:
        each: the rows of each setting, one a seed, in one order of seeds; or why there are none.
    """
    measured = [rows for rows in each.values() if not isinstance(rows, str)]
    yield from ({"variant": setting, **mean_row(rows)} for setting, rows in each.items())
    if len(measured) == len(each) > 1:
        yield {"variant": "mean", **mean_row([_plain_mean(of_one) for of_one in zip(*measured, strict=True)])}


def mean_row(rows: list[Row] | str) -> Row:
    """Return the mean over seeds with the standard deviations as `…_sd`; the peak is that of the method's process."""
    if isinstance(rows, str):
        return {"skipped": rows}
    mean = _plain_mean(rows)
    spread = {f"{key}_sd": float(np.std([row[key] for row in rows])) for key in mean if key != "peak_mb"}
    notes = list(dict.fromkeys(row["note"] for row in rows if "note" in row))
    peak = max(row["peak_mb"] for row in rows)
    return {"seeds": len(rows), **mean, "peak_mb": peak} | spread | ({"note": notes[0]} if notes else {})


def _plain_mean(rows: Sequence[Row]) -> Row:
    numbers = [key for key in rows[0] if all(isinstance(row.get(key), (int, float)) for row in rows)]
    return {key: float(np.mean([row[key] for row in rows])) for key in numbers}
