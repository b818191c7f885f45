"""Whether a file of weights is what its name says: by checksum, or by its layers and numbers. Needs no torch."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from plugins.features._weights_table import MOST_BYTES, Weights, WeightsDamaged, WeightsFile

CONTENT: Final = "content_sha256"
"""Key in the metadata of a converted file: the checksum of its layers."""

_Identity = tuple[str, int, int]
# What has been looked at in this process; a file that changes has another identity.
_hashes: dict[_Identity, str] = {}
_whole: set[_Identity] = set()
_right: set[_Identity] = set()


def check_whole(path: Path, file: WeightsFile) -> None:
    """Look whether a file has its checksum; whether it is whole where none is known.

    Raises:
        WeightsDamaged: it has not, or is not.
    """
    size_bytes = path.stat().st_size
    if file.size_bytes is not None and size_bytes != file.size_bytes:
        raise WeightsDamaged(f"{path} has {size_bytes} bytes and should have {file.size_bytes}: replace it", path)
    if file.sha256 is not None:
        if sha256_of(path) != file.sha256:
            raise WeightsDamaged(
                f"{path} has SHA-256 {sha256_of(path)} and should have {file.sha256}: replace it", path
            )
    elif _identity(path) not in _whole:
        _check_noted(path)
        _whole.add(_identity(path))


def check_layers(path: Path, weights: Weights) -> None:
    """Look whether a file without a known checksum holds the layers of these weights, and only numbers in them.

    Raises:
        WeightsDamaged: it does not.
    """
    converted = weights.converted
    if converted is not None and path.name == converted.name and _identity(path) not in _right:
        _check_inside(path, weights)
        _right.add(_identity(path))


def sha256_of(path: Path) -> str:
    """Return the checksum of a file, computed once a process and again when the file changes."""
    key = _identity(path)
    if key not in _hashes:
        with path.open("rb") as stream:
            _hashes[key] = hashlib.file_digest(stream, "sha256").hexdigest()
    return _hashes[key]


def _identity(path: Path) -> _Identity:
    stat = path.stat()
    return str(path), stat.st_size, stat.st_mtime_ns


def _check_noted(path: Path) -> None:
    from plugins.features import _tensors  # noqa: PLC0415 - imports numpy

    if path.stat().st_size > MOST_BYTES:
        raise WeightsDamaged(f"{path} has more than {MOST_BYTES} bytes, as no weights have: replace it", path)
    try:
        contents = _tensors.parsed(path.read_bytes())
    except _tensors.NotTensors as error:
        raise WeightsDamaged(f"{path} {error}: replace it", path) from error
    noted, found = contents.metadata.get(CONTENT), _tensors.content_sum(contents.tensors)
    if noted is not None and noted != found:
        raise WeightsDamaged(f"{path} holds layers with SHA-256 {found} and should hold {noted}: replace it", path)


def _check_inside(path: Path, weights: Weights) -> None:
    from plugins.features import _layers, _tensors  # noqa: PLC0415 - imports numpy

    contents = _tensors.parsed(path.read_bytes())
    if wrong := _layers.wrong_layers(contents.shapes, weights):
        raise WeightsDamaged(f"{path} {wrong}; replace it", path)
    if broken := _tensors.not_finite(contents.tensors):
        raise WeightsDamaged(f"{path} holds NaN or infinity in {', '.join(broken[:3])}; replace it", path)
