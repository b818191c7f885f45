"""The backup of people's names as a file: whose face is where in which content, so that names survive a face reset."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from plugins.pages.wording import clean
from plugins.records import Box

SCHEMA: Final = "albumen-names"
VERSION: Final = 1
MOST_BYTES: Final = 64_000_000
"""A backup of 300,000 faces; none of ours gets there, and a file from outside must not fill the memory."""
MOST_PEOPLE: Final = 10_000
MOST_NAME: Final = 200
"""Characters of one name."""
MOST_KEY, MOST_PHOTO = 200, 1_000


@dataclass(frozen=True, slots=True)
class SavedFace:
    """Whose face is where: the content of the photo, the face's box in it, the name; `photo` is for people to read."""

    content_key: str
    box: Box
    name: str
    photo: str = ""


class NamesFileWrong(ValueError):
    """The file is no backup of names that can be read: give the one that `--backup` wrote."""


def fit_name(name: str) -> str:
    """Return a name that can be kept and shown as it is.

    Raises:
        ValueError: it is empty or too long, or has control characters.
    """
    if not name.strip():
        raise ValueError("a name cannot be empty")
    if len(name) > MOST_NAME:
        raise ValueError(f"a name has at most {MOST_NAME} characters, this one {len(name):,}")
    if clean(name) != name:
        raise ValueError("a name has no control characters and no line breaks")
    return name


def _a_box(box: Box) -> Box:
    if not (box[0] < box[2] and box[1] < box[3]):
        raise ValueError("a box is left, top, right, bottom, and not empty")
    return box


_Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


class _Face(_Part):
    content_key: Annotated[str, Field(min_length=1, max_length=MOST_KEY)]
    box: Annotated[tuple[_Share, _Share, _Share, _Share], AfterValidator(_a_box)]
    name: Annotated[str, AfterValidator(fit_name)]
    photo: Annotated[str, Field(max_length=MOST_PHOTO)] = ""


class _Head(BaseModel):
    """What tells which file this is; all else is read only where that is known."""

    model_config = ConfigDict(strict=True, extra="ignore")
    kind: str = Field(alias="schema")
    version: int


class _File(_Part):
    kind: Literal["albumen-names"] = Field(alias="schema")
    version: Literal[1]
    faces: tuple[_Face, ...]


def names_json(faces: Iterable[SavedFace]) -> bytes:
    """Return the faces as a backup file, in an order that depends on them alone; boxes have six decimals.

    Names and content keys must be such as `read_names` takes; `fit_name` says so of a name.
    """
    rows = [
        {"content_key": f.content_key, "box": [round(e, 6) for e in f.box], "name": f.name, "photo": _short(f.photo)}
        for f in sorted(faces, key=lambda face: (face.photo, face.content_key, face.box, face.name))
    ]
    lines = ",\n".join(map(json.dumps, rows))  # a face a line: to look at, and to compare two backups
    return f'{{"schema": "{SCHEMA}", "version": {VERSION}, "faces": [\n{lines}\n]}}\n'.encode()


def _short(photo: str) -> str:
    return clean(photo)[:MOST_PHOTO]


def read_names(path: Path) -> tuple[SavedFace, ...]:
    """Read a backup of names, whoever wrote it.

    Raises:
        NamesFileWrong: it is not there, too large, of another kind or version, or damaged; the text says where.
    """
    data = _bytes_of(path)
    try:
        head = _Head.model_validate_json(data)
    except ValidationError as error:
        raise NamesFileWrong(f"{path} is no backup of names: {_first(error)}") from None
    if head.kind != SCHEMA:
        raise NamesFileWrong(f"{path} is no backup of names: its schema is {head.kind[:50]!r}, not {SCHEMA!r}")
    if head.version != VERSION:
        raise NamesFileWrong(
            f"{path} is a backup of names of version {head.version}, and this Albumen reads version {VERSION}: "
            "use the Albumen that wrote it"
        )
    try:
        found = _File.model_validate_json(data)
    except ValidationError as error:
        raise NamesFileWrong(f"{path} is damaged, and nothing of it is used: {_first(error)}") from None
    n_people = len({face.name for face in found.faces})
    if n_people > MOST_PEOPLE:
        raise NamesFileWrong(f"{path} names {n_people:,} people, and {MOST_PEOPLE:,} are the most that are taken")
    return tuple(SavedFace(face.content_key, face.box, face.name, face.photo) for face in found.faces)


def _bytes_of(path: Path) -> bytes:
    try:
        if not path.is_file():  # opening a pipe would wait for ever
            raise NamesFileWrong(f"{path} is no file" if path.exists() else f"there is no file {path}")
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise NamesFileWrong(f"{path} cannot be read: {error.strerror or error}") from error
    if len(data) > MOST_BYTES:
        raise NamesFileWrong(f"{path} is larger than {MOST_BYTES / 1e6:.0f} MB, and no backup of names is")
    return data


def _first(error: ValidationError) -> str:
    """Return the first thing that is wrong, and where, without the file's own words but for a short piece."""
    wrong = error.errors(include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in wrong["loc"])
    return clean(f"{where}: {wrong['msg']}" if where else wrong["msg"])[:300]
