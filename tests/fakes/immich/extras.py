"""Routes of the server itself, the user, stacks, shared links, memories and likes."""

from __future__ import annotations

from fakes.immich import shapes
from fakes.immich.answers import PUBLIC, Answer, Call, Refusal, route
from fakes.immich.checks import can, checked, good_id, many, need, queried, uuid, yes_no
from fakes.immich.state import Asset

_SWITCHES = [
    "smartSearch",
    "facialRecognition",
    "duplicateDetection",
    "map",
    "reverseGeocoding",
    "importFaces",
    "sidecar",
    "search",
    "trash",
    "oauth",
    "oauthAutoLaunch",
    "ocr",
    "passwordLogin",
    "configFile",
    "email",
    "realtimeTranscoding",
]
_ON = {"facialRecognition", "reverseGeocoding", "sidecar", "search", "trash", "passwordLogin"}


@route("GET", "/server/ping", PUBLIC)
def ping(call: Call) -> Answer:
    return Answer({"res": "pong"})


@route("GET", "/server/version", PUBLIC)
def version(call: Call) -> Answer:
    major, minor, patch = call.version
    return Answer({"major": major, "minor": minor, "patch": patch} | ({"prerelease": None} if call.is_new else {}))


@route("GET", "/server/features", PUBLIC)
def features(call: Call) -> Answer:
    names = _SWITCHES if call.is_new else _SWITCHES[:-1]
    return Answer({name: name in (call.server.features or _ON) for name in names})


@route("GET", "/server/config", PUBLIC)
@route("GET", "/public/config", PUBLIC, since=(3, 2, 0))
def config(call: Call) -> Answer:
    shape = {
        "loginPageMessage": "",
        "trashDays": 30,
        "userDeleteDelay": 7,
        "oauthButtonText": "Login with OAuth",
        "isInitialized": True,
        "isOnboarded": True,
        "externalDomain": "",
        "publicUsers": True,
        "mapDarkStyleUrl": "https://tiles.immich.cloud/v1/style/dark.json",
        "mapLightStyleUrl": "https://tiles.immich.cloud/v1/style/light.json",
        "maintenanceMode": call.server.maintenance,
    }
    return Answer(shape | ({"minFaces": call.state.min_faces} if call.is_new else {}))


@route("GET", "/server/about", "server.about")
def about(call: Call) -> Answer:
    number = ".".join(map(str, call.version))
    url = f"https://github.com/immich-app/immich/releases/tag/v{number}"
    return Answer({"version": f"v{number}", "versionUrl": url, "licensed": False})


@route("GET", "/api-keys/me")
def own_key(call: Call) -> Answer:
    assert call.key is not None
    made = shapes.ms(call.key.created)
    shape = {"id": call.key.id, "name": call.key.name, "createdAt": made, "updatedAt": made}
    return Answer(shape | {"permissions": list(call.key.permissions)})


@route("POST", "/auth/validateToken")
def validate(call: Call) -> Answer:
    return Answer({"authStatus": True})


@route("GET", "/users/me", "user.read")
def me(call: Call) -> Answer:
    return Answer(shapes.whole_user(call.user, call.version))


@route("GET", "/users/me/preferences", "userPreference.read")
def preferences(call: Call) -> Answer:
    """Answer with the user's settings; tags and ratings are switched off unless the user switched them on."""
    plain = {
        "albums": {"defaultAssetOrder": "desc"},
        "cast": {"gCastEnabled": False},
        "download": {"archiveSize": 4294967296, "includeEmbeddedVideos": False},
        "emailNotifications": {"enabled": True, "albumInvite": True, "albumUpdate": True},
        "folders": {"enabled": False, "sidebarWeb": False},
        "memories": {"enabled": True, "duration": 5},
        "people": {"enabled": True, "sidebarWeb": False} | ({"minimumFaces": 3} if call.is_new else {}),
        "purchase": {"showSupportBadge": True, "hideBuyButtonUntil": "2022-02-12T00:00:00.000Z"},
        "ratings": {"enabled": False},
        "sharedLinks": {"enabled": True, "sidebarWeb": False},
        "tags": {"enabled": False, "sidebarWeb": False},
    }
    if call.is_new:
        plain["recentlyAdded"] = {"sidebarWeb": False}
    if call.version >= (3, 3, 0):
        plain["memories"]["sidebarWeb"] = False
        plain["people"]["updateStrategy"] = "self"
    return Answer({name: value | call.user.preferences.get(name, {}) for name, value in plain.items()})


