"""Measure our extraction against what a user would run instead, on the same folder.

    python -m benchmarks.peers --folder DIR [--repeats 5] [--json]

Variant `faces_and_pictures` (vectors of faces by InceptionResnetV1, of pictures by VGG16): `ours`; `plain`, the loop
that a user of facenet-pytorch and torchvision writes; `onnxruntime`, that loop with its five networks exported to ONNX
Runtime in float32, everything around them the same. Variant `faces` (dlib's vectors, no picture vectors): `ours`, and
`face_recognition` with the detector that is its default. Variant `faces_cnn`: `face_recognition` with its network for
detection, and ours, on the first --cnn-photos only, as it takes many seconds for each.

All get the same files, each in a process of its own, and take turns that rotate; a first pass does not count. All but
ours work a picture at a time, upright and shrunk to 1280 px. `photos_per_s` and `seconds` are medians over the repeats;
`ours_faster` is the median over repeats of the other's seconds over ours, with its least and most. `face_recall` and
`false_per_photo` are against truth.json in the folder, which `python -m benchmarks.extract --make-groups` writes: boxes
that overlap by 0.3. `peak_mb` is the sum over a side's processes. What is not installed is a row with `skipped`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks._feature_scores import found_faces
from benchmarks._given_weights import GivenWeights, given_weights
from benchmarks._groups import TRUTH, Box
from benchmarks._machine import machine
from benchmarks._our_pipeline import OurPipeline
from benchmarks._peers_face_recognition import FaceRecognition
from benchmarks._peers_onnx import OnnxLoop
from benchmarks._plain_loop import PlainLoop
from benchmarks._sides import Embedder, Hosted, Row, Run, Seen, Side
from benchmarks.extract import photos_in, table

OURS: Final = "ours"
NEEDS: Final = {
    "onnxruntime": (("onnxruntime", "onnx"), "pip install onnxruntime onnx"),
    "face_recognition": (("face_recognition",), "pip install --no-deps face-recognition"),
}
"""Packages of those that are no part of our installation; --no-deps, as `dlib-bin` is the `dlib` that it asks for."""

Truth = Mapping[str, Sequence[Box]]
Makers = Mapping[str, Callable[[], Side]]


def bench(args: argparse.Namespace) -> list[Row]:
    """Run all variants."""
    files = photos_in(args.folder, args.photos)
    truth_file = args.folder / TRUTH
    truth: Truth = json.loads(truth_file.read_text("utf-8")) if truth_file.is_file() else {}
    with tempfile.TemporaryDirectory(prefix="albumen-peers-") as folder:
        given = given_weights(args.seed, Path(folder))
        ours, plain, onnx = (partial(side, given, args.threads) for side in (OurPipeline, PlainLoop, OnnxLoop))
        hog, cnn = partial(FaceRecognition, "hog"), partial(FaceRecognition, "cnn")
        both: Makers = {OURS: ours, "plain": plain, "onnxruntime": onnx}
        rows = rows_of("faces_and_pictures", both, files, truth, args.repeats, "facenet", given)
        rows += rows_of("faces", {OURS: ours, "face_recognition": hog}, files, truth, args.repeats, "dlib_face", given)
        few = files[: args.cnn_photos]
        if few:
            rows += rows_of("faces_cnn", {OURS: ours, "face_recognition": cnn}, few, truth, 1, "dlib_face", given)
        return rows


def rows_of(
    variant: str,
    makers: Makers,
    files: Sequence[Path],
    truth: Truth,
    repeats: int,
    faces: Embedder,
    given: GivenWeights,
) -> list[Row]:
    """Measure one variant; with `facenet` pictures have vectors, too."""
    missing = {name: reason for name in makers if (reason := missing_package(name))}
    with ExitStack() as stack:
        sides = {name: stack.enter_context(Hosted(make)) for name, make in makers.items() if name not in missing}
        runs = in_turns(sides, files, repeats, faces)
        rows = [speed_row(name, some, runs[OURS], sides[name].peak_mb()) for name, some in runs.items()]
    for row in rows:
        row |= {"variant": variant, **recall(files, runs[row["method"]][0].seen, truth)}
        row |= {name: given.words(name) for name in ("facenet", "vgg16") if faces == "facenet"}
    return rows + [{"method": name, "variant": variant, "skipped": reason} for name, reason in missing.items()]


def missing_package(name: str) -> str:
    """Say what has to be installed for a side; empty where nothing is missing."""
    modules, command = NEEDS.get(name, ((), ""))
    missing = [module for module in modules if find_spec(module) is None]
    return f"{' and '.join(missing)} not installed: {command}" if missing else ""


def in_turns(sides: Mapping[str, Side], files: Sequence[Path], repeats: int, faces: Embedder) -> dict[str, list[Run]]:
    """Let the sides work on the files, each first in another repeat; a pass of each before that does not count."""
    names = list(sides)
    for name in names:
        sides[name].run(files, faces, pictures=faces == "facenet")
    runs: dict[str, list[Run]] = {name: [] for name in names}
    for repeat in range(repeats):
        first = repeat % len(names)
        for name in names[first:] + names[:first]:
            runs[name].append(sides[name].run(files, faces, pictures=faces == "facenet"))
            print(f"repeat {repeat + 1} of {repeats}: {name} {runs[name][-1].seconds:.1f} s", file=sys.stderr)
    return runs


def speed_row(name: str, runs: Sequence[Run], ours: Sequence[Run], peak_mb: float) -> Row:
    """Return a side's rate, and how many times faster we are in each repeat."""
    seconds = [run.seconds for run in runs]
    n = len(runs[0].seen)
    row: Row = {"method": name, "variant": "", "photos": n, "repeats": len(runs)}
    row |= {"photos_per_s": n / median(seconds), "seconds": median(seconds), "seconds_each": seconds}
    if name != OURS:
        faster = [theirs.seconds / own.seconds for theirs, own in zip(runs, ours, strict=True)]
        row |= {"ours_faster": median(faster), "ours_faster_min": min(faster), "ours_faster_max": max(faster)}
    return row | {"peak_mb": peak_mb, **runs[0].failures()}


