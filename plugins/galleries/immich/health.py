"""What the doctor asks an Immich: whether it is one, its version, whose key this is, and what it may do and show."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from plugins.checks import Check, State
from plugins.galleries import GalleryBug, GalleryError, GalleryRefused, GalleryUnreachable
from plugins.galleries.http.answers import NoRoute
from plugins.galleries.http.patience import Patience
from plugins.galleries.http.visiting import TWICE, Visit
from plugins.galleries.immich.client import KEY_HEADER, Client, connect
from plugins.galleries.immich.parsing import UserPart, VersionPart, read
from plugins.galleries.immich.permissions import (
    ALL,
    DRAWING,
    EXTRAS,
    PEOPLE,
    READING,
    WRITING,
    Missing,
    Step,
    may,
    missing,
    permissions_for,
)
from plugins.galleries.immich.rights import only_reads, shared_with, sharers
from plugins.galleries.immich.versions import Version, warning_of, ways_of
from plugins.settings import SettingsWrong

if TYPE_CHECKING:
    from plugins.settings import LibrarySettings

WRITES: Final[Mapping[str, tuple[Step, ...]]] = {"plan": (), "albums": ("apply albums",), "all": WRITING}
"""What the nightly run writes, by the setting `apply`."""
SWITCHES: Final = {"tags": "Tags", "people": "People", "ratings": "Star rating"}
"""Switches in a user's preferences, and what Immich's own page under Account settings → Features calls them."""


def checks(library: LibrarySettings, patience: Patience = TWICE) -> Iterator[Check]:
    """Yield what an Immich library needs, in an order in which the first failure explains those behind it.

    A failed connection ends it. The key is sent only to what has shown itself to be an Immich.
    """
    what = "key"
    try:
        key, what = library.key(), "address"
        with connect(library.url, key, library.ca_file) as http, connect(library.url, key, library.ca_file) as bare:
            del bare.headers[KEY_HEADER]
            visit = Visit(library, bare, Client(bare, patience), Client(http, patience))
            yield from _address(visit)
            what = "key"
            yield from _key(visit)
    except (GalleryError, SettingsWrong) as error:
        yield Check(f"{library.name}: {what}", "fail", str(error))


def _address(visit: Visit[Client]) -> Iterator[Check]:
    version = _version(visit.first(lambda: visit.stranger.get("/server/version")))
    if version is None:
        raise GalleryRefused(f"what answers at {visit.server} is no Immich: check the url")
    if _in_maintenance(visit.stranger):
        raise GalleryUnreachable(f"{visit.server} is in maintenance mode: wait until it has ended")
    yield visit.address()
    yield _known(visit, version)
    yield visit.clock(datetime.now(UTC))


def _version(json: object) -> Version | None:
    try:
        found = read(VersionPart, json, "GET /server/version")
    except GalleryBug:
        return None
    return Version(found.major, found.minor, found.patch)


def _known(visit: Visit[Client], version: Version) -> Check:
    """Return what is to be said of a version; one that is too old is an error of `ways_of`."""
    if warning := warning_of(ways_of(version).version):
        return visit.check("version", "warn", warning)
    return visit.check("version", "ok", f"Immich {version}")


def _in_maintenance(client: Client) -> bool:
    try:
        return _fields(client.get("/server/config")).get("maintenanceMode") is True
    except NoRoute:  # deprecated since 3.2
        return False


def _key(visit: Visit[Client]) -> Iterator[Check]:
    found = _fields(visit.client.get("/api-keys/me"))
    permissions = _permissions(found)
    name, whose, me = str(found.get("name", "")), "a user whom it may not name", None
    if may(permissions, "user.read"):
        me = read(UserPart, visit.client.get("/users/me"), "GET /users/me")
        whose = f"{me.name} <{me.email}>"
    yield visit.check("key", "ok", f"“{name}” of {whose}")
    yield from _of_permissions(visit, permissions)
    if me and may(permissions, "clusterGroup.read"):
        yield from _of_sharers(visit, me)
    yield from _of_switches(visit, permissions)


def _permissions(key: Mapping[str, Any]) -> frozenset[str]:
    found = key.get("permissions")
    return frozenset(map(str, found)) if isinstance(found, list) else frozenset()


def _of_permissions(visit: Visit[Client], permissions: Collection[str]) -> Iterator[Check]:
    """Yield a check for each permission that is missing; those to write are one where the key has none of them."""
    to_read = permissions_for(READING)
    to_write = [permission for permission in permissions_for(WRITING) if permission not in to_read]
    people = (*PEOPLE, *DRAWING) if visit.library.people.draw else PEOPLE
    lacking = missing(permissions, (*READING, *WRITING, *people), _version(visit.client.get("/server/version")))
    mend = "add it to the key in Immich: Account settings → API keys"
    for one in lacking:
        if one.permission in to_read:
            yield visit.check(f"permission {one.permission}", "fail", _blocks(one), mend)
    if only_reads(permissions):
        yield visit.reads_only("permissions", "make a key with the permissions in docs/immich.md")
        return
    for one in lacking:
        if one.permission in to_write:
            nightly = set(one.steps) & set(WRITES[visit.library.apply or "plan"])
            yield visit.check(f"permission {one.permission}", "fail" if nightly else "warn", _blocks(one), mend)
        elif one.permission not in to_read:
            finding = "missing; without it people and faces are only read, all else works"
            yield visit.check(f"permission {one.permission}", "warn", finding, mend)
    if not lacking:
        yield visit.check("permissions", "ok", _spare(permissions))


def _of_sharers(visit: Visit[Client], me: UserPart) -> Iterator[Check]:
    """Yield a warning if other users share this user's people: then they are not written."""
    if others := shared_with(sharers(visit.client, me)):
        mend = "nothing, or leave the group in Immich to have people written"
        yield visit.check("people", "warn", f"{others}: people and faces are only read, all else works", mend)


def _blocks(one: Missing) -> str:
    return f"missing; without it these do not work: {', '.join(one.steps)}"


def _spare(permissions: Collection[str]) -> str:
    if ALL in permissions:
        return "the key may do everything; those in docs/immich.md would be enough"
    without = [one.permission for one in missing(permissions, EXTRAS)]
    return "all that is needed" + (f"; the key does without {', '.join(without)}" if without else "")


def _of_switches(visit: Visit[Client], permissions: Collection[str]) -> Iterator[Check]:
    if not may(permissions, "userPreference.read"):
        yield visit.check("pages", "ok", "not looked at: the key lacks userPreference.read")
        return
    off = switched_off(visit.client.get("/users/me/preferences"))
    if not off:
        yield visit.check("pages", "ok", "tags, people and ratings are shown")
        return
    names = ", ".join(SWITCHES[name] for name in off)
    state: State = "warn" if set(off) - {"ratings"} else "ok"  # ratings are only read
    mend = f"switch them on in Immich to see them: Account settings → Features → {names}"
    yield visit.check("pages", state, f"switched off in this user's Immich: {', '.join(off)}", mend)


def switched_off(preferences: object) -> tuple[str, ...]:
    """Name what a user's preferences hide from them: tags, people, ratings; tags and ratings are hidden at first."""
    fields = _fields(preferences)
    return tuple(name for name in SWITCHES if _fields(fields.get(name)).get("enabled") is False)


def _fields(json: object) -> dict[str, Any]:
    return json if isinstance(json, dict) else {}
