"""Where the parts of a binary file lie: JPEG segments, PNG and RIFF chunks, BMFF boxes, entries of TIFF directories.

Reads whole seeds and damaged ones alike: what does not fit ends the search.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Order = Literal["<", ">"]
_NESTED = frozenset((b"moov", b"trak", b"mdia", b"minf", b"stbl", b"udta", b"meta", b"iprp", b"ipco", b"dinf", b"edts"))
_LISTS = frozenset((b"RIFF", b"LIST"))
_FULL = 4  # bytes of version and flags before the boxes inside `meta`
_MOST = 400  # parts of one file; a damaged one may seem to have millions
_ENTRY = 12  # bytes of an entry of a TIFF directory


@dataclass(frozen=True)
class Part:
    """One part, headers and all, and where its length is written: `width` bytes in `order`."""

    start: int
    end: int
    length_at: int
    width: int
    order: Order
    body: int
    """Where its content begins."""


@dataclass(frozen=True)
class Entry:
    """One entry of a TIFF directory (12 bytes), or with `is_next` the 4 bytes that name the next directory.

    `base` is where offsets count from, `directory` where the directory begins, counted from there.
    """

    at: int
    base: int
    directory: int
    order: Order
    is_next: bool = False


def parts_of(data: bytes) -> list[Part]:
    """Return the parts of a file in the order of their beginnings, nested ones too; none where it has no parts."""
    found: Iterator[Part] = iter(())
    if data[:2] == b"\xff\xd8":
        found = _segments(data)
    elif data[:4] == b"\x89PNG":
        found = _chunks(data)
    elif data[:4] == b"RIFF":
        found = _riff(data, 0, len(data))
    elif data[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free"):
        found = _boxes(data, 0, len(data))
    return [part for part, _ in zip(found, range(_MOST), strict=False)]


def entries_of(data: bytes) -> list[Entry]:
    """Return the directory entries of every TIFF header in a file: of its own, and of EXIF blocks inside it."""
    found: list[Entry] = []
    for mark in (b"II*\0", b"MM\0*"):
        at = data.find(mark)
        while at >= 0 and len(found) < _MOST:
            found += _directories(data, at)
            at = data.find(mark, at + 4)
    return found


def with_good_checks(data: bytes) -> bytes:
    """Return a PNG with the check sum of every chunk made right, so that decoders look at what is inside."""
    out = bytearray(data)
    for part in _chunks(data):
        struct.pack_into(">I", out, part.end - 4, zlib.crc32(data[part.start + 4 : part.end - 4]))
    return bytes(out)


def _segments(data: bytes) -> Iterator[Part]:
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] not in (0xD9, 0):
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        if end > len(data) or end < at + 4:
            return
        yield Part(at, end, at + 2, 2, ">", at + 4)
        at = end


def _chunks(data: bytes) -> Iterator[Part]:
    at = 8
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4])
        if end > len(data):
            return
        yield Part(at, end, at, 4, ">", at + 8)
        at = end


def _riff(data: bytes, at: int, stop: int) -> Iterator[Part]:
    while at + 8 <= stop:
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        end = min(at + 8 + size + size % 2, stop)
        yield Part(at, end, at + 4, 4, "<", at + 8)
        if data[at : at + 4] in _LISTS:
            yield from _riff(data, at + 12, end)
        at = end


def _boxes(data: bytes, at: int, stop: int) -> Iterator[Part]:
    while at + 8 <= stop:
        size, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        end = stop if size == 0 else at + size
        if end > stop or end < at + 8:
            return
        yield Part(at, end, at, 4, ">", at + 8)
        if kind in _NESTED:
            is_full = kind == b"meta" and data[at + 12 : at + 16] != b"hdlr"
            yield from _boxes(data, at + 8 + (_FULL if is_full else 0), end)
        at = end


def _directories(data: bytes, base: int) -> Iterator[Entry]:
    order: Order = "<" if data[base : base + 2] == b"II" else ">"
    number = "little" if order == "<" else "big"
    waiting, seen = [int.from_bytes(data[base + 4 : base + 8], number)], set[int]()
    while waiting and len(seen) < 8:
        directory = waiting.pop()
        count = int.from_bytes(data[base + directory : base + directory + 2], number)
        first = base + directory + 2
        if directory in seen or not 0 < count < 100 or first + count * _ENTRY + 4 > len(data):
            continue
        seen.add(directory)
        for at in range(first, first + count * _ENTRY, _ENTRY):
            yield Entry(at, base, directory, order)
            tag = int.from_bytes(data[at : at + 2], number)
            if tag in (0x8769, 0x8825, 0x014A):
                waiting.append(int.from_bytes(data[at + 8 : at + 12], number))
        yield Entry(first + count * _ENTRY, base, directory, order, is_next=True)
        waiting.append(int.from_bytes(data[first + count * _ENTRY :][:4], number))
