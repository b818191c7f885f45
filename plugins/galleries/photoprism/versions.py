"""What differs between PhotoPrism's versions, in one table; which are too old, and which are newer than we know."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

OLDEST: Final = 250425
"""Before it albums have no covers of their own, and an existing album is easily taken for a new one."""
BATCH_EDIT: Final = 251130
FORCED: Final = 251130
"""From here on `DELETE /albums/{uid}?force=true` leaves nothing behind that a new album of that title would revive."""
KNOWN: Final = 260919
"""The newest that somebody has looked at; what a newer one changed shows in its answers, or does not."""
_NUMBER: Final = re.compile(r"([0-9]{6})(?![0-9])")


@dataclass(frozen=True, slots=True)
class Ways:
    """How one version is talked to.

    `version` is its six digits, year, month and day; 0 where it does not say so. `writes`: it is written to at all.
    `batch_edit`: labels of many photos are set by one request, if the server's settings allow. `forced_delete`: an
    album can be deleted for good.
    """

    version: int
    writes: bool = True
    batch_edit: bool = True
    forced_delete: bool = True


def number_of(version: str) -> int:
    """Return the six digits of a version as text, such as `250707-d28b3101e`; 0 when there are none."""
    found = _NUMBER.match(version.strip())
    return int(found.group(1)) if found else 0


def ways_of(version: str) -> Ways:
    """Return how a version is talked to; one that does not say which it is is read only."""
    number = number_of(version)
    return Ways(number, number >= OLDEST, number >= BATCH_EDIT, number >= FORCED)


def warning_of(version: str) -> str:
    """Return what the user should know about a version; empty when there is nothing."""
    number = number_of(version)
    if OLDEST <= number <= KNOWN:
        return ""
    if number > KNOWN:
        return (
            f"PhotoPrism {number} is newer than what this Albumen knows ({KNOWN}): it is used as that is. "
            "Look for a newer Albumen"
        )
    which = f"PhotoPrism {number} is too old" if number else f"PhotoPrism does not say which it is ({version[:40]!r})"
    return f"{which}: it is only read; Albumen writes to {OLDEST} and later"
