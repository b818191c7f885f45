"""Originals are never written: every bit, time and permission of them is as it was after all changes and their undo."""

from __future__ import annotations

import contextlib
import hashlib
import io
import shutil
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from plugins.changes import (
    AddMembers,
    AddTags,
    AssignFace,
    Change,
    CreateAlbum,
    CreatePerson,
    DescribeAlbum,
    RenameAlbum,
    SetCover,
    WriteNote,
)
from plugins.galleries.folder import Plugin
from plugins.pictures import UnreadablePicture, open_picture

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL", "ignore::RuntimeWarning:exif")
SHARED = Path(__file__).resolve().parents[5] / "shared/data"


def generate(root: Path) -> None:
    root.mkdir(parents=True)
    for number, suffix in enumerate(("jpg", "png", "webp", "tif", "heic", "avif")):
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x9003] = "2024:05:01 10:11:12"
        exif[0x0112] = 6
        Image.new("RGB", (40, 30), (number * 40, 9, 99)).save(root / f"{number}.{suffix}", exif=exif)
    with av.open(str(root / "film.mp4"), "w") as out:
        stream = out.add_stream("mpeg4", rate=2)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        out.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((48, 64, 3), 99, np.uint8), format="rgb24")))
        out.mux(stream.encode())
    whole = io.BytesIO()
    Image.effect_noise((80, 60), 50).save(whole, "JPEG")
    (root / "half.jpg").write_bytes(whole.getvalue()[: len(whole.getvalue()) // 2])
    (root / "empty.jpg").touch()
    (root / "0.jpg").chmod(0o400)
    (root / "1.png").chmod(0o777)


def originals(root: Path) -> dict[str, tuple[str, int, int]]:
    files = [path for path in root.rglob("*") if path.is_file() and ".albumen" not in path.parts]
    return {
        str(path.relative_to(root)): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_mtime_ns,
            path.stat().st_mode,
        )
        for path in files
    }


def read_all(gallery: Plugin) -> Sequence[str]:
    photos = list(gallery.photos())
    for photo in photos:
        gallery.regions(photo)
        with contextlib.suppress(UnreadablePicture):
            open_picture(gallery.preview(photo, 32).source)
    gallery.people(), gallery.tags(), gallery.albums(), gallery.signals(), gallery.problems
    return [photo.id for photo in photos]


def all_changes(photos: Sequence[str]) -> list[Change]:
    return [
        CreateAlbum("ev", "event", "Lisbon"),
        AddMembers("ev", tuple(photos)),
        RenameAlbum("ev", "Porto", "Lisbon"),
        DescribeAlbum("ev", "At the sea", ""),
        SetCover("ev", photos[0], None),
        AddTags(("beach",), tuple(photos)),
        AddTags(("sea",), tuple(photos[::2])),
        *(WriteNote(photo, f"A note on {photo!r}") for photo in photos[::3]),
        CreatePerson("p-1", "Anna"),
        AssignFace(f"{photos[0]}#0", "p-1"),
    ]


@pytest.mark.parametrize("source", ["made", "exif", "hostile"])
def test_originals_are_never_written(source: str, tmp_path: Path) -> None:
    root = tmp_path / "photos"
    if source == "made":
        generate(root)
    elif not (SHARED / source).is_dir():
        pytest.skip(f"needs the shared data in {source}/")
    else:
        shutil.copytree(SHARED / source, root)
    before = originals(root)
    changes = all_changes(read_all(Plugin(root, tmp_path / "data")))
    assert originals(root) == before  # looking changes nothing, beside them either
    gallery = Plugin(root, tmp_path / "data")
    done = [change for change in changes if gallery.apply(change).status == "done"]
    assert len(done) > 0.9 * len(changes)
    read_all(Plugin(root, tmp_path / "data"))
    assert {name: state for name, state in originals(root).items() if name in before} == before
    assert len(originals(root)) > len(before)  # the sidecars
    gallery = Plugin(root, tmp_path / "data")
    for change in reversed(done):
        assert gallery.apply(change.inverse()).status in {"done", "already"}, change
    assert originals(root) == before
    assert (gallery.albums(), gallery.tagged("beach"), (gallery.state / "people.toml").exists()) == ([], [], False)
