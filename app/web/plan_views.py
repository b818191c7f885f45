"""The plan in words and pictures, an item at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from app.web.site import Here
from plugins import changes as c
from plugins.drawn import drawn_at, photo_of
from plugins.pages.album_covers import AlbumCover, considered
from plugins.pages.plan_words import describe, grouped, titles_in
from plugins.pages.wording import clean
from plugins.publishing.leaving_out import can_be_left_out
from plugins.publishing.ledger import LedgerAlbum
from plugins.publishing.parts import Part
from plugins.records import Box, Photo
from plugins.store import ChosenCover
from plugins.store.plans import Item, Outline, PlannedChange
from tasks.context import Opened
from tasks.cover_reasons import reasons_of

MOST_SHOWN: Final = 10
"""Pictures of one item."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture: a photo, or the moment of a video, in seconds, or a part of it."""

    photo: Photo
    at_s: float | None = None
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class ItemView:
    """One item of a plan.

    Args:
        part: the part of the plan.
        seq: the place of its first change in the run.
        kind: of an album whether it is new, changed or deleted; else empty.
        title: of the album; else empty.
        lines: what is done, in words.
        shown: some pictures of it.
        n_photos: how many photos there are in all.
        cover: the picture by which an album will be shown.
        why: why that one.
        optional: whether it can be left out.
    """

    part: Part
    seq: int
    kind: str
    title: str
    lines: tuple[str, ...]
    shown: tuple[Shown, ...] = ()
    n_photos: int = 0
    cover: Shown | None = None
    why: str = ""
    optional: bool = True


