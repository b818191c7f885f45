"""A plan for a part of a library: what lies outside is not looked at, and never touched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from plugins.changes import AlbumChange, AssignFace, Change, TagChange
from plugins.drawn import photo_of
from plugins.galleries import Gallery
from plugins.publishing.identity import match
from plugins.publishing.kept_texts import in_kept_texts
from plugins.publishing.ledger import Ledger, TagState
from plugins.publishing.now import AlbumNow, GalleryNow
from plugins.publishing.observe import Observation, observe
from plugins.publishing.people_now import PeopleNow, read_people
from plugins.publishing.plan import Plan, make_plan
from plugins.publishing.session import Publishing
from plugins.publishing.wanted import Wanted, WantedAlbum
from plugins.publishing.wanted_people import WantedPeople
from plugins.records import Album

TagsOf: TypeAlias = Callable[[frozenset[str]], frozenset[tuple[str, str]]]
"""Returns all (photo, tag) pairs that are wanted of these photos."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a plan may touch: albums of ours by key, and photos whose tags and faces may be others."""

    albums: frozenset[str]
    photos: frozenset[str]

    def holds(self, change: Change) -> bool:
        """Say whether a change lies within."""
        if isinstance(change, AlbumChange):
            return change.key in self.albums
        if isinstance(change, TagChange):
            return self.photos.issuperset(change.photos)
        return isinstance(change, AssignFace) and change.was is None and photo_of(change.face) in self.photos


def part_of(wanted: Sequence[WantedAlbum], ledger: Ledger, touched: frozenset[str], new: frozenset[str]) -> Part:
    """Return the part that photos stand for: the albums that they are or should be in, and who moves in or out.

    Args:
        wanted: all albums that are wanted.
        ledger: all that we have published.
        touched: the photos of all events that may be others now.
        new: the photos that are new, or not what they were.
    """
    matched, _ = match(wanted, ledger)
    should = {album.key: frozenset(album.photos) for album in matched if not touched.isdisjoint(album.photos)}
    live = {key: album for key, album in ledger.albums.items() if album.state == "live"}
    there = {key for key, album in live.items() if not touched.isdisjoint(album.photos("ours", "user"))}
    moved = set(new)
    for key in should.keys() | there:
        inside = live[key].photos("ours", "user", "removed") if key in live else frozenset()
        moved |= inside ^ should.get(key, frozenset())
    return Part(frozenset(should) | there, frozenset(moved))


def plan_part(
    publishing: Publishing,
    run: str,
    wanted: Wanted,
    tags_of: TagsOf,
    touched: frozenset[str],
    new: frozenset[str],
    photos: frozenset[str],
    *,
    carry: bool,
) -> tuple[Plan, Part]:
    """Make the plan of a run for a part of its library, and store its changes.

    Args:
        publishing: the library.
        run: id of the run.
        wanted: all albums that are wanted, and the faces of new photos that join somebody; no tags.
        tags_of: what tags are wanted of the photos of the part.
        touched, new: as for `part_of`.
        photos: ids of all photos.
        carry: the changes of the plan before that lie outside of the part stay planned, as changes of this run.
    """
    if publishing.journal.pending():  # a run was killed in writing: only a whole look settles what it left
        publishing.look()
    part = part_of(wanted.albums, publishing.ledger, touched, new)
    wanted = replace(wanted, tags=frozenset(pair for pair in tags_of(part.photos) if pair[0] in part.photos))
    wanted = in_kept_texts(wanted, publishing.gallery)
    now, observations = _look(publishing, wanted, part, photos)
    ledger = replace(publishing.ledger, tags=_tags(publishing.ledger, part))
    plan = make_plan(wanted, ledger, now, publishing.gallery.capabilities, observations)
    plan = replace(
        plan,
        changes=tuple(change for change in plan.changes if part.holds(change)),
        suppressed=tuple(one for one in plan.suppressed if one.left and part.albums.issuperset(one.left)),
        kept=tuple(album for album in plan.kept if album.key in part.albums),
    )
    outside = [] if not carry else [entry.change for entry in publishing.store.journal.planned(publishing.library)]
    carried = [change for change in outside if not _overlaps(part, change)]
    publishing.store_plan(run, [*plan.changes, *carried])
    return plan, part


def _overlaps(part: Part, change: Change) -> bool:
    """Say whether a change says anything of the part: then the new plan speaks for it."""
    if isinstance(change, TagChange):
        return not part.photos.isdisjoint(change.photos)
    return part.holds(change)


def _tags(ledger: Ledger, part: Part) -> dict[tuple[str, str], TagState]:
    return {pair: state for pair, state in ledger.tags.items() if pair[0] in part.photos}


def _look(
    publishing: Publishing, wanted: Wanted, part: Part, photos: frozenset[str]
) -> tuple[GalleryNow, list[Observation]]:
    """Read the gallery as far as the part goes, and learn what the user did there since."""
    ledger = publishing.ledger
    inside = Ledger(
        albums={key: album for key, album in ledger.albums.items() if key in part.albums}, tags=_tags(ledger, part)
    )
    now = _read(publishing, wanted, part, photos, inside)
    observations, touched = observe(inside, now)
    ledger.albums.update({key: inside.albums[key] for key in touched.albums})
    ledger.tags.update({pair: inside.tags[pair] for pair in touched.tags})
    publishing.journal.save(ledger, touched)
    return now, observations


def _read(publishing: Publishing, wanted: Wanted, part: Part, photos: frozenset[str], inside: Ledger) -> GalleryNow:
    gallery, can = publishing.gallery, publishing.gallery.capabilities
    people = wanted.people or WantedPeople()
    snapshot = publishing.store.photos.get(publishing.library, part.photos)
    albums = {album.id: album for album in gallery.albums()}
    tags = {tag for _, tag in (*(wanted.tags or ()), *inside.tags)}
    whole = replace(publishing.ledger, faces={})  # who is ours is known by all people, but of no other faces
    return GalleryNow(
        ours=dict(_ours(gallery, publishing.ledger, part, albums.values())),
        by_id=albums,
        photos=photos,
        tagged=gallery.tagged_among(tags, sorted(part.photos)),
        user_tags={
            id_: frozenset(photo.tags) for id_, photo in snapshot.items() if photo.tags and can.tells_whose_tags
        },
        picks_covers=can.picks_covers,
        people=read_people(gallery, snapshot.values(), whole, people.faces()) if people.faces() else PeopleNow(),
    )


def _ours(gallery: Gallery, ledger: Ledger, part: Part, albums: Iterable[Album]) -> Iterator[tuple[str, AlbumNow]]:
    """Yield the albums of the part with their members; of two with one marker the one that the ledger knows."""
    of_key: dict[str, list[Album]] = {}
    for album in albums:
        if album.marker is not None and album.marker.key in part.albums:
            of_key.setdefault(album.marker.key, []).append(album)
    for key, found in of_key.items():
        known = ledger.albums.get(key)
        album = next((one for one in found if known is not None and one.id == known.gallery_id), found[0])
        yield key, AlbumNow.of(gallery, album)
