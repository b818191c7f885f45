"""Covers of videos: the frame that stands for each, chosen from its frames like a cover from the photos of an album."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final, TypeAlias

import numpy as np

from plugins.covers import Album, CoverMethod, Pictures, Ranking
from plugins.covers.picking import picked_frames
from plugins.covers.signals import Liked, history_of
from plugins.covers.steady import matches_of, probabilities, steady
from plugins.covers.stillest_frame import Plugin as StillestFrame
from plugins.covers.video_frames import frame_key
from plugins.records import Photo
from plugins.store import KeptFrame, Ranked, VideoCover
from tasks.caching import Skipped, cached_step
from tasks.context import Opened
from tasks.cover_inputs import known_of_photos, likes_of_user
from tasks.cover_models import LibraryMethod, acceptance_of, cover_method
from tasks.cover_pictures import as_seen, cover_extractors, pictures_from
from tasks.cover_signals import told
from tasks.features import Extractors
from tasks.video_frames import find_frames, frames_of, not_looked_at, version_of, videos_of

VERSION: Final = "1"
"""Of what is done with a method's answer."""

FRAMES_PER_PHOTO: Final = 0.25
"""Frames beside the photos of a library, at most: photos tell what is usual with its user."""

DIGITS: Final = 4
Frames: TypeAlias = Mapping[str, Sequence[KeptFrame]]
"""Frames of videos by content key."""


def _inputs(here: Opened) -> Sequence[object]:
    if not here.config.covers.videos:
        raise Skipped("switched off: [covers] videos = true switches it on")
    videos = videos_of(here)
    if not videos:
        return ("no videos",)
    method = _method(here, cover_extractors(here))
    return (
        *(VERSION, version_of(here), here.config.covers.video_mb),
        method if isinstance(method, str) else method.fingerprint,
        [*videos],
        *known_of_photos(here),
        *likes_of_user(here),
    )


def _method(here: Opened, made: Extractors) -> LibraryMethod | str:
    """Return the method of the library, or which weights are missing so that it cannot choose."""
    if made.pictures is None and made.thumbnails is None:
        return "; ".join(made.missing)
    try:
        return cover_method(here)
    except Skipped as reason:
        return str(reason)


def _all_looked_at(here: Opened, figures: Mapping[str, Any]) -> bool:
    return len(not_looked_at(here, videos_of(here), cover_extractors(here))) == int(figures["too_large"])


@cached_step(_inputs, holds=_all_looked_at)
def choose_video_covers(here: Opened) -> dict[str, Any]:
    """Choose the frame that stands for each video.

    The figures: `videos` that have one; `looked_at`, those whose frames were looked for in this run, and the
    `unreadable` among them; those that are `not_ready`, or gone, and those that are `too_large` for the gallery to send
    them, which keep the gallery's own picture; `by`, the method that chose; `personal`, how much the user's own taste
    counted (0 to 1); and a `note` where another method had to choose.
    """
    videos, made = videos_of(here), cover_extractors(here)
    looked = find_frames(here, not_looked_at(here, videos, made), made)
    frames = frames_of(here, [*videos])
    by: dict[str, Any] = {}
    chosen: dict[str, VideoCover] = {}
    if frames:
        choosing, by = _choosing(here, videos, made)
        chosen = {key: cover for part in choosing.parts(frames) for key, cover in choosing.covers(part)}
    here.store.covers.save_videos(here.name, chosen)
    return {"videos": len(chosen), **looked.told(), **by}


