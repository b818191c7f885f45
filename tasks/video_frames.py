"""Frames of a library's videos that could be their covers: found once for each content, with their features."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Final

from plugins.chunking import chunks
from plugins.covers.video_frames import VERSION, FoundFrame, cover_frames, frame_key
from plugins.decoding import Frame, decoders
from plugins.features.pipeline import Wanted, extract
from plugins.galleries import NotReady, PhotoGone
from plugins.pictures import PictureNotThere, UnreadablePicture
from plugins.records import Photo
from plugins.store import KeptFrame
from tasks.context import Opened
from tasks.features import KEPT_TOGETHER, Extractors, keep
from tasks.progress import progressing

PROGRESS: Final = "frames"
MB: Final = 1_000_000
log = logging.getLogger("albumen")


def version_of(here: Opened) -> str:
    """Return what changes whenever the same video may give other frames."""
    return f"{VERSION} {here.config.covers.mode}"


def videos_of(here: Opened) -> dict[str, Photo]:
    """Return the videos that methods may use, by content, oldest first; of two with the same content the first."""
    found: dict[str, Photo] = {}
    for photo in here.curated()[0]:
        if photo.kind == "video":
            found.setdefault(photo.content_key, photo)
    return found


def frames_of(here: Opened, videos: Sequence[str]) -> dict[str, tuple[KeptFrame, ...]]:
    """Return the frames that are kept of videos, by content; none of those that have none or were not looked at."""
    kept = here.store.covers.frames(videos, version_of(here))
    return {key: kept[key] for key in videos if kept.get(key)}


def not_looked_at(here: Opened, videos: Mapping[str, Photo], made: Extractors) -> list[Photo]:
    """Return the videos of which no frames are kept, or frames without features that could be made."""
    kept = here.store.covers.frames([*videos], version_of(here))
    of_frame = {frame_key(key, frame.at_s): key for key, frames in kept.items() for frame in frames}
    missing: set[str] = set()
    if made.faces is not None:
        missing.update(here.store.faces.missing(of_frame, made.faces.name, made.faces.version, made.faces.dim))
    for one in (made.pictures, *made.further):
        if one is not None:
            missing.update(here.store.features.missing(of_frame, one.name, one.version, one.dim))
    unmade = {of_frame[frame] for frame in missing}
    return [photo for key, photo in videos.items() if key not in kept or key in unmade]


@dataclass
class Looked:
    """How many videos were looked at now, and of how many nothing was found out, as they cannot be read.

    Of the latter none is looked at again that is `unreadable`, but those that are `not_ready`, or gone, and those that
    are `too_large` to be sent by the gallery.
    """

    new: int = 0
    unreadable: int = 0
    not_ready: int = 0
    too_large: int = 0

    def told(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"looked_at": self.new, **{name: value for name, value in asdict(self).items() if name != "new"}}


def find_frames(here: Opened, videos: Sequence[Photo], made: Extractors) -> Looked:
    """Find the frames of videos and make their features; each video is kept before the next one is begun.

    Raises:
        GalleryError: the gallery cannot be asked; what was found before is kept.
        DecoderCannotStart: no video can be decoded.
    """
    looked = Looked()
    with progressing(PROGRESS, len(videos), "videos") as progress:
        for video in videos:
            _look_at(here, video, made, looked)
            progress.advance()
    return looked


def _look_at(here: Opened, video: Photo, made: Extractors, looked: Looked) -> None:
    try:
        found = _found(here, video)
    except UnreadablePicture as reason:
        log.info("no frame of %s: %s", video.name, reason)
        looked.unreadable += 1
        found = []
    except (PhotoGone, NotReady, PictureNotThere) as reason:  # no note in the store: the next run asks again
        log.info("%s: %s", video.name, reason)
        looked.not_ready += 1
        return
    if found is None:
        looked.too_large += 1
        return
    looked.new += 1
    _make_features(here, video.content_key, found, made)
    kept = [KeptFrame(one.at_s, one.sharpness, one.exposure, one.stillness) for one in found]
    here.store.covers.put_frames(version_of(here), [(video.content_key, kept)])


def _found(here: Opened, video: Photo) -> list[FoundFrame] | None:
    """Return the frames of a video; None where the gallery would have to send more than the settings allow."""
    source = here.gallery.video(video, here.config.covers.video_mb * MB)
    if source is None:
        return None
    return cover_frames(source, here.config.covers.mode == "strict", partial(_tell, video))


def _tell(video: Photo, note: str) -> None:
    log.info("%s: %s", video.name, note)


def _make_features(here: Opened, key: str, found: Sequence[FoundFrame], made: Extractors) -> None:
    results = extract(_wanted(key, found, made), decoders(), made.faces, made.pictures, further=made.further)
    for part in chunks(results, KEPT_TOGETHER):
        keep(here, made, part)


def _wanted(key: str, found: Sequence[FoundFrame], made: Extractors) -> Iterator[Wanted]:
    for one in found:
        frame = Frame(one.picture, one.at_s)
        has = (made.faces is not None, made.pictures is not None)
        yield Wanted(frame_key(key, one.at_s), partial(_itself, frame), *has)


def _itself(frame: Frame) -> Frame:
    return frame
