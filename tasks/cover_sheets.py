"""Contact sheets of covers: the candidates of albums and videos, fetched, made small and drawn, the chosen framed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from plugins.pages.album_covers import considered, interest_of, moment
from plugins.pages.contact_sheets import sheet_of, size_of
from plugins.pages.cover_sheets import CoverSheet, file_of, sheet_parts
from plugins.pages.wording import days
from plugins.records import Photo
from plugins.store import Ranked
from tasks.context import Opened
from tasks.cover_reasons import covers_of, reasons_of
from tasks.sheets import AT_ONCE
from tasks.small_pictures import cell_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """A sheet to draw: how its page shows it, and the photo and the moment in a video of each cell, None for none."""

    view: CoverSheet
    cells: tuple[tuple[Photo | None, float | None], ...]


def wanted_sheets(here: Opened) -> list[Wanted]:
    """Return the sheets of all covers: those of our albums, newest first, then those of videos."""
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
        yield Wanted(view, tuple((photos.get(id_), None) for id_ in shown))


def _of_videos(here: Opened, photos: Mapping[str, Photo]) -> Iterator[Wanted]:
    by_content = {photo.content_key: photo for photo in photos.values()}
    names = {key: photo.name for key, photo in by_content.items()}
    for key, cover in here.store.covers.videos(here.name).items():
        if (video := by_content.get(key)) is None:
            continue
        frames = cover.candidates or (Ranked(key, 1.0, at_s=cover.at_s),)
        like = () if interest_of(cover, key, cover.at_s) is None else cover.matches
        parts = sheet_parts(video.name, frames, Ranked(key, 1.0, at_s=cover.at_s), like, names)
        reason = f"the frame at {moment(cover.at_s)}"
        view = CoverSheet(key, video.name, reason, "", file_of(key), size_of(parts), parts)
        yield Wanted(
            view, (*((video, one.at_s) for one in frames), *((by_content.get(m), None) for m in cover.matches))
        )


def drawn(here: Opened, wanted: Iterable[Wanted]) -> Iterator[tuple[CoverSheet, bytes]]:
    """Yield each sheet with its picture; what cannot be shown leaves its cell empty.

    Raises:
        GalleryError: the gallery cannot be asked.
    """
    gallery = here.gallery
    for one in wanted:
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="sheets") as pool:
            pictures = pool.map(lambda cell: cell_of(gallery, *cell), one.cells)
            yield one.view, sheet_of(one.view.parts, pictures)
