"""Covers as a report shows them: the first of albums and videos, why, and small pictures of what else there was."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from plugins.changes import Change, SetCover
from plugins.pages.album_covers import STEP, AlbumCover, considered, interest_of, moment, personal_of, personal_text
from plugins.pages.views import CoversView, CoverView
from plugins.pages.wording import count, days
from plugins.records import Photo
from plugins.store import Ranked, VideoCover
from tasks.context import Opened
from tasks.cover_reasons import covers_of, reasons_of, videos_of
from tasks.report_pictures import Piece, Whole, whole_of, written

MOST_COVERS: Final = 8
"""Albums, and videos, of one report."""
MOST_BESIDE: Final = 4
"""Other candidates, and favourites, beside the chosen one: each is a photo to fetch and decode."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """A cover in words and what is to be seen of it: itself, the best others, and the favourites that it resembles."""

    view: CoverView
    cover: Piece
    others: tuple[Piece, ...]
    like: tuple[Piece, ...]

    def pieces(self) -> Iterator[Piece]:
        yield from (self.cover, *self.others, *self.like)

    def with_pictures(self, there: Collection[Piece]) -> CoverView:
        sides = ((self.cover,), self.others, self.like)
        shown, others, like = (tuple(piece.path for piece in side if piece in there) for side in sides)
        return replace(self.view, shown="".join(shown), others=others, like=like)


def cover_views(
    here: Opened,
    photos: Mapping[str, Photo],
    changes: Iterable[Change],
    steps: Sequence[Mapping[str, Any]],
    folder: Path,
) -> CoversView:
    """Return the first covers, those that a run sets before others, their pictures written into a report's folder.

    Args:
        here: the library.
        photos: all of it, by id.
        changes: those of the run.
        steps: the receipts of the run, as plain data.
        folder: the report's.
    """
    covers, videos = covers_of(here, photos), videos_of(here, photos)
    new = {change.photo for change in changes if isinstance(change, SetCover)}
    first = sorted(covers, key=lambda one: one.chosen.photo not in new)[:MOST_COVERS]
    reasons = reasons_of(here, first, photos)
    whole = partial(whole_of, chosen=here.store.covers.videos(here.name))
    of_albums = [_of_album(one, reasons[one.key], photos, whole) for one in first]
    of_videos = [_of_video(video, cover, whole) for video, cover in videos[:MOST_COVERS]]
    wanted = (piece for shown in (*of_albums, *of_videos) for piece in shown.pieces())
    there = set(written(here, photos.values(), wanted, folder))
    personal = personal_of(next((step for step in steps if step["step"] == STEP), {}))
    return CoversView(
        tuple(shown.with_pictures(there) for shown in of_albums),
        len(covers),
        tuple(shown.with_pictures(there) for shown in of_videos),
        len(videos),
        personal_text(personal) if personal.reason or personal.signals else "",
    )


def _of_album(one: AlbumCover, reason: str, photos: Mapping[str, Photo], whole: Whole) -> _Shown:
    chosen, title = one.chosen, one.title or days(one.start, one.start)
    others = (ranked.photo for ranked in _best(chosen.candidates) if ranked.photo != chosen.photo)
    like = () if interest_of(chosen, chosen.photo) is None else chosen.matches
    return _Shown(
        CoverView(title, photos[chosen.photo].name, reason, considered(chosen)),
        whole(photos[chosen.photo].content_key),
        _pieces(others, photos, whole),
        _pieces(like, photos, whole),
    )


def _of_video(video: Photo, cover: VideoCover, whole: Whole) -> _Shown:
    frames = f"chosen out of {count(len(cover.candidates), 'frame')}" if cover.candidates else ""
    like = () if interest_of(cover, video.content_key, cover.at_s) is None else cover.matches
    others = [ranked.at_s for ranked in _best(cover.candidates) if ranked.at_s != cover.at_s]
    return _Shown(
        CoverView(video.name, f"the frame at {moment(cover.at_s)}", considered=frames),
        Piece(video.content_key, at_s=cover.at_s),
        tuple(Piece(video.content_key, at_s=at_s) for at_s in others[:MOST_BESIDE]),
        tuple(whole(key) for key in like[:MOST_BESIDE]),
    )


def _best(candidates: Iterable[Ranked]) -> list[Ranked]:
    return sorted(candidates, key=lambda ranked: -ranked.probability)


def _pieces(ids: Iterable[str], photos: Mapping[str, Photo], whole: Whole) -> tuple[Piece, ...]:
    return tuple(whole(photos[id_].content_key) for id_ in ids if id_ in photos)[:MOST_BESIDE]
