"""The line in an album's description that says that the album is ours."""

from __future__ import annotations

import re
from typing import Final

from plugins.galleries import GalleryRefused
from plugins.records import Marker

VERSION: Final = 1
_LINE: Final = re.compile(r"\[albumen:([a-z]{1,40}) key=([a-z0-9-]{1,120}) v=(\d{1,9})\]")


def with_marker(text: str, marker: Marker) -> str:
    """Return a description whose last line says that the album is ours."""
    line = f"[albumen:{marker.kind} key={marker.key} v={VERSION}]"
    return f"{text}\n{line}" if text else line


def split_marker(description: str) -> tuple[str, Marker | None]:
    """Return the text above the marker line, and what the line says; None in an album of the user's.

    The last such line counts, wherever the user has put it: text that they wrote below it is text like that above.

    Raises:
        GalleryRefused: a newer Albumen wrote it.
    """
    lines = description.replace("\r\n", "\n").split("\n")
    for n in reversed(range(len(lines))):
        if match := _LINE.fullmatch(lines[n].strip()):
            if int(match[3]) > VERSION:
                raise GalleryRefused(f"a newer Albumen made the album with the key {match[2]!r}: use that one")
            below = lines[n + 1 :] if any(line.strip() for line in lines[n + 1 :]) else []
            return "\n".join(lines[:n] + below), Marker(match[1], match[2])
    return description, None
