"""Which processor a network runs on, and what it does fast."""

from __future__ import annotations

import ctypes
import sys
import time
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import torch

FAST_ENOUGH: Final = 0.8
"""bfloat16 is taken where it needs at most this share of the time of float32, and int8 where it needs at most this
share of the time of the better of the two; above, it is not worth the rounding."""

KEPT_BYTES: Final = 1 << 26
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # <malloc.h>


def torch_device(device: str) -> torch.device:
    """Return the torch device of that name; `auto` takes CUDA, then Apple's MPS, then the processor."""
    import torch  # noqa: PLC0415 - takes seconds, and only extraction needs it

    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    if device == "cpu":
        _keep_buffers()
    return torch.device(device)


@cache
def bfloat16_is_fast(device: torch.device) -> bool:
    """Say whether a convolution as VGG16 has them is clearly faster in bfloat16 than in float32; takes about 0.1 s."""
    import torch  # noqa: PLC0415 - takes seconds, and only extraction needs it

    try:
        return _seconds(device, torch.bfloat16) < FAST_ENOUGH * _seconds(device, torch.float32)
    except (RuntimeError, TypeError, NotImplementedError):  # the device has no bfloat16
        return False


@cache
def int8_is_fast() -> bool:
    """Say whether such a convolution is clearly faster on the processor in int8 than in the better of the others."""
    import torch  # noqa: PLC0415 - takes seconds, and only extraction needs it

    device = torch.device("cpu")
    floats = torch.bfloat16 if bfloat16_is_fast(device) else torch.float32
    try:
        return _seconds(device, torch.uint8) < FAST_ENOUGH * _seconds(device, floats)
    except (RuntimeError, AttributeError):  # no such kernels in this torch, or none for this processor
        return False


@cache
def _seconds(device: torch.device, dtype: torch.dtype) -> float:
    import torch  # noqa: PLC0415 - takes seconds, and only extraction needs it

    from plugins.features._quantised import convolution  # noqa: PLC0415 - imports torch

    layer = torch.nn.Conv2d(128, 128, 3, padding=1).to(memory_format=torch.channels_last)
    network = convolution(layer, 1.0, 1.0) if dtype == torch.uint8 else layer.to(device, dtype)
    batch = torch.ones((2, 128, 56, 56), device=device, dtype=dtype).contiguous(memory_format=torch.channels_last)

    def once() -> None:
        network(batch).sum().item()  # waits for the device

    with torch.inference_mode():
        once()  # the first one plans
        return min(_timed(once) for _ in range(5))


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@cache
def _keep_buffers() -> None:
    """Let glibc keep large buffers for the next picture instead of giving each back to the kernel.

    A new buffer costs a page fault every 4 KB: measured, a fifth of VGG16's time in bfloat16. Other C libraries are
    left alone.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, KEPT_BYTES)
        mallopt(_M_TRIM_THRESHOLD, KEPT_BYTES)
