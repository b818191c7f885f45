"""A folder of photos as a gallery: photos are only read, albums and people are text files, tags are XMP sidecars."""

from __future__ import annotations

import errno
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo

import tzlocal

from plugins.atomic import remove_leftovers
from plugins.changes import Change, Outcome, RegionChange, SetPoster, TagChange
from plugins.features.exif_fields import LONGEST
from plugins.galleries import Capabilities, GalleryRefused, Poster, TextKind
from plugins.galleries.folder.catalogue import AlbumFile, Catalogue
from plugins.galleries.folder.disk_errors import translated
from plugins.galleries.folder.holders import BY_NAME
from plugins.galleries.folder.index import load_index
from plugins.galleries.folder.paths import PathBook
from plugins.galleries.folder.people import PeopleFile
from plugins.galleries.folder.posters import FolderPosters
from plugins.galleries.folder.reading import FolderReader
from plugins.galleries.folder.sidecar import ALBUMEN, BrokenSidecar, SidecarFields, parse_xmp, read_bytes
from plugins.galleries.folder.sidecar_places import SidecarPlaces
from plugins.galleries.folder.state import INSIDE, check_state, prepare_state, state_of
from plugins.galleries.folder.tag_words import said_by
from plugins.galleries.folder.walking import Problem
from plugins.galleries.folder.writing import FolderWriter
from plugins.pictures import upright_box
from plugins.records import Account, Album, Box, Person, Photo, Preview, Region, Signals

if TYPE_CHECKING:
    from plugins.settings import LibrarySettings


