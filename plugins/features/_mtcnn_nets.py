"""The three networks of MTCNN, from facenet-pytorch, in layouts that are fast on the processor.

With few channels (10, 16, 28) torch's own PReLU and max pooling work on one pixel at a time when channels come last,
and take longer than the convolutions: PReLU of the largest pyramid level 4.3 ms in float32 and 22 ms in bfloat16, here
0.8. The two networks that look at pieces keep oneDNN's blocks of 16 channels from the first layer to the last: 64
pieces of 24 px in 1.0 ms where channels last takes 2.0. The answers are the same.
"""

from __future__ import annotations

import copy
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor
from torch.nn import Conv2d, Linear, MaxPool2d, Module, PReLU
from torch.nn.functional import conv2d, max_pool2d, prelu

from plugins.features._device import bfloat16_is_fast
from plugins.features._faces import DETECTOR_NEEDS
from plugins.features._lean import facenet_models
from plugins.features._network import Network, fill

if TYPE_CHECKING:
    from facenet_pytorch import ONet, RNet


class RowPReLU(Module):
    """PReLU over whole rows of pixels at once, so that the processor's vectors are full."""

    def __init__(self, of: PReLU) -> None:
        super().__init__()
        self.weight = of.weight
        self._rows: dict[int, Tensor] = {}

    def forward(self, x: Tensor) -> Tensor:
        """Return max(x, 0) + weight · min(x, 0) by channel, shape (n, c) or (n, c, h, w)."""
        if x.dim() == 2:
            return prelu(x, self.weight)
        n, c, h, w = x.shape
        rows = x.permute(0, 2, 3, 1).reshape(n * h, w * c)
        if w not in self._rows:
            self._rows[w] = self.weight.repeat(w)
        return prelu(rows, self._rows[w]).view(n, h, w, c).permute(0, 3, 1, 2)


