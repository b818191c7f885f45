"""Where network weights lie: finding, checking and loading them, without ever downloading."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from platformdirs import user_cache_path

from plugins.features._checking import check_layers, check_whole, sha256_of
from plugins.features._weights_table import KNOWN, Weights, WeightsDamaged, WeightsFile, WeightsMissing, WeightsRefused

if TYPE_CHECKING:
    import torch

__all__ = [
    "KNOWN",
    "VARIABLE",
    "Checked",
    "Weights",
    "WeightsDamaged",
    "WeightsFile",
    "WeightsMissing",
    "WeightsRefused",
    "cache_folder",
    "check",
    "find",
    "how_to_get",
    "load_state",
    "missing",
    "weights_hash",
]
VARIABLE: Final = "ALBUMEN_WEIGHTS"


@dataclass(frozen=True, slots=True)
class Checked:
    """One file of weights that was found, and what is wrong with it; nothing is where `wrong` is empty."""

    name: str
    path: Path
    wrong: str


def cache_folder() -> Path:
    """Return the folder of this user where weights are kept when no other is named."""
    return user_cache_path("albumen") / "weights"


def find(name: str, folder: Path | None = None) -> Path:
    """Return the checked file that holds the weights `name`.

    Looked for in `folder`, then in the folder that ALBUMEN_WEIGHTS names, then in the cache folder, then in the
    installed package that carries them. A checksum is computed once a process, and again when the file changes. Of a
    file that its owner converted it is checked that it is whole; `missing`, `load_state` and `check` look into it.

    Raises:
        WeightsMissing: no place has them; the text says what to do.
        WeightsDamaged: the first place that has them holds another file under that name.
        KeyError: no weights have that name.
    """
    weights = KNOWN[name]
    for path, file in _there(weights, folder):
        check_whole(path, file)
        return path
    raise WeightsMissing(_how_to_mend(weights, _places(weights, folder)))


def missing(names: tuple[str, ...], folder: Path | None = None) -> str:
    """Say what to do about the first of these weights that cannot be had; empty when all can."""
    try:
        for name in names:
            path = find(name, folder)
            check_layers(path, KNOWN[name])
    except WeightsMissing as error:
        return str(error)
    return ""


def weights_hash(*names: str, folder: Path | None = None) -> str:
    """Return 16 hexadecimal digits that change when the content of any of these weights does; for cache keys.

    Raises:
        WeightsMissing: as `find`.
    """
    digests = [sha256_of(find(name, folder)) for name in names]
    return hashlib.sha256(" ".join(digests).encode()).hexdigest()[:16]


def load_state(
    name: str, expected: Mapping[str, tuple[int, ...]], folder: Path | None = None
) -> dict[str, torch.Tensor]:
    """Return the layers of the weights `name`, as they are stored, on the processor.

    Args:
        name: weights that are tensors, not dlib's.
        expected: name and shape of each layer that the network has, as its `state_dict` on the meta device says;
            counters of batch normalisation may be among them and are never returned.
        folder: searched before all other places.
    Raises:
        WeightsMissing: as `find`.
        WeightsDamaged: the file found is not whole, lacks a layer or has another one, or holds NaN or infinity.
    """
    from plugins.features._layers import differences, used  # noqa: PLC0415 - only loading needs it
    from plugins.features._reading import not_finite, read_state  # noqa: PLC0415 - imports torch, which takes seconds

    weights, path = KNOWN[name], find(name, folder)
    try:
        state = {layer: tensor for layer, tensor in read_state(path).items() if not weights.is_unused(layer)}
    except WeightsRefused as error:
        raise WeightsDamaged(f"{path} cannot be read as {name}: {error}", path) from error
    shapes = {layer: tuple(tensor.shape) for layer, tensor in state.items()}
    if wrong := differences(shapes, used(expected, weights)):
        raise WeightsDamaged(f"{path} does not hold the layers of {name}: {wrong}; replace it", path)
    if broken := not_finite(state):
        raise WeightsDamaged(f"{path} holds NaN or infinity in {', '.join(broken[:3])}; replace it", path)
    return state


def check(folder: Path | None = None) -> Iterator[Checked]:
    """Look through every file of weights in all places, the whole of each: checksum, or layers and numbers."""
    for weights in KNOWN.values():
        for path, file in _there(weights, folder):
            try:
                check_whole(path, file)
                check_layers(path, weights)
                wrong = ""
            except (WeightsDamaged, OSError) as error:
                wrong = str(error)
            yield Checked(weights.name, path, wrong)


def _there(weights: Weights, folder: Path | None) -> Iterator[tuple[Path, WeightsFile]]:
    """Yield the files that can hold the weights, the best first."""
    for place in _places(weights, folder):
        for file in weights.files:
            path = place / file.name
            if path.is_file():
                yield path, file


def _places(weights: Weights, folder: Path | None) -> list[Path]:
    named = os.environ.get(VARIABLE)
    places = [folder] if folder else []
    places += [Path(named).expanduser()] if named else []
    places.append(cache_folder())
    if weights.package and (carried := _inside_package(*weights.package)):
        places.append(carried)
    return list(dict.fromkeys(places))


def _inside_package(package: str, folder: str) -> Path | None:
    # The package is found, not imported: face_recognition_models imports pkg_resources, which new setuptools lack.
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / folder


def _how_to_mend(weights: Weights, places: list[Path]) -> str:
    files = " or ".join(file.name for file in weights.files)
    looked = ", ".join(str(place) for place in places)
    return (
        f"the weights {weights.name} ({files}) are in none of {looked}: {how_to_get(weights)}, put the file into one "
        f"of these folders, or let {VARIABLE} name the folder that holds it. Source: {weights.source}. "
        f"Licence: {weights.licence}"
    )


def how_to_get(weights: Weights) -> str:
    """Say in a few words how these weights are had."""
    if weights.download is not None:
        return f"`albumen weights fetch {weights.name}` downloads them, `albumen weights import FILE` takes yours"
    return f"install {weights.source} again"
