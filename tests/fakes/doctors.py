"""What galleries' doctors are shown: the answers of servers at which all is well; and what they say of a server."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from fakes.doors import Says, door
from pydantic import SecretStr

from plugins import module_of
from plugins.checks import Check
from plugins.galleries.http.patience import Patience
from plugins.settings import LibrarySettings

KEY = "k3yOfAnna"
NO_ROUTE = Says({"message": "Cannot GET"}, 404)
LOGIN = Says("<html>Sign in</html>", 302, {"Location": "https://login.example.org/auth?token=s3cret"})
SEARCH = "/api/v1/photos?count=1&primary=true&quality=3&public=true"
"""What the doctor of a PhotoPrism searches."""


def immich(
    permissions: Collection[str] = ("all",), version: tuple[int, int, int] = (3, 1, 0), **switches: bool
) -> dict[str, Says]:
    """Return the answers of an Immich at which all is well."""
    on = {"tags": True, "people": True, "ratings": True} | switches
    major, minor, patch = version
    return {
        "/api/server/version": Says({"major": major, "minor": minor, "patch": patch}),
        "/api/server/config": Says({"maintenanceMode": False}),
        "/api/api-keys/me": Says({"name": "albumen", "permissions": sorted(permissions)}),
        "/api/users/me": Says({"id": "a76357ac-6a9c-47c5-a81c-69c97a27f598", "name": "Anna", "email": "anna@x.org"}),
        "/api/users/me/preferences": Says({name: {"enabled": state} for name, state in on.items()}),
    }


def photoprism(
    version: str = "260919-28c46a116", session: Mapping[str, Any] | None = None, **config: Any
) -> dict[str, Says]:
    """Return the answers of a PhotoPrism, without photos and without a websocket, at which all else is well."""
    features = dict.fromkeys(("people", "labels", "albums", "private", "review", "batchEdit"), True)
    user = {"UID": "usq4mxdxjdarh6ci", "Name": "anna", "Role": "admin"}
    return {
        "/api/v1/status": Says({"status": "operational"}),
        "/api/v1/config": Says({"version": version, "mode": "user", "settings": {"features": features}} | config),
        "/api/v1/session": Says({"user": user, "scope": "*", "expires_in": 31_536_000} | dict(session or {})),
        "/api/v1/config/options": Says({"WakeupInterval": 900_000_000_000}),
        SEARCH: Says([]),
    }


QUICK = {"photoprism": {"listen_s": 0.02}}
"""What a doctor would wait for longer."""
WELL = {"immich": immich, "photoprism": photoprism}
"""The answers of a server at which all is well, by the gallery's name."""


def looked(gallery: str, url: str, key: str = KEY, **library: Any) -> dict[str, Check]:
    """Return the checks of a library by name, without the library's own; none of them may hold the key."""
    config = LibrarySettings(
        name="anna", gallery=gallery, url=url, api_key=SecretStr(key) if key else None, **{"apply": "plan"} | library
    )
    health = module_of("galleries", gallery, "health")
    assert health is not None
    checks = health.checks(config, Patience(2, 0.001), **QUICK.get(gallery, {}))
    found = {check.name.removeprefix("anna: "): check for check in checks}
    assert not key or key not in repr(found)
    return found


def look_at(gallery: str, answers: Mapping[str, Says], behind: str = "", **library: Any) -> dict[str, Check]:
    """Return the checks of a library on a server with these answers, whose address is written with this behind it."""
    with door(answers, NO_ROUTE) as here:
        return looked(gallery, here.address + behind, **library)


def states(found: Mapping[str, Check]) -> dict[str, str]:
    return {name: check.state for name, check in found.items()}
