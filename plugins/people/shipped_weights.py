"""The heads that Albumen ships, trained again on simulated galleries: the same seed gives the same file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import torch

from plugins.people._affinity_training import train_affinity
from plugins.people._confidence_training import train_confidence
from plugins.people._heads import Head, save_head

FOLDER: Final = Path(__file__).parent / "weights"
TRAINERS: Final[Mapping[str, Callable[..., Head]]] = {
    "affinity_gcn": train_affinity,
    "confidence_gcn": train_confidence,
}
SEEDS: Final[Mapping[str, int]] = {"affinity_gcn": 1, "confidence_gcn": 1}
"""Of the shipped files."""


def train_shipped(method: str, folder: Path = FOLDER, **sizes: int) -> tuple[Path, Mapping[str, str]]:
    """Train the head of a method and write its file; return where, and its facts with the held-out figures.

    Args:
        method: one of `TRAINERS`.
        folder: where the file goes.
        sizes: of the training, as the trainer takes them; its own by default.
    """
    with _one_thread():  # sums over several threads come in any order, and no two files would be the same
        head = TRAINERS[method](SEEDS[method], **sizes)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{method}.safetensors"
    save_head(path, head.tensors, head.facts)
    return path, head.facts


@contextmanager
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
