"""The covers of our albums and of videos as a person sees them: of what, why this one, and what was left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from plugins.covers.reasons import is_match, match_reason
from plugins.pages.wording import clean, count
from plugins.publishing.wanted import AlbumRules, worth
from plugins.records import Event, Photo
from plugins.store.covers import ChosenCover, VideoCover

STEP: Final = "choose_covers"
"""The step whose figures say whether what the user likes counts."""


@dataclass(frozen=True, slots=True)
class AlbumCover:
    """The cover of an album of ours: the key and title of the event or trip, its first moment, and what was chosen."""

    key: str
    title: str
    start: datetime
    chosen: ChosenCover


@dataclass(frozen=True, slots=True)
class Personal:
    """How much what the user likes counts, 0 to 1, from how many signals, and why not more; `note` is the step's."""

    share: float = 0.0
    signals: int = 0
    reason: str = ""
    note: str = ""


def events_left(events: Iterable[Event], photos: Mapping[str, Photo]) -> list[Event]:
    """Return the events with the photos that are still there; events without any are left out."""
    kept = (replace(e, photos=tuple(p for p in e.photos if p in photos)) for e in events)
    return [event for event in kept if event.photos]


def album_covers(
    events: Sequence[Event], photos: Mapping[str, Photo], rules: AlbumRules, covers: Mapping[str, ChosenCover]
) -> list[AlbumCover]:
    """Return the covers of what is worth an album, newest first: one a trip, one an event.

    Args:
        events: all events of the library, in time order.
        photos: every photo by id; a cover that is not there any more is left out.
        rules: when an event is worth an album.
        covers: chosen cover by event or trip key.
    """
    left = events_left(events, photos)
    reasons, found = worth(left, photos, rules), dict[str, AlbumCover]()
    for event in left:
        reason = reasons[event.key]
        key, title = (event.trip, event.trip_title or event.title) if reason == "trip" else (event.key, event.title)
        chosen = covers.get(key)
        if reason in {"trip", "away", "dense"} and key not in found and chosen and chosen.photo in photos:
            found[key] = AlbumCover(key, title, photos[event.photos[0]].taken_local, chosen)
    return sorted(found.values(), key=lambda cover: cover.start, reverse=True)


def interest_of(chosen: ChosenCover | VideoCover, photo: str, at_s: float | None = None) -> float | None:
    """Return how well a cover matches what the user likes; None where that is not why it was chosen.

    `photo` is the cover as its candidates name it, `at_s` the moment of a frame.
    """
    known = [(c.interest, (c.photo, c.at_s) == (photo, at_s)) for c in chosen.candidates if c.interest is not None]
    best = next((n for n, (_, is_cover) in enumerate(known) if is_cover), None)
    interest = [one for one, _ in known]
    return interest[best] if best is not None and chosen.matches and is_match(interest, best) else None


def cover_reason(chosen: ChosenCover, names: Mapping[str, str], speaks: str = "") -> str:
    """Return why a photo is a cover: what it resembles of what the user likes, else `speaks`; empty for neither.

    `names` are those of photos by id.
    """
    interest = interest_of(chosen, chosen.photo)
    return speaks if interest is None else match_reason(interest, [names[p] for p in chosen.matches if p in names])


def considered(chosen: ChosenCover) -> str:
    """Return what a cover was chosen from: "chosen out of 12 photos; 8 left out (blurred: 5, nearly the same: 3)"."""
    left_out = {reason: n for reason, n in chosen.left_out.items() if n}
    parts = [f"chosen out of {count(len(chosen.candidates), 'photo')}"] if chosen.candidates else []
    if left_out:
        reasons = ", ".join(f"{clean(reason)}: {n:,}" for reason, n in left_out.items())
        parts.append(f"{sum(left_out.values()):,} left out ({reasons})")
    return "; ".join(parts)


def personal_of(step: Mapping[str, Any]) -> Personal:
    """Return what the step that chose the covers says of the personal part; `step` is its receipt, empty for none."""
    figures = step.get("figures") or {}
    note = str(step.get("mend") or figures.get("note") or "")
    share, signals = float(figures.get("personal") or 0.0), int(figures.get("signals") or 0)
    return Personal(share, signals, str(figures.get("reason") or ""), note)


def personal_text(personal: Personal) -> str:
    """Return whether what the user likes counts, and why not: "What you like counts (0.67), by 102 signals"."""
    signals = count(personal.signals, "signal")
    why = f": {clean(personal.reason)}" if personal.reason else ""
    if personal.share > 0:
        return f"What you like counts with a weight of {personal.share:.2f}, by {signals}{why}"
    return f"What you like gets no weight, with {signals}{why}"


def moment(at_s: float) -> str:
    """Return a time in a video: "0:07", "12:30", "1:02:03"."""
    minutes, seconds = divmod(int(at_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
