"""The gallery as it is now, as far as publishing needs it: albums, members, photos, who carries which tag, people."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from plugins.galleries import Gallery, Poster
from plugins.publishing.ledger import Ledger
from plugins.publishing.people_now import PeopleNow, read_people
from plugins.records import Album, Box, Photo


@dataclass(frozen=True, slots=True)
class AlbumNow:
    """An album with its members, in the gallery's order, and whom the gallery has taken out of it by itself."""

    album: Album
    members: tuple[str, ...]
    dropped: frozenset[str] = frozenset()

    @classmethod
    def of(cls, gallery: Gallery, album: Album) -> AlbumNow:
        """Read who is in an album of ours; PhotoPrism knows whom it dropped by the members that it shows."""
        members = tuple(gallery.members(album.id))
        return cls(album, members, gallery.dropped(album.id))


@dataclass(frozen=True, slots=True)
class GalleryNow:
    """One reading of the gallery: albums of ours by key, every album by the gallery's id, photos, tags.

    `tagged` holds for each asked tag the photos that carry it; `user_tags` what each photo carries as the user's own,
    where the gallery can tell. `regions` are those that we drew, by photo and tag, None for one that was taken away
    since. `picks_covers` says that a cover may be the gallery's own choice. `posters` are by the video's id. `chosen`
    are those of the user's own albums, asked for, of which they chose the cover.
    """

    ours: Mapping[str, AlbumNow]
    by_id: Mapping[str, Album]
    photos: frozenset[str]
    tagged: Mapping[str, frozenset[str]]
    user_tags: Mapping[str, frozenset[str]]
    picks_covers: bool = False
    regions: Mapping[tuple[str, str], Box | None] = field(default_factory=dict)
    people: PeopleNow = field(default_factory=PeopleNow)
    posters: Mapping[str, Poster] = field(default_factory=dict)
    chosen: frozenset[str] = frozenset()

    def carries(self, photo: str, tag: str) -> bool:
        """Say whether a photo carries a tag, whoever set it."""
        return photo in self.tagged.get(tag, frozenset())

    def assuming(self, pairs: Iterable[tuple[str, str]]) -> GalleryNow:
        """Return this reading with (photo, tag) pairs that the gallery still works on, as if they were all there."""
        tagged = dict(self.tagged)
        for photo, tag in pairs:
            tagged[tag] = tagged.get(tag, frozenset()) | {photo}
        return replace(self, tagged=tagged)


def read_now(
    gallery: Gallery,
    photos: Iterable[Photo],
    ledger: Ledger,
    tags: Iterable[str] = (),
    faces: Iterable[str] = (),
    names: Collection[str] = (),
    covers: Collection[str] = (),
) -> GalleryNow:
    """Read what the plan is compared with; `photos` is the fresh snapshot, the others are what may be planned.

    Two albums may carry the same marker (the user copied one): the one that the ledger knows is ours, else the first.
    """
    albums = {album.id: album for album in gallery.albums()}
    ours: dict[str, AlbumNow] = {}
    for album in albums.values():
        if album.marker is None:
            continue
        known = ledger.albums.get(album.marker.key)
        if album.marker.key not in ours or (known is not None and known.gallery_id == album.id):
            ours[album.marker.key] = AlbumNow.of(gallery, album)
    asked = {tag for _, tag in ledger.tags} | set(tags)
    snapshot, can = tuple(photos), gallery.capabilities
    return GalleryNow(
        ours=ours,
        by_id=albums,
        photos=frozenset(photo.id for photo in snapshot),
        tagged={tag: frozenset(gallery.tagged(tag)) for tag in sorted(asked)},
        user_tags={photo.id: frozenset(photo.tags) for photo in snapshot if photo.tags and can.tells_whose_tags},
        picks_covers=can.picks_covers,
        regions=gallery.tag_regions() if can.draws_regions and asked else {},  # a region is of a tag
        people=read_people(gallery, snapshot, ledger, faces, names),
        posters=gallery.posters(ledger.posters.keys() - {photo.id for photo in snapshot}) if can.posters else {},
        chosen=frozenset(album for album, _ in gallery.signals().covers) if covers else frozenset(),
    )
