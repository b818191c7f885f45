"""Set an embedder's thresholds on named portraits, and check them on people who had no part in it.

    python -m benchmarks.calibrate --embedder dlib_face [--faces DIR] [--seed 0] [--json]

DIR holds <person>/*.jpg; of each picture the face in the middle counts, of each person five pictures at the most.
People are sorted by name and shuffled by the seed: the first half sets the cosine that one pair of strangers in 1,000
(`threshold`) and in 100 (`event_threshold`) passes; the other half checks these and the ones that the extractor states.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

import plugins
from plugins.decoding import Decoders
from plugins.features import FaceExtractor, Vectors
from plugins.features.pipeline import Made, Wanted, extract

SHARED: Final = Path(os.environ.get("ALBUMEN_SHARED", Path(__file__).resolve().parents[2] / "shared")) / "data"
PICTURES: Final = 5
RATES: Final = {"threshold": 1e-3, "event_threshold": 1e-2}

Row = dict[str, object]


def people_of(folder: Path, seed: int) -> tuple[list[str], list[str]]:
    """Return the people who set the thresholds and those who check them, by name."""
    names = sorted(path.name for path in folder.iterdir() if path.is_dir())
    order = np.random.default_rng(seed).permutation(len(names)).tolist()
    shuffled = [names[i] for i in order]
    return shuffled[: len(names) // 2], shuffled[len(names) // 2 :]


def middle(made: Made) -> Vectors | None:
    """Return the vector of the face that covers the middle of a picture."""
    for face in made.faces or ():
        left, top, right, bottom = face.box
        if left <= 0.5 <= right and top <= 0.5 <= bottom:
            return face.vector
    return None


def vectors_of(folder: Path, people: Sequence[str], embedder: FaceExtractor) -> tuple[Vectors, NDArray[np.int64]]:
    """Return the faces of these people, shape (n, dim), and whose each is, shape (n,)."""
    files = [(number, path) for number, name in enumerate(people) for path in _some(folder / name)]
    wanted = (Wanted(str(n), lambda path=path: path, picture=False) for n, (_, path) in enumerate(files))  # type: ignore[misc]
    with Decoders() as decoders:
        found = {int(made.key): middle(made) for made in extract(wanted, decoders, embedder, None)}
    seen = [(vector, files[n][0]) for n, vector in sorted(found.items()) if vector is not None]
    return np.array([vector for vector, _ in seen], np.float32), np.array([number for _, number in seen])


def _some(person: Path) -> Iterator[Path]:
    yield from sorted(person.glob("*.jpg"))[:PICTURES]


def cosines(vectors: Vectors, whose: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the cosines of all pairs of one person and of all pairs of strangers."""
    first, second = np.triu_indices(len(vectors), 1)
    cosine = (vectors @ vectors.T)[first, second]
    same = whose[first] == whose[second]
    return cosine[same], cosine[~same]


def bench(args: argparse.Namespace) -> list[Row]:
    """Calibrate on one half of the people, and check on the other."""
    embedder: FaceExtractor = plugins.load("features", args.embedder)()
    setting, checking = people_of(args.faces, args.seed)
    halves = {
        name: cosines(*vectors_of(args.faces, half, embedder))
        for name, half in zip(("set", "check"), (setting, checking), strict=True)
    }
    rows: list[Row] = []
    for name, rate in RATES.items():
        found = float(np.quantile(halves["set"][1], 1 - rate))
        for cosine, whence in ((found, "found"), (float(getattr(embedder, name)), "stated")):
            for half, (same, strangers) in halves.items():
                rows.append(
                    {"method": args.embedder, "variant": f"{name} {whence} on {half}", "cosine": round(cosine, 4)}
                    | {
                        "fpr": round(float((strangers >= cosine).mean()), 5),
                        "tpr": round(float((same >= cosine).mean()), 4),
                    }
                    | {"pairs_same": len(same), "pairs_strangers": len(strangers)}
                )
    return rows


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--embedder", default="dlib_face")
    parser.add_argument("--faces", type=Path, default=SHARED / "faces" / "lfw_dev")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(argv)
    rows = bench(args)
    if args.json:
        print(json.dumps({"data": args.faces.name, "seed": args.seed, "rows": rows}))
        return
    for row in rows:
        print("  ".join(f"{name} {value}" for name, value in row.items()))


if __name__ == "__main__":
    main()
