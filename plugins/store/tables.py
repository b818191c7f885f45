"""The tables of the store; a change here needs a migration beside it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

ESCAPE = "\ue000"
"""Opens an escaped character: private use, so it is next to never in a real name."""


class Words(TypeDecorator[str]):
    """Text from outside: characters that a database refuses (NUL, half surrogate pairs of odd file names) come back."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Return the text with what databases refuse as escape and four hexadecimal digits."""
        if value is None or (value.isascii() and "\0" not in value):
            return value
        return "".join(f"{ESCAPE}{ord(c):04x}" if _refused(c) else c for c in value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Return the text as it was given."""
        if value is None or ESCAPE not in value:
            return value
        head, *rest = value.split(ESCAPE)
        return head + "".join(chr(int(part[:4], 16)) + part[4:] for part in rest)


def _refused(character: str) -> bool:
    return character in {"\0", ESCAPE} or "\ud800" <= character <= "\udfff"


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


metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _library() -> sa.Column[str]:
    return sa.Column("library", Words, primary_key=True)


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, Words, primary_key=True)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, primary_key=True, autoincrement=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, Words, nullable=False, default="")


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False, default=False)


def _float(name: str, nullable: bool = False) -> sa.Column[float]:
    return sa.Column(name, sa.Double, nullable=nullable)


photos = sa.Table(
    "photos",
    metadata,
    _library(),
    _key("id"),
    _text("name"),
    sa.Column("taken_at", Moment(), nullable=False),
    sa.Column("taken_local", Moment(aware=False), nullable=False),
    _text("content_key"),
    _text("owner"),
    _text("kind"),
    _text("time_origin"),
    _float("lat", nullable=True),
    _float("lon", nullable=True),
    _float("radius_m", nullable=True),
    sa.Column("place_origin", Words),
    _text("sublocation"),
    _text("city"),
    _text("state"),
    _text("country"),
    sa.Column("width", sa.Integer, nullable=False),
    sa.Column("height", sa.Integer, nullable=False),
    _text("camera"),
    _float("duration_s"),
    _flag("hidden"),
    sa.Column("tags", Plain, nullable=False),
    sa.Column("rating", sa.Integer, nullable=False),
    _flag("favourite"),
    sa.Column("fingerprint", sa.LargeBinary(16), nullable=False),
    sa.Index(None, "library", "taken_at"),
    sa.Index(None, "content_key"),
)

positions = sa.Table(
    "positions",
    metadata,
    _library(),
    _key("photo"),
    _float("lat"),
    _float("lon"),
    _float("radius_m"),
    _text("origin"),
    sa.ForeignKeyConstraint(["library", "photo"], ["photos.library", "photos.id"], ondelete="CASCADE"),
)

unreadable = sa.Table(
    "unreadable",
    metadata,
    _key("content_key"),
    _key("extractor"),
    _key("version"),
    _text("reason"),
    sa.Column("found_at", Moment(), nullable=False),
)

features = sa.Table(
    "features",
    metadata,
    _key("content_key"),
    _key("extractor"),
    _key("version"),
    sa.Column("vector", sa.LargeBinary, nullable=False),
)

measures = sa.Table("measures", metadata, _key("content_key"), _key("name"), _key("version"), _float("value"))

face_scans = sa.Table(
    "face_scans",
    metadata,
    _key("content_key"),
    _key("extractor"),
    _key("version"),
    sa.Column("n_faces", sa.Integer, nullable=False),
)

faces = sa.Table(
    "faces",
    metadata,
    _key("content_key"),
    _key("extractor"),
    _key("version"),
    _number("face"),
    *(_float(edge) for edge in ("left", "top", "right", "bottom")),
    sa.Column("landmarks", Plain, nullable=False),
    *(_float(measured) for measured in ("score", "size_px", "sharpness", "frontal")),
    _float("at_s", nullable=True),
    sa.Column("vector", sa.LargeBinary, nullable=False),
    sa.ForeignKeyConstraint(
        ["content_key", "extractor", "version"],
        ["face_scans.content_key", "face_scans.extractor", "face_scans.version"],
        ondelete="CASCADE",
    ),
)

people = sa.Table("people", metadata, _library(), _key("id"), _text("name"), _flag("hidden"))

face_labels = sa.Table(
    "face_labels",
    metadata,
    _library(),
    _key("extractor"),
    _key("version"),
    _key("content_key"),
    _number("face"),
    _text("person"),
    _text("origin"),
)

events = sa.Table(
    "events",
    metadata,
    _library(),
    _key("key"),
    sa.Column("seq", sa.Integer, nullable=False),
    _text("title"),
    _text("place"),
    _text("trip"),
    _text("trip_title"),
    _flag("away"),
    sa.Column("photos", Plain, nullable=False),
    sa.Column("piles", Plain, nullable=False),
)

covers = sa.Table("covers", metadata, _library(), _key("key"), _text("photo"))

suggestions = sa.Table(
    "suggestions",
    metadata,
    _library(),
    _key("key"),
    _text("kind"),
    _text("subject"),
    _text("value"),
    _float("score"),
    _text("reason"),
)

decisions = sa.Table(
    "decisions",
    metadata,
    _library(),
    _key("key"),
    _text("kind"),
    _text("subject"),
    _text("value"),
    _text("verdict"),
    sa.Column("decided_at", Moment(), nullable=False),
)

ledger_albums = sa.Table(
    "ledger_albums",
    metadata,
    _library(),
    _key("key"),
    _text("kind"),
    _text("gallery_id"),
    _text("state"),
    _text("title"),
    _text("description"),
    sa.Column("cover", Words),
    _flag("user_title"),
    _flag("user_description"),
    _flag("user_cover"),
)

ledger_members = sa.Table(
    "ledger_members",
    metadata,
    _library(),
    _key("album"),
    _key("photo"),
    _text("state"),
    sa.ForeignKeyConstraint(["library", "album"], ["ledger_albums.library", "ledger_albums.key"], ondelete="CASCADE"),
)

ledger_tags = sa.Table("ledger_tags", metadata, _library(), _key("photo"), _key("tag"), _text("state"))

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("library", Words, nullable=False),
    _text("kind"),
    _text("status"),
    _text("undoes"),
    sa.Column("started_at", Moment(), nullable=False),
    sa.Column("finished_at", Moment()),
    sa.Column("summary", Plain, nullable=False),
    sa.Index(None, "library", "id"),
)

changes = sa.Table(
    "changes",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("library", Words, nullable=False),
    sa.Column("run", sa.String(32), sa.ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    _text("state"),
    sa.Column("change", Plain, nullable=False),
    _text("status"),
    _text("reason"),
    _text("gallery_id"),
    sa.Column("begun_at", Moment()),
    sa.Column("confirmed_at", Moment()),
    sa.Index(None, "library", "state"),
    sa.Index(None, "run", "seq", unique=True),
    sqlite_autoincrement=True,
)

steps = sa.Table(
    "steps",
    metadata,
    _library(),
    _key("step"),
    _text("key"),
    sa.Column("summary", Plain, nullable=False),
    sa.Column("recorded_at", Moment(), nullable=False),
)

models = sa.Table(
    "models",
    metadata,
    _library(),
    _key("kind"),
    _text("name"),
    _text("version"),
    sa.Column("chosen_at", Moment(), nullable=False),
)
