"""The face detector of both embedders: MTCNN with the networks and weights of facenet-pytorch.

The cascade is our own because facenet-pytorch 2.6.0 fails on pictures under 20 px, on batches of different sizes, and
when a candidate box lies beyond the picture, and answers with arrays of objects. Given the same picture it finds the
same faces (a test compares them). Source: Zhang et al., Joint Face Detection and Alignment using Multi-task Cascaded
Convolutional Networks (2016).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from facenet_pytorch import ONet, PNet, RNet
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import Module
from torch.nn.functional import interpolate
from torchvision.ops import nms

from plugins.features import weights
from plugins.features._device import torch_device
from plugins.features._faces import DETECTOR_NEEDS, LONG_SIDE_PX, MIN_FACE_PX

PYRAMID: Final = 0.709
"""Each step halves the area."""

SURE: Final = (0.6, 0.7, 0.7)
"""Probability that a candidate needs in each of the three stages."""

CANDIDATES_AT_ONCE: Final = 512


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """The faces of one picture, largest first, in pixels of that picture.

    Args:
        boxes: left, top, right, bottom, within the picture, shape (n, 4).
        scores: probability that this is a face, 0.7 to 1, shape (n,).
        landmarks: left eye, right eye, nose, left and right mouth corner (x, y), shape (n, 5, 2).
    """

    boxes: NDArray[np.float64]
    scores: NDArray[np.float64]
    landmarks: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.scores)


class Detector:
    """Finds faces and their five landmarks.

    Raises:
        WeightsMissing: the weights are nowhere.
    """

    def __init__(self, device: str = "auto", weights_dir: Path | None = None) -> None:
        self._device = torch_device(device)
        nets = (PNet(pretrained=False), RNet(pretrained=False), ONet(pretrained=False))
        for net, name in zip(nets, DETECTOR_NEEDS, strict=True):
            path = weights.find(name, weights_dir)
            net.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
            net.eval().to(self._device)
        self._pnet, self._rnet, self._onet = nets

    def detect(self, image: Image.Image) -> Detections:
        """Find the faces of one upright RGB picture of any size."""
        ratio = min(1.0, LONG_SIDE_PX / max(image.size))
        size = (max(1, round(image.width * ratio)), max(1, round(image.height * ratio)))
        small = image if size == image.size else image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
        with torch.inference_mode():
            pixels = torch.from_numpy(np.array(small, dtype=np.uint8)).to(self._device)
            boxes, scores, points = self._cascade(pixels.permute(2, 0, 1)[None].float())
        back = np.array(image.size) / np.array(size)
        return _in_picture(boxes * np.tile(back, 2), scores, points * back, image.size)

    def _cascade(self, pixels: Tensor) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        boxes, points = self._located(pixels, self._refined(pixels, self._proposed(pixels)))
        found = boxes.double().cpu().numpy()
        return found[:, :4], found[:, 4], points.double().cpu().numpy()

    def _proposed(self, pixels: Tensor) -> Tensor:
        """First stage: candidates of shape (n, 5) from the pyramid, square."""
        found = [self._proposed_at(pixels, scale) for scale in _scales(*pixels.shape[2:])]
        boxes = torch.cat([*found, pixels.new_zeros((0, 9))])
        boxes = boxes[nms(boxes[:, :4], boxes[:, 4], 0.7)]
        sides = (boxes[:, 2:4] - boxes[:, :2]).repeat(1, 2)
        return _squared(torch.cat([boxes[:, :4] + boxes[:, 5:] * sides, boxes[:, 4:5]], dim=1))

    def _proposed_at(self, pixels: Tensor, scale: float) -> Tensor:
        height, width = pixels.shape[2:]
        shrunk = interpolate(pixels, size=(int(height * scale + 1), int(width * scale + 1)), mode="area")
        shift, face = self._pnet(_normalised(shrunk))  # (1, 4, h, w), (1, 2, h, w)
        row, column = (face[0, 1] >= SURE[0]).nonzero(as_tuple=True)
        corner = torch.stack([column, row], dim=1).float()
        boxes = torch.cat([((2 * corner + 1) / scale).floor(), ((2 * corner + 12) / scale).floor()], dim=1)
        found = torch.cat([boxes, face[0, 1, row, column][:, None], shift[0, :, row, column].T], dim=1)
        return found[nms(found[:, :4], found[:, 4], 0.5)]

    def _refined(self, pixels: Tensor, boxes: Tensor) -> Tensor:
        """Second stage: fewer and better candidates, square."""
        boxes, crops = _crops(pixels, boxes, 24)
        shift, face = _in_chunks(self._rnet, crops, (4, 2))
        boxes, shift = _kept(boxes, face[:, 1], SURE[1], shift)
        keep = nms(boxes[:, :4], boxes[:, 4], 0.7)
        return _squared(_shifted(boxes[keep], shift[keep]))

    def _located(self, pixels: Tensor, boxes: Tensor) -> tuple[Tensor, Tensor]:
        """Third stage: faces (n, 5) and landmarks (n, 5, 2)."""
        boxes, crops = _crops(pixels, boxes, 48)
        shift, points, face = _in_chunks(self._onet, crops, (4, 10, 2))
        boxes, shift, points = _kept(boxes, face[:, 1], SURE[2], shift, points)
        sides = boxes[:, 2:4] - boxes[:, :2] + 1
        landmarks = points.view(-1, 2, 5).transpose(1, 2) * sides[:, None] + boxes[:, None, :2] - 1
        boxes = _shifted(boxes, shift)
        keep = _nms_within(boxes, 0.7)
        return boxes[keep], landmarks[keep]


def _scales(height: int, width: int) -> list[float]:
    scale = 12 / MIN_FACE_PX
    scales = []
    while min(height, width) * scale >= 12:
        scales.append(scale)
        scale *= PYRAMID
    return scales


def _normalised(pixels: Tensor) -> Tensor:
    return (pixels - 127.5) * 0.0078125


def _crops(pixels: Tensor, boxes: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Cut the candidates out, shape (n, 3, size, size); those that lie beyond the picture are left out."""
    height, width = pixels.shape[2:]
    limits = [(1, width), (1, height), (1, width), (1, height)]
    corners = torch.stack([boxes[:, i].trunc().clamp(*limit) for i, limit in enumerate(limits)], dim=1)
    # Clamping alone would turn a box beyond the picture into its edge.
    inside = (boxes[:, 2] >= 1) & (boxes[:, 3] >= 1) & (boxes[:, 0].trunc() <= width) & (boxes[:, 1].trunc() <= height)
    inside &= (corners[:, 2] >= corners[:, 0]) & (corners[:, 3] >= corners[:, 1])
    cut = [
        interpolate(pixels[:, :, top - 1 : bottom, left - 1 : right], size=(size, size), mode="area")
        for left, top, right, bottom in corners[inside].int().tolist()
    ]
    return boxes[inside], _normalised(torch.cat([*cut, pixels.new_zeros((0, 3, size, size))]))


