"""How many requests this process has sent to galleries: a report says of each step what it asked of the server."""

from __future__ import annotations

import threading

_lock = threading.Lock()
_made = 0


def note_request() -> None:
    """Count one request, a repeated one each time; for the clients, from whatever thread."""
    global _made  # noqa: PLW0603  one count a process, whoever opens a gallery
    with _lock:
        _made += 1


def requests_made() -> int:
    """Return how many there were since this process began."""
    return _made
