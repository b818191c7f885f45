"""Rows of number formats: whether VGG16 in int8 or bfloat16 puts a photo to the same cluster centre as in float32."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
from sklearn.cluster import KMeans

from benchmarks._extract_quality import picture_vectors
from benchmarks._given_weights import GivenWeights
from benchmarks._our_pipeline import OurPipeline
from benchmarks._sides import Answers, Row, Side, Vectors
from plugins.features import vgg16
from plugins.features._network import COMPARED

VARIANT: Final = "nearest_centre"
FORMATS: Final[tuple[vgg16.NumberFormat, ...]] = ("float32", "bfloat16", "int8")
EXACT: Final = "float32"
FEWEST: Final = 2 * COMPARED
"""Pictures below which most answers of both sides would be those of float32."""

CENTRES: Final = (125, 150)
SEEDS: Final = 5


class OneFormat(OurPipeline):
    """Our pipeline with VGG16 in a number format that no probe chose; also where the processor has to emulate it.

    int8 gives way to others where its answers are not those of float32, as in a run.

    Args:
        given: the weights.
        threads: torch's threads, None for its own choice.
        number_format: one of `FORMATS`.
    """

    def __init__(self, given: GivenWeights, threads: int | None, number_format: vgg16.NumberFormat) -> None:
        super().__init__(given, threads)
        self._number_format = number_format

    @cached_property
    def _vgg16(self) -> vgg16.Plugin:
        return vgg16.Plugin(weights_dir=self._folder, number_format=self._number_format)


def format_rows(sides: Mapping[str, Side], files: Sequence[Path], seed: int) -> tuple[list[Row], Answers]:
    """Compare the nearest centres of the same pictures in other formats and in float32; a row for each number of them.

    The centres are those of every second picture in float32 by k-means; `stock` counts these, `new` the others. A first
    pass does not count: until `COMPARED` pictures were compared, answers in bfloat16 are those of float32.

    Args:
        sides: one of float32 and others of `FORMATS`.
        files: the pictures, `FEWEST` or more; those that cannot be read in all formats are left out.
        seed: of the first of `SEEDS` sets of centres.
    """
    quick = [name for name in sides if name != EXACT]
    for name in quick:
        sides[name].run(files[:FEWEST], None, pictures=True)
    vectors = {name: picture_vectors(side.run(files, None, pictures=True).seen) for name, side in sides.items()}
    whole = np.all([np.isfinite(found).all(axis=1) for found in vectors.values()], axis=0)
    exact = vectors[EXACT][whole]
    if len(exact) < 2:
        reason = "fewer than two pictures can be read"
        return [{"method": name, "variant": VARIANT, "skipped": reason} for name in quick], {}
    rows = [row for name in quick for row in centre_rows(name, exact, vectors[name][whole], seed)]
    return rows, {f"caltech_{name}_vgg16": found for name, found in vectors.items()}


def centre_rows(name: str, exact: Vectors, quick: Vectors, seed: int) -> list[Row]:
    """Return the rows of one format, given its vectors and those of float32, shape (n, 512) each."""
    cosines = np.sum(exact * quick, axis=1)
    rows: list[Row] = []
    for k in CENTRES:
        same = np.array([_same(exact, quick, k, seed + n) for n in range(SEEDS)])
        row: Row = {"method": name, "variant": VARIANT, "photos": len(exact), "centres": k}
        row |= {"stock": float(same[:, 0].mean()), "stock_min": float(same[:, 0].min())}
        row |= {"new": float(same[:, 1].mean()), "new_min": float(same[:, 1].min())}
        row |= {"cosine_to_float32": float(np.median(cosines)), "cosine_to_float32_min": float(cosines.min())}
        rows.append(row)
    return rows


def _same(exact: Vectors, quick: Vectors, k: int, seed: int) -> tuple[float, float]:
    """Return the share of pictures whose nearest centre is the same, of those the centres are made of and of others."""
    stock = np.arange(len(exact)) % 2 == 0
    centres = KMeans(min(k, int(stock.sum())), n_init=1, random_state=seed).fit(exact[stock])
    same = centres.predict(exact) == centres.predict(quick)
    return float(same[stock].mean()), float(same[~stock].mean())
