"""Faces by MTCNN and InceptionResnetV1 trained on VGGFace2: 512 numbers a face."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
from PIL import Image

from plugins.features import Vectors
from plugins.features._alignment import FACENET_160, FACENET_STRETCH, FloatArray, similarity, warped
from plugins.features._device import torch_device
from plugins.features._faces import DETECTOR_NEEDS, Crops, DetectedFaces
from plugins.features._once import made_once

if TYPE_CHECKING:
    from facenet_pytorch import InceptionResnetV1

    from plugins.features._mtcnn import Detections
    from plugins.features._network import Network

CROP_PX: Final = 160
FACES_AT_ONCE: Final = 16
_STRETCHED: Final = np.array([FACENET_STRETCH, 1.0])


class Plugin(DetectedFaces):
    """MTCNN finds a face and its five landmarks; the upright crop goes through facenet-pytorch's InceptionResnetV1.

    The threshold is not calibrated by us: it is 1 - 0.30, the cosine distance that DeepFace uses for this network
    (`Facenet512` in deepface/config/threshold.py, https://github.com/serengil/deepface); inside one event 0.05 less.

    Args and errors: see `DetectedFaces`.
    """

    name: ClassVar[str] = "facenet"
    needs: ClassVar[tuple[str, ...]] = (*DETECTOR_NEEDS, "facenet")
    preprocessing: ClassVar[str] = "facenet160"
    dim = 512
    threshold: ClassVar[float] = 0.70
    event_threshold: ClassVar[float] = 0.65
    calibrated: ClassVar[bool] = False

    def cut(self, image: Image.Image, seen: Detections) -> Crops:
        """Cut the faces out upright, with the stretch of the training, shape (n, 160, 160, 3)."""
        return np.stack([np.asarray(warped(image, crop_matrix(points), CROP_PX)) for points in seen.landmarks])

    def embed(self, crops: Crops) -> Vectors:
        """Return the vectors of faces, shape (n, 512)."""
        import torch  # noqa: PLC0415 - takes seconds, and only extraction needs it

        faces = (torch.from_numpy(crops).permute(0, 3, 1, 2).float() - 127.5) / 128.0
        parts = [self._network(part)[0].cpu() for part in torch.split(faces, FACES_AT_ONCE)]
        vectors: Vectors = torch.cat(parts).numpy()
        return vectors

    @made_once
    def _network(self) -> Network:
        import torch  # noqa: PLC0415 - takes seconds, and only extraction needs it

        from plugins.features._lean import facenet_models  # noqa: PLC0415 - imports torch
        from plugins.features._network import Network, fill  # noqa: PLC0415 - imports torch

        with torch.device("meta"):  # no random weights that the file would replace
            network = facenet_models("inception_resnet_v1").InceptionResnetV1(pretrained=None).eval()
        fill(network, "facenet", self._weights_dir)
        _fold_normalisation(network)
        return Network(network, torch_device(self._device), "face net")


def crop_matrix(landmarks_px: FloatArray) -> FloatArray:
    """Return the matrix (2, 3) from a picture to the 160 px crop: a similarity, then the stretch of the training."""
    matrix: FloatArray = similarity(landmarks_px, FACENET_160 / _STRETCHED) * _STRETCHED[:, None]
    return matrix


def _fold_normalisation(network: InceptionResnetV1) -> None:
    """Work the batch normalisation into the layers before it: less to compute, and one rounding less."""
    from torch.nn import Identity  # noqa: PLC0415 - takes seconds, and only extraction needs it
    from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval  # noqa: PLC0415

    for layer in [layer for layer in network.modules() if hasattr(layer, "bn")]:
        layer.conv, layer.bn = fuse_conv_bn_eval(layer.conv, layer.bn), Identity()
    network.last_linear, network.last_bn = fuse_linear_bn_eval(network.last_linear, network.last_bn), Identity()
