"""Carrying a plan out: journal, write, ledger, one change at a time, so that a kill at any point loses nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Final, Protocol

from plugins.changes import Change, Outcome, PersonChange, RegionChange, SetPoster, TagChange
from plugins.chunking import chunks
from plugins.galleries import Gallery, GalleryError
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


@dataclass(frozen=True, slots=True)
class Made:
    """A change that the gallery was asked for, what became of it, and what of the ledger that has touched."""

    entry: Entry
    outcome: Outcome
    touched: Touched = field(default_factory=Touched)


class Journal(Protocol):
    """Where changes are written down before they are made; every method is durable when it returns."""

    def pending(self) -> Sequence[Entry]:
        """Return the changes that were begun and never confirmed."""
        ...

    def go_on(self, made: Sequence[Made], begun: Sequence[Entry], ledger: Ledger) -> Sequence[Entry]:
        """Note outcomes, save what they touched in the ledger, and note what the gallery is asked for next.

        All of it or nothing. Returns the changes that have to follow at once, before those, which are begun with that:
        see `taken_off_again`.
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
            journal.go_on([Made(entry, Outcome("gone", NEVER_WRITTEN))], (), ledger)
            continue
        change, outcome = shown
        touched = settle(ledger, change, outcome, for_good=entry.for_good)
        journal.go_on([Made(entry, outcome, touched)], (), ledger)
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

    What became of one is one commit with the beginning of the next, or of the next few: where a call takes less time
    than a commit, `Capabilities.open_changes` of them may be open at once.

    A change that the gallery refuses is counted with its reason and the rest goes on; a `GalleryUnreachable` ends the
    run where it is, and the next run goes on from there. What the gallery has only taken stays open in the journal
    until all is asked for, and is confirmed at the end.
    """
    applying = _Applying(gallery, ledger, journal)
    most = gallery.capabilities.open_changes if entries else 1  # a server is not asked for nothing
    for group in _together(entries, most):
        applying.begin(group)
        for n, entry in enumerate(group, start=1):
            applying.make(entry, group[n:])
            if progress is not None:
                progress(applying.n, len(entries))
    return applying.finished()


def _together(entries: Sequence[Entry], most: int) -> Iterator[list[Entry]]:
    """Yield the changes in order, in groups that are begun together: those to an album each by itself.

    Of an album a killed run must leave one change open at most, see `holds`; all others are made to the end then.
    """
    for finished, alike in groupby(entries, lambda entry: isinstance(entry.change, _FINISHED)):
        yield from chunks(alike, most if finished else 1)


@dataclass(slots=True)
class _Applying:
    """A plan that is being carried out: `made` is not confirmed yet, `taken` is what the gallery still works on."""

    gallery: Gallery
    ledger: Ledger
    journal: Journal
    applied: Applied = field(default_factory=Applied)
    made: list[Made] = field(default_factory=list)
    taken: list[Entry] = field(default_factory=list)
    n: int = 0

    def begin(self, group: Sequence[Entry]) -> None:
        """Note what became of the changes so far, and that these are asked for next, in one commit."""
        made, self.made = self.made, []
        _confirm(self.gallery, made, self.ledger, self.journal, group)

    def make(self, entry: Entry, rest: Sequence[Entry]) -> None:
        """Ask the gallery for one change of a group; `rest` are those of it that come after it.

        Where the gallery gives no answer the change stays open, and the rest is known as never asked for.
        """
        try:
            outcome = self.gallery.apply(entry.change)
        except GalleryError:
            self.made += [Made(one, Outcome("gone", NEVER_WRITTEN)) for one in rest]
            self.begin(())
            raise
        self.n += 1
        if outcome.status == "taken":
            self.taken.append(entry)
            return
        self.applied.count(entry.change, outcome)
        self.made.append(_settled(entry, outcome, self.ledger))
        if outcome.along:  # what has to follow comes before the next change
            self.begin(())

    def finished(self) -> Applied:
        """Note the last outcomes, and what became of what the gallery had only taken."""
        self.begin(())
        for entry, outcome in _digest(self.gallery, self.taken, self.ledger, self.journal):
            self.applied.count(entry.change, outcome)
        return self.applied


def _settled(entry: Entry, outcome: Outcome, ledger: Ledger) -> Made:
    return Made(entry, outcome, settle(ledger, entry.change, outcome, for_good=entry.for_good))


def _confirm(
    gallery: Gallery, made: Sequence[Made], ledger: Ledger, journal: Journal, begun: Sequence[Entry] = ()
) -> None:
    """Note what became of changes and what is `begun` next, and make those that have to follow."""
    if not made and not begun:
        return
    for following in journal.go_on(made, begun, ledger):
        outcome = gallery.apply(following.change)
        if outcome.status != "taken":
            _confirm(gallery, [_settled(following, outcome, ledger)], ledger, journal)


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
    for part in chunks((e, o) for e, o in outcomes if o.status != "taken"):
        _confirm(gallery, [_settled(entry, outcome, ledger) for entry, outcome in part], ledger, journal)
    return outcomes
