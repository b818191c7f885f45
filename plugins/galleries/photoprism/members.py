"""Who is in our albums: what PhotoPrism shows, and the photos whose membership it hides because they are archived.

When a photo is archived, PhotoPrism hides its memberships as if somebody had taken it out of its albums; it shows
hidden ones nowhere, and does not bring them back when the photo is taken out of the archive.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from plugins.galleries.photoprism.known import ARCHIVED, IN, RESTORED, How, Known
from plugins.galleries.photoprism.paging import Pages, uid_of


class Memberships:
    """The members of albums of ours, with a memory of whom the server took out.

    Args:
        pages: searches for photos.
        known: remembers who was in which album, and which photos are archived.
    """

    def __init__(self, pages: Pages, known: Known) -> None:
        self._pages = pages
        self._known = known

    def of(self, album: str, shown: Sequence[str] | None = None) -> list[str]:
        """Return the members of an album of ours: first those that the server shows, then those that are archived.

        Args:
            album: its id.
            shown: whom the server shows now, in its order; asked for when None.
        """
        inside = self._pages.ids({"s": album}) if shown is None else list(shown)
        before = self._known.members(album)
        absent = before.keys() - set(inside)
        archived = self._archived(absent)
        # Who was restored is not counted in when archived once more, unless somebody has put them in again.
        hidden = {photo for photo in archived if before[photo] != RESTORED}
        restored = {photo for photo in absent - hidden if before[photo] != IN}
        after: dict[str, How] = {**dict.fromkeys(inside, IN), **dict.fromkeys(hidden, ARCHIVED)}
        after.update(dict.fromkeys(restored, RESTORED))
        if after != before:
            self._known.keep_members(album, after)
        return [*inside, *sorted(hidden)]

    def dropped(self, album: str) -> frozenset[str]:
        """Return the photos that were archived while they were in an album, and are restored and not in it any more.

        As of the last `of`.
        """
        return frozenset(photo for photo, how in self._known.members(album).items() if how == RESTORED)

    def joined(self, album: str, photos: Iterable[str]) -> None:
        """Note that we put photos into an album."""
        self._known.keep_members(album, self._known.members(album) | dict.fromkeys(photos, IN))

    def left(self, album: str, photos: Iterable[str]) -> None:
        """Note that we took photos out of an album."""
        self._known.forget_members(album, photos)

    def archived(self, photos: Collection[str]) -> frozenset[str]:
        """Return which of these photos are archived: as of the last sweep, and of the others as of now."""
        found = self._known.archived() & frozenset(photos)
        rows = (row for rows in self._pages.named(set(photos) - found, {"archived": True}) for row in rows)
        return found | frozenset(photos).intersection(uid_of(row) for row in rows)

    def _archived(self, absent: Collection[str]) -> frozenset[str]:
        return self.archived(absent) if absent else frozenset()
