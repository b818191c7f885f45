"""The mark inside a poster of ours: of which video and moment it is, and that nobody has changed it since."""

from __future__ import annotations

import hashlib
import io
import re
from pathlib import Path
from typing import IO, Final

from PIL import Image

from plugins.galleries.folder.index import PosterMark

SUFFIX: Final = "-poster.jpg"
LONGEST_PX: Final = 1920
QUALITY: Final = 88
MAX_BYTES: Final = 32_000_000  # of a file that may be ours; a poster has 0.5 MB
HEAD_BYTES: Final = 65_536
"""How far into the file our mark may stand: a program that writes metadata may put a segment of that size before it."""
_MARK = re.compile(rb"albumen:poster key=([0-9A-Za-z]{1,128}) at=([0-9]{1,9}\.[0-9]{3}) v=1 rest=([0-9a-f]{16})")


def may_be_poster(path: str) -> bool:
    """Say whether a file has the name of a poster: in no other our mark is looked for."""
    return path.casefold().endswith(SUFFIX)


def mark_of(data: bytes) -> PosterMark | None:
    """Return our mark of a picture that is as we made it; None if somebody has changed it, or it is not ours."""
    found = _MARK.search(data, 0, HEAD_BYTES)
    if found is None or found[3].decode() != _digest(data[found.end() :]):
        return None
    return PosterMark(found[1].decode(), float(found[2]))


def mark_in(file: IO[bytes]) -> PosterMark | None:
    """Return our mark of an open file, from its beginning; None of one that is not ours.

    Raises:
        OSError: it cannot be read.
    """
    file.seek(0)
    data = file.read(MAX_BYTES + 1)
    return mark_of(data) if len(data) <= MAX_BYTES else None


def read_mark(path: Path) -> PosterMark | None:
    """Return our mark of a file; None of one that is not ours.

    Raises:
        OSError: it is not there, or cannot be read.
    """
    if path.is_symlink() or (path.exists() and not path.is_file()):
        return None  # a link is the user's, and reading a pipe would wait for ever
    with path.open("rb") as file:
        return mark_in(file)


def poster_of(picture: Image.Image, mark: PosterMark) -> bytes:
    """Return a picture as a JPEG with our mark as its comment, which holds the digest of all that follows it."""
    shown = picture.convert("RGB")
    shown.thumbnail((LONGEST_PX, LONGEST_PX))
    said = f"albumen:poster key={mark.content_key} at={mark.at_s:.3f} v=1 rest="
    unsigned, made = f"{said}{'0' * 16}".encode(), io.BytesIO()
    shown.save(made, "JPEG", quality=QUALITY, comment=unsigned)
    before, _, rest = made.getvalue().partition(unsigned)
    return before + f"{said}{_digest(rest)}".encode() + rest


def _digest(rest: bytes) -> str:
    return hashlib.sha256(rest).hexdigest()[:16]
