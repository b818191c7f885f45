"""What a change does to the ledger once the gallery has it, and what became of changes that a killed run left open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from plugins.changes import (
    AddMembers,
    AddTags,
    Change,
    CreateAlbum,
    DeleteAlbum,
    DescribeAlbum,
    Outcome,
    PersonChange,
    RegionChange,
    RemoveMembers,
    RemoveTags,
    RenameAlbum,
    SetAlbumCover,
    SetCover,
    SetPoster,
)
from plugins.publishing.asked_covers import note_pick, settle_cover
from plugins.publishing.ledger import Ledger, LedgerAlbum, Membership, TagState, Touched
from plugins.publishing.now import GalleryNow
from plugins.publishing.people_settle import settle_people
from plugins.publishing.posters import settle_poster
from plugins.records import Album


def settle(ledger: Ledger, change: Change, outcome: Outcome, *, for_good: bool = False) -> Touched:
    """Write a change that the gallery has (`done` or `already`) into the ledger; return what to save.

    An album that the gallery refuses to delete is the user's from now on: else every run would ask for it again.

    `for_good` records what an undo takes away as the user's own decision: it is not made again.
    """
    if isinstance(change, PersonChange):
        return settle_people(ledger, change, outcome, for_good=for_good)
    if isinstance(change, SetPoster | SetAlbumCover):
        return _settle_cover(ledger, change, outcome, for_good=for_good)
    if outcome.status == "refused" and isinstance(change, DeleteAlbum):
        return _kept(ledger, change.key)
    if outcome.status not in {"done", "already"} or isinstance(change, RegionChange):
        return Touched()
    if outcome.skipped and isinstance(change, CreateAlbum | AddMembers | RemoveMembers | AddTags | RemoveTags):
        skipped = set(outcome.skipped)
        change = replace(change, photos=tuple(p for p in change.photos if p not in skipped))
    if isinstance(change, AddTags | RemoveTags):
        return _settle_tags(ledger, change, for_good)
    known = ledger.albums.get(getattr(change, "key", ""))
    if isinstance(change, CreateAlbum):
        after: LedgerAlbum | None = created(change, known, outcome.gallery_id, for_good=for_good)
    else:
        after = _settled(change, known, for_good)
    if after is None:
        return Touched()
    if outcome.cover and after.cover is None and not after.user_cover:
        # The gallery picked it, so it is nobody's choice; when another is shown later, the user chose that.
        after = replace(after, cover=outcome.cover)
    ledger.albums[after.key] = after
    picked = change.photo if isinstance(change, SetCover) and change.theirs else None
    return Touched(albums=frozenset({after.key})) | (note_pick(ledger, picked) if picked else Touched())


def _settle_cover(ledger: Ledger, change: SetPoster | SetAlbumCover, outcome: Outcome, *, for_good: bool) -> Touched:
    if isinstance(change, SetPoster):
        return settle_poster(ledger, change, outcome, for_good=for_good)
    return settle_cover(ledger, change, outcome, for_good=for_good)


def _kept(ledger: Ledger, key: str) -> Touched:
    """Keep an album that the gallery does not delete, as it holds something of the user's that we cannot see."""
    known = ledger.albums.get(key)
    if known is None or known.state != "live":
        return Touched()
    ledger.albums[key] = replace(known, user_title=True)
    return Touched(albums=frozenset({key}))


def _settle_tags(ledger: Ledger, change: AddTags | RemoveTags, for_good: bool) -> Touched:
    keys = list(tag_pairs(change))
    if isinstance(change, AddTags) or for_good:
        state: TagState = "rejected" if isinstance(change, RemoveTags) else "user" if for_good else "ours"
        ledger.tags.update(dict.fromkeys(keys, state))
    else:
        for key in keys:
            ledger.tags.pop(key, None)
    return Touched(tags=frozenset(keys))


