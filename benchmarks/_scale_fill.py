"""Filling a store and the counting gallery with a simulated library, as extraction would have left it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import sqlalchemy as sa

from benchmarks._scale_faces import Crowd, Faces
from benchmarks._scale_gallery import FILE, SCHEMA, Plugin
from benchmarks._scale_library import Shots, pictures, shots
from benchmarks._scale_parts import FACES, LIBRARY, PICTURES, install
from plugins.people._synthetic_faces import Traits
from plugins.settings import Settings
from plugins.store import open_store
from plugins.store.measures import EXPOSURE, SHARPNESS
from plugins.store.opening import opened
from plugins.store.tables import face_scans, faces, features, measures
from plugins.store.vectors import STORED
from plugins.tags._synthetic import Library

AT_ONCE: Final = 8_192
"""Photos to one transaction."""
KNOWN: Final = 0.95  # of our faces, those that the gallery has found too
GIVEN: Final = 0.8  # of these, those that it has given to somebody
NAMED: Final = 0.05
"""Of the people, most frequent first, those whom the user has named in the gallery."""
OFF: Final = 0.01
"""By how much the gallery's boxes differ from ours, as a share of the picture."""
PHOTOS_AN_ALBUM: Final = 5_000
"""Photos of the library to each album of the user's own, which holds one happening and has a cover."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Filled:
    """How many of each there are."""

    photos: int
    faces: int
    people: int
    tagged: int
    albums: int


def fill(folder: Path, settings: Settings, n: int, seed: int) -> Filled:
    """Make a library of n photos in a new folder, its store by the settings, and its gallery beside it."""
    install(folder)
    taken = shots(n, seed)
    crowd, tagged, done = Crowd(seed, taken.people, Traits()), 0, 0
    engine = opened(settings.database, settings.data_dir / "backups")
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as gallery:
        gallery.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; {SCHEMA}")
        _people(gallery, taken.people)
        for shown in pictures(n, seed, AT_ONCE):
            last = done + len(shown.vectors)
            keys = _keys(taken, seed, done, last)
            found = crowd.faces(taken, done, last)
            with engine.begin() as connection:
                _store(connection, keys, taken, done, shown, found)
            gallery.execute("BEGIN")
            _photos(gallery, keys, taken, done, shown)
            _faces(gallery, taken, done, last, found, np.random.default_rng([seed, 4, done]))
            gallery.execute("COMMIT")
            tagged, done = tagged + sum(map(bool, shown.tags)), last
        albums = _albums(gallery, taken, np.random.default_rng([seed, 5]))
    engine.dispose()
    with open_store(settings) as store, Plugin(folder / FILE) as there:
        store.models.choose(LIBRARY, "faces", *FACES)
        store.photos.replace(LIBRARY, there.photos())
    return Filled(n, len(taken.person), taken.people, tagged, albums)


def _keys(taken: Shots, seed: int, first: int, last: int) -> list[str]:
    return [hashlib.sha256(f"{seed}/{n}".encode()).hexdigest() for n in taken.number[first:last].tolist()]


def _store(connection: sa.Connection, keys: list[str], taken: Shots, first: int, shown: Library, found: Faces) -> None:
    """Insert what extraction knows of a few photos."""
    draw = np.random.default_rng(first)
    n_faces = np.diff(taken.faces[first : first + len(keys) + 1]).tolist()
    scan, picture = _made_by(FACES), _made_by(PICTURES)
    connection.execute(
        face_scans.insert(),
        [{"content_key": key, **scan, "n_faces": n} for key, n in zip(keys, n_faces, strict=True)],
    )
    if rows := [*_face_rows(keys, n_faces, found, scan)]:
        connection.execute(faces.insert(), rows)
    vectors = shown.vectors.astype(STORED)
    connection.execute(
        features.insert(),
        [
            {"content_key": key, **picture, "vector": vector.tobytes()}
            for key, vector in zip(keys, vectors, strict=True)
        ],
    )
    for name, version in (SHARPNESS, EXPOSURE):
        values = draw.beta(4, 2, len(keys)).tolist()
        connection.execute(
            measures.insert(),
            [
                {"content_key": key, "name": name, "version": version, "value": value}
                for key, value in zip(keys, values, strict=True)
            ],
        )


def _made_by(extractor: tuple[str, str]) -> Row:
    name, version = extractor
    return {"extractor": name, "version": version}


def _face_rows(keys: list[str], n_faces: list[int], found: Faces, scan: Row) -> Iterator[Row]:
    vectors, boxes, points = found.vectors.astype(STORED), found.boxes.tolist(), found.points.tolist()
    measured = [getattr(found, name).tolist() for name in ("score", "size_px", "sharpness", "frontal")]
    row = 0
    for key, n in zip(keys, n_faces, strict=True):
        for face in range(n):
            left, top, right, bottom = boxes[row]
            score, size_px, sharpness, frontal = (values[row] for values in measured)
            yield {
                "content_key": key, **scan, "face": face,
                "left": left, "top": top, "right": right, "bottom": bottom, "landmarks": points[row],
                "score": score, "size_px": size_px, "sharpness": sharpness, "frontal": frontal,
                "at_s": None, "vector": vectors[row].tobytes(),
            }  # fmt: skip
            row += 1


def _photos(gallery: sqlite3.Connection, keys: list[str], taken: Shots, first: int, shown: Library) -> None:
    here = slice(first, first + len(keys))
    where = ([None if np.isnan(at) else at for at in axis[here].tolist()] for axis in (taken.lat, taken.lon))
    numbers = taken.number[here].tolist()
    columns = (
        numbers,
        keys,
        (taken.taken_s[here] * 1_000_000).astype(np.int64).tolist(),
        *where,
        map(json.dumps, shown.tags),
        taken.rating[here].tolist(),
        taken.favourite[here].tolist(),
    )
    gallery.executemany("INSERT INTO photos VALUES (?, ?, ?, ?, ?, ?, ?, ?)", zip(*columns, strict=True))
    rows = ((tag, n) for n, tags in zip(numbers, shown.tags, strict=True) for tag in tags)
    gallery.executemany("INSERT INTO tags VALUES (?, ?)", rows)


def _faces(
    gallery: sqlite3.Connection, taken: Shots, first: int, last: int, found: Faces, draw: np.random.Generator
) -> None:
    """Let the gallery know most of the faces, and whose most of them are."""
    here = slice(taken.faces[first], taken.faces[last])
    n_faces = np.diff(taken.faces[first : last + 1])
    photo, person = np.repeat(taken.number[first:last], n_faces), taken.person[here]
    place = np.arange(len(photo)) - np.repeat(np.cumsum(n_faces) - n_faces, n_faces)
    boxes = (found.boxes + draw.normal(0, OFF / 4, found.boxes.shape)).clip(0, 1).round(6)
    given = (draw.random(len(photo)) < GIVEN) & (person < taken.people)
    rows = zip(photo.tolist(), place.tolist(), boxes.tolist(), person.tolist(), given.tolist(), strict=True)
    kept = draw.random(len(photo)) < KNOWN
    gallery.executemany(
        "INSERT INTO faces VALUES (?, ?, ?, ?)",
        (
            (number, face, json.dumps(box), f"g{who}" if is_given else "")
            for (number, face, box, who, is_given), is_kept in zip(rows, kept.tolist(), strict=True)
            if is_kept
        ),
    )


def _people(gallery: sqlite3.Connection, people: int) -> None:
    named = max(1, round(people * NAMED))
    rows = ((f"g{n}", f"g{n}", f"Person {n}" if n < named else "") for n in range(people))
    gallery.executemany("INSERT INTO people VALUES (?, ?, ?)", rows)


def _albums(gallery: sqlite3.Connection, taken: Shots, draw: np.random.Generator) -> int:
    """Make the user's own albums, each of a happening, with a cover that they chose."""
    events = np.unique(taken.event)
    chosen = draw.choice(events, min(len(events), max(3, len(taken) // PHOTOS_AN_ALBUM)), replace=False)
    for album, event in enumerate(chosen.tolist(), 1):
        photos = np.sort(taken.number[slice(*np.searchsorted(taken.event, [event, event + 1]))]).tolist()
        gallery.execute(
            "INSERT INTO albums VALUES (?, NULL, '', ?, '', ?)", (album, f"Mine {album}", int(draw.choice(photos)))
        )
        gallery.executemany("INSERT INTO members (album, photo) VALUES (?, ?)", ((album, photo) for photo in photos))
    return len(chosen)
