"""Album pages: the albums of a folder as HTML, as they are now; what is right already is neither read nor written."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

from prefect import task

from plugins.atomic import remove_leftovers, write_atomically
from plugins.decoding import decoders
from plugins.galleries import Gallery, NotReady, PhotoGone
from plugins.pages.album_covers import cover_reason
from plugins.pages.albums import INDEX
from plugins.pages.building import Material, album_views, wanted_thumbs
from plugins.pages.site import render_site
from plugins.pages.thumbs import thumbnail
from plugins.pictures import PictureNotThere, UnreadablePicture
from plugins.publishing.now import AlbumNow
from plugins.records import Photo
from plugins.settings import FOLDER
from tasks.caching import NEVER_CACHED, Receipt
from tasks.context import Opened, opened
from tasks.cover_reasons import covers_of
from tasks.retrying import patient

THUMBNAIL: Final = ("thumbnail", "1")
"""Under what the store remembers pictures that no thumbnail can be made of."""
AT_ONCE = 4  # pictures at a time: while some are decoded, others are made small and written
_OURS = b'<meta name="generator" content="Albumen">'
_HEAD_BYTES = 4096
_THUMB = re.compile(r"[0-9a-f]{32}-\d+\.jpg")


@runtime_checkable
class FolderGallery(Protocol):
    """A gallery that has a folder of its own for pages, and whose originals pages can link to."""

    state: Path

    def path_of(self, photo: str) -> Path:
        """Return where the original of a photo lies now."""
        ...


@dataclass(frozen=True, slots=True)
class PageFolder:
    """The folder of the pages, with what we made in it; paths are relative to it, with `/` between the parts."""

    folder: Path

    @property
    def index(self) -> Path:
        """Return the page of all albums."""
        return self.folder / INDEX

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, None where there is none."""
        try:
            return (self.folder / path).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, path: str, data: bytes) -> None:
        """Write a file whole or not at all."""
        write_atomically(self.folder / path, data)

    def prepare(self) -> None:
        """Make the folders, and remove what killed runs left in them."""
        for folder in (self.folder, self.folder / "thumbs"):
            folder.mkdir(parents=True, exist_ok=True)
            remove_leftovers(folder)

    def pages(self) -> list[str]:
        """Return the names of the HTML files that are there."""
        return [path.name for path in self.folder.glob("*.html")]

    def thumbs(self) -> set[str]:
        """Return the paths of the thumbnails that are there."""
        with suppress(FileNotFoundError):
            return {f"thumbs/{p.name}" for p in (self.folder / "thumbs").iterdir() if _THUMB.fullmatch(p.name)}
        return set()

    def remove(self, paths: Iterable[str]) -> int:
        """Delete pages and thumbnails of ours; a page that we did not make stays. Return how many are deleted."""
        removed = 0
        for path in paths:
            file = self.folder / path
            if path.startswith("thumbs/") or self._is_ours(file):
                file.unlink(missing_ok=True)
                removed += 1
        return removed

    @staticmethod
    def _is_ours(page: Path) -> bool:
        with page.open("rb") as file:
            return _OURS in file.read(_HEAD_BYTES)


def page_folder(gallery: Gallery) -> PageFolder | None:
    """Return where a gallery's pages are; None for a gallery that is no folder."""
    return PageFolder(Path(os.path.realpath(gallery.state)) / "pages") if isinstance(gallery, FolderGallery) else None


@task(name="render_pages", **NEVER_CACHED)
def _render(library: str) -> dict[str, Any]:
    """Bring the album pages of a folder up to date with its albums."""
    with opened(library) as here:
        site = page_folder(here.gallery)
        if site is None:
            return {"mend": "the gallery shows its albums itself: pages are made for folders only"}
        albums = [AlbumNow(album, tuple(here.gallery.members(album.id))) for album in here.gallery.albums()]
        if not albums and not site.folder.exists():
            return {"albums": 0, "index": ""}
        try:
            return _bring_up_to_date(here, site, albums)
        except OSError as error:
            reason = f"{error.strerror or error}: {error.filename or site.folder}"
            return {"mend": f"the pages could not be written ({reason}); make room or give permission, and run again"}


def render_pages(library: str) -> Receipt:
    """Render the albums of a folder, ours and the user's, as they are now; never cached, as users edit albums.

    The receipt's figures: `albums`, `written` and `unchanged` pages, `thumbs` made, `removed` files of ours that
    nothing uses any more, `unreadable` pictures, and `index`, the path of the page of all albums (empty: no pages).
    """
    began = time.monotonic()
    figures = patient(_render, library)(library)
    mend = figures.pop("mend", "")
    return Receipt("render_pages", "skipped" if mend else "done", figures, time.monotonic() - began, mend)


