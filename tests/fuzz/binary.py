"""Damage to binary files: to bytes anywhere, and to the fields that say how long, how many and where."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from random import Random

from fuzz.structure import Entry, entries_of, parts_of, with_good_checks

_NUMBERS = (
    0,
    1,
    2,
    3,
    4,
    7,
    8,
    12,
    16,
    255,
    256,
    4096,
    32_767,
    32_768,
    65_535,
    65_536,
    2**24,
    2**31 - 1,
    2**31,
    2**32 - 1,
)
_TAGS = (
    0x00FE, 0x0100, 0x0101, 0x0102, 0x0103, 0x0106, 0x010F, 0x0110, 0x0111, 0x0112, 0x0115, 0x0116, 0x0117, 0x011C,
    0x0132, 0x013D, 0x0140, 0x0142, 0x0144, 0x0145, 0x014A, 0x0152, 0x0153, 0x015B, 0x0201, 0x0202, 0x02BC, 0x4746,
    0x83BB, 0x8769, 0x8773, 0x8825, 0x9003, 0x9004, 0x9011, 0x9291, 0x927C, 0xA005, 1, 2, 3, 4, 5, 6, 7, 29, 31,
)  # fmt: skip  # those that decide how pixels are laid out, those that we read, and pointers to other directories
_STAMPS = (
    b"0000:00:00 00:00:00", b"9999:12:31 23:59:60", b"9999:12:31 23:59:59", b"0001:01:01 00:00:00",
    b"2024:13:41 25:61:61", b"1904:01:01 00:00:00", b"2024-05-01T10:11:12", b"    :  :     :  :  ",
    b"\xff\xff\xff\xff:\xe9\xe9:\xe9\xe9 \0\0:\0\0:\0\0",
)  # fmt: skip
_RATIONALS = ((0, 0), (1, 0), (0, 1), (2**32 - 1, 1), (1, 2**32 - 1), (90, 1), (181, 1), (60, 1), (2**31, 2**31 - 1))
Mutator = Callable[[bytes, Sequence[bytes], Random], bytes]


def flip_bits(data: bytes, _others: Sequence[bytes], chance: Random) -> bytes:
    """Turn a few bits around."""
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    return bytes(out)


def set_number(data: bytes, _others: Sequence[bytes], chance: Random) -> bytes:
    """Write a number that is likely to be on the edge of something."""
    width, order = chance.choice((1, 2, 4, 4, 8)), chance.choice(("little", "big"))
    at = chance.randrange(len(data))
    return data[:at] + (_edge(chance) % 256**width).to_bytes(width, order) + data[at + width :]  # type: ignore[arg-type]


def set_head_number(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    """Write such a number where the sizes of a picture are, near its beginning."""
    return set_number(data[:64], others, chance) + data[64:]


def truncate(data: bytes, _others: Sequence[bytes], chance: Random) -> bytes:
    """Cut the end off."""
    return data[: chance.randrange(len(data))]


def cut_out(data: bytes, _others: Sequence[bytes], chance: Random) -> bytes:
    """Take a piece out of the middle."""
    start, end = _span(data, chance)
    return data[:start] + data[end:]


def put_in(data: bytes, _others: Sequence[bytes], chance: Random) -> bytes:
    """Put zeros, ones or noise in between."""
    at, n = chance.randrange(len(data)), chance.choice((1, 2, 16, 300, 70_000))
    what = chance.choice((b"\0" * n, b"\xff" * n, chance.randbytes(n)))
    return data[:at] + what + data[at:]


def repeat(data: bytes, _others: Sequence[bytes], chance: Random) -> bytes:
    """Write a piece several times."""
    start, end = _span(data, chance)
    return data[:end] + data[start:end] * chance.choice((1, 1, 2, 50)) + data[end:]


def swap(data: bytes, _others: Sequence[bytes], chance: Random) -> bytes:
    """Let two pieces change places."""
    a, b, c, d = sorted(chance.randrange(len(data) + 1) for _ in range(4))
    return data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


def splice(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    """Go on in the middle with another file's end."""
    other = chance.choice(others)
    return data[: chance.randrange(len(data))] + other[chance.randrange(len(other)) :]


def set_length(data: bytes, _others: Sequence[bytes], chance: Random) -> bytes:
    """Let a part say another length than it has."""
    parts = parts_of(data)
    if not parts:
        return set_number(data, _others, chance)
    part = chance.choice(parts)
    length = part.end - part.start + chance.choice((-9, -1, 1, 8, 4096)) if chance.random() < 0.5 else _edge(chance)
    number = (length % 256**part.width).to_bytes(part.width, "little" if part.order == "<" else "big")
    return data[: part.length_at] + number + data[part.length_at + part.width :]