class Plugin:
    """The gallery that is a folder; nothing in it is ever changed but `.albumen/` and sidecars.

    Args:
        path: the folder of photos.
        data_dir: where the state of a folder goes that cannot be written.
        zone: the time zone of photos that do not name one; the computer's when None.

    What was read once is kept until the next `photos()`; album files and people are read afresh each time.
    """

    capabilities = Capabilities(people=True, notes=True, draws_regions=True, posters=True, open_changes=8)

    def __init__(self, path: Path, data_dir: Path, zone: ZoneInfo | None = None) -> None:
        self.root = path
        self.state = state_of(path, data_dir)
        self._data_dir = data_dir
        self._reader = FolderReader(path, self.state, zone or tzlocal.get_localzone())
        self._catalogue = Catalogue(self.state / "albums")
        self._people = PeopleFile(self.state / "people.toml", self._reader.regions)
        self._swept: tuple[Photo, ...] | None = None
        self._tags: dict[str, frozenset[str]] | None = None
        self._regions: dict[tuple[str, str], Box | None] = {}
        self._paths: PathBook | None = None
        self._writer: FolderWriter | None = None
        self._wrote_posters = False

    @classmethod
    def of(cls, library: LibrarySettings, data_dir: Path) -> Self:
        """Return the gallery of a library; it is not looked at yet.

        Raises:
            GalleryRefused: the settings name no folder.
        """
        if library.path is None:
            raise GalleryRefused(f'library {library.name!r} has no folder: set its path, such as path = "/srv/photos"')
        return cls(library.path, data_dir, library.zone)

    def __enter__(self) -> Plugin:
        return self

    def __exit__(self, *exc: object) -> None:
        self._forget()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was skipped or not understood, and why: photos, sidecars, and lines of album files."""
        book = self._book()
        try:
            lines = [
                Problem(
                    f"{INSIDE}/albums/{album.id}.toml", f"{text[:LONGEST]!r} is no photo of the folder; the line stays"
                )
                for album in self._catalogue.albums()
                for text in (*album.photos, *((album.cover,) if album.cover else ()))
                if book.id_of(text) is None
            ]
        except GalleryRefused as error:
            lines = [Problem(f"{INSIDE}/albums", str(error))]
        return (*self._reader.problems, *lines)

    def account(self) -> Account:
        """Say which folder this is.

        Raises:
            GalleryRefused: there is no such folder, or it may not be read.
            GalleryUnreachable: its `.albumen/` has gone, as when the disk is not mounted.
        """
        check_state(self.root, self._data_dir)
        root = self.root.resolve()
        return Account(str(root), root.name, "folder")

    def photos(self, changed_since: datetime | None = None) -> Iterator[Photo]:
        """Yield the photos, each with the user's tags only; ours are in `photo_tags`."""
        check_state(self.root, self._data_dir)
        self._forget()
        with translated("the folder could not be read"):
            self._swept = tuple(self._reader.scan())
            # The second pass opens no file: it only picks from the index that the first has just made.
            found = self._swept if changed_since is None else self._reader.scan(changed_since)
        yield from found

    def newer(self, since: datetime) -> bool:
        """Say whether files came, or were changed, since they were last read, or were read anew at or after a time.

        The folder is walked, but no file is opened and nothing is written.
        """
        check_state(self.root, self._data_dir)
        with translated("the folder could not be read"):
            return self._reader.newer(since)

    def preview(self, photo: Photo, min_px: int) -> Preview:  # noqa: ARG002 (the contract's)
        """Return the original, which is at hand here: `min_px` is for galleries that send pictures."""
        return Preview(self._reader.path_of(photo.id), photo.content_key)

    def video(self, photo: Photo, most_bytes: int) -> Path:  # noqa: ARG002 (it is read where it lies)
        """Return where a video lies."""
        return self._reader.path_of(photo.id)

    def path_of(self, photo: str) -> Path:
        """Return where the original of a photo lies now."""
        return self._reader.path_of(photo)

    def regions(self, photo: Photo) -> Sequence[Region]:
        """Return the faces in a photo's metadata and those that `people.toml` names, with whose they are."""
        return next(regions for _, regions in self.all_regions([photo]))

    def all_regions(self, photos: Iterable[Photo]) -> Iterator[tuple[Photo, Sequence[Region]]]:
        """Yield photos with the faces that `regions` gives; the people are read once."""
        with translated("the people could not be read"):
            people = self._people.holders()
        for photo in photos:
            yield photo, people.regions(photo.id, self._reader.regions(photo.id))

    regions_of_people = all_regions

    def people(self) -> Sequence[Person]:
        """Return the people of `people.toml`, then those whom only the photos' metadata name (`name:Anna`)."""
        with translated("the people could not be read"):
            entries = self._people.read()
        known = {entry.name for entry in entries.values()}
        named = {region.name for photo in self._photos() for region in self._reader.regions(photo.id) if region.name}
        ours = [Person(key, entry.name) for key, entry in entries.items()]
        return [*ours, *(Person(f"{BY_NAME}{name}", name) for name in sorted(named - known))]

    def tags(self) -> Sequence[str]:
        """Return all tags in use, the user's and ours, sorted."""
        return sorted(frozenset().union(*self.photo_tags().values()))

    def tagged(self, tag: str) -> Sequence[str]:
        """Return the ids of the photos that carry a tag, whoever set it, sorted.

        A word is also carried by those on which the user has put a tag that ends in it: both are one word to
        programmes that know no levels, and it is never written beside such a tag.
        """
        carried = self.photo_tags()
        users = {photo.id: photo.tags for photo in self._photos() if photo.tags}
        return sorted(p for p, tags in carried.items() if tag in tags or tag in said_by(users.get(p, ())))

    def tagged_among(self, tags: Collection[str], photos: Collection[str]) -> Mapping[str, frozenset[str]]:
        """Return which of these photos carry each of these tags, as `tagged` does; only their sidecars are read.

        Raises:
            GalleryRefused: as `photo_tags`.
        """
        wanted, carried = frozenset(photos), dict[str, frozenset[str]]()
        with translated("the sidecars could not be read"):
            places = self._places()
            for photo in self._photos():
                if photo.id in wanted:
                    ours = _ours(places.of(photo.id)).our_tags
                    carried[photo.id] = frozenset((*photo.tags, *ours, *said_by(photo.tags)))
        return {tag: frozenset(photo for photo, on in carried.items() if tag in on) for tag in tags}

    def photo_tags(self) -> Mapping[str, frozenset[str]]:
        """Return what each photo carries now, the user's tags and ours; photos without tags are left out.

        Raises:
            GalleryRefused: a sidecar with tags of ours in it is broken: whether the user took them off is unknown.
        """
        if self._tags is None:
            with translated("the sidecars could not be read"):
                places = self._places()
                ours = {photo.id: _ours(places.of(photo.id)) for photo in self._photos()}
            carried = {p.id: frozenset((*p.tags, *ours[p.id].our_tags)) for p in self._photos()}
            self._regions = {
                (photo, tag): box and self._upright(photo, box)
                for photo, fields in ours.items()
                for tag, box in fields.our_regions
            }
            self._tags = {photo: tags for photo, tags in carried.items() if tags}
        return self._tags

    def tag_regions(self) -> Mapping[tuple[str, str], Box | None]:
        """Return the regions that we drew, by photo and tag; None for one that somebody has taken away since.

        Raises:
            GalleryRefused: as `photo_tags`.
        """
        self.photo_tags()
        return self._regions

    def posters(self, gone: Iterable[str] = ()) -> Mapping[str, Poster]:
        """Return the posters of videos, by the video's id, as of the last `photos()` and our own changes since."""
        with translated("the posters could not be read"):
            places = self._places()
            on_disk = places.tree is not None or self._wrote_posters
            return self._posters(places).all(gone, None if on_disk else self._reader.posters())

    def _posters(self, places: SidecarPlaces) -> FolderPosters:
        videos = [photo for photo in self._photos() if photo.kind == "video"]
        return FolderPosters(self.root, places.tree, videos, places.book)

    def _upright(self, photo: str, box: Box) -> Box:
        picture = self._reader.stored(photo)
        return upright_box(box, picture.orientation if picture else 1)

    def albums(self) -> Sequence[Album]:
        """Return all albums, ours and the user's.

        Raises:
            GalleryRefused: an album file is broken; the text names file and line, and says what to do.
        """
        check_state(self.root, self._data_dir)
        with translated("the albums could not be read"):
            return [self._album(file) for file in self._catalogue.albums()]

    def members(self, album: str) -> Sequence[str]:
        """Return the photo ids of an album in the order of its file, without lines that mean no photo."""
        with translated("the album could not be read"):
            found = (self._book().id_of(text) for text in self._catalogue.read(album).photos)
            return list(dict.fromkeys(photo for photo in found if photo is not None))

    def dropped(self, album: str) -> frozenset[str]:  # noqa: ARG002 (the contract's)
        """Return nothing: only people edit album files."""
        return frozenset()

    def as_kept(self, kind: TextKind, text: str) -> str:  # noqa: ARG002 (the contract's)
        """Return the text: files keep it as it is."""
        return text

    def signals(self) -> Signals:
        """Return favourites, ratings and the covers of the albums that are the user's own."""
        self._photos()
        covers = tuple((album.id, album.cover) for album in self.albums() if album.cover and album.marker is None)
        return replace(self._reader.signals(), covers=covers)

    def apply(self, change: Change) -> Outcome:
        """Make one change; see `FolderWriter.apply`."""
        check_state(self.root, self._data_dir)
        if self._writer is None:
            with translated("the folder's state could not be written"):
                self._writer = self._prepare()
        if isinstance(change, TagChange | RegionChange):
            self._tags = None
        self._wrote_posters |= isinstance(change, SetPoster)
        return self._writer.apply(change)

    def digested(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        """Make the changes again, those of a killed run; what a folder took it has done."""
        return [self.apply(change) for change in changes]

    def warnings(self) -> Sequence[str]:
        """Return nothing: what is wrong with a folder's files is in `problems`."""
        return ()

    def _prepare(self) -> FolderWriter:
        """Make ready for the first change: the state's folder, files that killed runs left, photos that have moved."""
        prepare_state(self.state, self.root, self._data_dir)
        places = self._places()
        sidecars = {
            (places.tree / photo.id if places.tree else self.root / photo.name).parent for photo in self._photos()
        }
        for folder in (self.state, self._catalogue.folder, *sidecars):
            remove_leftovers(folder)
        self._book().mend(self._catalogue)
        user_tags = {photo.id: said_by(photo.tags) for photo in self._photos() if photo.tags}
        posters = self._posters(places)
        return FolderWriter(self._catalogue, self._people, places, posters, user_tags, self._reader.stored)

    def _album(self, file: AlbumFile) -> Album:
        cover = self._book().id_of(file.cover) if file.cover else None
        return Album(file.id, file.title, file.description, cover, file.marker)

    def _photos(self) -> tuple[Photo, ...]:
        if self._swept is None:
            self._swept = tuple(self._reader.scan())
        return self._swept

    def _book(self) -> PathBook:
        if self._paths is None:
            self._paths = PathBook(self.state / "moved.json", self._photos(), self._ever)
        return self._paths

    def _ever(self) -> frozenset[str]:
        index = load_index(self.state / "index.json")
        return frozenset(known.id for known in index.known) | frozenset(gone.id for gone in index.gone)

    def _places(self) -> SidecarPlaces:
        inside = self.state == self.root / INSIDE
        return SidecarPlaces(self.root, None if inside else self.state / "sidecars", self._book())

    def _forget(self) -> None:
        self._swept = self._tags = self._paths = self._writer = None
        self._wrote_posters = False


def _ours(sidecar: Path) -> SidecarFields:
    """Return the fields of a sidecar in which something is ours; none if there is none, or a broken one never was."""
    try:
        data = read_bytes(sidecar)
    except BrokenSidecar:
        return SidecarFields()
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}:
            return SidecarFields()
        raise
    if not _speaks_of_us(data):
        return SidecarFields()
    try:
        return parse_xmp(data)
    except BrokenSidecar as error:
        raise GalleryRefused(
            f"{sidecar} cannot be read: {error}. Mend or delete it, and run again; nothing is changed until then."
        ) from error


def _speaks_of_us(data: bytes) -> bool:
    """Say whether a sidecar can hold anything of ours; most do not, and are not worth parsing."""
    return ALBUMEN.encode() in data or ALBUMEN.encode("utf-16-le") in data or ALBUMEN.encode("utf-16-be") in data
