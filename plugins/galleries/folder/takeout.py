"""Google Takeout: the JSON that lies beside each photo of an export, under whichever name Google gave it."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from plugins.features.exif_fields import plain_text
from plugins.records import Position

MAX_BYTES = 1_000_000  # real ones are under 10 kB
_LIMIT = 46  # UTF-16 units of a JSON's name before `.json`, less its number: Google cuts at 51 in all
_LONGEST = 51  # UTF-16 units of a photo's name, less its number
_SUFFIX = ".supplemental-metadata"  # since 2024; cut wherever the limit falls
_NUMBERED = re.compile(r"(?P<base>.+)(?P<count>\(\d+\))")
_EDITED = (
    "edited", "bearbeitet", "modifié", "editado", "ha editado", "editada", "editat", "modificato", "bewerkt",
    "edytowane", "redigerad", "redigeret", "redigert", "muokattu", "upraveno", "изменено", "編集済み", "已修改",
    "已編輯", "수정됨",
)  # fmt: skip  # what edited copies are called, in the languages of Google Photos
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BrokenTakeout(ValueError):
    """This is no Takeout JSON that can be read: do without it, and tell the user."""


@dataclass(frozen=True, slots=True)
class TakeoutFields:
    """What Google Photos knew of a photo; what it did not know is None or empty. `taken` is aware, in UTC."""

    taken: datetime | None = None
    position: Position | None = None
    people: tuple[str, ...] = ()
    favourite: bool = False
    archived: bool = False
    trashed: bool = False
    description: str = ""


def takeout_json_of(photo: str, names: Set[str]) -> str | None:
    """Return the name of the JSON that belongs to a photo, out of the names in its folder.

    Known are the names of all years: `IMG_1.jpg.json`, cut to 46 characters; `IMG_1.jpg.supplemental-metadata.json`,
    cut anywhere; the number of `IMG_1(2).jpg` moved to the end; titles without a suffix; edited copies, which share the
    original's. A name of its own comes before a shared one. Where the rules were seen: the tests of immich-go
    (adapters/googlePhotos/matcher_test.go) and of ente (upload/metadata-json), and their issues on Takeout.

    Args:
        photo: file name of the photo, without folder.
        names: all file names in the folder.
    """
    return next((name for name in _candidates(photo) if name in names), None)


def read_takeout(path: Path) -> TakeoutFields:
    """Return the fields of a Takeout JSON; a value that makes no sense is as if it were not there.

    Raises:
        BrokenTakeout: it is no regular file of at most 1 MB with a JSON object in it.
        OSError: it cannot be opened.
    """
    if path.exists() and not path.is_file():
        raise BrokenTakeout("it is not a regular file")
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    return parse_takeout(data)


def parse_takeout(data: bytes) -> TakeoutFields:
    """Return the fields of a Takeout JSON's bytes.

    Raises:
        BrokenTakeout: it is larger than 1 MB, or no JSON object.
    """
    if len(data) > MAX_BYTES:
        raise BrokenTakeout(f"it is larger than {MAX_BYTES // 1_000_000} MB")
    try:
        fields = json.loads(data)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise BrokenTakeout(f"it is not JSON ({type(error).__name__})") from error
    if not isinstance(fields, dict):
        raise BrokenTakeout("it is JSON, but not an object")
    return TakeoutFields(
        taken=_taken(fields.get("photoTakenTime")),
        position=_position(fields.get("geoData")) or _position(fields.get("geoDataExif")),
        people=_people(fields.get("people")),
        favourite=fields.get("favorited") is True,
        archived=fields.get("archived") is True,
        trashed=fields.get("trashed") is True,
        description=_text(fields.get("description")),
    )


def _candidates(photo: str) -> Iterator[str]:
    stem, dot, suffix = photo.rpartition(".")
    ending = dot + suffix if dot else ""
    originals = dict.fromkeys((stem, _without_edited(stem, ending)) if dot else (photo,))
    for original in originals:
        yield from _numbered_names(original, ending)
    for original in originals:  # a photo that was given its suffix by Google, or lost its number to the cut
        yield from _numbered_names(original, "")
        yield f"{_cut(original + ending)}.json"


def _numbered_names(stem: str, ending: str) -> Iterator[str]:
    if _units(stem + ending) <= _LIMIT:
        yield from _json_names(stem + ending, "")
    if match := _NUMBERED.fullmatch(stem):
        yield from _json_names(match["base"] + ending, match["count"])


def _json_names(photo: str, count: str) -> Iterator[str]:
    yield f"{_cut(photo)}{count}.json"
    for end in range(len(_SUFFIX), 0, -1):
        yield f"{photo}{_SUFFIX[:end]}{count}.json"


def _without_edited(stem: str, ending: str) -> str:
    """Return the name of an edited copy's original, number and all; of a long name the word `edited` is cut too."""
    match = _NUMBERED.fullmatch(stem)
    base, count = (match["base"], match["count"]) if match else (stem, "")
    is_cut = _units(base + ending) >= _LONGEST - 1  # one less where a character of two units did not fit
    original, mark, word = base.rpartition("-")
    plain = unicodedata.normalize("NFC", word)  # Macs take the accents off the letters
    edited = any(known == plain or (is_cut and known.startswith(plain)) for known in _EDITED)
    return original + count if mark and edited else stem


def _cut(name: str) -> str:
    return name.encode("utf-16-le")[: 2 * _LIMIT].decode("utf-16-le", "ignore")


def _units(name: str) -> int:
    return len(name.encode("utf-16-le")) // 2


def _taken(value: object) -> datetime | None:
    stamp = value.get("timestamp") if isinstance(value, dict) else None
    if not isinstance(stamp, str | int) or isinstance(stamp, bool):
        return None
    try:
        return _EPOCH + timedelta(seconds=int(stamp))
    except (ValueError, OverflowError):
        return None


def _position(value: object) -> Position | None:
    if not isinstance(value, dict):
        return None
    lat, lon = _number(value.get("latitude")), _number(value.get("longitude"))
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180 or (lat == 0 and lon == 0):
        return None  # 0, 0 is how Google writes "unknown"
    return Position(lat, lon)


def _number(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def _people(value: object) -> tuple[str, ...]:
    entries = value if isinstance(value, list) else []
    names = (plain_text(_text(entry.get("name"))) for entry in entries if isinstance(entry, dict))
    return tuple(dict.fromkeys(name for name in names if name))


def _text(value: object) -> str:
    """Return a text stripped; what JSON can hold and no file can, half a surrogate pair or a zero, becomes a `?`."""
    return value.encode("utf-8", "replace").decode().replace("\0", "?").strip() if isinstance(value, str) else ""
