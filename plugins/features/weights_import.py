"""Taking over a file of weights that the user has: recognised, checked, converted, and put into the cache."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from torch import Tensor

from plugins.atomic import private_folder, remove_leftovers, write_atomically
from plugins.features._checking import check_whole, sha256_of
from plugins.features._converting import Converted, convert, named
from plugins.features._layers import expected
from plugins.features._reading import read_state
from plugins.features._weights_table import KNOWN, MOST_BYTES, Weights, WeightsDamaged, WeightsRefused
from plugins.features.weights import cache_folder

_FOREIGN: Final = {
    "397923af": "VGG16 trained by torchvision (IMAGENET1K_V1), which wants pictures normalised in another way",
    "00b39a1b": "VGG16 as Caffe has it, with the colours in the order BGR",
}
"""Weights with the same layers as ours, and other numbers: how their checksums begin, as their files' names say."""

_VGGFACE2_PEOPLE: Final = 8631
_OXFORD: Final = {
    "0.weight": (0.0502, 0.0406, 0.0387, -0.1776, 0.0658, 0.2023),  # middles of the first kernels: red, green, blue
    "0.bias": (0.7343, 0.0934, 0.0678, 0.8863),
    "28.bias": (0.1884, -0.5004, 0.5422, 0.2465),
}
"""Numbers by which the original Oxford weights are known in any file, to four places."""


@dataclass(frozen=True, slots=True)
class Imported:
    """Whose weights a file held, and where they are now."""

    name: str
    path: Path


def import_file(file: Path) -> Imported:
    """Put the weights that a file holds into the cache folder; what was there under their name is replaced.

    Known by checksum, else by the names, shapes and some numbers of the layers. Only safetensors, torch's own files
    (read without running anything in them) and the files of dlib that we know are taken.

    Raises:
        WeightsRefused: it holds no weights that we know, or not whole; the cache is as it was.
        OSError: the file cannot be read, or the cache folder not written.
    """
    if not file.is_file():
        raise WeightsRefused(f"{file} is no file")
    if file.stat().st_size > MOST_BYTES:
        raise WeightsRefused(f"{file} has more than {MOST_BYTES} bytes, as no weights have")
    digest = sha256_of(file)
    try:
        weights, content = _recognised(file, digest)
    except WeightsRefused as error:
        raise WeightsRefused(f"{file} is not taken: {error}") from error
    return Imported(weights.name, keep(weights, content))


def keep(weights: Weights, content: Converted) -> Path:
    """Write the file into the cache folder, whole or not at all, and delete damaged ones that would hide it."""
    folder = cache_folder()
    private_folder(folder)
    remove_leftovers(folder)
    path = folder / content.name
    write_atomically(path, content.data)
    for file in weights.files:
        other = folder / file.name
        try:
            if other != path and other.is_file():
                check_whole(other, file)
        except WeightsDamaged:
            other.unlink(missing_ok=True)
    return path


def converted_from(file: Path, weights: Weights, source: str, digest: str) -> Converted:
    """Return what is kept of a file that is known to hold these weights.

    Raises:
        WeightsRefused: it cannot be read, or its layers are others.
    """
    pinned = next((f for f in weights.files if f.sha256 == digest), None)
    if pinned is not None and (weights.download is None or pinned != weights.download.file):  # already as we keep it
        return Converted(pinned.name, file.read_bytes())
    return convert(read_state(file), weights, source, digest)


def _recognised(file: Path, digest: str) -> tuple[Weights, Converted]:
    foreign = next((what for start, what in _FOREIGN.items() if digest.startswith(start)), "")
    if foreign:
        raise WeightsRefused(f"it is {foreign}")
    for weights in KNOWN.values():
        files = (*weights.files, *([weights.download.file] if weights.download else []))
        if any(known.sha256 and digest.startswith(known.sha256) for known in files):
            return weights, converted_from(file, weights, weights.source, digest)
    return _by_layers(file, digest)


def _by_layers(file: Path, digest: str) -> tuple[Weights, Converted]:
    state = read_state(file)
    shares = {w.name: len(named(state, w).keys() & expected(w.name).keys()) for w in KNOWN.values() if w.layout}
    name = max(shares, key=lambda name: shares[name])
    if not shares[name]:
        raise WeightsRefused(f"none of its {len(state)} layers is one of {', '.join(shares)}")
    converted = convert(state, KNOWN[name], "imported by its owner", digest)
    _check_numbers(state, KNOWN[name])
    return KNOWN[name], converted


def _check_numbers(state: Mapping[str, Tensor], weights: Weights) -> None:
    """Refuse other weights with the same layers, where they can be told.

    Raises:
        WeightsRefused: these are others.
    """
    people = state["logits.weight"].shape[0] if "logits.weight" in state else _VGGFACE2_PEOPLE
    if weights.name == "facenet" and people != _VGGFACE2_PEOPLE:
        raise WeightsRefused(f"it tells {people} people apart and not the {_VGGFACE2_PEOPLE} of VGGFace2")
    layers = named(state, weights)
    for layer, known in _OXFORD.items() if weights.name == "vgg16" else ():
        flat = layers[layer].flatten()
        numbers = (flat[4::9] if layer.endswith("weight") else flat)[: len(known)].tolist()
        if any(abs(number - wanted) > 0.002 for number, wanted in zip(numbers, known, strict=True)):
            raise WeightsRefused(
                f"it is a VGG16, but not the original one of Oxford with the colours in the order RGB: {layer} differs"
            )
