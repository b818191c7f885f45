"""Taking a run back: its changes inverted in reverse order, except where the user has built on them since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from plugins.changes import (
    AddMembers,
    AddTags,
    Change,
    CreateAlbum,
    DeleteAlbum,
    DescribeAlbum,
    PersonChange,
    RegionChange,
    RemoveMembers,
    RemoveTags,
    RenameAlbum,
    SetAlbumCover,
    SetCover,
    SetPoster,
)
from plugins.galleries import Capabilities
from plugins.publishing.asked_covers import undo_covers
from plugins.publishing.identity import kept_out_of, noting_kept_out
from plugins.publishing.ledger import Ledger, LedgerAlbum, LedgerPerson
from plugins.publishing.now import GalleryNow
from plugins.publishing.people_undo import undo_people
from plugins.publishing.plan import take_away
from plugins.publishing.posters import undo_posters
from plugins.publishing.regions import undo_regions
from plugins.publishing.settle import tag_pairs
from plugins.tag_changes import tag_changes


def undo_changes(
    done: Sequence[Change], ledger: Ledger, now: GalleryNow, capabilities: Capabilities, *, for_good: bool = False
) -> tuple[list[Change], list[LedgerAlbum | LedgerPerson]]:
    """Return the changes that take a run back, and the albums and people that stay as the user has built on them.

    Args:
        done: the changes of the run that the gallery has, in the order in which they were made.
        ledger: the ledger, having observed `now`.
        now: the gallery as it is.
        capabilities: how many photos the gallery takes in one change.
        for_good: the user does not want again what is taken back.
    """
    created = {c.key for c in done if isinstance(c, CreateAlbum)}
    kept = {key for key in created if (album := ledger.albums.get(key)) and album.state == "live" and album.built_on}
    changes: list[Change] = list(_tags_back(done, ledger, now, capabilities.tag_photos))
    tags_back = {pair for change in changes if isinstance(change, AddTags) for pair in tag_pairs(change)}
    changes += undo_regions(done, now, tags_back, for_good=for_good)
    changes += undo_covers(done, ledger, now)
    changes += undo_posters(done, ledger, now)
    people, staying = undo_people(done, ledger, now.people)
    deleted: set[str] = set()
    for change in reversed(done):
        if isinstance(change, PersonChange | RegionChange | SetAlbumCover | SetPoster):
            continue  # all together, above
        key = getattr(change, "key", "")
        album = ledger.albums.get(key)
        if key in kept or (album is not None and album.state in {"deleted", "released", "readonly"}):
            continue
        if key in created:
            # Everything that this run did to its own album goes with the album, and what later runs put into it too.
            if key not in deleted and album is not None and album.state == "live":
                changes += take_away(album, now, capabilities.member_photos)
            deleted.add(key)
        else:
            changes += _inverse(change, album, ledger, now)
    changes = noting_kept_out(_without_emptied(changes, done), ledger)
    return [*people, *changes], [*(ledger.albums[key] for key in sorted(kept)), *staying]


def _without_emptied(changes: Sequence[Change], done: Sequence[Change]) -> list[Change]:
    """Drop albums that would come back empty, because the user has taken out or deleted all that was in them."""
    filled = {c.key for c in changes if isinstance(c, AddMembers)}
    emptied = {c.key for c in done if isinstance(c, RemoveMembers)} - filled
    lost = emptied & {c.key for c in changes if isinstance(c, CreateAlbum)}
    return [c for c in changes if getattr(c, "key", "") not in lost]


def _inverse(change: Change, album: LedgerAlbum | None, ledger: Ledger, now: GalleryNow) -> Iterator[Change]:
    if isinstance(change, AddTags | RemoveTags):
        return  # all together, by `_tags_back`
    if isinstance(change, DeleteAlbum):
        if album is None or album.state == "retired":
            yield change.inverse()
    elif isinstance(change, AddMembers | RemoveMembers):
        yield from _members_back(change, album, ledger, now)
    elif album is not None and album.state == "live":
        yield from _words_back(change, album)
    elif isinstance(change, SetCover):
        yield change.inverse()  # the album comes back by an earlier inverse of this undo


def _members_back(
    change: AddMembers | RemoveMembers, album: LedgerAlbum | None, ledger: Ledger, now: GalleryNow
) -> Iterator[Change]:
    live = album if album is not None and album.state == "live" else None
    if isinstance(change, AddMembers):
        ours = live.photos("ours") - ({live.cover} if live.user_cover else set()) if live else frozenset()
        photos = tuple(p for p in change.photos if p in ours and p in now.photos)
        back: Change = RemoveMembers(change.key, photos)
    else:
        inside = live.members if live else {}
        out = kept_out_of(change.key, ledger) - set(change.out_before)
        photos = tuple(p for p in change.photos if p in now.photos and p not in inside and p not in out)
        back = AddMembers(change.key, photos)
    if photos:
        yield back


def _words_back(change: Change, album: LedgerAlbum) -> Iterator[Change]:
    theirs = (
        (isinstance(change, RenameAlbum) and (album.user_title or album.title != change.title))
        or (isinstance(change, DescribeAlbum) and (album.user_description or album.description != change.description))
        or (isinstance(change, SetCover) and (album.user_cover != change.theirs or album.cover != change.photo))
    )
    if not theirs:
        yield change.inverse()


def _tags_back(done: Sequence[Change], ledger: Ledger, now: GalleryNow, most: int) -> Iterator[Change]:
    """Yield what takes all tag changes back at once: those of a photo are in the same change, as in a plan."""
    was_added: dict[tuple[str, str], bool] = {}
    for change in done:
        if isinstance(change, AddTags | RemoveTags):
            for pair in tag_pairs(change):
                was_added.setdefault(pair, isinstance(change, AddTags))  # the first change knew how it was before
    there = {(p, t): added for (p, t), added in was_added.items() if p in now.photos}
    added = [pair for pair, first in there.items() if first and ledger.tags.get(pair) == "ours"]
    # A photo that carries it again has it from the user: it would not become ours.
    removed = [pair for pair, first in there.items() if not (first or pair in ledger.tags or now.carries(*pair))]
    yield from tag_changes(AddTags, removed, most)
    yield from tag_changes(RemoveTags, added, most)
