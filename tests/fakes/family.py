"""A library called `family`: a drawn year of photos with all its state in one folder, so that it can be copied."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from fakes import outside_parts
from fakes.snaps import Year, draw_year

LIBRARY = "family"


@dataclass(frozen=True)
class Family:
    """The library in its folder: `photos/`, the store in `data/`, the settings."""

    place: Path
    year: Year

    @property
    def photos(self) -> Path:
        return self.place / "photos"

    def settings(self) -> dict[str, str]:
        """Return the environment that names this library; faces are those that `squares` finds."""
        file = self.place / "albumen.toml"
        file.write_text(f"[libraries.{LIBRARY}]\ngallery = 'folder'\npath = '{self.photos}'\ntime_zone = 'UTC'\n")
        settings = {
            "CONFIG": file,
            "DATA_DIR": self.place / "data",
            "FEATURES__EMBEDDER": "squares",
            "FEATURES__PICTURE": "tints",
            "FEATURES__BATCH_PHOTOS": 20,
            "PEOPLE__METHOD": "dbscan_faces",
            "PEOPLE__PURIFY": "none",
            "RETRY__BACKOFF_S": 0,
        }
        return {f"ALBUMEN_{name}": str(value) for name, value in settings.items()}

    def enter(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the environment of this process name this library."""
        for name, value in self.settings().items():
            monkeypatch.setenv(name, value)
        outside_parts.install(self.place / "outside", monkeypatch)


def draw_family(place: Path) -> Family:
    """Draw the library into a new folder."""
    return Family(place, draw_year(place / "photos"))
