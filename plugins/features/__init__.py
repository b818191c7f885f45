"""The contract of feature extractors: upright pictures in; faces or one vector a picture out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from plugins.features._quality import picture_exposure as picture_exposure
from plugins.features._quality import picture_sharpness as picture_sharpness
from plugins.features._quality import smile as smile
from plugins.records import FoundFace as FoundFace

Vectors: TypeAlias = NDArray[np.float32]


class ExtractionFailed(RuntimeError):
    """A network could not take one picture: leave that picture out, the text names it and says why."""


class Extractor(Protocol):
    """What all extractors share. Making one is cheap: the networks are loaded by the first picture.

    One extractor serves a whole process: `extract` is called from several threads at once.

    `version` changes whenever the same picture may give another vector: it names the preprocessing and the weights.
    `needs` are the names of the weights (`plugins.features.weights.KNOWN`) without which it cannot be made.
    """

    name: ClassVar[str]
    needs: ClassVar[tuple[str, ...]]
    version: str
    dim: int


class FaceExtractor(Extractor, Protocol):
    """A way to find faces and to tell people apart.

    `threshold` is the cosine from which two faces are called the same person, about one pair of strangers in 1,000;
    `event_threshold` is the looser one inside one event, where few people meet, about one in 100; `calibrated` says
    whether we measured them.
    """

    threshold: ClassVar[float]
    event_threshold: ClassVar[float]
    calibrated: ClassVar[bool]

    def extract(
        self, images: Sequence[Image.Image], failures: dict[int, str] | None = None
    ) -> list[tuple[FoundFace, ...]]:
        """Find the faces of upright pictures of any sizes; one tuple for each, its faces largest first.

        Args:
            images: the pictures.
            failures: takes, by the picture's index, the reason why it could not be worked on; its tuple is then empty.

        Raises:
            ExtractionFailed: a picture could not be worked on, and `failures` is None.
        """
        ...


class PictureExtractor(Extractor, Protocol):
    """A way to say what a whole picture shows."""

    def extract(self, images: Sequence[Image.Image], failures: dict[int, str] | None = None) -> Vectors:
        """Return one vector for each upright picture, float32, L2-normalised, shape (n, dim), in the given order.

        Args:
            images: the pictures, of any sizes.
            failures: takes, by the picture's index, the reason why it could not be worked on; its row is then NaN.

        Raises:
            ExtractionFailed: a picture could not be worked on, and `failures` is None.
        """
        ...

    def as_given_by(self, other: PictureExtractor, vectors: Vectors) -> Vectors | None:  # noqa: ARG002 (for those who can)
        """Return what another extractor says of the same pictures, made of this one's answers; None: ask the other.

        Args:
            other: the other extractor.
            vectors: this one's answers, shape (n, dim).
        """
        return None


def note_failure(failures: dict[int, str] | None, index: int, error: Exception) -> None:
    """Record why a picture of a batch failed, or raise when nobody takes the record.

    Raises:
        ExtractionFailed: `failures` is None.
    """
    reason = f"{type(error).__name__}: {error}"
    if failures is None:
        raise ExtractionFailed(f"picture {index} of the batch: {reason}") from error
    failures[index] = reason
