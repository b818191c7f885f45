"""What is fuzzed: each reader with what it is given, the errors that its docstring names, and what it may answer."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from fuzz import binary, checks, seeds, text
from fuzz.checks import need
from fuzz.folder import check_folder

from plugins.features.exif_fields import read_exif
from plugins.galleries import GalleryRefused
from plugins.galleries.folder.catalogue import Catalogue
from plugins.galleries.folder.people import PeopleFile
from plugins.galleries.folder.sidecar import BrokenSidecar, parse_xmp
from plugins.galleries.folder.sidecar_edit import set_tags
from plugins.galleries.folder.takeout import BrokenTakeout, parse_takeout
from plugins.galleries.folder.videos import read_video
from plugins.pictures import (
    HEAD_BYTES,
    UnreadablePicture,
    container_of,
    open_header,
    open_picture,
    orientation_of,
    upright_size,
)
from plugins.places.tracks import read_tracks
from plugins.videos import open_frames

MOST_BYTES = 3_000_000
"""The largest input: mutations that multiply are cut."""


@dataclass(frozen=True)
class Input:
    """One damaged file: the name of the seed it was made of, its bytes, and an empty folder to work in."""

    name: str
    data: bytes
    place: Path

    def written(self) -> Path:
        """Write the file into the folder; return where it is."""
        path = self.place / self.name
        path.write_bytes(self.data)
        return path


@dataclass(frozen=True)
class Target:
    """One reader under test.

    `read` returns whether the input could be used, or raises one of `errors`; anything else is a finding. `share` is
    its part of all inputs.
    """

    kinds: tuple[str, ...]
    read: Callable[[Input], bool]
    errors: tuple[type[Exception], ...] = ()
    share: int = 10


def make_input(target: Target, name: str, seed: int, index: int, place: Path) -> Input:
    """Make the input of this number: the same bytes for the same target, seed and number, on any day."""
    chance = Random(f"{seed} {name} {index}")
    files, others = _seeds(target.kinds)
    file, data = chance.choice(files)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        if data:
            data = chance.choice(_mutators(file))(data, others, chance)[:MOST_BYTES]
    return Input(file, data, place)


@cache
def _seeds(kinds: tuple[str, ...]) -> tuple[tuple[tuple[str, bytes], ...], tuple[bytes, ...]]:
    made = {name: data for kind in kinds for name, data in seeds.KINDS[kind]().items()}
    return tuple(sorted(made.items())), tuple(made[name] for name in sorted(made))


def _mutators(file: str) -> Sequence[binary.Mutator]:
    languages = {".xmp": text.XML, ".gpx": text.XML, ".json": text.JSON, ".rec": text.JSON, ".toml": text.TOML}
    return languages.get(Path(file).suffix, binary.MUTATORS)


def _decode(given: Input) -> bool:
    checks.check_picture(open_picture(given.data, working=len(given.data) % 2 == 0))
    return True


def _frames(given: Input) -> bool:
    for frame in open_frames(given.data, n=4):
        checks.check_picture(frame.picture)
        need(frame.at_s is None or frame.at_s >= 0, f"shown at {frame.at_s} s")
    return True


def _header(given: Input) -> bool:
    with open_header(io.BytesIO(given.data)) as picture:
        need(orientation_of(picture) in range(1, 9), "orientation")
        need(min(upright_size(picture)) >= 1, f"size {upright_size(picture)}")
    return True


def _exif(given: Input) -> bool:
    fields = read_exif(io.BytesIO(given.data))
    checks.check_exif(fields)
    return not fields.reasons


def _video(given: Input) -> bool:
    file = io.BytesIO(given.data)
    container = container_of(file.read(HEAD_BYTES))
    if container in ("", "image"):
        return False
    file.seek(0)
    checks.check_video(read_video(file, container))
    return True


def _sidecar(given: Input) -> bool:
    checks.check_sidecar(parse_xmp(given.data))
    return True


def _sidecar_edit(given: Input) -> bool:
    """Put a tag in and take one out: the file stays as it is, or reads back with it and all that the user wrote."""
    path = given.written()
    try:
        before = parse_xmp(given.data)
        set_tags(path, ["new"], ["ours"])
    except BrokenSidecar:
        need(path.read_bytes() == given.data, "a sidecar that cannot be read was changed")
        raise
    after = parse_xmp(path.read_bytes())
    need("new" in {*after.tags, *after.our_tags}, "the tag was not put in")
    need(set(before.tags) <= set(after.tags), f"tags of the user's are lost: {set(before.tags) - set(after.tags)}")
    kept = ("rating", "taken", "position", "words", "description", "regions")
    lost = [name for name in kept if getattr(before, name) != getattr(after, name)]
    need(not lost, f"{lost} changed")
    return True


def _takeout(given: Input) -> bool:
    checks.check_takeout(parse_takeout(given.data))
    return True


def _album(given: Input) -> bool:
    given.written()
    for album in Catalogue(given.place).albums():
        checks.check_album(album)
    return True


def _people(given: Input) -> bool:
    checks.check_people(PeopleFile(given.written()).read())
    return True


def _track(given: Input) -> bool:
    track, problems = read_tracks([given.written()])
    checks.check_track(track, problems)
    need(len(track) > 0 or len(problems) > 0, "no fix, and no reason")
    return not problems


def _folder(given: Input) -> bool:
    return check_folder(given.name, given.data, given.place)


TARGETS = {
    "decode": Target(("pictures", "videos"), _decode, (UnreadablePicture,), share=20),
    "frames": Target(("videos",), _frames, (UnreadablePicture,), share=4),
    "header": Target(("pictures",), _header, (UnreadablePicture,), share=8),
    "exif": Target(("pictures",), _exif, (UnreadablePicture,), share=18),
    "video": Target(("videos",), _video, (UnreadablePicture,), share=5),
    "sidecar": Target(("xmps",), _sidecar, (BrokenSidecar,), share=13),
    "sidecar_edit": Target(("xmps",), _sidecar_edit, (BrokenSidecar,), share=3),
    "takeout": Target(("takeouts",), _takeout, (BrokenTakeout,), share=12),
    "album": Target(("albums",), _album, (GalleryRefused,), share=4),
    "people": Target(("people",), _people, (GalleryRefused,), share=3),
    "track": Target(("tracks",), _track, share=6),
    "folder": Target(("pictures", "videos", "xmps", "takeouts", "albums", "people"), _folder, share=4),
}
"""The readers by name; the shares add up to 100."""


def outcome_of(target: Target, given: Input) -> bool:
    """Give one input to a reader; return whether it could be used.

    Raises:
        Exception: a finding: an error that the reader does not name, or an answer that cannot be true.
    """
    try:
        return target.read(given)
    except target.errors as error:
        checks.check_reason(error)
        return False
    finally:
        for path in given.place.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
