"""Files that claim to be more than they are cost next to no memory, whatever their format."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from plugins.decoding import Decoders
from plugins.pictures import UnreadablePicture

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for memory in /proc")


def small(file_format: str = "PNG", **options) -> bytes:
    out = BytesIO()
    Image.new("RGB", (64, 48), (9, 90, 120)).save(out, file_format, **options)
    return out.getvalue()


@pytest.fixture(scope="module")
def one() -> Iterator[Decoders]:
    with Decoders(workers=1) as made:
        yield made


def peak_mb(pool: Decoders) -> float:
    """Return the most memory that the pool's decoder has had so far."""
    pool.decode(small())
    [process] = pool._processes
    status = Path(f"/proc/{process._process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def png_with(kind: bytes, data: bytes) -> bytes:
    """Return a small PNG with one chunk more before its pixels."""
    whole = small()
    chunk = struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return whole[:33] + chunk + whole[33:]


def sized(file_format: str, at: bytes, offset: int, size: bytes, **options) -> bytes:
    """Return a small picture whose header claims another size."""
    data = bytearray(small(file_format, **options))
    start = data.index(at) + offset
    data[start : start + len(size)] = size
    return bytes(data)


def gif(screen: int, frame: int) -> bytes:
    head = struct.pack("<HHBBB", screen, screen, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    return b"GIF89a" + head + b"," + struct.pack("<HHHHB", 0, 0, frame, frame, 0) + b"\2\2\x44\1\0;"


def tiff(tags: dict[int, int]) -> bytes:
    """Return a grey TIFF of 100 × 100 pixels, LZW, with these tags and next to no data."""
    every = {256: 100, 257: 100, 258: 8, 259: 5, 262: 1, 277: 1} | tags
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(every.items()))
    return b"II*\0" + struct.pack("<IH", 8, len(every)) + entries + b"\0" * 64


TEXT = zlib.compress(b"a" * 100_000_000, 9)
ANIMATED = {"save_all": True, "lossless": True, "append_images": [Image.new("RGB", (64, 48), "red")]}


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(png_with(b"zTXt", b"k\0\0" + TEXT), id="PNG text"),
        pytest.param(png_with(b"iTXt", b"k\0\1\0\0\0" + TEXT), id="PNG international text"),
        pytest.param(png_with(b"iCCP", b"k\0\0" + TEXT), id="PNG colour profile"),
        pytest.param(sized("PNG", b"IHDR", 4, struct.pack(">II", 100_000, 100_000)), id="PNG"),
        pytest.param(sized("JPEG", b"\xff\xc0", 5, struct.pack(">HH", 65_500, 65_500)), id="JPEG"),
        pytest.param(sized("WEBP", b"VP8X", 12, b"\x5f\xea\0\x5f\xea\0", **ANIMATED), id="animated WebP"),
        pytest.param(sized("HEIF", b"ispe", 8, struct.pack(">II", 60_000, 60_000)), id="HEIC"),
        pytest.param(sized("HEIF", b"ispe", 8, struct.pack(">II", 14_000, 14_000)), id="HEIC that holds less"),
        pytest.param(sized("AVIF", b"ispe", 8, struct.pack(">II", 60_000, 60_000)), id="AVIF"),
        pytest.param(gif(65_535, 1), id="GIF"),
        pytest.param(gif(10, 65_535), id="GIF's frame"),
        pytest.param(tiff({322: 65_520, 323: 65_520, 324: 200, 325: 50}), id="TIFF's tiles"),
        pytest.param(tiff({273: 200, 278: 0xFFFFFFFF, 279: 0xFFFFFFF0}), id="TIFF's strips"),
        pytest.param(tiff({256: 1 << 31, 257: 1 << 31, 273: 200, 278: 1, 279: 5}), id="TIFF"),
    ],
)
def test_bombs_are_refused_before_they_are_decoded(data, one):
    before = peak_mb(one)
    with pytest.raises(UnreadablePicture, match=r"\w{4}"):
        one.decode(data)
    assert peak_mb(one) - before < 120  # Pillow reads up to 64 MB of texts


def test_a_large_picture_of_16_bits_is_scaled_in_bands():
    values = np.full((6_000, 6_000), 32_896, np.uint16)
    values[3_000:] = 65_535
    out = BytesIO()
    Image.fromarray(values).save(out, "PNG", compress_level=1)
    with Decoders(workers=1, memory_bytes=250_000_000) as pool:
        [frame] = pool.decode(out.getvalue())
    assert [frame.picture.getpixel((9, y)) for y in (9, frame.picture.height - 9)] == [(128,) * 3, (255,) * 3]
