"""Location histories that the user supplies: read into one track, and asked where somebody was."""

from __future__ import annotations

import glob
import hashlib
import io
import math
import os
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plugins.features.exif_fields import plain_text
from plugins.places._json_elements import elements
from plugins.places.earth import FloatArray, between, distance_m
from plugins.places.history_formats import NotAPoint, TooCoarse, TrackPoint, gpx_points, json_points, owntracks_json

GAP_S = 15 * 60.0
STAY_M = 200.0


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """Where somebody was, in time order without repeats: seconds since 1970 UTC, degrees, uncertainty in metres.

    All arrays have shape (n,).
    """

    time_s: FloatArray
    lat: FloatArray
    lon: FloatArray
    radius_m: FloatArray

    def __len__(self) -> int:
        return len(self.time_s)


@dataclass(frozen=True, slots=True, eq=False)
class Located:
    """Answers in the order of the questions: degrees and uncertainty in metres, all shape (n,), NaN where unknown."""

    lat: FloatArray
    lon: FloatArray
    radius_m: FloatArray


@dataclass(frozen=True, slots=True)
class TrackProblem:
    """A file that could not be read, or not all of it, and why."""

    file: str
    reason: str


def make_track(time_s: ArrayLike, lat: ArrayLike, lon: ArrayLike, radius_m: ArrayLike = 0.0) -> Track:
    """Sort fixes into a track; of several fixes at one time the most certain stays.

    Args:
        time_s, lat, lon: seconds since 1970 UTC and degrees in any order, shape (n,).
        radius_m: uncertainty in metres, one for all or shape (n,).
    """
    times, lats, lons = (np.asarray(values, dtype=float) for values in (time_s, lat, lon))
    radii = np.broadcast_to(np.asarray(radius_m, dtype=float), times.shape)
    order = np.lexsort((radii, times))
    _, first = np.unique(times[order], return_index=True)
    kept = order[first]
    return Track(times[kept], lats[kept], lons[kept], radii[kept])


def find_tracks(patterns: Iterable[str | Path]) -> tuple[tuple[Path, ...], tuple[TrackProblem, ...]]:
    """Find the track files that files, folders and globs name, sorted, each once; links to folders are not followed."""
    found: set[Path] = set()
    problems = []
    for pattern in map(str, patterns):
        try:
            matches = _matches(_expanded(pattern))
        except OSError as error:
            problems.append(TrackProblem(pattern, f"{error.strerror}: correct [places] tracks or its permissions"))
            continue
        found.update(matches)
        if not matches:
            problems.append(TrackProblem(pattern, "no track file there (.gpx, .json, .rec): correct [places] tracks"))
    return tuple(sorted(found)), tuple(problems)


def read_tracks(patterns: Iterable[str | Path]) -> tuple[Track, tuple[TrackProblem, ...]]:
    """Read location histories into one track; what is broken is left out and named in the problems.

    GPX, Google Timeline (Takeout and on-device JSON) and OwnTracks (`.rec`, JSON), by what is in them. Files are
    streamed: memory grows by 32 bytes a fix. A broken file gives the fixes before the break.

    Args:
        patterns: files, folders (searched for .gpx, .json and .rec) and globs, `~` allowed.
    """
    wanted = tuple(patterns)
    files, problems = find_tracks(wanted)
    named = {_expanded(pattern) for pattern in wanted}
    columns = tuple(array("d") for _ in range(4))
    found = list(problems)
    for file in files:
        reason = _read_into(columns, file)
        if reason == _NOTHING and file not in named:
            continue  # a folder of an export also holds settings and the like
        if reason:
            found.append(TrackProblem(str(file), reason))
    return make_track(*(np.frombuffer(column) if column else np.empty(0) for column in columns)), tuple(found)


def fingerprint(patterns: Iterable[str | Path]) -> str:
    """Return one SHA-256 (hexadecimal) of what the track files hold, whatever they are called."""
    files, _ = find_tracks(patterns)
    return hashlib.sha256("".join(sorted(filter(None, map(_content_hash, files)))).encode()).hexdigest()


def locate(
    track: Track,
    taken_s: ArrayLike,
    *,
    gap_s: float = GAP_S,
    stay_m: float = STAY_M,
    stay_s: float = math.inf,
    nearest_s: float = 0.0,
) -> Located:
    """Say where a track was at given times.

    On the straight line between two fixes at most `gap_s` apart. Between fixes further apart only if both are at one
    place, within `stay_m`: then it was a stay.

    Args:
        track: the fixes.
        taken_s: seconds since 1970 UTC, any order, shape (n,).
        gap_s: longest time between two fixes to draw a line, in seconds.
        stay_m: how far apart the ends of a stay may be, in metres.
        stay_s: longest stay, in seconds. Endless by default; with a phone that is often off, 86,400 says that somebody
            may have been away and come back.
        nearest_s: where none of this holds, the nearest fix counts if it is at most so many seconds away.
    """
    at_s = np.atleast_1d(np.asarray(taken_s, dtype=float))
    unknown = np.full(at_s.shape, np.nan)
    if not len(track):
        return Located(unknown, unknown.copy(), unknown.copy())
    before, after = _ends(track, at_s)
    span_s = track.time_s[after] - track.time_s[before]
    apart_m = distance_m(track.lat[before], track.lon[before], track.lat[after], track.lon[after])
    inside = (track.time_s[before] <= at_s) & (at_s <= track.time_s[after])
    sure = inside & ((span_s <= gap_s) | ((apart_m <= stay_m) & (span_s <= stay_s)))
    share = np.where(span_s > 0, (at_s - track.time_s[before]) / np.where(span_s > 0, span_s, 1), 0.0)
    line = _on_line(track, before, after, share, apart_m)
    return _choose(line, sure, _nearest(track, before, after, at_s, nearest_s))


