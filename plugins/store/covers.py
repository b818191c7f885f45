"""Covers: the photo that our method chose for each event and trip, and the frame for each video; and from what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from plugins.chunking import chunks
from plugins.store.database import Database
from plugins.store.differences import replace_rows
from plugins.store.tables import covers, video_covers, video_frames


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate: the photo's id, its probability, and how much it matches what the user likes (None: not asked).

    Of a video `at_s` says which frame it is, in seconds; `photo` is the video's content key then.
    """

    photo: str
    probability: float
    interest: float | None = None
    at_s: float | None = None


@dataclass(frozen=True, slots=True)
class ChosenCover:
    """The cover of an album.

    Args:
        photo: its id.
        candidates: all that it was chosen from, in order of time.
        matches: ids of the photos that the user likes and that it resembles, the most alike first.
        left_out: how many of the album's photos were no candidates, by the reason in words.
    """

    photo: str
    candidates: tuple[Ranked, ...] = ()
    matches: tuple[str, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VideoCover:
    """The frame that stands for a video, by the time at which it is shown; `matches` are content keys."""

    at_s: float
    candidates: tuple[Ranked, ...] = ()
    matches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptFrame:
    """A frame of a video that could be its cover: when it is shown, and what was measured of it, 0 to 1.

    `stillness` says how little moves around it.
    """

    at_s: float
    sharpness: float
    exposure: float
    stillness: float


class Covers:
    """The chosen covers of each library by event or trip key; of its videos by content key; and frames by content."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, library: str, chosen: Mapping[str, ChosenCover]) -> None:
        """Make these, by event or trip key, the covers of the library."""
        rows = (cover_row(library, key, cover) for key, cover in chosen.items())
        replace_rows(self._database, covers, {"library": library}, rows)

    def all(self, library: str) -> dict[str, ChosenCover]:
        """Return the chosen covers by event or trip key."""
        query = sa.select(covers).where(covers.c.library == library)
        with self._database.reading() as connection:
            return {
                row.key: ChosenCover(row.photo, _ranked(row.candidates), tuple(row.matches), row.left_out)
                for row in connection.execute(query)
            }

    def photos(self, library: str) -> dict[str, str]:
        """Return the photo of each chosen cover by event or trip key."""
        query = sa.select(covers.c.key, covers.c.photo).where(covers.c.library == library)
        with self._database.reading() as connection:
            return dict(connection.execute(query).tuples().all())

    def of_photos(self, library: str, photos: Iterable[str]) -> dict[str, ChosenCover]:
        """Return the covers that are one of these photos, by the photo's id."""
        found: dict[str, ChosenCover] = {}
        with self._database.reading() as connection:
            for part in chunks(sorted(photo for photo in photos if photo)):
                query = sa.select(covers).where(covers.c.library == library, covers.c.photo.in_(part))
                for row in connection.execute(query):
                    found[row.photo] = ChosenCover(row.photo, _ranked(row.candidates), tuple(row.matches), row.left_out)
        return found

    def save_videos(self, library: str, chosen: Mapping[str, VideoCover]) -> None:
        """Make these, by content key, the covers of the library's videos."""
        rows = (
            {
                "library": library,
                "content_key": key,
                "at_s": cover.at_s,
                "candidates": [_said(one) for one in cover.candidates],
                "matches": list(cover.matches),
            }
            for key, cover in chosen.items()
        )
        replace_rows(self._database, video_covers, {"library": library}, rows)

    def show_frame(self, library: str, content_key: str, at_s: float) -> None:
        """Make the frame at this moment the cover of a video that has one."""
        of_this = (video_covers.c.library == library, video_covers.c.content_key == content_key)
        with self._database.transaction() as connection:
            connection.execute(video_covers.update().where(*of_this).values(at_s=at_s))

    def videos(self, library: str) -> dict[str, VideoCover]:
        """Return the covers of the library's videos by content key."""
        query = sa.select(video_covers).where(video_covers.c.library == library)
        with self._database.reading() as connection:
            return {
                row.content_key: VideoCover(row.at_s, _ranked(row.candidates), tuple(row.matches))
                for row in connection.execute(query)
            }

    def put_frames(self, version: str, found: Iterable[tuple[str, Sequence[KeptFrame]]]) -> None:
        """Keep the frames of videos by (content key, frames in order of time); none means that it has none."""
        for part in chunks(found):
            rows = [
                {"content_key": key, "version": version, "frames": [_measured(one) for one in frames]}
                for key, frames in part
            ]
            self._database.upsert(video_frames, rows)

    def frames(self, content_keys: Sequence[str], version: str) -> dict[str, tuple[KeptFrame, ...]]:
        """Return the frames that are kept of these videos."""
        found: dict[str, tuple[KeptFrame, ...]] = {}
        with self._database.reading() as connection:
            for part in chunks(content_keys):
                query = sa.select(video_frames.c.content_key, video_frames.c.frames)
                of_these = (video_frames.c.version == version, video_frames.c.content_key.in_(part))
                found |= {
                    row.content_key: tuple(KeptFrame(*measured) for measured in row.frames)
                    for row in connection.execute(query.where(*of_these))
                }
        return found


def cover_row(library: str, key: str, cover: ChosenCover) -> dict[str, Any]:
    """Return the cover of an event or trip as a row."""
    return {
        "library": library,
        "key": key,
        "photo": cover.photo,
        "candidates": [_said(one) for one in cover.candidates],
        "matches": list(cover.matches),
        "left_out": dict(cover.left_out),
    }


def _said(one: Ranked) -> list[Any]:
    return [one.photo, one.probability, one.interest, one.at_s]


def _ranked(said: Iterable[Sequence[Any]]) -> tuple[Ranked, ...]:
    return tuple(Ranked(*one) for one in said)


def _measured(one: KeptFrame) -> list[float]:
    return [one.at_s, one.sharpness, one.exposure, one.stillness]
