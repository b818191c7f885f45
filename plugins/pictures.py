"""Safe decoding: pictures and videos of any make become one upright RGB picture, or one clear error."""

from __future__ import annotations

import io
import math
import time
import warnings
from contextlib import ExitStack, closing
from pathlib import Path
from typing import IO, Any

import av
import numpy as np
import pillow_heif
from PIL import Image, ImageFile, UnidentifiedImageError

from plugins.records import Box

MAX_PIXELS = 200_000_000
"""The largest picture that is decoded: 200 megapixels is what the largest phone sensors make; 800 MB in memory."""
MAX_SIDE = 65_500  # pixels: the longest side that a JPEG can have
MAX_FRAMES = 90  # three seconds of video: no fade-in from black is longer
MAX_VIDEO_S = 10.0  # wall time spent on looking for a frame
HEAD_BYTES = 32
"""How many of its first bytes tell what a file is."""

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
_ROTATIONS = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_270}

pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
warnings.filterwarnings("ignore", module=r"PIL\.")  # what is wrong with a file is said once, by UnreadablePicture
Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # Pillow's own limit of 179 megapixels would refuse what phones make today


class UnreadablePicture(ValueError):
    """This cannot be decoded: record the reason and skip it until its content changes."""


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


def open_picture(source: Path | bytes, min_px: int | None = None) -> Image.Image:
    """Decode a picture, or the first frame of a video that shows something, upright and in RGB.

    Args:
        source: a file, or its bytes. It is only read; nothing that it names is followed.
        min_px: the shorter side that is enough: larger pictures come reduced, but never below it. None keeps all.

    Raises:
        UnreadablePicture: with the reason, whatever is wrong with it.
    """
    try:
        with ExitStack() as stack:
            file = _opened(source, stack)
            container = container_of(file.read(HEAD_BYTES))
            file.seek(0)
            picture = _still(file, min_px) if container in ("", "image") else _frame(file, container)
            return reduced(picture, min_px)
    except UnreadablePicture:
        raise
    except Exception as error:  # decoders raise anything at all on broken files, from SyntaxError to MemoryError
        raise UnreadablePicture(_reason(error)) from error


def open_header(file: IO[bytes]) -> ImageFile.ImageFile:
    """Read what a picture says about itself without decoding it; `file` stays open.

    Raises:
        UnreadablePicture: it is none of the formats we read, or larger than `MAX_PIXELS`.
    """
    try:
        picture = Image.open(file, formats=_FORMATS)
    except Exception as error:  # as in open_picture
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


def to_jpeg(picture: Image.Image, quality: int = 90) -> bytes:
    """Encode an RGB picture as JPEG, without any of its metadata."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, exif=b"", icc_profile=None)
    return out.getvalue()


def reduced(picture: Image.Image, min_px: int | None) -> Image.Image:
    """Shrink a picture by the largest whole factor that leaves its shorter side at least `min_px`.

    One with a side longer than `MAX_SIDE`, as a screenshot of a long page, is shrunk to it in any case.
    """
    factor = max(min(picture.size) // min_px if min_px else 1, math.ceil(max(picture.size) / MAX_SIDE))
    return picture.reduce(factor) if factor > 1 else picture


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


def _opened(source: Path | bytes, stack: ExitStack) -> IO[bytes]:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    if not source.is_file():  # opening a pipe would wait for ever
        raise UnreadablePicture("it is not a regular file, or it is gone")
    return stack.enter_context(source.open("rb"))


def _still(file: IO[bytes], min_px: int | None) -> Image.Image:
    with open_header(file) as picture:
        orientation, stored_format = orientation_of(picture), picture.format
        if min_px:
            share = min(1.0, min_px / max(1, min(picture.size)))
            picture.draft("RGB", (round(picture.width * share), round(picture.height * share)))
        picture.load()
        plain = _rgb(reduced(_reducible(picture), min_px))
    if orientation in _TURNS and stored_format not in _TURNED_BY_DECODER:
        return plain.transpose(_TURNS[orientation])
    return plain


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
    values = np.nan_to_num(np.asarray(picture, dtype=np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    highest = float(values.max(initial=0.0))
    top = 65_535.0 if picture.mode.startswith("I;16") or 255 < highest <= 65_535 else max(255.0, highest)
    if picture.mode == "F" and highest <= 1:
        top = 1.0
    return Image.fromarray(np.clip(values * (255.0 / top), 0, 255).astype(np.uint8))


def _rgb(picture: Image.Image) -> Image.Image:
    """Drop transparency onto white, as a browser shows it, and every other mode into RGB."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    white = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(white, layer).convert("RGB")


def _frame(file: IO[bytes], container: str) -> Image.Image:
    """Return the first frame that is not black (many fade in), or the first one if all are."""
    first: Image.Image | None = None
    deadline = time.monotonic() + MAX_VIDEO_S
    with closing(open_video(file, container)) as video:
        for count, frame in enumerate(video.decode(video.streams.video[0])):
            picture = frame_picture(frame)
            if _shows_something(picture):
                return picture
            first = first or picture
            if count >= MAX_FRAMES or time.monotonic() > deadline:
                break
    if first is None:
        raise UnreadablePicture("no frame of the video can be decoded")
    return first


def open_video(file: IO[bytes], container: str) -> Any:
    """Open a video that `container_of` recognised; the caller closes it.

    The container's name is given to FFmpeg, so that a play list under a video's name, which would be followed to
    other files and addresses, is never recognised as one.

    Raises:
        UnreadablePicture: it holds no moving picture, or one larger than `MAX_PIXELS`.
    """
    video = av.open(file, format=container, metadata_errors="replace")
    size = [(stream.width, stream.height) for stream in video.streams.video]
    if not size or size[0][0] * size[0][1] > MAX_PIXELS:
        video.close()
        raise UnreadablePicture(
            "it holds no moving picture, or is cut off" if not size else f"{size[0]} pixels are too large"
        )
    return video


def frame_picture(frame: Any) -> Image.Image:
    """Return a decoded video frame as an upright RGB picture."""
    picture: Image.Image = frame.to_image()
    turn = _ROTATIONS.get(round(frame.rotation) % 360)
    return picture.transpose(turn) if turn is not None else picture


def _shows_something(picture: Image.Image) -> bool:
    return max(picture.convert("L").resize((32, 32)).tobytes()) > 32  # of 255; black in video is 16 at most


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "it is not a picture or video that can be read, or its beginning is broken"
    if isinstance(error, MemoryError):
        return "there is not enough memory to decode it"
    if isinstance(error, OSError) and error.strerror:
        return f"it cannot be read: {error.strerror}"
    text = " ".join(str(error).split())[:200]
    return f"it is broken: {text or type(error).__name__}"
