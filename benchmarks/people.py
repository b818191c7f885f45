"""Score people methods beside their baselines on face vectors with known people.

    python -m benchmarks.people --npz FILE [--embedder dlib_face | --threshold 0.928] [--min-faces 5] [--tuned]
    python -m benchmarks.people --synthetic moderate|hard|very-hard|large|all --seeds 8 [--seed 20]
    python -m benchmarks.people --lfw DIR [--embedder dlib_face]
    python -m benchmarks.people --pictures DIR
    python -m benchmarks.people --scale 10000,50000 [--faces-a-person 120]
    python -m benchmarks.people --beside 2000,8000,20000 --seeds 5
    python -m benchmarks.people --incremental 100,50000
    python -m benchmarks.people --npz FILE --purify        (or --synthetic … --purify)

The file holds arrays `vectors` (n, d), `labels` int (n,), and perhaps `photo` (numbers or names), `quality` (0 to 1)
and `taken_at` (seconds since 1970 UTC), (n,) each; a label below 0 is somebody unknown, grouped and not scored. The
threshold is the cosine that one pair of strangers in 1,000 reaches: as stated by `--embedder` or `--threshold`, else
each method estimates it from the vectors. Simulated galleries come with theirs, measured on other people.
`--lfw` takes all faces of <person>/*.jpg, of which the one in the middle is the person; `--pictures` groups pictures
<kind>/*.jpg by what they show, by VGG16.

Each method runs in a process of its own, one after another; `peak_mb` is that of the whole process with interpreter
and input, `seconds` are of grouping alone. No row uses the labels but those that say so: `kmeans_true_k` knows how many
people there are (each face of nobody known is one more), `…_tuned` have the best of 32 thresholds.

`--beside` has ours, `hdbscan`, scikit-learn's DBSCAN and AgglomerativeClustering (average linkage, cosines) and
`knn_components` (what faiss finds nearest, above the threshold) group the same galleries: `times_ours` is how many
times the seconds of `affinity_gcn` each takes. No threshold is chosen with the truth: it is that of the embedder.

`--incremental` puts new faces to people that are known (the true ones) without grouping anything anew.

`--purify` has patent 001 look through groups that were mixed on purpose: `components` of the graph of nearest faces and
average `linkage`, one standard deviation of strangers below the threshold; `planted`: true people, half of them with
faces of the person who is most like them. `node_auc` is how well its confidence tells, in mixed groups, the most
frequent person from the others; `…_before` are the scores of the groups that it was given.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import zipfile
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

import plugins
from benchmarks import _people_data as data
from benchmarks._means import Row
from benchmarks._people_beside import METHODS as BESIDE
from benchmarks._people_beside import rows_beside
from benchmarks._people_methods import METHODS, ON_PICTURES, chosen
from benchmarks._people_purify import GROUPS, rows_of_purifying
from benchmarks._people_rows import Answers, rows_of_one, rows_of_seeds, table
from benchmarks._people_scale import METHODS as AT_SCALE
from benchmarks._people_scale import rows_of_joining, rows_of_scale


def bench(args: argparse.Namespace) -> tuple[str, list[Row], Answers]:
    """Run what the command line asks for; say on what."""
    if args.synthetic:
        settings = data.SETTING_NAMES if args.synthetic == "all" else (args.synthetic,)
        seeds = range(args.seed, args.seed + args.seeds)
        sets = {setting: [narrowed(data.simulated(seed, setting), args) for seed in seeds] for setting in settings}
        text = f"simulated galleries {', '.join(settings)}, seeds {seeds[0]} to {seeds[-1]}"
        rows = (
            rows_of_purifying(sets, args.purify)
            if args.purify
            else rows_of_seeds(sets, chosen(args.methods, args.tuned, args.ablate))
        )
        return text, rows, {}
    if args.incremental:
        new, known = args.incremental
        return f"{new} new faces and {known} known ones, simulated", rows_of_joining(new, known), {}
    if args.beside:
        text = f"simulated galleries of {', '.join(map(str, args.beside))} faces, {args.seeds} of each size"
        return text, rows_beside(args.beside, range(args.seed, args.seed + args.seeds), args.methods or BESIDE), {}
    if args.scale:
        text = f"simulated galleries of {', '.join(map(str, args.scale))} faces"
        return text, rows_of_scale(args.scale, tuple(args.methods) or AT_SCALE, args.faces_a_person), {}
    folder, methods = args.npz or args.lfw or args.pictures, chosen(args.methods, args.tuned, args.ablate)
    if args.npz:
        faces = data.read_npz(args.npz, threshold_of(args))
    else:
        faces = extracted(args)
        methods = methods if args.lfw else tuple(args.methods) or ON_PICTURES
    variant = f"people_with_{args.min_faces}" if args.min_faces > 1 else "all"
    faces, text = narrowed(faces, args), f"{folder.name}, {variant}"
    if args.purify:
        return text, rows_of_purifying({variant: [faces]}, args.purify), {}
    return text, *rows_of_one(faces, variant, methods)


def extracted(args: argparse.Namespace) -> data.Faces:
    """Return what is in the pictures of a folder."""
    # torch and its networks: the processes of the methods import this module, and their memory is measured
    from benchmarks._people_extraction import from_pictures, from_portraits  # noqa: PLC0415

    if args.lfw:
        return from_portraits(args.lfw, args.embedder or "dlib_face", args.most, args.seed)
    return from_pictures(args.pictures, args.most, args.seed)


def narrowed(faces: data.Faces, args: argparse.Namespace) -> data.Faces:
    """Return the faces that `--min-faces` and `--threshold` ask for."""
    faces = faces if args.threshold is None else faces.at_threshold(args.threshold)
    return faces.of_people_with(args.min_faces) if args.min_faces > 1 else faces


def threshold_of(args: argparse.Namespace) -> float:
    """Return the threshold that the embedder states, NaN if none was named."""
    return float(plugins.load("features", args.embedder).threshold) if args.embedder else float("nan")


def parsed(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--npz", type=Path, metavar="FILE", help="face vectors with labels")
    what.add_argument("--synthetic", choices=(*data.SETTING_NAMES, "all"), help="simulated galleries of a setting")
    what.add_argument("--lfw", type=Path, metavar="DIR", help="<person>/*.jpg, the person's face in the middle")
    what.add_argument("--pictures", type=Path, metavar="DIR", help="<kind>/*.jpg, grouped by what they show")
    what.add_argument("--incremental", type=new_and_known, metavar="NEW,KNOWN", help="put new faces to known people")
    what.add_argument("--scale", type=sizes, metavar="N,N", help="seconds and memory over the number of faces")
    what.add_argument("--beside", type=sizes, metavar="N,N", help="ours and others on the same galleries, with ratios")
    parser.add_argument(
        "--purify", nargs="?", type=groups_of, const=GROUPS, default=(), metavar="A,B",
        help=f"purify groups that were mixed on purpose: {', '.join(GROUPS)} (default all)",
    )  # fmt: skip
    parser.add_argument("--embedder", choices=("dlib_face", "facenet"), help="whose threshold (and, --lfw, vectors)")
    parser.add_argument("--threshold", type=float, help="cosine that one pair of strangers in 1,000 reaches")
    parser.add_argument("--min-faces", type=int, default=1, metavar="N", help="only people with so many faces or more")
    parser.add_argument("--tuned", action="store_true", help="also baselines at their best threshold")
    parser.add_argument("--ablate", action="store_true", help="also 003 with one of its nets alone, and 001 by itself")
    parser.add_argument("--methods", type=methods_of, default=(), metavar="A,B", help="only these rows")
    parser.add_argument("--seeds", type=int, default=3, help="how many galleries of a setting (default 3)")
    parser.add_argument("--seed", type=int, default=20, help="of the first gallery (default 20)")
    parser.add_argument(
        "--faces-a-person", type=int, default=30, metavar="N", help="of --scale in the mean (default 30)"
    )
    parser.add_argument("--most", type=int, metavar="N", help="about so many pictures of a folder (default all)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--out", type=Path, metavar="FILE.npz", help="write each method's clusters, -1 for dropped faces"
    )
    args = parser.parse_args(argv)
    if args.out and (args.synthetic or args.scale or args.beside or args.incremental or args.purify):
        parser.error("--out goes with --npz, --lfw and --pictures, and not with --purify")
    if args.seeds < 1:
        parser.error("--seeds must be 1 or more")
    for folder in (args.lfw, args.pictures):
        if folder and not folder.is_dir():
            parser.error(f"{folder} is not a folder")
    return args


def methods_of(text: str) -> tuple[str, ...]:
    """Parse `--methods`."""
    return _some_of(METHODS, text)


def groups_of(text: str) -> tuple[str, ...]:
    """Parse `--purify`."""
    return _some_of(GROUPS, text)


def _some_of(known: Collection[str], text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if unknown := [name for name in names if name not in known]:
        raise argparse.ArgumentTypeError(f"there is no {', '.join(unknown)}: choose from {', '.join(known)}")
    return names


def sizes(text: str) -> tuple[int, ...]:
    """Parse `--scale`."""
    if not all(part.isdecimal() and int(part) > 1 for part in text.split(",")):
        raise argparse.ArgumentTypeError(f"{text} must be numbers of faces above 1, such as 10000,50000")
    return tuple(int(part) for part in text.split(","))


def new_and_known(text: str) -> tuple[int, int]:
    """Parse `--incremental`."""
    try:
        new, known = sizes(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} must be two numbers, such as 100,50000") from error
    return new, known


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark; print a table, or one JSON object."""
    args = parsed(argv)
    try:
        text, rows, answers = bench(args)
    except (EOFError, OSError, ValueError, zipfile.BadZipFile) as error:
        if not args.npz:
            raise
        print(f"{args.npz}: {error}", file=sys.stderr)
        return 2
    if args.out is not None:
        with args.out.open("wb") as target:
            np.savez_compressed(target, allow_pickle=False, **answers)
    machine = (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, numpy {np.__version__}"
    )
    print(json.dumps({"data": text, "machine": machine, "rows": rows}) if args.json else f"{text}\n\n{table(rows)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
