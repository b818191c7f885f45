"""Measure our extraction of faces and VGG16 vectors against the plain loop, for speed and for quality.

    python -m benchmarks.extract --folder DIR [--json] [--out FILE.npz] [--profile]
    python -m benchmarks.extract --make-groups DIR --photos 60

The plain loop is what a user writes: each picture opened with PIL, upright, RGB, shrunk to 1280 px; facenet-pytorch's
`MTCNN(keep_all=True, min_face_size=20)`; InceptionResnetV1 on its crops; VGG16 up to block5_conv3 on 224 × 224 px;
batch 1, float32, torch's own threads. Ours is `plugins.features.pipeline`. Both have the same weights, in a process of
their own each, and take turns; weights that cannot be found are random on both sides alike, and said to be so.

Variants of rows: `matrix_product_…` and `vgg16_alone` (the machine), `speed` and `profile` (--folder), `lfw_dev`,
`pairs_facenet`, `pairs_dlib_face` (--lfw), `groups` (pictures composed of --lfw and --caltech), `groups_plain` (of
--lfw on plain textures), `caltech101_dev` and `nearest_centre` (--caltech). Faces of `lfw_dev` count as found where a
box covers the middle of the picture, those of groups where boxes overlap by 0.3; `found_alone` are those that the other
side missed, `over_other` is the recall above the other side's; both recalls with the limits of 95 % confidence. For
dlib the plain side is dlib's five points and descriptor in the box that MTCNN found; `ours_on_plain_crops` is our
InceptionResnetV1 on the crops of the plain loop, as ours are aligned and cut otherwise. `nearest_centre` is the share
of pictures that VGG16 in int8 and bfloat16 puts to the same centre of k-means as in float32, mean and least of 5 seeds,
for the pictures that the centres were made of (`stock`) and for others (`new`). `forward_share` is the time in networks
over wall time × workers, `idle_share` the share of wall time in which no network runs; memory is the sum over a side's
processes. In the profile stages of ours lie in each other: `networks` holds all but `fetch` and `decode`, `detect` the
three networks of MTCNN.

Give --folder 60 photos or more: our networks run in two formats for their first 32 pictures or faces, which has to
happen in the pass that does not count.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks._extract_quality import group_rows, labelled, picture_rows, portrait_rows
from benchmarks._extract_speed import PROFILE, profile_table, speed_rows
from benchmarks._given_weights import GivenWeights, given_weights
from benchmarks._groups import Recipe, make_groups, typical
from benchmarks._machine import machine, machine_rows
from benchmarks._number_formats import FEWEST, FORMATS, OneFormat, format_rows
from benchmarks._number_formats import VARIANT as NEAREST_CENTRE
from benchmarks._our_pipeline import OurNetworkOnPlainCrops, OurPipeline
from benchmarks._plain_loop import PlainLoop
from benchmarks._sides import Answers, Hosted, Row

SHARED: Final = Path(os.environ.get("ALBUMEN_SHARED", Path(__file__).resolve().parents[2] / "shared")) / "data"
LFW, CALTECH = SHARED / "faces" / "lfw_dev", SHARED / "tags" / "caltech101_dev"
SUFFIXES: Final = frozenset((".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".tif", ".tiff"))
FOUR_DIGITS: Final = (
    *("face_recall", "face_recall_low", "face_recall_high", "over_other", "over_other_low", "over_other_high", "auc"),
    *("tpr_at_fpr_0_001", "p_at_1", "cosine_to_plain", "cosine_to_plain_min"),
    *("stock", "stock_min", "new", "new_min", "cosine_to_float32", "cosine_to_float32_min"),
)


def photos_in(folder: Path, most: int | None) -> list[Path]:
    """Return the pictures below a folder, sorted by path."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())[:most]


def make_library(folder: Path, n: int, lfw: Path, caltech: Path, seed: int) -> str:
    """Write pictures of typical sizes with typical numbers of faces; say what was written."""
    groups = make_groups(folder, n, pictures_of(lfw), pictures_of(caltech), seed, typical(n))
    return f"{n} photos with {sum(len(group.boxes) for group in groups)} faces in {folder}"


