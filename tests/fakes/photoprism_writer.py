"""A writer to a fake PhotoPrism, and what tests look at when it has written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fakes.photoprism import FakePhotoPrism
from fakes.photoprism.records import Album

from plugins.changes import Outcome, PersonChange
from plugins.galleries.http.patience import Patience
from plugins.galleries.photoprism.client import Client, connect
from plugins.galleries.photoprism.known import Known
from plugins.galleries.photoprism.reading import Reader
from plugins.galleries.photoprism.writing import Writer


class NobodysPeople:
    """Makes no change to people, for tests of all others."""

    def apply(self, change: PersonChange) -> Outcome:
        raise AssertionError(f"{change} is no change to an album or to labels")


def open_client(server: FakePhotoPrism, attempts: int = 4) -> Client:
    """Return a client of a fake server that repeats after a millisecond."""
    return Client(connect(server.url), server.token, patience=Patience(attempts, backoff_s=0.001))


def open_writer(server: FakePhotoPrism, folder: Path, attempts: int = 4) -> Writer:
    """Return a writer, as a new process would have one; `folder` holds what it remembers of those before."""
    client, known = open_client(server, attempts), Known(folder / "known.db")
    reader = Reader(client, known)
    return Writer(client, reader, known, NobodysPeople(), reader.ways)


def writes(server: FakePhotoPrism) -> list[str]:
    """Return the requests so far that were to change something: method and path, ids left out."""
    return [f"{seen.method} {_plain(seen.path)}" for seen in server.requests if seen.method != "GET"]


def _plain(path: str) -> str:
    parts = path.removeprefix("/api/v1").split("/")
    return "/".join("…" if len(part) == 16 or part.isdigit() else part for part in parts)


def only_album(server: FakePhotoPrism) -> Album:
    (album,) = [album for album in server.state.albums.values() if not album.deleted]
    return album


def plain(server: FakePhotoPrism) -> dict[str, Any]:
    """Return all that the server holds, but for rows of memberships that nobody sees, and covers that it picks."""
    dump = server.dump()
    albums = [{**a, "hidden": [], "cover": a["cover"] if a["cover_src"] else ""} for a in dump["albums"]]
    return {**dump, "albums": albums}


def rows_of(server: FakePhotoPrism, photo: str) -> list[tuple[str, str, int]]:
    """Return name, source and uncertainty of each row of a label on a photo."""
    found = server.state.photos[photo].labels.values()
    return sorted((server.state.labels[row.label].name, row.src, row.uncertainty) for row in found)


def labels(server: FakePhotoPrism) -> list[set[str]]:
    """Return the names of the labels of each photo, without blocked ones."""
    return [server.labels_of(photo) for photo in server.state.photos]
