"""How much a library's own names help people whom nobody named: `python -m benchmarks.training --help`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from plugins.people import Context, Floats, IntArray, affinity_gcn, confidence_gcn
from plugins.people._held_out import judge
from plugins.people._synthetic import Traits, simulate
from plugins.people.fine_tuning import Lesson, fine_tune

PEOPLE, NAMED, CONFIRMED = 60, 35, 0.9
FEWEST_FACES = 10
LIBRARY: Final = Traits(faces=1_100, people=PEOPLE, zipf=0.6)
KINDS: Final = {
    "look-alike": replace(LIBRARY, kin=0.5, families=0.9, children=0.6),
    "poor": replace(LIBRARY, weight=0.46, low=0.4),
    "dlib-like": replace(LIBRARY, dim=128, effective=30.0, common=2.0, weight=0.7),
}
"""Libraries that differ from what the shipped weights were trained on."""


@dataclass(frozen=True)
class Data:
    """Faces with the truth `who`, -1 for strangers; `named` are the people whose names are given, on `confirmed` faces.

    `judged` are the people who are scored.
    """

    vectors: Floats
    context: Context
    who: IntArray
    named: IntArray
    judged: IntArray
    confirmed: NDArray[np.bool_]


def simulated(kind: str, seed: int) -> Data:
    """Simulate a library; some of its people are named, the others are judged."""
    made = simulate(seed, KINDS[kind])
    rng = np.random.default_rng(seed)
    order = rng.permutation(PEOPLE)
    who = np.where(made.labels < PEOPLE, made.labels, -1)
    return Data(made.vectors, made.context(), who, order[:NAMED], order[NAMED:], rng.random(len(who)) < CONFIRMED)


def real(file: Path, named: int, seed: int) -> Data:
    """Read `vectors` (n, d) and `labels` (n,); some people of ten faces or more are named, all others are judged."""
    with np.load(file, allow_pickle=False) as given:
        vectors, labels = given["vectors"].astype(np.float32), given["labels"]
    who = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    large = np.flatnonzero(np.bincount(who) >= FEWEST_FACES)
    chosen = np.random.default_rng(seed).permutation(large)[:named]
    return Data(vectors, Context.of(len(who)), who, chosen, np.setdiff1d(who, chosen), np.ones(len(who), bool))


def measured(data: Data) -> tuple[Lesson, list[dict[str, object]]]:
    """Learn from the names, and score the others before and after, with and without looking again."""
    person = np.where(np.isin(data.who, data.named) & data.confirmed, data.who, -1)
    lesson = fine_tune(data.vectors, replace(data.context, person=person), "benchmark")
    rows = _rows(data, "shipped", None)
    return lesson, [*rows, *_rows(data, "learned", lesson)] if lesson.heads is not None else rows


def _rows(data: Data, name: str, lesson: Lesson | None) -> list[dict[str, object]]:
    heads = lesson.heads if lesson is not None else None
    grouping, looking = ({**heads.settings.get(m, {})} if heads else {} for m in ("affinity_gcn", "confidence_gcn"))
    for method, own in (("affinity_gcn", grouping), ("confidence_gcn", looking)):
        if heads and method in heads.heads:
            own["weights"] = heads.heads[method]
    groups = affinity_gcn.Plugin(**grouping).cluster(data.vectors, data.context).cluster
    again = confidence_gcn.Plugin(**looking).purify(data.vectors, data.context, groups).cluster
    return [_row(data, name, groups), _row(data, f"{name}_purified", again)]


def _row(data: Data, name: str, cluster: IntArray) -> dict[str, object]:
    scores = judge(cluster, data.who, data.judged)
    figures = {"bcubed_f05": scores.f, "bcubed_f": scores.bcubed.f, "pairwise_p": scores.pairwise.p}
    return {"method": name, **{metric: round(value, 4) for metric, value in figures.items()}}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what was learned and the scores as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--simulated", choices=sorted(KINDS), help="a simulated library")
    source.add_argument("--npz", type=Path, help="vectors and labels of real faces", metavar="FILE")
    parser.add_argument("--named", type=int, default=30, help="with --npz: people whose names are given")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    data = real(chosen.npz, chosen.named, chosen.seed) if chosen.npz else simulated(chosen.simulated, chosen.seed)
    lesson, rows = measured(data)
    print(json.dumps({"learned": lesson.told(), "rows": rows}, indent=2))


if __name__ == "__main__":
    main()
