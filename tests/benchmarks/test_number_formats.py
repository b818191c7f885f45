"""Number formats: which photos go to another cluster centre is counted, and int8 and bfloat16 move hardly any."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks._extract_quality import labelled
from benchmarks._given_weights import GivenWeights, given_weights
from benchmarks._number_formats import FEWEST, FORMATS, OneFormat, format_rows
from benchmarks._sides import Run, Seen, Vectors

N = 3 * FEWEST


class Recorded:
    """A side whose vectors are known; the number of a file is that of its vector."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    def run(self, files: Sequence[Path], faces: object, pictures: bool) -> Run:
        return Run(tuple(Seen(picture=self._vectors[int(path.stem)]) for path in files), 1.0, {}, 0.0, 1)


def directions(n: int = N) -> Vectors:
    vectors = np.random.default_rng(3).normal(size=(n, 16)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def rows_of(exact: Vectors, quick: Vectors) -> list[dict[str, object]]:
    files = [Path(f"{n}.jpg") for n in range(len(exact))]
    rows, answers = format_rows({"float32": Recorded(exact), "bfloat16": Recorded(quick)}, files, 0)
    assert answers.keys() == {"caltech_float32_vgg16", "caltech_bfloat16_vgg16"}
    return rows


def test_the_same_answers_have_the_same_centres():
    rows = rows_of(directions(), directions())
    assert [row["centres"] for row in rows] == [125, 150]
    assert {row[name] for row in rows for name in ("stock", "stock_min", "new", "new_min")} == {1.0}


def test_a_picture_that_another_centre_is_nearest_to_is_counted():
    """Every picture is a centre of its own where there are enough: one that turns round has another one."""
    exact = directions(N // 2)
    quick = exact.copy()
    quick[[0, 2]] *= -1
    quick[1] *= -1
    n_stock, n_new = len(exact) - len(exact) // 2, len(exact) // 2
    for row in rows_of(exact, quick):
        assert row["stock"] == row["stock_min"] == pytest.approx(1 - 2 / n_stock)
        assert row["new"] == pytest.approx(1 - 1 / n_new)
        assert row["cosine_to_float32_min"] == pytest.approx(-1)


def test_a_picture_that_cannot_be_read_is_left_out():
    exact = directions()
    exact[5] = np.nan
    assert {row["photos"] for row in rows_of(exact, directions())} == {N - 1}


@pytest.mark.soak
def test_hardly_any_photo_moves_to_another_centre(shared: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("ALBUMEN_WEIGHTS", str(shared / "weights"))
    given: GivenWeights = given_weights(0, tmp_path)
    files, _ = labelled(shared / "tags" / "caltech101_dev", 400, 0)
    rows, _ = format_rows({name: OneFormat(given, 1, name) for name in FORMATS}, files, 0)
    assert [row["method"] for row in rows] == ["bfloat16", "bfloat16", "int8", "int8"]
    for row in rows:
        assert row["photos"] == len(files)
        assert row["stock"] >= 0.98
        assert row["new"] >= 0.98
        assert row["cosine_to_float32_min"] >= (0.999 if row["method"] == "bfloat16" else 0.995)
