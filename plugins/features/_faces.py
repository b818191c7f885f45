"""What the face extractors share: detect, cut out, measure, embed; one bad picture never takes its batch with it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from plugins.features import FaceExtractor, FoundFace, Vectors, note_failure, weights
from plugins.features._once import made_once
from plugins.features._quality import face_quality
from plugins.features.meter import stage

if TYPE_CHECKING:
    from plugins.features._mtcnn import Detections, Detector

DETECTOR_NEEDS: Final = ("mtcnn_pnet", "mtcnn_rnet", "mtcnn_onet")

MIN_FACE_PX: Final = 20
"""Smallest face that is looked for, in a picture at working size: 1/64 of a longer side of 1280 px."""

DETECTOR: Final = f"mtcnn3-{MIN_FACE_PX}"
"""The detector's part of a version. Here, not beside the networks, so that a version costs no import of torch."""

Crops: TypeAlias = NDArray[np.uint8]


class DetectedFaces(FaceExtractor):
    """Faces by MTCNN; what embeds them is the subclass's: how a face is cut out, and its network.

    Args:
        device: where the networks run: auto, cpu, cuda or mps.
        weights_dir: folder that is searched for weights before all others.
    Raises:
        WeightsMissing: the weights are nowhere; the text says where to put them.
    """

    preprocessing: ClassVar[str]

    def __init__(self, device: str = "auto", weights_dir: Path | None = None) -> None:
        self.version = f"{DETECTOR}+{self.preprocessing}.{weights.weights_hash(*self.needs, folder=weights_dir)}"
        self._device = device
        self._weights_dir = weights_dir

    @abstractmethod
    def cut(self, image: Image.Image, seen: Detections) -> Crops:
        """Cut the n faces out of an RGB picture as `embed` wants them, shape (n, side, side, 3)."""

    @abstractmethod
    def embed(self, crops: Crops) -> Vectors:
        """Return the vectors of n faces, of any length, shape (n, dim)."""

    def extract(
        self, images: Sequence[Image.Image], failures: dict[int, str] | None = None
    ) -> list[tuple[FoundFace, ...]]:
        """Find the faces of upright pictures; see `FaceExtractor.extract`."""
        looked_at = [self._look(index, image, failures) for index, image in enumerate(images)]
        self._embed_all(looked_at, failures)
        return [seen.faces() for seen in looked_at]

    def _look(self, index: int, image: Image.Image, failures: dict[int, str] | None) -> _Seen:
        try:
            upright = as_rgb(image)
            seen = self._detector.detect(upright)
            with stage("cut"):
                return _Seen(index, upright, seen, self.cut(upright, seen) if len(seen) else None)
        except Exception as error:  # whatever it is, it is this picture's own
            note_failure(failures, index, error)
            return _Seen(index)

    def _embed_all(self, looked_at: Sequence[_Seen], failures: dict[int, str] | None) -> None:
        """Embed the faces of all pictures together, and each picture's alone if that fails."""
        with_faces = [seen for seen in looked_at if seen.crops is not None]
        try:
            _share(with_faces, self._embedded([seen.crops for seen in with_faces if seen.crops is not None]))
        except Exception:
            for seen in with_faces:
                try:
                    _share([seen], self._embedded([seen.crops] if seen.crops is not None else []))
                except Exception as error:  # whatever it is, it is this picture's own
                    note_failure(failures, seen.index, error)

    def _embedded(self, crops: Sequence[Crops]) -> Vectors:
        if not crops:
            return np.zeros((0, self.dim), np.float32)
        vectors = unit(self.embed(np.concatenate(crops)))
        if not np.isfinite(vectors).all():
            raise FloatingPointError("the embedder answered with numbers that are not finite")
        return vectors

    @made_once
    def _detector(self) -> Detector:
        from plugins.features._mtcnn import Detector  # noqa: PLC0415 - imports torch

        return Detector(self._device, self._weights_dir)


@dataclass(eq=False)
class _Seen:
    """What is known of one picture of a batch so far."""

    index: int
    image: Image.Image | None = None
    detections: Detections | None = None
    crops: Crops | None = None
    vectors: Vectors | None = None

    def faces(self) -> tuple[FoundFace, ...]:
        """Return the faces, largest first."""
        if self.image is None or self.detections is None or self.vectors is None:
            return ()
        with stage("measure faces"):
            return tuple(_face(self.image, self.detections, i, vector) for i, vector in enumerate(self.vectors))


def _share(pictures: Sequence[_Seen], vectors: Vectors) -> None:
    ends = np.cumsum([len(seen.detections or ()) for seen in pictures]).tolist()
    for seen, start, end in zip(pictures, [0, *ends], ends, strict=False):
        seen.vectors = vectors[start:end]


def as_rgb(image: Image.Image) -> Image.Image:
    """Return a picture in RGB, without a copy where it is that already."""
    return image if image.mode == "RGB" else image.convert("RGB")


def unit(vectors: Vectors) -> Vectors:
    """Return the rows L2-normalised, float32; a row of zeros stays."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    normalised: Vectors = (vectors / np.maximum(length, np.finfo(np.float32).tiny)).astype(np.float32)
    return normalised


def _face(image: Image.Image, seen: Detections, i: int, vector: Vectors) -> FoundFace:
    quality = face_quality(image, seen.boxes[i], seen.landmarks[i])
    left, top, right, bottom = (seen.boxes[i] / np.tile(image.size, 2)).tolist()
    eye_l, eye_r, nose, mouth_l, mouth_r = ((x, y) for x, y in (seen.landmarks[i] / image.size).tolist())
    return FoundFace(
        box=(left, top, right, bottom),
        landmarks=(eye_l, eye_r, nose, mouth_l, mouth_r),
        score=float(seen.scores[i]),
        size_px=quality.size_px,
        sharpness=quality.sharpness,
        frontal=quality.frontal,
        vector=vector,
    )
