"""The raw blocks inside a picture: EXIF values by name, IPTC entries, and the XMP packet."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Mapping

import exif
from PIL import Image, ImageFile, IptcImagePlugin

_JPEG_EXIF = b"Exif\0\0"
_MAX_SEGMENT = 65_533  # a JPEG segment's length is 16 bits, with itself in it
_MAX_IFDS = 8  # cameras write two

# The `exif` package's name of each field that we read, and its EXIF tag number for Pillow.
_MAIN = {"make": 0x010F, "model": 0x0110, "datetime": 0x0132, "rating": 0x4746}
_DETAIL = {
    "datetime_original": 0x9003,
    "datetime_digitized": 0x9004,
    "offset_time": 0x9010,
    "offset_time_original": 0x9011,
    "offset_time_digitized": 0x9012,
    "subsec_time": 0x9290,
    "subsec_time_original": 0x9291,
    "subsec_time_digitized": 0x9292,
}
_GPS = {
    "gps_latitude_ref": 1,
    "gps_latitude": 2,
    "gps_longitude_ref": 3,
    "gps_longitude": 4,
    "gps_altitude_ref": 5,
    "gps_altitude": 6,
    "gps_timestamp": 7,
    "gps_datestamp": 29,
    "gps_horizontal_positioning_error": 31,
}
# 0/0 means "unknown", and the `exif` package reads it as 0: rationals come from Pillow, which reads NaN.
_RATIONALS = frozenset({"gps_latitude", "gps_longitude", "gps_altitude", "gps_timestamp"})

warnings.filterwarnings("ignore", module=r"exif\.")  # what is wrong with a file is said in ExifFields.reasons


def raw_values(picture: Image.Image, reasons: list[str]) -> dict[str, object]:
    """Return the raw values by the `exif` package's names: from it for JPEG, from Pillow for all it cannot read."""
    found = _by_pillow(picture, reasons)
    if picture.format in ("JPEG", "MPO"):
        found.update(_by_exif(picture.info.get("exif"), reasons))
    return found


def _by_exif(block: object, reasons: list[str]) -> dict[str, object]:
    """Read the fields with the `exif` package, from a JPEG of nothing but the EXIF block.

    The whole file is kept from it: without EXIF it walks through all of its bytes.
    """
    if not isinstance(block, bytes) or not block.startswith(_JPEG_EXIF) or len(block) > _MAX_SEGMENT:
        return {}
    if not _has_sane_chain(block[len(_JPEG_EXIF) :]):
        reasons.append("its EXIF directories are broken or run in a circle")
        return {}
    try:
        image = exif.Image(b"\xff\xd8\xff\xe1" + struct.pack(">H", len(block) + 2) + block + b"\xff\xd9")
        names = set(image.list_all()) & ({*_MAIN, *_DETAIL, *_GPS} - _RATIONALS)
    except Exception as error:  # the package raises whatever its parser meets
        reasons.append(f"the exif package cannot read its EXIF block ({type(error).__name__})")
        return {}
    found: dict[str, object] = {}
    for name in sorted(names):
        try:
            found[name] = image.get(name)
        except Exception as error:
            reasons.append(f"the exif package cannot read {name} ({type(error).__name__})")
    return {name: value for name, value in found.items() if value is not None}


def _has_sane_chain(tiff: bytes) -> bool:
    """Say whether the chain of directories ends: the `exif` package follows one that bites its tail for ever."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 8:
        return False
    at: int = struct.unpack_from(order + "I", tiff, 4)[0]
    for _ in range(_MAX_IFDS):
        if at == 0 or at + 2 > len(tiff):
            return True
        end = at + 2 + 12 * struct.unpack_from(order + "H", tiff, at)[0]
        if end + 4 > len(tiff):
            return True
        at = struct.unpack_from(order + "I", tiff, end)[0]
    return False


def _by_pillow(picture: Image.Image, reasons: list[str]) -> dict[str, object]:
    try:
        block = picture.getexif()
        groups: tuple[tuple[Mapping[int, object], dict[str, int]], ...] = (
            (block, _MAIN),
            (block.get_ifd(0x8769), _DETAIL),
            (block.get_ifd(0x8825), _GPS),
        )
        return {
            name: value for ifd, tags in groups for name, tag in tags.items() if (value := ifd.get(tag)) is not None
        }
    except Exception as error:  # Pillow raises SyntaxError, struct.error, TypeError and more on broken blocks
        reasons.append(f"Pillow cannot read its EXIF block ({type(error).__name__})")
        return {}


def xmp_packet(picture: Image.Image) -> bytes:
    """Return the raw XMP packet inside a picture, empty when there is none."""
    packet = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp") or b""
    if isinstance(packet, str):
        packet = packet.encode()
    return packet if isinstance(packet, bytes) else b""


def iptc_entries(picture: ImageFile.ImageFile, reasons: list[str]) -> Mapping[tuple[int, int], object]:
    """Return the IPTC entries of a picture by record and number: bytes, or a list of bytes."""
    try:
        return IptcImagePlugin.getiptcinfo(picture) or {}
    except Exception as error:  # Pillow, as above
        reasons.append(f"its IPTC block cannot be read ({type(error).__name__})")
        return {}
