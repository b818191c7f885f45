"""Safe decoding: pictures of any make become one upright RGB picture, or one clear error."""

from __future__ import annotations

import io
import math
import os
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt
import pillow_heif
from PIL import Image, ImageFile, UnidentifiedImageError

from plugins.records import Box

MAX_PIXELS = 200_000_000
"""The largest picture that is decoded: 200 megapixels is what the largest phone sensors make; 800 MB in memory."""
WORKING_LONG_PX, WORKING_SHORT_PX = 1280, 720
"""What faces and scenes need of a picture's longer and shorter side: a face of 3 % of it is 20 pixels then."""
WORKING_PIXELS = 4_000_000  # at the most: long screenshots and panoramas have large shorter sides, too
MAX_SIDE = 65_500  # pixels: the longest side that a JPEG can have
HEAD_BYTES = 32
"""How many of its first bytes tell what a file is."""

BAND_PIXELS = 4 << 20  # of a picture whose numbers are scaled: the largest one as floats would be 800 MB
READ_AGAIN_BYTES = 64 << 20  # how far a file that cannot be decoded is read, to see whether it can be

_FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "HEIF", "AVIF", "GIF", "BMP")
_TURNED_BY_DECODER = frozenset({"TIFF", "HEIF"})  # Pillow and libheif turn these themselves
_PICTURE_HEADS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"GIF8", b"BM")
_PICTURE_BRANDS = frozenset(
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1", b"avif", b"avis")
)
_OTHER_BRANDS = frozenset((b"crx ", b"M4A ", b"M4B ", b"M4P "))  # raw files of Canon; sound without pictures
_QUICKTIME_ATOMS = frozenset((b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"))
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
warnings.filterwarnings("ignore", module=r"PIL\.")  # what is wrong with a file is said once, by UnreadablePicture
Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # Pillow's own limit of 179 megapixels would refuse what phones make today


class UnreadablePicture(ValueError):
    """This cannot be decoded: record the reason and skip it until its content changes."""


class PictureNotThere(OSError):
    """Its file cannot be reached now, which says nothing about the picture: skip it, and try again in the next run."""


def container_of(head: bytes) -> str:
    """Say what a file is by its first `HEAD_BYTES` bytes.

    Returns:
        `image`; FFmpeg's name of a video container: `mov` (with MP4 and 3GP), `matroska` (with WebM), `avi`; or
        nothing for everything else.
    """
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return "image" if brand in _PICTURE_BRANDS else "" if brand in _OTHER_BRANDS else "mov"
    if head[:4] == b"RIFF":
        return {b"WEBP": "image", b"AVI ": "avi"}.get(head[8:12], "")
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "matroska"
    if head[4:8] in _QUICKTIME_ATOMS:
        return "mov"
    return "image" if head.startswith(_PICTURE_HEADS) else ""


def open_picture(source: Path | bytes, *, working: bool = False) -> Image.Image:
    """Decode a picture, or the first frame of a video that shows something, upright and in RGB.

    Args:
        source: a file, or its bytes. It is only read; nothing that it names is followed.
        working: return it at its `working_size`, which is quicker; else with all its pixels.

    Raises:
        UnreadablePicture: with the reason, whatever is wrong with it.
        PictureNotThere: the file is gone, is no regular file, or cannot be read now.
    """
    with opened(source) as (file, container):
        if container in ("", "image"):
            return open_still(file, working=working)
        from plugins.videos import video_frames  # noqa: PLC0415 - loads FFmpeg, and most files are stills

        return video_frames(file, container, working=working)[0].picture


@contextmanager
def opened(source: Path | bytes) -> Iterator[tuple[IO[bytes], str]]:
    """Lend a file, at its beginning, with what `container_of` says of it; name whatever goes wrong inside.

    Raises:
        UnreadablePicture: with the reason, for anything that a decoder raises.
        PictureNotThere: the file is gone, is no regular file, or cannot be read now.
    """
    with io.BytesIO(source) if isinstance(source, bytes) else _file(source) as file:
        try:
            container = container_of(file.read(HEAD_BYTES))
            file.seek(0)
            yield file, container
        except PictureNotThere:
            raise
        except Exception as error:  # decoders raise anything at all on broken files, from SyntaxError to MemoryError
            blame_the_disk(error, file)
            if isinstance(error, UnreadablePicture):
                raise
            raise UnreadablePicture(_reason(error)) from error


def working_size(width: int, height: int) -> tuple[int, int]:
    """Return the size at which a picture is worked with: as small as features allow, and never enlarged.

    The longer side stays at least `WORKING_LONG_PX` and the shorter one at least `WORKING_SHORT_PX` where the picture
    has that, but for pictures that would have more than `WORKING_PIXELS`, or a side longer than `MAX_SIDE`, then.

    Args:
        width: pixels, at least 1.
        height: pixels, at least 1.

    Returns:
        Width and height in pixels, at least 1; the working size of a working size is itself.
    """
    long, short = max(width, height), min(width, height)
    if long * WORKING_SHORT_PX >= short * WORKING_LONG_PX:  # the shorter side sets the limit
        new_short = min(short, WORKING_SHORT_PX)
        new_long = (2 * long * new_short + short) // (2 * short)
    else:
        new_long = min(long, WORKING_LONG_PX)
        new_short = (2 * short * new_long + long) // (2 * long)
    if new_long * new_short > WORKING_PIXELS:
        new_short = max(1, math.isqrt(WORKING_PIXELS * short // long))
        new_long = min(new_long, new_short * long // short)
    if new_long > MAX_SIDE:
        new_long, new_short = MAX_SIDE, max(1, new_short * MAX_SIDE // new_long)
    return (new_long, new_short) if width >= height else (new_short, new_long)


def at_working_size(picture: Image.Image) -> Image.Image:
    """Return a picture at its `working_size`; itself if it has that.

    Hamming costs what bilinear does and keeps a tenth more of the edges; box is a third quicker and jagged.
    """
    size = working_size(*picture.size)
    return picture if size == picture.size else picture.resize(size, Image.Resampling.HAMMING, reducing_gap=2.0)


def open_header(file: IO[bytes]) -> ImageFile.ImageFile:
    """Read what a picture says about itself without decoding it; `file` stays open.

    Raises:
        UnreadablePicture: it is none of the formats we read, or larger than `MAX_PIXELS`.
        PictureNotThere: the file cannot be read now.
    """
    try:
        picture = Image.open(file, formats=_FORMATS)
    except Exception as error:  # as in `opened`
        blame_the_disk(error, file)
        raise UnreadablePicture(_reason(error)) from error
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise UnreadablePicture(f"{width} × {height} pixels are more than {MAX_PIXELS:,}: too large to be a photo")
    return picture


def orientation_of(picture: Image.Image) -> int:
    """Return the EXIF orientation that a picture was stored with, 1 to 8; anything else is 1 (upright)."""
    try:
        tag = picture.info.get("original_orientation") or picture.getexif().get(0x0112, 1)
    except Exception:  # a broken EXIF block is no reason not to show the picture
        return 1
    return tag if isinstance(tag, int) and tag in _TURNS else 1


def upright_size(picture: Image.Image) -> tuple[int, int]:
    """Return width and height in pixels as the picture is shown, before or after it was decoded."""
    width, height = picture.size
    turned = orientation_of(picture) >= 5 and picture.format not in _TURNED_BY_DECODER
    return (height, width) if turned else (width, height)


def upright_box(box: Box, orientation: int) -> Box:
    """Turn a box in a picture as it is stored into the same box in the upright picture."""
    (left, top), (right, bottom) = (_upright_point(x, y, orientation) for x, y in (box[:2], box[2:]))
    return (min(left, right), min(top, bottom), max(left, right), max(top, bottom))


def stored_box(box: Box, orientation: int) -> Box:
    """Turn a box in the upright picture into the same box in the picture as it is stored."""
    return upright_box(box, {6: 8, 8: 6}.get(orientation, orientation))


def _upright_point(x: float, y: float, orientation: int) -> tuple[float, float]:
    upright = {
        2: (1 - x, y),
        3: (1 - x, 1 - y),
        4: (x, 1 - y),
        5: (y, x),
        6: (1 - y, x),
        7: (1 - y, 1 - x),
        8: (y, 1 - x),
    }
    return upright.get(orientation, (x, y))


def open_still(file: IO[bytes], *, working: bool) -> Image.Image:
    """Decode a picture that is no video; see `open_picture`. `file` stays open.

    Raises:
        UnreadablePicture: it is none of the formats we read, or too large.
        Exception: whatever a decoder makes of a broken file; `opened` names it.
    """
    with open_header(file) as picture:
        orientation, stored_format = orientation_of(picture), picture.format
        if working:
            picture.draft("RGB", working_size(*picture.size))
        picture.load()
        plain = _rgb(at_working_size(_reducible(picture)) if working else _reducible(picture))
    if orientation in _TURNS and stored_format not in _TURNED_BY_DECODER:
        return plain.transpose(_TURNS[orientation])
    return plain


@contextmanager
def _file(path: Path) -> Iterator[IO[bytes]]:
    try:
        file = open(path, "rb", opener=_open_at_once)  # noqa: SIM115 - only its opening means that it is not there
    except OSError as error:
        raise PictureNotThere(f"it cannot be opened: {error.strerror}") from error
    with file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise PictureNotThere("it is not a regular file any more")
        yield file


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # a pipe would wait for somebody who writes to it


def blame_the_disk(error: Exception, file: IO[bytes]) -> None:
    """Tell a broken disk from a broken picture: most decoders say the same of both.

    Raises:
        PictureNotThere: it was the disk.
    """
    try:
        # FFmpeg's errors are kinds of OSError too, and have numbers, but mean what is in the file.
        if isinstance(error, OSError) and error.errno and type(error).__module__ == "builtins":
            raise error
        file.seek(0)
        for _ in range(READ_AGAIN_BYTES >> 20):
            if not file.read(1 << 20):
                break
    except OSError as broken:
        raise PictureNotThere(f"it cannot be read: {broken.strerror}") from broken


def _reducible(picture: Image.Image) -> Image.Image:
    """Bring a picture into a mode in which neighbouring pixels can be averaged."""
    if picture.mode.startswith(("I", "F")):
        return _eight_bit(picture)
    if picture.mode == "1":
        return picture.convert("L")
    if picture.mode in ("P", "PA"):
        return picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    return picture


def _eight_bit(picture: Image.Image) -> Image.Image:
    """Scale a grey picture of 16 bits, 32 bits or floats to 8 bits; Pillow itself would clip it to white."""
    highest = max(float(values.max(initial=0.0)) for _, values in _bands(picture))
    top = 65_535.0 if picture.mode.startswith("I;16") or 255 < highest <= 65_535 else max(255.0, highest)
    if picture.mode == "F" and highest <= 1:
        top = 1.0
    grey = Image.new("L", picture.size)
    for at, values in _bands(picture):
        grey.paste(Image.fromarray(np.clip(values * (255.0 / top), 0, 255).astype(np.uint8)), (0, at))
    return grey


def _bands(picture: Image.Image) -> Iterator[tuple[int, npt.NDArray[np.float32]]]:
    """Yield a grey picture in bands of whole rows, with the row that each begins at; not all of it at a time."""
    rows = max(1, BAND_PIXELS // picture.width)
    for at in range(0, picture.height, rows):
        band = picture.crop((0, at, picture.width, min(at + rows, picture.height)))
        yield at, np.nan_to_num(np.asarray(band, dtype=np.float32), nan=0.0, posinf=0.0, neginf=0.0)


def _rgb(picture: Image.Image) -> Image.Image:
    """Drop transparency onto white, as a browser shows it, and every other mode into RGB."""
    if not picture.has_transparency_data:
        return picture if picture.mode == "RGB" else picture.convert("RGB")
    layer = picture.convert("RGBA")
    white = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(white, layer).convert("RGB")


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "it is not a picture or video that can be read, or its beginning is broken"
    if isinstance(error, MemoryError):
        return "there is not enough memory to decode it"
    text = " ".join(str(getattr(error, "strerror", None) or error).split())[:200]
    return f"it is broken: {text or type(error).__name__}"
