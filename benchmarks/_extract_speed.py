"""Rows of speed: both sides over the same files, in turn, and where the time goes."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np

from benchmarks._extract_quality import picture_vectors
from benchmarks._given_weights import GivenWeights
from benchmarks._sides import Answers, Hosted, Row, Run

SPEED, PROFILE = "speed", "profile"

TOTALS: Final = {
    "forward passes": "forward_ms",
    "all else, and waiting": "other_ms",
    "wall time": "wall_ms",
    "wall time without a forward pass": "idle_ms",
}
"""The last lines of the profile, and where a row holds them."""


def speed_rows(
    sides: Mapping[str, Hosted], files: Sequence[Path], repeats: int, given: GivenWeights
) -> tuple[list[Row], Answers]:
    """Measure faces with `facenet` and VGG16 vectors of all files; the first pass of each side is not counted.

    The sides take turns and change who is first: A B, B A, A B, … `photos_per_s` and `seconds` are medians over the
    repeats, with the slowest and fastest beside them; `ratio` is the median of the ratios of each repeat, and skipped
    where the sides did not fail on the same files.
    """
    warm = {name: side.run(files, "facenet", pictures=True) for name, side in sides.items()}
    runs: dict[str, list[Run]] = {name: [] for name in sides}
    for repeat in range(repeats):
        order = list(sides) if repeat % 2 == 0 else list(sides)[::-1]
        for name in order:
            runs[name].append(sides[name].run(files, "facenet", pictures=True))
            print(f"repeat {repeat + 1} of {repeats}: {name} {runs[name][-1].seconds:.1f} s", file=sys.stderr)
    rows = [_speed(name, runs[name], side.peak_mb()) for name, side in sides.items()]
    for row in rows:
        row |= {"facenet": given.words("facenet"), "vgg16": given.words("vgg16")}
    rows.append(_ratio(runs["ours"], runs["plain"]))
    rows += [_profile(name, runs[name]) for name in sides]
    return rows, _answers(files, warm)


def _speed(name: str, runs: Sequence[Run], peak_mb: float) -> Row:
    n = len(runs[0].seen)
    seconds = [run.seconds for run in runs]
    return {
        "method": name,
        "variant": SPEED,
        "photos": n,
        "faces": sum(len(seen.boxes) for seen in runs[0].seen),
        "repeats": len(runs),
        "photos_per_s": n / median(seconds),
        "photos_per_s_min": n / max(seconds),
        "photos_per_s_max": n / min(seconds),
        "seconds": median(seconds),
        "seconds_each": seconds,
        "forward_share": median(run.forward_s / (run.seconds * run.workers) for run in runs),
        "idle_share": median(run.idle_s / run.seconds for run in runs),
        "workers": runs[0].workers,
        "peak_mb": peak_mb,
        **runs[0].failures(),
    }


def _ratio(ours: Sequence[Run], plain: Sequence[Run]) -> Row:
    row: Row = {"method": "ours_over_plain", "variant": SPEED}
    if differing := ours[0].failed() ^ plain[0].failed():  # a side that leaves work undone is no faster for it
        return row | {"skipped": f"{len(differing)} files failed on one side only: see the failures of the rows above"}
    ratios = [slow.seconds / quick.seconds for quick, slow in zip(ours, plain, strict=True)]
    spread = {"ratio_min": min(ratios), "ratio_max": max(ratios), "ratio_each": ratios}
    return row | {"repeats": len(ratios), "ratio": median(ratios), **spread}


def _profile(name: str, runs: Sequence[Run]) -> Row:
    """Return milliseconds of work by stage and photo, summed over workers, and of wall time; medians over repeats.

    `forward_ms` and `other_ms` share out the wall time × workers; in `idle_ms` of the wall time no network ran.
    """
    per_photo = 1_000 / len(runs[0].seen)
    stages = {stage: median(run.stages_s.get(stage, 0.0) for run in runs) * per_photo for stage in runs[0].stages_s}
    wall = median(run.seconds for run in runs) * per_photo
    forward = median(run.forward_s for run in runs) * per_photo
    return {
        "method": name,
        "variant": PROFILE,
        "wall_ms": wall,
        "stages_ms": stages,
        "forward_ms": forward,
        "other_ms": wall * runs[0].workers - forward,
        "idle_ms": median(run.idle_s for run in runs) * per_photo,
    }


def profile_table(rows: Sequence[Row]) -> str:
    """Return the rows of `PROFILE` as a Markdown table: one line a stage, the longest first, one column a side."""
    profiles = {row["method"]: row for row in rows if row["variant"] == PROFILE}
    if not profiles:
        return ""
    longest = {
        stage: max(row["stages_ms"].get(stage, 0.0) for row in profiles.values())
        for row in profiles.values()
        for stage in row["stages_ms"]
    }
    lines = [["ms a photo", *profiles], ["---"] * (1 + len(profiles))]
    for stage in sorted(longest, key=lambda stage: -longest[stage]):
        cells = [row["stages_ms"].get(stage) for row in profiles.values()]
        lines.append([stage, *("" if ms is None else f"{ms:.2f}" for ms in cells)])
    for words, key in TOTALS.items():
        lines.append([words, *(f"{row[key]:.2f}" for row in profiles.values())])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _answers(files: Sequence[Path], runs: Mapping[str, Run]) -> Answers:
    answers: Answers = {"speed_files": np.array([str(path) for path in files], dtype=np.str_)}
    for name, run in runs.items():
        answers[f"speed_{name}_faces"] = np.array([len(seen.boxes) for seen in run.seen], dtype=np.int64)
        answers[f"speed_{name}_vgg16"] = picture_vectors(run.seen)
        answers[f"speed_{name}_failed"] = np.array([seen.failed for seen in run.seen], dtype=np.str_)
    return answers
