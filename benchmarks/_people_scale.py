"""Rows about size: seconds and memory over the number of faces."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks._people_data import Faces
from benchmarks._people_methods import Answer, WouldNotFit, alone, run
from benchmarks._people_rows import Row, row_of
from plugins.people import Context
from plugins.people._synthetic import simulate
from plugins.people._synthetic_faces import Traits

FACES_A_PERSON: Final = 30
METHODS: Final = ("affinity_gcn", "affinity_gcn_no_weights", "hdbscan_2", "dbscan", "average_linkage", "incremental")


def save_gallery(path: Path, n: int) -> None:
    """Write a simulated gallery of about n faces of 512 numbers, thirty a person in the mean, into a file."""
    drawn = simulate(n, Traits(faces=n, people=max(2, n // FACES_A_PERSON)))
    vectors = drawn.vectors.astype(np.float16)
    np.savez(path, vectors=vectors, labels=drawn.labels, photo=drawn.photo, threshold=np.array(drawn.threshold))


def saved(path: Path) -> Faces:
    """Read the gallery."""
    with np.load(path, allow_pickle=False) as file:
        context = Context.of(len(file["labels"]), photo=file["photo"], threshold=float(file["threshold"]))
        return Faces(file["vectors"].astype(np.float32), context, file["labels"])


def run_saved(name: str, path: Path) -> tuple[Faces, Answer]:
    """Run a method on a saved gallery in this process; the labels come back, the vectors need not."""
    faces = saved(path)
    answer = run(name, faces)
    return Faces(np.zeros((0, 0), np.float32), faces.context, faces.label), answer


def rows_of_scale(sizes: Sequence[int], methods: Sequence[str]) -> list[Row]:
    """Return a row for each size and method; galleries are made in processes of their own, for the sake of memory."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="albumen-people-") as temp:
        for n in sizes:
            path = Path(temp) / f"{n}.npz"
            alone(partial(save_gallery, path), [n])
            rows += [{"method": name, "variant": f"{n}_faces", **_measured(name, path)} for name in methods]
            path.unlink()
    return rows


def _measured(name: str, path: Path) -> Row:
    try:
        ((faces, answer),) = alone(partial(run_saved, name), [path])
    except WouldNotFit as error:
        return {"skipped": str(error)}
    return row_of(faces, answer)
