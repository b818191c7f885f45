"""Carrying a plan out: journal, write, ledger, one change at a time, so that a kill at any point loses nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from plugins.changes import Change, Outcome, PersonChange, RegionChange, SetPoster, TagChange
from plugins.galleries import Gallery
from plugins.publishing.ledger import Ledger, Touched
from plugins.publishing.now import GalleryNow, read_now
from plugins.publishing.observe import Observation, observe
from plugins.publishing.settle import holds, owned_tags, settle, tag_pairs
from plugins.records import Photo

NEVER_WRITTEN: Final = "the run was killed before it was written"
"""The reason of a change that was begun and that the gallery does not show: it is planned again if still wanted."""
_FINISHED: Final = TagChange | RegionChange | PersonChange | SetPoster
"""Changes that are made to the end, when a run was killed in them, before anything else is looked at."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A change in the journal; `for_good` marks an undo that is also a decision (see `settle`)."""

    id: int
    change: Change
    for_good: bool = False


class Journal(Protocol):
    """Where changes are written down before they are made; every method is durable when it returns."""

    def pending(self) -> Sequence[Entry]:
        """Return the changes that were begun and never confirmed."""
        ...

    def begin(self, entry: Entry) -> None:
        """Note that the gallery is about to be asked for this change."""
        ...

    def confirm(self, entry: Entry, outcome: Outcome, ledger: Ledger, touched: Touched) -> Sequence[Entry]:
        """Note the outcome and save what it touched in the ledger, both or neither.

        Returns the changes that have to follow at once, which are begun with that: see `taken_off_again`.
        """
        ...

    def save(self, ledger: Ledger, touched: Touched) -> None:
        """Save what was touched in the ledger."""
        ...


@dataclass(slots=True)
class Applied:
    """What became of a plan: how many changes of each status, and the refused ones with their reasons."""

    done: int = 0
    already: int = 0
    gone: int = 0
    taken: int = 0
    refused: list[tuple[Change, str]] = field(default_factory=list)

    def count(self, change: Change, outcome: Outcome) -> None:
        """Count one outcome; one that was done for some photos and has a reason why not for all counts as both."""
        made = outcome.status in {"done", "already"}
        if outcome.status != "refused":
            setattr(self, outcome.status, getattr(self, outcome.status) + 1)
        if outcome.status == "refused" or (made and outcome.reason):
            self.refused.append((change, outcome.reason))


def look(
    gallery: Gallery,
    photos: Iterable[Photo],
    ledger: Ledger,
    journal: Journal,
    tags: Iterable[str] = (),
    faces: Iterable[str] = (),
    names: Collection[str] = (),
    covers: Collection[str] = (),
) -> tuple[GalleryNow, list[Observation]]:
    """Read the gallery, settle what a killed run left open, and learn what the user did since.

    Returns the reading and the user's edits; the ledger is up to date and saved. `tags`, `faces`, `names` (by person)
    and `covers` (by the gallery's id of the user's album) are those that may be planned. Open changes to tags, regions,
    people and posters are finished before the gallery is read: a tag that it has lost is not one that the user took
    off, and only the gallery knows by which id somebody of ours was made.
    """
    _digest(gallery, [e for e in journal.pending() if isinstance(e.change, _FINISHED)], ledger, journal)
    asked = {*tags, *owned_tags(entry.change for entry in journal.pending())}
    now = read_now(gallery, photos, ledger, asked, faces, names, covers)
    now = now.assuming(
        pair for e in journal.pending() if isinstance(e.change, TagChange) for pair in tag_pairs(e.change)
    )
    recover(ledger, now, journal)
    observations, touched = observe(ledger, now)
    journal.save(ledger, touched)
    return now, observations


def recover(ledger: Ledger, now: GalleryNow, journal: Journal) -> int:
    """Settle the changes to albums that a killed run had begun; return how many the gallery turned out to have.

    What the gallery shows is confirmed. What it does not show was never written: it is closed as `gone`, and planned
    again if it is still wanted.
    """
    found = 0
    for entry in journal.pending():
        if isinstance(entry.change, _FINISHED):
            continue  # the gallery still works on it
        shown = holds(entry.change, now)
        if shown is None:
            journal.confirm(entry, Outcome("gone", NEVER_WRITTEN), ledger, Touched())
            continue
        change, outcome = shown
        journal.confirm(entry, outcome, ledger, settle(ledger, change, outcome, for_good=entry.for_good))
        found += 1
    return found


def apply_changes(
    gallery: Gallery,
    entries: Sequence[Entry],
    ledger: Ledger,
    journal: Journal,
    progress: Callable[[int, int], None] | None = None,
) -> Applied:
    """Make the changes in order; each is journalled before the call and confirmed with the ledger after it.

    A change that the gallery refuses is counted with its reason and the rest goes on; a `GalleryUnreachable` ends the
    run where it is, and the next run goes on from there. What the gallery has only taken stays open in the journal
    until all is asked for, and is confirmed at the end.
    """
    applied, taken = Applied(), list[Entry]()
    for n, entry in enumerate(entries, start=1):
        journal.begin(entry)
        outcome = gallery.apply(entry.change)
        if outcome.status == "taken":
            taken.append(entry)
        else:
            _confirm(gallery, entry, outcome, ledger, journal)
            applied.count(entry.change, outcome)
        if progress is not None:
            progress(n, len(entries))
    for entry, outcome in _digest(gallery, taken, ledger, journal):
        applied.count(entry.change, outcome)
    return applied


def _confirm(gallery: Gallery, entry: Entry, outcome: Outcome, ledger: Ledger, journal: Journal) -> None:
    """Note what became of a change, and make those that have to follow; one that is only taken stays open."""
    touched = settle(ledger, entry.change, outcome, for_good=entry.for_good)
    for next_ in journal.confirm(entry, outcome, ledger, touched):
        made = gallery.apply(next_.change)
        if made.status != "taken":
            _confirm(gallery, next_, made, ledger, journal)


def _digest(
    gallery: Gallery, entries: Sequence[Entry], ledger: Ledger, journal: Journal
) -> list[tuple[Entry, Outcome]]:
    """Ask what became of changes that the gallery had taken, and confirm them; return their outcomes.

    What is so already is so by our doing: the change was begun. What the gallery still works on stays open.
    """
    if not entries:
        return []
    told = zip(entries, gallery.digested([entry.change for entry in entries]), strict=True)
    outcomes = [(e, replace(o, status="done") if o.status == "already" else o) for e, o in told]
    for entry, outcome in outcomes:
        if outcome.status != "taken":
            _confirm(gallery, entry, outcome, ledger, journal)
    return outcomes
