"""The types of the store's columns: text, times and JSON that any database keeps; and short forms of columns."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

ESCAPE = "\ue000"
"""Opens an escaped character: private use, so it is next to never in a real name."""
_REFUSED = re.compile(f"[\0{ESCAPE}\ud800-\udfff]")


class Words(TypeDecorator[str]):
    """Text from outside: characters that a database refuses (NUL, half surrogate pairs of odd file names) come back."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """Return text that sorts by its bytes in every database: pages begin where the one before them ended."""
        return dialect.type_descriptor(sa.Text(collation="C" if dialect.name == "postgresql" else None))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Return the text with what databases refuse as escape and four hexadecimal digits."""
        if value is None or not _REFUSED.search(value):
            return value
        return _REFUSED.sub(lambda refused: f"{ESCAPE}{ord(refused[0]):04x}", value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Return the text as it was given."""
        return None if value is None else as_given(value)


def as_given(text: str) -> str:
    """Return text as it was given, from what the database has of it."""
    if ESCAPE not in text:
        return text
    head, *rest = text.split(ESCAPE)
    return head + "".join(chr(int(part[:4], 16)) + part[4:] for part in rest)


def as_stored(column: sa.Column[str]) -> sa.ColumnElement[str]:
    """Return a column of `Words` as the database has it: of millions of rows `as_given` is asked where it must be."""
    return sa.type_coerce(column, sa.Text)


class Moment(TypeDecorator[datetime]):
    """A time as microseconds since 1970, so that it sorts: aware and UTC, or naive wall time."""

    impl = sa.BigInteger
    cache_ok = True

    def __init__(self, aware: bool = True) -> None:
        super().__init__()
        self.aware = aware

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Return microseconds since 1970."""
        return None if value is None else (value - self._epoch) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the time."""
        return None if value is None else self._epoch + timedelta(microseconds=value)

    @property
    def _epoch(self) -> datetime:
        return _AWARE if self.aware else _NAIVE


_AWARE = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE = datetime(1970, 1, 1)


_ENCODER = json.JSONEncoder(separators=(",", ":"))  # made once: json.dumps makes one for every value


class Plain(TypeDecorator[Any]):
    """JSON data as text: ASCII only, so that any string in it survives any database."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Return the data as JSON."""
        return None if value is None else _ENCODER.encode(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Return the data."""
        return None if value is None else json.loads(value)


def library() -> sa.Column[str]:
    """Return the column that says which library a row belongs to: the first of every key."""
    return sa.Column("library", Words, primary_key=True)


def key(name: str) -> sa.Column[str]:
    """Return a text column of the primary key."""
    return sa.Column(name, Words, primary_key=True)


def number(name: str) -> sa.Column[int]:
    """Return a counted column of the primary key."""
    return sa.Column(name, sa.Integer, primary_key=True, autoincrement=False)


def text(name: str) -> sa.Column[str]:
    """Return a text column, empty unless given."""
    return sa.Column(name, Words, nullable=False, default="")


def flag(name: str) -> sa.Column[bool]:
    """Return a yes-or-no column, no unless given."""
    return sa.Column(name, sa.Boolean, nullable=False, default=False)


def real(name: str, nullable: bool = False) -> sa.Column[float]:
    """Return a column of floats in double precision."""
    return sa.Column(name, sa.Double, nullable=nullable)
