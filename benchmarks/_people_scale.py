"""Rows about size: seconds and memory over the number of faces, and of new faces put to known ones."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks._means import Row
from benchmarks._people_data import Faces
from benchmarks._people_methods import Answer, alone, run
from benchmarks._people_rows import row_of
from benchmarks._processes import WouldNotFit, peak_mb
from plugins.half_vectors import HalfVectors
from plugins.people import Context
from plugins.people._neighbours import EXACT_UP_TO
from plugins.people._synthetic import simulate
from plugins.people._synthetic_faces import Traits
from plugins.people.joining import join_known

FACES_A_PERSON: Final = 30
METHODS: Final = ("affinity_gcn", "affinity_gcn_no_weights", "hdbscan_2", "dbscan", "average_linkage", "incremental")


def save_gallery(path: Path, n: int, seed: int | None = None, a_person: int = FACES_A_PERSON) -> None:
    """Write a simulated gallery of about n faces of 512 numbers into a file; the seed is n unless another is given."""
    drawn = simulate(n if seed is None else seed, Traits(faces=n, people=max(2, n // a_person)))
    vectors = drawn.vectors.astype(np.float16)
    np.savez(path, vectors=vectors, labels=drawn.labels, photo=drawn.photo, threshold=np.array(drawn.threshold))


def saved(path: Path) -> Faces:
    """Read the gallery."""
    with np.load(path, allow_pickle=False) as file:
        context = Context.of(len(file["labels"]), photo=file["photo"], threshold=float(file["threshold"]))
        vectors = file["vectors"]
        few = len(vectors) <= EXACT_UP_TO
        return Faces(vectors.astype(np.float32) if few else HalfVectors(vectors), context, file["labels"])


def run_saved(name: str, path: Path) -> tuple[Faces, Answer]:
    """Run a method on a saved gallery in this process; the labels come back, the vectors need not."""
    faces = saved(path)
    answer = run(name, faces)
    return Faces(np.zeros((0, 0), np.float32), faces.context, faces.label), answer


def rows_of_scale(sizes: Sequence[int], methods: Sequence[str], a_person: int = FACES_A_PERSON) -> list[Row]:
    """Return a row for each size and method."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="albumen-people-") as temp:
        for n in sizes:
            path = new_gallery(Path(temp), n, None, a_person)
            rows += [{"method": name, "variant": f"{n}_faces", **measured(name, path)} for name in methods]
            path.unlink()
    return rows


def new_gallery(folder: Path, n: int, seed: int | None, a_person: int = FACES_A_PERSON) -> Path:
    """Make the file of a gallery, in a process of its own for the sake of memory."""
    path = folder / f"{n}.npz"
    alone(partial(save_gallery, path, seed=seed, a_person=a_person), [n])
    return path


def measured(name: str, path: Path) -> Row:
    """Return the row of a method on a saved gallery, run in a process of its own, without its name."""
    try:
        ((faces, answer),) = alone(partial(run_saved, name), [path])
    except WouldNotFit as error:
        return {"skipped": str(error)}
    return row_of(faces, answer)


def rows_of_joining(new: int, known: int) -> list[Row]:
    """Return the row of new faces that are put to the true people among known ones."""
    with tempfile.TemporaryDirectory(prefix="albumen-people-") as temp:
        path = Path(temp) / "gallery.npz"
        alone(partial(save_gallery, path), [new + known])
        (row,) = alone(partial(join_saved, new), [path])
    return [{"method": "join_known", "variant": f"{new}_into_{known}", **row}]


def join_saved(new: int, path: Path) -> Row:
    """Put that many faces of a saved gallery, drawn by lot, to the people of the others, in this process.

    `precision` is the share of the faces put to anybody that are put to who they are, `recall` that of the faces of
    somebody among the others that are.
    """
    faces = saved(path)
    order = np.random.default_rng(0).permutation(len(faces.label))
    some, others = faces.pick(order[:new]), faces.pick(order[new:])
    began = time.perf_counter()
    found, _ = join_known(
        some.vectors,
        some.context.photo,
        others.vectors,
        others.label,
        others.context.photo,
        threshold=faces.context.threshold,
    )
    seconds = time.perf_counter() - began
    right, known = found == some.label, np.isin(some.label, others.label)
    return {
        "faces": len(others.label),
        "new_faces": len(some.label),
        "joined": int((found >= 0).sum()),
        "precision": float(right[found >= 0].mean()) if (found >= 0).any() else 1.0,
        "recall": float(right[known].mean()) if known.any() else 1.0,
        "seconds": seconds,
        "peak_mb": peak_mb(),
    }
