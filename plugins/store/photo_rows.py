"""Photos as rows of the database and back: read quickly, and what many photos share is in memory once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from plugins.records import Photo, PlaceWords, Position
from plugins.store.columns import ESCAPE, Moment, Plain, Words, as_given
from plugins.store.tables import photos

AT_ONCE: Final = 2_000
"""Rows that are read at a time."""
_AWARE: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE: Final = datetime(1970, 1, 1)
_STORED: Final[dict[type[Any], type[sa.types.TypeEngine[Any]]]] = {
    Words: sa.Text,
    Plain: sa.Text,
    Moment: sa.BigInteger,
}
"""Types whose values are read as the database has them: turning each by itself is most of the work."""
_READ: Final = (
    *("id", "name", "taken_at", "taken_local", "content_key", "owner", "kind", "time_origin"),
    *("lat", "lon", "radius_m", "place_origin", "sublocation", "city", "state", "country"),
    *("width", "height", "camera", "duration_s", "hidden", "tags", "rating", "favourite"),
)


def row_of(library: str, photo: Photo) -> dict[str, Any]:
    """Return a photo's row, with the fingerprint of all that is said of it."""
    where, words = photo.position, photo.words
    row: dict[str, Any] = {
        "library": library,
        "id": photo.id,
        "name": photo.name,
        "taken_at": photo.taken_at,
        "taken_local": photo.taken_local,
        "content_key": photo.content_key,
        "owner": photo.owner,
        "kind": photo.kind,
        "time_origin": photo.time_origin,
        "lat": where and where.lat,
        "lon": where and where.lon,
        "radius_m": where and where.radius_m,
        "place_origin": where and where.origin,
        "sublocation": words.sublocation,
        "city": words.city,
        "state": words.state,
        "country": words.country,
        "width": photo.width,
        "height": photo.height,
        "camera": photo.camera,
        "duration_s": photo.duration_s,
        "hidden": photo.hidden,
        "tags": photo.tags,
        "rating": photo.rating,
        "favourite": photo.favourite,
    }
    # the instant as a number: the same time in another zone object is the same photo
    said = repr([photo.taken_at.timestamp(), *(value for name, value in row.items() if name != "taken_at")])
    return {**row, "fingerprint": hashlib.sha256(said.encode("utf-8", "surrogatepass")).digest()[:16]}


def reading() -> sa.Select[Any]:
    """Return the query for rows that `Shared.photo` takes."""
    return sa.select(*(_as_stored(photos.c[name]) for name in _READ))


def _as_stored(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    stored = _STORED.get(type(column.type))
    return column if stored is None else sa.type_coerce(column, stored)


def read(connection: sa.Connection, query: sa.Select[Any]) -> Iterator[Photo]:
    """Yield the photos of a query that `reading` began; no more than a few rows are held beside them."""
    shared = Shared()
    for rows in connection.execute(query, execution_options={"yield_per": AT_ONCE}).partitions():
        yield from map(shared.photo, rows)


class Shared:
    """Makes photos of rows; owners, cameras, tags, places' words and the like are one object for all photos."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._sizes: dict[int, int] = {}
        self._words: dict[Sequence[str], PlaceWords] = {}
        self._tags: dict[str, tuple[str, ...]] = {}

    def photo(self, row: Sequence[Any]) -> Photo:
        """Return the photo of a row."""
        id_, name, taken_us, local_us, content, owner, kind, origin, lat, lon, radius_m, place_origin, *more = row
        sublocation, city, state, country, width, height, camera, duration_s, hidden, tags, rating, favourite = more
        return Photo(
            _given(id_),
            _given(name),
            _AWARE + timedelta(microseconds=taken_us),
            _NAIVE + timedelta(microseconds=local_us),
            _given(content),
            self._text(owner),
            self._text(kind),  # type: ignore[arg-type]
            self._text(origin),  # type: ignore[arg-type]
            position(lat, lon, radius_m, place_origin and self._text(place_origin)),
            self._place_words((sublocation, city, state, country)),
            self._sizes.setdefault(width, width),
            self._sizes.setdefault(height, height),
            self._text(camera),
            duration_s or 0.0,
            hidden,
            self._tagged(tags),
            rating,
            favourite,
        )

    def _text(self, stored: str) -> str:
        found = self._texts.get(stored)
        return self._texts.setdefault(stored, as_given(stored)) if found is None else found

    def _place_words(self, stored: tuple[str, ...]) -> PlaceWords:
        found = self._words.get(stored)
        return self._words.setdefault(stored, PlaceWords(*map(as_given, stored))) if found is None else found

    def _tagged(self, stored: str) -> tuple[str, ...]:
        found = self._tags.get(stored)
        if found is None:
            found = tuple(self._texts.setdefault(tag, tag) for tag in json.loads(stored))
            self._tags[stored] = found
        return found


def _given(stored: str) -> str:
    return as_given(stored) if ESCAPE in stored else stored


def position(lat: float | None, lon: float | None, radius_m: float | None, origin: Any) -> Position | None:
    """Return the position of a row's columns, None where they are empty."""
    return None if lat is None or lon is None else Position(lat, lon, radius_m or 0.0, origin)
