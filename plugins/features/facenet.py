"""Faces by MTCNN and InceptionResnetV1 trained on VGGFace2: 512 numbers a face."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
from PIL import Image

from plugins.features import FaceExtractor, FoundFace, Vectors, weights
from plugins.features._alignment import FACENET_160, FACENET_STRETCH, FloatArray, similarity, warped
from plugins.features._device import torch_device
from plugins.features._faces import DETECTOR, DETECTOR_NEEDS, extract_faces

if TYPE_CHECKING:
    import torch
    from facenet_pytorch import InceptionResnetV1

    from plugins.features._mtcnn import Detections, Detector

PREPROCESSING: Final = f"{DETECTOR}+facenet160"
CROP_PX: Final = 160
FACES_AT_ONCE: Final = 32
_STRETCHED: Final = np.array([FACENET_STRETCH, 1.0])


class Plugin(FaceExtractor):
    """MTCNN finds a face and its five landmarks; the upright crop goes through facenet-pytorch's InceptionResnetV1.

    The threshold is not calibrated by us: it is 1 - 0.30, the cosine distance that DeepFace uses for this network
    (`Facenet512` in deepface/config/threshold.py, https://github.com/serengil/deepface); inside one event 0.05 less.

    Args:
        device: auto, cpu or cuda.
        weights_dir: folder that is searched for weights before all others.
    Raises:
        WeightsMissing: the weights are nowhere; the text says where to put them.
    """

    name: ClassVar[str] = "facenet"
    needs: ClassVar[tuple[str, ...]] = (*DETECTOR_NEEDS, "facenet")
    threshold: ClassVar[float] = 0.70
    event_threshold: ClassVar[float] = 0.65
    calibrated: ClassVar[bool] = False

    def __init__(self, device: str = "auto", weights_dir: Path | None = None) -> None:
        self.dim = 512
        self.version = f"{PREPROCESSING}.{weights.weights_hash(*self.needs, folder=weights_dir)}"
        self._device = device
        self._weights_dir = weights_dir

    def extract(
        self, images: Sequence[Image.Image], failures: dict[int, str] | None = None
    ) -> list[tuple[FoundFace, ...]]:
        """Find the faces of upright pictures; see `FaceExtractor.extract`."""
        return extract_faces(images, self._detector, self._embed, failures)

    def embed_crops(self, crops: Sequence[Image.Image]) -> Vectors:
        """Return the vectors of upright face crops of 160 × 160 px, RGB, shape (n, 512), L2-normalised."""
        import torch  # noqa: PLC0415 - takes seconds, and only extraction needs it

        pixels = np.stack([np.asarray(crop, dtype=np.float32) for crop in crops])
        faces = (torch.from_numpy(pixels).permute(0, 3, 1, 2) - 127.5) / 128.0
        with torch.inference_mode():
            parts = [self._network(part.to(torch_device(self._device))) for part in torch.split(faces, FACES_AT_ONCE)]
            vectors: Vectors = torch.cat(parts).float().cpu().numpy()
        return vectors

    def _embed(self, image: Image.Image, seen: Detections) -> Vectors:
        return self.embed_crops([warped(image, crop_matrix(points), CROP_PX) for points in seen.landmarks])

    @cached_property
    def _detector(self) -> Detector:
        from plugins.features._mtcnn import Detector  # noqa: PLC0415 - imports torch

        return Detector(self._device, self._weights_dir)

    @cached_property
    def _network(self) -> InceptionResnetV1:
        import torch  # noqa: PLC0415 - takes seconds, and only extraction needs it
        from facenet_pytorch import InceptionResnetV1  # noqa: PLC0415 - imports torch

        with torch.device("meta"):  # no random weights that the file would replace
            network = InceptionResnetV1(pretrained=None)
        state = _state(weights.find("facenet", self._weights_dir))
        # The classifier over the training people ("logits") is not part of the embedder.
        network.load_state_dict({k: v for k, v in state.items() if not k.startswith("logits.")}, assign=True)
        return network.eval().to(torch_device(self._device))


def crop_matrix(landmarks_px: FloatArray) -> FloatArray:
    """Return the matrix (2, 3) from a picture to the 160 px crop: a similarity, then the stretch of the training."""
    matrix: FloatArray = similarity(landmarks_px, FACENET_160 / _STRETCHED) * _STRETCHED[:, None]
    return matrix


def _state(path: Path) -> dict[str, torch.Tensor]:
    import torch  # noqa: PLC0415 - takes seconds, and only extraction needs it
    from safetensors.torch import load_file  # noqa: PLC0415 - imports torch

    if path.suffix == ".safetensors":
        return load_file(path)
    state: dict[str, torch.Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return state
