"""A writer to a fake PhotoPrism, and what tests look at when it has written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from fakes.photoprism import FakePhotoPrism
from fakes.photoprism.records import Album

from plugins.changes import Change, Outcome, PersonChange
from plugins.galleries import GalleryError
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


def ends_of(
    changes: Callable[[list[str]], Sequence[Change]], version: str, folder: Path, kind: str = ""
) -> list[dict[str, Any]]:
    """Make changes to a library of five photos, each in processes of its own; return all that is there after each.

    With a kind of fault each change is begun by runs that die at its first request, its second, and so on, before it
    is made to the end.
    """
    found = []
    with FakePhotoPrism(version) as server:
        for change in changes(server.add_photos(5)):
            nth = 1
            while kind and dies_at(server, folder, change, nth, kind):
                nth += 1
            assert open_writer(server, folder).apply(change).status in {"done", "already", "gone"}, change
            found.append(plain(server))
    return found


def dies_at(server: FakePhotoPrism, folder: Path, change: Change, nth: int, kind: str) -> bool:
    """Make a change in a run that gets no further than its n-th request; say whether there was such a one."""
    begun = len(server.requests)

    def watch(method: str, path: str, number: int) -> None:
        server.faults(nth, rate=1.0 if number >= begun + nth else 0.0, kinds=[kind], hold_s=0.0)

    server.before_request = watch
    try:
        open_writer(server, folder, attempts=1).apply(change)
    except GalleryError:
        return True
    finally:
        server.before_request = None
        server.faults(0, rate=0.0)
    return False


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
