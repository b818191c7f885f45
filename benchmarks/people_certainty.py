"""How many faces join a named person by themselves, and how many of these are right, on people not calibrated by.

Half of the people with four faces or more are known, half of each one's faces are named; all other faces are nobody's.
`shipped` takes the weights as they are; `own` lets the names of half of these people judge them, or move them where
they are not right, and counts the faces that join the other half. The groups are made by the method that is named,
which knows the names as in the product.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

import plugins
from plugins.people import Context, Floats, IntArray
from plugins.people._synthetic import gallery
from plugins.people.certainty import SHIPPED, Known, probability, scale_of, weights_by
from plugins.people.labelling import ASKED_FROM


def named_half(labels: IntArray, seed: int) -> tuple[IntArray, IntArray]:
    """Return who of the known people each face is, -1 for a stranger, and the same with half of the faces unnamed."""
    rng = np.random.default_rng(seed)
    ids, counts = np.unique(labels, return_counts=True)
    known = rng.permutation(ids[counts >= 4])[::2]
    truth = np.full(len(labels), -1)
    person = truth.copy()
    for number, label in enumerate(known.tolist()):
        theirs = rng.permutation(np.flatnonzero(labels == label))
        truth[theirs] = number
        person[theirs[: len(theirs) // 2]] = number
    return truth, person


def rows(
    vectors: Floats, labels: IntArray, context: Context, method: str, precision: float, seed: int
) -> list[dict[str, object]]:
    """Return the two rows of one gallery."""
    truth, person = named_half(labels, seed)
    units = np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)
    told = Context.of(
        len(units), photo=context.photo, quality=context.quality, person=person, threshold=context.threshold
    )
    cluster = plugins.load("people", method)().cluster(units, told).cluster
    known = Known(units, person, cluster, scale_of(units, cluster, told.photo, told.threshold))
    free = np.flatnonzero(person < 0)
    seen = known.likeness(free)
    everybody = np.arange(int(person.max()) + 1)
    taught = weights_by(known, np.flatnonzero(np.isin(person, everybody[::2])))
    made = []
    for name, weights, judged in (("shipped", np.array(SHIPPED), everybody), ("own", taught, everybody[1::2])):
        sure, of_judged = probability(seen, weights), np.isin(seen.person, judged)
        right, theirs = seen.person == truth[free], np.isin(truth[free], judged).sum()
        joins, asked = of_judged & (sure >= precision), of_judged & (sure >= ASKED_FROM) & (sure < precision)
        made.append(
            {
                "method": name,
                "joined": int(joins.sum()),
                "precision": round(float(right[joins].mean()), 4) if joins.any() else None,
                "recall": round(float(right[joins].sum() / theirs), 4),
                "asked": int(asked.sum()),
                "asked_right": round(float(right[asked].mean()), 4) if asked.any() else None,
            }
        )
    return made


def main() -> None:
    """Read the command line and print the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--npz", type=Path, help="vectors (n, d) and labels (n,)")
    parser.add_argument(
        "--threshold", type=float, default=float("nan"), help="cosine of one pair of strangers in 1,000"
    )
    parser.add_argument("--synthetic", help="setting of the simulated galleries")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=51)
    parser.add_argument("--method", default="affinity_gcn")
    parser.add_argument("--precision", type=float, default=0.99)
    given = parser.parse_args()
    for seed in range(given.first_seed, given.first_seed + given.seeds):
        if given.npz is not None:
            with np.load(given.npz, allow_pickle=False) as data:
                vectors, labels = data["vectors"].astype(np.float32), data["labels"].astype(np.int64)
            context = Context.of(len(labels), threshold=given.threshold)
        else:
            drawn = gallery(seed, given.synthetic or "moderate")
            vectors, labels, context = drawn.vectors, drawn.labels, drawn.context()
        for row in rows(vectors, labels, context, given.method, given.precision, seed):
            print(json.dumps({"data": given.synthetic or str(given.npz and given.npz.name), "seed": seed, **row}))


if __name__ == "__main__":
    main()
