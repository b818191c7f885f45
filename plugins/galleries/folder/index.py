"""What the last scan of a folder found: unchanged files are not opened again, photos keep their identity."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import TypeAdapter, ValidationError

from plugins.atomic import write_atomically
from plugins.records import Photo, Region

VERSION = 3
"""Raised when files have to be read again because we read more out of them; identities are kept."""
_LOG = logging.getLogger(__name__)

LeftOut: TypeAlias = Literal["", "unreadable", "trashed", "poster"]
Beside: TypeAlias = tuple[tuple[str, int, int], ...]
"""Name, size in bytes and time of change in nanoseconds of the sidecars that belong to a photo, sorted."""


@dataclass(frozen=True, slots=True)
class PosterMark:
    """What a poster of ours says of itself: the content key of its video, and which moment it shows, in seconds."""

    content_key: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Facts:
    """What one file holds, as of its size, its time and those of its sidecars; whose photo it is, is not among it.

    `photo` and `regions` carry no photo id; `photo` is None for a file that is left out. `orientation` is EXIF's, 1 to
    8. `problem` says what is wrong, also with a file that is not left out. `read_at_s` is when it was read, seconds
    since 1970 UTC. `poster` is the mark of a poster of ours, which is no photo.
    """

    path: str
    size: int
    mtime_ns: int
    content_key: str
    beside: Beside = ()
    photo: Photo | None = None
    regions: tuple[Region, ...] = ()
    orientation: int = 1
    left_out: LeftOut = ""
    problem: str = ""
    read_at_s: float = 0.0
    poster: PosterMark | None = None


Answer: TypeAlias = Facts | str
"""What one file holds, or why it cannot be read now."""


@dataclass(frozen=True, slots=True)
class Gone:
    """A photo whose file is not there now; it may come back under any name."""

    id: str
    content_key: str


@dataclass(frozen=True, slots=True)
class Known:
    """A file and the photo it is: `id` is the path at which this photo was first seen."""

    id: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Index:
    """One scan of a folder. `pending` are files that a scan that was broken off has read but not yet identified."""

    zone: str = ""
    version: int = VERSION
    known: tuple[Known, ...] = ()
    gone: tuple[Gone, ...] = ()
    pending: tuple[Facts, ...] = ()


_INDEX = TypeAdapter(Index)
_ANSWERS = TypeAdapter(list[Answer])


def load_index(path: Path) -> Index:
    """Return the stored index; an empty one, with a warning in the log, if it is broken or newer than we are."""
    try:
        if path.exists() and not path.is_file():  # reading a pipe would wait for ever
            raise OSError("it is not a regular file")
        index = _INDEX.validate_json(path.read_bytes())
    except FileNotFoundError:
        return Index()
    except (OSError, ValidationError) as error:
        reason = f"{error.error_count()} errors" if isinstance(error, ValidationError) else str(error)
        _LOG.warning("the index %s cannot be read (%s): every photo is read again", path, reason)
        return Index()
    if index.version > VERSION:
        _LOG.warning("the index %s was written by a newer Albumen: every photo is read again", path)
        return Index()
    return index


def save_index(path: Path, index: Index) -> None:
    """Store an index as a whole or not at all.

    Raises:
        OSError: the folder cannot be written, or is full; what was stored before is still there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, _INDEX.dump_json(index))


def json_of_answers(answers: list[Answer]) -> object:
    """Return answers in JSON types; facts are as in the index."""
    return _ANSWERS.dump_python(answers, mode="json")


def answers_of_json(said: object, n: int) -> list[Answer]:
    """Return the n answers that `json_of_answers` made this of.

    Raises:
        ValueError: it did not.
    """
    answers = _ANSWERS.validate_json(json.dumps(said))  # as strict as the index, which must be able to hold it
    if len(answers) != n:
        raise ValueError(f"{len(answers)} answers for {n} files")
    return answers


def facts_by_path(index: Index) -> dict[str, Facts]:
    """Return what is stored of each file, of a scan that was broken off too."""
    return {fact.path: fact for fact in (*(known.facts for known in index.known), *index.pending)}


def still_holds(index: Index, zone: str) -> bool:
    """Say whether stored facts may be used: not those read for another time zone, or by code that read less.

    Their content keys hold in any case, for files of the same size and time.
    """
    return index.zone == zone and index.version == VERSION


def identify(index: Index, found: Iterable[Facts], zone: str) -> Index:
    """Say which photo each file of a scan is.

    A file at its old path with its old content is the same photo. A photo whose path is gone, or holds another content
    now, is the file with its content elsewhere: identity follows a renamed or moved file. A file that changed where it
    lies, and whose old content is nowhere else, is the same photo, edited. Every other file is a new photo, whose id is
    its path, or its path with a number when another photo has that id.

    Args:
        index: the scan before.
        found: all files of this scan, with paths all different.
        zone: the time zone that they were read for.
    """
    files = {fact.path: fact for fact in found}
    before = {known.facts.path: known for known in index.known}
    ids = {path: known.id for path, known in before.items() if _same(files.get(path), known)}
    _follow(ids, files, _loose(index, before, ids))
    taken = set(ids.values())
    for path in sorted(files.keys() & before.keys() - ids.keys()):
        if before[path].id not in taken:
            ids[path] = before[path].id
            taken.add(before[path].id)
    taken |= {known.id for known in index.known} | {gone.id for gone in index.gone}
    for path in sorted(files.keys() - ids.keys()):
        ids[path] = _free(path, taken)
        taken.add(ids[path])
    known = tuple(Known(ids[path], files[path]) for path in sorted(files))
    return Index(zone=zone, known=known, gone=_gone(index, set(ids.values())))


def _same(fact: Facts | None, known: Known) -> bool:
    return fact is not None and fact.content_key == known.facts.content_key


def _loose(index: Index, before: Mapping[str, Known], ids: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the ids without a file, by content: of those that just lost theirs first, then of those long gone."""
    loose: dict[str, list[str]] = defaultdict(list)
    for path, known in sorted(before.items()):
        if path not in ids:
            loose[known.facts.content_key].append(known.id)
    for gone in index.gone:
        loose[gone.content_key].append(gone.id)
    return loose


def _follow(ids: dict[str, str], files: Mapping[str, Facts], loose: dict[str, list[str]]) -> None:
    """Give ids without a file to files with their content: to the file whose path the id is, before any other."""
    for path in sorted(files.keys() - ids.keys()):
        waiting = loose.get(files[path].content_key, [])
        if path in waiting:
            waiting.remove(path)
            ids[path] = path
    for path in sorted(files.keys() - ids.keys()):
        waiting = loose.get(files[path].content_key, [])
        if waiting:
            ids[path] = waiting.pop(0)


def _free(path: str, taken: set[str]) -> str:
    if path not in taken:
        return path
    number = 2
    while f"{path}~{number}" in taken:
        number += 1
    return f"{path}~{number}"


def _gone(index: Index, present: set[str]) -> tuple[Gone, ...]:
    """Return all photos that once were and are not here now; their ids are never given to another photo."""
    lost = [Gone(known.id, known.facts.content_key) for known in index.known if known.id not in present]
    return (*lost, *(gone for gone in index.gone if gone.id not in present))
