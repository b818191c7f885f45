"""A large file of a server's, such as a video, in parts, so that none is fetched that is larger than wanted."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from plugins.galleries import GalleryUnreachable, PhotoGone
from plugins.galleries.http.answers import Answer

FIRST_BYTES: Final = 64 << 10
"""The first part, which also says how large the whole is."""

PART_BYTES: Final = 8 << 20
"""Each later part: a second or two on a home network."""

_RANGE: Final = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})")
"""Which bytes of how many an answer says that it has."""


def in_parts(ask: Callable[[str], Answer], name: str, server: str, most_bytes: int) -> bytes | None:
    """Return a file; None where it has more than `most_bytes`.

    `ask` sends the request for a part, as in `bytes=0-99`: the answer is 206 with it, 416 where there is no such part,
    200 with all where the server sends no parts, 404 where there is no file. The others are for texts.

    Raises:
        PhotoGone: the server has no such file any more.
        GalleryUnreachable: it breaks off, or a proxy cuts it, or sends another part than was asked for.
    """
    body = bytearray()
    while True:
        last = len(body) + (PART_BYTES if body else FIRST_BYTES) - 1
        answer = ask(f"bytes={len(body)}-{last}")
        if answer.status == 404:
            raise PhotoGone(f"{server} has lost the file of {name}: it is skipped")
        if answer.status == 416 and not body:
            return b""  # of an empty file there is no part
        if answer.status == 200:
            return answer.body if len(answer.body) <= most_bytes else None
        total = _total(answer, len(body), last)
        if total is None:
            raise GalleryUnreachable(f"{server} sent another part of {name} than was asked for")
        if total > most_bytes:
            return None
        body += answer.body
        if len(body) == total:
            return bytes(body)


def _total(answer: Answer, first: int, last: int) -> int | None:
    """Return how large the whole file is, by an answer with this part of it; None where it is another part."""
    said = _RANGE.fullmatch(answer.headers.get("content-range", ""))
    if answer.status != 206 or said is None:
        return None
    start, end, total = map(int, said.groups())
    is_it = start == first and end == min(last, total - 1) and len(answer.body) == end - start + 1 > 0
    return total if is_it else None