@dataclass(frozen=True, eq=False)
class _Choosing:
    """What covers of videos are chosen by: the method, the photos that say what is usual, and which of them are liked.

    `made_by` is None of a method that is not the library's; `before` holds the covers that the videos have now, and
    `picked` the moments that the user has picked.
    """

    here: Opened
    method: CoverMethod
    made_by: LibraryMethod | None
    videos: Mapping[str, Photo]
    photos: Sequence[Photo] = ()
    liked: Liked = field(default_factory=Liked)
    before: Mapping[str, VideoCover] = field(default_factory=dict)
    picked: Mapping[str, float] = field(default_factory=dict)

    def parts(self, frames: Frames) -> Iterator[Frames]:
        """Yield videos with their frames, so few at a time that photos outweigh frames; one at least."""
        part: dict[str, Sequence[KeptFrame]] = {}
        room = FRAMES_PER_PHOTO * len(self.photos)
        for key, of_one in frames.items():
            if part and sum(map(len, part.values())) + len(of_one) > room:
                yield part
                part = {}
            part[key] = of_one
        yield part

    def covers(self, frames: Frames) -> Iterator[tuple[str, VideoCover]]:
        """Yield the covers of some videos."""
        pictures, albums = self._pictures(frames)
        content = {photo.id: photo.content_key for photo in self.photos}
        rankings = self.method.rank(pictures, albums)
        indices = [self._index(key, of_one, one) for (key, of_one), one in zip(frames.items(), rankings, strict=True)]
        matches = matches_of(self.method, pictures, albums, rankings, indices)
        for (key, of_one), ranking, index, rows in zip(frames.items(), rankings, indices, matches, strict=True):
            times = [one.at_s for one in of_one]
            candidates = tuple(_ranked(key, times, probabilities(ranking).tolist(), ranking))
            yield key, VideoCover(times[index], candidates, tuple(content[pictures.ids[row]] for row in rows))

    def _index(self, key: str, frames: Sequence[KeptFrame], ranking: Ranking) -> int:
        """Return which frame is the cover: the user's; else the last run's stays unless another is clearly better."""
        theirs = next((n for n, one in enumerate(frames) if one.at_s == self.picked.get(key)), None)
        if theirs is not None:
            return theirs
        before = self.before.get(key)
        stays = next((n for n, one in enumerate(frames) if before is not None and one.at_s == before.at_s), None)
        return steady(probabilities(ranking), stays)

    def _pictures(self, frames: Frames) -> tuple[Pictures, list[Album]]:
        """Return the photos and frames as pictures, photos first, and an album for each video."""
        shots = [_as_photo(self.videos[key], one) for key, of_one in frames.items() for one in of_one]
        everything = [*self.photos, *shots]
        known = pictures_from(self.here, everything)
        if self.made_by is not None:
            known = as_seen(self.here, self.made_by, everything, known)
        stillness = [one.stillness for of_one in frames.values() for one in of_one]
        unknown = np.full(len(self.photos), np.nan)
        pictures = replace(known, stillness=np.concatenate([unknown, stillness]).astype(np.float32))
        row, liked, albums = len(self.photos), self.liked.rows(pictures), []
        itself = {photo.content_key: number for number, photo in enumerate(self.photos)}
        for key, of_one in frames.items():
            history = history_of(liked, np.array([itself.get(key, -1)]))
            albums.append(Album(np.arange(row, row + len(of_one)), history, "video"))
            row += len(of_one)
        return pictures, albums


def _choosing(here: Opened, videos: Mapping[str, Photo], made: Extractors) -> tuple[_Choosing, dict[str, Any]]:
    """Return what chooses, and what is told of it; where the library's method cannot, the stillest frames win."""
    before, picked = here.store.covers.videos(here.name), picked_frames(here.store.suggestions.decisions(here.name))
    method_of = _method(here, made)
    if isinstance(method_of, str):
        note = f"the stillest sharp frames were taken: {method_of}"
        choosing = _Choosing(here, StillestFrame(), None, videos, before=before, picked=picked)
        return choosing, {"by": StillestFrame.name, "note": note}
    known = told(here)
    seen = as_seen(here, method_of, known.photos, known.pictures)
    taste = acceptance_of(here, method_of, seen, known.samples(), known.liked.n_signals)
    method = method_of(taste.personal)
    figures = {"by": method.name, "personal": round(taste.personal, DIGITS), "note": method_of.note}
    return _Choosing(here, method, method_of, videos, known.photos, known.liked, before, picked), figures


def _as_photo(video: Photo, frame: KeptFrame) -> Photo:
    """Return a frame as a photo that was taken when it is shown; nobody has said anything of it."""
    key = frame_key(video.content_key, frame.at_s)
    at = timedelta(seconds=frame.at_s)
    return replace(
        video, id=key, content_key=key, kind="image", taken_at=video.taken_at + at, favourite=False, rating=0
    )


def _ranked(key: str, times: Sequence[float], probability: Sequence[float], ranking: Ranking) -> Iterator[Ranked]:
    for n, at_s in enumerate(times):
        match = None if ranking.interest is None else round(float(ranking.interest[n]), DIGITS)
        yield Ranked(key, round(probability[n], DIGITS), match, at_s)
