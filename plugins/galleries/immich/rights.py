"""Whether people and faces may be written: what the key may do, and whom else a change would reach."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from plugins.galleries.http.answers import Forbidden, NoRoute
from plugins.galleries.immich.client import Client
from plugins.galleries.immich.known import Known
from plugins.galleries.immich.parsing import KeyPart, UserPart, read
from plugins.galleries.immich.permissions import DRAWING, PEOPLE, READING, WRITING, may, missing, permissions_for
from plugins.galleries.immich.reading import Reader

_WHY: Final = "why people stay"
_WARNING: Final = "warning that people stay"
_LEFT: Final = "people and faces are only read, albums and tags are written as ever"


class Rights:
    """What stands against writing people; asked once a sweep. `draws` says that faces are drawn, too."""

    def __init__(self, client: Client, reader: Reader, known: Known, draws: bool) -> None:
        self._steps = (*PEOPLE, *DRAWING) if draws else PEOPLE
        self._client = client
        self._reader = reader
        self._known = known

    def why_people_stay(self) -> str:
        """Return why people and faces are only read; empty when nothing stands against writing them."""
        return self._noted(_WHY)

    def warning(self) -> str:
        """Return the same as a text for the user; empty also for a key that writes nothing at all."""
        return self._noted(_WARNING)

    def _noted(self, name: str) -> str:
        if self._known.note(name) is None:
            key = read(KeyPart, self._client.get("/api-keys/me"), "GET /api-keys/me").permissions
            why = self._lacking(key) or self._shared()
            self._known.keep_note(_WHY, why)
            self._known.keep_note(_WARNING, f"{why}: {_LEFT}" if why and not only_reads(key) else "")
        return self._known.note(name) or ""

    def _lacking(self, key: Collection[str]) -> str:
        lacking = missing(key, self._steps, self._reader.ways().version)
        return f"the key lacks {', '.join(one.permission for one in lacking)}" if lacking else ""

    def _shared(self) -> str:
        try:
            others = sharers(self._client, self._reader.user())
        except (Forbidden, NoRoute) as error:
            return f"Immich does not say whether other users share your people ({error})"
        return shared_with(others)


def only_reads(permissions: Collection[str]) -> bool:
    """Say whether a key lacks every permission to write albums and tags."""
    reading = permissions_for(READING)
    return not any(may(permissions, one) for one in permissions_for(WRITING) if one not in reading)


def sharers(client: Client, me: UserPart) -> list[str]:
    """Return the names of the other users who share the people of this account: what we do they would see done.

    Since 3.2 every user is in a group for that, most of them alone.

    Raises:
        Forbidden: the key may not ask.
    """
    if me.clusterGroupId is None:
        return []
    answer = client.get(f"/cluster-groups/{me.clusterGroupId}/users")
    users = read(list[UserPart], answer, "GET /cluster-groups/{id}/users")
    return sorted(user.name or user.email or user.id for user in users if user.id != me.id)


def shared_with(others: Collection[str]) -> str:
    """Say that people are shared, and with whom; empty when with nobody."""
    return f"your people are shared with {', '.join(others)}" if others else ""
