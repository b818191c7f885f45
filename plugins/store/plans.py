"""The plan of the next apply, a page at a time: however many changes it has, a page is read quickly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice
from typing import Any, Final

import sqlalchemy as sa

from plugins.changes import AlbumChange, AssignFace, Change, PersonChange, UnassignFace
from plugins.changes_json import from_json
from plugins.publishing.parts import Part, part_of
from plugins.store.database import Database
from plugins.store.tables import changes, runs, steps

OUTLINE: Final = "outline of the plan"
"""The step under which the outline is kept, its key the run."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Changes that follow each other and belong together: those of one album or person (`key`), or of another part.

    `first` is the place of the first one in its run, `n` how many they are.
    """

    part: Part
    key: str
    first: int
    n: int


@dataclass(frozen=True, slots=True)
class Item:
    """What is shown, and can be left out, as one: all changes of an album or a person (`key`), or any other change."""

    part: Part
    key: str
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """One change that is planned and not begun, by its number in the journal and its place in the run."""

    id: int
    seq: int
    change: Change


@dataclass(frozen=True)
class Outline:
    """What a plan holds: the run that made it and when that began, and the stretches in order."""

    run: str
    made_at: datetime
    stretches: tuple[Stretch, ...]

    @cached_property
    def _by_key(self) -> dict[Part, dict[str, tuple[Stretch, ...]]]:
        found: dict[Part, dict[str, tuple[Stretch, ...]]] = {}
        for one in self.stretches:
            if one.key:
                of_part = found.setdefault(one.part, {})
                of_part[one.key] = (*of_part.get(one.key, ()), one)
        return found

    def counts(self) -> dict[Part, int]:
        """Return how many items each part has; parts without any are left out."""
        found: dict[Part, int] = {part: len(keys) for part, keys in self._by_key.items()}
        for one in self.stretches:
            if not one.key:
                found[one.part] = found.get(one.part, 0) + one.n
        return found

    def items(self, part: Part, first: int, most: int) -> list[Item]:
        """Return so many items of a part in the order of the plan, from the `first`-th on."""
        if part in self._by_key:
            return [Item(part, *one) for one in islice(self._by_key[part].items(), first, first + most)]
        return [Item(part, "", (one,)) for one in _cut((s for s in self.stretches if s.part == part), first, most)]

    def item(self, seq: int) -> Item | None:
        """Return the item that the change at a place of the run is of, None where that is no place of this plan."""
        one = next((one for one in self.stretches if one.first <= seq < one.first + one.n), None)
        if one is None:
            return None
        alone = (replace(one, first=seq, n=1),)
        return Item(one.part, one.key, self._by_key[one.part][one.key] if one.key else alone)


def _cut(stretches: Iterable[Stretch], first: int, most: int) -> Iterator[Stretch]:
    """Yield so many changes of stretches, each by itself, from the `first`-th on."""
    at = 0
    for one in stretches:
        for place in range(max(first - at, 0), min(first + most - at, one.n)):
            yield Stretch(one.part, one.key, one.first + place, 1)
        at += one.n


def stretches_of(planned: Iterable[Change], first: int = 0) -> list[Stretch]:
    """Return the stretches of changes in order; `first` is the place of the first one."""
    found: list[Stretch] = []
    for seq, change in enumerate(planned, first):
        _put(found, Stretch(part_of(change), _key(change), seq, 1))
    return found


def _key(change: Change) -> str:
    """Return which album or person a change is about, empty where it stands for itself."""
    if isinstance(change, AssignFace | UnassignFace):
        return change.person
    return change.key if isinstance(change, AlbumChange | PersonChange) else ""


def _put(found: list[Stretch], more: Stretch) -> None:
    """Put a stretch behind the others, as a part of the last one where it goes on with it."""
    last = found[-1] if found else None
    if last and (last.part, last.key, last.first + last.n) == (more.part, more.key, more.first):
        found[-1] = Stretch(last.part, last.key, last.first, last.n + more.n)
    else:
        found.append(more)


class Plans:
    """The plan of each library that waits to be applied."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, tuple[datetime, Outline]] = {}

    def outline(self, library: str) -> Outline | None:
        """Return what is planned and not begun, None where nothing is.

        It is kept when a plan is stored, so that no page has to look through all of it.
        """
        planned = (changes.c.library == library, changes.c.state == "planned")
        newest = sa.select(changes.c.run).where(*planned).order_by(changes.c.id.desc()).limit(1)
        with self._database.reading() as connection:
            run = connection.scalar(newest)
            if run is None:
                return None
            noted_at = connection.scalar(_kept(steps.c.recorded_at, library, run))
            made_at = connection.scalar(sa.select(runs.c.started_at).where(runs.c.id == run)) or datetime.now(UTC)
        if noted_at is None:
            return Outline(run, made_at, tuple(self._look_through(library, run)))
        known = self._known.get(library)
        if known is None or (known[0], known[1].run) != (noted_at, run):
            with self._database.reading() as connection:
                kept = connection.scalar(_kept(steps.c.summary, library, run))
            known = self._known[library] = (noted_at, Outline(run, made_at, tuple(_read(kept))))
        return known[1]

    def _look_through(self, library: str, run: str) -> list[Stretch]:
        """Return the stretches of a plan that was stored without an outline, as an older version did, and keep them."""
        query = sa.select(changes.c.seq, changes.c.change).where(changes.c.run == run, changes.c.state == "planned")
        found: list[Stretch] = []
        with self._database.transaction() as connection:
            for row in connection.execute(query.order_by(changes.c.seq)):
                for one in stretches_of([from_json(row.change)], row.seq):
                    _put(found, one)
            self._keep(library, run, found)
        return found

    def note(self, library: str, run: str, planned: Sequence[Change], first: int) -> None:
        """Keep the outline of changes that are stored behind those that a run has; for the journal."""
        with self._database.transaction() as connection:
            kept = connection.scalar(_kept(steps.c.summary, library, run)) if first else []
            if kept is None:  # nobody knows of those before
                return
            found = _read(kept)
            for one in stretches_of(planned, first):
                _put(found, one)
            self._keep(library, run, found)

    def _keep(self, library: str, run: str, found: Sequence[Stretch]) -> None:
        said = {"stretches": [[one.part, one.key, one.first, one.n] for one in found]}
        row = {"library": library, "step": OUTLINE, "key": run, "summary": said, "recorded_at": datetime.now(UTC)}
        self._database.upsert(steps, [row])

    def count(self, library: str) -> int:
        """Return how many changes are planned and not begun."""
        planned = (changes.c.library == library, changes.c.state == "planned")
        with self._database.reading() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(changes).where(*planned)) or 0

    def changes(self, outline: Outline, item: Item) -> list[PlannedChange]:
        """Return the changes of an item that are still planned, in order."""
        columns = (changes.c.id, changes.c.seq, changes.c.change)
        found: list[PlannedChange] = []
        with self._database.reading() as connection:
            for one in item.stretches:
                seqs = changes.c.seq.between(one.first, one.first + one.n - 1)
                of_these = (changes.c.run == outline.run, seqs, changes.c.state == "planned")
                query = sa.select(*columns).where(*of_these).order_by(changes.c.seq)
                found += [PlannedChange(row.id, row.seq, from_json(row.change)) for row in connection.execute(query)]
        return found

    def change(self, outline: Outline, number: int) -> PlannedChange | None:
        """Return one change of a plan by its number in the journal, None where it is not planned any more."""
        of_this = (changes.c.id == number, changes.c.run == outline.run, changes.c.state == "planned")
        with self._database.reading() as connection:
            row = connection.execute(sa.select(changes.c.seq, changes.c.change).where(*of_this)).one_or_none()
        return None if row is None else PlannedChange(number, row.seq, from_json(row.change))

    def leave_out(self, library: str, outline: Outline, left: Sequence[PlannedChange]) -> None:
        """Take changes out of a plan; the others keep their places."""
        seqs = {one.seq for one in left}
        with self._database.transaction() as connection:
            for one in left:
                of_this = (changes.c.id == one.id, changes.c.library == library, changes.c.state == "planned")
                connection.execute(changes.delete().where(*of_this))
            self._keep(library, outline.run, list(_without(outline.stretches, seqs)))


def _without(stretches: Iterable[Stretch], seqs: set[int]) -> Iterator[Stretch]:
    for one in stretches:
        inside = sorted(seq for seq in seqs if one.first <= seq < one.first + one.n)
        begin = one.first
        for seq in (*inside, one.first + one.n):
            if begin < seq:
                yield Stretch(one.part, one.key, begin, seq - begin)
            begin = seq + 1


def _kept(what: sa.Column[Any], library: str, run: str) -> sa.Select[tuple[Any]]:
    return sa.select(what).where(steps.c.library == library, steps.c.step == OUTLINE, steps.c.key == run)


def _read(kept: Any) -> list[Stretch]:
    return [Stretch(*one) for one in kept["stretches"]] if kept else []
