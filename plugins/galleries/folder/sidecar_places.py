"""Where the sidecar of each photo lies, and that it is one that may be written."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from plugins.galleries import GalleryRefused
from plugins.galleries.folder.paths import PathBook
from plugins.galleries.folder.sidecar import sidecar_of
from plugins.galleries.folder.sidecar_edit import NotOurs


@dataclass(frozen=True, slots=True)
class SidecarPlaces:
    """Where the sidecars of the photos lie: beside them, or in a tree of their own where the folder is read-only."""

    root: Path
    tree: Path | None
    book: PathBook

    def of(self, photo: str) -> Path:
        """Return the sidecar of a photo: one that it left behind when it moved, else where it belongs."""
        if self.tree is not None:
            return self._in_tree(self.tree, photo)
        here = sidecar_of(self.root / self.book.path_by_id[photo])
        # os.path, not Path: a name with no room for a suffix is no sidecar, rather than an error.
        left = [self.root / path for path in self.book.former_paths(photo)]
        others = (here.with_suffix(".XMP"), *(sidecar_of(path) for path in left if not os.path.exists(path)))  # noqa: PTH110
        return here if os.path.exists(here) else next((p for p in others if os.path.isfile(p)), here)  # noqa: PTH110, PTH113

    def to_write(self, photo: str) -> Path:
        """Return the sidecar of a photo for writing; a link to it would be followed.

        Raises:
            NotOurs: it is a link that leads nowhere or out of the folder, as to a disk that is not mounted.
        """
        path, inside = self.of(photo), self.tree or self.root
        if path.is_symlink():
            real = Path(os.path.realpath(path))
            if not real.is_file() or not real.is_relative_to(os.path.realpath(inside)):
                raise NotOurs("its sidecar is a link that leads nowhere or out of the folder")
        return path

    @staticmethod
    def _in_tree(tree: Path, photo: str) -> Path:
        path = PurePosixPath(photo)
        if path.is_absolute() or ".." in path.parts:
            raise GalleryRefused(f"{photo!r} is no path below the folder")
        return sidecar_of(tree / path)
