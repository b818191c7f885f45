"""The folder of album pages kept up to date: only files whose bytes changed are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from plugins.pages.albums import INDEX, render_album, render_index
from plugins.pages.links import page_name
from plugins.pages.views import AlbumView

Read: TypeAlias = Callable[[str], bytes | None]
"""Return a file's bytes by its path below the pages, None where there is none."""
Write: TypeAlias = Callable[[str, bytes], None]
"""Write a file by its path below the pages, whole or not at all."""


@dataclass(frozen=True, slots=True)
class SiteResult:
    """What became of the pages: paths written, how many were right already, and paths that belong to no album now."""

    written: tuple[str, ...]
    unchanged: int
    stale: tuple[str, ...]


def render_site(
    albums: Sequence[AlbumView], write: Write, read: Read, library: str = "", existing: Iterable[str] = ()
) -> SiteResult:
    """Bring the album pages and their index up to date; the index comes last, so it never leads to a missing page.

    Args:
        albums: all albums that have a page, in any order.
        write: writes one file; it is called only for bytes that differ from what `read` returns.
        read: reads one file.
        library: the name that the index shows.
        existing: the paths of the album pages there are now; those that no album has any more come back as `stale`.
    """
    written, wanted = [], {INDEX}
    for album in albums:
        wanted.add(page_name(album.key))
        written += _update(page_name(album.key), render_album(album), write, read)
    written += _update(INDEX, render_index(albums, library), write, read)
    stale = tuple(sorted(set(existing) - wanted))
    return SiteResult(tuple(written), unchanged=len(wanted) - len(written), stale=stale)


def _update(path: str, page: bytes, write: Write, read: Read) -> list[str]:
    """Write a page unless it is there already; return the paths written."""
    if read(path) == page:
        return []
    write(path, page)
    return [path]
