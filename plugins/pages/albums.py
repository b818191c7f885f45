"""An album as one page, and the index of all albums: each a file that opens from a disk, offline, without scripts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from plugins.pages.rendering import by_day, render
from plugins.pages.views import AlbumView

INDEX = "index.html"


def render_album(album: AlbumView, index: str = INDEX) -> bytes:
    """Return an album's page; `index` is the path of the page that its back link leads to."""
    return render("album.html", album=album, index=index, several_days=len(by_day(album)) > 1)


def render_index(albums: Sequence[AlbumView], library: str = "") -> bytes:
    """Return the page of all albums by year, newest first."""
    newest_first = sorted(albums, key=lambda album: (album.start, album.key), reverse=True)
    years = [(year, list(group)) for year, group in groupby(newest_first, key=lambda album: album.start.year)]
    heading = f"Albums of {library}" if library else "Albums"
    # A photo can be in two albums: it is counted once.
    n_photos = len({photo.original or photo.thumb for album in albums for photo in album.photos})
    return render("index.html", albums=newest_first, years=years, heading=heading, n_photos=n_photos)
