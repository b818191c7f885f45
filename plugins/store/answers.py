"""The answers that the user gave: what was decided at one moment is one answer, to one suggestion or to very many."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from plugins.store.database import Database
from plugins.store.suggestion_records import Decision, SuggestionKind, Verdict, decision_of
from plugins.store.tables import decisions

SHOWN: Final = 6
"""Decisions that stand for an answer to many."""


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """What the user decided at one moment: on `n` suggestions, the first few of which are `decided`.

    `verdict` and `value` are what all of them have in common, None where they differ.
    """

    at: datetime
    n: int
    verdict: Verdict | None
    value: str | None
    decided: tuple[Decision, ...]


class Answers:
    """Pages of each library's answers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, library: str, kinds: Collection[SuggestionKind]) -> int:
        """Return how many answers about suggestions of some kinds hold."""
        moments = sa.func.count(decisions.c.decided_at.distinct())
        with self._database.reading() as connection:
            return connection.scalar(sa.select(moments).where(*_of(library, kinds))) or 0

    def page(
        self,
        library: str,
        kinds: Collection[SuggestionKind],
        most: int,
        offset: int = 0,
        at: datetime | None = None,
    ) -> list[GivenAnswer]:
        """Return answers about some kinds, the last first, at most `most` beyond `offset`; only that `at` a moment."""
        moment = decisions.c.decided_at
        query = sa.select(moment, sa.func.count()).where(*_of(library, kinds)).group_by(moment)
        if at is not None:
            query = query.where(moment == at)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(sa.desc(moment)).limit(most).offset(offset)).all()
            return [_given(connection, (*_of(library, kinds), moment == then), then, n) for then, n in rows]

    def of_moment(
        self, library: str, kinds: Collection[SuggestionKind], at: datetime, most: int, offset: int = 0
    ) -> list[Decision]:
        """Return what was decided by the answer of one moment, at most `most` beyond `offset`, by kind and key."""
        query = sa.select(decisions).where(*_of(library, kinds), decisions.c.decided_at == at)
        ordered = query.order_by(decisions.c.kind, decisions.c.key).limit(most).offset(offset)
        with self._database.reading() as connection:
            return [decision_of(row) for row in connection.execute(ordered)]


def _of(library: str, kinds: Collection[SuggestionKind]) -> tuple[sa.ColumnElement[bool], ...]:
    return decisions.c.library == library, decisions.c.kind.in_(kinds)


def _ends(column: sa.ColumnElement[str]) -> tuple[sa.ColumnElement[str], sa.ColumnElement[str]]:
    return sa.func.min(column), sa.func.max(column)


def _given(
    connection: sa.Connection, of_answer: tuple[sa.ColumnElement[bool], ...], at: datetime, n: int
) -> GivenAnswer:
    both = [column for name in ("verdict", "value") for column in _ends(decisions.c[name])]
    first, last, least, most = map(str, connection.execute(sa.select(*both).where(*of_answer)).one())
    query = sa.select(decisions).where(*of_answer).order_by(decisions.c.kind, decisions.c.key).limit(SHOWN)
    found = tuple(decision_of(row) for row in connection.execute(query))
    return GivenAnswer(at, n, found[0].verdict if first == last else None, least if least == most else None, found)
