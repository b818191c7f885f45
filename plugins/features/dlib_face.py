"""Faces by MTCNN and dlib's ResNet: 128 numbers a face, all weights come with installed packages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from plugins.features import Vectors, weights
from plugins.features._device import torch_device
from plugins.features._faces import DETECTOR_NEEDS, Crops, DetectedFaces
from plugins.features._once import made_once

if TYPE_CHECKING:
    from plugins.features._mtcnn import Detections
    from plugins.features._network import Network

CHIP_PX: Final = 150
CHIP_PADDING: Final = 0.25
FACES_AT_ONCE: Final = 16


class Plugin(DetectedFaces):
    """MTCNN finds a face; dlib's five-point predictor aligns it inside that box, and dlib's network embeds it.

    On 540,280 pairs of LFW pictures (430 people, up to 4 pictures each) dlib's own five points tell people apart as
    well as the landmarks of MTCNN or better: true positives .935 against .932 at one false positive in 1,000, AUC .9995
    against .9994; turned by up to 40°, .928 against .925. So the network gets the crops that it was trained on.

    Thresholds: LFW deep-funneled, 430 people sorted by name and shuffled by `default_rng(0)`, up to 5 pictures each.
    The first 215 (605 pictures, 181,813 pairs of strangers) set them: 0.928 at one false positive in 1,000 (true
    positives .913), 0.909 at one in 100 (.991). The other 215 people check them: .0006 and .937; .008 and .993.
    Cosines of this network lie close together: 0.05 below the threshold, one pair of strangers in nine passes.

    Source: dlib_face_recognition_resnet_model_v1 (Davis King, 2017).

    The network runs in torch from dlib's own weights, `_dlib_resnet`: dlib itself takes 60 ms a face on one core.

    Args and errors: see `DetectedFaces`.
    """

    name: ClassVar[str] = "dlib_face"
    needs: ClassVar[tuple[str, ...]] = (*DETECTOR_NEEDS, "dlib_five_points", "dlib_resnet")
    preprocessing: ClassVar[str] = "dlib5"
    dim = 128
    threshold: ClassVar[float] = 0.928
    event_threshold: ClassVar[float] = 0.909
    calibrated: ClassVar[bool] = True

    def cut(self, image: Image.Image, seen: Detections) -> Crops:
        """Cut the faces out as dlib's network was trained on them, shape (n, 150, 150, 3)."""
        pixels = np.asarray(image)
        return np.stack([self._chip(pixels, box) for box in seen.boxes])

    def embed(self, crops: Crops) -> Vectors:
        """Return the vectors of faces, shape (n, 128)."""
        import torch  # noqa: PLC0415 - takes seconds, and only extraction needs it

        faces = torch.from_numpy(crops).permute(0, 3, 1, 2)
        parts = [self._network(part.float())[0].cpu() for part in torch.split(faces, FACES_AT_ONCE)]
        vectors: Vectors = torch.cat(parts).numpy()
        return vectors

    def _chip(self, pixels: NDArray[np.uint8], box: NDArray[np.float64]) -> NDArray[np.uint8]:
        import dlib  # noqa: PLC0415 - only extraction needs it

        # dlib's predictor was trained on square boxes.
        middle, side = (box[:2] + box[2:]) / 2, float((box[2:] - box[:2]).mean())
        corners = [round(float(v)) for v in (*(middle - side / 2), *(middle + side / 2))]
        points = self._points(pixels, dlib.rectangle(*corners))
        chip: NDArray[np.uint8] = dlib.get_face_chip(pixels, points, CHIP_PX, CHIP_PADDING)
        return chip

    @made_once
    def _points(self) -> Any:
        import dlib  # noqa: PLC0415 - only extraction needs it

        return dlib.shape_predictor(str(weights.find("dlib_five_points", self._weights_dir)))

    @made_once
    def _network(self) -> Network:
        from plugins.features._dlib_resnet import load  # noqa: PLC0415 - imports torch
        from plugins.features._network import Network  # noqa: PLC0415 - imports torch

        path = weights.find("dlib_resnet", self._weights_dir)
        return Network(load(path), torch_device(self._device), "face net")
