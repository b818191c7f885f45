"""Rows of the tags benchmark: scores of answers, means over seeds, answers to be kept, and the table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchmarks._means import Row, mean_row
from benchmarks._processes import WouldNotFit, in_own_process
from benchmarks._tags_data import Tagged, Words
from benchmarks._tags_methods import MOST_WORDS, ON_MAPS, Answer, job
from plugins.tag_scores import tag_score

Answers: TypeAlias = dict[str, NDArray[Any]]

ON_POOLED: Final = "rules of strict mode on the vectors given, which are no whole maps of VGG16"
FIRST: Final = ("method", "variant", "photos", "tags", "clusters", "dead")
SCORES: Final = ("p_at_1", "p_at_3", "p_at_5", "r_at_5", "macro_recall", "coverage")


def rows_of(sets: Sequence[tuple[Tagged, int]], methods: Sequence[str]) -> tuple[list[Row], Answers]:
    """Return rows for each method, the means over sets, and its answers to the first set.

    Args:
        sets: photos, and the seed of folds and method for them.
        methods: names of rows.
    """
    rows: list[Row] = []
    found: Answers = {}
    for name in methods:
        try:
            answers = in_own_process(job(name), sets, (ValueError,))
        except WouldNotFit as error:
            rows.append({"method": name, "variant": "held_out", "skipped": str(error)})
            continue
        each = [variants(photos, answer, name) for (photos, _), answer in zip(sets, answers, strict=True)]
        for variant in each[0]:
            of_sets = [one[variant] for one in each]
            rows.append({"method": name, "variant": variant, **(mean_row(of_sets) if len(sets) > 1 else of_sets[0])})
        found |= kept(name, answers[0])
    return rows, found


def variants(photos: Tagged, answer: Answer, name: str) -> Mapping[str, Row]:
    """Return the rows of one answer: of photos that the user tagged, and of the others if it is known what they show.

    Both were held out: what was learned is of other folds, and of tags that the user put on photos there.
    """
    told = {"held_out": photos.tags}
    if photos.truth is not None:
        others = zip(photos.tags, photos.truth, strict=True)
        told["untagged"] = tuple(frozenset() if tags else true for tags, true in others)
    note = {"note": ON_POOLED} if name in ON_MAPS and photos.maps is None else {}
    return {variant: {**row_of(truth, answer), **note} for variant, truth in told.items() if any(truth)}


def row_of(truth: Words, answer: Answer) -> Row:
    """Return the row of one answer, scored by the photos that have any true word."""
    score = tag_score(truth, [[one.tag for one in words] for words in answer.words])
    return {
        "photos": sum(map(bool, truth)),
        "tags": len(frozenset().union(*truth)),
        **score._asdict(),
        "ms_per_photo": answer.ms_per_photo,
        "seconds": answer.seconds,
        **({} if answer.clusters is None else {"clusters": answer.clusters, "dead": answer.dead}),
        "peak_mb": answer.peak_mb,
    }


def kept(name: str, answer: Answer) -> Answers:
    """Return the words and scores of each photo, shape (n, 5), in the order of the input; "" and 0 where there is none.

    Names: that of the method for words, and `…_scores`.
    """
    n = len(answer.words)
    longest = max((len(one.tag) for words in answer.words for one in words), default=1)
    words, scores = np.zeros((n, MOST_WORDS), dtype=f"U{longest}"), np.zeros((n, MOST_WORDS), dtype=np.float32)
    for row, said in enumerate(answer.words):
        for place, one in enumerate(said):
            words[row, place], scores[row, place] = one.tag, one.score
    return {name: words, f"{name}_scores": scores}


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table: mean ± standard deviation where there are several seeds."""
    keys = list(dict.fromkeys(key for row in rows for key in row if not key.endswith("_sd") and key != "seeds"))
    first = [key for key in (*FIRST, *SCORES) if key in keys]
    keys = [*first, *(key for key in keys if key not in first)]
    lines = [keys, ["---"] * len(keys), *([_cell(row, key) for key in keys] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(row: Row, key: str) -> str:
    value = row.get(key)
    if not isinstance(value, float):
        return "" if value is None else str(value)
    if math.isnan(value):
        return ""
    digits = 4 if key in SCORES else 2 if key in {"ms_per_photo", "seconds", "cpu_seconds"} else 0
    spread = row.get(f"{key}_sd")
    return f"{value:.{digits}f}" + (f" ± {spread:.{digits}f}" if spread and digits == 4 else "")
