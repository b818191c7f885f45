"""The face detector of both embedders: MTCNN with the networks and weights of facenet-pytorch.

The cascade is our own because facenet-pytorch 2.6.0 fails on pictures under 20 px, on batches of different sizes, and
when a candidate box lies beyond the picture, and because it takes ten times as long. It finds the same faces (a test
compares them; the benchmark counts them). Where many candidates lie about one place, the second and the third network
look at the surest of them first, and at the others only if that one leaves a doubt.

Source: Zhang et al., Joint Face Detection and Alignment using Multi-task Cascaded Convolutional Networks (2016).
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

from plugins.features._device import torch_device
from plugins.features._faces import MIN_FACE_PX
from plugins.features._lean import batched_nms, box_iou, nms
from plugins.features._mtcnn_nets import load_nets
from plugins.features._network import Network
from plugins.features._pyramid import Level, Pyramid, normalised
from plugins.features.meter import stage
from plugins.pictures import at_working_size

WINDOW_PX: Final = 12
"""What the first network looks at; it moves by 2 pixels."""

SURE: Final = (0.5, 0.6, 0.7)
"""Probability that a candidate needs in each of the three stages.

facenet-pytorch's are 0.6, 0.7 and 0.7. The lower ones make up for antialiased sizes, which show the first network a
little less, and for the candidates that are not looked at.
"""


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


@dataclass(frozen=True, slots=True)
class _Look:
    """One of the two networks that look at candidates one by one, and how it is used.

    Args:
        network: answers pieces with the box's corners, more, and the probabilities of no face and a face.
        size: of a piece, in pixels.
        widths: numbers in each of the answers.
        at_once: as many pieces as the processor's cache holds.
        alike: overlap from which candidates lie about one place.
        doubt: probabilities of a face between which the others about that place are looked at, too.
    """

    network: Network
    size: int
    widths: tuple[int, ...]
    at_once: int
    alike: float
    doubt: tuple[float, float]


class Detector:
    """Finds faces and their five landmarks. May be used by several threads.

    Raises:
        WeightsMissing: the weights are nowhere.
    """

    def __init__(self, device: str = "auto", weights_dir: Path | None = None) -> None:
        self._device = torch_device(device)
        self._propose, refine, locate = load_nets(self._device, weights_dir)
        self._refine = _Look(refine, 24, (4, 2), 64, alike=0.3, doubt=(0.3, 1.0))
        self._locate = _Look(locate, 48, (4, 10, 2), 16, alike=0.4, doubt=(0.05, 0.95))

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
        # Windows of two levels, which differ by `STEP`, never overlap by the 0.7 from which facenet-pytorch drops one.
        keep = batched_nms(boxes, score[:, 0], number, 0.5)
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
        boxes, corners, face = _surest_first(self._refine, pyramid, boxes)
        boxes, corners = _kept(boxes, face[:, 1], SURE[1], corners)
        keep = nms(boxes[:, :4], boxes[:, 4], 0.7)
        return _squared(_cornered(boxes[keep], corners[keep]))

    def _located(self, pyramid: Pyramid, boxes: Tensor) -> tuple[Tensor, Tensor]:
        """Third stage: faces (n, 5) and landmarks (n, 5, 2)."""
        boxes, corners, points, face = _surest_first(self._locate, pyramid, boxes)
        boxes, corners, points = _kept(boxes, face[:, 1], SURE[2], corners, points)
        sides = boxes[:, 2:4] - boxes[:, :2] + 1
        landmarks = points.view(-1, 2, 5).transpose(1, 2) * sides[:, None] + boxes[:, None, :2] - 1
        boxes = _cornered(boxes, corners)
        keep = _nms_within(boxes, 0.7)
        return boxes[keep], landmarks[keep]


def _surest_first(look: _Look, pyramid: Pyramid, boxes: Tensor) -> tuple[Tensor, ...]:
    """Look at the surest candidate about each place, and at the others there if that one leaves a doubt.

    Returns:
        The candidates looked at, shape (n, 5), and the network's answers.
    """
    surest = nms(boxes[:, :4], boxes[:, 4], look.alike)
    first = _looked_at(look, pyramid, boxes[surest])
    low, high = look.doubt
    in_doubt = first[0][(first[-1][:, 1] > low) & (first[-1][:, 1] < high)]
    others = torch.ones(len(boxes), dtype=torch.bool, device=boxes.device)
    others[surest] = False
    others[others.clone()] = (box_iou(boxes[others, :4], in_doubt[:, :4]) > look.alike).any(dim=1)
    if not others.any():
        return first
    return tuple(torch.cat(parts) for parts in zip(first, _looked_at(look, pyramid, boxes[others]), strict=True))


def _looked_at(look: _Look, pyramid: Pyramid, boxes: Tensor) -> tuple[Tensor, ...]:
    boxes, crops = _crops(pyramid, boxes, look.size)
    if not len(crops):
        return boxes, *(crops.new_zeros((0, width)) for width in look.widths)
    answers = [look.network(batch) for batch in torch.split(crops, look.at_once)]
    return boxes, *(torch.cat(parts) for parts in zip(*answers, strict=True))


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


def _kept(boxes: Tensor, score: Tensor, sure: float, *others: Tensor) -> tuple[Tensor, ...]:
    keep = score > sure
    return torch.cat([boxes[keep, :4], score[keep, None]], dim=1), *(other[keep] for other in others)


def _cornered(boxes: Tensor, corners: Tensor) -> Tensor:
    """Return the boxes that lie within others as `corners` say: the last pixel is at 1."""
    shift = corners - corners.new_tensor([0, 0, 1, 1])
    sides = (boxes[:, 2:4] - boxes[:, :2] + 1).repeat(1, 2)
    return torch.cat([boxes[:, :4] + shift * sides, boxes[:, 4:]], dim=1)


def _squared(boxes: Tensor) -> Tensor:
    sides = boxes[:, 2:4] - boxes[:, :2]
    side = sides.amax(dim=1, keepdim=True)
    corner = boxes[:, :2] + sides * 0.5 - side * 0.5
    return torch.cat([corner, corner + side, boxes[:, 4:]], dim=1)


def _nms_within(boxes: Tensor, most: float) -> Tensor:
    """Keep the surest of boxes that lie within each other: overlap over the smaller area."""
    order = boxes[:, 4].argsort(descending=True, stable=True)
    low, high = boxes[order, :2], boxes[order, 2:4] + 1
    areas = (high - low).clamp(min=0).prod(dim=1)
    shared = torch.minimum(high[:, None], high) - torch.maximum(low[:, None], low)
    # Boxes without area compare as not a number, which is not `<=`.
    within = ~(shared.clamp(min=0).prod(dim=2) / torch.minimum(areas[:, None], areas) <= most).cpu().numpy()
    keep: list[int] = []
    for i, row in enumerate(within):
        if not row[keep].any():
            keep.append(i)
    return order[keep]


def _in_picture(
    boxes: NDArray[np.float64], scores: NDArray[np.float64], points: NDArray[np.float64], size: tuple[int, int]
) -> Detections:
    boxes = np.clip(boxes, 0, np.tile(np.array(size, dtype=np.float64), 2))
    sides = boxes[:, 2:] - boxes[:, :2]
    usable = np.flatnonzero((sides > 0).all(axis=1) & np.isfinite(points).all(axis=(1, 2)))
    order = usable[np.argsort(-sides[usable].prod(axis=1), kind="stable")]
    return Detections(boxes[order], scores[order], points[order])
