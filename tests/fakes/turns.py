"""Runs that die before, within or after any of their calls: what the tests of the merge by chance have in common."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace

from fakes.tiny import TinyGallery, TinyJournal
from hypothesis import note

from plugins.changes import Change, CreateAlbum, Outcome, TagChange
from plugins.publishing.apply import Entry, apply_changes
from plugins.publishing.ledger import Ledger


class Killed(BaseException):
    """The process is gone: nothing after this line was done."""


def part_of(change: Change) -> Change:
    """Return what a call has done that was cut off in the middle: an album without photos, half of the tags."""
    if isinstance(change, CreateAlbum):
        return replace(change, photos=())
    if isinstance(change, TagChange):
        return replace(change, photos=change.photos[: len(change.photos) // 2])
    return change


class Turns:
    """Albumen's side of the game: one gallery and one journal, on which plans are carried out or cut off."""

    gallery: TinyGallery
    journal: TinyJournal
    next_id: int = 0

    def entries(self, changes: list[Change], for_good: bool = False) -> list[Entry]:
        self.next_id += len(changes)
        return [Entry(self.next_id - n, c, for_good) for n, c in enumerate(changes)]

    def carry_out(self, changes: list[Change], ledger: Ledger, kill_after: int | None, for_good: bool = False) -> None:
        self.die_at(kill_after)
        try:
            apply_changes(self.gallery, self.entries(changes, for_good), ledger, self.journal)
        except Killed:
            note(f"killed at {kill_after}")
        finally:
            del self.gallery.__dict__["apply"], self.gallery.__dict__["digested"]

    def die_at(self, kill_after: int | None) -> None:
        """Let the process die before, within or after one of its calls."""
        apply, digested = self.gallery.apply, self.gallery.digested
        last, when = divmod(-1 if kill_after is None else kill_after, 3)
        calls = 0

        def dying(change: Change) -> Outcome:
            nonlocal calls
            calls += 1
            if calls > last >= 0:
                if when:
                    apply(part_of(change) if when == 1 else change)
                raise Killed
            return apply(change)

        def dying_too(changes: Sequence[Change]) -> Sequence[Outcome]:
            nonlocal calls
            calls += bool(changes)
            if calls > last >= 0:
                if when:
                    digested(changes[: len(changes) // 2] if when == 1 else changes)
                raise Killed
            return digested(changes)

        self.gallery.apply, self.gallery.digested = dying, dying_too  # type: ignore[method-assign]

    def copy(self) -> tuple[TinyGallery, TinyJournal]:
        return deepcopy(self.gallery), deepcopy(self.journal)
