"""The pictures beside videos: what the user did to them, their plan, what a change does to the ledger, taking back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from plugins.changes import Change, Outcome, SetPoster
from plugins.galleries import Poster
from plugins.publishing.ledger import Ledger, LedgerPoster, Touched
from plugins.publishing.now import GalleryNow


def observe_posters(ledger: Ledger, now: GalleryNow) -> tuple[tuple[str, ...], Touched]:
    """Bring the posters of the ledger up to date; return the videos of which the user took them away, or put others.

    Doing it twice is doing it once. A poster that goes with its video was taken away by nobody: when the video comes
    back without it, it is made anew.
    """
    touched, taken = set[str](), list[str]()
    for video in sorted(ledger.posters.keys() | now.posters.keys()):
        known = ledger.posters.get(video)
        after = _observed(known, now.posters.get(video), there=video in now.photos)
        if after == known:
            continue
        touched.add(video)
        if after is None:
            del ledger.posters[video]
            continue
        ledger.posters[video] = after
        if known is not None and known.state == "ours" and after.state in {"removed", "user"}:
            taken.append(video)
    return tuple(taken), Touched(posters=frozenset(touched))


def _observed(known: LedgerPoster | None, found: Poster | None, *, there: bool) -> LedgerPoster | None:
    at_s = found.at_s if found is not None else None
    if known is None or known.state == "readonly":
        return None if at_s is None else LedgerPoster("readonly", at_s)
    if known.state in {"removed", "user"}:
        return replace(known, state="user") if found is not None else known
    if not there:  # one that has stayed behind did not go with its video: if it goes later, the user takes it away
        return replace(known, state="away") if at_s is None else known
    if found is None:
        return None if known.state == "away" else replace(known, state="removed")
    return replace(known, state="user") if at_s is None else LedgerPoster("ours", at_s)


def take_over(ledger: Ledger) -> Touched:
    """Take the posters that we found without a memory of them as ours."""
    found = [video for video, poster in ledger.posters.items() if poster.state == "readonly"]
    for video in found:
        ledger.posters[video] = replace(ledger.posters[video], state="ours")
    return Touched(posters=frozenset(found))


def plan_posters(wanted: Mapping[str, float], ledger: Ledger, now: GalleryNow) -> Iterator[SetPoster]:
    """Yield what puts the wanted posters beside their videos, and takes away ours that nobody wants any more.

    `ledger` must have observed `now` before. What lies at the wrong place or shows what the video was before is made
    anew. A picture of the user's stays, and where they took ours away there is none again.
    """
    for video, at_s in sorted(wanted.items()):
        known, found = ledger.posters.get(video), now.posters.get(video)
        ours = known is not None and known.state == "ours"
        if video not in now.photos or not (ours or (known is None and found is None)):
            continue
        if found is None or not found.fits or found.at_s != at_s:
            yield SetPoster(video, at_s, was=found.at_s if found is not None else None)
    for video, known in sorted(ledger.posters.items()):
        if known.state in {"ours", "away"} and video in now.posters and video not in wanted.keys() & now.photos:
            yield SetPoster(video, None, was=known.at_s)


def settle_poster(ledger: Ledger, change: SetPoster, outcome: Outcome, *, for_good: bool = False) -> Touched:
    """Write a poster that the gallery has, or has no more, into the ledger; return what to save.

    `for_good` records what an undo takes away as the user's own decision: it is not made again.
    """
    if outcome.status not in {"done", "already"}:
        return Touched()
    if change.at_s is not None:
        ledger.posters[change.photo] = LedgerPoster("ours", change.at_s)
    elif for_good and change.was is not None:
        ledger.posters[change.photo] = LedgerPoster("removed", change.was)
    else:
        ledger.posters.pop(change.photo, None)
    return Touched(posters=frozenset({change.photo}))


def undo_posters(done: Sequence[Change], ledger: Ledger, now: GalleryNow) -> Iterator[SetPoster]:
    """Yield what takes the posters of a run back, but for those that the user has taken away or replaced since."""
    for change in (change for change in done if isinstance(change, SetPoster)):
        known, found = ledger.posters.get(change.photo), now.posters.get(change.photo)
        ours = known is not None and known.state in {"ours", "away"}
        shown = found.at_s if found is not None else None
        if change.was is None and ours and shown is not None:
            yield SetPoster(change.photo, None, was=shown)  # what later runs made of it goes too
        elif change.photo in now.photos and shown == change.at_s != change.was and (ours or not (known or found)):
            yield SetPoster(change.photo, change.was, was=shown)
