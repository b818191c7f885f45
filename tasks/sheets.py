"""Contact sheets of the groups that wait for a name: their photos fetched, made small and drawn in numbered cells."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from plugins.atomic import private_folder, write_atomically
from plugins.galleries import Gallery, GalleryError
from plugins.pages.contact_sheets import (
    MOST_CELLS,
    SheetView,
    caption_of,
    contact_sheet,
    name_command,
    render_sheets,
    sheet_size,
    spread,
)
from plugins.records import Photo
from plugins.store import Store, Suggestion
from tasks.context import Opened
from tasks.small_pictures import cell_of

MOST_GROUPS: Final = 24
"""Groups that are shown: patent 002 begins with a few large ones; the others come up as these get names."""
REPORT_CELLS: Final = 16
"""Cells of a sheet in a report, which nobody has asked for: each is a photo to fetch and decode."""
PAGE: Final = "sheets.html"
AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True)
class Sheet:
    """A contact sheet: how a page shows it, and the picture."""

    view: SheetView
    picture: bytes


def waiting_groups(store: Store, library: str) -> list[Suggestion]:
    """Return the groups of look-alikes that wait for a name, the largest first."""
    waiting = store.suggestions.open(library, "group")
    return sorted(waiting, key=lambda group: (-len(group.evidence.photos), group.key))


def drawn_sheets(here: Opened, groups: Iterable[Suggestion], command: Callable[[str], str]) -> Iterator[Sheet]:
    """Yield the contact sheet of each group; a photo that cannot be shown leaves its cell empty.

    `command` returns the command that names the group of a key.

    Raises:
        GalleryError: the gallery cannot be asked.
    """
    photos = _by_content(here)
    for group in groups:
        view = _view(group, f"{group.key}.jpg", command(group.key), MOST_CELLS)
        yield Sheet(view, _drawn(here.gallery, photos, group, view))


def _by_content(here: Opened) -> dict[str, Photo]:
    return {photo.content_key: photo for photo in here.store.photos.all(here.name)}


def _view(group: Suggestion, path: str, command: str, most_cells: int) -> SheetView:
    n_photos = len(group.evidence.photos)
    n_shown = min(n_photos, most_cells)
    return SheetView(group.key, n_photos, n_shown, path, sheet_size(n_shown), command, group.value)


def _drawn(gallery: Gallery, photos: Mapping[str, Photo], group: Suggestion, view: SheetView) -> bytes:
    numbers = spread(view.n_photos, view.n_shown)
    keys = [group.evidence.photos[number - 1] for number in numbers]
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="sheets") as pool:
        pictures = pool.map(lambda key: cell_of(gallery, photos.get(key)), keys)
        return contact_sheet(numbers, pictures, caption_of(view))


def sheets_for_report(here: Opened, folder: Path) -> str:
    """Write the sheets of a library without tags into the folder of a report; return the page's name, empty for none.

    A library has no tags as long as all that there are come from us. A sheet that an earlier report has is taken from
    there. Where the gallery cannot be asked there is no page: that is no reason to have no report.
    """
    groups = waiting_groups(here.store, here.name)
    if not groups or _has_tags(here):
        return ""
    try:
        photos = _by_content(here)
        views = [_into_report(here, folder, photos, group) for group in groups[:MOST_GROUPS]]
    except GalleryError:
        return ""
    write_atomically(folder / PAGE, render_sheets(views, here.name, len(groups)))
    return PAGE


def _has_tags(here: Opened) -> bool:
    ours = {pair for pair, state in here.store.ledger.load(here.name).tags.items() if state == "ours"}
    return any((photo.id, tag) not in ours for photo in here.store.photos.all(here.name) for tag in photo.tags)


def _into_report(here: Opened, folder: Path, photos: Mapping[str, Photo], group: Suggestion) -> SheetView:
    digest = hashlib.sha256("\0".join(group.evidence.photos).encode("utf-8", "surrogatepass")).hexdigest()[:12]
    view = _view(group, f"sheets/{group.key}-{digest}.jpg", name_command(here.name, group.key), REPORT_CELLS)
    picture = _of_earlier(folder, view.path) or _drawn(here.gallery, photos, group, view)
    private_folder((folder / view.path).parent)
    write_atomically(folder / view.path, picture)
    return view


def _of_earlier(folder: Path, path: str) -> bytes:
    """Return a sheet from an earlier report, nothing where none has it: most groups wait for many nights."""
    for earlier in sorted(folder.parent.glob(f"*/{path}"), reverse=True):
        with suppress(OSError):  # taken away just now
            return earlier.read_bytes()
    return b""
