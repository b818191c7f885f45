"""What a key may do: every endpoint that we call, the permission that it takes, and the steps that stop without it.

Where the permissions were seen: `x-immich-permission` in the server's own API descriptions of 2.7.5 and 3.1.0.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from plugins.galleries.immich.versions import OLDEST, Version

Step: TypeAlias = Literal[
    "photos",
    "features",
    "people",
    "plan",
    "apply albums",
    "apply tags",
    "stacks",
    "hints",
    "likes",
    "apply people",
    "draw faces",
    "apply notes",
    "webhook",
]
"""A step of a run, a part of its apply, or something that is left out where the key may not."""
READING: Final[tuple[Step, ...]] = ("photos", "features", "people", "plan")
"""What a run without --apply needs."""
WRITING: Final[tuple[Step, ...]] = ("apply albums", "apply tags")
"""What --apply needs beside that."""
PEOPLE: Final[tuple[Step, ...]] = ("apply people",)
"""What --apply needs to write people and faces; without it they are only read, and all else works."""
DRAWING: Final[tuple[Step, ...]] = ("draw faces",)
"""What the setting `draw` of `[people]` needs beside that."""
EXTRAS: Final[tuple[Step, ...]] = ("stacks", "hints")
"""What is left out where the key may not: bursts seen as one, and a word on pages that are switched off."""
UNASKED: Final[tuple[Step, ...]] = ("likes", "apply notes")
"""What the gallery can do and no step of a run asks it for."""
CALLING: Final[tuple[Step, ...]] = ("webhook",)
"""What `albumen webhook` needs, to tell the server that it shall call us; without it the user does that."""
ALL: Final = "all"
"""The permission that holds every other."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One call: `permission` is empty where none is asked for; `steps` stop without it; older versions have it not."""

    method: str
    path: str
    permission: str
    steps: tuple[Step, ...]
    since: Version = OLDEST


@dataclass(frozen=True, slots=True)
class Missing:
    """A permission that a key lacks, and the steps that cannot run without it."""

    permission: str
    steps: tuple[Step, ...]


ENDPOINTS: Final = (
    Endpoint("GET", "/server/ping", "", ("photos",)),
    Endpoint("GET", "/server/version", "", ("photos",)),
    Endpoint("GET", "/server/config", "", ("photos",)),
    Endpoint("GET", "/api-keys/me", "", ("photos",)),
    Endpoint("GET", "/users/me", "user.read", ("photos",)),
    Endpoint("POST", "/search/metadata", "asset.read", ("photos", "plan")),
    Endpoint("POST", "/search/statistics", "asset.statistics", ("photos",)),
    Endpoint("GET", "/assets/{id}", "asset.read", ("photos", "apply tags")),
    Endpoint("GET", "/assets/{id}/thumbnail", "asset.view", ("features",)),
    Endpoint("GET", "/assets/{id}/video/playback", "asset.view", ("features",)),
    Endpoint("GET", "/people", "person.read", ("people",)),
    Endpoint("GET", "/faces", "face.read", ("people", "apply people")),
    Endpoint("GET", "/albums", "album.read", ("plan",)),
    Endpoint("GET", "/albums/{id}", "album.read", ("apply albums",)),
    Endpoint("GET", "/tags", "tag.read", ("photos", "plan")),
    Endpoint("POST", "/albums", "album.create", ("apply albums",)),
    Endpoint("PATCH", "/albums/{id}", "album.update", ("apply albums",)),
    Endpoint("DELETE", "/albums/{id}", "album.delete", ("apply albums",)),
    Endpoint("PUT", "/albums/{id}/assets", "albumAsset.create", ("apply albums",)),
    Endpoint("DELETE", "/albums/{id}/assets", "albumAsset.delete", ("apply albums",)),
    Endpoint("PUT", "/tags", "tag.create", ("apply tags",)),
    Endpoint("PUT", "/tags/assets", "tag.asset", ("apply tags",)),
    Endpoint("DELETE", "/tags/{id}/assets", "tag.asset", ("apply tags",)),
    Endpoint("DELETE", "/tags/{id}", "tag.delete", ("apply tags",)),
    Endpoint("GET", "/people/{id}", "person.read", ("apply people",)),
    Endpoint("GET", "/search/person", "person.read", ("apply people",)),
    Endpoint("POST", "/people", "person.create", ("apply people",)),
    Endpoint("PUT", "/people", "person.update", ("apply people",)),
    Endpoint("DELETE", "/people/{id}", "person.delete", ("apply people",)),
    Endpoint("PUT", "/faces/{id}", "face.update", ("apply people",)),
    Endpoint("GET", "/cluster-groups/{id}/users", "clusterGroup.read", ("apply people",), Version(3, 2, 0)),
    Endpoint("POST", "/faces", "face.create", ("draw faces",)),
    Endpoint("DELETE", "/faces/{id}", "face.delete", ("draw faces",)),
    Endpoint("PUT", "/assets/{id}", "asset.update", ("apply notes",)),
    Endpoint("GET", "/stacks", "stack.read", ("stacks",)),
    Endpoint("GET", "/shared-links", "sharedLink.read", ("likes",)),
    Endpoint("GET", "/activities", "activity.read", ("likes",)),
    Endpoint("GET", "/memories", "memory.read", ("likes",)),
    Endpoint("GET", "/users/me/preferences", "userPreference.read", ("hints",)),
    Endpoint("GET", "/plugins/methods", "plugin.read", CALLING, Version(3, 0, 0)),
    Endpoint("GET", "/workflows", "workflow.read", CALLING, Version(3, 0, 0)),
    Endpoint("GET", "/workflows/{id}", "workflow.read", CALLING, Version(3, 0, 0)),
    Endpoint("POST", "/workflows", "workflow.create", CALLING, Version(3, 0, 0)),
    Endpoint("PUT", "/workflows/{id}", "workflow.update", CALLING, Version(3, 0, 0)),
    Endpoint("DELETE", "/workflows/{id}", "workflow.delete", CALLING, Version(3, 0, 0)),
)
"""All calls that reading, writing and the doctor make; docs/immich.md says of each what can fail."""


def permissions_for(steps: Iterable[Step], version: Version | None = None) -> tuple[str, ...]:
    """Return the permissions that these steps need at a version, or at any, each once, in the order of the table."""
    asked = set(steps)
    there = (e for e in ENDPOINTS if version is None or e.since <= version)
    return tuple(dict.fromkeys(e.permission for e in there if e.permission and asked & set(e.steps)))


def steps_of(permission: str) -> tuple[Step, ...]:
    """Return the steps that cannot run without a permission; none for one that we never need."""
    return tuple(dict.fromkeys(step for e in ENDPOINTS if e.permission == permission for step in e.steps))


def may(permissions: Collection[str], permission: str) -> bool:
    """Say whether a key with these permissions has this one."""
    return ALL in permissions or permission in permissions


def missing(permissions: Collection[str], steps: Iterable[Step], version: Version | None = None) -> tuple[Missing, ...]:
    """Name each permission that a key lacks for these steps, and which of them it blocks, in the order of the table."""
    asked = tuple(steps)
    lacking = [permission for permission in permissions_for(asked, version) if not may(permissions, permission)]
    return tuple(Missing(one, tuple(step for step in steps_of(one) if step in asked)) for one in lacking)
