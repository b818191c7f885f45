"""Which processor a network runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def torch_device(device: str) -> torch.device:
    """Return the torch device of that name; `auto` takes CUDA where it is there, else the processor."""
    import torch  # noqa: PLC0415 - takes seconds, and only extraction needs it

    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(device)
