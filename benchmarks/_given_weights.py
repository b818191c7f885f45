"""The weights that both sides of a comparison get: real ones where they can be had, else the same random ones."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from plugins.features import weights

VGG16_LAYERS: Final = 30
"""`vgg16().features[0]` to `[29]`: up to the ReLU after block5_conv3."""


@dataclass(frozen=True, slots=True)
class GivenWeights:
    """The file of each network's weights, and which of them are random: scores of those mean nothing."""

    files: Mapping[str, Path]
    random: frozenset[str]

    def words(self, name: str) -> str:
        """Say in a row which weights a network had."""
        return "random" if name in self.random else self.files[name].name

    def make_known(self) -> None:
        """Let the extractors of this process take the random weights, by the checksum that they have.

        Only for a process of a benchmark: nothing else may load a file that no table pins.
        """
        for name in self.random:
            path = self.files[name]
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            file = replace(weights.KNOWN[name].files[0], sha256=digest, size_bytes=path.stat().st_size)
            weights.KNOWN[name] = replace(weights.KNOWN[name], files=(file,))

    @property
    def folder(self) -> Path | None:
        """Where the random ones are, which the extractors search first."""
        return self.files[next(iter(self.random))].parent if self.random else None


def given_weights(seed: int, folder: Path) -> GivenWeights:
    """Find the weights of VGG16 and InceptionResnetV1; write random ones into `folder` for those that are nowhere."""
    files, random = {}, set()
    for name, make in RANDOM.items():
        try:
            files[name] = weights.find(name)
        except weights.WeightsMissing:
            files[name] = folder / weights.KNOWN[name].files[0].name
            torch.manual_seed(seed)
            save_file({key: tensor.contiguous() for key, tensor in make().items()}, files[name])
            random.add(name)
    return GivenWeights(files, frozenset(random))


def loaded(path: Path) -> dict[str, Tensor]:
    """Return the float32 tensors of a weights file, without the classifier over the training people."""
    if path.suffix == ".safetensors":
        state = load_file(path)
    else:
        state = torch.load(path, map_location="cpu", weights_only=True)
    return {name: tensor.float() for name, tensor in state.items() if not name.startswith("logits.")}


def vgg16_features() -> torch.nn.Sequential:
    """Make VGG16 up to block5_conv3 and its ReLU, untrained."""
    from torchvision.models.vgg import cfgs, make_layers  # noqa: PLC0415 - 160 MB that our side does without

    layers: torch.nn.Sequential = make_layers(cfgs["D"])[:VGG16_LAYERS]
    return layers


def _random_vgg16() -> dict[str, Tensor]:
    layers = vgg16_features()
    for layer in layers:
        if isinstance(layer, torch.nn.Conv2d):  # as torchvision does, so that the signal survives thirteen layers
            torch.nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    return layers.state_dict()


def _random_facenet() -> dict[str, Tensor]:
    """Make an untrained embedder whose normalisation has seen pictures: else all faces would lie in one point."""
    from facenet_pytorch import InceptionResnetV1  # noqa: PLC0415 - 160 MB that our side does without

    network = InceptionResnetV1(pretrained=None).train()
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d):
            layer.momentum = 1.0
    coarse = torch.rand((8, 3, 12, 12)) * 2 - 1
    with torch.no_grad():
        network(torch.nn.functional.interpolate(coarse, size=(160, 160), mode="bicubic"))
    state: dict[str, Tensor] = network.state_dict()
    return state


RANDOM: Final[dict[str, Callable[[], dict[str, Tensor]]]] = {"vgg16": _random_vgg16, "facenet": _random_facenet}
