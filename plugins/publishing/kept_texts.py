"""What is wanted, in the words that the gallery keeps: a text that it changes would read like an edit of the user's."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from plugins.publishing.wanted import Wanted, WantedAlbum

if TYPE_CHECKING:
    from plugins.galleries import Gallery


def in_kept_texts(wanted: Wanted, gallery: Gallery) -> Wanted:
    """Return what is wanted with every tag, title and description as the gallery will keep it, see `Gallery.as_kept`.

    Tags that become the same are one; a tag of which the gallery keeps nothing is not wanted.
    """
    kept = lru_cache(maxsize=None)(partial(gallery.as_kept, "tag"))
    tags = wanted.tags
    if tags and any(kept(tag) != tag for tag in {tag for _, tag in tags}):  # seldom, of millions of pairs
        tags = frozenset((photo, kept(tag)) for photo, tag in tags if kept(tag))
    regions = wanted.regions and {(p, kept(tag)): box for (p, tag), box in wanted.regions.items() if kept(tag)}
    albums = tuple(_album(album, gallery) for album in wanted.albums)
    return replace(wanted, albums=albums, tags=tags, regions=regions)


def _album(album: WantedAlbum, gallery: Gallery) -> WantedAlbum:
    title, description = gallery.as_kept("title", album.title), gallery.as_kept("description", album.description)
    return replace(album, title=title, description=description)