def rearrange(data: bytes, _others: Sequence[bytes], chance: Random) -> bytes:
    """Drop, double, move or swap whole parts."""
    parts = parts_of(data)
    if not parts:
        return swap(data, _others, chance)
    one, two = sorted((chance.choice(parts) for _ in range(2)), key=lambda part: part.start)
    a, b = data[one.start : one.end], data[two.start : two.end]
    what = chance.randrange(4)
    if what == 0:
        return data[: one.start] + data[one.end :]
    if what == 1:
        return data[: one.end] + a * chance.choice((1, 1, 3, 200)) + data[one.end :]
    if what == 2:
        return data[: two.end] + a + data[two.end :]
    if two.start < one.end:  # one lies in the other
        return data[: one.start] + b + data[one.end :]
    return data[: one.start] + b + data[one.end : two.start] + a + data[two.end :]


def spoil_part(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    """Damage the content of one part alone; half of the time a PNG's check sums are made right again."""
    parts = [part for part in parts_of(data) if part.end > part.body]
    if not parts:
        return flip_bits(data, others, chance)
    part = chance.choice(parts)
    spoilt = chance.choice((flip_bits, set_number))(data[part.body : part.end], others, chance)
    out = data[: part.body] + spoilt + data[part.end :]
    return with_good_checks(out) if data[:4] == b"\x89PNG" and chance.random() < 0.7 else out


def spoil_entry(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    """Change tag, type, number or place of the values of an EXIF or TIFF field, or where the next directory is."""
    entries = entries_of(data)
    if not entries:
        return spoil_part(data, others, chance)
    entry, out = chance.choice(entries), bytearray(data)
    if entry.is_next:
        struct.pack_into(entry.order + "I", out, entry.at, chance.choice((entry.directory, 8, 0, _edge(chance))))
        return bytes(out)
    what = chance.randrange(5)
    if what == 0:
        struct.pack_into(entry.order + "H", out, entry.at, chance.choice(_TAGS))
    elif what == 1:
        struct.pack_into(entry.order + "H", out, entry.at + 2, chance.choice((*range(14), 129, 65_535)))
    elif what == 2:
        struct.pack_into(entry.order + "I", out, entry.at + 4, _edge(chance))
    elif what == 3:
        place = chance.choice((entry.directory, 0, 8, len(data) - entry.base - 1, _edge(chance)))
        struct.pack_into(entry.order + "I", out, entry.at + 8, place % 2**32)
    else:
        _set_value(out, entry, chance)
    return bytes(out)


def double_entries(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    """Write one field of EXIF or TIFF over another, so that it is there twice and the other is not."""
    entries = [entry for entry in entries_of(data) if not entry.is_next]
    if len(entries) < 2:
        return rearrange(data, others, chance)
    one, two = chance.sample(entries, 2)
    return data[: two.at] + data[one.at : one.at + 12] + data[two.at + 12 :]


def set_stamp(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    """Write a date that is none over one of EXIF's."""
    places = [at for year in (b"2024:05:01", b"2024:06:01", b"2024-05-01T") if (at := data.find(year)) >= 0]
    if not places:
        return spoil_entry(data, others, chance)
    at, length = chance.choice(places), chance.choice((10, 19))
    return data[:at] + chance.choice(_STAMPS)[:length] + data[at + length :]


def _set_value(out: bytearray, entry: Entry, chance: Random) -> None:
    """Write a rational on the edge where the values of an entry are, if they are in the file."""
    (at,) = struct.unpack_from(entry.order + "I", out, entry.at + 8)
    if entry.base + at + 8 <= len(out):
        struct.pack_into(entry.order + "II", out, entry.base + at, *chance.choice(_RATIONALS))


def _edge(chance: Random) -> int:
    """Return a number of 32 bits: near an edge, or any."""
    near = (chance.choice(_NUMBERS) + chance.choice((0, 0, 0, -1, 1))) % 2**32
    return near if chance.random() < 0.8 else chance.getrandbits(32)


def _span(data: bytes, chance: Random) -> tuple[int, int]:
    start = chance.randrange(len(data))
    return start, min(len(data), start + chance.choice((1, 2, 4, 12, 64, 512)))


MUTATORS: tuple[Mutator, ...] = (
    flip_bits, set_number, set_head_number, truncate, cut_out, put_in, repeat, swap, splice, set_length, rearrange,
    spoil_part, spoil_part, spoil_entry, spoil_entry, spoil_entry, double_entries, set_stamp,
)  # fmt: skip
"""Those that know the structure more than once: they get further before a decoder gives up."""
