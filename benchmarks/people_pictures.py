"""Draw the pictures of docs/people.md: similarities, scores over size, and examples of suggestions.

    python -m benchmarks.people_pictures --similarity FILE.npz --out DIR
    python -m benchmarks.people --scale 500,1000,2000,4000,8000,16000 --json > rows.json
    python -m benchmarks.people_pictures --rows rows.json --out DIR
    python -m benchmarks.people_pictures --suggestions --out DIR
    python -m benchmarks.people_pictures --faces DIR --out DIR

`--similarity` takes vectors and labels of `dlib_face`, and draws simulated galleries beside them. `--suggestions` are
of a simulated gallery: a tile is a face, its colour and number who it really is. `--faces` draws the same from pictures
(<person>/*.jpg, or *.jpg of people unknown) with their faces; it writes nowhere inside the project.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks import _people_data as data
from benchmarks._drawing import COLOURS, Axis, Chart, Sheet, legend
from benchmarks._means import Row
from benchmarks._people_suggestions import drawn_suggestions, of_pictures, of_simulation
from plugins.features.dlib_face import Plugin as DlibFace
from plugins.people import Floats, IntArray
from plugins.people._neighbours import unit

ROOT: Final = Path(__file__).resolve().parents[1]
PAIRS: Final = 400_000
BINS: Final = 80


def similarities(faces: data.Faces) -> tuple[Floats, Floats]:
    """Return the cosines of random pairs of strangers, and of all or some pairs of one person."""
    units, draw = unit(faces.vectors), np.random.default_rng(0)
    one, other = draw.integers(len(units), size=(2, PAIRS))
    apart = faces.label[one] != faces.label[other]
    first, second = _pairs_of_one(faces.label)
    some = draw.permutation(len(first))[:PAIRS]
    return _cosines(units, one[apart], other[apart]), _cosines(units, first[some], second[some])


def _pairs_of_one(label: IntArray) -> tuple[IntArray, IntArray]:
    first, second = [], []
    for person in np.unique(label):
        members = np.flatnonzero(label == person)[:300]
        a, b = np.triu_indices(len(members), 1)
        first.append(members[a])
        second.append(members[b])
    return np.concatenate(first), np.concatenate(second)


def _cosines(units: Floats, one: IntArray, other: IntArray) -> Floats:
    parts = [np.einsum("nd,nd->n", units[one[i : i + 20_000]], units[other[i : i + 20_000]])
             for i in range(0, len(one), 20_000)]  # fmt: skip
    return np.concatenate(parts)


def draw_similarity(npz: Path, out: Path) -> None:
    """Draw histograms of cosines with the calibrated thresholds, of real and of simulated faces."""
    sets = {
        "dlib_face on LFW": (data.read_npz(npz, DlibFace.threshold), Axis("cosine", 0.65, 1, (0.7, 0.8, 0.9, 1))),
        "simulated, moderate": (data.simulated(20, "moderate"), Axis("cosine", -0.2, 1, (0, 0.5, 1))),
        "simulated, very hard": (data.simulated(20, "very-hard"), Axis("cosine", -0.2, 1, (0, 0.5, 1))),
    }
    sheet = Sheet(960, 330)
    for number, (title, (faces, across)) in enumerate(sets.items()):
        strangers, same = similarities(faces)
        chart = Chart(sheet, 30 + 318 * number, 50, 270, 190, across, Axis("", 0, 1.05, ()))
        chart.frame(title)
        edges = np.linspace(across.low, across.high, BINS + 1)
        for cosines, colour, pale in ((strangers, COLOURS[6], "#dddddd"), (same, COLOURS[0], "#b5d6ea")):
            heights = np.histogram(cosines, edges)[0] / max(1, np.histogram(cosines, edges)[0].max())
            chart.histogram(edges.tolist(), heights.tolist(), colour, pale)
        threshold = faces.context.threshold
        chart.upright(threshold, COLOURS[1])
        passed = f"{(strangers >= threshold).mean():.2%} of strangers, {(same >= threshold).mean():.0%} of pairs"
        sheet.text((chart.left, 286), f"above {threshold:.3f}: {passed}", 12)
    legend(sheet, (30, 315), [("pairs of strangers", COLOURS[6])])
    legend(sheet, (200, 315), [("pairs of one person", COLOURS[0])])
    legend(sheet, (370, 315), [("threshold: one pair of strangers in 1,000 as calibrated", COLOURS[1])])
    sheet.finished().save(out / "people-similarity.png", optimize=True)


def draw_rows(rows: Sequence[Row], out: Path) -> None:
    """Draw BCubed F, seconds and memory over the number of faces."""
    measured = [row for row in rows if "skipped" not in row]
    names = list(dict.fromkeys(str(row["method"]) for row in measured))
    sizes = [float(row["faces"]) for row in measured]
    across = Axis("faces", min(sizes) / 1.1, max(sizes) * 1.1, _tens(min(sizes), max(sizes)), log=True)
    sheet = Sheet(960, 330)
    for number, (key, title, up) in enumerate(_axes(measured)):
        chart = Chart(sheet, 45 + 312 * number, 45, 250, 190, across, up)
        chart.frame(title)
        for name, colour in zip(names, COLOURS, strict=False):
            points = sorted((float(row["faces"]), float(row[key])) for row in measured if row["method"] == name)
            chart.curve(points, colour)
    for number, (name, colour) in enumerate(zip(names, COLOURS, strict=False)):
        legend(sheet, (45 + 230 * (number % 4), 290 + 20 * (number // 4)), [(name, colour)])
    sheet.finished().save(out / "people-size.png", optimize=True)


def _axes(rows: Sequence[Row]) -> list[tuple[str, str, Axis]]:
    found = [("bcubed_f", "BCubed F", Axis("", 0, 1, (0, 0.25, 0.5, 0.75, 1)))]
    for key, title in (("seconds", "seconds"), ("peak_mb", "peak memory, MB")):
        values = [max(float(row[key]), 0.1) for row in rows]
        low, high = min(values) / 1.2, max(values) * 1.2
        found.append((key, title, Axis("", low, high, _tens(low, high), log=True)))
    return found


def _tens(low: float, high: float) -> list[float]:
    """Return the powers of ten in a range; where there are less than two, also twice and five times them."""
    powers = [10.0**e for e in range(-2, 8)]
    tens = [ten for ten in powers if low <= ten <= high]
    return tens if len(tens) > 1 else [ten * k for ten in powers for k in (1, 2, 5) if low <= ten * k <= high]


def parsed(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--similarity", type=Path, metavar="FILE.npz", help="vectors of dlib_face, with labels")
    what.add_argument(
        "--rows", type=Path, metavar="FILE.json", help="what `benchmarks.people --scale … --json` printed"
    )
    what.add_argument("--suggestions", action="store_true", help="examples from a simulated gallery")
    what.add_argument("--faces", type=Path, metavar="DIR", help="examples from pictures; --out outside the project")
    parser.add_argument("--seed", type=int, default=20, help="of the simulated gallery (default 20)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the pictures are written")
    args = parser.parse_args(argv)
    if not args.out.is_dir():
        parser.error(f"{args.out} is not a folder")
    if args.faces and args.out.resolve().is_relative_to(ROOT):
        parser.error(f"pictures of people do not belong into the project: name an --out outside of {ROOT}")
    return args


def main(argv: Sequence[str] | None = None) -> int:
    """Draw what the command line asks for."""
    args = parsed(argv)
    if args.similarity:
        draw_similarity(args.similarity, args.out)
    elif args.rows:
        draw_rows(json.loads(args.rows.read_text(encoding="utf-8"))["rows"], args.out)
    elif args.suggestions:
        drawn_suggestions(of_simulation(args.seed)).save(args.out / "people-suggestions.png", optimize=True)
    else:
        drawn_suggestions(of_pictures(args.faces)).save(args.out / f"people-{args.faces.name}.png", optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