class RowMaxPool(Module):
    """Max pooling with a stride of 2 that takes the part of a window that lies inside, as `ceil_mode` does.

    Args:
        size: of the window, 2 or 3; with 2 the map must have even sides.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        """Return the largest of each window, shape (n, c, h, w) to (n, c, ⌈(h - size) / 2⌉ + 1, …)."""
        rows = self._largest(*(x[:, :, start::2] for start in range(self.size)), dim=2)
        return self._largest(*(rows[..., start::2] for start in range(self.size)), dim=3)

    def _largest(self, first: Tensor, second: Tensor, *third: Tensor, dim: int) -> Tensor:
        largest = torch.maximum(first.narrow(dim, 0, second.shape[dim]), second)
        for more in third:  # the last window may end before it
            within = largest.narrow(dim, 0, more.shape[dim])
            torch.maximum(within, more, out=within)
        return largest


class InBlocks(Module):
    """RNet or ONet on the processor, with the layers before the first linear one in oneDNN's blocked layout.

    A batch is filled up to a multiple of `filled_to`, as oneDNN keeps programs for each size of batch: 115 MB for 64.

    Args:
        of: the network.
        size: of the pieces that it looks at, in pixels.
        filled_to: a few pieces.
    """

    def __init__(self, of: RNet | ONet, size: int, filled_to: int) -> None:
        super().__init__()
        self.of, self._size, self._filled_to = of, size, filled_to
        layers = list(of.children())
        self._spatial = list(takewhile(lambda layer: not isinstance(layer, Linear), layers))
        self._flat = layers[len(self._spatial) :]
        self._packed: list[tuple[Tensor, ...]] | None = None

    def forward(self, pieces: Tensor) -> tuple[Tensor, ...]:
        """Answer flat pieces, shape (n, 3 · size · size, 1, 1), as the network answers (n, 3, size, size)."""
        if self._packed is None:  # not before the number format is known
            self._packed = [tuple(of.contiguous().to_mkldnn() for of in layer.parameters()) for layer in self._spatial]
        n = len(pieces)
        pieces = torch.cat([pieces, pieces.new_zeros((-n % self._filled_to, *pieces.shape[1:]))])
        x = pieces.view(-1, 3, self._size, self._size).to_mkldnn()
        for layer, packed in zip(self._spatial, self._packed, strict=True):
            x = _blocked(layer, packed, x)
        dense, activation, face, probability, *others = self._flat
        x = activation(dense(x.to_dense().permute(0, 3, 2, 1).flatten(1)))
        return (*(other(x)[:n] for other in others), probability(face(x))[:n])


def _blocked(layer: Module, packed: tuple[Tensor, ...], x: Tensor) -> Tensor:
    if isinstance(layer, Conv2d):
        return conv2d(x, packed[0], packed[1])
    if isinstance(layer, PReLU):
        return prelu(x, packed[0])
    pool = cast(MaxPool2d, layer)
    pooled: Tensor = max_pool2d(x, pool.kernel_size, pool.stride, ceil_mode=True)
    return pooled


class Corners(Module):
    """Answers with the corners of the box, 0 to 1 over what was looked at, where the network answers with their shift.

    Corners, and not shifts around 0, tell whether a number format gives the same boxes.
    """

    def __init__(self, of: Module) -> None:
        super().__init__()
        self.of = of

    def forward(self, pieces: Tensor) -> tuple[Tensor, ...]:
        """Answer with left, top, right, bottom, shape (n, 4), and what else the network says."""
        shift, *others = self.of(pieces)
        return shift.float() + shift.new_tensor([0, 0, 1, 1], dtype=torch.float32), *others


class PieceNetwork(Network):
    """A network that looks at pieces of one size, shape (n, 3, size, size)."""

    def __call__(self, batch: Tensor) -> tuple[Tensor, ...]:
        """Answer a batch; handed on flat, so that changing its number format does not reorder it, too."""
        return super().__call__(batch.flatten(1)[:, :, None, None])


def load_nets(device: torch.device, weights_dir: Path | None) -> tuple[Network, Network, Network]:
    """Return the networks that propose, refine and locate faces.

    The last one stays in float32: boxes and landmarks are its answers as they are.

    Raises:
        WeightsMissing: the weights are nowhere.
        WeightsDamaged: a file does not hold its network's layers.
    """
    of = facenet_models("mtcnn")
    nets = (of.PNet(pretrained=False), of.RNet(pretrained=False), of.ONet(pretrained=False))
    for net, name in zip(nets, DETECTOR_NEEDS, strict=True):
        fill(net, name, weights_dir)
    propose, refine, locate = nets
    _speed_up(propose)
    return (
        Network(propose, device, "proposals net"),
        _of_pieces(InBlocks(refine, 24, 16), 24, device, "refinement net"),
        _of_pieces(InBlocks(locate, 48, 4), 48, device, "landmark net", bfloat16=False),
    )


def _of_pieces(net: InBlocks, size: int, device: torch.device, name: str, bfloat16: bool | None = None) -> Network:
    if _runs(net, size, device):
        return PieceNetwork(Corners(net), device, name, bfloat16)
    _speed_up(net.of)
    return Network(Corners(net.of), device, name, bfloat16)


def _runs(net: InBlocks, size: int, device: torch.device) -> bool:
    """Say whether this torch has such a network's layers in blocks, in every number format that will be tried."""
    if device.type != "cpu":
        return False
    formats = (torch.float32, *([torch.bfloat16] if bfloat16_is_fast(device) else []))
    try:
        with torch.inference_mode():
            for dtype in formats:
                copy.deepcopy(net).to(dtype)(torch.zeros((1, 3 * size * size, 1, 1), dtype=dtype))
    except RuntimeError:  # it was built without them
        return False
    return True


def _speed_up(net: Module) -> None:
    for name, layer in list(net.named_children()):
        if isinstance(layer, PReLU):
            setattr(net, name, RowPReLU(layer))
        elif isinstance(layer, MaxPool2d):
            setattr(net, name, RowMaxPool(2 if layer.kernel_size == 2 else 3))
