"""A small folder of photos, each with bytes of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from plugins.galleries.folder import Plugin


def draw(path: Path, shade: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (16, 12), (shade, 90, 120)).save(path, "JPEG")
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for shade, name in enumerate(("a.jpg", "b.jpg", "c.jpg", "trip/d.jpg")):
        draw(tmp_path / "photos" / name, shade * 50)
    return tmp_path / "photos"


@pytest.fixture
def reopen(root: Path, tmp_path: Path) -> Callable[[], Plugin]:
    """Open the folder as a new process would."""
    return lambda: Plugin(root, tmp_path / "data")


@pytest.fixture
def gallery(reopen: Callable[[], Plugin]) -> Plugin:
    return reopen()