def recall(files: Sequence[Path], seen: Sequence[Seen], truth: Truth) -> Row:
    """Return how many true faces were found and how many boxes are on none; only of pictures whose truth is known."""
    known = [(truth[path.name], one.boxes) for path, one in zip(files, seen, strict=True) if path.name in truth]
    found = [found_faces(boxes, answered) for boxes, answered in known]
    faces = sum(len(boxes) for boxes, _ in known)
    row: Row = {"boxes": sum(len(one.boxes) for one in seen)}
    if faces:
        row |= {"faces": faces, "face_recall": sum(len(one.faces) for one in found) / faces}
        row["false_per_photo"] = sum(one.false for one in found) / len(known)
    return row


def parsed(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="pictures, with folders below")
    parser.add_argument("--photos", type=int, help="at most so many (default all)")
    parser.add_argument("--cnn-photos", type=int, default=2, metavar="N", help="photos of faces_cnn (default 2)")
    parser.add_argument("--repeats", type=int, default=5, help="counted passes of each side (default 5)")
    parser.add_argument("--seed", type=int, default=0, help="of random weights, where real ones are nowhere")
    parser.add_argument("--threads", type=int, help="threads of each side (default: their own choice)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args(argv)
    if args.repeats < 1 or not args.folder.is_dir() or not photos_in(args.folder, 1):
        parser.error(f"{args.folder} holds no pictures" if args.repeats >= 1 else "--repeats must be 1 or more")
    return args


def main(argv: Sequence[str] | None = None) -> int:
    """Measure what the command line asks for; print tables, or one JSON object."""
    args = parsed(argv)
    rows = bench(args)
    data = f"{args.folder}, seed {args.seed}"
    if args.json:
        print(json.dumps({"data": data, "machine": machine(), "rows": rows}))
    else:
        variants = list(dict.fromkeys(row["variant"] for row in rows))
        parts = [f"{name}\n\n{table([row for row in rows if row['variant'] == name])}" for name in variants]
        print("\n\n".join([f"{data}\n{machine()}", *parts]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
