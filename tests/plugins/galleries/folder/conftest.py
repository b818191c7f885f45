"""A small folder of photos, each with bytes of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from plugins.decoding import Decoders
from plugins.galleries.folder import Plugin, asking


def draw(path: Path, shade: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (16, 12), (shade, 90, 120)).save(path, "JPEG")
    return path


AS_ANYBODY = """
import os, sys

def open_as_anybody(event, arguments):
    if event == "open":
        os.seteuid({nobody} if {folder!r} in str(arguments[0]) else 0)

sys.addaudithook(open_as_anybody)
"""


@pytest.fixture
def unprivileged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unprivileged: Path) -> Iterator[Path]:
    """Lend the same folder to decoding processes that have no right to read everything either.

    They are started with root's rights, as Python itself may lie where nobody else can read.
    """
    nobody = os.geteuid()
    if nobody == os.getuid():
        yield unprivileged
        return
    os.seteuid(os.getuid())
    (tmp_path / "sitecustomize.py").write_text(AS_ANYBODY.format(nobody=nobody, folder=str(unprivileged)))
    monkeypatch.syspath_prepend(tmp_path)
    with Decoders(workers=1) as pool:
        pool.decode(draw(tmp_path / "any.jpg", 1))
        pool.ask("plugins.galleries.folder.files:answer_batch", str(tmp_path), "UTC", []).result()
        monkeypatch.setattr(asking, "decoders", lambda: pool)
        os.seteuid(nobody)
        yield unprivileged


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
