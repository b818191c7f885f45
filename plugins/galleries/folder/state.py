"""Where a folder's own state lives: in it, or in the data folder when it cannot be written; found again either way."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from plugins.atomic import may, write_atomically
from plugins.galleries import GalleryRefused, GalleryUnreachable

INSIDE = ".albumen"
_NOTE = "state-is-in-the-folder.txt"
_README = """\
This folder belongs to Albumen, which sorts your photos into albums. Your photos themselves are never changed.

albums/NAME.toml   one album a file, for any text editor. What you change stays as you made it:
                     title, description   write others
                     photos               delete a line: that photo is never added again; add a line (a path below the
                                          photo folder, in quotes, then a comma): it stays in the album
                     cover = "PATH"       choose the cover: one of the photos
                     [albumen]            delete these lines, and the album is yours alone: Albumen leaves it as it is
                   Delete the file, and the album is not made again.
                   Write a new file with a title and photos to make an album of your own.
people.toml        the people: give them names, or others
sidecars/          tags and notes of photos (photo.jpg.xmp), and pictures of videos (video-poster.jpg), if they cannot
                   lie beside the photos
*.json             Albumen's memory of your files; deleting it costs time, nothing else

Tags that Albumen gave are in photo.jpg.xmp beside each photo. Take one off with any program, and it stays off.
The picture of video.mp4 is video-poster.jpg beside it. Delete it or put your own there, and it stays so.
"""


def state_of(root: Path, data_dir: Path) -> Path:
    """Return the folder of a library's state: where it is already, else in the photo folder if that can be written.

    A folder that was read-only once keeps its state in the data folder; one that becomes read-only keeps it inside:
    state that moved would look as if the user had deleted every album.
    """
    inside, outside = root / INSIDE, _outside(root, data_dir)
    if inside.is_dir() or (outside / _NOTE).exists():
        return inside
    if outside.is_dir() or not may(root, os.W_OK | os.X_OK):
        return outside
    return inside


def keep_outside(root: Path, data_dir: Path) -> None:
    """Have a folder's state in the data folder although it could lie inside; what lies inside already stays there."""
    _outside(root, data_dir).mkdir(parents=True, exist_ok=True)


def check_state(root: Path, data_dir: Path) -> None:
    """Make sure that the folder can be read and still holds the state that it held.

    Raises:
        GalleryRefused: there is no such folder, or it may not be read.
        GalleryUnreachable: the folder is there without its state, as when its disk is not mounted.
    """
    if not root.is_dir():
        raise GalleryRefused(f"there is no folder {root}: check its path, and that its disk is mounted")
    if not may(root, os.R_OK | os.X_OK):
        raise GalleryRefused(f"the folder {root} may not be read: give this user the permission")
    note = _outside(root, data_dir) / _NOTE
    if note.exists() and not (root / INSIDE).is_dir():
        raise GalleryUnreachable(
            f"{root / INSIDE}, which holds the albums, is not there: is the disk mounted? "
            f"If you have deleted it on purpose, delete {note} too."
        )


def prepare_state(state: Path, root: Path, data_dir: Path) -> None:
    """Make the state's folder, explain it to the user, and note where it is; doing it again does nothing."""
    state.mkdir(parents=True, exist_ok=True)
    readme, note = state / "README.txt", _outside(root, data_dir) / _NOTE
    if not readme.exists():
        write_atomically(readme, _README.encode())
    if state == root / INSIDE and not note.exists():
        note.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(note, f"The albums of {root} are in {state}.\n".encode("utf-8", "backslashreplace"))


def _outside(root: Path, data_dir: Path) -> Path:
    return data_dir / "folders" / hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:16]
