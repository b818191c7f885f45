"""What is taken out of packages answers as the packages do, and the packages stay out."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from torchvision import ops

from plugins.features._lean import _MOST_AT_ONCE, batched_nms, box_iou, nms

LOADS = """
import sys
from plugins.features._device import torch_device
from plugins.features._lean import facenet_models
from plugins.features._mtcnn import Detector
from PIL import Image
Detector("cpu").detect(Image.new("RGB", (64, 64)))
facenet_models("inception_resnet_v1").InceptionResnetV1
print(*{name.partition(".")[0] for name in sys.modules} & {"torchvision", "facenet_pytorch", "triton", "sympy"})
"""


def boxes_of(n: int, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Draw boxes with whole corners as the detector has them, their scores, and their groups."""
    draw = torch.Generator().manual_seed(seed)
    corner = torch.randint(0, 600, (n, 2), generator=draw)
    boxes = torch.cat([corner, corner + torch.randint(1, 200, (n, 2), generator=draw)], dim=1).float()
    return boxes, torch.rand(n, generator=draw), torch.randint(0, 5, (n,), generator=draw)


@pytest.mark.parametrize(
    "n",
    [
        pytest.param(0, id="none"),
        pytest.param(1, id="one"),
        pytest.param(_MOST_AT_ONCE, id="as many as are taken together"),
        pytest.param(_MOST_AT_ONCE + 1, id="group by group"),
    ],
)
def test_overlaps_are_those_of_torchvision(n: int) -> None:
    boxes, scores, group = boxes_of(n, seed=n)
    assert torch.equal(nms(boxes, scores, 0.5), ops.nms(boxes, scores, 0.5))
    assert torch.equal(batched_nms(boxes, scores, group, 0.5), ops.batched_nms(boxes, scores, group, 0.5))
    torch.testing.assert_close(box_iou(boxes[:50], boxes), ops.box_iou(boxes[:50], boxes), rtol=0, atol=0)


def test_extraction_does_without_the_packages() -> None:
    done = subprocess.run([sys.executable, "-c", LOADS], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
