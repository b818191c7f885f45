"""A year of small snapshots with times, places and people, drawn: for tests of steps and flows from end to end."""

from __future__ import annotations

import colorsys
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import ExifTags, Image

from plugins.records import Box

HOME, HAMBURG, VIENNA, LISBON = (52.5, 13.4), (53.55, 9.99), (48.2, 16.37), (38.71, -9.14)
ANNA, BEN, CARL = (255, 0, 0), (0, 255, 0), (0, 0, 255)
"""The faces of three people, as the extractor `squares` of `fakes.outside_parts` tells them apart."""
N_HUES = 12
"""People whom the extractor `painted` tells apart."""
SIZE = (64, 48)
LEFT: Box = (0.125, 0.25, 0.375, 0.5)
RIGHT: Box = (0.625, 0.25, 0.875, 0.5)
"""Where the first and the second face of a picture are."""


@dataclass(frozen=True)
class Year:
    """What the drawn library holds: photos by event, in time order, and the photo that has no GPS."""

    home: tuple[str, ...]
    hamburg: tuple[str, ...]
    vienna: tuple[str, ...]
    lisbon: tuple[str, ...]
    without_gps: str

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.home, *self.hamburg, *self.vienna, *self.lisbon)


def draw_year(folder: Path) -> Year:
    """Draw Sundays at home, a day in Hamburg, one in Vienna, and three days in Lisbon."""
    home = [n for week in range(4) for n in _day(folder, datetime(2024, 3, 3, 19) + timedelta(weeks=week), HOME, 2)]
    hamburg = _day(folder, datetime(2024, 5, 4, 10), HAMBURG, 9, people=((ANNA, BEN), (ANNA,), (CARL,)))
    vienna = _day(folder, datetime(2024, 6, 15, 11), VIENNA, 9, without_gps=4)
    lisbon = [n for d in range(3) for n in _day(folder, datetime(2024, 8, 9, 9) + timedelta(days=d), LISBON, 4)]
    return Year(tuple(home), tuple(hamburg), tuple(vienna), tuple(lisbon), vienna[4])


def _day(
    folder: Path,
    start: datetime,
    place: tuple[float, float],
    n: int,
    without_gps: int = -1,
    people: Sequence[Sequence[tuple[int, int, int]]] = ((),),
) -> list[str]:
    names = []
    for i in range(n):
        taken = start + timedelta(minutes=11 * i)
        names.append(f"{taken:%Y-%m}/IMG_{taken:%Y%m%d_%H%M%S}.jpg")
        where = None if i == without_gps else (place[0] + 0.0003 * i, place[1])
        snap(folder / names[-1], taken, where, people[i % len(people)])
    return names


def hue(person: int) -> tuple[int, int, int]:
    """Return the colour of one of the people whom `painted` tells apart."""
    red, green, blue = colorsys.hsv_to_rgb(person / N_HUES, 1, 1)
    return round(255 * red), round(255 * green), round(255 * blue)


def snap(
    path: Path,
    taken: datetime,
    place: tuple[float, float] | None,
    faces: Sequence[tuple[int, int, int]] = (),
) -> None:
    """Draw one picture, unlike all others, with faces of these colours; taken in the zone +00:00."""
    grey = np.random.default_rng(int(taken.timestamp())).integers(90, 140, (SIZE[1] // 8, SIZE[0] // 8))
    picture = Image.fromarray(np.kron(grey, np.ones((8, 8))).astype(np.uint8)).convert("RGB")
    for colour, box in zip(faces, (LEFT, RIGHT), strict=False):
        left, top, right, bottom = (round(share * SIZE[n % 2]) for n, share in enumerate(box))
        picture.paste(colour, (left, top, right, bottom))
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, "JPEG", quality=95, subsampling=0, exif=exif_of(taken, place))
    os.utime(path, (1_700_000_000, 1_700_000_000))


def draw_film(path: Path, shades: Sequence[int]) -> Path:
    """Draw a video that shows each of these shades of grey for a second."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format="mp4") as out:
        stream = out.add_stream("mpeg4", rate=4)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for shade in (shade for shade in shades for _ in range(4)):
            frame = np.full((SIZE[1], SIZE[0], 3), shade, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        out.mux(stream.encode())
    return path


def exif_of(taken: datetime, place: tuple[float, float] | None) -> Image.Exif:
    """Return what a phone writes into a picture; taken in the zone +00:00."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = exif[ExifTags.Base.Model] = "Phone"
    block = exif.get_ifd(ExifTags.IFD.Exif)
    block[ExifTags.Base.DateTimeOriginal] = f"{taken:%Y:%m:%d %H:%M:%S}"
    block[ExifTags.Base.OffsetTimeOriginal] = "+00:00"
    if place is not None:
        gps, (lat, lon) = exif.get_ifd(ExifTags.IFD.GPSInfo), place
        gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLatitude] = "N", _degrees(lat)
        gps[ExifTags.GPS.GPSLongitudeRef] = "E" if lon >= 0 else "W"
        gps[ExifTags.GPS.GPSLongitude] = _degrees(abs(lon))
    return exif


def _degrees(value: float) -> tuple[Fraction, Fraction, Fraction]:
    hundredths = round(value * 360_000)
    return Fraction(hundredths // 360_000), Fraction(hundredths // 6_000 % 60), Fraction(hundredths % 6_000, 100)


def write_sidecar(photo: Path, inside: str) -> None:
    """Write an XMP sidecar as another program would; `inside` is the content of its rdf:Description."""
    spaces = {
        "dc": "http://purl.org/dc/elements/1.1/",
        "xmp": "http://ns.adobe.com/xap/1.0/",
        "mwg-rs": "http://www.metadataworkinggroup.com/schemas/regions/",
        "stArea": "http://ns.adobe.com/xmp/sType/Area#",
        "stDim": "http://ns.adobe.com/xap/1.0/sType/Dimensions#",
    }
    named = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in spaces.items())
    photo.with_name(f"{photo.name}.xmp").write_text(
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description {named} rdf:about="">{inside}</rdf:Description></rdf:RDF></x:xmpmeta>\n'
    )


def named_face(name: str, box: Box) -> str:
    """Return a face region as the Metadata Working Group writes it."""
    left, top, right, bottom = box
    area = f'stArea:x="{(left + right) / 2}" stArea:y="{(top + bottom) / 2}" stArea:w="{right - left}"'
    return (
        '<mwg-rs:Regions rdf:parseType="Resource">'
        f'<mwg-rs:AppliedToDimensions stDim:w="{SIZE[0]}" stDim:h="{SIZE[1]}" stDim:unit="pixel"/>'
        '<mwg-rs:RegionList><rdf:Bag><rdf:li rdf:parseType="Resource">'
        f'<mwg-rs:Area {area} stArea:h="{bottom - top}" stArea:unit="normalized"/>'
        f"<mwg-rs:Name>{name}</mwg-rs:Name><mwg-rs:Type>Face</mwg-rs:Type>"
        "</rdf:li></rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>"
    )


def checksums(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every picture in a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.jpg"))
        if ".albumen" not in path.parts
    }


def beside(folder: Path) -> dict[str, bytes]:
    """Return all that lies beside the pictures and could be ours: album files, people, sidecars."""
    kept = [*folder.rglob("*.toml"), *folder.rglob("*.xmp")]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(kept)}