def created(
    change: CreateAlbum, known: LedgerAlbum | None, gallery_id: str = "", *, for_good: bool = False
) -> LedgerAlbum:
    """Return the new album; what the user had taken out of the one before it under this key stays out."""
    members: dict[str, Membership] = dict.fromkeys(known.photos("removed"), "removed") if known else {}
    whose: Membership = "user" if for_good else "ours"
    return LedgerAlbum(
        key=change.key,
        kind=change.kind,
        gallery_id=gallery_id,
        title=change.title,
        description=change.description,
        members=members | dict.fromkeys(change.photos, whose),
    )


def _settled(change: Change, known: LedgerAlbum | None, for_good: bool) -> LedgerAlbum | None:
    """Return the album of the ledger after a change, or None where the change says nothing about one that we know."""
    if known is None:
        return None
    match change:
        case DeleteAlbum(photos=photos):
            left = _without(known, photos, for_good)
            return replace(left, state="deleted" if for_good else "retired", cover=None)
        case RenameAlbum(title=title):
            return replace(known, title=title, user_title=for_good)
        case DescribeAlbum(description=text):
            return replace(known, description=text, user_description=for_good)
        case SetCover(photo=photo, theirs=theirs):
            return replace(known, cover=photo, user_cover=for_good or theirs)
        case AddMembers(photos=photos):
            whose: Membership = "user" if for_good else "ours"
            return replace(known, members={**known.members, **dict.fromkeys(photos, whose)})
        case RemoveMembers(photos=photos):
            return _without(known, photos, for_good)
    return None


def _without(known: LedgerAlbum, photos: Iterable[str], for_good: bool) -> LedgerAlbum:
    gone = set(photos)
    members = {photo: state for photo, state in known.members.items() if photo not in gone}
    taken: dict[str, Membership] = dict.fromkeys(photos, "removed") if for_good else {}
    return replace(known, members=members | taken, cover=None if known.cover in gone else known.cover)


def holds(change: Change, now: GalleryNow) -> tuple[Change, Outcome] | None:
    """Return the part of a change to an album that the gallery shows, with its outcome, or None if it shows nothing.

    A killed run leaves at most one such change open: sent perhaps, confirmed never. What the gallery shows of it is
    ours; the rest was never written, and the next plan asks for it again if it is still wanted. Members are added in
    one write: where some are there, the user has taken out the others since.
    """
    if isinstance(change, SetAlbumCover):
        theirs = now.by_id.get(change.album)
        return (change, Outcome("done")) if theirs is not None and theirs.cover == change.photo else None
    found = now.ours.get(getattr(change, "key", ""))
    if found is None:
        return (change, Outcome("done")) if isinstance(change, DeleteAlbum) else None
    outcome, inside = Outcome("done", gallery_id=found.album.id), set(found.members)
    if isinstance(change, CreateAlbum | AddMembers):
        there = tuple(p for p in change.photos if p in now.photos)  # of the others nobody can tell
        photos = there if inside & set(there) else ()
        return (replace(change, photos=photos), outcome) if photos or isinstance(change, CreateAlbum) else None
    if isinstance(change, RemoveMembers):
        photos = tuple(p for p in change.photos if p not in inside)
        return (replace(change, photos=photos), outcome) if photos else None
    return (change, outcome) if _shown(change, found.album) else None


def _shown(change: Change, album: Album) -> bool:
    match change:
        case RenameAlbum(title=title):
            return album.title == title
        case DescribeAlbum(description=text):
            return album.description == text
        case SetCover(photo=photo):
            return album.cover == photo
    return False


def owned_tags(changes: Iterable[Change]) -> set[str]:
    """Return the tags that these changes set or take off."""
    return {tag for change in changes if isinstance(change, AddTags | RemoveTags) for tag in change.tags}


def tag_pairs(change: AddTags | RemoveTags) -> Iterator[tuple[str, str]]:
    """Yield the (photo, tag) pairs of a change, as the ledger has them."""
    return ((photo, tag) for photo in change.photos for tag in change.tags)
