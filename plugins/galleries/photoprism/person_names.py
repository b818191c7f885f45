"""Names of people as PhotoPrism keeps them: which it holds, which it would write otherwise, and which it takes for one.

PhotoPrism knows a person by the name alone: to name a face is to find or make the person of that name. It takes signs
out, begins words with a capital, and finds people whatever the capitals, and in some databases whatever the accents.
Somebody who is found so under another spelling is renamed.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from plugins.galleries.outcomes import is_fit
from plugins.galleries.photoprism.titles import as_kept

LONGEST: Final = 160
"""Characters of a name."""
_TAKEN_OUT: Final = frozenset('"`~\\/*%_&|+=$@!?:;<>{}')
_SMALL: Final = frozenset(
    ("a", "an", "as", "at", "by", "in", "of", "on", "or", "up", "to", "and", "but", "for", "nor", "the", "from", "with")
)
"""Words that have no capital behind the first."""


def can_be_kept(name: str) -> bool:
    """Say whether PhotoPrism can hold somebody by this name, however it writes it."""
    return is_fit(name) and len(name) <= LONGEST and bool(alike_key(name))


def stays(name: str) -> bool:
    """Say whether a person of this name keeps it letter for letter when a face is named so."""
    words = name.split(" ")
    capital = all(word == as_kept("tag", word) or (n > 0 and word in _SMALL) for n, word in enumerate(words))
    return can_be_kept(name) and capital and all(words) and _TAKEN_OUT.isdisjoint(name)


def alike_key(name: str) -> str:
    """Return what is the same of two names that PhotoPrism may take for one."""
    text = unicodedata.normalize("NFKD", "".join(sign for sign in name if sign not in _TAKEN_OUT)).casefold()
    return " ".join("".join(sign for sign in text if not unicodedata.combining(sign)).split())
