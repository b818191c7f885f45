"""The layers that each network needs, and what is wrong with those of a file, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from plugins.features._tensors import Shape, fingerprint
from plugins.features._weights_table import KNOWN, Weights

_CONVOLUTIONS: Final = (  # of VGG16: place in torchvision's `features`, channels in and out
    *((0, 3, 64), (2, 64, 64), (5, 64, 128), (7, 128, 128), (10, 128, 256), (12, 256, 256), (14, 256, 256)),
    *((17, 256, 512), (19, 512, 512), (21, 512, 512), (24, 512, 512), (26, 512, 512), (28, 512, 512)),
)
_NAMED: Final = 3  # of many wrong layers a message names so many


def expected(name: str) -> dict[str, Shape]:
    """Return names and shapes of the layers that the network of these weights needs; empty for dlib's."""
    if name == "vgg16":
        shapes: dict[str, Shape] = {f"{n}.weight": (out, into, 3, 3) for n, into, out in _CONVOLUTIONS}
        return shapes | {f"{n}.bias": (out,) for n, _, out in _CONVOLUTIONS}
    if not KNOWN[name].layout:
        return {}
    import facenet_pytorch  # noqa: PLC0415 - imports torch, which takes seconds
    import torch  # noqa: PLC0415 - the same

    makers = {"facenet": "InceptionResnetV1", "mtcnn_pnet": "PNet", "mtcnn_rnet": "RNet", "mtcnn_onet": "ONet"}
    with torch.device("meta"):
        network = getattr(facenet_pytorch, makers[name])(pretrained=None)
    return used({layer: tuple(tensor.shape) for layer, tensor in network.state_dict().items()}, KNOWN[name])


def used(shapes: Mapping[str, Shape], weights: Weights) -> dict[str, Shape]:
    """Return the layers without those that the network does not need."""
    return {layer: shape for layer, shape in shapes.items() if not weights.is_unused(layer)}


def wrong_layers(shapes: Mapping[str, Shape], weights: Weights) -> str:
    """Say how the layers of a file differ from those that the network needs; empty where they do not."""
    kept = used(shapes, weights)
    if fingerprint(kept) == weights.layout:
        return ""
    if other := whose(shapes):
        return f"holds the layers of {other.name}, not those of {weights.name}"
    return f"does not hold the layers of {weights.name}: {differences(kept, expected(weights.name))}"


def whose(shapes: Mapping[str, Shape]) -> Weights | None:
    """Return the weights that have exactly these layers, beside those that their network does not need."""
    return next((w for w in KNOWN.values() if w.layout and fingerprint(used(shapes, w)) == w.layout), None)


def differences(given: Mapping[str, Shape], wanted: Mapping[str, Shape]) -> str:
    """Name layers that are missing, have other shapes, or are too many; empty where there are none."""
    missing = [name for name in wanted if name not in given]
    misshaped = [f"{n} {given[n]} for {wanted[n]}" for n in wanted if n in given and given[n] != wanted[n]]
    extra = [name for name in given if name not in wanted]
    parts = (("missing", missing), ("of another shape", misshaped), ("too many", extra))
    return "; ".join(f"{what}: {_named(layers)}" for what, layers in parts if layers)


def _named(layers: list[str]) -> str:
    more = len(layers) - _NAMED
    return ", ".join(layers[:_NAMED]) + (f" and {more} more" if more > 0 else "")
