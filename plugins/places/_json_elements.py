"""JSON of any size, read element by element: histories of a gigabyte hold millions of small objects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TextIO

_CHUNK = 1 << 20
_MAX_VALUE = 16 << 20
"""Characters of one element; a location history has hundreds, its longest path some hundred thousand."""
_BLANK = " \t\r\n,"
_decoder = json.JSONDecoder()


def elements(handle: TextIO) -> Iterator[Any]:
    """Yield the elements of every array at the top of a text or directly in its object, then what else it holds.

    One value after another (JSON lines) is read as well. Elements before a break are yielded before the error.

    Raises:
        ValueError: the text is no JSON from here on, or one element is too large.
    """
    text = _Text(handle)
    while first := text.peek():
        if first == "[":
            yield from _array(text)
        elif first == "{":
            yield from _object(text)
        else:
            yield text.value()


def _array(text: _Text) -> Iterator[Any]:
    text.skip()
    while (first := text.peek()) != "]":
        if not first:
            raise ValueError("it ends in the middle of a list")
        yield text.value()
    text.skip()


def _object(text: _Text) -> Iterator[Any]:
    rest: dict[str, Any] = {}
    text.skip()
    while (first := text.peek()) != "}":
        if not first:
            raise ValueError("it ends in the middle of an object")
        key = text.value()
        if not isinstance(key, str) or text.peek() != ":":
            raise ValueError("it is not JSON")
        text.skip()
        if text.peek() == "[":
            yield from _array(text)
        else:
            rest[key] = text.value()
    text.skip()
    yield rest


class _Text:
    """A window on the text that moves on as values are taken off its front."""

    def __init__(self, handle: TextIO) -> None:
        self._handle = handle
        self._window = ""
        self._at = 0
        self._ended = False

    def peek(self) -> str:
        """Return the next character that means something, or nothing at the end."""
        while True:
            while self._at < len(self._window) and self._window[self._at] in _BLANK:
                self._at += 1
            if self._at < len(self._window):
                return self._window[self._at]
            if not self._more():
                return ""

    def skip(self) -> None:
        """Step over the character that `peek` returned."""
        self._at += 1

    def value(self) -> Any:
        """Take one whole value off the front, reading on until it is whole."""
        self.peek()
        while True:
            try:
                value, end = _decoder.raw_decode(self._window, self._at)
            except RecursionError as error:
                raise ValueError("it is nested too deeply") from error
            except ValueError as error:
                if len(self._window) - self._at > _MAX_VALUE or not self._more():
                    raise ValueError("it is not JSON, or cut off") from error
                continue
            if end < len(self._window) or not self._more():  # a number may go on behind the window
                self._at = end
                return value

    def _more(self) -> bool:
        chunk = "" if self._ended else self._handle.read(_CHUNK)
        self._ended = not chunk
        if chunk:
            self._window, self._at = self._window[self._at :] + chunk, 0
        return bool(chunk)
