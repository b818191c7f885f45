"""What runs in the process that looks at pictures for the review page: words for any picture, and where tags are.

The network and what it needs are loaded here and not where the pages are made, so that these stay small.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict
from typing import Any, Final, TypeAlias

from app.picture_words import NoWords, words_for
from plugins import UnknownPlugin
from plugins.decoding import DecoderCannotStart, decoders
from plugins.framed import receive, send
from plugins.galleries import GalleryError
from plugins.pages.thumbs import thumbnail
from plugins.pictures import PictureNotThere, UnreadablePicture
from plugins.settings import SettingsWrong, UnknownLibrary
from plugins.store import Decision, StoreError, Suggestion
from tasks.context import opened
from tasks.tag_places import place_tags

Answered: TypeAlias = tuple[dict[str, Any], bytes]
SHOWN_PX: Final = 960
WATCH_S: Final = 1.0
"""How often it looks whether the process that it works for is still there."""
_MENDABLE: Final = (NoWords, DecoderCannotStart, GalleryError, SettingsWrong, StoreError, UnknownLibrary, UnknownPlugin)


def answered(request: dict[str, Any], body: bytes) -> Answered:
    """Return the answer to one request; `cannot` says why there is none.

    `words` is about the picture in the body: the words for it, why there are none, and the picture made small.
    `place` is about a suggestion by its key: where in its photo it is, or the reason why nobody knows.
    """
    try:
        if request["do"] == "place":
            return _place(request["library"], request["key"]), b""
        return _words(request["library"], body)
    except _MENDABLE as error:
        return {"cannot": str(error)}, b""


def _words(library: str, picture: bytes) -> Answered:
    with opened(library) as here:
        (found,) = words_for(here, [picture])
    small = b"" if found.why == "unreadable" else _small(picture)
    return asdict(found), small


def _small(picture: bytes) -> bytes:
    with suppress(UnreadablePicture, PictureNotThere, OSError):
        return thumbnail(decoders().decode(picture)[0].picture, SHOWN_PX)
    return b""


def _place(library: str, key: str) -> dict[str, Any]:
    with opened(library) as here:
        store, known = here.store.suggestions, list[Decision | Suggestion]()
        known += store.decisions_of(here.name, [key]).values()
        known += store.of_keys(here.name, [key]).values()
        placed = next(place_tags(here, known[:1]), None)
    return {"box": placed.box, "reason": placed.reason} if placed else {"box": None, "reason": "gone"}


def serve(channel: socket.socket) -> None:
    """Answer requests, one after the other, until the other end is gone."""
    with suppress(EOFError, OSError):
        while True:
            request, body = receive(channel)
            try:
                header, picture = answered(request, bytes(body))
            except Exception as error:  # whatever it is, the next picture may be another matter
                header, picture = {"failed": f"{type(error).__name__}: {error}"[:500]}, b""
            send(channel, header, picture)


def _end_with(parent: int) -> None:
    """End this process when its parent is gone, whatever it looks at."""
    while os.getppid() == parent:
        time.sleep(WATCH_S)
    os._exit(0)


def main() -> None:
    """Run it: the socket and the parent's process id are its arguments."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then ends us
    number, parent = map(int, sys.argv[1:])
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    with socket.socket(fileno=number) as channel:
        serve(channel)


if __name__ == "__main__":
    main()
