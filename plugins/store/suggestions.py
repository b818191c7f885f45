"""Suggestions that wait for the user, and what the user decided; a decision is kept for ever."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa

from plugins.chunking import chunks
from plugins.records import Box
from plugins.store.database import Database
from plugins.store.differences import replace_rows
from plugins.store.suggestion_records import (
    Decision,
    Evidence,
    ShownFace,
    Suggestion,
    SuggestionKind,
    UnknownSuggestion,
    Verdict,
    decision_of,
    decision_row,
    evidence_said,
    suggestion_of,
    suggestion_row,
)
from plugins.store.tables import decisions, suggestions
from plugins.tags.vocabulary import same_word

__all__ = [
    "NAME",
    "NEVER",
    "Decision",
    "Evidence",
    "ShownFace",
    "Suggestion",
    "SuggestionKind",
    "Suggestions",
    "UnknownSuggestion",
    "Verdict",
]
NAME: Final = "name:"
"""What the key of a decision begins with that gives a person, whose id follows, a name."""
NEVER: Final = "never:"
"""What the key of a decision begins with that bars a tag, which follows, from all photos."""
_ASKED: Final = "asked"
"""Beside a decision: the suggestion as it waited, so that the answer can be taken back."""
_BEFORE: Final = "before"
"""Beside a decision: verdict and time of the answer that it took the place of."""


class Suggestions:
    """Suggestions and decisions of each library."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, library: str, kind: SuggestionKind, found: Iterable[Suggestion]) -> None:
        """Make these the open suggestions of one kind; what the user has decided on before is left out."""
        with self._database.transaction() as connection:
            decided = set(connection.scalars(sa.select(decisions.c.key).where(decisions.c.library == library)))
            rows = (suggestion_row(library, s) for s in found if s.key not in decided)
            replace_rows(self._database, suggestions, {"library": library, "kind": kind}, rows)

    def open(self, library: str, kind: SuggestionKind | None = None) -> list[Suggestion]:
        """Return the suggestions that wait, the surest first."""
        query = sa.select(suggestions).where(suggestions.c.library == library)
        if kind is not None:
            query = query.where(suggestions.c.kind == kind)
        with self._database.reading() as connection:
            found = [suggestion_of(row) for row in connection.execute(query)]
        return sorted(found, key=lambda s: (-s.score, s.key))

    def of_keys(self, library: str, keys: Iterable[str]) -> dict[str, Suggestion]:
        """Return the suggestions that wait under these keys, by key; others are left out."""
        return {row.key: suggestion_of(row) for row in self._rows(suggestions, library, keys)}

    def decisions_of(self, library: str, keys: Iterable[str]) -> dict[str, Decision]:
        """Return what was decided under these keys, by key; others are left out."""
        return {row.key: decision_of(row) for row in self._rows(decisions, library, keys)}

    def decide(self, library: str, key: str, verdict: Verdict) -> Decision:
        """Close an open suggestion with the user's verdict.

        Raises:
            UnknownSuggestion: none of this key is open.
        """
        with self._database.transaction():
            found = self.of_keys(library, [key])
            if not found:
                raise UnknownSuggestion(f"no suggestion {key!r} waits in library {library!r}")
            return self.answer(library, found.values(), verdict)[0]

    def decide_again(self, library: str, key: str, verdict: Verdict) -> Decision:
        """Give another verdict on what the user has decided on before.

        Raises:
            UnknownSuggestion: nothing of this key was decided.
        """
        with self._database.transaction():
            return self.answer(library, [self._decision(library, key).suggestion], verdict)[0]

    def say(self, library: str, said: Suggestion, verdict: Verdict) -> Decision:
        """Keep what the user says unasked, as a verdict on what could have been asked; a later one takes its place."""
        return self.answer(library, [said], verdict)[0]

    def answer(
        self, library: str, said: Iterable[Suggestion], verdict: Verdict, at: datetime | None = None
    ) -> list[Decision]:
        """Keep one verdict on suggestions that wait, on some that were decided on before, and on what was never asked.

        What is decided at one moment is one answer, that `take_back` takes back. `at` is that moment, if not now.
        """
        moment = at or datetime.now(UTC)
        made = [Decision(s.key, s.kind, s.subject, s.value, verdict, moment, s.evidence) for s in said]
        keys = [decision.key for decision in made]
        with self._database.transaction() as connection:
            beside = {row.key: _once_more(row) for row in self._rows(decisions, library, keys)}
            said_of = {decision.key: decision for decision in made}
            beside |= {row.key: _waited(row, said_of[row.key]) for row in self._rows(suggestions, library, keys)}
            for part in chunks(keys):
                of_part = (suggestions.c.library == library, suggestions.c.key.in_(part))
                connection.execute(suggestions.delete().where(*of_part))
            self._database.upsert(decisions, [decision_row(library, one, beside.get(one.key)) for one in made])
        return made

    def take_back(self, library: str, at: datetime, kinds: Collection[SuggestionKind]) -> list[Decision]:
        """Take back the answer of one moment, as far as it is about these kinds; return what was decided by it.

        What was asked waits again, what was answered anew holds as before, and what was said unasked is forgotten.
        """
        of_answer = (decisions.c.library == library, decisions.c.decided_at == at, decisions.c.kind.in_(kinds))
        with self._database.transaction() as connection:
            rows = connection.execute(sa.select(decisions).where(*of_answer)).all()
            connection.execute(decisions.delete().where(*of_answer))
            self._database.upsert(decisions, [_as_before(library, row) for row in rows if _BEFORE in row.evidence])
            waited = [row for row in rows if _BEFORE not in row.evidence and _ASKED in row.evidence]
            self._database.upsert(suggestions, [_as_asked(library, row) for row in waited])
        return [decision_of(row) for row in rows]

    def place(self, library: str, key: str, box: Box) -> Decision | Suggestion:
        """Keep with a decision, or what waits for one, where in the photo the thing is that the tag names.

        Raises:
            UnknownSuggestion: nothing of this key was decided, or waits.
        """
        with self._database.transaction() as connection:
            for table, record in ((decisions, decision_of), (suggestions, suggestion_of)):
                for row in self._rows(table, library, [key]):
                    of_this = (table.c.library == library, table.c.key == key)
                    connection.execute(table.update().where(*of_this).values(evidence={**row.evidence, "box": box}))
                    made: Decision | Suggestion = record(row)
                    return replace(made, evidence=replace(made.evidence, box=box))
        raise UnknownSuggestion(f"nothing waits or was decided under {key!r} in library {library!r}")

    def _decision(self, library: str, key: str) -> Decision:
        found = self.decisions_of(library, [key])
        if not found:
            raise UnknownSuggestion(f"nothing was decided on {key!r} in library {library!r}")
        return found[key]

    def _rows(self, table: sa.Table, library: str, keys: Iterable[str]) -> list[Any]:
        found: list[Any] = []
        with self._database.reading() as connection:
            for part in chunks(keys):
                query = sa.select(table).where(table.c.library == library, table.c.key.in_(part))
                found += connection.execute(query)
        return found

    def never(self, library: str, tag: str) -> Decision:
        """Bar a tag from all photos of a library, however it is written: it is never suggested or set by itself."""
        return self.answer(library, [Suggestion(_bar(tag), "tag", "", tag)], "rejected")[0]

    def allow(self, library: str, tag: str) -> bool:
        """Take `never` back; return whether the tag was barred."""
        of_this = (decisions.c.library == library, decisions.c.key == _bar(tag))
        with self._database.transaction() as connection:
            return connection.execute(decisions.delete().where(*of_this)).rowcount > 0

    def never_tags(self, library: str) -> frozenset[str]:
        """Return the tags that the user has barred, as `same_word` writes them."""
        return frozenset(key.removeprefix(NEVER) for key in self._barred(library))

    def barred(self, library: str) -> list[str]:
        """Return the tags that the user has barred, as they were written, sorted."""
        return sorted(self._barred(library).values())

    def _barred(self, library: str) -> dict[str, str]:
        bars = (decisions.c.library == library, decisions.c.kind == "tag", decisions.c.subject == "")
        query = sa.select(decisions.c.key, decisions.c.value).where(*bars)
        with self._database.reading() as connection:
            return {row.key: row.value for row in connection.execute(query) if row.key.startswith(NEVER)}

    def name_person(self, library: str, person: str, name: str) -> Decision:
        """Keep the name that the user gave a person, asked or not; a later one takes its place."""
        return self.answer(library, [Suggestion(f"{NAME}{person}", "person", person, name)], "accepted")[0]

    def names(self, library: str) -> dict[str, str]:
        """Return the names that the user gave people by `name_person`, by the person's id."""
        given = (decisions.c.library == library, decisions.c.key.startswith(NAME))
        query = sa.select(decisions.c.key, decisions.c.subject, decisions.c.value).where(*given)
        with self._database.reading() as connection:
            return {row.subject: row.value for row in connection.execute(query) if row.key == f"{NAME}{row.subject}"}

    def decisions(self, library: str) -> list[Decision]:
        """Return all decisions, oldest first."""
        query = sa.select(decisions).where(decisions.c.library == library).order_by(decisions.c.decided_at)
        with self._database.reading() as connection:
            return [decision_of(row) for row in connection.execute(query)]


