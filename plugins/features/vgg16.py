"""What a picture shows, by the original VGG16: block5_conv3, its mean over all places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from plugins.features import PictureExtractor, Vectors, note_failure, weights
from plugins.features._device import torch_device
from plugins.features._faces import as_rgb, unit
from plugins.features._once import made_once
from plugins.features.meter import stage

if TYPE_CHECKING:
    import torch

    from plugins.features._network import Network

SIDE_PX: Final = 224
MEAN_RGB: Final = (123.68, 116.779, 103.939)
"""Means of the training pictures in grey levels 0-255, subtracted; nothing is divided."""

LARGEST: Final = (
    *(850.1, 4994.6, 6647.0, 10438.7, 13879.8, 13910.8),
    *(17202.5, 15075.0, 6198.6, 3289.8, 2729.3, 1396.8),
)
"""What int8 can tell apart after each convolution but the last.

Measured by `python -m benchmarks.vgg_formats --ranges` on 367 pictures: the drawn sample library, and photos of
things, of people, and by many cameras. Any one of these kinds alone gives nearly the same vectors.
"""

INPUT: Final = "working224-block5conv3"
"""What the picture and the network are, as the versions of vectors name it."""

BLOCKS: Final = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
"""Channels of each convolution, block by block."""

MAP: Final = (14, 14, 512)
PICTURES_AT_ONCE: Final = 2
"""More are no faster on a processor, measured from 1 to 16, and each needs 50 MB in float32."""


NumberFormat: TypeAlias = Literal["float32", "bfloat16", "int8"]
STAGE: Final = "picture net"


class Plugin(PictureExtractor):
    """The whole upright picture, resized to 224 × 224 px without a crop, through VGG16 up to block5_conv3 after ReLU.

    The vector is the mean over the map's 14 × 14 places; `vgg16_map` gives the whole map.

    Source: Simonyan & Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition (2014), the
    original Oxford weights.

    Args:
        device: auto, cpu, cuda or mps.
        weights_dir: folder that is searched for weights before all others.
        number_format: the one to try; None lets a probe of the device decide. Where int8 answers otherwise than
            float32 does, bfloat16 is tried as if None had been given.
    Raises:
        WeightsMissing: the weights are nowhere; the text says where to put them.
    """

    name: ClassVar[str] = "vgg16"
    needs: ClassVar[tuple[str, ...]] = ("vgg16",)

    def __init__(
        self, device: str = "auto", weights_dir: Path | None = None, number_format: NumberFormat | None = None
    ) -> None:
        self.dim = MAP[2]
        self.version = f"{INPUT}-mean.{weights.weights_hash(*self.needs, folder=weights_dir)}"
        self._device = device
        self._weights_dir = weights_dir
        self._number_format = number_format

    def extract(self, images: Sequence[Image.Image], failures: dict[int, str] | None = None) -> Vectors:
        """Return one vector for each upright picture; see `PictureExtractor.extract`."""
        parts = (pooled(maps) for maps in self.map_batches(images, failures))
        return np.concatenate([np.zeros((0, self.dim), np.float32), *parts])

    def map_batches(
        self, images: Sequence[Image.Image], failures: dict[int, str] | None
    ) -> Iterator[NDArray[np.float32]]:
        """Yield the pictures' maps as `maps` gives them, a few pictures at a time, in the given order."""
        for start in range(0, len(images), PICTURES_AT_ONCE):
            yield self.maps(images[start : start + PICTURES_AT_ONCE], failures, start)

    def maps(
        self, images: Sequence[Image.Image], failures: dict[int, str] | None = None, first_index: int = 0
    ) -> NDArray[np.float32]:
        """Return block5_conv3 after ReLU, float32, shape (n, 14, 14, 512): rows, columns, channels; NaN where failed.

        Raises:
            ExtractionFailed: a picture could not be worked on, and `failures` is None.
        """
        maps = np.full((len(images), *MAP), np.nan, dtype=np.float32)
        try:
            maps[:] = self._forward(images)
        except Exception:  # one of them, so each is tried alone
            for i, image in enumerate(images):
                try:
                    maps[i] = self._forward([image])[0]
                except Exception as error:  # whatever it is, it is this picture's own
                    note_failure(failures, first_index + i, error)
        return maps

    def _forward(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        import torch  # noqa: PLC0415 - takes seconds, and only extraction needs it

        with stage("prepare"):
            pixels = torch.cat([prepared(image) for image in images])
        (answer,) = self._network(pixels)
        maps: NDArray[np.float32] = answer.permute(0, 2, 3, 1).cpu().numpy()
        return maps

    @made_once
    def _network(self) -> Network:
        import torch  # noqa: PLC0415 - takes seconds, and only extraction needs it

        from plugins.features._network import Network, fill  # noqa: PLC0415 - imports torch
        from plugins.features._quantised import quantised  # noqa: PLC0415 - imports torch

        with torch.device("meta"):  # no random weights that the file would replace
            network = _layers()
        fill(network, "vgg16", self._weights_dir)
        device, wanted = torch_device(self._device), self._number_format
        if device.type == "cpu" and wanted in {None, "int8"}:
            quick = quantised(network, LARGEST, MEAN_RGB, SIDE_PX, forced=wanted is not None)
            if quick is not None:
                return Network(quick, device, STAGE, bfloat16=False)
        return Network(network, device, STAGE, None if wanted in {None, "int8"} else wanted == "bfloat16")


def _layers() -> torch.nn.Sequential:
    """Return VGG16's layers up to the ReLU after block5_conv3, numbered as in torchvision's `vgg16().features`."""
    from torch.nn import Conv2d, MaxPool2d, Module, ReLU, Sequential  # noqa: PLC0415 - takes seconds, as above

    layers, channels = list[Module](), len(MEAN_RGB)
    for block in BLOCKS:
        layers += [MaxPool2d(2, 2)] if layers else []
        for wider in block:
            layers += [Conv2d(channels, wider, 3, padding=1), ReLU(inplace=True)]
            channels = wider
    return Sequential(*layers)


def pooled(maps: NDArray[np.float32]) -> Vectors:
    """Return the mean of maps of shape (n, 14, 14, 512) over their places, as unit vectors of shape (n, 512)."""
    return unit(maps.mean(axis=(1, 2)))


def prepared(image: Image.Image) -> torch.Tensor:
    """Return a picture as the network wants it: RGB minus the mean, float32, shape (1, 3, 224, 224)."""
    import torch  # noqa: PLC0415 - takes seconds, and only extraction needs it
    from torch.nn.functional import interpolate  # noqa: PLC0415 - imports torch

    whole = torch.from_numpy(np.array(as_rgb(image))).permute(2, 0, 1)[None]  # bytes, channels last: fast
    small = interpolate(whole, size=(SIDE_PX, SIDE_PX), mode="bilinear", antialias=True)
    return small.float() - torch.tensor(MEAN_RGB).view(1, 3, 1, 1)
