"""Photo streams for the event benchmark: read from CSV files, simulated, or made to be hard."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TextIO

import numpy as np

from plugins import event_scores
from plugins.events import TIME_LIMIT_S, FloatArray, IntArray
from plugins.events._synthetic import Life, live, repeated

COLUMNS: Final = ("photo", "owner", "taken_at", "lat", "lon", "event")
CELLS_PER_DEGREE: Final = 10  # one place of `days_and_places` is a tenth of a degree, about 11 km


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """One owner's photos in the order of the file, or a whole file; arrays have shape (n,).

    `event` is the true event, -1 where it is not known; `owner` numbers the owners.
    """

    taken_s: FloatArray
    utc_offset_s: FloatArray
    lat: FloatArray
    lon: FloatArray
    event: IntArray
    owner: IntArray

    def pick(self, index: IntArray) -> Stream:
        """Return some of the photos."""
        return Stream(*(getattr(self, name)[index] for name in self.__slots__))


def read_csv(file: TextIO, columns: dict[str, str]) -> tuple[Stream, int]:
    """Read photos from a CSV with a comma or semicolon between fields.

    Args:
        file: text with a header line.
        columns: heading in the file of each of our columns, where it differs.

    Returns:
        The photos, and how many have a time that cannot be read: theirs is NaN.

    Raises:
        ValueError: there is no column of times.
    """
    header = file.readline()
    delimiter = ";" if header.count(";") > header.count(",") else ","
    names = next(csv.reader([header], delimiter=delimiter), [])
    heading = {name: columns.get(name, name) for name in COLUMNS}
    if heading["taken_at"] not in names:
        raise ValueError(f"no column {heading['taken_at']!r} among {names}: name it with --columns taken_at=…")
    rows = list(csv.DictReader(file, names, delimiter=delimiter))
    field = {name: [(row.get(heading[name]) or "").strip() for row in rows] for name in COLUMNS}
    times = np.array([seconds_of(text) for text in field["taken_at"]], dtype=np.float64).reshape(-1, 2)
    lat, lon = (np.array([number_of(text) for text in field[name]], dtype=np.float64) for name in ("lat", "lon"))
    # An event is one owner's: files may number each owner's events from 0.
    events = numbered([json.dumps(pair) for pair in zip(field["owner"], field["event"], strict=True)])
    event = np.where(np.array([bool(text) for text in field["event"]], dtype=np.bool_), events, -1)
    stream = Stream(times[:, 0], times[:, 1], lat, lon, event, numbered(field["owner"]))
    return stream, int(np.isnan(stream.taken_s).sum())


def numbered(texts: Sequence[str]) -> IntArray:
    """Number equal texts alike, from 0, shape (n,)."""
    return np.unique(np.array(texts, dtype=np.str_), return_inverse=True)[1].astype(np.int64).reshape(-1)


def number_of(text: str) -> float:
    """Return a number, or NaN for what is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def seconds_of(text: str) -> tuple[float, float]:
    """Return seconds since 1970 UTC and the offset of the clock in seconds, NaN and 0 for what is no time."""
    seconds = number_of(text)
    if not math.isnan(seconds):
        return (seconds if abs(seconds) <= TIME_LIMIT_S else math.nan), 0.0
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return math.nan, 0.0
    offset = moment.utcoffset()
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp(), offset.total_seconds() if offset else 0.0


def calendar_days(stream: Stream) -> IntArray:
    """Return the calendar day of each photo on the clock of the file."""
    return event_scores.calendar_days(stream.taken_s, stream.utc_offset_s)


def days_and_places(stream: Stream) -> IntArray:
    """Take the days and places of each owner as the true events: a stand-in for albums that nobody made."""
    cells = [np.nan_to_num(np.floor(axis * CELLS_PER_DEGREE), nan=-9_999) for axis in (stream.lat, stream.lon)]
    keys = np.column_stack([stream.owner, calendar_days(stream), *cells])
    return np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


def stream_of(life: Life) -> Stream:
    """Turn a simulated life into a file's form."""
    n = len(life.taken_s)
    return Stream(life.taken_s, np.full(n, 3_600.0), life.lat, life.lon, life.event, np.zeros(n, dtype=np.int64))


def scale_stream(kind: str, n: int) -> Stream:
    """Make a stream of n photos: lives one after the other, or one that is hard on a careless method."""
    if kind == "lives":
        return stream_of(repeated(live(0), n))
    index = np.arange(n, dtype=np.float64)
    step_s = {"a_photo_a_second": 1.0, "all_at_once": 0.0, "same_place": 1_800.0, "all_alone": 5_000.0}[kind]
    lat = np.full(n, 48.0) if kind == "same_place" else 48 + 10 * (index % 7) / 7
    nobody = np.full(n, -1, dtype=np.int64)
    return Stream(index * step_s, np.zeros(n), lat, np.full(n, 11.0), nobody, np.zeros(n, dtype=np.int64))
