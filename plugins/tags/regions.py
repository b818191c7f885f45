"""Where in a picture a cluster's kind of thing is: the cells of VGG16's map that speak most for the cluster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage  # type: ignore[import-untyped]

from plugins.features import PictureExtractor
from plugins.records import Box
from plugins.tags import Floats

Map: TypeAlias = NDArray[np.float32]
"""What a network saw at each place: rows from the top, columns from the left, channels."""

BLUR_CELLS: Final = 1.0
SHARE: Final = 0.3
"""How far cells are evened out with those around them, and how much a cell must speak for the cluster as a share of the
best. Tuned on pictures of every second kind of Caltech-101, pasted side by side: the greatest sum of the box's overlap
with the true picture and its share in that half."""


@runtime_checkable
class MapExtractor(Protocol):
    """An extractor that can also say what is at each place of a picture."""

    def maps(self, images: Sequence[Image.Image]) -> Map:
        """Return the pictures' maps, shape (n, rows, columns, channels)."""
        ...


def map_of(extractor: PictureExtractor, image: Image.Image) -> Map | None:
    """Return an upright picture's map, shape (14, 14, 512) of VGG16; None of an extractor that has none.

    Raises:
        ExtractionFailed: the picture could not be worked on.
    """
    return extractor.maps([image])[0] if isinstance(extractor, MapExtractor) else None


def region_of(found: Map, direction: Floats) -> Box | None:
    """Return the part of a picture that speaks most for a cluster; None where no cell of its map does.

    A cell, evened out with those around it, speaks for the cluster as far as it points from the mean of all clusters to
    this one. Of the cells that do so at least `SHARE` as much as the best, those that touch with the largest sum make
    the box.

    Args:
        found: the picture's map, shape (rows, columns, channels), of any length.
        direction: the cluster's centre minus the mean of all centres: of pooled vectors, shape (channels,), the same at
            all places; or of whole maps, shape (rows · columns · channels,), each place's own.
    Returns:
        Left, top, right and bottom as shares of the upright picture, on the edges of cells.
    Raises:
        ValueError: the direction is of vectors of another extractor.
    Source: ¶59, tags in "the corresponding area" of a picture; how it is found is ours.
    """
    speaks = ndimage.gaussian_filter(_speaks(found, direction), BLUR_CELLS, mode="nearest")
    best = float(speaks.max(initial=0))
    if not best > 0:
        return None
    parts, n_parts = ndimage.label(speaks >= SHARE * best)
    sums = ndimage.sum_labels(speaks, parts, np.arange(1, n_parts + 1))
    rows, columns = ndimage.find_objects(parts)[int(np.argmax(sums))]
    height, width = speaks.shape
    return columns.start / width, rows.start / height, columns.stop / width, rows.stop / height


def _speaks(found: Map, direction: Floats) -> NDArray[np.float64]:
    """Return how much each cell speaks for the cluster, shape (rows, columns)."""
    if direction.size not in {found.shape[2], found.size}:
        raise ValueError(f"a map of shape {found.shape} has no direction of {direction.size} numbers")
    each = direction.reshape(1, 1, -1) if direction.size == found.shape[2] else direction.reshape(found.shape)
    speaks: NDArray[np.float64] = (found.astype(np.float64) * each).sum(axis=2)
    return speaks
