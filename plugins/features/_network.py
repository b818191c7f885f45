"""A network in the fastest number format that gives the same answers."""

from __future__ import annotations

import copy
import logging
import threading
from pathlib import Path
from typing import Final

import torch
from torch import Tensor
from torch.nn import Module
from torch.nn.functional import cosine_similarity

from plugins.features import weights
from plugins.features._device import bfloat16_is_fast
from plugins.features.meter import stage

SAME: Final = 0.999
"""Cosine to the answer in float32 that every answer in bfloat16 must reach; rounding to float16 costs as much."""

COMPARED: Final = 32
"""Answers that are compared before bfloat16 is trusted."""

log = logging.getLogger("albumen")


class Network:
    """Runs a network with channels last, in bfloat16 where that is fast and proves right on the first real pictures.

    Until `COMPARED` answers were compared, both formats run and the float32 answers are given. May be used by several
    threads.

    Args:
        module: the network, in float32, ready to answer; it takes one batch and answers with a tensor or several. It is
            the caller's no longer.
        device: where it runs.
        name: the stage's name for the `Meter`, and for messages.
        bfloat16: whether to try it; None lets a probe of the device decide. False is for answers that are coordinates.
    """

    def __init__(self, module: Module, device: torch.device, name: str, bfloat16: bool | None = None) -> None:
        self._name = name
        self._device = device
        self._lock = threading.Lock()
        self._compared = 0
        is_tried = bfloat16_is_fast(device) if bfloat16 is None else bfloat16
        quick = _placed(copy.deepcopy(module), device, torch.bfloat16) if is_tried else None
        exact = _placed(module, device, torch.float32)
        self._both = None if quick is None else (exact, quick)
        self._chosen = (exact, torch.float32)

    def __call__(self, batch: Tensor) -> tuple[Tensor, ...]:
        """Answer a batch of shape (n, channels, height, width) in float32; each answer's first length is n."""
        batch = batch.to(self._device)
        with torch.inference_mode(), stage(self._name):
            both = self._both  # another thread may choose now
            return _answers(*self._chosen, batch) if both is None else self._compare(*both, batch)

    def _compare(self, exact: Module, quick: Module, batch: Tensor) -> tuple[Tensor, ...]:
        answers = _answers(exact, torch.float32, batch)
        worst = lowest_cosine(answers, _answers(quick, torch.bfloat16, batch))
        with self._lock:
            self._compared += len(batch)
            if worst < SAME:
                self._chosen, self._both = (exact, torch.float32), None
                log.info("%s: bfloat16 reaches a cosine of %.4f only, so it runs in float32", self._name, worst)
            elif self._compared >= COMPARED and self._both is not None:
                self._chosen, self._both = (quick, torch.bfloat16), None
        return answers


def fill(network: Module, name: str, folder: Path | None) -> None:
    """Give a network, made on any device, the weights `name` in float32; counters of the training stay as they are.

    Raises:
        WeightsMissing: the weights are nowhere.
        WeightsDamaged: the file found does not hold this network's layers.
    """
    shapes = {layer: tuple(tensor.shape) for layer, tensor in network.state_dict().items()}
    state = weights.load_state(name, shapes, folder)
    network.load_state_dict({layer: tensor.float() for layer, tensor in state.items()}, strict=False, assign=True)


def _placed(module: Module, device: torch.device, dtype: torch.dtype) -> Module:
    placed: Module = module.to(device, dtype).to(memory_format=torch.channels_last)
    return placed.eval().requires_grad_(requires_grad=False)


def _answers(network: Module, dtype: torch.dtype, batch: Tensor) -> tuple[Tensor, ...]:
    answer = network(batch.to(dtype, memory_format=torch.channels_last))
    return tuple(part.float() for part in (answer if isinstance(answer, tuple) else (answer,)))


def lowest_cosine(exact: tuple[Tensor, ...], quick: tuple[Tensor, ...]) -> float:
    """Return the smallest cosine between an item's answers; 1 where both are zero."""
    lowest = 1.0
    for a, b in zip(exact, quick, strict=True):
        one, other = a.flatten(1).double(), b.flatten(1).double()
        both_zero = (one == 0).all(dim=1) & (other == 0).all(dim=1)
        cosine = cosine_similarity(one, other, dim=1).masked_fill(both_zero, 1.0).nan_to_num(nan=-1.0)
        lowest = min([lowest, *cosine.tolist()])
    return lowest
