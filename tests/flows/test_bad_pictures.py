"""Hundreds of broken, odd and hostile files among good photos: a run ends well, names each, and loses no good photo."""

from __future__ import annotations

import hashlib
import html
import re
import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from fakes import outside_parts
from fakes.family import LIBRARY, Family
from fakes.snaps import ANNA, BEN, HOME, Year, snap
from PIL import Image

from flows.curate import curate
from plugins.features import Vectors
from plugins.galleries.folder.walking import PICTURES, VIDEOS, suffix_of
from tasks.context import opened

pytestmark = [pytest.mark.flow, pytest.mark.timeout(600)]
N_GOOD = 20
BROKEN = (
    "hostile/made/zero_bytes.jpg",
    "hostile/made/one_byte.jpg",
    "hostile/made/text.jpg",
    "hostile/made/lfs_pointer.jpg",
    "hostile/made/truncated_header.jpg",
    "hostile/made/huge_dims_no_data.png",
    "hostile/made/bomb_30000x30000_1bit.png",
    "hostile/pillow/truncated_image.png",
)
"""Files of which no picture can be made, whatever reads them."""
SCAN_STEPS = {"refresh_photos", "extract_features"}


class Lights(outside_parts.Tints):
    """How light a picture is and how dark: a vector for black ones, too."""

    name: ClassVar[str] = "lights"

    def extract(self, images: Sequence[Image.Image], failures: dict[int, str] | None = None) -> Vectors:
        outside_parts.SEEN[self.name] += len(images)
        light = np.array([np.asarray(image, dtype=np.float32).mean() for image in images])
        vectors = np.stack([light, 255 - light, np.ones_like(light)], axis=1).astype(np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def family(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Family:
    """Lend a library of good photos of one day, and all that is bad beside them."""
    start = datetime(2024, 5, 4, 10)
    names = tuple(f"good/{n:02d}.jpg" for n in range(N_GOOD))
    for n, name in enumerate(names):
        snap(tmp_path / "photos" / name, start + timedelta(minutes=11 * n), HOME, ((), (ANNA,), (ANNA, BEN))[n % 3])
    for kind in ("hostile", "exif"):
        shutil.copytree(shared / kind, tmp_path / "photos" / kind, copy_function=shutil.copyfile)
    family = Family(tmp_path, Year(names, (), (), (), ""))
    monkeypatch.setattr(outside_parts, "Lights", Lights, raising=False)
    monkeypatch.setitem(outside_parts.PARTS["features"], Lights.name, "Lights")
    family.enter(monkeypatch)
    monkeypatch.setenv("ALBUMEN_FEATURES__PICTURE", Lights.name)
    return family


def fingerprints(photos: Path) -> dict[str, str]:
    """Return the SHA-256 of every file that is not ours."""
    files = (path for path in sorted(photos.rglob("*")) if path.is_file() and ".albumen" not in path.parts)
    return {path.relative_to(photos).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def words(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", " ", Path(page).read_text(encoding="utf-8")))


def looks_like_a_photo(name: str) -> bool:
    """Say whether a person would ask where this file is; hidden ones are hidden."""
    return suffix_of(name) in PICTURES | VIDEOS and not Path(name).name.startswith(".")


def seen_and_named(family: Family) -> tuple[set[str], dict[str, str]]:
    """Return the names of the photos that have all features, and the reason for each of the others."""
    with opened(LIBRARY) as here:
        photos = {photo.name: photo.content_key for photo in here.gallery.photos()}
        named = {problem.path: problem.reason for problem in here.gallery.problems if problem.path not in photos}
        named |= {problem.name: problem.reason for problem in here.store.problems.all(here.name)}
        keys = list(photos.values())
        missing = {*here.store.faces.missing(keys, "squares", "1"), *here.store.features.missing(keys, "lights", "1")}
    return {name for name, key in photos.items() if key not in missing}, named


def test_a_library_full_of_bad_files(family):
    before = fingerprints(family.photos)
    summary = curate(LIBRARY)
    assert {step["step"]: step["status"] for step in summary["steps"] if step["step"] in SCAN_STEPS} == dict.fromkeys(
        SCAN_STEPS, "done"
    )
    seen, named = seen_and_named(family)
    assert set(family.year.all) <= seen
    assert set(BROKEN) <= named.keys()
    assert all(reason.strip() for reason in named.values())

    assert {name for name in before if looks_like_a_photo(name)} - seen - named.keys() == set()

    report = words(summary["report"])
    assert [name for name in BROKEN if name not in report] == []

    outside_parts.SEEN.clear()
    curate(LIBRARY, steps=["photos", "features"])
    assert outside_parts.SEEN == {}, "what could not be read is tried again only when its content changes"
    assert seen_and_named(family) == (seen, named)
    assert fingerprints(family.photos) == before
