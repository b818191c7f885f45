"""What speaks for suggestions as a report shows it: in words, and faces or photos side by side as small pictures."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from plugins.pages.suggestion_words import OF_PEOPLE, because, photo_name, suggestion_text, word_text
from plugins.pages.views import AskedView
from plugins.pages.wording import count
from plugins.records import Photo
from plugins.store import Suggestion
from plugins.tags.waiting import WaitingWord, waiting_words
from tasks.context import Opened
from tasks.report_pictures import Piece, Whole, whole_of, written

MOST_ASKED: Final = 20
"""Suggestions of one report."""
MOST_WORDS: Final = 10
"""Words of one report that tags are suggested with."""
MOST_SHOWN: Final = 4
"""Pictures of one side of a suggestion, twice as many where there is one side: each is a photo to fetch and decode."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report shows of the suggestions that wait: the first of people's, of words and of covers, and how many."""

    people: tuple[AskedView, ...]
    n_people: int
    tags: tuple[AskedView, ...]
    n_tags: int
    covers: tuple[AskedView, ...]
    n_covers: int


def asked_views(here: Opened, photos: Iterable[Photo], folder: Path) -> Asked:
    """Return the first suggestions that wait, their pictures written into a report's folder, and how many wait.

    A picture that cannot be had is left out.
    """
    waiting, library = here.store.suggestions.open(here.name), list(photos)
    of_people = [made for made in waiting if made.kind in OF_PEOPLE]
    words = waiting_words(waiting, here.store.suggestions.never_tags(here.name))
    of_covers = [made for made in waiting if made.kind == "cover"]
    whole = partial(whole_of, chosen=here.store.covers.videos(here.name))
    shown = {made.key: _sides(made, whole) for made in (*of_people[:MOST_ASKED], *of_covers[:MOST_ASKED])}
    shown |= {word.key: _sides_of_word(word, whole) for word in words[:MOST_WORDS]}
    wanted = (piece for sides in shown.values() for side in sides for piece in side)
    there, names = set(written(here, library, wanted, folder)), _names(here, library)

    def view(key: str, text: str, why: str, lines: tuple[str, ...] = ()) -> AskedView:
        about, beside = (tuple(piece.path for piece in side if piece in there) for side in shown[key])
        return AskedView(shlex.quote(key), text, why, about, beside, lines)

    def views(made: list[Suggestion]) -> tuple[AskedView, ...]:
        return tuple(view(one.key, suggestion_text(one, names), because(one)) for one in made[:MOST_ASKED])

    return Asked(
        views(of_people),
        len(of_people),
        tuple(view(word.key, word_text(word), "", _lines(word, names)) for word in words[:MOST_WORDS]),
        len(words),
        views(of_covers),
        len(of_covers),
    )


def _names(here: Opened, photos: Iterable[Photo]) -> dict[str, str]:
    """Return the names of people by id, and of photos by content key."""
    people = {p.id: p.name for p in here.store.people.all(here.name) if p.name and not p.hidden}
    return {photo.content_key: photo.name for photo in photos} | here.store.suggestions.names(here.name) | people


def _lines(word: WaitingWord, names: Mapping[str, str]) -> tuple[str, ...]:
    """Return the photos of a word that are shown, each with what speaks for it and its own key."""
    lines = (f"{photo_name(s.subject, names)}: {because(s)}: {s.key}" for s in word.suggestions[:MOST_SHOWN])
    more = len(word.suggestions) - MOST_SHOWN
    return (*lines, *([f"and {count(more, 'more photo')}"] if more > 0 else []))


def _sides_of_word(word: WaitingWord, whole: Whole) -> tuple[list[Piece], list[Piece]]:
    """Return the photos that a word is suggested for, and those like the first of them that have it."""
    about = [whole(made.subject) for made in word.suggestions[:MOST_SHOWN]]
    beside = [whole(key) for key in word.suggestions[0].evidence.photos[:MOST_SHOWN]]
    return about, beside


def _sides(made: Suggestion, whole: Whole) -> tuple[list[Piece], list[Piece]]:
    """Return what a suggestion is about, its faces or its photos, and the faces to compare them with.

    Of a merge it is one person and the other, in the order in which the words name them; of a cover the photo and the
    favourites that it resembles.
    """
    if made.kind == "cover":
        return [whole(made.value)], [whole(key) for key in made.evidence.photos[:MOST_SHOWN]]
    evidence = made.evidence
    about = [Piece(face.content_key, face.box) for face in evidence.faces]
    about += [whole(key) for key in evidence.photos] if not about else []
    beside = [Piece(face.content_key, face.box) for face in evidence.beside]
    if made.kind == "merge":
        about, beside = beside, about
    return about[: MOST_SHOWN if beside else 2 * MOST_SHOWN], beside[:MOST_SHOWN]
