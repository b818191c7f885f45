"""What speaks for suggestions as a report shows it: in words, and faces or photos side by side as small pictures."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

from plugins.atomic import write_atomically
from plugins.decoding import decoders
from plugins.galleries import GalleryError
from plugins.pages.links import thumb_name
from plugins.pages.suggestion_words import OF_PEOPLE, because, photo_name, suggestion_text, word_text
from plugins.pages.thumbs import thumbnail
from plugins.pages.views import AskedView
from plugins.pages.wording import count
from plugins.pictures import WORKING_SHORT_PX, PictureNotThere, UnreadablePicture
from plugins.records import Box, Photo
from plugins.store import Suggestion
from plugins.tags.waiting import WaitingWord, waiting_words
from tasks.context import Opened

MOST_ASKED: Final = 20
"""Suggestions of one report."""
MOST_WORDS: Final = 10
"""Words of one report that tags are suggested with."""
MOST_SHOWN: Final = 4
"""Pictures of one side of a suggestion, twice as many where there is one side: each is a photo to fetch and decode."""
FACE_PX: Final = 192
"""Twice as large as shown, for sharp screens."""
AROUND: Final = 0.35
"""How much of a face's size is shown around it on each side: tight boxes cut off hair and chin."""
WHOLE: Final[Box] = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a photo to show, by the photo's content."""

    content_key: str
    box: Box

    @property
    def path(self) -> str:
        return thumb_name(f"{self.content_key}@{self.box}", FACE_PX)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report shows of the suggestions that wait: the first of people's and of words, and how many there are."""

    people: tuple[AskedView, ...]
    n_people: int
    tags: tuple[AskedView, ...]
    n_tags: int


def asked_views(here: Opened, photos: Iterable[Photo], folder: Path) -> Asked:
    """Return the first suggestions that wait, their pictures written into a report's folder, and how many wait.

    A picture that cannot be had is left out, as are those of videos, where a face is in one frame of many.
    """
    waiting, library = here.store.suggestions.open(here.name), list(photos)
    of_people = [made for made in waiting if made.kind in OF_PEOPLE]
    words = waiting_words(waiting, here.store.suggestions.never_tags(here.name))
    shown = {made.key: _sides(made) for made in of_people[:MOST_ASKED]}
    shown |= {word.key: _sides_of_word(word) for word in words[:MOST_WORDS]}
    stills = {photo.content_key: photo for photo in library if photo.kind == "image"}
    wanted = {piece for sides in shown.values() for side in sides for piece in side if piece.content_key in stills}
    written, names = set(_written(here, stills, wanted, folder)), _names(here, library)

    def view(key: str, text: str, why: str, lines: tuple[str, ...] = ()) -> AskedView:
        about, beside = (tuple(piece.path for piece in side if piece in written) for side in shown[key])
        return AskedView(shlex.quote(key), text, why, about, beside, lines)

    return Asked(
        tuple(view(made.key, suggestion_text(made, names), because(made)) for made in of_people[:MOST_ASKED]),
        len(of_people),
        tuple(view(word.key, word_text(word), "", _lines(word, names)) for word in words[:MOST_WORDS]),
        len(words),
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


def _sides_of_word(word: WaitingWord) -> tuple[list[_Piece], list[_Piece]]:
    """Return the photos that a word is suggested for, and those like the first of them that have it."""
    about = [_Piece(made.subject, WHOLE) for made in word.suggestions]
    beside = [_Piece(key, WHOLE) for key in word.suggestions[0].evidence.photos]
    return about[:MOST_SHOWN], beside[:MOST_SHOWN]


def _sides(made: Suggestion) -> tuple[list[_Piece], list[_Piece]]:
    """Return what a suggestion is about, its faces or its photos, and the faces to compare them with.

    Of a merge it is one person and the other, in the order in which the words name them.
    """
    evidence = made.evidence
    about = [_Piece(face.content_key, face.box) for face in evidence.faces]
    about += [_Piece(key, WHOLE) for key in evidence.photos] if not about else []
    beside = [_Piece(face.content_key, face.box) for face in evidence.beside]
    if made.kind == "merge":
        about, beside = beside, about
    return about[: MOST_SHOWN if beside else 2 * MOST_SHOWN], beside[:MOST_SHOWN]


def _written(here: Opened, photos: Mapping[str, Photo], wanted: Iterable[_Piece], folder: Path) -> Iterator[_Piece]:
    """Write the pictures, fetching and decoding each photo once, none that was shown before; yield those written."""
    of_photo: dict[str, list[_Piece]] = {}
    for piece in wanted:
        if (shown := _shown_before(folder, piece)) is not None:
            _write(folder, piece, shown)
            yield piece
        else:
            of_photo.setdefault(piece.content_key, []).append(piece)
    for key, pieces in sorted(of_photo.items()):
        try:
            image = decoders().decode(here.gallery.preview(photos[key], WORKING_SHORT_PX).source)[0].picture
        except (GalleryError, UnreadablePicture, PictureNotThere):
            continue  # a picture less is no reason to have no report
        for piece in pieces:
            _write(folder, piece, thumbnail(_cut(image, piece.box), FACE_PX))
            yield piece


def _shown_before(folder: Path, piece: _Piece) -> bytes | None:
    """Return a picture from an earlier run's report: what waits for an answer is shown night after night."""
    earlier = (report / piece.path for report in sorted(folder.parent.glob("*"), reverse=True) if report != folder)
    found = next((path for path in earlier if path.is_file()), None)
    try:
        return found.read_bytes() if found else None
    except OSError:  # taken away just now
        return None


def _write(folder: Path, piece: _Piece, picture: bytes) -> None:
    path = folder / piece.path
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, picture)


def _cut(image: Image.Image, box: Box) -> Image.Image:
    """Return the part of a picture inside a box with a little around it, as far as there is any."""
    left, top, right, bottom = box
    wide, high = AROUND * (right - left), AROUND * (bottom - top)
    edges = (left - wide, top - high, right + wide, bottom + high)
    x0, y0, x1, y1 = (min(1.0, max(0.0, edge)) for edge in edges)
    at = (int(x0 * image.width), int(y0 * image.height))
    return image.crop((*at, max(at[0] + 1, round(x1 * image.width)), max(at[1] + 1, round(y1 * image.height))))
