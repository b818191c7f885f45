"""Cutting what is many into what one statement, call or change can take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, TypeVar

CHUNK: Final = 1000
"""Rows to one statement: well below SQLite's bound of 32,766 variables."""

_T = TypeVar("_T")


def chunks(items: Iterable[_T], size: int = CHUNK) -> Iterator[list[_T]]:
    """Yield lists of at most `size` items, in order; never an empty one."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part