def _waited(row: Any, made: Decision) -> dict[str, Any]:
    """Return what of a suggestion that waited its decision does not say."""
    asked: dict[str, Any] = {"score": row.score, "reason": row.reason}
    if row.value != made.value:
        asked["value"] = row.value
    if suggestion_of(row).evidence != made.evidence:
        asked["evidence"] = row.evidence
    return {_ASKED: asked}


def _once_more(row: Any) -> dict[str, Any]:
    """Return what stays beside a decision that gets another verdict."""
    kept = {name: row.evidence[name] for name in (_ASKED,) if name in row.evidence}
    return {**kept, _BEFORE: {"verdict": row.verdict, "at": row.decided_at.isoformat()}}


def _as_before(library: str, row: Any) -> dict[str, object]:
    before: Mapping[str, str] = row.evidence[_BEFORE]
    evidence = {name: value for name, value in row.evidence.items() if name != _BEFORE}
    then = {"verdict": before["verdict"], "decided_at": datetime.fromisoformat(before["at"])}
    return {**decision_row(library, decision_of(row)), **then, "evidence": evidence}


def _as_asked(library: str, row: Any) -> dict[str, object]:
    asked: Mapping[str, Any] = row.evidence[_ASKED]
    made = decision_of(row)
    same = {"library": library, "key": made.key, "kind": made.kind, "subject": made.subject, "value": made.value}
    return {**same, "evidence": evidence_said(made.evidence), **asked}


def _bar(tag: str) -> str:
    return f"{NEVER}{same_word(tag)}"
