"""The heads that Albumen ships, trained again on simulated galleries: the same seed gives the same file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from plugins.covers._interest_training import train_interest
from plugins.covers._strict_training import train_strict
from plugins.one_thread import one_thread
from plugins.people._affinity_training import train_affinity
from plugins.people._confidence_training import train_confidence
from plugins.trained_heads import Head, save_head

PEOPLE: Final = Path(__file__).parent / "people" / "weights"
COVERS: Final = Path(__file__).parent / "covers" / "weights"


@dataclass(frozen=True, slots=True)
class Shipped:
    """How a shipped head is made: by what, from which seed, and which folder it is read from."""

    train: Callable[..., Head]
    seed: int
    folder: Path


TRAINERS: Final[Mapping[str, Shipped]] = {
    "affinity_gcn": Shipped(train_affinity, 1, PEOPLE),
    "confidence_gcn": Shipped(train_confidence, 1, PEOPLE),
    "interest_gru": Shipped(train_interest, 1, COVERS),
    "interest_gru_strict": Shipped(train_strict, 1, COVERS),
}


def train_shipped(method: str, folder: Path | None = None, **sizes: int) -> tuple[Path, Mapping[str, str]]:
    """Train the head of a method and write its file; return where, and its facts with the held-out figures.

    Args:
        method: one of `TRAINERS`.
        folder: where the file goes; None for where it is read from.
        sizes: of the training, as the trainer takes them; its own by default.
    """
    shipped = TRAINERS[method]
    with one_thread():  # sums over several threads come in any order, and no two files would be the same
        head = shipped.train(shipped.seed, **sizes)
    path = (folder or shipped.folder) / f"{method}.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    save_head(path, head.tensors, head.facts)
    return path, head.facts
