"""Reading tensors from files of others: safetensors, or torch's own format without running anything in it."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import load_file
from torch import Tensor

from plugins.features._weights_table import MOST_BYTES, WeightsRefused

_WRAPPED: Final = "state_dict"


def read_state(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a file by name, on the processor; a torch file may wrap them in a `state_dict`.

    Raises:
        WeightsRefused: the file is too large, broken, or holds anything but plain tensors; nothing in it was run.
    """
    if path.stat().st_size > MOST_BYTES:
        raise WeightsRefused(f"it has more than {MOST_BYTES} bytes, as no weights have")
    with path.open("rb") as stream:
        start = stream.read(9)
    if start[8:9] == b"{":
        return _read_safetensors(path)
    if start[:1] == b"\x80" or start[:2] == b"PK":  # a pickle, or a zip archive of one and its numbers
        return _plain(_read_torch(path))
    raise WeightsRefused("it is neither a safetensors file nor one of torch")


def not_finite(state: Mapping[str, Tensor]) -> list[str]:
    """Return the names of the layers that hold NaN or infinity."""
    return [name for name, tensor in state.items() if not bool(torch.isfinite(tensor).all())]


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except Exception as error:  # SafetensorError, and whatever a header makes torch raise
        raise WeightsRefused(f"it is no whole safetensors file ({error})") from error


def _read_torch(path: Path) -> Any:
    archive = zipfile.is_zipfile(path)
    if archive:
        _check_archive(path)
    try:
        with warnings.catch_warnings(action="ignore"):
            return torch.load(path, map_location="cpu", weights_only=True, mmap=archive)
    except Exception as error:  # whatever a broken or malicious pickle makes the reader raise
        # Not in torch's words: they advise to read it without `weights_only`.
        reason = f"it is broken, or holds more than plain tensors; nothing in it was run ({type(error).__name__})"
        raise WeightsRefused(reason) from error


def _check_archive(path: Path) -> None:
    """Refuse an archive whose parts are packed: torch packs none, and a small one could unfold without end."""
    try:
        with zipfile.ZipFile(path) as archive:
            packed = [entry.filename for entry in archive.infolist() if entry.compress_type != zipfile.ZIP_STORED]
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError) as error:
        raise WeightsRefused(f"it is a broken archive ({error})") from error
    if packed:
        raise WeightsRefused(f"its part {packed[0]!r} is compressed, as torch does not write it")


def _plain(loaded: Any) -> dict[str, Tensor]:
    state = loaded.get(_WRAPPED, loaded) if isinstance(loaded, Mapping) else loaded
    if not isinstance(state, Mapping) or not state:
        raise WeightsRefused("it holds no layers by name")
    for name, tensor in state.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor) or tensor.layout != torch.strided:
            raise WeightsRefused(f"{str(name)[:80]!r} in it is no plain tensor")
    return dict(state)
