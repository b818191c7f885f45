"""The face detector of both embedders: MTCNN with the networks and weights of facenet-pytorch.

The cascade is our own because facenet-pytorch 2.6.0 fails on pictures under 20 px, on batches of different sizes, and
when a candidate box lies beyond the picture, and because it takes six times as long. It finds the same faces (a test
compares them; the benchmark counts them). Source: Zhang et al., Joint Face Detection and Alignment using Multi-task
Cascaded Convolutional Networks (2016).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torchvision.ops import batched_nms, nms

from plugins.features._device import torch_device
from plugins.features._faces import MIN_FACE_PX
from plugins.features._mtcnn_nets import load_nets
from plugins.features._network import Network
from plugins.features._pyramid import Level, Pyramid, normalised
from plugins.features.meter import stage
from plugins.pictures import at_working_size

WINDOW_PX: Final = 12
"""What the first network looks at; it moves by 2 pixels."""

SURE: Final = (0.55, 0.7, 0.7)
"""Probability that a candidate needs in each of the three stages.

0.55 in place of facenet-pytorch's 0.6 makes up for antialiased sizes, which show the first network a little less.
"""

CANDIDATES_AT_ONCE: Final = 64
"""As many as the processor's cache holds."""


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
    """Finds faces and their five landmarks. May be used by several threads.

    Raises:
        WeightsMissing: the weights are nowhere.
    """

    def __init__(self, device: str = "auto", weights_dir: Path | None = None) -> None:
        self._device = torch_device(device)
        self._propose, self._refine, self._locate = load_nets(self._device, weights_dir)

    def detect(self, image: Image.Image) -> Detections:
        """Find the faces of one upright RGB picture of any size; a large one is looked at in its working size."""
        small = at_working_size(image)
        with torch.inference_mode(), stage("detect"):
            boxes, points = self._cascade(Pyramid(small, WINDOW_PX, MIN_FACE_PX, self._device))
            found, landmarks = boxes.double().cpu().numpy(), points.double().cpu().numpy()
        back = np.array(image.size) / np.array(small.size)
        return _in_picture(found[:, :4] * np.tile(back, 2), found[:, 4], landmarks * back, image.size)

    def _cascade(self, pyramid: Pyramid) -> tuple[Tensor, Tensor]:
        return self._located(pyramid, self._refined(pyramid, self._proposed(pyramid)))

    def _proposed(self, pyramid: Pyramid) -> Tensor:
        """First stage: candidates of shape (n, 5) from the pyramid, square."""
        found = [self._proposed_at(number, level) for number, level in enumerate(pyramid.levels)]
        windows = torch.cat([*found, torch.zeros((0, 10), device=self._device)])
        corner, score, shift, number = windows[:, :4], windows[:, 4:5], windows[:, 5:9], windows[:, 9]
        scale = torch.stack([level.scale for level in pyramid.levels]) if found else corner.new_ones((1, 4))
        boxes = ((corner + corner.new_tensor([1, 1, WINDOW_PX, WINDOW_PX])) / scale[number.long()]).floor()
        keep = batched_nms(boxes, score[:, 0], number, 0.5)
        keep = keep[nms(boxes[keep], score[keep, 0], 0.7)]
        sides = (boxes[:, 2:] - boxes[:, :2]).repeat(1, 2)
        return _squared(torch.cat([boxes + shift * sides, score], dim=1)[keep])

    def _proposed_at(self, number: int, level: Level) -> Tensor:
        """Return each window's corner (twice), score, shift and the level's number, shape (n, 10)."""
        shift, face = self._propose(normalised(level.pixels.float()))  # (1, 4, h, w), (1, 2, h, w)
        row, column = (face[0, 1] >= SURE[0]).nonzero(as_tuple=True)
        corner = 2 * torch.stack([column, row, column, row])
        which = torch.full_like(row, number)[None]
        return torch.cat([corner, face[0, 1, row, column][None], shift[0, :, row, column], which]).T

    def _refined(self, pyramid: Pyramid, boxes: Tensor) -> Tensor:
        """Second stage: fewer and better candidates, square."""
        boxes, crops = _crops(pyramid, boxes, 24)
        shift, face = _in_chunks(self._refine, crops, (4, 2))
        boxes, shift = _kept(boxes, face[:, 1], SURE[1], shift)
        keep = nms(boxes[:, :4], boxes[:, 4], 0.7)
        return _squared(_shifted(boxes[keep], shift[keep]))

    def _located(self, pyramid: Pyramid, boxes: Tensor) -> tuple[Tensor, Tensor]:
        """Third stage: faces (n, 5) and landmarks (n, 5, 2)."""
        boxes, crops = _crops(pyramid, boxes, 48)
        shift, points, face = _in_chunks(self._locate, crops, (4, 10, 2))
        boxes, shift, points = _kept(boxes, face[:, 1], SURE[2], shift, points)
        sides = boxes[:, 2:4] - boxes[:, :2] + 1
        landmarks = points.view(-1, 2, 5).transpose(1, 2) * sides[:, None] + boxes[:, None, :2] - 1
        boxes = _shifted(boxes, shift)
        keep = _nms_within(boxes, 0.7)
        return boxes[keep], landmarks[keep]


def _crops(pyramid: Pyramid, boxes: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Cut the candidates out, shape (n, 3, size, size); those that lie beyond the picture are left out."""
    whole, limits = boxes[:, :4].trunc(), boxes.new_tensor([pyramid.width, pyramid.height]).repeat(2)
    corners = whole.clamp(min=1).minimum(limits)
    # Clamping alone would turn a box beyond the picture into its edge.
    inside = (whole[:, 2:] >= 1).all(dim=1) & (whole[:, :2] <= limits[:2]).all(dim=1)
    inside &= (corners[:, 2:] >= corners[:, :2]).all(dim=1)
    edges = corners[inside] - corners.new_tensor([1, 1, 0, 0])  # the first pixel is number 1
    pieces, order = pyramid.cut(edges, size)
    return boxes[inside][order], pieces


def _in_chunks(network: Network, crops: Tensor, widths: tuple[int, ...]) -> tuple[Tensor, ...]:
    if not len(crops):
        return tuple(crops.new_zeros((0, width)) for width in widths)
    answers = [network(chunk) for chunk in torch.split(crops, CANDIDATES_AT_ONCE)]
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
