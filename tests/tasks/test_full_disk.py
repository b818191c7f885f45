"""A disk that fills up while photos are extracted: nothing is half-written, and the next run goes on."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes import outside_parts
from fakes.snaps import ANNA, HOME, snap

N_PHOTOS = 24
RUN = """
import json, os, sys
from pathlib import Path
import tasks.features
from fakes.small_folder import refresh
from plugins.store import StoreError
from plugins.store.measures import EXPOSURE, SHARPNESS
from tasks.context import opened
from tasks.features import batches_of, extract_batch, extractors, missing_of

disk, library, free_bytes = Path(sys.argv[1]), f"folder:{sys.argv[2]}", int(sys.argv[3])
tasks.features.KEPT_TOGETHER = 2
refresh(library)
ballast = disk / "ballast"

def extracted():
    with opened(library) as here:
        [batch] = batches_of(here)
    return extract_batch.as_task.fn(library, "key", number=0, photos=batch)["made"]

def whole():
    with opened(library) as here:
        keys = [photo.content_key for photo in here.store.photos.all(here.name)]
        missing = missing_of(here, keys, extractors(here))
        of_none = {key for key in keys if key not in missing.any}
        measured = [here.store.measures.among(keys, *kind) for kind in (SHARPNESS, EXPOSURE)]
        return len(of_none), all(key in values for values in measured for key in of_none)

with ballast.open("wb", buffering=0) as file:
    room = os.statvfs(disk)
    file.write(bytes(room.f_bavail * room.f_frsize - free_bytes))
try:
    said = [extracted()]
except StoreError as error:
    said = [str(error)]
ballast.unlink()
said += [whole(), extracted(), whole()]
print(json.dumps(said))
"""
MOUNTED = 'mount -t tmpfs -o size=4m none "$0" && exec "$@"'


def on_a_small_disk(disk: Path, *command: str) -> str:
    """Run a command that sees a file system of 4 MB in a folder; return what it prints."""
    unshared = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", MOUNTED, str(disk), *command]
    if shutil.which("unshare") is None or subprocess.run([*unshared[:8], "true"], check=False).returncode:
        pytest.skip("this system lets nobody mount a small disk")
    done = subprocess.run(unshared, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Draw a folder of photos; extractors, settings and paths are in the environment of a process."""
    outside_parts.unpack(tmp_path / "outside")
    root = Path(__file__).resolve().parents[2]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, (root, root / "tests", tmp_path / "outside"))))
    monkeypatch.setenv("ALBUMEN_DATA_DIR", str(tmp_path / "disk/data"))
    monkeypatch.setenv("ALBUMEN_FEATURES__EMBEDDER", "squares")
    monkeypatch.setenv("ALBUMEN_FEATURES__PICTURE", "tints")
    for n in range(N_PHOTOS):
        snap(tmp_path / f"photos/{n}.jpg", datetime(2024, 5, 3, 10) + timedelta(minutes=n), HOME, (ANNA,))
    return tmp_path / "photos"


def test_a_disk_that_fills_up_costs_what_was_not_written(photos: Path, tmp_path: Path) -> None:
    (disk := tmp_path / "disk").mkdir()
    answer: list[Any] = json.loads(on_a_small_disk(disk, sys.executable, "-c", RUN, str(disk), str(photos), "400000"))
    error, (kept, all_measured), made, after = answer
    assert re.search("free (some )?space.* run again", error)
    assert 0 < kept < N_PHOTOS
    assert all_measured
    assert made == N_PHOTOS - kept
    assert after == [N_PHOTOS, True]
