"""Measure whether the region of a tag is where its thing is: two pictures of different kinds pasted side by side.

    python -m benchmarks.tag_regions --pictures DIR [--json]

DIR holds <kind>/*.jpg. Centres are those of k-means on VGG16's vectors of four pictures in five, other pictures are
pasted. Each pasted one is asked for the region of the centre nearest to it when it stands alone. `own_half` is the
share of boxes whose middle is in its half, `inside` the share of the box that is, `overlap` shared over joint area of
the box and the pasted picture. Rows: `region`, that of any other centre (`other_cluster`), a box of the same size in a
random place (`anywhere`), the `whole_picture`; mean and spread over seeds. The constants of `plugins.tags.regions` were
tuned on every second kind by name, so only the other kinds are counted (`--tuned` counts those instead).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.cluster import KMeans

from benchmarks._extract_quality import labelled
from benchmarks._feature_scores import overlaps
from plugins.features import vgg16
from plugins.records import Box
from plugins.tags import Floats
from plugins.tags.regions import region_of

SIDE_PX: Final = 224
GREY: Final = (124, 117, 104)
WHOLE: Final[Box] = (0.0, 0.0, 1.0, 1.0)
Score: TypeAlias = tuple[float, float, float]


@dataclass(frozen=True)
class Pasted:
    """A picture in a half of another: its file's number, whether it is the right half, and where it is."""

    number: int
    is_right: bool
    box: Box


def pasted(files: Sequence[Path], pair: Sequence[int]) -> tuple[Image.Image, list[Pasted]]:
    """Return two pictures side by side in a grey square, each as large as a quarter of it at the most."""
    canvas, places = Image.new("RGB", (2 * SIDE_PX, 2 * SIDE_PX), GREY), []
    for half, number in enumerate(pair):
        with Image.open(files[number]) as image:
            small = image.convert("RGB")
        small.thumbnail((SIDE_PX, SIDE_PX))
        left, top = half * SIDE_PX + (SIDE_PX - small.width) // 2, SIDE_PX - small.height // 2
        canvas.paste(small, (left, top))
        left_s, top_s, right_s, bottom_s = (
            edge / (2 * SIDE_PX) for edge in (left, top, left + small.width, top + small.height)
        )
        places.append(Pasted(number, bool(half), (left_s, top_s, right_s, bottom_s)))
    return canvas, places


def score(box: Box, place: Pasted) -> Score:
    """Return whether a box's middle is in the right half, the share of it that is, and its overlap with the picture."""
    left, right = (0.5, 1.0) if place.is_right else (0.0, 0.5)
    inside = max(0.0, min(box[2], right) - max(box[0], left)) / (box[2] - box[0])
    middle = (box[0] + box[2]) / 2
    on_own = 0.5 if middle == 0.5 else float((middle > 0.5) == place.is_right)  # the whole picture is in no half
    return on_own, inside, float(overlaps(np.array([place.box]), np.array([box]))[0, 0])


def moved(box: Box, draw: np.random.Generator) -> Box:
    """Return a box of the same size in a random place of the picture."""
    width, height = box[2] - box[0], box[3] - box[1]
    left, top = draw.uniform(0, 1 - width), draw.uniform(0, 1 - height)
    return left, top, left + width, top + height


@dataclass(frozen=True)
class Data:
    """The pictures with their kinds and vectors, and an extractor."""

    files: Sequence[Path]
    kind: NDArray[np.int64]
    vectors: Floats
    extractor: vgg16.Plugin


def seed_scores(data: Data, n: int, k: int, seed: int, counts: Callable[[int], bool]) -> dict[str, list[Score]]:
    """Return the scores of each method on `n` pasted pairs, of the pictures whose kind counts."""
    draw = np.random.default_rng(seed)
    order = draw.permutation(len(data.files))
    others, stock = np.split(order, [max(2, len(order) // 5)])
    centres = KMeans(min(k, len(stock)), n_init=1, random_state=seed).fit(data.vectors[stock]).cluster_centers_
    directions = centres - centres.mean(axis=0)
    scores: dict[str, list[Score]] = {"region": [], "other_cluster": [], "anywhere": [], "whole_picture": []}
    for pair in _pairs(data.kind, others, n, draw):
        canvas, places = pasted(data.files, pair)
        (found,) = data.extractor.maps([canvas])
        for place in (place for place in places if counts(int(data.kind[place.number]))):
            own = int(((centres - data.vectors[place.number]) ** 2).sum(axis=1).argmin())
            other = (own + int(draw.integers(1, max(2, len(centres))))) % len(centres)
            box, box_of_other = (region_of(found, directions[one]) for one in (own, other))
            scores["whole_picture"].append(score(WHOLE, place))
            if box is not None:
                scores["region"].append(score(box, place))
                scores["anywhere"].append(score(moved(box, draw), place))
            if box_of_other is not None:
                scores["other_cluster"].append(score(box_of_other, place))
    return scores


def _pairs(
    kind: NDArray[np.int64], numbers: NDArray[np.int64], n: int, draw: np.random.Generator
) -> Iterator[list[int]]:
    """Yield pairs of pictures of different kinds; fewer where one kind has nearly all."""
    for _ in range(n):
        one, other = draw.choice(numbers, 2, replace=False).tolist()
        if kind[one] != kind[other]:
            yield [one, other]


def rows_of(data: Data, args: argparse.Namespace) -> list[dict[str, object]]:
    """Return a row a method: mean over the seeds, and half the spread from the worst seed to the best."""
    seeds = [
        seed_scores(data, args.pairs, args.centres, args.seed + n, lambda kind: (kind % 2 == 0) == args.tuned)
        for n in range(args.seeds)
    ]
    rows: list[dict[str, object]] = []
    for method in seeds[0]:
        means = np.array([np.mean(scores[method] or [(np.nan,) * 3], axis=0) for scores in seeds])
        row: dict[str, object] = {"method": method, "boxes": sum(len(scores[method]) for scores in seeds)}
        for name, each in zip(("own_half", "inside", "overlap"), means.T, strict=True):
            row |= {name: round(float(each.mean()), 4), f"{name}_spread": round(float(np.ptp(each)) / 2, 4)}
        rows.append(row)
    return rows


def parsed(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, required=True, metavar="DIR", help="<kind>/*.jpg")
    parser.add_argument("--most", type=int, metavar="N", help="about so many pictures, whole kinds (default all)")
    parser.add_argument("--pairs", type=int, default=60, metavar="N", help="pasted pairs a seed (default 60)")
    parser.add_argument("--centres", type=int, default=150, metavar="K", help="k-means centres (default 150)")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="repetitions (default 3)")
    parser.add_argument("--seed", type=int, default=0, help="of the first repetition (default 0)")
    parser.add_argument("--tuned", action="store_true", help="count the kinds that the constants were tuned on")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure what the command line asks for; print a table, or one JSON object."""
    args = parsed(argv)
    files, kind = labelled(args.pictures, args.most, args.seed)
    extractor = vgg16.Plugin()
    vectors = np.concatenate([extractor.extract([Image.open(path)]) for path in files])
    rows = rows_of(Data(files, kind, vectors, extractor), args)
    if args.json:
        print(json.dumps({"data": args.pictures.name, "pictures": len(files), "rows": rows}))
    else:
        print("\n".join(f"| {' | '.join(map(str, line))} |" for line in [[*rows[0]], *(row.values() for row in rows)]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