def pictures_of(folder: Path) -> list[Path]:
    """Return the pictures of a folder with one folder a label; none where it is not there."""
    return labelled(folder, None, 0)[0] if folder.is_dir() else []


def bench(args: argparse.Namespace) -> tuple[list[Row], Answers]:
    """Run all that the data at hand allow; what they do not is a row with `skipped`."""
    rows: list[Row] = []
    answers: Answers = {}
    with ExitStack() as stack:
        temp = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="albumen-extract-")))
        given = given_weights(args.seed, temp)
        rows += machine_alone(given, args)
        sides = {
            "ours": stack.enter_context(Hosted(partial(OurPipeline, given, args.threads))),
            "plain": stack.enter_context(Hosted(partial(PlainLoop, given, args.threads))),
        }
        for part in (speed, portraits, groups, pictures):
            more, found = part(sides, given, args, temp)
            rows += more
            answers |= found
    return rows, answers


def machine_alone(given: GivenWeights, args: argparse.Namespace) -> list[Row]:
    """Measure the machine in a process that ends before the sides begin."""
    if not args.matrix:
        return [skipped("machine", "--matrix 0")]
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
        return alone.submit(machine_rows, given, args.matrix, args.repeats, args.threads).result()


def speed(
    sides: Mapping[str, Hosted], given: GivenWeights, args: argparse.Namespace, _: Path
) -> tuple[list[Row], Answers]:
    """Measure speed on the user's folder."""
    files = photos_in(args.folder, args.photos) if args.folder else []
    if not files:
        return [skipped("speed", f"no pictures in {args.folder}" if args.folder else "no --folder was given")], {}
    return speed_rows(sides, files, args.repeats, given)


def portraits(
    sides: Mapping[str, Hosted], given: GivenWeights, args: argparse.Namespace, _: Path
) -> tuple[list[Row], Answers]:
    """Score faces and embedders on portraits."""
    if not pictures_of(args.lfw):
        reason = f"no <person>/*.jpg in {args.lfw}: name a folder with --lfw"
        return [skipped(variant, reason) for variant in ("lfw_dev", "pairs_facenet", "pairs_dlib_face")], {}
    with Hosted(partial(OurNetworkOnPlainCrops, given, args.threads)) as check:
        return portrait_rows(sides, check, *labelled(args.lfw, args.most, args.seed), given, args.seed)


def groups(
    sides: Mapping[str, Hosted], _: GivenWeights, args: argparse.Namespace, temp: Path
) -> tuple[list[Row], Answers]:
    """Score faces on group pictures made of the portraits, with walls of real pictures and with plain ones."""
    people = pictures_of(args.lfw)
    if not people or not args.groups:
        return [skipped("groups", f"no portraits in {args.lfw}" if not people else "--groups 0")], {}
    rows: list[Row] = []
    answers: Answers = {}
    recipe = Recipe(faces=(args.faces_per_group,))
    for variant, walls in (("groups", pictures_of(args.caltech)), ("groups_plain", [])):
        made = make_groups(temp / variant, args.groups, people, walls, args.seed, recipe)
        more, found = group_rows(sides, temp / variant, made, variant)
        rows += more
        answers |= found
    return rows, answers


def pictures(
    sides: Mapping[str, Hosted], given: GivenWeights, args: argparse.Namespace, _: Path
) -> tuple[list[Row], Answers]:
    """Score VGG16's vectors on pictures of known kinds."""
    if not pictures_of(args.caltech):
        return [skipped("caltech101_dev", f"no <class>/*.jpg in {args.caltech}: name a folder with --caltech")], {}
    files, kinds = labelled(args.caltech, args.most, args.seed)
    rows, answers = picture_rows(sides, files, kinds, given)
    if len(files) < FEWEST:
        return [*rows, skipped(NEAREST_CENTRE, f"fewer than {FEWEST} pictures in {args.caltech}")], answers
    with ExitStack() as stack:
        formats = {name: stack.enter_context(Hosted(partial(OneFormat, given, args.threads, name))) for name in FORMATS}
        more, found = format_rows(formats, files, args.seed)
    return rows + more, answers | found


