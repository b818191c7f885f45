"""Albums as the gallery holds them now, made into what the pages show; photos by event, people by pile."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from plugins.pages.links import thumb_name
from plugins.pages.thumbs import CARD_PX, COVER_PX, THUMB_PX
from plugins.pages.views import AlbumView, PhotoView, PileView, SectionView
from plugins.pages.wording import both, pile_title
from plugins.places.naming import date_span
from plugins.publishing.now import AlbumNow
from plugins.records import Event, Photo, Pile, PlaceOrigin

REST = "Also in this album"
"""The heading of photos that belong to no event."""
MOST_PLACES = 3
MOST_PEOPLE = 8
_UNNAMED = re.compile(r"(person \d+)?")
_FEW = 2  # a pile of one photo of nobody we know by name tells nothing


@dataclass(frozen=True, slots=True)
class Material:
    """What is known of a library's photos, by photo id; `originals` are paths relative to the pages.

    `without_thumb` are the content keys of pictures that cannot be read; `piles` says whether they are shown as strips;
    `cover_reasons` say of covers that we chose why, by photo id.
    """

    photos: Mapping[str, Photo]
    events: Sequence[Event] = ()
    origins: Mapping[str, PlaceOrigin] = field(default_factory=dict)
    originals: Mapping[str, str] = field(default_factory=dict)
    without_thumb: Collection[str] = frozenset()
    piles: bool = True
    cover_reasons: Mapping[str, str] = field(default_factory=dict)


def page_key(album: AlbumNow) -> str:
    """Return the key of an album's page: our own key, or for the user's albums one that none of ours can be."""
    marker = album.album.marker
    return marker.key if marker else f"own:{album.album.id}"


def library_slug(library: str) -> str:
    """Return a library's name as lower-case letters, digits and dashes, at most 50, different for every name."""
    plain = re.sub(r"[^a-z0-9]+", "-", library.lower()).strip("-")[-40:].strip("-")
    if plain and plain == library:
        return plain
    digest = hashlib.sha256(library.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{plain or 'library'}-{digest}"


def wanted_thumbs(albums: Iterable[AlbumNow], material: Material) -> dict[str, tuple[Photo, int]]:
    """Return every small picture that the pages show: its path with the photo and the longer side in pixels."""
    wanted: dict[str, tuple[Photo, int]] = {}
    for album in albums:
        shown = [(photo, THUMB_PX) for photo in _shown(album, material)]
        cover = _cover(album, material)
        shown += [(cover, px) for px in (CARD_PX, COVER_PX) if cover is not None]
        readable = ((photo, px) for photo, px in shown if photo.content_key not in material.without_thumb)
        wanted.update((thumb_name(photo.content_key, px), (photo, px)) for photo, px in readable)
    return wanted


def album_views(albums: Iterable[AlbumNow], material: Material) -> tuple[AlbumView, ...]:
    """Return the pages' view of albums, ours and the user's; an album without a photo that we know has none."""
    homes = {photo: event for event in material.events for photo in event.photos}
    return tuple(_album(album, material, homes) for album in albums if _shown(album, material))


def _shown(album: AlbumNow, material: Material) -> list[Photo]:
    """Return the members that the library still has, by time."""
    known = (material.photos[photo] for photo in dict.fromkeys(album.members) if photo in material.photos)
    return sorted(known, key=lambda photo: (photo.taken_at, photo.name))


def _cover(album: AlbumNow, material: Material) -> Photo | None:
    """Return the photo that stands for an album: the chosen one, else the first; None when none can be read."""
    shown = [photo for photo in _shown(album, material) if photo.content_key not in material.without_thumb]
    return next((p for p in shown if p.id == album.album.cover), shown[0] if shown else None)


def _album(now: AlbumNow, material: Material, homes: Mapping[str, Event]) -> AlbumView:
    album, members = now.album, _shown(now, material)
    cover = _cover(now, material)
    inside = {photo.id for photo in members}
    events = list({homes[photo.id].key: homes[photo.id] for photo in members if photo.id in homes}.values())
    views = {photo.id: _photo(photo, material, is_cover=photo.id == album.cover) for photo in members}
    place = _places(members, homes)
    return AlbumView(
        key=page_key(now),
        title=album.title,
        start=min(photo.taken_local for photo in members),
        end=max(photo.taken_local for photo in members),
        sections=_sections(now, members, homes, views, material.piles),
        cover=thumb_name(cover.content_key, COVER_PX) if cover else "",
        card=thumb_name(cover.content_key, CARD_PX) if cover else "",
        place=place,
        people=_people(events, inside),
        description="" if album.description == place else album.description,  # the page says where already
        cover_reason=material.cover_reasons.get(album.cover or "", "") if album.marker else "",
    )


def _photo(photo: Photo, material: Material, is_cover: bool) -> PhotoView:
    readable = photo.content_key not in material.without_thumb
    return PhotoView(
        name=photo.name,
        original=material.originals.get(photo.id, ""),
        thumb=thumb_name(photo.content_key, THUMB_PX) if readable else "",
        taken_local=photo.taken_local,
        width=photo.width,
        height=photo.height,
        kind=photo.kind,
        is_cover=is_cover,
        tags=photo.tags,
        place_origin=material.origins.get(photo.id, "exif"),
        duration_s=photo.duration_s,
    )


def _sections(
    now: AlbumNow, members: Sequence[Photo], homes: Mapping[str, Event], views: Mapping[str, PhotoView], piles: bool
) -> tuple[SectionView, ...]:
    """Return one section an event, by time, then what is in none; piles of people and the user's albums are one."""
    marker = now.album.marker
    by_event: dict[str, list[Photo]] = {}
    for photo in members:
        event = homes.get(photo.id) if marker and marker.kind != "pile" else None
        by_event.setdefault(event.key if event else "", []).append(photo)
    by_event[""] = by_event.pop("", [])  # behind the others
    several = sum(map(bool, by_event.values())) > 1
    return tuple(
        _section(homes[photos[0].id] if key else None, photos, views, several=several, piles=piles)
        for key, photos in by_event.items()
        if photos
    )


def _section(
    event: Event | None, photos: Sequence[Photo], views: Mapping[str, PhotoView], several: bool, piles: bool
) -> SectionView:
    """Return a section; where it is the only one its heading would only repeat the album's."""
    shown = tuple(views[photo.id] for photo in photos)
    strips = _piles(event, views) if event and piles else ()
    if event is None or not several:
        return SectionView(shown, REST if several else "", piles=strips)
    title = _without_days(event.title, photos)
    said = bool(title) and event.place.split(",")[0] in title
    return SectionView(shown, title, "" if said else event.place, strips)


def _without_days(title: str, photos: Sequence[Photo]) -> str:
    """Return an event's title without its days, which stand above the section."""
    days = date_span(photos[0].taken_local, photos[-1].taken_local)
    return "" if title == days else title.removesuffix(f", {days}")


def _piles(event: Event, views: Mapping[str, PhotoView]) -> tuple[PileView, ...]:
    found = ((pile, tuple(views[p] for p in pile.photos if p in views)) for pile in event.piles)
    return tuple(PileView(pile_title(pile.people), shown) for pile, shown in found if _tells(pile, len(shown)))


def _tells(pile: Pile, n_shown: int) -> bool:
    unnamed = bool(pile.people) and all(_UNNAMED.fullmatch(name) for name in pile.people)
    return n_shown >= (_FEW if unnamed else 1)


def _people(events: Iterable[Event], inside: Collection[str]) -> tuple[str, ...]:
    """Return who is in the photos, by how many: those with a name only."""
    seen: dict[str, set[str]] = {}
    for event in events:
        for pile in event.piles:
            for name in pile.people:
                seen.setdefault(name, set()).update(photo for photo in pile.photos if photo in inside)
    named = [name for name, photos in seen.items() if photos and not _UNNAMED.fullmatch(name)]
    return tuple(sorted(named, key=lambda name: (-len(seen[name]), name))[:MOST_PEOPLE])


def _places(members: Iterable[Photo], homes: Mapping[str, Event]) -> str:
    """Return where an album was, as `naming.place_line` says it for one event: towns of most photos, then countries."""
    counts = Counter(homes[photo.id].place for photo in members if photo.id in homes and homes[photo.id].place)
    lines = [place for place, _ in counts.most_common()]
    if len(lines) == 1:
        return lines[0]
    parts = [line.rpartition(", ") for line in lines]
    towns = dict.fromkeys(town for names, _, last in parts for town in (names or last).split(" and "))
    countries = dict.fromkeys(last for names, _, last in parts if names)
    where = both(list(towns)[:MOST_PLACES])
    return f"{where}, {both(list(countries))}" if countries and len(countries) <= MOST_PLACES else where
