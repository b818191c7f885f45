"""What tests of whole flows on a server share: pictures of a library, and the settings that name it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fakes import outside_parts
from fakes.snaps import draw_year

LIBRARY = "family"
SHARED = Path(os.environ.get("ALBUMEN_SHARED", Path(__file__).resolve().parents[3] / "shared"))
N = 1_000 if os.environ.get("ALBUMEN_SOAK") else 100


def make_pictures(folder: Path) -> Path:
    """Make a library of real photos with what its user has done by hand; without the shared folder, draw one."""
    maker = SHARED / "tools/make_library.py"
    if maker.is_file():
        subprocess.run([sys.executable, maker, "--out", folder, "--photos", str(N)], check=True, capture_output=True)
    else:
        draw_year(folder)
    return folder


def with_user(pictures: Path) -> bool:
    """Say whether a library comes with what its user has done by hand."""
    return (pictures / "user_state.json").is_file()


def enter(place: Path, monkeypatch: pytest.MonkeyPatch, gallery: str, url: str, key: str) -> None:
    """Let the environment of this process name a server as the library `family`."""
    key_file, settings = place / "key", place / "albumen.toml"
    key_file.write_text(f"{key}\n")
    table = {"gallery": gallery, "url": url, "api_key_file": "key", "time_zone": "Europe/Berlin"}
    lines = [f'{name} = "{value}"' for name, value in table.items()]
    settings.write_text("\n".join([f"[libraries.{LIBRARY}]", *lines, ""]))
    environment = {
        "CONFIG": settings,
        "DATA_DIR": place / "data",
        "FEATURES__EMBEDDER": "squares",
        "FEATURES__PICTURE": "tints",
        "RETRY__BACKOFF_S": 0,
    }
    for name, value in environment.items():
        monkeypatch.setenv(f"ALBUMEN_{name}", str(value))
    outside_parts.install(place / "outside", monkeypatch)
