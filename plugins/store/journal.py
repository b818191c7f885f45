"""The journal: every write to a gallery before it is made and after; what makes a killed run finish or undo."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal, TypeAlias

import sqlalchemy as sa

from plugins.changes import Change, CreateAlbum, Outcome, RenameAlbum, Status
from plugins.changes_json import from_json, to_json
from plugins.store.database import Database
from plugins.store.plans import Plans
from plugins.store.tables import changes

State: TypeAlias = Literal["planned", "begun", "confirmed"]
"""In the plan; on its way to the gallery, nobody knows whether it arrived; made, or refused."""


# Made once: each takes longer to make than to carry out.
_OF_ENTRY: Final = changes.update().where(changes.c.id == sa.bindparam("entry"))
_BEGIN: Final = _OF_ENTRY.values(state="begun", begun_at=sa.bindparam("begun_at"))
_CONFIRM: Final = _OF_ENTRY.values(
    state="confirmed",
    **{name: sa.bindparam(name) for name in ("confirmed_at", "status", "reason", "gallery_id")},
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of a run, in the order of `seq`; `outcome` is there once it is confirmed."""

    id: int
    run: str
    seq: int
    change: Change
    state: State = "planned"
    outcome: Outcome | None = None


class Journal:
    """The changes of each library's runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def plan(self, library: str, run: str, planned: Sequence[Change]) -> list[Entry]:
        """Store changes of a run, behind those it has already, and return their entries in order."""
        with self._database.transaction():
            first = self.put(library, run, planned)
            return self._entries(changes.c.run == run, changes.c.seq >= first)

    def put(self, library: str, run: str, planned: Sequence[Change]) -> int:
        """Store changes of a run, behind those it has already, and return the place of the first one."""
        of_run = sa.select(sa.func.max(changes.c.seq)).where(changes.c.run == run)
        with self._database.transaction() as connection:
            last = connection.scalar(of_run)
            first = 0 if last is None else last + 1
            rows = (
                {"library": library, "run": run, "seq": seq, "state": "planned", "change": to_json(change)}
                for seq, change in enumerate(planned, start=first)
            )
            self._database.insert(changes, rows)
            Plans(self._database).note(library, run, planned, first)
        return first

    def begin(self, *entries: int) -> None:
        """Note, before the gallery is called, that changes are on their way; committed on return."""
        self._set(_BEGIN, [{"entry": entry, "begun_at": datetime.now(UTC)} for entry in entries])

    def confirm(self, entry: int, outcome: Outcome) -> None:
        """Note what became of a change; inside `transaction()` it is one commit with the ledger's new state."""
        self.confirm_all({entry: outcome})

    def confirm_all(self, outcomes: Mapping[int, Outcome]) -> None:
        """Note what became of changes, as `confirm`, all in one commit."""
        now = datetime.now(UTC)
        told = ((entry, o.status, o.reason, o.gallery_id) for entry, o in outcomes.items())
        names = ("entry", "status", "reason", "gallery_id")
        self._set(_CONFIRM, [{"confirmed_at": now, **dict(zip(names, one, strict=True))} for one in told])

    def add_done(self, entry: int, made: Sequence[Change]) -> None:
        """Note changes that were made along with one, as made by the same run."""
        with self._database.transaction():
            for one in self._added(entry, made):
                self.confirm(one.id, Outcome("done"))

    def add_begun(self, entry: int, following: Sequence[Change]) -> list[Entry]:
        """Note changes that have to follow one at once, as begun by the same run; return their entries."""
        with self._database.transaction():
            added = self._added(entry, following)
            self.begin(*(one.id for one in added))
            return added

    def _added(self, entry: int, more: Sequence[Change]) -> list[Entry]:
        """Plan further changes for the run of one."""
        if not more:
            return []
        of_entry = sa.select(changes.c.library, changes.c.run).where(changes.c.id == entry)
        with self._database.transaction() as connection:
            library, run = connection.execute(of_entry).one()
            return self.plan(library, run, more)

    def _set(self, statement: sa.Update, rows: Sequence[Mapping[str, Any]]) -> None:
        if not rows:
            return
        with self._database.transaction() as connection:
            if connection.execute(statement, rows).rowcount != len(rows):
                asked = [row["entry"] for row in rows]
                there = set(connection.scalars(sa.select(changes.c.id).where(changes.c.id.in_(asked))))
                raise LookupError(f"the journal has no change {min(set(asked) - there)}")

    def pending(self, library: str) -> list[Entry]:
        """Return the changes that were begun and not confirmed, in the order in which they were planned."""
        return self._entries(changes.c.library == library, changes.c.state == "begun")

    def planned(self, library: str) -> list[Entry]:
        """Return the changes that were planned and not begun."""
        return self._entries(changes.c.library == library, changes.c.state == "planned")

    def of_run(self, library: str, run: str, state: State | None = None) -> list[Entry]:
        """Return the changes of a run, or those in one state, in order."""
        of_state = () if state is None else (changes.c.state == state,)
        return self._entries(changes.c.library == library, changes.c.run == run, *of_state)

    def counts(self, library: str, run: str, but: str) -> Counter[Status]:
        """Count what became of the changes of a run, without those with the reason `but`; what is begun is taken."""
        told = (changes.c.state != "planned", changes.c.reason != but)
        query = sa.select(changes.c.state, changes.c.status, sa.func.count()).where(
            changes.c.library == library, changes.c.run == run, *told
        )
        found = Counter[Status]()
        with self._database.reading() as connection:
            for state, status, n in connection.execute(query.group_by(changes.c.state, changes.c.status)):
                found["taken" if state == "begun" else status] += n
        return found

    def objected(self, library: str, run: str, but: str, most: int) -> list[Entry]:
        """Return the first changes of a run that were refused, or not done for all that they name; as for `counts`."""
        partly = sa.and_(changes.c.status.in_(("done", "already")), changes.c.reason != "")
        of_run = (changes.c.library == library, changes.c.run == run, changes.c.state == "confirmed")
        told = sa.or_(changes.c.status == "refused", partly)
        return self._entries(*of_run, told, changes.c.reason != but, most=most)

    def titles_given(self, library: str, albums: Collection[str], before: str) -> dict[str, str]:
        """Return the last titles that runs before one have given to albums, by key; of other changes none is read."""
        said = sa.type_coerce(changes.c.change, sa.Text)
        naming = sa.or_(*(said.contains(kind.__name__) for kind in (CreateAlbum, RenameAlbum)))
        made = (changes.c.state == "confirmed", changes.c.status.in_(("done", "already")))
        titles: dict[str, str] = {}
        for entry in self._entries(changes.c.library == library, changes.c.run < before, *made, naming):
            if isinstance(entry.change, CreateAlbum | RenameAlbum) and entry.change.key in albums:
                titles[entry.change.key] = entry.change.title
        return titles

    def runs_that_wrote(self, library: str) -> set[str]:
        """Return the runs of which the gallery has made a change, or may have made one when they were killed."""
        made = sa.or_(changes.c.state == "begun", changes.c.status == "done")
        query = sa.select(changes.c.run).where(changes.c.library == library, made).distinct()
        with self._database.reading() as connection:
            return set(connection.scalars(query))

    def latest_plan(self, library: str) -> tuple[str, list[Entry]] | None:
        """Return the newest run that still has planned changes, and all its changes in order; None without one."""
        newest = sa.select(sa.func.max(changes.c.run)).where(changes.c.library == library, changes.c.state == "planned")
        with self._database.reading() as connection:
            run = connection.scalar(newest)
        return None if run is None else (run, self.of_run(library, run))

    def drop_planned(self, library: str) -> int:
        """Forget the changes that were planned and never begun, as a new plan takes their place; return how many."""
        with self._database.transaction() as connection:
            superseded = changes.delete().where(changes.c.library == library, changes.c.state == "planned")
            return connection.execute(superseded).rowcount

    def _entries(self, *which: sa.ColumnElement[bool], most: int | None = None) -> list[Entry]:
        query = sa.select(changes).where(*which).order_by(changes.c.run, changes.c.seq).limit(most)
        with self._database.reading() as connection:
            return [_entry(row) for row in connection.execute(query).mappings()]


def _entry(row: sa.RowMapping) -> Entry:
    outcome = Outcome(row["status"], row["reason"], row["gallery_id"]) if row["state"] == "confirmed" else None
    return Entry(row["id"], row["run"], row["seq"], from_json(row["change"]), row["state"], outcome)
