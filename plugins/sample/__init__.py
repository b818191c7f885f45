"""A drawn photo library to try Albumen on: a year of about sixty pictures with the times and places of a real one.

The people in the pictures are drawn figures: there is no face in them that a face detector would find.
"""

from __future__ import annotations

import io
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image

from plugins.sample._brush import Brush
from plugins.sample._scenes import LIGHTS
from plugins.sample._story import SCENES, STORY, Session

MARK = ".albumen-sample.json"
"""The file that tells a folder of ours from a folder of somebody's photos."""
USER_TAG, USER_RATING = "Seaside", 5
_VERSION = 1
_METRES_PER_DEGREE = 111_320.0


class FolderInUse(FileExistsError):
    """The folder holds something that is not this sample library: choose another one."""


@dataclass(frozen=True, slots=True)
class SamplePhoto:
    """One file: where and when it was taken, whatever the file itself says; `event` is empty for a single snapshot."""

    name: str
    event: str
    taken_local: datetime
    zone: str
    lat: float
    lon: float
    has_gps: bool = True
    camera: str = "Phone 3"


@dataclass(frozen=True, slots=True)
class SampleTruth:
    """What a sample library holds: photos in time order, and titles of the events by key.

    `tagged` has a sidecar with the user's tag and rating, `portrait` is stored turned, `video` is of the beach day and
    among `photos` too; `broken` is a file that no program can read, and not among them.
    """

    folder: Path
    photos: tuple[SamplePhoto, ...]
    events: tuple[tuple[str, str], ...]
    tagged: str
    portrait: str
    video: str
    broken: str


@dataclass(frozen=True, slots=True)
class _Shot:
    photo: SamplePhoto
    scene: str
    light: str


def draw_sample_library(folder: Path, seed: int = 7) -> SampleTruth:
    """Draw the library into a new or empty folder and return what is in it; the same seed gives the same bytes.

    A folder that holds this library already is left as it is, with everything that was done to it since; one whose
    drawing was interrupted is finished. It takes about ten seconds.

    Raises:
        FolderInUse: the folder is not empty and not ours, or of another seed; nothing was written.
        OSError: the folder cannot be written.
    """
    shots = _shots(seed)
    truth = _truth(folder, shots)
    if _is_drawn(folder, seed):
        return truth
    _write(folder / MARK, _mark(seed, done=False))
    for number, shot in enumerate(shots):
        _draw(truth, shot, np.random.default_rng([seed, number]))
    _write(folder / f"{truth.tagged}.xmp", _SIDECAR)
    # A camera whose card was full: the file ends in the middle of its header.
    _write(folder / truth.broken, (folder / truth.tagged).read_bytes()[:400])
    _write(folder / MARK, _mark(seed, done=True))
    return truth


def _is_drawn(folder: Path, seed: int) -> bool:
    """Say whether the library is there already, and refuse a folder that is anything else."""
    if not folder.exists():
        return False
    try:
        mark = json.loads((folder / MARK).read_bytes())
    except (OSError, ValueError):
        if not folder.is_dir() or any(folder.iterdir()):
            raise FolderInUse(f"{folder} is not empty and holds no sample library: choose a new folder") from None
        return False
    if not isinstance(mark, dict) or (mark.get("seed"), mark.get("version")) != (seed, _VERSION):
        raise FolderInUse(f"{folder} holds another sample library than that of seed {seed}: choose a new folder")
    return mark.get("done") is True


def _mark(seed: int, done: bool) -> bytes:
    return json.dumps({"made_by": "albumen", "seed": seed, "version": _VERSION, "done": done}).encode()


def _shots(seed: int) -> tuple[_Shot, ...]:
    """Return every picture of the year in time order."""
    rng = np.random.default_rng(seed)
    found = [shot for c in STORY for s in c.sessions for shot in _of_session(rng, s, c.key if c.title else "")]
    beach = next(shot for shot in found if shot.photo.event == "beach")
    taken = beach.photo.taken_local + timedelta(minutes=9, seconds=30)
    there = (beach.photo.zone, beach.photo.lat, beach.photo.lon)
    film = SamplePhoto(f"{taken:%Y/%m/VID_%Y%m%d_%H%M%S}.mp4", "beach", taken, *there)
    return tuple(sorted([*found, _Shot(film, beach.scene, "day")], key=lambda shot: shot.photo.taken_local))


def _of_session(rng: np.random.Generator, session: Session, event: str) -> list[_Shot]:
    taken, place, shots = session.start, session.place, []
    for i, (scene, light) in enumerate(session.shots):
        north_m, east_m = rng.normal(0, place.spread_m, 2)
        lat = place.lat + float(north_m) / _METRES_PER_DEGREE
        lon = place.lon + float(east_m) / (_METRES_PER_DEGREE * float(np.cos(np.radians(place.lat))))
        # In Vienna there was a camera too, which knows no places; one snapshot at home came as a PNG, bare of metadata.
        by_camera, is_png = event == "vienna" and i == 1, (taken.month, taken.day) == (3, 17)
        name = f"{taken:%Y/%m/IMG_%Y%m%d_%H%M%S}.{'png' if is_png else 'jpg'}"
        camera = "" if is_png else "Camera X" if by_camera else "Phone 3"
        where = (place.zone, round(lat, 6), round(lon, 6), not by_camera and not is_png)
        shots.append(_Shot(SamplePhoto(name, event, taken, *where, camera), scene, light))
        taken += timedelta(seconds=round(60 * session.every_min * float(rng.uniform(0.75, 1.25))))
    return shots