def item_views(here: Here, outline: Outline, items: Sequence[Item]) -> list[ItemView]:
    """Return items as the page shows them; those of which nothing is planned any more are left out."""
    planned = [(item, found) for item in items if (found := here.store.plans.changes(outline, item))]
    known = _Known.of(here, [one.change for _, found in planned for one in found])
    return [_view(item, found, known) for item, found in planned]


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store holds of what changes are about: albums by key, photos by id, covers and why by photo, titles."""

    albums: Mapping[str, LedgerAlbum]
    photos: Mapping[str, Photo]
    covers: Mapping[str, ChosenCover]
    reasons: Mapping[str, str]
    titles: Mapping[str, str]

    @classmethod
    def of(cls, here: Here, changes: Sequence[c.Change]) -> _Known:
        albums = here.store.ledger.albums(here.library, {x.key for x in changes if isinstance(x, c.AlbumChange)})
        wanted = {photo for change in changes for photo in _some_photos(change)}
        wanted |= {album.cover for album in albums.values() if album.cover}
        covers = here.store.covers.of_photos(here.library, {x.photo for x in changes if isinstance(x, c.SetCover)})
        wanted |= {photo for chosen in covers.values() for photo in chosen.matches}
        wanted |= {one.photo for chosen in covers.values() for one in chosen.candidates}
        photos = here.store.photos.get(here.library, sorted(wanted))
        titles = {id_: photo.name for id_, photo in photos.items()} | _people(here, changes)
        titles |= {key: album.title for key, album in albums.items() if album.title}
        return cls(albums, photos, covers, _reasons(here, covers, photos), titles | titles_in(changes))


def _reasons(here: Here, covers: Mapping[str, ChosenCover], photos: Mapping[str, Photo]) -> dict[str, str]:
    """Return why each photo is a cover, by its id."""
    opened, any_day = Opened(here.site.settings, here.config, here.store), datetime.fromtimestamp(0, UTC)
    of_photos = [AlbumCover(photo, "", any_day, chosen) for photo, chosen in covers.items() if photo in photos]
    return reasons_of(opened, of_photos, photos)


def _people(here: Here, changes: Iterable[c.Change]) -> dict[str, str]:
    if not any(isinstance(change, c.PersonChange) for change in changes):
        return {}
    return {person.id: person.name for person in here.store.people.all(here.library) if not person.hidden}


def _some_photos(change: c.Change) -> Iterable[str]:
    """Return the photos by which a change can be shown, a few of many."""
    if isinstance(change, c.CreateAlbum | c.DeleteAlbum | c.AddMembers | c.RemoveMembers | c.TagChange):
        return spread(change.photos)
    if isinstance(change, c.AssignFace | c.UnassignFace):
        return (photo_of(change.face),)
    photo = getattr(change, "photo", None)
    return (photo,) if photo else ()


def spread(photos: Sequence[str]) -> Sequence[str]:
    """Return a few of many, from the first to the last."""
    n = len(photos)
    return photos if n <= MOST_SHOWN else [photos[i * (n - 1) // (MOST_SHOWN - 1)] for i in range(MOST_SHOWN)]


def _view(item: Item, planned: Sequence[PlannedChange], known: _Known) -> ItemView:
    changes = [one.change for one in planned]
    seq, optional = planned[0].seq, any(map(can_be_left_out, changes))
    if item.part == "albums":
        return _album(item.key, seq, changes, known)
    group = grouped(changes, known.titles)[0]
    lines = group.lines if item.part == "people" else tuple(describe(change, known.titles) for change in changes)
    shown = tuple(_shown(changes, known))[:MOST_SHOWN]
    n_photos = sum(len(change.photos) for change in changes if isinstance(change, c.TagChange)) or len(shown)
    return ItemView(item.part, seq, "", "", lines, shown, n_photos, optional=optional)


def _shown(changes: Iterable[c.Change], known: _Known) -> Iterable[Shown]:
    for change in changes:
        at_s = change.at_s if isinstance(change, c.SetPoster) else None
        place = drawn_at(change.face) if isinstance(change, c.AssignFace | c.UnassignFace) else None
        found = (known.photos[photo] for photo in _some_photos(change) if photo in known.photos)
        yield from (Shown(photo, at_s, place[1] if place else None) for photo in found)


def _album(key: str, seq: int, changes: Sequence[c.Change], known: _Known) -> ItemView:
    group, album = grouped(changes, known.titles)[0], known.albums.get(key)
    inside = [p for x in changes if isinstance(x, c.CreateAlbum | c.AddMembers) for p in x.photos]
    out = [p for x in changes if isinstance(x, c.RemoveMembers | c.DeleteAlbum) for p in x.photos]
    set_to = next((x.photo for x in reversed(changes) if isinstance(x, c.SetCover) and x.photo), None)
    cover = set_to or (album.cover if album else None)
    some = dict.fromkeys(p for x in changes for p in _some_photos(x) if p in known.photos)
    return ItemView(
        "albums",
        seq,
        group.kind,
        group.title,
        group.lines,
        tuple(Shown(known.photos[p]) for p in some if p != cover)[:MOST_SHOWN],
        len(inside or out),
        Shown(known.photos[cover]) if cover and cover in known.photos else None,
        _why(set_to, known),
    )


def _why(photo: str | None, known: _Known) -> str:
    chosen = known.covers.get(photo or "")
    if chosen is None:
        return ""
    return "; ".join(filter(None, (known.reasons.get(photo or ""), considered(chosen))))


def members_of(planned: Sequence[PlannedChange]) -> list[str]:
    """Return the photos that are put into an album, or taken out where none are put in, in the order of the plan."""
    changes = [one.change for one in planned]
    inside = [p for x in changes if isinstance(x, c.CreateAlbum | c.AddMembers) for p in x.photos]
    return inside or [p for x in changes if isinstance(x, c.RemoveMembers | c.DeleteAlbum) for p in x.photos]


def title_of(here: Here, key: str, planned: Sequence[PlannedChange]) -> str:
    """Return the title of an album."""
    known = here.store.ledger.albums(here.library, [key]).get(key)
    titles = titles_in(one.change for one in planned)
    return clean(titles.get(key) or (known.title if known else "") or key)
