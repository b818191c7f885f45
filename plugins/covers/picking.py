"""Covers that the user picks unasked, in the form of the suggestions that these are answers to."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from math import isfinite
from typing import Final

from plugins.publishing.asked_covers import PICKED
from plugins.records import Photo
from plugins.store.suggestions import Decision, Suggestion

FRAME: Final = "frame:"
"""What the subject of a decision begins with by which the user picks a frame of a video, whose content key follows."""


def picked_photo(photo: Photo) -> Suggestion:
    """Return the suggestion of a photo as the cover of the album of ours that it is in."""
    subject = f"{PICKED}{photo.id}"
    return Suggestion(subject, "cover", subject, photo.content_key)


def picked_frame(content_key: str, at_s: float) -> Suggestion:
    """Return the suggestion of a frame as the cover of a video."""
    subject = f"{FRAME}{content_key}"
    return Suggestion(subject, "cover", subject, repr(at_s))


def is_pick(made: Decision) -> bool:
    """Say whether a decision is a photo or a frame that the user picked, and no answer to a suggestion."""
    return made.subject.startswith((PICKED, FRAME))


def picked_frames(decisions: Iterable[Decision]) -> dict[str, float]:
    """Return the moments, in seconds, that the user picked as covers of videos, by content key."""
    found: dict[str, float] = {}
    for made in decisions:
        if made.kind == "cover" and made.verdict == "accepted" and made.subject.startswith(FRAME):
            with suppress(ValueError):
                found[made.subject.removeprefix(FRAME)] = float(made.value)
    return {key: at_s for key, at_s in found.items() if isfinite(at_s)}
