"""dlib's face network in torch: read from dlib's own file without dlib, batched, in float32 or bfloat16.

The network is `anet_type` of dlib's dnn_face_recognition_ex.cpp (Davis King, 2017): 29 convolutions, of ResNet-34's
kind with fewer layers and half the filters (He et al., Deep Residual Learning for Image Recognition, 2015).
"""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from plugins.features.weights import WeightsDamaged

if TYPE_CHECKING:
    from collections.abc import Sequence

SIDE_PX: Final = 150
DIM: Final = 128
MEAN_RGB: Final = (122.782, 117.001, 104.298)
"""Means of the training pictures in grey levels 0-255, subtracted before the division by 256."""

FIRST_FILTERS: Final = 32
BLOCKS: Final = (
    *[(32, 1)] * 3,
    *[(64, 2), (64, 1), (64, 1), (64, 1)],
    *[(128, 2), (128, 1), (128, 1)],
    *[(256, 2), (256, 1), (256, 1)],
    (256, 2),
)
"""Filters and stride of each residual block, from the picture to the vector; one of stride 2 halves its input."""

# The file holds a layer inside the next one, so versions come first, the last layer's before all others.
_TAG, _LAYER, _LAYER_ON_INPUT = 1, 2, 3
_BLOCK_VERSIONS: Final = (_TAG, *[_LAYER] * 5)
_HALVING_VERSIONS: Final = (_TAG, _TAG, _LAYER)
_TOO_LARGE: Final = 1e9  # the largest weight is 23; folding multiplies two, which float32 must hold


def load(path: Path) -> nn.Module:
    """Return the network with the weights of dlib_face_recognition_resnet_model_v1.dat, in eval mode, float32.

    It takes RGB faces as dlib cuts them (150 px, 0.25 padding), grey levels 0-255, float, shape (n, 3, 150, 150), and
    returns what dlib calls face descriptors, float32, shape (n, 128), not normalised. `.to` puts it on another device,
    into bfloat16 (the faces may stay float32) or into channels-last order. Batch normalisation is in the convolutions.

    Raises:
        WeightsDamaged: the file is truncated or not this network's.
        OSError: the file cannot be read.
    """
    with path.open("rb") as stream:
        network = _network(_File(path, stream))
    return network.eval().requires_grad_(False)


class DlibResnet(nn.Module):
    """From RGB faces of 150 × 150 px to vectors: see `load`."""

    whole_mean: Tensor

    def __init__(self, first: nn.Conv2d, blocks: Sequence[nn.Module], last: nn.Linear) -> None:
        super().__init__()
        # Grey levels minus a whole number are exact in bfloat16; what is left of the mean, and the division, are in
        # the first convolution, which pads nothing.
        self.register_buffer("whole_mean", torch.tensor(MEAN_RGB).round().view(1, 3, 1, 1), persistent=False)
        self.first = first
        self.blocks = nn.Sequential(*blocks)
        self.last = last

    def forward(self, faces: Tensor) -> Tensor:
        """Return vectors, float32, shape (n, 128), of faces, grey levels 0-255, shape (n, 3, 150, 150)."""
        x = (faces - self.whole_mean).to(self.first.weight.dtype)
        x = functional.relu_(self.first(x))  # (n, 32, 72, 72)
        x = functional.max_pool2d(x, 3, 2)  # (n, 32, 35, 35)
        x = self.blocks(x)  # (n, 256, 2, 2)
        return functional.linear(x.float().mean((2, 3)), self.last.weight.float())  # costs nothing, and rounds less


