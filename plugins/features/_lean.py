"""Networks of facenet-pytorch and kernels of torchvision without their packages: 160 MB and a second less.

Either package imports all of torchvision, and that torch's compiler, Triton and SymPy, none of which is used here.
"""

from __future__ import annotations

import importlib
import sys
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import torch
from torch import Tensor

KERNELS: Final = ("_C_stable", "_C")
"""Names of torchvision's compiled part, from 0.29 on and before."""

_ALIAS: Final = "_albumen_facenet_models"
_MOST_AT_ONCE: Final = 1_000  # boxes; as torchvision's `batched_nms`: from then on it is faster group by group


@cache
def facenet_models(file: str) -> Any:
    """Return a file of facenet-pytorch's models, `mtcnn` or `inception_resnet_v1`, as a module of its own.

    Raises:
        ModuleNotFoundError: facenet-pytorch is not installed, or has no such file.
    """
    if _ALIAS not in sys.modules:
        package = ModuleType(_ALIAS)
        package.__path__ = [str(_folder("facenet_pytorch") / "models")]
        unused: Any = ModuleType(f"{_ALIAS}.utils.detect_face")  # the cascade around the networks: ours is another
        unused.detect_face = unused.extract_face = None
        sys.modules |= {_ALIAS: package, unused.__name__: unused}
    return importlib.import_module(f"{_ALIAS}.{file}")


@cache
def _kernels() -> Any:
    folder = _folder("torchvision")
    files = (folder / f"{name}{suffix}" for name in KERNELS for suffix in (*EXTENSION_SUFFIXES, ".so", ".pyd"))
    found = next((file for file in files if file.is_file()), None)
    if found is None:
        return importlib.import_module("torchvision.ops")  # a torchvision that is made up otherwise
    operators: Any = torch.ops
    operators.load_library(str(found))
    return operators.torchvision


def _folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{package} is not installed")
    return Path(spec.origin).parent


def nms(boxes: Tensor, scores: Tensor, most: float) -> Tensor:
    """Return the numbers of the boxes that overlap no surer one by more than `most`, the surest first, shape (k,).

    Args:
        boxes: left, top, right, bottom, shape (n, 4).
        scores: how sure each is, shape (n,).
        most: intersection over union.
    """
    kept: Tensor = _kernels().nms(boxes, scores, most)
    return kept


def batched_nms(boxes: Tensor, scores: Tensor, group: Tensor, most: float) -> Tensor:
    """Return what `nms` keeps of each group alone, the surest first; `group` is a number for each box, shape (n,)."""
    if not len(boxes):
        return group.new_zeros((0,), dtype=torch.long)
    if len(boxes) <= _MOST_AT_ONCE:  # groups are moved apart
        return nms(boxes + (group.to(boxes) * (boxes.max() + 1))[:, None], scores, most)
    members = ((group == number).nonzero()[:, 0] for number in sorted(set(group.tolist())))
    kept = torch.cat([some[nms(boxes[some], scores[some], most)] for some in members])
    return kept[scores[kept].argsort(descending=True)]


def box_iou(boxes: Tensor, others: Tensor) -> Tensor:
    """Return the intersection over union of each box (n, 4) with each of the others (m, 4), shape (n, m)."""
    areas, other_areas = ((some[:, 2:] - some[:, :2]).prod(dim=1) for some in (boxes, others))
    low, high = torch.maximum(boxes[:, None, :2], others[:, :2]), torch.minimum(boxes[:, None, 2:], others[:, 2:])
    shared = (high - low).clamp(min=0).prod(dim=2)
    return shared / (areas[:, None] + other_areas - shared)
