"""Score cover methods beside their baselines: which photo of an album its user chose as the cover.

    python -m benchmarks.covers --npz FILE
    python -m benchmarks.covers --library DIR [DIR ...]
    python -m benchmarks.covers --synthetic --users 200 --albums 20 --seed 10000 --signals 0,100
    python -m benchmarks.covers --speed

The file has one row for each of n pictures, in any order; k candidates of all albums together, a albums, h likes. It
can be written by `np.savez`, from anything; arrays of objects are not read. What it must hold:

    taken_s     (n,)    when each was taken, seconds since 1970 UTC
    scenes      (n, d)  what each shows: vectors of any network, any length; zeros where nobody knows
    candidates  (k,)    rows of the pictures to choose from, those of all albums one after another
    album_of    (k,)    the album of each candidate, 0 to a-1
    chosen      (a,)    the cover: its place among the candidates of its album, counted from 0 in the order of the file

and what it may hold, all of it unknown where it is not given (NaN in a number: nobody knows of this picture):

    faces (m, f), face_of (m,)       vectors of faces, and the picture of each
    n_faces (n,)                     how many faces; without it those of face_of are counted
    sharpness, exposure (n,)         0 to 1
    face_share (n,)                  share of the picture's area that the largest face has
    face_quality, smile (n,)         of the best and of the largest face, 0 to 1
    favourite, video (n,)            0 or 1
    rating (n,)                      1 to 5 stars, 0 for none, -1 for rejected
    thumbnails (n, 64, 64, 3)        the whole pictures, small, RGB as uint8: for strict mode
    user (n,)                        whose picture it is, a number or name; without it all are of one user
    category (a,)                    words: trip, outing, people, home, nature, document, video
    history (h,), history_s (h,)     rows of the pictures that were liked, and when they were, seconds since 1970 UTC

All pictures of a user say what is usual with this user, also those of no album. The history of an album are the
pictures that its user had liked before its first photo was taken, and that are none of its candidates; with
`--all-history` those liked later too, as when covers are chosen for old albums. Nobody is told of covers but by that.
Favourites and ratings of the candidates themselves are seen, as at home; `--blind` hides them. With `--signals 0,100`
there are rows for so many liked pictures: the latest of each album, and only of albums that have as many; of simulated
users for so many covers and likes of a user in all.

All candidates are ranked; with `--preset` only those that the preset rule leaves, as at home, and what it leaves out
comes last: a cover among these is lost to all methods.

Rows: `random` is the exact expected value, 1/n for top_1; `first`, `last`, `sharpest_face`, `medoid` and
`history_cosine` are rules; `generic` is patent 004 without a history, `personal` with it as soon as it has 30 pictures
(its weight is n / (n + 50), n counted in tens), `accepted` only where the user's other albums speak for it: what a
library gets. `strict` is strict mode with the history and `strict_generic` without, where there are thumbnails.
`--ablate` adds `history_cosine_plain` (vectors not centred), `untrained` (the network as it begins),
`personal_whole` (weight 1, from the first picture on), `personal_history_10` (the latest ten) and
`personal_random_history` (pictures drawn by lot for the history). Nothing is trained but for `--own-head`: that adds
`own_head`, each album ranked by a head that was trained on the user's albums of other folds.

`top_1` is the share of albums where the best candidate is the cover, `top_3` where the cover is among the best three,
`mrr` the mean of one over its place, `top_1_alike` the share where the best is the cover or a near-duplicate (within a
minute, cosine at least .9). Beside each, `…_low` and `…_high` are ends of its 95 % interval: the bootstrap over albums
and, where there are several users, over whole users, whichever is wider. Rows with `against` are differences to
another row on the same albums. Up to 12 users of a file have rows of their own. `seconds` are of ranking all these.

`--head` takes a trained head instead of the shipped one; with `--without` one that was trained without some parts: the
GRUs (the description is the history itself), the side channels, the category, or with a softmax for each image.

`--library` takes libraries of make_library.py: the albums of `user_state.json` with their covers, its favourites and
covers as the history, liked when they were taken; vectors by VGG16 and dlib, or by `--faces facenet`. `--save` writes
them as such a file. `--synthetic` simulates users of the seeds from `--seed` on: those below 10,000 were learned from,
those from 20,000 on are for the last look. With `--drawn` they are users of whom there are pictures, drawn ones; what
these show, for all but strict mode, are their colours in 64 squares. With `--out` the scores of each method are
written, one array a method with a number for each of the k candidates in the order of the file; `random` has chances.
`--speed` takes 1,000 albums of 32 candidates with 64 liked pictures, each method in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks._covers_arrays import Arrays, read
from benchmarks._covers_data import Rules, User, users_of
from benchmarks._covers_methods import ABLATIONS, ALL, STRICT, TRAINED, Settings, chosen
from benchmarks._covers_rows import Tally, kept, tables
from benchmarks._covers_simulated import timed, users
from benchmarks._means import Row
from benchmarks._processes import in_own_process
from plugins.covers._interest_net import Options
from plugins.covers._strict_net import SHIPPED as STRICT_WEIGHTS
from plugins.covers.interest_gru import Plugin
from plugins.features.weights import WeightsRefused

UNREADABLE: Final = (EOFError, MemoryError, OSError, ValueError, zipfile.BadZipFile, zlib.error)
TIMED: Final = ("sharpest_face", "medoid", "history_cosine", "generic", "personal")
PER_IMAGE: Final = "per_image"
PARTS: Final = ("grus", "side", "category", PER_IMAGE)
"""Parts that the network can lack; `per_image` gives it another softmax instead."""
FACES: Final = ("dlib_face", "facenet")


class NotAlbums(Exception):
    """What was given holds no albums to score, or no head to score them with: the text says why."""


def bench(args: argparse.Namespace) -> tuple[str, list[Row], Arrays]:
    """Run what the command line asks for; say on what."""
    settings = settings_of(args)
    if args.speed:
        names = [name for name in args.methods or TIMED if name in ALL]
        rows = [in_own_process(partial(timed, name, settings), [args.threads])[0] for name in names]
        return "1,000 simulated albums of 32 candidates, 64 liked pictures", rows, {}
    text, given = ("", []) if args.synthetic else of_arrays(args)
    rows, answers = [], Arrays()
    with_strict = (args.drawn or any(user.thumbnails is not None for user in given)) and STRICT_WEIGHTS.is_file()
    asked = ((STRICT, with_strict), (TRAINED, args.own_head), (ABLATIONS, args.ablate))
    methods = chosen(args.methods, *(group for group, wanted in asked if wanted))
    if not with_strict and not STRICT.keys().isdisjoint(methods):
        raise NotAlbums(
            "strict mode needs thumbnails, an array of the file or those of --drawn users, and its weights: "
            f"{STRICT_WEIGHTS}"
        )
    for signals in args.signals or (None,):
        told = simulated(args, signals) if args.synthetic else told_by(given, args, signals)
        tally = Tally(methods, args.preset, settings)
        for user in told:
            tally.add(user, args.out is not None)
        if not tally.user:
            raise NotAlbums(f"no album has {signals} liked pictures before it: ask for fewer with --signals")
        rows += tally.rows("all" if signals is None else f"signals_{signals}", of_each=not args.synthetic)
        answers = answers or kept(tally)
    return text or f"simulated users {args.seed} to {args.seed + args.users - 1}", rows, answers


def settings_of(args: argparse.Namespace) -> Settings:
    """Return what patent 004 is given: a head of somebody's, and parts that it is to lack.

    Raises:
        NotAlbums: the head cannot be read, or has not these parts.
    """
    if args.head is None:
        return {}
    try:
        settings = {
            "head": args.head.read_bytes(),
            "options": Options(**{name: name == PER_IMAGE for name in args.without}),
        }
        Plugin(**settings)
    except (OSError, WeightsRefused) as error:
        raise NotAlbums(f"{args.head}: {error}") from error
    return settings


def of_arrays(args: argparse.Namespace) -> tuple[str, list[User]]:
    """Return the users of a file or of libraries, and say what they are.

    Raises:
        NotAlbums: they cannot be read, or are not what they must be.
    """
    name = args.npz or ", ".join(map(str, args.library))
    try:
        arrays, ignored = read(args.npz) if args.npz else (extracted(args), [])
        found = users_of(arrays, args.all_history)
    except (*UNREADABLE, LookupError) as error:
        raise NotAlbums(f"{name}: {error or 'not enough memory'}") from error
    albums = sum(len(user.chosen) for user in found)
    text = f"{args.npz.name if args.npz else name}: {len(arrays['taken_s'])} pictures, {albums} albums"
    return text + (f"; not read: {', '.join(ignored)}" if ignored else ""), found


def extracted(args: argparse.Namespace) -> Arrays:
    """Return what is in the pictures of libraries, and write it down if that is asked for."""
    from benchmarks._covers_extraction import from_libraries  # noqa: PLC0415 - networks, that else nobody needs

    arrays = from_libraries(args.library, args.faces)
    if args.save:
        write(args.save, arrays)
    return arrays


def told_by(given: Sequence[User], args: argparse.Namespace, signals: int | None) -> Iterable[User]:
    """Return users as methods are to see them, those without such an album left out."""
    rules = Rules(args.all_history, args.blind, signals)
    return [user for user in (user.told(rules) for user in given) if user.chosen]


def simulated(args: argparse.Namespace, signals: int | None) -> Iterable[User]:
    """Return simulated users, made one by one."""
    return users(args.seed, args.users, args.albums, signals, args.all_history, args.blind, args.drawn)


def write(path: Path, arrays: Arrays) -> None:
    """Write arrays into a file, under just the name that was given."""
    with path.open("wb") as target:
        np.savez_compressed(target, allow_pickle=False, **arrays)


def parsed(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--npz", type=Path, metavar="FILE", help="pictures, albums and covers as arrays")
    what.add_argument("--library", type=Path, nargs="+", metavar="DIR", help="libraries of make_library.py")
    what.add_argument("--synthetic", action="store_true", help="simulated users")
    what.add_argument("--speed", action="store_true", help="seconds for 1,000 albums")
    parser.add_argument("--users", type=count, default=200, metavar="N", help="simulated users (default 200)")
    parser.add_argument("--albums", type=count, default=20, metavar="N", help="albums of each (default 20)")
    parser.add_argument("--seed", type=int, default=10_000, metavar="N", help="the first user (default 10000)")
    parser.add_argument("--drawn", action="store_true", help="simulated users of whom there are pictures")
    parser.add_argument("--signals", type=counts, default=(), metavar="A,B", help="only so many liked pictures each")
    parser.add_argument("--all-history", action="store_true", help="what was liked later is history too")
    parser.add_argument("--blind", action="store_true", help="hide favourites and ratings of an album's own photos")
    parser.add_argument("--preset", action="store_true", help="rank only what the preset rule leaves of an album")
    parser.add_argument("--methods", type=methods_of, default=(), metavar="A,B", help=f"only these: {', '.join(ALL)}")
    parser.add_argument("--ablate", action="store_true", help="also methods with one of their parts changed")
    parser.add_argument("--own-head", action="store_true", help="also heads trained on each user's other albums")
    parser.add_argument("--head", type=Path, metavar="FILE", help="a trained head instead of the shipped one")
    parser.add_argument("--without", type=parts_of, default=(), metavar="A,B", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--threads", type=count, default=1, metavar="N", help="of --speed (default 1)")
    parser.add_argument("--faces", choices=FACES, default=FACES[0], help="what embeds faces of --library")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--save", type=Path, metavar="FILE.npz", help="write what was extracted, to be read by --npz")
    parser.add_argument("--out", type=Path, metavar="FILE.npz", help="write each method's score for each candidate")
    args = parser.parse_args(argv)
    if args.out and (args.speed or len(args.signals) > 1):
        parser.error("--out goes with albums that are scored, and with one number of signals")
    if args.drawn and not args.synthetic:
        parser.error("--drawn goes with --synthetic")
    if args.save and not args.library:
        parser.error("--save goes with --library")
    if args.without and not args.head:
        parser.error("--without goes with --head, of a network that was trained without them")
    if args.seed < 0:
        parser.error("--seed must be 0 or more")
    check_folders(parser, args.library or ())
    return args


def check_folders(parser: argparse.ArgumentParser, folders: Sequence[Path]) -> None:
    """Refuse folders that are none, or that would be one user."""
    for folder in folders:
        if not folder.is_dir():
            parser.error(f"{folder} is not a folder")
    if len({folder.name for folder in folders}) < len(folders):
        parser.error("two of the folders have one name: rows are named by it")


def methods_of(text: str) -> tuple[str, ...]:
    """Parse `--methods`."""
    names = tuple(text.split(","))
    if unknown := [name for name in names if name not in ALL]:
        raise argparse.ArgumentTypeError(f"there is no {', '.join(unknown)}: choose from {', '.join(ALL)}")
    return names


def parts_of(text: str) -> tuple[str, ...]:
    """Parse `--without`."""
    names = tuple(text.split(","))
    if unknown := [name for name in names if name not in PARTS]:
        raise argparse.ArgumentTypeError(f"there is no part {', '.join(unknown)}: choose from {', '.join(PARTS)}")
    return names


def count(text: str) -> int:
    """Parse a number above 0."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text} must be a number above 0")
    return int(text)


def counts(text: str) -> tuple[int, ...]:
    """Parse `--signals`."""
    if not all(part.isdecimal() for part in text.split(",")):
        raise argparse.ArgumentTypeError(f"{text} must be numbers from 0 on, such as 0,100")
    return tuple(int(part) for part in text.split(","))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark; print tables, or one JSON object."""
    args = parsed(argv)
    try:
        text, rows, answers = bench(args)
    except NotAlbums as error:
        print(error, file=sys.stderr)
        return 2
    if args.out is not None:
        write(args.out, answers)
    machine = (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, numpy {np.__version__}"
    )
    shown: dict[str, Any] = {"data": text, "machine": machine, "rows": rows}
    print(json.dumps(shown) if args.json else f"{text}\n\n{tables(rows)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
