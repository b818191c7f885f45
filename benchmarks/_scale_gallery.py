"""A gallery in one SQLite file that answers from what was applied to it, and counts what it is asked."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

from benchmarks._scale_writing import Writer
from plugins.changes import AssignFace, Change, Outcome, UnassignFace
from plugins.galleries import Capabilities, Gallery, PhotoGone, Poster, Problem, TextKind
from plugins.galleries.requests_made import note_request
from plugins.records import Account, Album, Box, Marker, Person, Photo, Position, Preview, Region, Signals

if TYPE_CHECKING:
    from plugins.settings import LibrarySettings

FILE: Final = "gallery.db"
BLOCK: Final = 1_000
"""Photos whose faces are read in one go: runs ask in order of time, and so are photos numbered."""
BLOCKS: Final = 8
LOCAL: Final = timedelta(hours=1)
SCHEMA: Final = """
CREATE TABLE photos (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL, taken_us INTEGER NOT NULL, lat REAL, lon REAL,
    tags TEXT NOT NULL, rating INTEGER NOT NULL, favourite INTEGER NOT NULL
);
CREATE TABLE faces (
    photo INTEGER NOT NULL, face INTEGER NOT NULL, box TEXT NOT NULL, person TEXT NOT NULL,
    PRIMARY KEY (photo, face)
) WITHOUT ROWID;
CREATE INDEX faces_person ON faces (person);
CREATE TABLE people (id TEXT PRIMARY KEY, key TEXT NOT NULL, name TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX people_key ON people (key);
CREATE TABLE tags (tag TEXT NOT NULL, photo INTEGER NOT NULL, PRIMARY KEY (tag, photo)) WITHOUT ROWID;
CREATE TABLE albums (
    id INTEGER PRIMARY KEY, key TEXT UNIQUE, kind TEXT NOT NULL, title TEXT NOT NULL, description TEXT NOT NULL,
    cover INTEGER
);
CREATE TABLE members (
    place INTEGER PRIMARY KEY, album INTEGER NOT NULL, photo INTEGER NOT NULL, UNIQUE (album, photo)
);
CREATE TABLE calls (name TEXT PRIMARY KEY, n INTEGER NOT NULL);
"""


class Known(NamedTuple):
    """A face that the gallery knows."""

    number: int
    box: Box
    person: str


def photo_id(number: int) -> str:
    """Return the id of a photo."""
    return f"p{number:08d}"


def number_of(photo: str) -> int:
    """Return the number of a photo from its id."""
    return int(photo[1:])


def album_id(number: int) -> str:
    """Return the id of an album."""
    return f"a{number}"


class Plugin(Gallery):
    """Answers as a server that finds faces by itself, without the way over the network."""

    capabilities = Capabilities(people=True, finds_faces=True, open_changes=100)  # it answers faster than a commit

    def __init__(self, file: Path) -> None:
        self._database = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._database.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;")
        self._calls: Counter[str] = Counter()
        self._writer = Writer(self._database)
        self._faces_of = lru_cache(BLOCKS)(self._read_faces)

    @classmethod
    def of(cls, library: LibrarySettings, data_dir: Path) -> Self:
        """Return the gallery of a library, in its folder."""
        return cls((library.path or data_dir) / FILE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._database.executemany(
            "INSERT INTO calls VALUES (?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n", list(self._calls.items())
        )
        self._calls.clear()
        self._database.close()

    def _asked(self, what: str) -> None:
        self._calls[what] += 1
        note_request()

    def _all(self, query: str, *values: Any) -> list[Any]:
        return self._database.execute(query, values).fetchall()

    @property
    def problems(self) -> Sequence[Problem]:
        """Return nothing: all can be read."""
        return ()

    def account(self) -> Account:
        """Say whose library this is."""
        return Account("scale", "scale", "counting")

    def photos(self, changed_since: datetime | None = None) -> Iterator[Photo]:
        """Yield the photos in order of time; none has changed since any time."""
        if changed_since is not None:
            return
        self._asked("photos")
        cursor = self._database.execute("SELECT * FROM photos ORDER BY number")
        for number, key, taken_us, lat, lon, tags, rating, favourite in cursor:
            taken_at = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=taken_us)
            yield Photo(
                id=photo_id(number),
                name=f"{taken_at:%Y}/IMG_{number:08d}.jpg",
                taken_at=taken_at,
                taken_local=(taken_at + LOCAL).replace(tzinfo=None),
                content_key=key,
                owner="scale",
                position=None if lat is None else Position(lat, lon, 10.0),
                width=4_000,
                height=3_000,
                camera="Simulated",
                tags=tuple(json.loads(tags)),
                rating=rating,
                favourite=bool(favourite),
            )

    def newer(self, since: datetime) -> bool:  # noqa: ARG002 (the contract's)
        """Say that none is."""
        return False

    def preview(self, photo: Photo, min_px: int) -> Preview:  # noqa: ARG002 (the contract's)
        """Say that there is no picture."""
        raise PhotoGone(f"{photo.id} has no picture: all that is made of it is in the store")

    def video(self, photo: Photo, most_bytes: int) -> Path | bytes | None:  # noqa: ARG002 (the contract's)
        """Say that there is no video."""
        raise PhotoGone(f"{photo.id} is no video")

    def regions(self, photo: Photo) -> Sequence[Region]:
        """Return the faces of somebody."""
        return [region for region in self._regions(photo) if region.person]

    def regions_of_people(self, photos: Iterable[Photo]) -> Iterator[tuple[Photo, Sequence[Region]]]:
        """Yield photos with the faces that `regions` gives."""
        return ((photo, self.regions(photo)) for photo in photos)

    def all_regions(self, photos: Iterable[Photo]) -> Iterator[tuple[Photo, Sequence[Region]]]:
        """Yield photos with all faces in them."""
        for photo in photos:
            yield photo, self._regions(photo)

    def _regions(self, photo: Photo) -> list[Region]:
        number = number_of(photo.id)
        faces, names = self._faces_of(number // BLOCK), self._names()
        return [
            Region(photo.id, face.box, names.get(face.person, ""), f"{photo.id}#{face.number}", face.person)
            for face in faces.get(number, ())
        ]

    def _read_faces(self, block: int) -> dict[int, list[Known]]:
        self._asked("faces of a thousand photos")
        query = "SELECT photo, face, box, person FROM faces WHERE photo >= ? AND photo < ?"
        found: dict[int, list[Known]] = {}
        for photo, face, box, person in self._database.execute(query, (block * BLOCK, (block + 1) * BLOCK)):
            left, top, right, bottom = json.loads(box)
            found.setdefault(photo, []).append(Known(face, (left, top, right, bottom), person))
        return found

    def _names(self) -> Mapping[str, str]:
        if self._writer.names is None:
            self._writer.names = dict(self._all("SELECT id, name FROM people"))
        return self._writer.names

    def people(self) -> Sequence[Person]:
        """Return the people."""
        self._asked("people")
        return [Person(id_, name) for id_, name in self._all("SELECT id, name FROM people ORDER BY id")]

    def tags(self) -> Sequence[str]:
        """Return the tags in use."""
        self._asked("tags")
        return [tag for (tag,) in self._all("SELECT DISTINCT tag FROM tags ORDER BY tag")]

    def tagged(self, tag: str) -> Sequence[str]:
        """Return the photos that carry a tag."""
        self._asked("tagged")
        return [photo_id(n) for (n,) in self._all("SELECT photo FROM tags WHERE tag = ? ORDER BY photo", tag)]

    def tagged_among(self, tags: Collection[str], photos: Collection[str]) -> Mapping[str, frozenset[str]]:
        """Return which of these photos carry each of these tags."""
        return {tag: frozenset(self.tagged(tag)) & frozenset(photos) for tag in tags}

    def tag_regions(self) -> Mapping[tuple[str, str], Box | None]:
        """Return nothing: there are no regions of tags."""
        return {}

    def posters(self, gone: Iterable[str] = ()) -> Mapping[str, Poster]:  # noqa: ARG002 (the contract's)
        """Return nothing: there are no videos."""
        return {}

    def albums(self) -> Sequence[Album]:
        """Return all albums."""
        self._asked("albums")
        rows = self._all("SELECT id, key, kind, title, description, cover FROM albums ORDER BY id")
        return [
            Album(
                album_id(id_),
                title,
                description,
                None if cover is None else photo_id(cover),
                None if key is None else Marker(kind, key),
            )
            for id_, key, kind, title, description, cover in rows
        ]

    def members(self, album: str) -> Sequence[str]:
        """Return the photos of an album."""
        self._asked("members")
        rows = self._all("SELECT photo FROM members WHERE album = ? ORDER BY place", number_of(album))
        return [photo_id(number) for (number,) in rows]

    def dropped(self, album: str) -> frozenset[str]:  # noqa: ARG002 (the contract's)
        """Return nothing: nothing is taken out by itself."""
        return frozenset()

    def as_kept(self, kind: TextKind, text: str) -> str:  # noqa: ARG002 (the contract's)
        """Return the text."""
        return text

    def signals(self) -> Signals:
        """Return what the user likes."""
        self._asked("signals")
        return Signals(
            frozenset(photo_id(n) for (n,) in self._all("SELECT number FROM photos WHERE favourite")),
            tuple((photo_id(n), r) for n, r in self._all("SELECT number, rating FROM photos WHERE rating")),
            tuple(
                (album_id(id_), photo_id(cover))
                for id_, cover in self._all("SELECT id, cover FROM albums WHERE cover IS NOT NULL")
            ),
        )

    def apply(self, change: Change) -> Outcome:
        """Make a change."""
        self._asked(type(change).__name__)
        outcome = self._writer.apply(change)
        if isinstance(change, AssignFace | UnassignFace):
            self._faces_of.cache_clear()
        return outcome

    def digested(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        """Make them again: what is there already stays."""
        return [self.apply(change) for change in changes]

    def warnings(self) -> Sequence[str]:
        """Return nothing."""
        return ()
