"""What the system says when a folder cannot be read or written, as what its owner can do about it."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from plugins.galleries import GalleryError, GalleryRefused, GalleryUnreachable

MEND: Final = {
    errno.ENOSPC: "the disk is full: free some space",
    errno.EDQUOT: "your share of the disk is full: free some space",
    errno.EFBIG: "the file would be larger than this process may write: raise the limit (ulimit -f)",
    errno.EROFS: "the disk is mounted read-only: mount it for writing",
    errno.EACCES: "it may not be written: give this user the permission",
    errno.EPERM: "it may not be written: give this user the permission",
    errno.EISDIR: "a folder is where a file should be: move it away",
    errno.ENOTDIR: "a file is where a folder should be: move it away",
    errno.ELOOP: "it is a link that leads back to itself: remove it",
    errno.ENAMETOOLONG: "its name is too long for the file system: rename the photo",
}
OF_ONE_FILE: Final = frozenset(MEND) - {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn the system's errors into the gallery's: what the user can mend is refused, the rest is tried again."""
    try:
        yield
    except GalleryError:
        raise
    except OSError as error:
        where = f"{what}: {error.filename or ''}".rstrip(": ")
        if error.errno in MEND:
            raise GalleryRefused(f"{where}: {MEND[error.errno]}, and run again") from error
        raise GalleryUnreachable(f"{where}: {error.strerror or error}; it will be tried again") from error
