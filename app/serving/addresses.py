"""Where the service of a data folder listens: `serve.json` in it, for health checks and the command line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from plugins.atomic import write_atomically


@dataclass(frozen=True, slots=True)
class Addresses:
    """The service: its process, where its parts listen, and the processes of its parts by name.

    `ready` is false while it starts. Addresses are as this machine reaches them, such as http://127.0.0.1:8484.
    """

    pid: int
    prefect: str
    review: str
    hooks: str
    ready: bool = False
    parts: Mapping[str, int] = field(default_factory=dict)

    @property
    def api(self) -> str:
        """Return the address of Prefect's API."""
        return f"{self.prefect}/api"


def note(data_dir: Path, addresses: Addresses) -> None:
    """Keep the addresses, whole or not at all, readable for this user alone."""
    file = _file(data_dir)
    file.touch(mode=0o600)  # the mode stays
    write_atomically(file, json.dumps(asdict(addresses), indent=1).encode())


def noted(data_dir: Path) -> Addresses | None:
    """Return what a service has kept, running or not; None where there is nothing, or nothing readable."""
    try:
        return Addresses(**json.loads(_file(data_dir).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def forget(data_dir: Path) -> None:
    """Remove what was kept, at a clean end."""
    _file(data_dir).unlink(missing_ok=True)


def _file(data_dir: Path) -> Path:
    return data_dir / "serve.json"
