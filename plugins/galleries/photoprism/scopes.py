"""What a key may do: the words of its scope, and the steps of a run that stop without each.

Read in PhotoPrism's `internal/auth/acl/scope.go` and `internal/api` (251125 and later).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Step: TypeAlias = Literal[
    "photos",
    "features",
    "people",
    "plan",
    "apply albums",
    "apply tags",
    "apply people",
    "settings",
    "account",
    "log out",
]
"""A step of a run, a part of its apply, or something that is left out where the key may not."""
EVERYTHING: Final = "*"
_READ, _WRITE = "read", "write"


@dataclass(frozen=True, slots=True)
class Need:
    """A word of a scope, and the steps that stop without it: those that read, and those that write."""

    name: str
    reads: tuple[Step, ...]
    writes: tuple[Step, ...] = ()


NEEDS: Final = (
    Need("photos", ("photos", "features", "plan"), ("apply tags",)),
    Need("albums", ("plan",), ("apply albums",)),
    Need("labels", ("photos", "plan")),
    Need("people", ("people",)),
    Need("files", (), ("apply people",)),
    Need("config", ("settings",)),
    Need("sessions", ("account",), ("log out",)),
)
"""All that is needed; labels on a photo are of `photos`, markers are of `files`."""
OPTIONAL: Final[frozenset[Step]] = frozenset({"settings", "account", "log out", "people", "apply people"})
"""What is left out where the key may not, and the rest works."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A word that a scope lacks, or may not use for what it is needed for, and the steps that stop without it."""

    name: str
    steps: tuple[Step, ...]


def missing(scope: str) -> tuple[Missing, ...]:
    """Name each word that a scope lacks, and which steps that blocks; an empty scope is one that nothing limits."""
    found = []
    for need in NEEDS if scope.strip() else ():
        reads = () if may(scope, need.name, _READ) else need.reads
        writes = () if may(scope, need.name, _WRITE) else need.writes
        if reads or writes:
            found.append(Missing(need.name, reads + writes))
    return tuple(found)


def may(scope: str, name: str, verb: str) -> bool:
    """Say whether a scope lets something be read or written; the word `read` alone is every read."""
    words = {word.removesuffix(":true") for word in scope.lower().split()}
    if words == {EVERYTHING}:
        return True
    if words == {_READ}:
        return verb == _READ
    return bool(words & {name, EVERYTHING}) and words & {_READ, _WRITE} <= {verb}


def only_reads(scope: str) -> bool:
    """Say whether a scope lets nothing be written at all."""
    return bool(scope.strip()) and not any(may(scope, need.name, _WRITE) for need in NEEDS if need.writes)
