"""What the service knows of the galleries that it listens to: `listening.json`, for the command line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from plugins.atomic import private_folder, write_atomically


@dataclass(frozen=True)
class Heard:
    """One library; times in seconds since 1970, None for never.

    Args:
        connected_at: since when it is listened to; None where it is not now.
        heard_at: when it last said that there may be new photos.
        why_not: why it is not listened to now.
    """

    connected_at: float | None = None
    heard_at: float | None = None
    why_not: str = ""


_ALL: Final = TypeAdapter(dict[str, Heard])


def note(data_dir: Path, libraries: Mapping[str, Heard]) -> None:
    """Keep this, whole or not at all, readable for this user alone."""
    private_folder(data_dir)
    file = _file(data_dir)
    file.touch(mode=0o600)  # the mode stays
    write_atomically(file, _ALL.dump_json(dict(libraries), indent=1))


def noted(data_dir: Path) -> dict[str, Heard]:
    """Return what a service has kept, running or not; nothing where it cannot be read."""
    try:
        return _ALL.validate_json(_file(data_dir).read_bytes())
    except (OSError, ValidationError):
        return {}


def _file(data_dir: Path) -> Path:
    return data_dir / "listening.json"
