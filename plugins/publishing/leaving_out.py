"""Leaving planned changes out: as if they had been made, and the user had taken them back for good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from plugins.changes import Change, Outcome, RegionChange, SetPoster
from plugins.publishing.ledger import Ledger, Touched
from plugins.publishing.settle import settle

_DONE = Outcome("done")


def can_be_left_out(change: Change) -> bool:
    """Say whether a change can be left out: of where a tag's thing is in a photo only the gallery keeps a memory."""
    return not isinstance(change, RegionChange)


def leave_out(planned: Sequence[Change], ledger: Ledger) -> Touched:
    """Note in the ledger that the user does not want some planned changes; return what to save.

    An album that was to be made is not made; photos that were to be put into one, or taken out, stay where they are;
    words, covers and tags stay as they are. It holds for all plans to come, as what the user does in the gallery does.

    Args:
        planned: the changes, in the order of the plan; those of a new album all together.
        ledger: what we know of the library; brought up to date.
    """
    touched = Touched()
    for change in planned:
        touched |= settle(ledger, change, _DONE)
    for change in reversed(planned):
        touched |= settle(ledger, change.inverse(), _DONE, for_good=True)
        if isinstance(change, SetPoster) and change.at_s is None and change.photo in ledger.posters:
            ledger.posters[change.photo] = replace(ledger.posters[change.photo], state="user")
    return touched
