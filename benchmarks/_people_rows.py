"""Rows of the people benchmark: scores of answers, and the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final, TypeAlias

import numpy as np

from benchmarks._means import Row, mean_rows
from benchmarks._people_data import Faces
from benchmarks._people_methods import Answer, alone, run
from benchmarks._processes import WouldNotFit
from plugins.people import DROPPED, IntArray
from plugins.scores import bcubed, pairwise

Answers: TypeAlias = dict[str, IntArray]

SCORES: Final = ("bcubed_p", "bcubed_r", "bcubed_f", "pairwise_p", "pairwise_r", "pairwise_f")
BEFORE: Final = tuple(f"{score}_before" for score in SCORES)
FIRST: Final = ("method", "groups", "variant", "seeds", "faces", "people", "clusters", "mixed_groups", "node_auc")
LESSER: Final = ("bcubed_p", "bcubed_r", "pairwise_f", "bcubed_p_before", "bcubed_r_before", "pairwise_f_before")
FOUR_DIGITS: Final = ("bcubed", "pairwise", "node_auc", "precision", "recall")
COUNTS: Final = ("faces", "people", "clusters", "dropped", "mixed_groups", "peak_mb")


def scores(label: IntArray, cluster: IntArray) -> Row:
    """Score clusters where the truth is known; a dropped face is alone. All are null where it is known nowhere."""
    known = label >= 0
    alone = int(cluster.max(initial=-1)) + 1 + np.arange(len(cluster))
    truth, found = label[known], np.where(cluster == DROPPED, alone, cluster)[known]
    row: Row = {}
    for metric, values in (("bcubed", bcubed(truth, found)), ("pairwise", pairwise(truth, found))):
        row |= {f"{metric}_{part}": value if known.any() else None for part, value in values._asdict().items()}
    return row


def row_of(faces: Faces, answer: Answer) -> Row:
    """Return the row of one answer, without its name."""
    return {
        "faces": len(faces.label),
        "people": len(np.unique(faces.label[faces.label >= 0])),
        "clusters": int(answer.cluster.max(initial=-1)) + 1,
        "dropped": int((answer.cluster == DROPPED).sum()),
        **scores(faces.label, answer.cluster),
        "seconds": answer.seconds,
        "peak_mb": answer.peak_mb,
        **({"note": answer.note} if answer.note else {}),
    }


def rows_of_one(faces: Faces, variant: str, methods: Sequence[str]) -> tuple[list[Row], Answers]:
    """Return one row a method on one set of faces, and the answers in the order of the faces."""
    rows: list[Row] = []
    found: Answers = {}
    for name in methods:
        try:
            (answer,) = alone(partial(run, name), [faces])
        except WouldNotFit as error:
            rows.append({"method": name, "variant": variant, "skipped": str(error)})
            continue
        rows.append({"method": name, "variant": variant, **row_of(faces, answer)})
        found[name] = answer.cluster
    return rows, found


def rows_of_seeds(sets: Mapping[str, Sequence[Faces]], methods: Sequence[str]) -> list[Row]:
    """Return a row for each method and setting, the mean over seeds, and one for the mean over settings.

    Args:
        sets: the faces of each setting, one set a seed, in one order of seeds.
        methods: names of rows.
    """
    rows: list[Row] = []
    for name in methods:
        each = {setting: _each(name, some) for setting, some in sets.items()}
        rows += [{"method": name, **row} for row in mean_rows(each)]
    return rows


def _each(name: str, sets: Sequence[Faces]) -> list[Row] | str:
    """Return a row for each set, or why there is none."""
    try:
        return [row_of(faces, answer) for faces, answer in zip(sets, alone(partial(run, name), sets), strict=True)]
    except WouldNotFit as error:
        return str(error)


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table: mean ± standard deviation where there is one.

    Number of seeds and what is nothing in all rows are left out; so are, beside scores of before, those that say less.
    """
    keys = list(
        dict.fromkeys(key for row in rows for key in row if not key.endswith("_sd") and row[key] not in {0, ""})
    )
    hidden = {"seeds", *(LESSER if BEFORE[0] in keys else ())}
    first = [key for key in (*FIRST, *BEFORE, *SCORES) if key in keys]
    keys = [key for key in [*first, *(key for key in keys if key not in first)] if key not in hidden]
    lines = [keys, ["---"] * len(keys), *([_cell(row, key) for key in keys] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(row: Row, key: str) -> str:
    value = row.get(key)
    if not isinstance(value, float):
        return "" if value is None else str(value)
    digits = 4 if key.startswith(FOUR_DIGITS) else 0 if key in COUNTS else 2
    spread = row.get(f"{key}_sd")
    return f"{value:.{digits}f}" + (f" ± {spread:.{digits}f}" if spread and digits == 4 else "")
