"""The demo: the main job on a drawn library, or a look at what would become of the user's own folder."""

from __future__ import annotations

import os
from pathlib import Path

from app.curating import curate_library
from app.messages import DONE, FAILED, WrongUse, say, tell
from plugins.settings import load_settings


def run_demo(photos: Path | None, out: Path) -> int:
    """Curate the drawn library and write its albums, or plan for a folder of the user's; return the exit status.

    Nothing is written into the user's folder: what Albumen keeps of it goes to the demo's data folder.

    Raises:
        WrongUse: the user's folder is not there.
        FolderInUse: something else is where the drawn library goes.
    """
    os.environ.setdefault("ALBUMEN_DATA_DIR", str((out / "data").absolute()))
    if photos is None:
        return _of_the_sample(out / "photos")
    return _of_a_folder(photos.expanduser())


def _of_the_sample(folder: Path) -> int:
    from plugins.sample import draw_sample_library  # noqa: PLC0415

    say(f"Drawing a sample library into {folder} …")
    try:
        truth = draw_sample_library(folder)
    except OSError as error:
        if error.errno is None:  # one of ours, which says what to do
            raise
        say(f"albumen: the sample library cannot be drawn into {folder}: {error.strerror}; choose another --out DIR")
        return FAILED
    tell(f"The sample library has {len(truth.photos)} photos of a year, with {len(truth.events)} events.")
    status = curate_library(f"folder:{folder}", True, (), (), False, True, False)
    if status == DONE:
        tell()
        tell(f"The albums are text files that you can edit: {folder.absolute() / '.albumen' / 'albums'}")
        tell("Rename one, delete a photo's line or a whole file, then run the demo again: your edits stay.")
        tell("With photos of your own: albumen demo --photos DIR, or make demo PHOTOS=DIR (writes nothing into DIR).")
    return status


def _of_a_folder(photos: Path) -> int:
    from plugins.galleries.folder.state import INSIDE, keep_outside  # noqa: PLC0415

    if not photos.is_dir():
        raise WrongUse(f"{photos} is no folder: name the folder of your photos behind --photos")
    data_dir = load_settings().data_dir
    keep_outside(photos.resolve(), data_dir)
    status = curate_library(f"folder:{photos}", False, (), (), False, False, False)
    if status == DONE:
        tell()
        kept = photos / INSIDE if (photos / INSIDE).is_dir() else data_dir
        tell(f"Your photos are as they were; what the demo found out is in {kept}.")
    return status
