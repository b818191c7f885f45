"""One file of a folder gallery, read: its photo, the faces that are named in it, and what is wrong with it."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import tzlocal
from pydantic import TypeAdapter

from plugins.features.exif_fields import ExifFields, read_exif
from plugins.galleries.folder.index import Answer, Facts, LeftOut, json_of_answers
from plugins.galleries.folder.poster_marks import mark_in, may_be_poster
from plugins.galleries.folder.sidecar import BrokenSidecar, NamedBox, SidecarFields, parse_xmp, read_sidecar
from plugins.galleries.folder.tag_words import levels_of, words_of
from plugins.galleries.folder.takeout import BrokenTakeout, TakeoutFields, read_takeout
from plugins.galleries.folder.times import choose_time
from plugins.galleries.folder.videos import VideoFields, read_video
from plugins.galleries.folder.walking import Found
from plugins.pictures import HEAD_BYTES, UnreadablePicture, container_of, upright_box
from plugins.records import Photo, Region

_MACHINE_TAG = re.compile(r"\w+:\w+=")  # Flickr's `geo:lat=38.7` and its like
_JUNK = frozenset(
    (
        "geotagged", "default", "untitled", "exif_jpeg_picture", "digital camera", "olympus digital camera",
        "samsung camera pictures", "minolta digital camera", "kodak digital still camera", "sony dsc",
    )
)  # fmt: skip  # what cameras and uploaders put where keywords belong
_LONGEST_TAG = 100  # characters; longer ones are sentences
_FOUND = TypeAdapter(Found)


@dataclass(slots=True)
class _Sources:
    """Everything that speaks of one file, and what of it could not be understood."""

    found: Found
    exif: ExifFields = field(default_factory=ExifFields)
    video: VideoFields | None = None
    sidecar: SidecarFields = field(default_factory=SidecarFields)
    embedded: SidecarFields = field(default_factory=SidecarFields)
    takeout: TakeoutFields = field(default_factory=TakeoutFields)
    problems: list[str] = field(default_factory=list)


def content_key_of(path: Path) -> str:
    """Return the SHA-256 of a file.

    It is worked out in the scanning process: that of a long video takes longer than a decoding process has.

    Raises:
        OSError: the file cannot be opened or read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_facts(root: Path, found: Found, zone: ZoneInfo, content_key: str = "") -> Facts:
    """Read one file and what lies beside it; nothing is written, and nothing is decoded but a video's first frame.

    Args:
        root: the gallery's folder.
        found: the file.
        zone: the library's time zone.
        content_key: the SHA-256 of the file if it is known already; else it is worked out.

    Raises:
        OSError: the file cannot be opened, or changes while it is read.
    """
    sources = _Sources(found)
    left_out: LeftOut = ""
    with (root / found.path).open("rb") as file:
        content_key = content_key or hashlib.file_digest(file, "sha256").hexdigest()
        poster = mark_in(file) if may_be_poster(found.path) else None
        try:
            _read_file(file, sources)
        except UnreadablePicture as error:
            left_out = "unreadable"
            sources.problems.append(str(error))
        after = os.fstat(file.fileno())
    if (after.st_size, after.st_mtime_ns) != (found.size, found.mtime_ns):
        raise BlockingIOError(None, "it is being written just now: it is read in the next run")
    _read_beside((root / found.path).parent, sources)
    if sources.takeout.trashed and not left_out:
        left_out = "trashed"
    if poster is not None:
        left_out = "poster"
    return Facts(
        path=found.path,
        size=found.size,
        mtime_ns=found.mtime_ns,
        content_key=content_key,
        beside=found.beside,
        photo=None if left_out else _photo(sources, zone, content_key),
        regions=() if left_out else tuple(_regions(sources)),
        orientation=sources.exif.orientation,
        left_out=left_out,
        problem="; ".join(sources.problems),
        read_at_s=time.time(),
        poster=poster,
    )


def answer_batch(root: str, zone: str, files: list[tuple[Mapping[str, object], str]]) -> object:
    """Do `read_facts` for some files in a decoding process, which is asked in JSON and answers in it.

    Args:
        root: the gallery's folder.
        zone: name of the library's time zone.
        files: fields of `Found`, and the content key, of each.

    Returns:
        What `index.answers_of_json` makes answers of, one for each file.
    """
    place = _zone(zone)
    return json_of_answers([_answer(Path(root), _FOUND.validate_python(found), place, key) for found, key in files])


def _answer(root: Path, found: Found, zone: ZoneInfo, content_key: str) -> Answer:
    try:
        return read_facts(root, found, zone, content_key)
    except OSError as error:
        return error.strerror or str(error)


