"""What the user did since we last published: the ledger and the gallery compared, and the ledger brought up to date."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from plugins.publishing.asked_covers import observe_covers
from plugins.publishing.identity import match
from plugins.publishing.ledger import Ledger, LedgerAlbum, Membership, TagState, Touched
from plugins.publishing.now import AlbumNow, GalleryNow
from plugins.publishing.people_observe import PersonEdit, observe_people
from plugins.publishing.posters import observe_posters, take_over
from plugins.publishing.wanted import WantedAlbum

AlbumEdit: TypeAlias = Literal[
    "renamed", "described", "chose a cover", "added", "removed", "deleted", "released", "restored", "found",
    "rejected the tag", "confirmed the tag", "took posters away",
]  # fmt: skip
Edit: TypeAlias = AlbumEdit | PersonEdit


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing that the user did: to which album, tag or person, and with which photos."""

    edit: Edit
    what: str
    title: str
    photos: tuple[str, ...] = ()


def observe(ledger: Ledger, now: GalleryNow) -> tuple[list[Observation], Touched]:
    """Bring the ledger up to date with what the user did; return their edits, and what changed in the ledger.

    Doing it twice is doing it once: an edit that the ledger knows is no news. Unfinished changes of ours must have
    been settled before (`recover`), or our own writes would be taken for the user's.
    """
    seen: list[Observation] = []
    albums = set()
    for key in sorted(ledger.albums.keys() | now.ours.keys()):
        known = ledger.albums.get(key)
        after, edits = _album(key, known, now)
        seen += edits
        if after is not None and after != known:
            ledger.albums[key] = after
            albums.add(key)
    tags = dict(_tags(ledger, now))
    ledger.tags.update(tags)
    seen += _tag_edits(tags)
    people, touched = observe_people(ledger, now.people)
    chosen, of_covers = observe_covers(ledger, now)
    seen += [Observation("chose a cover", album, now.by_id[album].title) for album in chosen]
    taken, of_posters = observe_posters(ledger, now)
    seen += [Observation("took posters away", "", "", taken)] if taken else []
    touched |= Touched(frozenset(albums), frozenset(tags)) | of_covers | of_posters
    return [*seen, *_person_edits(people)], touched


def _album(key: str, known: LedgerAlbum | None, now: GalleryNow) -> tuple[LedgerAlbum | None, list[Observation]]:
    found = now.ours.get(key)
    if known is None or known.state in {"deleted", "released", "retired"}:
        if found is None:
            return known, []
        return _found(key, known, found)
    if found is None:
        left = known.gallery_id in now.by_id
        edit: Literal["released", "deleted"] = "released" if left else "deleted"
        return replace(known, state=edit), [Observation(edit, key, known.title)]
    if known.state == "readonly":
        return _found(key, known, found)
    return _live(known, found, now)


def _found(key: str, known: LedgerAlbum | None, found: AlbumNow) -> tuple[LedgerAlbum, list[Observation]]:
    """Take an album with our marker that we did not expect: the user brought it back, or our memory is gone."""
    album = found.album
    back = known is not None and known.state != "readonly"
    members: dict[str, Membership] = dict.fromkeys(found.members, "user")
    if known is not None:
        members |= {photo: "removed" for photo in known.photos("removed") if photo not in members}
    after = LedgerAlbum(
        key=key,
        kind=album.marker.kind if album.marker else "event",
        gallery_id=album.id,
        state="live" if back else "readonly",
        title=album.title,
        description=album.description,
        cover=album.cover,
        user_title=True,
        user_description=True,
        user_cover=True,
        members=members,
    )
    edit: Edit = "restored" if back else "found"
    return after, [] if after == known else [Observation(edit, key, album.title)]


def _live(known: LedgerAlbum, found: AlbumNow, now: GalleryNow) -> tuple[LedgerAlbum, list[Observation]]:
    album, edits = found.album, list[Observation]()
    after = replace(known, gallery_id=album.id)
    if album.title != known.title:
        after = replace(after, title=album.title, user_title=True)
        edits.append(Observation("renamed", known.key, album.title))
    if album.description != known.description:
        after = replace(after, description=album.description, user_description=True)
        edits.append(Observation("described", known.key, album.title))
    after, chosen = _cover(after, found, now.picks_covers)
    if chosen:
        edits.append(Observation("chose a cover", known.key, album.title))
    members, added, removed = _members(known, found, now)
    if after.user_cover and members.get(after.cover or "") == "ours":
        members[after.cover or ""] = "user"  # choosing a photo as the cover is choosing it for the album
    if added:
        edits.append(Observation("added", known.key, album.title, added))
    if removed:
        edits.append(Observation("removed", known.key, album.title, removed))
    return (replace(after, members=members) if members != known.members else after), edits


