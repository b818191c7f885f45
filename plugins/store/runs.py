"""Runs: every execution, by an id that sorts by time and that a person can type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeAlias

import sqlalchemy as sa

from plugins.store.database import Database
from plugins.store.tables import runs

RunStatus: TypeAlias = Literal["running", "done", "failed", "stopped"]
_MINUTE = "%Y%m%d-%H%M"


class UnknownRun(LookupError):
    """The library has no such run: choose one that `albumen status` lists."""


@dataclass(frozen=True, slots=True)
class Run:
    """One execution; `undoes` is the run that it takes back, or empty; `summary` is plain JSON data."""

    id: str
    library: str
    kind: str
    status: RunStatus
    started_at: datetime
    finished_at: datetime | None = None
    undoes: str = ""
    summary: Mapping[str, Any] = field(default_factory=dict)


class Runs:
    """The runs of each library."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, library: str, kind: str, undoes: str = "") -> str:
        """Note that a run begins, and return its id."""
        now = datetime.now(UTC)
        with self._database.transaction() as connection:
            id_ = next_id(connection.scalar(sa.select(sa.func.max(runs.c.id))), now)
            row = {"id": id_, "library": library, "kind": kind, "status": "running", "undoes": undoes}
            connection.execute(runs.insert(), [{**row, "started_at": now, "summary": {}}])
        return id_

    def end_abandoned(self, library: str) -> int:
        """Note that runs which were never finished were stopped; for who holds the library's lock. Return how many."""
        of_these = (runs.c.library == library, runs.c.status == "running")
        with self._database.transaction() as connection:
            ended = runs.update().where(*of_these).values(status="stopped", finished_at=datetime.now(UTC))
            return connection.execute(ended).rowcount

    def finish(self, run: str, status: RunStatus, summary: Mapping[str, Any]) -> None:
        """Note how a run ended, with its figures as plain JSON data."""
        values = {"status": status, "finished_at": datetime.now(UTC), "summary": dict(summary)}
        with self._database.transaction() as connection:
            if connection.execute(runs.update().where(runs.c.id == run).values(**values)).rowcount != 1:
                raise UnknownRun(f"there is no run {run!r}")

    def note(self, run: str, summary: Mapping[str, Any]) -> None:
        """Keep what is known of a run so far, as plain JSON data; a run that is killed keeps it."""
        with self._database.transaction() as connection:
            connection.execute(runs.update().where(runs.c.id == run).values(summary=dict(summary)))

    def get(self, library: str, run: str) -> Run:
        """Return one run.

        Raises:
            UnknownRun: the library has none of this id; the text names its last ones.
        """
        query = sa.select(runs).where(runs.c.library == library, runs.c.id == run)
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            last = ", ".join(known.id for known in self.list(library, limit=5)) or "none yet"
            raise UnknownRun(f"library {library!r} has no run {run!r}; its last runs: {last}")
        return Run(**row)

    def libraries(self) -> set[str]:
        """Return the libraries that have runs."""
        with self._database.reading() as connection:
            return set(connection.scalars(sa.select(runs.c.library).distinct()))

    def list(self, library: str, limit: int | None = None, offset: int = 0) -> list[Run]:
        """Return the runs of a library, newest first, at most `limit` beyond `offset`."""
        query = sa.select(runs).where(runs.c.library == library).order_by(runs.c.id.desc())
        query = query.limit(limit).offset(offset) if limit is not None else query
        with self._database.reading() as connection:
            return [Run(**row) for row in connection.execute(query).mappings()]

    def count(self, library: str) -> int:
        """Return how many runs there are."""
        query = sa.select(sa.func.count()).select_from(runs).where(runs.c.library == library)
        with self._database.reading() as connection:
            return connection.scalar(query) or 0

    def undone(self, library: str, ids: Iterable[str]) -> dict[str, str]:
        """Return by which run each of some runs was taken back; those that were not are left out."""
        taken = (runs.c.library == library, runs.c.undoes.in_(list(ids)), runs.c.status == "done")
        query = sa.select(runs.c.undoes, runs.c.id).where(*taken).order_by(runs.c.id)
        with self._database.reading() as connection:
            return {row.undoes: row.id for row in connection.execute(query)}


def next_id(last: str | None, now: datetime) -> str:
    """Return an id such as 20261121-2231-a3 that sorts behind `last`, also when a clock was set back."""
    fresh = f"{now:{_MINUTE}}-00"
    if last is None or last < fresh:
        return fresh
    minute, number = last.rsplit("-", 1)
    if int(number, 16) < 255:
        return f"{minute}-{int(number, 16) + 1:02x}"
    return f"{datetime.strptime(minute, _MINUTE).replace(tzinfo=UTC) + timedelta(minutes=1):{_MINUTE}}-00"
