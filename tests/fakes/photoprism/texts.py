"""How the server rewrites what it is given: titles, the names of labels and of people, and how it compares them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from fakes.photoprism.answers import Refusal

LONGEST = 160
"""Characters of a name."""
_SMALL = frozenset(
    ["a", "an", "as", "at", "by", "in", "of", "on", "or", "up", "to", "and", "but", "for", "nor", "the", "from", "with"]
)
"""Words that stay small in a title, unless they begin it."""
_SPECIAL = MappingProxyType(
    {"usa": "USA", "nyc": "NYC", "ber": "BER", "iphone": "iPhone", "ipad": "iPad", "youtube": "YouTube"}
    | {"mcdonald": "McDonald", "koeln": "Köln", "muenchen": "München", "zuerich": "Zürich"}
)
"""A few of the hundred words that have a spelling of their own."""
_ENDS = "_&|{}<>: \n\r\t\\"
_SOURCES = MappingProxyType(
    {"": 1, "default": 1, "estimate": 2, "file": 2, "name": 4, "image": 8, "location": 8, "marker": 8, "onnx": 12}
    | dict.fromkeys(("ollama", "openai", "title", "caption", "keyword", "meta"), 16)
    | {"xmp": 32, "batch": 64, "vision": 64, "manual": 64, "admin": 128}
)


def weight(src: str) -> int:
    """Return how much a source counts; one that nobody registered counts less than none."""
    return _SOURCES.get(src, 0)


def titled(text: str) -> str:
    """Return a text in title case: a slash gets spaces, and small words stay small, as in "Trips / Bay of Naples"."""
    parts = (part.split() for part in text.replace("_", " ").strip("/ -").split("/"))
    return " / ".join(" ".join(_word(w, n == 0) for n, w in enumerate(words)) for words in parts if words)


def _word(word: str, is_first: bool) -> str:
    plain = word.strip(":.,;!?").lower()
    if plain in _SPECIAL:
        return word.lower().replace(plain, _SPECIAL[plain], 1)
    if plain in _SMALL and not is_first:
        return word.lower()
    return "".join(_capital(c) if n == 0 or _separates(word[n - 1]) else c for n, c in enumerate(word))


def _capital(letter: str) -> str:
    return letter.title() if len(letter.title()) == 1 else letter


def _separates(letter: str) -> bool:
    if letter.isascii():
        return not (letter.isalnum() or letter in "_'")
    return letter.isspace()


def label_name(text: str) -> str:
    """Return a label's name; one without a letter becomes the label "Unknown", which is no error."""
    return titled(clipped(text, LONGEST) or "Unknown")


def person_name(text: str) -> str:
    """Return a person's name, which keeps its case; empty where the server takes none of it."""
    if len(text) > LONGEST or "${" in text or "ldap://" in text:
        return ""
    kept = re.sub(r'[\x00-\x1f\x7f"$%\\*`;<>{}]', "", text)
    return clipped(re.sub(r" {2,}", " ", kept), LONGEST)


def album_title(text: str) -> str:
    """Return an album's title; its length is counted in bytes and cut in characters."""
    title = text.strip(_ENDS).replace('"', "“")
    return title if len(title.encode()) < LONGEST else clipped(title, LONGEST - 3) + "…"


def clipped(text: str, most: int) -> str:
    return text.strip()[:most].strip()


def alike(text: str, pattern: str) -> bool:
    """Say whether a text is LIKE another in SQL: whatever the case, where "%" and "_" stand for anything."""
    parts = {"%": ".*", "_": "."}
    wanted = "".join(parts.get(c) or re.escape(c) for c in pattern)
    return re.fullmatch(wanted, text, re.IGNORECASE | re.DOTALL) is not None


def bound(given: Mapping[str, Any], kinds: Mapping[str, type]) -> dict[str, Any]:
    """Return the fields that a form knows, by kind; one of another kind cannot be bound to it.

    What a form does not know is passed over, and null is as if it was not there.
    """
    found = {name: given[name] for name in kinds if given.get(name) is not None}
    for name, value in found.items():
        kind = (int, float) if kinds[name] is float else kinds[name]
        if not isinstance(value, kind) or (isinstance(value, bool) and kinds[name] is not bool):
            raise Refusal(400)
    return found