def skipped(variant: str, reason: str) -> Row:
    """Return the row of what cannot be measured here."""
    return {"method": "all", "variant": variant, "skipped": reason}


def tables(rows: Sequence[Row], profile: bool) -> str:
    """Return a Markdown table for each variant; the profile only if asked."""
    shown = [row for row in rows if row["variant"] != PROFILE]
    parts = [f"{name}\n\n{table(list(some))}" for name, some in groupby(shown, key=lambda row: str(row["variant"]))]
    return "\n\n".join(parts + ([f"{PROFILE}\n\n{profile_table(rows)}"] if profile else []))


def table(rows: Sequence[Row]) -> str:
    """Return rows of one variant as a Markdown table; lists are left to --json."""
    keys = [key for key in dict.fromkeys(key for row in rows for key in row) if key != "variant"]
    keys = [key for key in keys if not any(isinstance(row.get(key), list) for row in rows)]
    lines = [keys, ["---"] * len(keys), *([_cell(row.get(key), key) for key in keys] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: object, key: str) -> str:
    if value is None:
        return ""
    return f"{value:.{4 if key in FOUR_DIGITS else 2}f}" if isinstance(value, float) else str(value)


def parsed(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="pictures to measure the speed on, with folders below")
    parser.add_argument("--make-groups", type=Path, metavar="DIR", help="only write --photos pictures into DIR")
    parser.add_argument("--photos", type=int, help="at most so many of --folder (default all); so many to make (60)")
    parser.add_argument("--repeats", type=int, default=5, help="counted passes of each side (default 5)")
    parser.add_argument("--seed", type=int, default=0, help="of all that is drawn by lot (default 0)")
    parser.add_argument("--lfw", type=Path, default=LFW, metavar="DIR", help="<person>/*.jpg, one face in the middle")
    parser.add_argument("--caltech", type=Path, default=CALTECH, metavar="DIR", help="<class>/*.jpg, without faces")
    parser.add_argument("--most", type=int, metavar="N", help="about so many of --lfw and of --caltech (default all)")
    parser.add_argument("--groups", type=int, default=60, metavar="N", help="group pictures to score (default 60)")
    parser.add_argument("--faces-per-group", type=int, default=10, metavar="N", help="faces in each (default 10)")
    parser.add_argument("--threads", type=int, help="torch's threads on both sides (default: torch's own choice)")
    parser.add_argument(
        "--matrix", type=int, default=4096, metavar="N", help="side of the matrices multiplied; 0: none"
    )
    parser.add_argument("--profile", action="store_true", help="also print where each millisecond goes")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--out", type=Path, metavar="FILE.npz", help="write the answers of both sides")
    args = parser.parse_args(argv)
    if args.folder and not args.folder.is_dir():
        parser.error(f"{args.folder} is not a folder")
    if args.repeats < 1:
        parser.error("--repeats must be 1 or more")
    return args


def main(argv: Sequence[str] | None = None) -> int:
    """Measure what the command line asks for; print tables, or one JSON object."""
    args = parsed(argv)
    if args.make_groups:
        print(make_library(args.make_groups, args.photos or 60, args.lfw, args.caltech, args.seed))
        return 0
    rows, answers = bench(args)
    if args.out is not None:
        with args.out.open("wb") as target:
            np.savez_compressed(target, allow_pickle=False, **answers)
    data = f"speed on {args.folder}; quality on {args.lfw.name} and {args.caltech.name}; seed {args.seed}"
    if args.json:
        print(json.dumps({"data": data, "machine": machine(), "rows": rows}))
    else:
        print(f"{data}\n{machine()}\n\n{tables(rows, args.profile)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
