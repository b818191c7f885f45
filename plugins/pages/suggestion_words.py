"""Suggestions in plain words: what we would do, and what speaks for it; the same in reports and on a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from plugins.pages.plan_words import quoted, who
from plugins.pages.wording import clean, count
from plugins.store.suggestions import Suggestion, SuggestionKind
from plugins.tags.waiting import WaitingWord

OF_PEOPLE: Final[tuple[SuggestionKind, ...]] = ("merge", "person", "split", "doubt", "group")
"""The kinds of suggestions that `albumen people` shows and takes answers to."""


def suggestion_text(made: Suggestion, names: Mapping[str, str]) -> str:
    """Return what a suggestion says, without a full stop: "“Anna” and somebody not named yet may be one person".

    `names` are those of people by id, who has none there goes without; of photos by content key.
    """
    faces = made.evidence.faces
    subject, value = who(made.subject, names), who(made.value, names)
    match made.kind:
        case "merge":
            return f"{subject} and {value} may be one person"
        case "person":
            return f"{_these(len(faces))} may be {value}"
        case "split":
            return f"{count(len(faces), 'face')} of {subject} may be somebody else"
        case "doubt":
            not_whom = subject if names.get(made.subject) else "the same person as the others"
            return f"{_these(len(faces))} may not be {not_whom}"
        case "group":
            called = f"they could be called {quoted(made.value)}" if made.value else "without a name so far"
            return f"{count(len(made.evidence.photos), 'photo looks', 'photos look')} alike; {called}"
        case "tag":
            return f"{quoted(made.value)} for {photo_name(made.subject, names)}"
        case "cover":
            return f"{photo_name(made.value, names)} as a cover"


def word_text(word: WaitingWord) -> str:
    """Return what the suggestions of one word say together: "“beach” for 37 photos"."""
    return f"{quoted(word.tag)} for {count(len(word.suggestions), 'photo')}"


def photo_name(content_key: str, names: Mapping[str, str]) -> str:
    """Return what to call the photo that a tag or a cover is suggested with, by the names of photos by content key."""
    return quoted(names[content_key]) if names.get(content_key) else "a photo that is not there any more"


def _these(n: int) -> str:
    return "this face" if n == 1 else f"these {count(n, 'face')}"


def because(made: Suggestion) -> str:
    """Return what speaks for a suggestion and against it: its reason, how alike the two sides are, and where both are.

    Two faces in one photo are seldom of one person, so a photo that shows both sides speaks against a merge.
    """
    found = made.evidence
    parts = [clean(made.reason)] if made.reason else []
    if found.similarity:
        parts.append(f"similarity {found.similarity:.2f}")
    if made.kind in {"merge", "split"}:
        together = count(found.same_photo, "photo shows", "photos show")
        parts.append(f"{together} both" if found.same_photo else "no photo shows both")
    return "; ".join(parts)
