"""A library on a fake Immich with its store beside it; every run opens both anew, as another process would."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from fakes.immich import FakeImmich
from fakes.immich.server import Seen

from plugins.drawn import drawn_face
from plugins.galleries.http.patience import Patience
from plugins.galleries.immich import Plugin
from plugins.galleries.immich.client import connect
from plugins.galleries.immich.waiting import Pace
from plugins.publishing.apply import Applied
from plugins.publishing.plan import Plan
from plugins.publishing.session import UNDO, Publishing
from plugins.publishing.wanted import Wanted, WantedAlbum, natural_key
from plugins.publishing.wanted_people import WantedPeople, WantedPerson
from plugins.records import Photo
from plugins.settings import Settings
from plugins.store import Store, open_store

LIBRARY = "served"
N = 40
LONG_AGO = datetime(2024, 6, 1, tzinfo=UTC)
"""When the photos came to the server: one that is new there is not tagged for some minutes."""
CURATE = "curate"
QUICK = Pace(poll_s=0.002, quiet_polls=10, limit_s=20.0)
Means = Callable[[Sequence[str]], Wanted]
"""What a run wants, by the ids of the photos in time order."""


def serve(version: str = "3.1.0", n: int = N) -> FakeImmich:
    """Return a server, not running yet, with so many photos of one user; the same one each time."""
    server = FakeImmich(version, seed=7)
    server.add_photos(n, created=LONG_AGO, updated=LONG_AGO)
    server.job_delay_s = 0.002
    return server


def with_things_of_the_users(server: FakeImmich, photos: Sequence[str]) -> None:
    """Let the user have had an album, tags and favourites before; two of the tags are some that we will want."""
    server.set_cover(server.add_album("Grandma", photos[12:18], "for the wall"), photos[14])
    server.tag("Portugal", photos[3], photos[38])
    server.tag("Auto/Repair shop", photos[35])
    server.favourite(photos[0], photos[7])
    server.idle()


def event(photos: Sequence[str], title: str, cover: int, text: str = "Alfama; Belém") -> WantedAlbum:
    """Return an album of these photos, shown by one of them."""
    return WantedAlbum(natural_key("event", photos[0]), "event", title, text, tuple(photos), photos[cover])


def four_albums(photos: Sequence[str]) -> Wanted:
    """Return four albums of ten photos each, and tags of which several photos have the same, some all and some none."""
    titles = ("Lisbon", "Grandma’s 80th", "Hamburg with Anna", "Vienna, Saturday 15 June 2024")
    albums = [event(photos[10 * n : 10 * n + 10], title, 2 * n) for n, title in enumerate(titles)]
    tags = {(p, tag) for p in photos[:10] for tag in ("Lisbon", "Portugal")}
    tags |= {(p, tag) for p in photos[20:27] for tag in ("Hamburg", "Germany", "Auto/Harbour")}
    tags |= {(p, "Germany") for p in photos[27:30]} | {(p, "sky") for p in photos[5:25:5]} | {(photos[30], "Sky")}
    return Wanted(tuple(reversed(albums)), frozenset(tags))


def grown(photos: Sequence[str]) -> Wanted:
    """Return the same albums after more was found out: another title, text and cover, moved photos, other tags."""
    first = four_albums(photos)
    vienna, hamburg, grandma, lisbon = first.albums
    lisbon = event(photos[:11], "Lisbon, 3–4 May", 4, "Alfama; Belém; Sintra")
    grandma = WantedAlbum(grandma.key, "event", grandma.title, grandma.description, photos[11:20], photos[12])
    tags = {(p, t) for p, t in first.tags or () if t != "sky"} | {(photos[30], "Vienna"), (photos[1], "tram")}
    return Wanted((vienna, hamburg, grandma, lisbon), frozenset(tags))


def with_faces(server: FakeImmich) -> None:
    """Let the server have found a face of nobody in every second photo of the first eight."""
    for photo in list(server.state.assets)[1:8:2]:
        server.add_face(photo, (64, 48, 192, 192))


def people(photos: Sequence[str]) -> Wanted:
    """Return two new people of four faces each, of which the server has found half."""
    faces = [drawn_face(photo, (0.1, 0.1, 0.3, 0.4)) for photo in photos[:8]]
    made = [
        WantedPerson(f"person-{n:012}", name, tuple(faces[4 * n : 4 * n + 4])) for n, name in enumerate(("", "Ben"))
    ]
    return Wanted(people=WantedPeople(tuple(made)))


def many_albums(photos: Sequence[str]) -> Wanted:
    """Return an album for every forty photos, and one or two of seven tags on most photos."""
    albums = [event(photos[n : n + 40], f"Week {n // 40}", 7) for n in range(0, len(photos), 40)]
    tags = {(p, f"place {n % 7}") for n, p in enumerate(photos)} | {(p, "all") for p in photos[::3]}
    return Wanted(tuple(albums), frozenset(tags))


@dataclass
class Done:
    """What a run planned and what became of it."""

    run: str
    plan: Plan
    applied: Applied
    warnings: tuple[str, ...]


@dataclass
class Served:
    """One library: the server's address, the key, and the folder of the store."""

    url: str
    key: str
    data: Path
    attempts: int = 4

    @contextmanager
    def opened(self) -> Iterator[tuple[Store, Plugin]]:
        with open_store(Settings(data_dir=self.data)) as store, self.gallery() as gallery:
            yield store, gallery

    def gallery(self) -> Plugin:
        http = connect(self.url, self.key)
        return Plugin(http, self.data / "immich", ZoneInfo("UTC"), Patience(self.attempts, 0.001), QUICK)

    def run(self, means: Means = four_albums, meanwhile: Callable[[], object] = lambda: None) -> Done:
        """Curate: read, plan and apply, as the flow does; `meanwhile` happens between the plan and the apply."""
        with self.opened() as (store, gallery):
            photos = self._swept(store, gallery)
            run = store.runs.start(LIBRARY, CURATE)
            publishing = Publishing(store, LIBRARY, gallery)
            plan = publishing.plan(run, means([photo.id for photo in photos]))
            meanwhile()
            return Done(run, plan, publishing.apply(run), tuple(gallery.warnings()))

    def undo(self, of: str) -> Applied:
        """Take a run back."""
        with self.opened() as (store, gallery):
            self._swept(store, gallery)
            run = store.runs.start(LIBRARY, UNDO, undoes=of)
            publishing = Publishing(store, LIBRARY, gallery)
            publishing.plan_undo(run, of)
            return publishing.apply(run)

    def _swept(self, store: Store, gallery: Plugin) -> list[Photo]:
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

    `empty` is a store in which nothing was done yet; `points` is the number of requests of each run, `first_write` that
    of its first request that changes something.
    """

    def __init__(self, place: Path) -> None:
        self.empty = place / "empty"
        self.ends: dict[str, tuple[Any, Any]] = {}
        self.points: dict[str, int] = {}
        self.first_write: dict[str, int] = {}
        with serve() as server:
            # Makes the store: its migrations are not what is tested.
            Served(server.url, server.key, self.empty).memory()
            library = self.begin(server, place)
            for name, means in (("first", four_albums), ("grown", grown)):
                self._run(server, library, name, means)
        with serve() as server:
            with_faces(server)
            self._run(server, self.begin(server, place / "people"), "people", people)

    def _run(self, server: FakeImmich, library: Served, name: str, means: Means) -> None:
        before = len(server.requests)
        library.run(means)
        self.ends[name] = server.dump(), library.memory()
        self.points[name] = len(server.requests) - before
        asked = range(before, len(server.requests))
        self.first_write[name] = next(n for n in asked if is_write(server.requests[n])) - before + 1

    def begin(self, server: FakeImmich, place: Path) -> Served:
        """Return a library that was never curated."""
        return Served(server.url, server.key, Path(shutil.copytree(self.empty, place / "data")))


@contextmanager
def without_waiting_for_the_disk() -> Iterator[None]:
    """Let the store trust the system, which a kill does not take along; only a power cut needs the disk."""

    def relaxed(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA synchronous = OFF")

    sa.event.listen(sa.Engine, "connect", relaxed)
    yield
    sa.event.remove(sa.Engine, "connect", relaxed)


def is_write(seen: Seen) -> bool:
    """Say whether a request may have changed something."""
    return seen.method not in {"GET", "HEAD"} and not seen.path.startswith("/api/search/")


def writes(server: FakeImmich, since: int = 0) -> list[str]:
    """Return the requests that may have changed something, of those from a number on."""
    return [f"{seen.method} {seen.path}" for seen in server.requests[since:] if is_write(seen)]
