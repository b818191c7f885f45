"""Fingerprints of what is too much to be written out as one text: item by item."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def fingerprint(items: Iterable[object]) -> str:
    """Return 32 hexadecimal digits of plain items (texts, numbers, tuples of them) in their order."""
    said = hashlib.sha256()
    for item in items:
        said.update(repr(item).encode("utf-8", "surrogatepass") + b"\n")
    return said.hexdigest()[:32]
