"""What every gallery on a server answers alike, and where its notes are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from plugins.galleries import Gallery, GalleryRefused, Poster, Problem
from plugins.galleries.http.sending import Requests
from plugins.galleries.server.known_file import KnownFile
from plugins.records import Box, Photo, Region

if TYPE_CHECKING:
    from plugins.settings import LibrarySettings


class OnServer(Gallery):
    """A gallery that is asked over HTTP, and keeps notes of what it was told; both are closed at the end."""

    def __init__(self, requests: Requests, notes: KnownFile) -> None:
        self._requests = requests
        self._notes = notes
        self._problems: list[Problem] = []

    def __repr__(self) -> str:
        return f"{self._requests.product.lower()}.Plugin({self._requests.server})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._requests.close()
        self._notes.close()

    @property
    def problems(self) -> Sequence[Problem]:
        """Return what the last `photos()` left out: what the server has not read yet, or tells in no sense."""
        return tuple(self._problems)

    def regions_of_people(self, photos: Iterable[Photo]) -> Iterator[tuple[Photo, Sequence[Region]]]:
        """Yield photos with the faces that `regions` gives; of all of them a server would be asked for many more."""
        return ((photo, self.regions(photo)) for photo in photos)

    def tag_regions(self) -> Mapping[tuple[str, str], Box | None]:
        """Return nothing: servers have no regions but faces."""
        return {}

    def posters(self, gone: Iterable[str] = ()) -> Mapping[str, Poster]:  # noqa: ARG002 (the contract's)
        """Return nothing: servers choose the pictures of videos themselves."""
        return {}


def notes_folder(library: LibrarySettings, data_dir: Path) -> Path:
    """Return where the notes of a library are.

    Raises:
        GalleryRefused: it has no address.
    """
    if not library.url:
        raise GalleryRefused(f"library {library.name!r} has no address: set its url")
    return data_dir / library.gallery / (re.sub(r"[^\w-]", "_", library.name) or "library")