def _truth(folder: Path, shots: tuple[_Shot, ...]) -> SampleTruth:
    photos = tuple(shot.photo for shot in shots)
    of_beach = [photo.name for photo in photos if photo.event == "beach"]
    return SampleTruth(
        folder=folder,
        photos=photos,
        events=tuple((chapter.key, chapter.title) for chapter in STORY if chapter.title),
        tagged=of_beach[-1],
        portrait=next(photo.name for photo in photos if photo.event == "vienna"),
        video=next(name for name in of_beach if name.endswith(".mp4")),
        broken="2024/07/IMG_20240714_091500.jpg",
    )


def _draw(truth: SampleTruth, shot: _Shot, rng: np.random.Generator) -> None:
    """Draw one file unless an interrupted run has it already; its file time is the time it was taken."""
    path = truth.folder / shot.photo.name
    if path.exists():
        return
    portrait = shot.photo.name == truth.portrait
    brush = Brush(rng, 960, 1280) if portrait else Brush(rng)
    SCENES[shot.scene](brush, shot.light)
    image = brush.finish(LIGHTS[shot.light].warmth, light=1.04)
    _write(path, _film(image, shot.photo) if shot.photo.name == truth.video else _photo(image, shot.photo, portrait))
    taken_s = datetime.fromisoformat(f"{shot.photo.taken_local.isoformat()}{shot.photo.zone}").timestamp()
    os.utime(path, (taken_s, taken_s))


def _photo(image: Image.Image, photo: SamplePhoto, turned: bool) -> bytes:
    """Return a picture file; a turned one is stored on its side, and its orientation says so (6: turn it right)."""
    out = io.BytesIO()
    if photo.name.endswith(".png"):
        image.quantize(192).save(out, "PNG")
    else:
        stored = image.transpose(Image.Transpose.ROTATE_90) if turned else image
        stored.save(out, "JPEG", quality=88, exif=_exif(photo, 6 if turned else 1))
    return out.getvalue()


def _exif(photo: SamplePhoto, orientation: int) -> Image.Exif:
    """Return the metadata that a phone or a camera writes."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = "Albumen Sample", photo.camera
    exif[ExifTags.Base.Orientation] = orientation
    taken = exif.get_ifd(ExifTags.IFD.Exif)
    taken[ExifTags.Base.DateTimeOriginal] = f"{photo.taken_local:%Y:%m:%d %H:%M:%S}"
    taken[ExifTags.Base.OffsetTimeOriginal] = photo.zone
    if photo.has_gps:
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
        gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLatitude] = "N", _degrees(photo.lat)
        gps[ExifTags.GPS.GPSLongitudeRef] = "E" if photo.lon >= 0 else "W"
        gps[ExifTags.GPS.GPSLongitude] = _degrees(abs(photo.lon))
    return exif


def _degrees(value: float) -> tuple[Fraction, Fraction, Fraction]:
    """Return degrees, minutes and hundredths of a second as EXIF stores them."""
    hundredths = round(value * 360_000)
    return Fraction(hundredths // 360_000), Fraction(hundredths // 6_000 % 60), Fraction(hundredths % 6_000, 100)


def _film(image: Image.Image, photo: SamplePhoto) -> bytes:
    """Return two seconds of video: a look along the picture from left to right, with its time and place."""
    import av  # noqa: PLC0415 - slow to load, and needed for one file

    out, still = io.BytesIO(), image.resize((854, 640), Image.Resampling.LANCZOS)
    taken_at = datetime.fromisoformat(f"{photo.taken_local.isoformat()}{photo.zone}")
    codec = "libx264" if "libx264" in av.codecs_available else "mpeg4"  # browsers play the first only
    with av.open(out, "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        container.metadata["creation_time"] = taken_at.astimezone(UTC).isoformat()
        container.metadata["location"] = f"{photo.lat:+08.4f}{photo.lon:+09.4f}/"
        stream: Any = container.add_stream(codec, rate=15, options={"flags": "+bitexact"})
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 640, 480, "yuv420p", 1_500_000
        stream.codec_context.thread_count = 1  # the same bytes on every machine
        for i in range(30):
            left, top = round(214 * i / 29), round(160 * i / 29)
            seen = np.asarray(still.crop((left, top, left + 640, top + 480)))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(seen, format="rgb24")))
        container.mux(stream.encode())
    return out.getvalue()


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data)
    part.replace(path)


_SIDECAR = f"""<?xml version="1.0" encoding="UTF-8"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/">
   <dc:subject><rdf:Bag><rdf:li>{USER_TAG}</rdf:li></rdf:Bag></dc:subject>
   <xmp:Rating>{USER_RATING}</xmp:Rating>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
""".encode()
