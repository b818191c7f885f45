"""Covers that the user asked for, of albums of their own: what they did since, their plan, the ledger, taking back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from typing import Final

from plugins.changes import Change, Outcome, SetAlbumCover
from plugins.publishing.ledger import Ledger, LedgerCover, Touched
from plugins.publishing.now import GalleryNow
from plugins.records import Photo
from plugins.store.suggestions import Decision

PICKED: Final = "picked:"
"""What the subject of a decision begins with by which the user picks a photo, whose id follows, as the cover of the
album of ours that it is in; and the key under which the ledger notes that this was obeyed."""


def picks(decisions: Iterable[Decision], photos: Collection[Photo]) -> tuple[str, ...]:
    """Return the photos that the user picked as covers of albums of ours, the last one last.

    Args:
        decisions: all decisions of the library, oldest first.
        photos: all photos; for one that has another id by now stands one of the same content.
    """
    ids: dict[str, str] = {}
    for photo in sorted(photos, key=lambda photo: photo.id, reverse=True):
        ids[photo.content_key] = photo.id
    there, found = frozenset(photo.id for photo in photos), dict[str, None]()
    for made in decisions:
        if made.kind == "cover" and made.subject.startswith(PICKED):
            said = made.subject.removeprefix(PICKED)
            id_ = said if said in there else ids.get(made.value, "")
            found.pop(id_, None)
            if made.verdict == "accepted" and id_:
                found[id_] = None
    return tuple(found)


def pick_of(inside: Set[str], picked: Mapping[str, int], ledger: Ledger) -> str | None:
    """Return the photo that the user picked last among those of an album, if it was not set before.

    `picked` numbers the photos in the order in which they were picked.
    """
    last = max(inside & picked.keys(), key=picked.__getitem__, default=None)
    return None if last is None or f"{PICKED}{last}" in ledger.covers else last


def note_pick(ledger: Ledger, photo: str) -> Touched:
    """Note that a cover was set as the user picked it, so that a later choice of theirs in the gallery stays."""
    note = f"{PICKED}{photo}"
    ledger.covers[note] = LedgerCover("user", photo)
    return Touched(covers=frozenset({note}))


def wanted_covers(decisions: Iterable[Decision], photos: Iterable[Photo]) -> dict[str, str]:
    """Return the photo that the user accepted as the cover of an album, by the gallery's id of the album.

    Args:
        decisions: all decisions of the library, oldest first; the last one on an album counts.
        photos: all photos; of several copies of a picture the first by id is meant.
    """
    said: dict[str, str] = {}
    for made in decisions:
        if made.subject.startswith(PICKED):
            continue
        if made.kind == "cover" and made.verdict == "accepted":
            said[made.subject] = made.value
        elif made.kind == "cover" and said.get(made.subject) == made.value:
            del said[made.subject]
    ids: dict[str, str] = {}
    for photo in sorted(photos, key=lambda photo: photo.id, reverse=True):
        ids[photo.content_key] = photo.id
    return {album: ids[content] for album, content in said.items() if content in ids}


def unset_covers(wanted: Mapping[str, str], ledger: Ledger) -> set[str]:
    """Return the albums of which the wanted cover was never set before."""
    return {album for album, photo in wanted.items() if (c := ledger.covers.get(album)) is None or c.photo != photo}


def observe_covers(ledger: Ledger, now: GalleryNow) -> tuple[list[str], Touched]:
    """Bring the covers that we set for the user up to date; return the albums of which they chose another since."""
    changed = [
        album
        for album, known in sorted(ledger.covers.items())
        if known.state == "ours"
        and album in now.by_id
        and now.by_id[album].cover != known.photo
        and known.photo in now.photos
    ]
    for album in changed:
        ledger.covers[album] = replace(ledger.covers[album], state="user")
    return changed, Touched(covers=frozenset(changed))


def plan_covers(wanted: Mapping[str, str], ledger: Ledger, now: GalleryNow) -> Iterator[SetAlbumCover]:
    """Yield what shows the user's albums by the photos that they asked for, each once.

    An album of which the user has chosen the cover meanwhile stays as it is, and so does one of ours. `ledger` must
    have observed `now` before.
    """
    for album in sorted(unset_covers(wanted, ledger)):
        found, known, photo = now.by_id.get(album), ledger.covers.get(album), wanted[album]
        if found is None or found.marker is not None or photo not in now.photos or found.cover == photo:
            continue
        if album not in now.chosen or (known is not None and known.state == "ours"):
            yield SetAlbumCover(album, photo, was=found.cover, title=found.title)


def settle_cover(ledger: Ledger, change: SetAlbumCover, outcome: Outcome, *, for_good: bool = False) -> Touched:
    """Write a cover that the gallery has into the ledger; return what to save.

    One that it refuses is not asked for again: the user has chosen another, or taken the photo out of the album.
    `for_good` records what an undo takes back as the user's own decision: it is not set again.
    """
    known = ledger.covers.get(change.album)
    if change.asked and change.photo is not None and outcome.status != "gone":
        ledger.covers[change.album] = LedgerCover("user" if outcome.status == "refused" else "ours", change.photo)
    elif outcome.status not in {"done", "already"}:
        return Touched()
    elif for_good and known is not None:
        ledger.covers[change.album] = replace(known, state="user")
    else:
        ledger.covers.pop(change.album, None)
    return Touched(covers=frozenset({change.album}))


def undo_covers(done: Sequence[Change], ledger: Ledger, now: GalleryNow) -> Iterator[Change]:
    """Yield what gives the user's albums their former covers back, but where they have chosen another since."""
    for change in done:
        if not isinstance(change, SetAlbumCover) or not change.asked:
            continue
        known, found = ledger.covers.get(change.album), now.by_id.get(change.album)
        if known == LedgerCover("ours", change.photo or "") and found is not None and found.cover == change.photo:
            yield change.inverse()
