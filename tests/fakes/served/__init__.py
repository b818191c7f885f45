"""A library on a fake server with its store beside it; every run opens both anew, as another process would."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from fakes.http.server import FakeServer, Seen
from fakes.served.wanted import Means, four_albums, grown, many_albums, people

from plugins.galleries import Gallery
from plugins.publishing.apply import Applied
from plugins.publishing.plan import Plan
from plugins.publishing.session import UNDO, Publishing
from plugins.records import Photo
from plugins.settings import Settings
from plugins.store import Store, open_store

LIBRARY = "served"
LONG_AGO = datetime(2024, 6, 1, tzinfo=UTC)
"""When the photos came to the server: one that is new there is not tagged for some minutes."""
CURATE = "curate"


@dataclass(frozen=True)
class Kind:
    """A kind of server.

    Args:
        name: what the settings call it.
        serve: returns a server, not running yet, of a version and with so many photos of one user; the same each time.
        open: opens the gallery with a key, a folder for its notes, and so many attempts at each request.
        photos: the ids of a server's photos, in time order.
        with_faces: lets the server have found a face of nobody in every second photo of the first eight.
        with_things_of_the_users: lets the user have had an album, tags and favourites before.
        is_write: says whether a request may have changed something.
        people: what a run wants of people, of eight faces of which the server has found half.
        key: returns what a server's user has made for us.
    """

    name: str
    serve: Callable[..., Any]
    open: Callable[[str, str, Path, int], Gallery]
    photos: Callable[[Any], list[str]]
    with_faces: Callable[[Any], None]
    with_things_of_the_users: Callable[[Any, Sequence[str]], None]
    is_write: Callable[[Seen], bool]
    people: Means = people
    key: Callable[[Any], str] = lambda server: server.key

    def means(self, name: str) -> Means:
        """Return what a run wants, by its name."""
        return {"first": four_albums, "grown": grown, "many": many_albums, "people": self.people}[name]

    def library(self, server: Any, data: Path) -> Served:
        """Return the library of a server's user; its store is, or will be, in a folder."""
        return Served(self, server.url, self.key(server), data)

    def writes(self, server: FakeServer, since: int = 0) -> list[str]:
        """Return the requests that may have changed something, of those from a number on."""
        return [f"{seen.method} {seen.path}" for seen in server.requests[since:] if self.is_write(seen)]


@dataclass
class Done:
    """What a run planned and what became of it."""

    run: str
    plan: Plan
    applied: Applied
    warnings: tuple[str, ...]


@dataclass
class Served:
    """One library: the kind of its server, the address, the key, and the folder of the store."""

    kind: Kind
    url: str
    key: str
    data: Path
    attempts: int = 4

    @contextmanager
    def opened(self) -> Iterator[tuple[Store, Gallery]]:
        with open_store(Settings(data_dir=self.data)) as store, self.gallery() as gallery:
            yield store, gallery

    def gallery(self) -> Gallery:
        return self.kind.open(self.url, self.key, self.data / "notes", self.attempts)

    def run(self, means: Means = four_albums, meanwhile: Callable[[], object] = lambda: None) -> Done:
        """Curate: read, plan and apply, as the flow does; `meanwhile` happens between the plan and the apply."""
        with self.opened() as (store, gallery):
            photos = self._swept(store, gallery)
            run = store.runs.start(LIBRARY, CURATE)
            publishing = Publishing(store, LIBRARY, gallery)
            plan = publishing.plan(run, means([photo.id for photo in photos]))
            meanwhile()
            return Done(run, plan, publishing.apply(run), tuple(gallery.warnings()))

    def undo(self, of: str, kind: str = UNDO) -> Applied:
        """Take a run back, in one of the two kinds."""
        with self.opened() as (store, gallery):
            self._swept(store, gallery)
            run = store.runs.start(LIBRARY, kind, undoes=of)
            publishing = Publishing(store, LIBRARY, gallery)
            publishing.plan_undo(run, of)
            return publishing.apply(run)

    def _swept(self, store: Store, gallery: Gallery) -> list[Photo]:
        store.photos.replace(LIBRARY, gallery.photos())
        return sorted(store.photos.all(LIBRARY), key=lambda photo: (photo.taken_at, photo.id))

    def memory(self) -> dict[str, Any]:
        """Return what we remember of the library, without the server's ids of albums."""
        with open_store(Settings(data_dir=self.data)) as store:
            ledger = store.ledger.load(LIBRARY)
            return {
                "albums": {
                    key: (a.state, a.title, a.description, a.cover, a.touched, sorted(a.members.items()))
                    for key, a in sorted(ledger.albums.items())
                },
                "tags": sorted(ledger.tags.items()),
                "people": sorted((p.key, p.name, p.state) for p in ledger.people.values()),
                "faces": sorted((*pair, face.state) for pair, face in ledger.faces.items()),
                "pending": [repr(entry.change) for entry in store.journal.pending(LIBRARY)],
            }


class Undisturbed:
    """How the server and our memory are after a first run, and after one that has found out more, if all goes well.

    `empty` is a store in which nothing was done yet; `points` is the number of requests of each run, `writes` the
    numbers of those that change something.
    """

    def __init__(self, kind: Kind, place: Path) -> None:
        self.kind = kind
        self.empty = place / "empty"
        self.ends: dict[str, tuple[Any, Any]] = {}
        self.points: dict[str, int] = {}
        self.writes: dict[str, list[int]] = {}
        with kind.serve() as server:
            # Makes the store: its migrations are not what is tested.
            kind.library(server, self.empty).memory()
            library = self.begin(server, place)
            for name, means in (("first", four_albums), ("grown", grown)):
                self._run(server, library, name, means)
        with kind.serve() as server:
            kind.with_faces(server)
            self._run(server, self.begin(server, place / "people"), "people", kind.people)

    def _run(self, server: FakeServer, library: Served, name: str, means: Means) -> None:
        before = len(server.requests)
        library.run(means)
        self.ends[name] = server.dump(), library.memory()
        self.points[name] = len(server.requests) - before
        asked = enumerate(server.requests[before:], start=1)
        self.writes[name] = [number for number, seen in asked if self.kind.is_write(seen)]

    def begin(self, server: FakeServer, place: Path) -> Served:
        """Return a library that was never curated."""
        return self.kind.library(server, Path(shutil.copytree(self.empty, place / "data")))


@contextmanager
def without_waiting_for_the_disk() -> Iterator[None]:
    """Let the store trust the system, which a kill does not take along; only a power cut needs the disk."""

    def relaxed(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA synchronous = OFF")

    sa.event.listen(sa.Engine, "connect", relaxed)
    yield
    sa.event.remove(sa.Engine, "connect", relaxed)