def _in_chunks(net: Module, crops: Tensor, widths: tuple[int, ...]) -> tuple[Tensor, ...]:
    answers = [net(chunk) for chunk in torch.split(crops, CANDIDATES_AT_ONCE) if len(chunk)]
    if not answers:
        return tuple(crops.new_zeros((0, width)) for width in widths)
    return tuple(torch.cat(parts) for parts in zip(*answers, strict=True))


def _kept(boxes: Tensor, score: Tensor, sure: float, *others: Tensor) -> tuple[Tensor, ...]:
    keep = score > sure
    return torch.cat([boxes[keep, :4], score[keep, None]], dim=1), *(other[keep] for other in others)


def _shifted(boxes: Tensor, shift: Tensor) -> Tensor:
    sides = (boxes[:, 2:4] - boxes[:, :2] + 1).repeat(1, 2)
    return torch.cat([boxes[:, :4] + shift * sides, boxes[:, 4:]], dim=1)


def _squared(boxes: Tensor) -> Tensor:
    sides = boxes[:, 2:4] - boxes[:, :2]
    side = sides.amax(dim=1, keepdim=True)
    corner = boxes[:, :2] + sides * 0.5 - side * 0.5
    return torch.cat([corner, corner + side, boxes[:, 4:]], dim=1)


def _nms_within(boxes: Tensor, most: float) -> Tensor:
    """Keep the surest of boxes that lie within each other: overlap over the smaller area."""
    order = boxes[:, 4].argsort(descending=True, stable=True).tolist()
    sides = (boxes[:, 2:4] - boxes[:, :2] + 1).clamp(min=0)
    areas = sides[:, 0] * sides[:, 1]
    keep: list[int] = []
    for i in order:
        low, high = torch.maximum(boxes[i, :2], boxes[keep, :2]), torch.minimum(boxes[i, 2:4], boxes[keep, 2:4])
        shared = (high - low + 1).clamp(min=0).prod(dim=1)
        if bool((shared / torch.minimum(areas[i], areas[keep]) <= most).all()):
            keep.append(i)
    return torch.tensor(keep, dtype=torch.long, device=boxes.device)


def _in_picture(
    boxes: NDArray[np.float64], scores: NDArray[np.float64], points: NDArray[np.float64], size: tuple[int, int]
) -> Detections:
    boxes = np.clip(boxes, 0, np.tile(np.array(size, dtype=np.float64), 2))
    sides = boxes[:, 2:] - boxes[:, :2]
    usable = np.flatnonzero((sides > 0).all(axis=1) & np.isfinite(points).all(axis=(1, 2)))
    order = usable[np.argsort(-sides[usable].prod(axis=1), kind="stable")]
    return Detections(boxes[order], scores[order], points[order])
