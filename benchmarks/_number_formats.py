"""Rows of number formats: whether VGG16 in bfloat16 puts a photo to the same cluster centre as in float32."""

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
FORMATS: Final = {"float32": False, "bfloat16": True}
FEWEST: Final = 2 * COMPARED
"""Pictures below which most answers of both sides would be those of float32."""

CENTRES: Final = (125, 150)
SEEDS: Final = 5


class OneFormat(OurPipeline):
    """Our pipeline with VGG16 in a number format that no probe chose; also where the processor has to emulate it.

    Args:
        given: the weights.
        threads: torch's threads, None for its own choice.
        number_format: float32 or bfloat16.
    """

    def __init__(self, given: GivenWeights, threads: int | None, number_format: str) -> None:
        super().__init__(given, threads)
        self._bfloat16 = FORMATS[number_format]

    @cached_property
    def _vgg16(self) -> vgg16.Plugin:
        return vgg16.Plugin(weights_dir=self._folder, bfloat16=self._bfloat16)


def format_rows(sides: Mapping[str, Side], files: Sequence[Path], seed: int) -> tuple[list[Row], Answers]:
    """Compare the nearest centres of the same pictures in both formats; a row for each number of centres.

    The centres are those of every second picture in float32 by k-means; `stock` counts these, `new` the others. A first
    pass in bfloat16 does not count: until `COMPARED` pictures were compared, the answers are those of float32.

    Args:
        sides: one of each of `FORMATS`.
        files: the pictures, `FEWEST` or more; those that cannot be read in both formats are left out.
        seed: of the first of `SEEDS` sets of centres.
    """
    sides["bfloat16"].run(files[:FEWEST], None, pictures=True)
    vectors = {name: picture_vectors(side.run(files, None, pictures=True).seen) for name, side in sides.items()}
    whole = np.all([np.isfinite(found).all(axis=1) for found in vectors.values()], axis=0)
    exact, quick = vectors["float32"][whole], vectors["bfloat16"][whole]
    if len(exact) < 2:
        return [
            {"method": "bfloat16", "variant": "nearest_centre", "skipped": "fewer than two pictures can be read"}
        ], {}
    cosines = np.sum(exact * quick, axis=1)
    rows: list[Row] = []
    for k in CENTRES:
        same = np.array([_same(exact, quick, k, seed + n) for n in range(SEEDS)])
        row: Row = {"method": "bfloat16", "variant": VARIANT, "photos": len(exact), "centres": k}
        row |= {"stock": float(same[:, 0].mean()), "stock_min": float(same[:, 0].min())}
        row |= {"new": float(same[:, 1].mean()), "new_min": float(same[:, 1].min())}
        row |= {"cosine_to_float32": float(np.median(cosines)), "cosine_to_float32_min": float(cosines.min())}
        rows.append(row)
    return rows, {f"caltech_{name}_vgg16": found for name, found in vectors.items()}


def _same(exact: Vectors, quick: Vectors, k: int, seed: int) -> tuple[float, float]:
    """Return the share of pictures whose nearest centre is the same, of those the centres are made of and of others."""
    stock = np.arange(len(exact)) % 2 == 0
    centres = KMeans(min(k, int(stock.sum())), n_init=1, random_state=seed).fit(exact[stock])
    same = centres.predict(exact) == centres.predict(quick)
    return float(same[stock].mean()), float(same[~stock].mean())
