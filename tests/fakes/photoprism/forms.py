"""What a search for photos may ask: parameters of the address, which `q` may hold too, each with its type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fakes.photoprism.answers import Refusal

_FLAGS = frozenset(
    {"primary", "merged", "reverse", "public", "private", "review", "archived", "hidden", "error"}
    | {"photo", "image", "raw", "live", "video", "animated", "vector", "document", "unsorted", "stack"}
)
_WHOLE = frozenset({"count", "offset", "quality"})
_INSTANTS = frozenset({"added", "updated", "edited"})
_DATES = frozenset({"before", "after", "taken"})
_TEXTS = frozenset(
    {"uid", "hash", "s", "album", "albums", "label", "keywords", "subject", "person", "face", "faces", "type"}
    | {"geo", "favorite", "year", "month", "day", "country", "state", "city", "path", "name", "title", "order"}
)
_NOT_KNOWN = frozenset(
    {"near", "lat", "lng", "dist", "latlng", "camera", "lens", "color", "olc", "s2", "people", "filename"}
)
_BOOLEANS = {"1": True, "t": True, "true": True, "0": False, "f": False, "false": False, "": False}
_WORD = re.compile(r'(\w+):("[^"]*"|\S+)')
_ALIASES = {"person": "subject"}


def search_form(query: Mapping[str, str]) -> dict[str, Any]:
    """Return what is asked for, by name; what cannot be bound to its type is a bad request."""
    texts = dict(query)
    asked = texts.pop("q", "")
    texts |= words_of(asked)
    rest = _WORD.sub("", asked).strip()
    form = {_ALIASES.get(name, name): _bound(name, text) for name, text in texts.items() if _is_known(name)}
    return form | ({"q": rest} if rest else {})


def words_of(text: str) -> dict[str, str]:
    """Return the `name:value` pairs of a query, as of what an album of another type is a search for."""
    return {name.lower(): value.strip('"') for name, value in _WORD.findall(text)}


def _is_known(name: str) -> bool:
    assert name not in _NOT_KNOWN, f"the fake does not know the search for {name!r}"
    return name in _FLAGS | _WHOLE | _INSTANTS | _DATES | _TEXTS


def _bound(name: str, text: str) -> Any:
    try:
        if name in _FLAGS:
            return _BOOLEANS[text.lower()]
        if name in _WHOLE:
            return int(text or "0")
        if name in _INSTANTS:
            return datetime.fromisoformat(text).astimezone(UTC).replace(microsecond=0) if text else None
        if name in _DATES:
            return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC) if text else None
    except (KeyError, ValueError) as problem:
        raise Refusal(400) from problem
    return text


def is_yes(text: str) -> bool:
    return text.lower() in {"1", "true", "yes", "y", "t"}


def is_no(text: str) -> bool:
    return text.lower() in {"0", "false", "no", "n", "f"}
