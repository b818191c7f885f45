"""Where network weights lie: a table of the known ones, and finding them without ever downloading."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path

VARIABLE: Final = "ALBUMEN_WEIGHTS"


class WeightsMissing(LookupError):
    """Weights are in none of the places: put the file where the text says; steps that need it are skipped."""


class WeightsDamaged(WeightsMissing):
    """A weights file is truncated or another one than its name says: replace the file that the text names."""


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """One file that can hold the weights; no checksum means that it was converted by its owner."""

    name: str
    sha256: str | None = None
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of one network: the files that can hold them, best first, and where they come from.

    `package` is the import name and folder of an installed package that carries the file, where one does.
    """

    name: str
    files: tuple[WeightsFile, ...]
    licence: str
    source: str
    package: tuple[str, str] | None = None


_FACENET_PYTORCH: Final = "facenet-pytorch 2.6.0 (PyPI)"
_DLIB: Final = "face-recognition-models 0.3.0 (PyPI), https://github.com/davisking/dlib-models"

_ALL: Final = (
    Weights(
        "vgg16",
        (
            WeightsFile(
                "vgg16_features.safetensors",
                "648f6b1e9ed5e18b4104990d7f506f54f7e1d80772a08efa91e6e8a293607233",
                29_439_952,
            ),
        ),
        "CC BY 4.0 (Visual Geometry Group, Oxford)",
        "Simonyan & Zisserman 2014; torchvision VGG16_Weights.IMAGENET1K_FEATURES, convolutions only, float16",
    ),
    # The checksum of the .pt file is the one that many public projects pin; we could not compute it ourselves.
    Weights(
        "facenet",
        (
            WeightsFile("facenet_vggface2.safetensors"),
            WeightsFile(
                "20180402-114759-vggface2.pt",
                "281cebca8662831adb987a874bdcb36e73f5b1c6dc5ee5878f305e985625d99b",
                111_898_327,
            ),
        ),
        "MIT (facenet-pytorch); trained on VGGFace2, whose own terms apply",
        "https://github.com/timesler/facenet-pytorch/releases/download/v2.2.9/20180402-114759-vggface2.pt",
    ),
    Weights(
        "mtcnn_pnet",
        (WeightsFile("pnet.pt", "a2a71925e0b9996a42f63e47efc1ca19043e69558b5c523b978d611dfae49c8f", 28_570),),
        "MIT",
        _FACENET_PYTORCH,
        ("facenet_pytorch", "data"),
    ),
    Weights(
        "mtcnn_rnet",
        (WeightsFile("rnet.pt", "bbb937de72efc9ef83b186c49f5f558467a1d7e3453a8ece0d71a886633f6a86", 403_147),),
        "MIT",
        _FACENET_PYTORCH,
        ("facenet_pytorch", "data"),
    ),
    Weights(
        "mtcnn_onet",
        (WeightsFile("onet.pt", "165bfbe42940416ccfb977545cf0e976d5bf321f67083ae2aaaa5c764280118d", 1_559_269),),
        "MIT",
        _FACENET_PYTORCH,
        ("facenet_pytorch", "data"),
    ),
    Weights(
        "dlib_resnet",
        (
            WeightsFile(
                "dlib_face_recognition_resnet_model_v1.dat",
                "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
                22_466_066,
            ),
        ),
        "CC0 1.0 (Davis King)",
        _DLIB,
        ("face_recognition_models", "models"),
    ),
    Weights(
        "dlib_five_points",
        (
            WeightsFile(
                "shape_predictor_5_face_landmarks.dat",
                "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
                9_150_489,
            ),
        ),
        "CC0 1.0 (Davis King)",
        _DLIB,
        ("face_recognition_models", "models"),
    ),
)
KNOWN: Final = {weights.name: weights for weights in _ALL}
"""All weights by name."""

_hashes: dict[tuple[str, int, int], str] = {}


def cache_folder() -> Path:
    """Return the folder of this user where weights are kept when no other is named."""
    return user_cache_path("albumen") / "weights"


def find(name: str, folder: Path | None = None) -> Path:
    """Return the checked file that holds the weights `name`.

    Looked for in `folder`, then in the folder that ALBUMEN_WEIGHTS names, then in the cache folder, then in the
    installed package that carries them. A checksum is computed once a process, and again when the file changes.

    Raises:
        WeightsMissing: no place has them; the text says what to do.
        WeightsDamaged: the first place that has them holds another file under that name.
        KeyError: no weights have that name.
    """
    weights = KNOWN[name]
    places = _places(weights, folder)
    for place in places:
        for file in weights.files:
            path = place / file.name
            if path.is_file():
                _check(path, file)
                return path
    raise WeightsMissing(_how_to_mend(weights, places))


def missing(names: tuple[str, ...], folder: Path | None = None) -> str:
    """Say what to do about the first of these weights that cannot be had; empty when all can."""
    try:
        for name in names:
            find(name, folder)
    except WeightsMissing as error:
        return str(error)
    return ""


def weights_hash(*names: str, folder: Path | None = None) -> str:
    """Return 16 hexadecimal digits that change when the content of any of these weights does; for cache keys.

    Raises:
        WeightsMissing: as `find`.
    """
    digests = [_sha256(find(name, folder)) for name in names]
    return hashlib.sha256(" ".join(digests).encode()).hexdigest()[:16]


def _places(weights: Weights, folder: Path | None) -> list[Path]:
    named = os.environ.get(VARIABLE)
    places = [folder] if folder else []
    places += [Path(named).expanduser()] if named else []
    places.append(cache_folder())
    if weights.package and (carried := _inside_package(*weights.package)):
        places.append(carried)
    return places


def _inside_package(package: str, folder: str) -> Path | None:
    # The package is found, not imported: face_recognition_models imports pkg_resources, which new setuptools lack.
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / folder


def _check(path: Path, file: WeightsFile) -> None:
    size_bytes = path.stat().st_size
    if file.size_bytes is not None and size_bytes != file.size_bytes:
        raise WeightsDamaged(f"{path} has {size_bytes} bytes and should have {file.size_bytes}: replace it")
    if file.sha256 is not None and _sha256(path) != file.sha256:
        raise WeightsDamaged(f"{path} has SHA-256 {_sha256(path)} and should have {file.sha256}: replace it")


def _sha256(path: Path) -> str:
    stat = path.stat()
    key = (str(path), stat.st_size, stat.st_mtime_ns)
    if key not in _hashes:
        with path.open("rb") as stream:
            _hashes[key] = hashlib.file_digest(stream, "sha256").hexdigest()
    return _hashes[key]


def _how_to_mend(weights: Weights, places: list[Path]) -> str:
    files = " or ".join(file.name for file in weights.files)
    looked = ", ".join(str(place) for place in places)
    return (
        f"the weights {weights.name} ({files}) are in none of {looked}: put the file into one of these folders, "
        f"or let {VARIABLE} name the folder that holds it. Source: {weights.source}. Licence: {weights.licence}"
    )