@route("GET", "/partners", "partner.read")
def partners(call: Call) -> Answer:
    found = [call.state.users[u] for u in sorted(call.user.partners)]
    shared = call.query.get("direction") == "shared-with"
    return Answer([shapes.short_user(u) | {"inTimeline": True} for u in found] if shared else [])


@route("GET", "/cluster-groups/{id}/users", "clusterGroup.read", since=(3, 2, 0))
def cluster_group(call: Call) -> Answer:
    """List who shares people with the asker, who is among them."""
    if good_id(call.id) != call.user.group:
        raise Refusal(400, "Not found or no clusterGroup.read access")
    return Answer([shapes.short_user(u) for u in call.state.users.values() if u.group == call.user.group])


def _stack(call: Call, stack: str) -> dict[str, object]:
    members = [call.state.assets[a] for a in call.state.stacks[stack]]
    return {
        "id": stack,
        "primaryAssetId": members[0].id,
        "assets": [_stacked(call, m) for m in members],
    }


def _stacked(call: Call, asset: Asset) -> dict[str, object]:
    shape = shapes.asset(asset, call.version, with_exif=True)
    times = {"createdAt": asset.created, "updatedAt": asset.updated, "fileCreatedAt": asset.taken}
    times |= {"fileModifiedAt": asset.modified, "localDateTime": asset.local}
    return shape | {name: shapes.us(time) for name, time in times.items()}


@route("GET", "/stacks", "stack.read")
def stacks(call: Call) -> Answer:
    own = [s for s, m in call.state.stacks.items() if m and call.state.assets[m[0]].owner == call.user.id]
    return Answer([_stack(call, s) for s in own])


@route("POST", "/stacks", "stack.create")
def create_stack(call: Call) -> Answer:
    ids = checked(call, {"assetIds": need(many(uuid))})["assetIds"]
    if len(call.state.owned(ids, call.user)) < len(set(ids)):
        raise Refusal(400, "Not found or no asset.update access")
    return Answer(_stack(call, call.server.stack(ids)), 201)


@route("GET", "/stacks/{id}", "stack.read")
def get_stack(call: Call) -> Answer:
    if good_id(call.id) not in call.state.stacks:
        raise Refusal(400, "Not found or no stack.read access")
    return Answer(_stack(call, call.id))


@route("GET", "/shared-links", "sharedLink.read")
def shared_links(call: Call) -> Answer:
    shown = []
    for link in call.state.links:
        album = call.state.albums.get(link["albumId"] or "")
        assets = [shapes.asset(call.state.assets[a], call.version, True) for a in link["assets"]]
        shape = {name: value for name, value in link.items() if name != "albumId"} | {"assets": assets}
        shown.append(shape | ({"album": shapes.album(album, call.state, call.version, True)} if album else {}))
    return Answer([link for link in shown if link["userId"] == call.user.id])


@route("GET", "/memories", "memory.read")
def memories(call: Call) -> Answer:
    asked = queried(call, {"isSaved": can(yes_no)})
    wanted = [m for m in call.state.memories if m["ownerId"] == call.user.id]
    wanted = [m for m in wanted if asked.get("isSaved", m["isSaved"]) is m["isSaved"]]
    shown = [shapes.asset(call.state.assets[a], call.version, True) for m in wanted for a in m["assets"]]
    by_id = {s["id"]: s for s in shown}
    return Answer([m | {"assets": [by_id[a] for a in m["assets"]]} for m in wanted])


@route("GET", "/activities", "activity.read")
def activities(call: Call) -> Answer:
    album = queried(call, {"albumId": need(uuid), "assetId": can(uuid)})["albumId"]
    if not call.state.may_open(album, call.user):
        raise Refusal(400, "Not found or no album.read access")
    wanted = [a for a in call.state.activities if a["albumId"] == album]
    kind = call.query.get("type", "")
    shown = [{name: value for name, value in a.items() if name != "albumId"} for a in wanted]
    return Answer([a for a in shown if not kind or a["type"] == kind])
