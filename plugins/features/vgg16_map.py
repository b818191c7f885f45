"""What a picture shows and where, by the original VGG16: the whole map of block5_conv3, as the patent's text has it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from plugins.features import PictureExtractor, Vectors, vgg16, weights
from plugins.features._faces import unit

DIM: Final = int(np.prod(vgg16.MAP))


class Plugin(PictureExtractor):
    """All 14·14·512 numbers of VGG16's block5_conv3 after ReLU (row, column, channel), as one unit vector.

    A photo's vector takes 200 KB in the store; that of `vgg16` can be made of it and costs no pass of its own.

    Source: CN 110704657 A, ¶33 and ¶39.

    Args:
        device: auto, cpu, cuda or mps.
        weights_dir: folder that is searched for weights before all others.
    Raises:
        WeightsMissing: the weights are nowhere; the text says where to put them.
    """

    name: ClassVar[str] = "vgg16_map"
    needs: ClassVar[tuple[str, ...]] = vgg16.Plugin.needs

    def __init__(self, device: str = "auto", weights_dir: Path | None = None) -> None:
        self.dim = DIM
        self.version = f"{vgg16.INPUT}-map.{weights.weights_hash(*self.needs, folder=weights_dir)}"
        self._pooling = vgg16.Plugin(device, weights_dir)

    def extract(self, images: Sequence[Image.Image], failures: dict[int, str] | None = None) -> Vectors:
        """Return one vector for each upright picture; see `PictureExtractor.extract`."""
        parts = (unit(maps.reshape(len(maps), DIM)) for maps in self._pooling.map_batches(images, failures))
        return np.concatenate([np.zeros((0, DIM), np.float32), *parts])

    def maps(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Return the maps as the network gives them, shape (n, 14, 14, 512).

        Raises:
            ExtractionFailed: a picture could not be worked on.
        """
        return self._pooling.maps(images)

    def as_given_by(self, other: PictureExtractor, vectors: Vectors) -> Vectors | None:
        """Return the vectors of `vgg16` with the same weights: means of the maps."""
        if (other.name, other.version) != (self._pooling.name, self._pooling.version):
            return None
        return vgg16.pooled(vectors.reshape(-1, *vgg16.MAP))
