"""One picture at many sizes, and pieces of it cut out of the size that fits them."""

from __future__ import annotations

from collections import Counter
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


TO_UNIT: Final = 1 / 128


@dataclass(frozen=True)
class Level:
    """The picture at one size: bytes of shape (1, 3, height, width), channels last, and its scale."""

    pixels: Tensor
    across: float
    down: float

    @cached_property
    def grey(self) -> Tensor:
        """Return the grey levels as floats, 0 to 255."""
        return self.pixels.float()

    @property
    def scale(self) -> Tensor:
        """Return `across` and `down` twice, as corners of boxes need them, shape (4,)."""
        return torch.tensor([self.across, self.down, self.across, self.down], device=self.pixels.device)


class Pyramid:
    """A picture in shrinking sizes.

    Sizes are made with antialiasing from bytes, on the processor: 0.9 ms for the largest, where area averages of floats
    take 15 (1280 × 960 px, one core). Their sides are even, so that pooling by two has no rest.

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
        return [self._level(self._shrunk(scale)) for scale in self._scales]

    def _shrunk(self, scale: float) -> Tensor:
        height, width = (2 * int(np.ceil(side * scale / 2)) for side in (self.height, self.width))
        return interpolate(self._bytes, size=(height, width), mode="bilinear", antialias=True)

    @cached_property
    def _whole(self) -> Level:
        return self._level(self._bytes)

    def _level(self, pixels: Tensor) -> Level:
        height, width = pixels.shape[2:]
        return Level(pixels.to(self._device), width / self.width, height / self.height)

    def cut(self, boxes: Tensor, size: int) -> tuple[Tensor, Tensor]:
        """Cut boxes out as squares of `size` pixels, each from the smallest level in which it is not smaller than that.

        Args:
            boxes: left, top, right, bottom in pixels of the picture, within it, shape (n, 4); they may be no squares.
            size: width and height of the pieces.
        Returns:
            Grey levels -1 to 1, shape (n, 3, size, size), by level; and the number of each one's box.
        """
        pieces = boxes.new_empty((len(boxes), 3, size, size))
        numbers, order = self._fitting(boxes, size).sort(stable=True)
        grid, start = self._grid(boxes[order], size), 0
        for number, count in sorted(Counter(numbers.tolist()).items()):
            grey = (self._whole if number < 0 else self.levels[number]).grey
            here = slice(start, start := start + count)
            sampled = grid_sample(
                grey.expand(count, -1, -1, -1), grid[here], padding_mode="border", align_corners=False
            )
            torch.sub(sampled, 127.5, out=pieces[here])
        return pieces.mul_(TO_UNIT), order

    def _grid(self, boxes: Tensor, size: int) -> Tensor:
        """Return where each piece's pixels lie, -1 to 1 over the picture at any size, shape (n, size, size, 2)."""
        edges = boxes / boxes.new_tensor([self.width, self.height, self.width, self.height]) * 2 - 1
        centres = (torch.arange(size, device=boxes.device) + 0.5) / size
        x, y = (edges[:, i, None] + (edges[:, i + 2] - edges[:, i])[:, None] * centres for i in (0, 1))
        return torch.stack([x[:, None, :].expand(-1, size, -1), y[:, :, None].expand(-1, -1, size)], dim=3)

    def _fitting(self, boxes: Tensor, size: int) -> Tensor:
        """Return for each box the last level in which its longer side has `size` pixels; -1 is the picture itself."""
        sides = (boxes[:, 2:] - boxes[:, :2]).amax(dim=1)
        shrunk = sides[:, None] * sides.new_tensor(self._scales)
        return (shrunk >= size).sum(dim=1) - 1


def normalised(grey: Tensor) -> Tensor:
    """Bring grey levels from 0-255 to -1 to 1, in place, as MTCNN wants them."""
    return grey.sub_(127.5).mul_(TO_UNIT)


def _scales(shorter_px: int, window_px: int, smallest_px: int) -> Iterator[float]:
    scale = window_px / smallest_px
    while shorter_px * scale >= window_px:
        yield scale
        scale *= STEP
