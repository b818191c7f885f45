"""What a library's user has said of covers: what they like, and the albums that can be learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plugins.covers import Chosen, Pictures
from plugins.covers.signals import Liked, choices, liked_of, samples_of
from plugins.records import Event, Photo
from tasks.context import Opened
from tasks.cover_albums import AlbumMaker, theirs
from tasks.cover_pictures import photos_for_covers, pictures_from


@dataclass(frozen=True, eq=False)
class Told:
    """What a library tells of covers.

    Args:
        photos: those that may be covers or teach, in order of time.
        pictures: the same photos.
        events: all events.
        maker: makes albums of the pictures.
        liked: what the user likes of them.
    """

    photos: Sequence[Photo]
    pictures: Pictures
    events: Sequence[Event]
    maker: AlbumMaker
    liked: Liked

    def samples(self) -> list[Chosen]:
        """Return the albums whose cover is known, with what was liked before them."""
        return samples_of(self.pictures, self.liked, self.events, self.maker.album)


def told(here: Opened) -> Told:
    """Return what a library tells of covers, as the gallery, the store and the ledger know it.

    Raises:
        GalleryError: the gallery cannot be asked.
    """
    known, events = theirs(here), here.store.events.all(here.name)
    chosen = choices(known.signals, known.members, here.store.ledger.load(here.name).albums.values())
    members = {photo for album in known.albums for photo in album.photos}
    members |= {photo for choice in chosen for photo in choice.photos}
    photos = photos_for_covers(here, members)
    pictures, liked = pictures_from(here, photos), liked_of(photos, known.signals, chosen)
    return Told(photos, pictures, events, AlbumMaker(here, photos, events), liked)
