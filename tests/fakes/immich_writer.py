"""A writer to a fake Immich that waits milliseconds where a real one waits seconds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fakes.immich import FakeImmich

from plugins.changes import Change, Outcome
from plugins.galleries.http.patience import Patience
from plugins.galleries.immich.client import Client, connect
from plugins.galleries.immich.known import Known
from plugins.galleries.immich.outcomes import is_id
from plugins.galleries.immich.paging import Pages
from plugins.galleries.immich.versions import Version, ways_of
from plugins.galleries.immich.waiting import Pace
from plugins.galleries.immich.writing import Writer
from plugins.galleries.server.our_people import OurPeople

PACE = Pace(poll_s=0.002, quiet_polls=20, limit_s=20.0)
OLD = datetime.now(UTC) - timedelta(days=1)
"""When photos came in that Immich has long worked in."""
READS = ("GET", "HEAD")


def open_client(server: FakeImmich, key: str | None = None) -> Client:
    """Return a client of a fake server that repeats after a millisecond."""
    return Client(connect(server.url, key or server.key), Patience(backoff_s=0.001))


def open_writer(server: FakeImmich, folder: Path, key: str | None = None, pace: Pace = PACE) -> Writer:
    """Return a writer, as a new process would have one."""
    client = open_client(server, key)
    ways = ways_of(Version(*server.version_numbers))
    ours, known = OurPeople(folder / "people.json", is_id), Known(folder / "known.db")
    return Writer(client, Pages(client, lambda: ways).every, lambda: ways, ours, known, pace)


def settled(writer: Writer, change: Change) -> Outcome:
    """Make a change and wait for what became of it."""
    outcome = writer.apply(change)
    return writer.digested([change])[0] if outcome.status == "taken" else outcome


def carried(server: FakeImmich) -> list[set[str]]:
    """Return the tags of each photo, once the server's work is done."""
    server.idle()
    return [server.tags_of(photo) for photo in server.state.assets]


def writes(server: FakeImmich) -> list[str]:
    """Return the requests so far that were to change something: method and path, ids left out."""
    return [
        f"{seen.method} {_plain(seen.path)}"
        for seen in server.requests
        if seen.method not in READS and not seen.path.startswith("/api/search/")
    ]


def _plain(path: str) -> str:
    return "/".join("…" if len(part) == 36 else part for part in path.removeprefix("/api").split("/"))


def after(server: FakeImmich, method: str, part: str, act: Callable[[], object]) -> None:
    """Let something happen once, just before the first request of that method whose path has that part."""
    done: list[int] = []

    def watch(asked: str, path: str, number: int) -> None:
        if asked == method and part in path and not done:
            done.append(number)
            act()

    server.before_request = watch