def _cover(known: LedgerAlbum, found: AlbumNow, picks: bool) -> tuple[LedgerAlbum, bool]:
    """Return the album with the cover that it shows now, and whether the user surely has chosen that.

    A cover that went with its photo was nobody's choice: the next plan may set another. Where the gallery picks one,
    that is nobody's choice before we have set any; whether it or the user replaced one that went, nobody can tell:
    it stays.
    """
    shown, went = found.album.cover, known.cover not in found.members
    left_for_good = picks and known.user_cover and known.cover is None
    if shown == known.cover or left_for_good:
        return known, False
    nobodys = (went and shown is None) or (picks and known.cover is None)
    return replace(known, cover=shown, user_cover=not nobodys), not went


def _members(
    known: LedgerAlbum, found: AlbumNow, now: GalleryNow
) -> tuple[dict[str, Membership], tuple[str, ...], tuple[str, ...]]:
    """Return the memberships as they are now, what the user added and what the user took out.

    A photo that has left the gallery keeps its membership: when it comes back (a disk is mounted again, a file leaves
    the bin) it is whose it was, and not taken for one that the user has just put in. One that the gallery itself has
    taken out is forgotten: it may be put in again.
    """
    present, members = set(found.members), dict[str, Membership]()
    removed = []
    for photo, state in known.members.items():
        if photo in present:
            members[photo] = "user" if state == "removed" else state
        elif state == "removed" or photo not in now.photos:
            members[photo] = state
        elif photo not in found.dropped:
            members[photo] = "removed"
            removed.append(photo)
    fresh = [p for p in found.members if p not in known.members]
    back = [p for p in found.members if known.members.get(p) == "removed"]
    members |= dict.fromkeys(fresh, "user")
    return members, tuple(fresh + back), tuple(removed)


def _tags(ledger: Ledger, now: GalleryNow) -> Iterator[tuple[tuple[str, str], TagState]]:
    for (photo, tag), state in ledger.tags.items():
        if photo not in now.photos:
            continue
        after: TagState = state
        if not now.carries(photo, tag):
            after = "rejected"
        elif state == "rejected" or tag in now.user_tags.get(photo, frozenset()):
            after = "user"
        if after != state:
            yield (photo, tag), after


def _tag_edits(tags: dict[tuple[str, str], TagState]) -> list[Observation]:
    edits: dict[tuple[Edit, str], list[str]] = {}
    for (photo, tag), state in tags.items():
        edit: Edit = "rejected the tag" if state == "rejected" else "confirmed the tag"
        edits.setdefault((edit, tag), []).append(photo)
    return [Observation(edit, tag, tag, tuple(photos)) for (edit, tag), photos in sorted(edits.items())]


def _person_edits(seen: Iterable[tuple[PersonEdit, str, str, str]]) -> list[Observation]:
    edits: dict[tuple[PersonEdit, str, str], list[str]] = {}
    for edit, person, name, photo in seen:
        edits.setdefault((edit, person, name), []).extend([photo] if photo else [])
    return [Observation(edit, person, name, tuple(photos)) for (edit, person, name), photos in sorted(edits.items())]


def adopt(ledger: Ledger, now: GalleryNow, wanted: Sequence[WantedAlbum] | None = None) -> Touched:
    """Take the albums and posters that we found without a memory of them as ours, as they are now.

    What differs from `wanted` (what we would make today) may be the user's, so it counts as theirs: words, the cover
    and photos of no happening. What they took out nobody remembers. Without `wanted` all is ours.
    """
    found = [album.key for album in ledger.albums.values() if album.state == "readonly"]
    for key in found:
        ledger.albums[key] = _as_ours(ledger.albums[key], now)
    if wanted is not None:
        same = {idea.key: idea for idea in match(wanted, ledger)[0]}
        for key in found:
            ledger.albums[key] = _differing_is_theirs(ledger.albums[key], same.get(key))
    return Touched(frozenset(found)) | take_over(ledger)


def _as_ours(album: LedgerAlbum, now: GalleryNow) -> LedgerAlbum:
    members: dict[str, Membership] = {
        photo: "ours" if photo in now.photos else state for photo, state in album.members.items()
    }
    return replace(album, state="live", user_title=False, user_description=False, user_cover=False, members=members)


def _differing_is_theirs(album: LedgerAlbum, idea: WantedAlbum | None) -> LedgerAlbum:
    if idea is None:  # what we would not make today: the words stay, and with them the album
        return replace(album, user_title=True, user_description=True, user_cover=album.cover is not None)
    theirs = album.photos("ours") - set(idea.photos)
    return replace(
        album,
        user_title=album.title != idea.title,
        user_description=album.description != idea.description,
        user_cover=album.cover is not None and album.cover != idea.cover,
        members={**album.members, **dict.fromkeys(theirs, "user")},
    )