def _ends(track: Track, at_s: FloatArray) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    after = np.clip(np.searchsorted(track.time_s, at_s, side="left"), 0, len(track) - 1)
    before = np.clip(np.searchsorted(track.time_s, at_s, side="right") - 1, 0, len(track) - 1)
    return before, after


def _on_line(
    track: Track, before: NDArray[np.intp], after: NDArray[np.intp], share: FloatArray, apart_m: FloatArray
) -> Located:
    lat = track.lat[before] + share * (track.lat[after] - track.lat[before])
    lon = between(track.lon[before], track.lon[after], share)
    # The way was not straight: it may be as far off as the nearer end.
    radius_m = np.maximum(track.radius_m[before], track.radius_m[after]) + np.minimum(share, 1 - share) * apart_m
    return Located(lat, lon, radius_m)


def _nearest(
    track: Track, before: NDArray[np.intp], after: NDArray[np.intp], at_s: FloatArray, nearest_s: float
) -> Located:
    to_before, to_after = np.abs(at_s - track.time_s[before]), np.abs(at_s - track.time_s[after])
    near = np.where(to_before <= to_after, before, after)
    close = np.minimum(to_before, to_after) <= nearest_s
    return Located(*(np.where(close, column[near], np.nan) for column in (track.lat, track.lon, track.radius_m)))


def _choose(first: Located, sure: NDArray[np.bool_], second: Located) -> Located:
    return Located(
        np.where(sure, first.lat, second.lat),
        np.where(sure, first.lon, second.lon),
        np.where(sure, first.radius_m, second.radius_m),
    )


_NOTHING = "it holds no location history: GPX, Google Timeline JSON and OwnTracks are read"


def _expanded(pattern: str | Path) -> Path:
    # `Path.expanduser` raises where there is no such user; then the path is simply not there.
    return Path(os.path.expanduser(pattern))  # noqa: PTH111


def _matches(path: Path) -> set[Path]:
    if path.is_dir():
        inside = (Path(folder, name) for folder, _, names in os.walk(path) for name in names)
        return set(filter(_is_track, inside))
    if path.is_file():
        return {path}
    # `Path.glob` takes no absolute patterns.
    return set(filter(_is_track, map(Path, glob.iglob(str(path), recursive=True))))  # noqa: PTH207


def _is_track(path: Path) -> bool:
    return path.suffix.lower() in {".gpx", ".json", ".rec"} and path.is_file()


def _content_hash(file: Path) -> str:
    try:
        with file.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError:
        return ""


def _read_into(columns: Sequence[array[float]], file: Path) -> str:
    """Append a file's points to time, latitude, longitude and radius; return what is wrong with it, or nothing."""
    good, bad, first_bad, broken = 0, 0, "", ""
    try:
        for point in _points(file):
            if isinstance(point, TooCoarse):
                continue  # usual, and nothing to mend
            if isinstance(point, NotAPoint):
                bad, first_bad = bad + 1, first_bad or str(point)
                continue
            good += 1
            for column, value in zip(columns, (point.time_s, point.lat, point.lon, point.radius_m), strict=True):
                column.append(value)
    except (OSError, ValueError) as error:
        broken = f"{plain_text(str(error))}; {good} points before that are used"
    skipped = f"{bad} of {good + bad} points left out, the first because: {first_bad}" if bad else ""
    return "; ".join(filter(None, (broken, skipped))) or ("" if good else _NOTHING)


def _points(file: Path) -> Iterator[TrackPoint | NotAPoint]:
    readers: dict[str, Callable[[Path], Iterator[TrackPoint | NotAPoint]]] = {".gpx": _gpx_file, ".rec": _rec_file}
    return readers.get(file.suffix.lower(), _json_file)(file)


def _gpx_file(file: Path) -> Iterator[TrackPoint | NotAPoint]:
    with file.open("rb") as handle:
        yield from gpx_points(handle)


def _json_file(file: Path) -> Iterator[TrackPoint | NotAPoint]:
    with file.open(encoding="utf-8-sig", errors="replace") as handle:
        for element in elements(handle):
            yield from json_points(element)


def _rec_file(file: Path) -> Iterator[TrackPoint | NotAPoint]:
    with file.open(encoding="utf-8-sig", errors="replace") as handle:
        while line := handle.readline(1 << 16):
            yield from _rec_line(line)


def _rec_line(line: str) -> Iterator[TrackPoint | NotAPoint]:
    text = owntracks_json(line)
    try:
        for element in elements(io.StringIO(text)):
            yield from json_points(element)
    except ValueError as error:
        yield NotAPoint(str(error))
