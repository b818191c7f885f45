"""Small pictures in a report: photos, parts of them and frames of videos, each fetched and decoded once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from PIL import Image

from plugins.atomic import write_atomically
from plugins.galleries import GalleryError
from plugins.pages.links import thumb_name
from plugins.pages.thumbs import cut_out, thumbnail
from plugins.pictures import WORKING_SHORT_PX, PictureNotThere, UnreadablePicture
from plugins.records import Box, Photo
from plugins.store import VideoCover
from tasks.context import Opened
from tasks.small_pictures import frames_of, picture_of

PIECE_PX: Final = 192
"""Twice as large as shown, for sharp screens."""
WHOLE: Final[Box] = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a photo to show, by the photo's content; of a video the frame at `at_s`."""

    content_key: str
    box: Box = WHOLE
    at_s: float | None = None

    @property
    def path(self) -> str:
        """Return where its picture is below the report's folder."""
        moment = "" if self.at_s is None else f"@{self.at_s:.3f}s"
        return thumb_name(f"{self.content_key}@{self.box}{moment}", PIECE_PX)


Whole: TypeAlias = Callable[[str], Piece]
"""Returns what shows a photo or a video, by its content."""


def whole_of(content_key: str, chosen: Mapping[str, VideoCover]) -> Piece:
    """Return all of a photo, or the frame that stands for a video where one was `chosen`, by the video's content."""
    return Piece(content_key, at_s=chosen[content_key].at_s if content_key in chosen else None)


def written(here: Opened, photos: Iterable[Photo], wanted: Iterable[Piece], folder: Path) -> Iterator[Piece]:
    """Write pictures into a report's folder, none that was shown before anew; yield those that are there now.

    A picture that cannot be had is left out, as is what is to be seen in a video without a moment: a face is in one
    frame of many.
    """
    by_content = {photo.content_key: photo for photo in photos}
    of_photo: dict[str, list[Piece]] = {}
    for piece in sorted({*wanted}, key=lambda piece: piece.path):
        if not _can_be_shown(piece, by_content):
            continue
        if (shown := _shown_before(folder, piece)) is not None:
            _write(folder, piece, shown)
            yield piece
        else:
            of_photo.setdefault(piece.content_key, []).append(piece)
    for key, pieces in of_photo.items():
        with suppress(GalleryError, UnreadablePicture, PictureNotThere):  # no reason to have no report
            for piece, image in _fetched(here, by_content[key], pieces):
                _write(folder, piece, thumbnail(cut_out(image, piece.box), PIECE_PX))
                yield piece


def _fetched(here: Opened, photo: Photo, pieces: Sequence[Piece]) -> Iterator[tuple[Piece, Image.Image]]:
    """Yield pieces of one photo, or frames of one video, with what they are cut from."""
    if photo.kind == "image":
        image = picture_of(here.gallery, photo, WORKING_SHORT_PX)
        yield from ((piece, image) for piece in pieces)
        return
    of = {piece.at_s: piece for piece in pieces if piece.at_s is not None}
    yield from ((of[at_s], image) for at_s, image in frames_of(here, photo, of))


def _can_be_shown(piece: Piece, by_content: Mapping[str, Photo]) -> bool:
    photo = by_content.get(piece.content_key)
    return photo is not None and (photo.kind == "image" or piece.at_s is not None)


def _shown_before(folder: Path, piece: Piece) -> bytes | None:
    """Return a picture from an earlier run's report: what waits for an answer is shown night after night."""
    earlier = (report / piece.path for report in sorted(folder.parent.glob("*"), reverse=True) if report != folder)
    found = next((path for path in earlier if path.is_file()), None)
    try:
        return found.read_bytes() if found else None
    except OSError:  # taken away just now
        return None


def _write(folder: Path, piece: Piece, picture: bytes) -> None:
    path = folder / piece.path
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, picture)
