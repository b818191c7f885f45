"""Contact sheets of covers: the candidates of albums and videos, fetched, made small and drawn, the chosen framed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain

from PIL import Image

from plugins.pages.album_covers import considered, interest_of, moment
from plugins.pages.contact_sheets import sheet_of, size_of
from plugins.pages.cover_sheets import CoverSheet, file_of, sheet_parts
from plugins.pages.wording import days
from plugins.records import Photo
from plugins.store import Ranked
from tasks.context import Opened
from tasks.cover_reasons import covers_of, reasons_of, videos_of
from tasks.sheets import AT_ONCE
from tasks.small_pictures import cell_of, for_cell, frames_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """A sheet to draw: how its page shows it, the photo of each cell, None for none, and before them frames of a video.

    The frames are the moments of one video, in seconds.
    """

    view: CoverSheet
    photos: tuple[Photo | None, ...]
    video: Photo | None = None
    moments: tuple[float, ...] = ()


def wanted_sheets(here: Opened) -> list[Wanted]:
    """Return the sheets of all covers: those of our albums, then those of videos, each newest first."""
    photos = {photo.id: photo for photo in here.store.photos.all(here.name)}
    return [*_of_albums(here, photos), *_of_videos(here, photos)]


def _of_albums(here: Opened, photos: Mapping[str, Photo]) -> Iterator[Wanted]:
    covers, names = covers_of(here, photos), {id_: photo.name for id_, photo in photos.items()}
    reasons = reasons_of(here, covers, photos)
    for one in covers:
        title, chosen = one.title or days(one.start, one.start), one.chosen
        like = () if interest_of(chosen, chosen.photo) is None else chosen.matches
        parts = sheet_parts(title, chosen.candidates, Ranked(chosen.photo, 1.0), like, names)
        shown = [*(c.photo for c in chosen.candidates or [Ranked(chosen.photo, 1.0)]), *like]
        view = CoverSheet(one.key, title, reasons[one.key], considered(chosen), file_of(one.key), size_of(parts), parts)
        yield Wanted(view, tuple(photos.get(id_) for id_ in shown))


def _of_videos(here: Opened, photos: Mapping[str, Photo]) -> Iterator[Wanted]:
    by_content = {photo.content_key: photo for photo in photos.values()}
    names = {key: photo.name for key, photo in by_content.items()}
    for video, cover in videos_of(here, photos):
        key = video.content_key
        frames = cover.candidates or (Ranked(key, 1.0, at_s=cover.at_s),)
        like = () if interest_of(cover, key, cover.at_s) is None else cover.matches
        parts = sheet_parts(video.name, frames, Ranked(key, 1.0, at_s=cover.at_s), like, names)
        view = CoverSheet(
            key, video.name, f"the frame at {moment(cover.at_s)}", "", file_of(key), size_of(parts), parts
        )
        moments = tuple(one.at_s for one in frames if one.at_s is not None)
        yield Wanted(view, tuple(by_content.get(match) for match in like), video, moments)


def drawn(here: Opened, wanted: Iterable[Wanted]) -> Iterator[tuple[CoverSheet, bytes]]:
    """Yield each sheet with its picture; what cannot be shown leaves its cell empty.

    Raises:
        GalleryError: the gallery cannot be asked.
    """
    gallery = here.gallery
    for one in wanted:
        frames = _frames(here, one.video, one.moments) if one.video else {}
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="sheets") as pool:
            pictures = pool.map(lambda photo: cell_of(gallery, photo), one.photos)
            yield one.view, sheet_of(one.view.parts, chain(map(frames.get, one.moments), pictures))


def _frames(here: Opened, video: Photo, moments: Iterable[float]) -> dict[float, Image.Image]:
    return {at_s: for_cell(picture) for at_s, picture in frames_of(here, video, moments)}
