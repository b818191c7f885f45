"""Routes of plugins and workflows, since 3.0, and the webhook that a workflow sends: one call a photo, never repeated.

Shapes are those of the server's own description of 3.1.0; what is answered when one is made, and what a webhook
sends, are as a running server was seen to do it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
from fakes.immich import shapes
from fakes.immich.answers import Answer, Call, Refusal, route
from fakes.immich.checks import Issue, Path, can, checked, good_id, many, mapping, need, one_of, text, yes_no

if TYPE_CHECKING:
    from fakes.immich.server import FakeImmich
    from fakes.immich.state import Asset, User

NEW = (3, 0, 0)
WEBHOOK = "immich-plugin-core#webhook"
_TRIGGERS = one_of("AssetCreate", "AssetMetadataExtraction")


@dataclass
class Workflow:
    id: str
    owner: str
    trigger: str
    created: datetime
    name: str | None = None
    description: str | None = None
    enabled: bool = True
    steps: list[dict[str, Any]] = field(default_factory=list)


def _step(value: Any, path: Path) -> list[Issue]:
    if issues := mapping(value, path):
        return issues
    return text(value.get("method"), [*path, "method"])


_FIELDS = {
    "name": can(text, null=True),
    "description": can(text, null=True),
    "enabled": can(yes_no),
    "steps": can(many(_step)),
}


@route("GET", "/plugins/methods", "plugin.read", since=NEW)
def methods(call: Call) -> Answer:
    webhook = {
        "key": WEBHOOK,
        "name": "webhook",
        "title": "Webhook",
        "description": "Send the asset to an address",
        "hostFunctions": True,
        "types": ["AssetV1"],
        "uiHints": [],
        "schema": {"type": "object", "properties": {}},
    }
    return Answer([webhook] if call.server.has_core_plugin else [])


@route("GET", "/workflows", "workflow.read", since=NEW)
def listed(call: Call) -> Answer:
    own = [w for w in call.state.workflows.values() if w.owner == call.user.id]
    return Answer([_shape(w) for w in own if call.query.get("name") in {None, w.name}])


@route("POST", "/workflows", "workflow.create", since=NEW)
def create(call: Call) -> Answer:
    asked = checked(call, _FIELDS | {"trigger": need(_TRIGGERS)})
    made = Workflow(call.state.new_id(), call.user.id, created=call.state.now(), **asked)
    call.state.workflows[made.id] = made
    return Answer(_shape(made) | {"steps": []}, 201)


@route("GET", "/workflows/{id}", "workflow.read", since=NEW)
def get(call: Call) -> Answer:
    return Answer(_shape(_own(call, "workflow.read")))


@route("PUT", "/workflows/{id}", "workflow.update", since=NEW)
def update(call: Call) -> Answer:
    found = _own(call, "workflow.update")
    for name, value in checked(call, _FIELDS | {"trigger": can(_TRIGGERS)}).items():
        setattr(found, name, value)
    return Answer(_shape(found))


@route("DELETE", "/workflows/{id}", "workflow.delete", since=NEW)
def delete(call: Call) -> Answer:
    del call.state.workflows[_own(call, "workflow.delete").id]
    return Answer(status=204, is_empty=True)


def _own(call: Call, permission: str) -> Workflow:
    found = call.state.workflows.get(good_id(call.id))
    if found is None or found.owner != call.user.id:
        raise Refusal(400, f"Not found or no {permission} access")
    return found


def _shape(found: Workflow) -> dict[str, Any]:
    return {
        "id": found.id,
        "name": found.name,
        "description": found.description,
        "enabled": found.enabled,
        "trigger": found.trigger,
        "createdAt": shapes.ms(found.created),
        "updatedAt": shapes.ms(found.created),
        "steps": [{"config": None, "enabled": True} | step for step in found.steps],
    }


def body_of(server: FakeImmich, asset: Asset, trigger: str) -> dict[str, Any]:
    """Return what a webhook sends about a photo."""
    shape = shapes.asset(asset, server.version_numbers, with_exif=trigger == "AssetMetadataExtraction")
    return {"type": "AssetV1", "trigger": trigger, "data": {"asset": {"exifInfo": None} | shape | {"tags": []}}}


def call_out(server: FakeImmich, asset: Asset, owner: User) -> None:
    """Send the webhooks about a photo that has just come, each in a thread, as the server's queue does."""
    for workflow in [w for w in server.state.workflows.values() if w.owner == owner.id and w.enabled]:
        for step in [s for s in workflow.steps if s["method"] == WEBHOOK and s.get("enabled", True)]:
            body = body_of(server, asset, workflow.trigger)
            threading.Thread(target=_post, args=(server, step["config"], body), daemon=True).start()


def _post(server: FakeImmich, config: dict[str, Any], body: dict[str, Any]) -> None:
    """Send one webhook; what goes wrong is only in the server's log, and nothing is sent again."""
    assert urlsplit(config["url"]).hostname == "127.0.0.1", "a test calls nobody but this machine"
    headers = {config["headerName"]: config["headerValue"]} if config.get("headerName") else {}
    try:
        answer = httpx.request(config.get("method", "POST"), config["url"], json=body, headers=headers, timeout=30)
        server.called.append(answer.status_code)
    except httpx.HTTPError as error:
        server.called.append(f"{type(error).__name__}: {error}")