def _zone(name: str) -> ZoneInfo:
    """Return the time zone of a name; the system's own has none that anybody knows where its files do not tell."""
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:
        return tzlocal.get_localzone()


def _read_file(file: IO[bytes], sources: _Sources) -> None:
    file.seek(0)
    container = container_of(file.read(HEAD_BYTES))
    file.seek(0)
    if not container:
        raise UnreadablePicture("it is not a picture or video that can be read, or its beginning is broken")
    if container != "image":
        sources.video = read_video(file, container)
        return
    sources.exif = read_exif(file)
    if sources.exif.xmp:
        try:
            sources.embedded = parse_xmp(sources.exif.xmp)
        except BrokenSidecar as error:
            sources.problems.append(f"the XMP packet inside it was not used: {error}")


def _read_beside(folder: Path, sources: _Sources) -> None:
    """Read the sidecars, the first of which wins, and the Takeout JSON; a broken one is left alone and reported."""
    for name in reversed(sources.found.sidecars):
        try:
            sources.sidecar = _merged(read_sidecar(folder / name), sources.sidecar)
        except (BrokenSidecar, OSError) as error:
            sources.problems.append(f"its sidecar {name!r} was not used: {error}")
    if sources.found.takeout:
        try:
            sources.takeout = read_takeout(folder / sources.found.takeout)
        except (BrokenTakeout, OSError) as error:
            sources.problems.append(f"its Takeout file {sources.found.takeout!r} was not used: {error}")


def _merged(first: SidecarFields, second: SidecarFields) -> SidecarFields:
    tags = tuple(dict.fromkeys((*first.tags, *second.tags)))
    return SidecarFields(
        tags=tags,
        our_tags=tuple(tag for tag in first.our_tags if tag not in tags),  # we write the first alone
        listed=(*first.listed, *second.listed),
        rating=first.rating or second.rating,
        taken=first.taken or second.taken,
        position=first.position or second.position,
        words=first.words or second.words,
        description=first.description or second.description,
        our_note=first.our_note,
        regions=first.regions or second.regions,
    )


def _photo(sources: _Sources, zone: ZoneInfo, content_key: str) -> Photo:
    """Put the photo together; what the user changed last, the sidecar, wins, but for the time (see `choose_time`)."""
    found, exif, video = sources.found, sources.exif, sources.video
    sidecar, embedded, takeout = sources.sidecar, sources.embedded, sources.takeout
    moment = choose_time(
        PurePosixPath(found.path).name,
        found.mtime_ns / 1e9,
        zone,
        exif=exif,
        video=video.taken if video else None,
        xmp=sidecar.taken or embedded.taken,
        takeout=takeout.taken,
    )
    inside = exif.position or (video.position if video else None)
    return Photo(
        id="",
        name=found.path,
        taken_at=moment.at,
        taken_local=moment.local,
        content_key=content_key,
        kind="video" if video else "image",
        time_origin=moment.origin,
        position=sidecar.position or inside or embedded.position or takeout.position,
        words=sidecar.words or embedded.words or exif.words,
        width=video.width if video else exif.width,
        height=video.height if video else exif.height,
        camera=video.camera if video else exif.camera,
        duration_s=video.duration_s if video else 0.0,
        hidden=takeout.archived,
        tags=_users_tags(_merged(sidecar, embedded), exif.keywords),
        rating=sidecar.rating or embedded.rating or exif.rating,
        favourite=takeout.favourite,
    )


def _users_tags(packets: SidecarFields, keywords: Iterable[str]) -> tuple[str, ...]:
    """Return what the user put on a photo; a tag that is ours in our sidecar and the user's elsewhere is the user's.

    A word without levels that one source has is no tag of its own where it is only a level of one of another source's.
    """
    repeated = words_of(packets.listed) - set(packets.listed)
    words = dict.fromkeys((*packets.tags, *keywords))
    return tuple(word for word in words if word not in repeated and not any(map(_is_technical, levels_of(word))))


def _is_technical(word: str) -> bool:
    return len(word) > _LONGEST_TAG or word.lower() in _JUNK or _MACHINE_TAG.match(word) is not None


def _regions(sources: _Sources) -> Iterable[Region]:
    """Yield the faces with names: boxes from the sidecar, else from inside; then people that Google saw somewhere."""
    boxes: tuple[NamedBox, ...] = sources.sidecar.regions or sources.embedded.regions
    for count, face in enumerate(boxes):
        yield Region("", upright_box(face.box, sources.exif.orientation), face.name, id=str(count))
    named = {face.name for face in boxes}
    for name in sources.takeout.people:
        if name not in named:
            yield Region("", None, name)
