"""What waits for the user and what was decided, a page at a time: however much there is, a page is read quickly."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any

import sqlalchemy as sa

from plugins.store.database import Database
from plugins.store.suggestion_records import (
    Decision,
    Suggestion,
    SuggestionKind,
    decision_of,
    suggestion_of,
)
from plugins.store.tables import decisions, suggestions
from plugins.tags.vocabulary import same_word


@dataclass(frozen=True, slots=True)
class CountedWord:
    """A word that is suggested, as it is written most often, and for how many photos.

    `best` and `least` are the scores of its surest suggestion and of the least sure one, `total` is the sum of all;
    `spellings` are all ways in which it is written.
    """

    tag: str
    n: int
    best: float
    least: float
    total: float
    spellings: tuple[str, ...]


class Waiting:
    """Pages of each library's suggestions and decisions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, library: str, kind: SuggestionKind) -> int:
        """Return how many suggestions of a kind wait."""
        query = sa.select(sa.func.count()).select_from(suggestions)
        with self._database.reading() as connection:
            return connection.scalar(query.where(*_of(library, kind))) or 0

    def words(self, library: str, never: Collection[str] = ()) -> list[CountedWord]:
        """Return the words that are suggested, those first that would be right on the most photos by what they score.

        `never` are words to leave out, as `same_word` writes them.
        """
        score = suggestions.c.score
        figures = (sa.func.count(), sa.func.max(score), sa.func.min(score), sa.func.sum(score))
        query = sa.select(suggestions.c.value, *figures).where(*_of(library, "tag")).group_by(suggestions.c.value)
        of_word: dict[str, list[Any]] = {}
        with self._database.reading() as connection:
            for row in connection.execute(query):
                if (word := same_word(row[0])) not in never:
                    of_word.setdefault(word, []).append(row)
        return sorted(map(_counted, of_word.values()), key=lambda word: (-word.total, word.tag))

    def of_word(self, library: str, word: CountedWord, most: int, after: str = "") -> list[Suggestion]:
        """Return at most so many suggestions of a word, the surest first; `after` is the `place_of` the last one seen.

        Others stay where they are as suggestions are answered, so that no page leaves any out.
        """
        query = sa.select(suggestions).where(*_of(library, "tag"), suggestions.c.value.in_(word.spellings))
        return self._surest(query, most, after)

    def of_kind(self, library: str, kind: SuggestionKind, most: int, after: str = "") -> list[Suggestion]:
        """Return at most so many suggestions of a kind, the surest first; `after` as in `of_word`."""
        return self._surest(sa.select(suggestions).where(*_of(library, kind)), most, after)

    def of_photo(self, library: str, content_key: str) -> list[Suggestion]:
        """Return the tags that are suggested for a photo, the surest first."""
        query = sa.select(suggestions).where(*_of(library, "tag"), suggestions.c.subject == content_key)
        return self._suggestions(query.order_by(sa.desc(suggestions.c.score), suggestions.c.key))

    def next_photo(self, library: str, after: str = "") -> str:
        """Return the content key of a photo for which a tag is suggested, the next one by key; empty for none."""
        subject = suggestions.c.subject
        query = sa.select(sa.func.min(subject)).where(*_of(library, "tag"), subject > after)
        with self._database.reading() as connection:
            return connection.scalar(query) or ""

    def decided(
        self, library: str, kinds: Sequence[SuggestionKind], most: int, offset: int = 0
    ) -> tuple[list[Decision], int]:
        """Return decisions of some kinds, the last first, at most `most` beyond `offset`; and how many there are."""
        of_kinds = (decisions.c.library == library, decisions.c.kind.in_(kinds))
        last_first = (sa.desc(decisions.c.decided_at), sa.desc(decisions.c.key))
        query = sa.select(decisions).where(*of_kinds).order_by(*last_first)
        n = sa.select(sa.func.count()).select_from(decisions).where(*of_kinds)
        with self._database.reading() as connection:
            found = [decision_of(row) for row in connection.execute(query.limit(most).offset(offset))]
            return found, connection.scalar(n) or 0

    def decided_since(self, library: str, moment: datetime) -> int:
        """Return how many decisions, of any kind, are newer than a moment."""
        newer = (decisions.c.library == library, decisions.c.decided_at > moment)
        with self._database.reading() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(decisions).where(*newer)) or 0

    def decided_on(self, library: str, content_key: str) -> list[Decision]:
        """Return what was decided about the tags of a photo, the last first."""
        of_photo = (decisions.c.library == library, decisions.c.kind == "tag", decisions.c.subject == content_key)
        with self._database.reading() as connection:
            query = sa.select(decisions).where(*of_photo).order_by(sa.desc(decisions.c.decided_at), decisions.c.key)
            return [decision_of(row) for row in connection.execute(query)]

    def _surest(self, query: sa.Select[Any], most: int, after: str) -> list[Suggestion]:
        if seen := _seen(after):
            at, key = seen
            less = (suggestions.c.score < at, sa.and_(suggestions.c.score == at, suggestions.c.key > key))
            query = query.where(sa.or_(*less))
        return self._suggestions(query.order_by(sa.desc(suggestions.c.score), suggestions.c.key).limit(most))

    def accepted_words(self, library: str) -> list[str]:
        """Return the words of tags and groups that the user has accepted, each spelling once, in no order."""
        of_tags = (decisions.c.library == library, decisions.c.kind.in_(["tag", "group"]), decisions.c.value != "")
        query = sa.select(decisions.c.value).where(*of_tags, decisions.c.verdict == "accepted").distinct()
        with self._database.reading() as connection:
            return list(connection.scalars(query))

    def _suggestions(self, query: sa.Select[Any]) -> list[Suggestion]:
        with self._database.reading() as connection:
            return [suggestion_of(row) for row in connection.execute(query)]


def place_of(made: Suggestion) -> str:
    """Return where a suggestion stands among those of its word or kind, for `Waiting.of_word` and `of_kind`."""
    return f"{made.score!r}:{made.key}"


def _seen(place: str) -> tuple[float, str] | None:
    """Return score and key of a place; None, which is before the first, for what is none: it comes from addresses."""
    score, _, key = place.partition(":")
    try:
        return (float(score), key) if isfinite(float(score)) else None
    except ValueError:
        return None


def _of(library: str, kind: SuggestionKind) -> tuple[sa.ColumnElement[bool], ...]:
    return suggestions.c.library == library, suggestions.c.kind == kind


def _counted(rows: Sequence[Any]) -> CountedWord:
    """Return the figures of a word from those of its spellings."""
    values, n, best, least, total = zip(*sorted(rows, key=lambda row: (-row[1], row[0])), strict=True)
    return CountedWord(values[0], sum(n), max(best), min(least), sum(total), values)