class Residual(nn.Module):
    """Two convolutions and the input again; a block of stride 2 adds its input averaged over 2 × 2 places."""

    def __init__(self, first: nn.Conv2d, second: nn.Conv2d) -> None:
        super().__init__()
        self.first = first
        self.second = second
        self.halves = first.stride == (2, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Return the block's answer, shape (n, filters, rows, columns)."""
        y = self.second(functional.relu_(self.first(x)))
        if self.halves:
            y, x = _same_size(y, functional.avg_pool2d(x, 2))
        return functional.relu_(y.add_(x))


def _same_size(*maps: Tensor) -> list[Tensor]:
    """Extend maps with zeros, channels and places, to the largest size of each axis, as dlib's add_prev does."""
    channels, rows, columns = (max(sizes) for sizes in zip(*(m.shape[1:] for m in maps), strict=True))
    return [functional.pad(m, (0, columns - m.shape[3], 0, rows - m.shape[2], 0, channels - m.shape[1])) for m in maps]


def _network(file: _File) -> DlibResnet:
    file.opening()
    first = file.folded_convolution(3, FIRST_FILTERS, side=7, stride=2, on_input=True)
    file.layer("relu_")
    file.layer("max_pool_2", 3, 3, 2, 2, 0, 0)
    blocks = []
    for (inputs, _), (filters, stride) in pairwise([(FIRST_FILTERS, 1), *BLOCKS]):
        blocks.append(file.residual(inputs, filters, stride))
    file.layer("avg_pool_2", 0, 0, 1, 1, 0, 0)
    last = file.linear(BLOCKS[-1][0], DIM)
    file.end()
    return DlibResnet(first, blocks, last)


class _File:
    """Reads dlib's serialisation from the first byte to the last; nothing is allocated that this network has not.

    A whole number is a byte (count of the following bytes, 128 more if negative) and its bytes, lowest first; a real
    number is two whole ones, mantissa and exponent of 2; text is its length and its bytes; a tensor is a version, four
    sizes, and float32, lowest byte first.
    """

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self._path = path
        self._stream = stream

    def opening(self) -> None:
        """Read what comes before the first weights: loss, versions of all layers from last to first, input."""
        self._expect("version of the loss", 1)
        self._expect_text("loss_metric_2")
        self._reals(2)  # margin and distance threshold, of training alone
        versions = [_LAYER_ON_INPUT, *[_LAYER] * 3]
        for _, stride in BLOCKS:
            versions += [*_BLOCK_VERSIONS, *(_HALVING_VERSIONS if stride == 2 else ()), *[_LAYER] * 2]
        self._expect("versions of the layers", *reversed([*versions, _LAYER, _LAYER]))
        self._expect_text("input_rgb_image_sized")
        means = self._reals(3)
        if not np.array_equal(np.array(means, np.float32), np.array(MEAN_RGB, np.float32)):
            raise self._damaged("mean of the input", MEAN_RGB, means)
        self._expect("size of the input", SIDE_PX, SIDE_PX)

    def residual(self, inputs: int, filters: int, stride: int) -> Residual:
        """Read a residual block and the ReLU after it."""
        first = self.folded_convolution(inputs, filters, 3, stride)
        self.layer("relu_")
        second = self.folded_convolution(filters, filters, 3, 1)
        if stride == 2:
            self.layer("avg_pool_2", 2, 2, 2, 2, 0, 0)
        self.layer("add_prev_")
        self.layer("relu_")
        return Residual(first, second)

    def folded_convolution(
        self, inputs: int, filters: int, side: int, stride: int, on_input: bool = False
    ) -> nn.Conv2d:
        """Read a convolution and the affine layer after it as one; the first takes the input's scale in as well."""
        padding = 0 if stride == 2 else side // 2
        shape = (filters, inputs, side, side)
        weight, bias = self._convolution(shape, stride, padding)
        if on_input:
            self._expect("pictures made of one", 1)
            weight = weight / 256
            bias = bias - weight.sum((2, 3)) @ (np.array(MEAN_RGB) - np.round(MEAN_RGB))
        gamma, beta = self._affine(filters)
        with torch.device("meta"):  # no random weights that the file's would replace
            convolution = nn.Conv2d(inputs, filters, side, stride, padding)
        convolution.weight = _parameter(weight * gamma[:, None, None, None])
        convolution.bias = _parameter(bias * gamma + beta)
        return convolution

    def linear(self, inputs: int, outputs: int) -> nn.Linear:
        """Read a layer that connects all with all, without bias."""
        self._expect_text("fc_2")
        self._expect("sizes of fc", outputs, inputs)
        weight = self._tensor(inputs, outputs, 1, 1)
        self._expect("parts of fc", 1, inputs, outputs, 1, 1, 1, 0, 0, 0, 0, 1)
        self._reals(4)  # learning rates and decays
        self._layer_end()
        with torch.device("meta"):
            linear = nn.Linear(inputs, outputs, bias=False)
        linear.weight = _parameter(weight.reshape(inputs, outputs).T)
        return linear

    def layer(self, name: str, *settings: int) -> None:
        """Read a layer without weights."""
        self._expect_text(name)
        self._expect(f"settings of {name}", *settings)
        self._layer_end()

    def end(self) -> None:
        """Check that nothing follows."""
        if self._stream.read(1):
            raise self._damaged("what follows the last layer", "nothing", "more bytes")

    def _convolution(
        self, shape: tuple[int, int, int, int], stride: int, padding: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        filters, _, side, _ = shape
        self._expect_text("con_4")
        numbers = self._tensor(math.prod(shape) + filters, 1, 1, 1)
        self._expect("settings of con", filters, side, side, stride, stride, padding, padding)
        self._expect("parts of con", 1, *shape, 1, 1, filters, 1, 1)
        self._reals(4)  # learning rates and decays
        self._layer_end()
        return numbers[:-filters].reshape(shape), numbers[-filters:]

    def _affine(self, channels: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        self._expect_text("affine_")
        numbers = self._tensor(2 * channels, 1, 1, 1)
        self._expect("parts of affine", *(1, 1, channels, 1, 1) * 2, 0)
        self._layer_end()
        return numbers[:channels], numbers[channels:]

    def _layer_end(self) -> None:
        flags = self._bytes("flags of a layer", 3)
        if set(flags) - set(b"01"):
            raise self._damaged("flags of a layer", "0 or 1 each", flags)
        self._expect("tensors of training", *(2, 0, 0, 0, 0) * 3)

    def _tensor(self, *sizes: int) -> NDArray[np.float64]:
        self._expect("sizes of a tensor", 2, *sizes)
        numbers = np.frombuffer(self._bytes("weights", 4 * math.prod(sizes)), dtype="<f4").astype(np.float64)
        if not (np.abs(numbers) < _TOO_LARGE).all():
            raise self._damaged("weights", f"numbers under {_TOO_LARGE:g}", "larger, or not numbers")
        return numbers

    def _expect(self, what: str, *values: int) -> None:
        for value in values:
            if (got := self._whole(what)) != value:
                raise self._damaged(what, value, got)

    def _expect_text(self, text: str) -> None:
        length = self._whole(f"length of the name {text}")
        got = self._bytes(f"the name {text}", length) if length == len(text) else b""
        if got != text.encode():
            raise self._damaged("the name of a layer", text, got or f"{length} bytes long")

    def _reals(self, count: int) -> list[float]:
        return [self._real() for _ in range(count)]

    def _real(self) -> float:
        mantissa, exponent = self._whole("a mantissa"), self._whole("an exponent")
        if not -1_000 < exponent < 900:  # mantissas have 64 bits, so this is what a float64 holds
            raise self._damaged("an exponent", "between -1000 and 900", exponent)
        return math.ldexp(mantissa, exponent)

    def _whole(self, what: str) -> int:
        head = self._bytes(what, 1)[0]
        count = head & 0x7F
        if not 1 <= count <= 8:
            raise self._damaged(f"length of {what}", "1 to 8 bytes", count)
        size = int.from_bytes(self._bytes(what, count), "little")
        return -size if head & 0x80 else size

    def _bytes(self, what: str, count: int) -> bytes:
        got = self._stream.read(count)
        if len(got) < count:
            raise self._damaged(what, f"{count} bytes", f"only {len(got)}: the file is truncated")
        return got

    def _damaged(self, what: str, want: object, got: object) -> WeightsDamaged:
        return WeightsDamaged(
            f"{self._path} is not dlib's face network dlib_face_recognition_resnet_model_v1.dat: before byte "
            f"{self._stream.tell()}, {what} should be {want} and is {got}; replace it"
        )


def _parameter(numbers: NDArray[np.float64]) -> nn.Parameter:
    return nn.Parameter(torch.from_numpy(np.ascontiguousarray(numbers, dtype=np.float32)), requires_grad=False)
