"""One picture at many sizes, and pieces of it cut out of the size that fits them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import grid_sample, interpolate

STEP: Final = 0.709
"""From one level to the next: half the area."""


@dataclass(frozen=True)
class Level:
    """The picture at one size: grey levels -1 to 1, shape (1, 3, height, width), and its scale against the picture."""

    pixels: Tensor
    across: float
    down: float

    @property
    def scale(self) -> Tensor:
        """Return `across` and `down` twice, as corners of boxes need them, shape (4,)."""
        return self.pixels.new_tensor([self.across, self.down, self.across, self.down])


class Pyramid:
    """A picture in shrinking sizes.

    Sizes are made with antialiasing from the bytes of the picture, on the processor: 0.2 to 0.9 ms each, where area
    averages of floats take 4 to 15 (1280 × 960 px, one core). Their sides are even, so that pooling by two has no rest.

    Args:
        image: upright RGB picture.
        window_px: what looks at the levels sees this many pixels.
        smallest_px: the smallest thing in the picture that should fill that window in the first level.
        device: where the levels are used.
    """

    def __init__(self, image: Image.Image, window_px: int, smallest_px: int, device: torch.device) -> None:
        self.width, self.height = image.size
        self._device = device
        self._bytes = torch.from_numpy(np.array(image, dtype=np.uint8)).permute(2, 0, 1)[None]  # channels last
        self._scales = list(_scales(min(image.size), window_px, smallest_px))

    @cached_property
    def levels(self) -> list[Level]:
        """Return the sizes at which something of `smallest_px` or more fills the window; none for a tiny picture."""
        return [self._level(scale) for scale in self._scales]

    @cached_property
    def _whole(self) -> Level:
        return Level(self._grey(self._bytes), 1.0, 1.0)

    def _level(self, scale: float) -> Level:
        height, width = (2 * int(np.ceil(side * scale / 2)) for side in (self.height, self.width))
        shrunk = interpolate(self._bytes, size=(height, width), mode="bilinear", antialias=True)
        return Level(self._grey(shrunk), width / self.width, height / self.height)

    def _grey(self, pixels: Tensor) -> Tensor:
        return (pixels.to(self._device).float() - 127.5) * 0.0078125

    def cut(self, boxes: Tensor, size: int) -> Tensor:
        """Cut boxes out as squares of `size` pixels, each from the smallest level in which it is not smaller than that.

        Args:
            boxes: left, top, right, bottom in pixels of the picture, within it, shape (n, 4); they may be no squares.
            size: width and height of the pieces.
        Returns:
            Grey levels -1 to 1, shape (n, 3, size, size), channels last.
        """
        pieces = boxes.new_empty((len(boxes), 3, size, size)).contiguous(memory_format=torch.channels_last)
        level_of = self._fitting(boxes, size)
        for number in sorted(set(level_of.tolist())):
            chosen = (level_of == number).nonzero()[:, 0]
            level = self._whole if number < 0 else self.levels[number]
            pieces[chosen] = _sampled(level, boxes[chosen], size)
        return pieces

    def _fitting(self, boxes: Tensor, size: int) -> Tensor:
        """Return for each box the last level in which its longer side has `size` pixels; -1 is the picture itself."""
        sides = (boxes[:, 2:] - boxes[:, :2]).amax(dim=1)
        shrunk = sides[:, None] * sides.new_tensor(self._scales)
        return (shrunk >= size).sum(dim=1) - 1


def _scales(shorter_px: int, window_px: int, smallest_px: int) -> Iterator[float]:
    scale = window_px / smallest_px
    while shorter_px * scale >= window_px:
        yield scale
        scale *= STEP


def _sampled(level: Level, boxes: Tensor, size: int) -> Tensor:
    height, width = level.pixels.shape[2:]
    edges = boxes * level.scale / boxes.new_tensor([width, height, width, height]) * 2 - 1  # -1 to 1 over the level
    centres = (torch.arange(size, device=boxes.device) + 0.5) / size
    x, y = (edges[:, i, None] + (edges[:, i + 2] - edges[:, i])[:, None] * centres for i in (0, 1))
    n = len(boxes)
    grid = torch.stack([x[:, None, :].expand(n, size, size), y[:, :, None].expand(n, size, size)], dim=3)
    return grid_sample(
        level.pixels.expand(n, -1, -1, -1), grid, mode="bilinear", padding_mode="border", align_corners=False
    )