def _bring_up_to_date(here: Opened, site: PageFolder, albums: list[AlbumNow]) -> dict[str, Any]:
    site.prepare()
    material = _material(here, site, albums)
    before, n_made = site.thumbs(), 0
    # A picture that turns out to be unreadable may have been a cover: then another one stands for its album.
    while True:
        wanted = wanted_thumbs(albums, material)
        missing = {path: shown for path, shown in wanted.items() if path not in before}
        failed = _make_thumbs(here, site, missing)
        n_made += sum(photo.content_key not in failed for photo, _ in missing.values())
        before |= missing.keys()
        if not failed:
            break
        material = replace(material, without_thumb={*material.without_thumb, *failed})
    views = album_views(albums, material)
    result = render_site(views, site.write, site.read, _called(here), site.pages())
    unused = sorted(site.thumbs() - wanted.keys())
    return {
        "albums": len(views),
        "written": len(result.written),
        "unchanged": result.unchanged,
        "thumbs": n_made,
        "removed": site.remove([*result.stale, *unused]),
        "unreadable": len(set(material.without_thumb)),
        "index": str(site.index),
    }


def _called(here: Opened) -> str:
    """Return what a person calls the library: its name in the settings, else the folder's own."""
    path = here.config.path
    return path.name if path and here.name.startswith(FOLDER) else here.name


def _material(here: Opened, site: PageFolder, albums: Iterable[AlbumNow]) -> Material:
    members = {photo for album in albums for photo in album.members}
    photos = here.store.photos.get(here.name, members)
    keys = [photo.content_key for photo in photos.values()]
    return Material(
        photos=photos,
        events=here.store.events.all(here.name),
        origins={photo: position.origin for photo, position in here.store.positions.all(here.name).items()},
        originals=dict(_originals(here.gallery, site, photos)),
        without_thumb=frozenset(here.store.problems.among(keys, *THUMBNAIL)),
        piles=here.config.albums.piles == "sections",
        cover_reasons=_cover_reasons(here),
    )


def _cover_reasons(here: Opened) -> dict[str, str]:
    """Return why photos became covers of ours, by their ids, as far as that is because they match what the user likes.

    A cover that the user chose stands for their own reasons.
    """
    photos = {photo.id: photo for photo in here.store.photos.all(here.name)}
    names = {id_: photo.name for id_, photo in photos.items()}
    theirs = {album.cover for album in here.store.ledger.load(here.name).albums.values() if album.user_cover}
    reasons = {one.chosen.photo: cover_reason(one.chosen, names) for one in covers_of(here, photos)}
    return {photo: reason for photo, reason in reasons.items() if reason and photo not in theirs}


def _originals(gallery: Gallery, site: PageFolder, photos: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Yield the originals' paths from the pages; a photo that is gone since has none."""
    for photo in photos:
        if isinstance(gallery, FolderGallery):
            with suppress(PhotoGone):
                yield photo, Path(os.path.relpath(gallery.path_of(photo), site.folder)).as_posix()


def _make_thumbs(here: Opened, site: PageFolder, missing: Mapping[str, tuple[Photo, int]]) -> dict[str, str]:
    """Make small pictures, decoding each photo once; return the reason for each content that cannot be shown."""
    sizes: dict[str, dict[str, int]] = {}
    photos: dict[str, Photo] = {}
    for path, (photo, px) in missing.items():
        sizes.setdefault(photo.content_key, {})[path] = px
        photos[photo.content_key] = photo
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="thumbs") as pool:
        found = pool.map(lambda key: _try_one(here.gallery, site, photos[key], sizes[key]), sizes)
        failed = {key: problem for key, problem in zip(sizes, found, strict=True) if problem is not None}
    broken = [(key, reason) for key, (reason, for_good) in failed.items() if for_good]
    here.store.problems.record(*THUMBNAIL, broken)
    return {key: reason for key, (reason, _) in failed.items()}


def _try_one(gallery: Gallery, site: PageFolder, photo: Photo, sizes: Mapping[str, int]) -> tuple[str, bool] | None:
    """Make the small pictures of one photo; else say why not, and whether that holds until its content changes."""
    try:
        image = decoders().decode(gallery.preview(photo, max(sizes.values())).source)[0].picture
    except (PhotoGone, NotReady, PictureNotThere) as error:
        return str(error), False
    except UnreadablePicture as error:
        return str(error), True
    for path, px in sizes.items():
        site.write(path, thumbnail(image, px))
    return None
