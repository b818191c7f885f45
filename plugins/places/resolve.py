"""A position for as many photos of a library as possible, each with how we know it (patent 000, paragraph 16)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from plugins.places.earth import is_position
from plugins.places.tracks import GAP_S, STAY_M, Located, Track, locate, make_track
from plugins.places.words import look_up
from plugins.records import Photo, PlaceOrigin, Position

ALL_ORIGINS: tuple[PlaceOrigin, ...] = ("exif", "track", "words", "neighbour")
STRICT_ORIGINS: tuple[PlaceOrigin, ...] = ("exif", "track")
_NEIGHBOUR_STAY_S = 6 * 3600.0
"""Two photos at home a week apart do not say where the one between them was. Events without GPS have the same limit."""


def resolve(
    photos: Sequence[Photo],
    track: Track | None = None,
    *,
    origins: Collection[PlaceOrigin] = ALL_ORIGINS,
    gap_s: float = GAP_S,
    stay_m: float = STAY_M,
    neighbour_stay_s: float = _NEIGHBOUR_STAY_S,
) -> tuple[Position | None, ...]:
    """Say where each photo was taken: by itself, else by the track, else by its place words, else by its neighbours.

    A usable position that a photo already has is returned untouched; 0/0 and what is not on Earth counts as none.
    Only a photo whose time is known by the second takes part in the track and in neighbourhood: a file's time, or a day
    read off a file name, says nothing about where.

    Args:
        photos: photos of one library, any order. Neighbours are photos of the same owner.
        track: the library's location history.
        origins: which ways are allowed; `STRICT_ORIGINS` for the claim to the letter.
        gap_s: how far off in time a neighbour may be, and two fixes of the track from each other, in seconds.
        stay_m: how far apart the ends of a stay may be, in metres.
        neighbour_stay_s: longest stay between two photos at one place, in seconds.
    Returns:
        Positions in the order of the photos, with origin and radius; None where there is no way to know.
    """
    found = [photo.position if photo.position and _usable(photo.position) else None for photo in photos]
    moments = np.array([photo.taken_at.timestamp() for photo in photos], dtype=float)
    timed = np.array([_knows_its_moment(photo) for photo in photos], dtype=bool)
    if track is not None and "track" in origins:
        missing = _missing(found, timed)
        _fill(found, missing, locate(track, moments[missing], gap_s=gap_s, stay_m=stay_m), "track")
    if "words" in origins:
        _fill_from_words(found, photos)
    if "neighbour" in origins:
        for members in _by_owner(photos):
            _fill_from_neighbours(found, members[timed[members]], moments, gap_s, stay_m, neighbour_stay_s)
    return tuple(found)


def _usable(position: Position) -> bool:
    return is_position(position.lat, position.lon)


def _knows_its_moment(photo: Photo) -> bool:
    # A day without a time (WhatsApp names its pictures so) is stored as a full hour.
    full_hour = photo.taken_local.minute == 0 and photo.taken_local.second == 0
    return photo.time_origin != "file" and not (photo.time_origin == "name" and full_hour)


def _missing(found: Sequence[Position | None], among: NDArray[np.bool_]) -> NDArray[np.intp]:
    return np.flatnonzero(among & np.array([position is None for position in found], dtype=bool))


def _fill(found: list[Position | None], rows: NDArray[np.intp], located: Located, origin: PlaceOrigin) -> None:
    for row, lat, lon, radius_m in zip(rows, located.lat, located.lon, located.radius_m, strict=True):
        if is_position(lat, lon):
            found[row] = Position(float(lat), float(lon), float(radius_m), origin)


def _fill_from_words(found: list[Position | None], photos: Sequence[Photo]) -> None:
    rows = [row for row, photo in enumerate(photos) if found[row] is None and photo.words]
    for row, position in zip(rows, look_up([photos[row].words for row in rows]), strict=True):
        found[row] = position


def _by_owner(photos: Sequence[Photo]) -> list[NDArray[np.intp]]:
    owners = np.array([photo.owner for photo in photos], dtype=object)
    return [np.flatnonzero(owners == owner) for owner in sorted({photo.owner for photo in photos})]


def _fill_from_neighbours(
    found: list[Position | None],
    members: NDArray[np.intp],
    moments: NDArray[np.float64],
    gap_s: float,
    stay_m: float,
    stay_s: float,
) -> None:
    """Fill in from the exact positions around, and only then from those that words gave."""
    sources = [(row, found[row]) for row in members]
    for by_words in (False, True):
        known = [(row, place) for row, place in sources if place and (place.origin == "words") == by_words]
        around = make_track(
            moments[[row for row, _ in known]] if known else (),
            [place.lat for _, place in known],
            [place.lon for _, place in known],
            [place.radius_m for _, place in known] if known else 0.0,
        )
        rows = members[[found[row] is None for row in members]] if len(members) else members
        near = locate(around, moments[rows], gap_s=gap_s, stay_m=stay_m, stay_s=stay_s, nearest_s=gap_s)
        _fill(found, rows, near, "neighbour")
