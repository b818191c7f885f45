"""Names of people as PhotoPrism keeps them: which it holds, which it would write otherwise, and which it takes for one.

PhotoPrism knows a person by the name alone: to name a face is to find or make the person of that name. It takes signs
out, and finds people whatever the capitals, and in some databases whatever the accents; older versions also began words
with capitals. Somebody who is found under another spelling is renamed.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from plugins.galleries.server.outcomes import is_fit

LONGEST: Final = 160
"""Characters of a name."""
_TAKEN_OUT: Final = frozenset('"$%\\*`;<>{}\x7f') | frozenset(map(chr, range(32)))
_PASSED_OVER: Final = _TAKEN_OUT | frozenset("~/_&|+=@!?:")
"""What older versions took out as well."""


def can_be_kept(name: str) -> bool:
    """Say whether PhotoPrism can hold somebody by this name, however it writes it."""
    return is_fit(name) and len(name) <= LONGEST and bool(alike_key(name))


def stays(name: str) -> bool:
    """Say whether a person of this name keeps it letter for letter when a face is named so."""
    return can_be_kept(name) and name == " ".join(name.split()) and _TAKEN_OUT.isdisjoint(name)


def alike_key(name: str) -> str:
    """Return what is the same of two names that PhotoPrism may take for one."""
    text = unicodedata.normalize("NFKD", "".join(sign for sign in name if sign not in _PASSED_OVER)).casefold()
    return " ".join("".join(sign for sign in text if not unicodedata.combining(sign)).split())
