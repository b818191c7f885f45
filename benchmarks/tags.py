"""Score tag methods beside their baselines: words that users put on photos, recommended for photos held out.

    python -m benchmarks.tags --npz FILE
    python -m benchmarks.tags --pictures DIR [--most 300] [--strict-features]
    python -m benchmarks.tags --library DIR [--strict-features]
    python -m benchmarks.tags --synthetic 3000 --seed 20 --seeds 3
    python -m benchmarks.tags --fit 50000 | --fit 2000 --strict-features
    python -m benchmarks.tags --update 1000,50000

The file holds arrays `vectors` (n, d), `tags` (one JSON string: a list of n lists of words) and `group` (n,), numbers
or names of events; and perhaps `content` (n,), keys of what a picture is (without it, identical vectors are the same
picture), `post` (n,), which photos count once (without it those of one content), `taken_at` (n,), seconds since 1970
UTC, and `truth`, JSON as `tags`: what photos should have that the user did not tag.

Photos are cut into 5 folds; those of one group or one content, directly or through others, stay in one. The words of a
fold are learned from the tagged photos of the others. `--seed` draws the folds and is the seed of the method; with
`--seeds N` rows are means of N seeds, with standard deviations as `…_sd`.

Rows of variant `held_out` are scored against the tags that the user put on the held-out photos, those of `untagged`
against `truth` for the photos that the user did not tag. Scores are as `plugins/tag_scores.py` defines them: a place
without a word is a wrong one. `seconds` are of learning from four folds, `ms_per_photo` of recommending for one photo
alone with its vector at hand, `clusters` the mean over folds, `dead` the clusters of all folds that no photo of the
stock is nearest to. Each method runs in a process of its own; `peak_mb` is that of the whole process.

`--pictures` takes <class>/*.jpg, the class as the tag and each picture as its own group; `--library` a library of
make_library.py: the tags of its `user_state.json` are learned from and scored, groups are the events of `truth.json`,
and its tags are the `truth`. With `--strict-features`, or vectors of 100,352 numbers in a file, the row `strict` is of
whole VGG16 maps and all others of their means; else it has the rules of strict mode on the same vectors as the others.
`--synthetic` simulates libraries of so many photos with several tags each, one for each seed. `--fit` and `--update`
also tell `cpu_seconds`, of all threads, which other programs on the machine hardly change.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks._means import Row
from benchmarks._tags_data import Tagged, read_npz, tagged
from benchmarks._tags_methods import ALL, chosen
from benchmarks._tags_rows import Answers, rows_of, table
from benchmarks._tags_scale import rows_of_fitting, rows_of_updating

UNREADABLE: Final = (EOFError, MemoryError, OSError, ValueError, zipfile.BadZipFile, zlib.error)


class NotPhotos(Exception):
    """What was given holds no photos to score: the text says why."""


def bench(args: argparse.Namespace, work: Path) -> tuple[str, list[Row], Answers]:
    """Run what the command line asks for; say on what."""
    if args.fit:
        return f"{args.fit} simulated photos", rows_of_fitting(args.fit, args.strict_features), {}
    if args.update:
        new, known = args.update
        return f"{new} new photos and {known} known ones, simulated", rows_of_updating(new, known), {}
    seeds, methods = range(args.seed, args.seed + args.seeds), chosen(args.methods, args.ablate)
    if args.synthetic:
        text = f"simulated libraries of {args.synthetic} photos, seeds {seeds[0]} to {seeds[-1]}"
        return text, *rows_of([(simulated(args.synthetic, seed, work), seed) for seed in seeds], methods)
    photos = given(args, work)
    kind = "whole maps" if photos.maps else "vectors"
    folder = args.npz or args.pictures or args.library
    text = f"{folder.name}: {len(photos.tags)} photos, {sum(map(bool, photos.tags))} tagged, {kind}"
    return f"{text}, seeds {seeds[0]} to {seeds[-1]}", *rows_of([(photos, seed) for seed in seeds], methods)


def given(args: argparse.Namespace, work: Path) -> Tagged:
    """Return the photos of a file or folder.

    Raises:
        NotPhotos: they cannot be read, or are not what they must be.
    """
    try:
        return read_npz(args.npz, work) if args.npz else tagged(extracted(args), work)
    except (*UNREADABLE, LookupError) as error:
        raise NotPhotos(f"{args.npz or args.pictures or args.library}: {error or 'not enough memory'}") from error


def extracted(args: argparse.Namespace) -> Answers:
    """Return what is in the pictures of a folder, and write it down if that is asked for."""
    # torch and its networks: the processes of the methods import this module, and their memory is measured
    from benchmarks._tags_extraction import from_library, from_pictures  # noqa: PLC0415

    if args.library:
        arrays = from_library(args.library, args.strict_features)
    else:
        arrays = from_pictures(args.pictures, args.most, args.seed, args.strict_features)
    if args.save:
        write(args.save, arrays)
    return arrays


def simulated(n: int, seed: int, work: Path) -> Tagged:
    """Return the photos of a simulated library."""
    from plugins.tags._synthetic import library  # noqa: PLC0415

    found = library(n, seed)
    words = {name: np.array(json.dumps(said)) for name, said in (("tags", found.tags), ("truth", found.truth))}
    numbers = {"group": found.event, "post": found.burst, "taken_at": found.taken_s}
    return tagged({"vectors": found.vectors, **numbers, **words}, work)


def write(path: Path, arrays: Answers) -> None:
    """Write arrays into a file, under just the name that was given."""
    with path.open("wb") as target:
        np.savez_compressed(target, allow_pickle=False, **arrays)


def parsed(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--npz", type=Path, metavar="FILE", help="vectors with tags and groups")
    what.add_argument("--pictures", type=Path, metavar="DIR", help="<class>/*.jpg")
    what.add_argument("--library", type=Path, metavar="DIR", help="a library of make_library.py")
    what.add_argument("--synthetic", type=count, metavar="N", help="simulated libraries of N photos")
    what.add_argument("--fit", type=count, metavar="N", help="seconds and memory of learning from N photos")
    what.add_argument("--update", type=new_and_known, metavar="NEW,KNOWN", help="seconds of taking new photos in")
    parser.add_argument("--strict-features", action="store_true", help="extract, or simulate, whole VGG16 maps")
    parser.add_argument("--methods", type=methods_of, default=(), metavar="A,B", help=f"only these: {', '.join(ALL)}")
    parser.add_argument("--ablate", action="store_true", help="also methods with one of their settings changed")
    parser.add_argument("--seeds", type=count, default=1, metavar="N", help="how many seeds (default 1)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="the first seed (default 0)")
    parser.add_argument("--most", type=count, metavar="N", help="about so many pictures of a folder (default all)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--save", type=Path, metavar="FILE.npz", help="write what was extracted, to be read by --npz")
    parser.add_argument(
        "--out", type=Path, metavar="FILE.npz", help="write each method's five words for each photo, and their scores"
    )
    args = parser.parse_args(argv)
    if args.out and (args.fit or args.update or args.seeds > 1):
        parser.error("--out goes with photos that are scored, and with one seed")
    if args.save and not (args.pictures or args.library):
        parser.error("--save goes with --pictures and --library")
    if args.seed < 0:
        parser.error("--seed must be 0 or more")
    for folder in (args.pictures, args.library):
        if folder and not folder.is_dir():
            parser.error(f"{folder} is not a folder")
    return args


def methods_of(text: str) -> tuple[str, ...]:
    """Parse `--methods`."""
    names = tuple(text.split(","))
    if unknown := [name for name in names if name not in ALL]:
        raise argparse.ArgumentTypeError(f"there is no {', '.join(unknown)}: choose from {', '.join(ALL)}")
    return names


def count(text: str) -> int:
    """Parse a number above 0."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text} must be a number above 0")
    return int(text)


def new_and_known(text: str) -> tuple[int, int]:
    """Parse `--update`."""
    parts = text.split(",")
    if len(parts) != 2:
        raise argparse.ArgumentTypeError(f"{text} must be two numbers, such as 1000,50000")
    return count(parts[0]), count(parts[1])


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark; print a table, or one JSON object."""
    args = parsed(argv)
    try:
        with tempfile.TemporaryDirectory(prefix="albumen-tags-") as work:
            text, rows, answers = bench(args, Path(work))
    except NotPhotos as error:
        print(error, file=sys.stderr)
        return 2
    if args.out is not None:
        write(args.out, answers)
    machine = (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, numpy {np.__version__}"
    )
    print(json.dumps({"data": text, "machine": machine, "rows": rows}) if args.json else f"{text}\n\n{table(rows)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
