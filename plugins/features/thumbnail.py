"""The picture itself, small: what networks with convolutions of their own are given instead of an embedding."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Final

import numpy as np
from PIL import Image

from plugins.features import PictureExtractor, Vectors, note_failure
from plugins.features._faces import as_rgb, unit

SIDE_PX: Final = 64
PIXELS: Final = SIDE_PX * SIDE_PX * 3
SCALE: Final = 64.0
"""A number beside the pixels that is the same for all pictures: unit length takes nothing away then."""


class Plugin(PictureExtractor):
    """The whole upright picture resized to 64 × 64 px without a crop, then `SCALE`, as one vector of unit length.

    The pixels are 0 to 1, row by row, each RGB; `pixels_of` gives them back, with their brightness. A photo takes 25 KB
    in the store.

    Source: ours; the input of patent 004's convolution units (claims 5 and 6), as methods E4 reads them strictly.

    Args:
        device: there is no network; taken as by the other extractors.
        weights_dir: the same.
    """

    name: ClassVar[str] = "thumbnail"
    needs: ClassVar[tuple[str, ...]] = ()

    def __init__(self, device: str = "auto", weights_dir: Path | None = None) -> None:  # noqa: ARG002 (the contract's)
        self.dim = PIXELS + 1
        self.version = f"{SIDE_PX}px-1"

    def extract(self, images: Sequence[Image.Image], failures: dict[int, str] | None = None) -> Vectors:
        """Return one vector for each upright picture; see `PictureExtractor.extract`."""
        found = np.full((len(images), self.dim), np.nan, np.float32)
        for index, image in enumerate(images):
            try:
                found[index] = vectors_of(_small(image)[None])[0]
            except Exception as error:  # whatever it is, it is this picture's own
                note_failure(failures, index, error)
        return found


def vectors_of(pixels: Vectors) -> Vectors:
    """Return vectors of small pictures of 0 to 1, shape (n, 64, 64, 3), as the extractor gives them."""
    flat = pixels.reshape(len(pixels), PIXELS)
    return unit(np.concatenate([flat, np.full((len(flat), 1), SCALE, np.float32)], axis=1))


def pixels_of(vectors: Vectors) -> Vectors:
    """Return the small pictures of vectors, 0 to 1, shape (n, 64, 64, 3); mid-grey where nothing is known."""
    scale = vectors[:, -1:] / SCALE
    known = np.isfinite(scale) & (scale > 0)
    pixels = np.where(known, vectors[:, :-1] / np.where(known, scale, 1), 0.5)
    return np.asarray(pixels.clip(0, 1).reshape(len(vectors), SIDE_PX, SIDE_PX, 3), dtype=np.float32)


def _small(image: Image.Image) -> Vectors:
    small = as_rgb(image).resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX, reducing_gap=3)
    return np.asarray(small, np.float32) / np.float32(255)
