"""The three networks of MTCNN, from facenet-pytorch, with activations and pooling that are fast with channels last.

With few channels (10, 16, 28) torch's own PReLU and max pooling work on one pixel at a time when channels come last,
and take longer than the convolutions: PReLU of the largest pyramid level 4.3 ms in float32 and 22 ms in bfloat16, here
0.8. The answers are the same.
"""

from __future__ import annotations

from pathlib import Path

import torch
from facenet_pytorch import ONet, PNet, RNet
from torch import Tensor
from torch.nn import MaxPool2d, Module, PReLU
from torch.nn.functional import prelu

from plugins.features._faces import DETECTOR_NEEDS
from plugins.features._network import Network, fill


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


def load_nets(device: torch.device, weights_dir: Path | None) -> tuple[Network, Network, Network]:
    """Return the networks that propose, refine and locate faces.

    The last one stays in float32: boxes and landmarks are its answers as they are.

    Raises:
        WeightsMissing: the weights are nowhere.
        WeightsDamaged: a file does not hold its network's layers.
    """
    nets = (PNet(pretrained=False), RNet(pretrained=False), ONet(pretrained=False))
    for net, name in zip(nets, DETECTOR_NEEDS, strict=True):
        fill(net, name, weights_dir)
        _speed_up(net)
    propose, refine, locate = nets
    return (
        Network(propose, device, "proposals net"),
        Network(refine, device, "refinement net"),
        Network(locate, device, "landmark net", bfloat16=False),
    )


def _speed_up(net: Module) -> None:
    for name, layer in list(net.named_children()):
        if isinstance(layer, PReLU):
            setattr(net, name, RowPReLU(layer))
        elif isinstance(layer, MaxPool2d):
            setattr(net, name, RowMaxPool(2 if layer.kernel_size == 2 else 3))
