"""A chain of 3 × 3 convolutions in whole numbers of eight bits, by the kernels that torch has for processors."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor
from torch.nn import Conv2d, MaxPool2d, Module, Sequential

from plugins.features._device import int8_is_fast
from plugins.features._network import lowest_cosine

SAME: Final = 0.99
"""Cosine to the answer in float32 that each drawn picture's whole map must reach; real pictures' reach .996."""

DRAWN: Final = 4
"""Pictures that are drawn for the comparison; each costs one pass in float32, about 0.13 s."""

log = logging.getLogger("albumen")


class Quantised(Module):
    """Answers as a chain of 3 × 3 convolutions with ReLU and 2 × 2 poolings does.

    Weights are signed bytes with a step for each channel, what flows between layers unsigned bytes with a step for each
    layer; sums are kept whole in 32 bits, and the last layer answers in float32. The first layer takes the pixels as
    they are: the mean that they lack is in its bias.

    Source: Jacob et al., Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference
    (2018), section 2; steps by channel as in Krishnamoorthi (2018), section 3.1.

    Args:
        chain: `Conv2d` with a bias each followed by its `ReLU`, and `MaxPool2d`, in float32 on the processor.
        largest: for each convolution but the last, the largest value after its ReLU that is told apart from others.
        mean: what the chain's input lacks in each channel to be pixels, 0 to 255.
    Raises:
        RuntimeError: torch has no such kernels for this processor.
    """

    def __init__(self, chain: Sequential, largest: Sequence[float], mean: Sequence[float]) -> None:
        super().__init__()
        self._mean = torch.tensor(mean).view(1, -1, 1, 1)
        self._layers = tuple(_layers(chain, largest, self._mean))

    def forward(self, batch: Tensor) -> Tensor:
        """Return the last map, float32, from pictures of shape (n, channels, height, width) without their mean."""
        maps = self._framed(batch)
        for layer in self._layers:
            maps = layer(maps)
        return maps

    def _framed(self, batch: Tensor) -> Tensor:
        """Return the pictures as bytes in a frame of the mean, which is what padding with zeros is without the mean."""
        n, channels, height, width = batch.shape
        frame = self._mean.round().to(torch.uint8).expand(n, channels, height + 2, width + 2)
        framed = frame.contiguous(memory_format=torch.channels_last)
        framed[:, :, 1:-1, 1:-1] = (batch + self._mean).round_().clamp_(0, 255)
        return framed


@dataclass(frozen=True, slots=True, eq=False)
class Convolution:
    """A 3 × 3 convolution with ReLU on unsigned bytes, shape (n, channels, height, width), channels last.

    Args:
        weights: signed bytes as the kernel wants them, and `steps` what one is worth in each channel.
        bias: in float32.
        step_in: what one is worth in the input, and `step_out` in the answer; None lets it answer in float32.
        padding: zeros around the input.
    """

    weights: Tensor
    steps: Tensor
    bias: Tensor
    step_in: float
    step_out: float | None
    padding: int

    def __call__(self, maps: Tensor) -> Tensor:
        """Return the maps after ReLU."""
        answer: Tensor = torch.ops.onednn.qconv2d_pointwise(
            *(maps, self.step_in, 0, self.weights, self.steps, torch.zeros(len(self.steps), dtype=torch.int32)),
            *(self.bias, [1, 1], [self.padding, self.padding], [1, 1], 1, self.step_out or 1.0, 0),
            *(torch.float32 if self.step_out is None else torch.uint8, "relu", [], ""),
        )
        return answer


def convolution(layer: Conv2d, step_in: float, step_out: float | None, mean: Tensor | None = None) -> Convolution:
    """Return a layer in whole numbers; with a mean it is the first one, whose input is framed and has that mean."""
    weights, bias = layer.weight.detach().float(), _bias(layer)
    steps = weights.abs().amax((1, 2, 3)).clamp_min(torch.finfo(torch.float32).tiny) / 127
    whole = (weights / steps.view(-1, 1, 1, 1)).round()
    if mean is not None:
        bias = bias - steps * (whole * mean).sum((1, 2, 3))
    padding = 0 if mean is not None else 1
    packed = torch.ops.onednn.qconv_prepack(
        whole.to(torch.int8), steps, step_in, 0, [1, 1], [padding, padding], [1, 1], 1, None
    )
    return Convolution(packed, steps, bias, step_in, step_out, padding)


def pooled(maps: Tensor) -> Tensor:
    """Return the largest of each 2 × 2 places; torch's own pooling takes no bytes."""
    rows = torch.maximum(maps[:, :, 0::2], maps[:, :, 1::2])
    return torch.maximum(rows[..., 0::2], rows[..., 1::2])


def quantised(
    chain: Sequential, largest: Sequence[float], mean: Sequence[float], side_px: int, forced: bool = False
) -> Quantised | None:
    """Return a chain in whole numbers where the processor is clearly faster with them and gives the same answers.

    Processors that add products in 16 bits first saturate there; drawn pictures show it.

    Args:
        chain, largest, mean: see `Quantised`.
        side_px: of its pictures, which are square.
        forced: whether to leave out the probe of the speed.
    """
    if not (forced or int8_is_fast()):
        return None
    try:
        quick = Quantised(chain, largest, mean)
        pictures = drawn_pictures(DRAWN, side_px) - torch.tensor(mean).view(1, -1, 1, 1)
        with torch.inference_mode():
            worst = min(lowest_cosine((chain(one[None]),), (quick(one[None]),)) for one in pictures)
    except (RuntimeError, AttributeError) as error:  # no such kernels in this torch, or none for this processor
        log.info("int8 is left out: %s", error)
        return None
    if worst < SAME:
        log.info("int8 reaches a cosine of %.4f only, so it is left out", worst)
        return None
    return quick


def drawn_pictures(n: int, side_px: int) -> Tensor:
    """Draw pictures of clouds, edges and grain, the same ones everywhere: pixels 0 to 255, shape (n, 3, side, side)."""
    random = torch.Generator().manual_seed(0)
    total = torch.zeros((n, 3, side_px, side_px))
    for cells in (2, 7, 28, 112):  # as in photos, what is twice as fine is half as strong, roughly
        coarse = torch.rand((n, 3, cells, cells), generator=random) - 0.5
        total += torch.nn.functional.interpolate(coarse, (side_px, side_px), mode="nearest") / cells**0.5
    lowest, highest = total.amin((1, 2, 3), keepdim=True), total.amax((1, 2, 3), keepdim=True)
    return ((total - lowest) / (highest - lowest) * 255).round()


def _layers(chain: Sequential, largest: Sequence[float], mean: Tensor) -> Iterator[Callable[[Tensor], Tensor]]:
    ends = iter([*(value / 255 for value in largest), None])
    step: float = 1.0
    mean_of_first: Tensor | None = mean
    for layer in chain:
        if isinstance(layer, MaxPool2d):
            yield pooled
        elif isinstance(layer, Conv2d):
            end = next(ends)
            yield convolution(layer, step, end, mean_of_first)
            step, mean_of_first = end or 1.0, None


def _bias(layer: Conv2d) -> Tensor:
    return torch.zeros(layer.out_channels) if layer.bias is None else layer.bias.detach().float()
