"""The workflow by which an Immich of 3.0 or later calls us when it has read a new photo: made, looked at, removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, Self, TypeAlias

from plugins.galleries import GalleryBug, PhotoGone
from plugins.galleries.http.patience import Patience
from plugins.galleries.immich.client import Client, connect
from plugins.galleries.immich.parsing import KeyPart, MethodPart, StepPart, VersionPart, WorkflowPart, read
from plugins.galleries.immich.permissions import CALLING, missing
from plugins.galleries.immich.versions import Version

if TYPE_CHECKING:
    from plugins.settings import LibrarySettings

SINCE: Final = Version(3, 0, 0)
"""Before it, workflows were unfinished and had no webhook."""
METHOD: Final = "immich-plugin-core#webhook"
TRIGGER: Final = "AssetMetadataExtraction"
"""When time and place of a photo have been read. `AssetCreate` comes before that, so that a run would find neither."""
Done: TypeAlias = Literal["made", "updated", "there already"]


class Workflows:
    """The workflows of one account; a context manager that closes its connections.

    Args:
        client: of the server, with the user's key.
        library: whose photos they are about; our workflow is found by this name in its own.
    """

    def __init__(self, client: Client, library: str) -> None:
        self._client = client
        self.name = f"Albumen: {library}"
        """What our workflow is called."""

    @classmethod
    def of(cls, library: LibrarySettings) -> Self:
        """Return the workflows of a library's account; nothing is asked yet.

        Raises:
            GalleryRefused: the address, the key or the certificate file cannot be used.
            SettingsWrong: the key cannot be read.
        """
        http = connect(library.url, library.key(), library.ca_file)
        return cls(Client(http, Patience.of(library.retry)), library.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._client.close()

    def version(self) -> Version:
        """Return the server's version."""
        found = read(VersionPart, self._client.get("/server/version"), "GET /server/version")
        return Version(found.major, found.minor, found.patch)

    def why_not(self) -> str:
        """Return why no workflow of ours can be made; empty where nothing stands against it."""
        version = self.version()
        if version < SINCE:
            return f"Immich {version} has no webhooks; those came with {SINCE}"
        key = read(KeyPart, self._client.get("/api-keys/me"), "GET /api-keys/me").permissions
        if lacking := missing(key, CALLING, version):
            return f"the key lacks {', '.join(one.permission for one in lacking)}"
        methods = read(list[MethodPart], self._client.get("/plugins/methods"), "GET /plugins/methods")
        return "" if any(one.key == METHOD for one in methods) else "this Immich has no webhook among its plugins"

    def install(self, url: str, header: str, secret: str) -> Done:
        """Let the server call an address for each new photo; twice is once, and what differs is brought up to date.

        Args:
            url: where it calls, by POST; the server must be able to reach that.
            header: the one header of its own that it sends,
            secret: and what is in it.

        Raises:
            GalleryBug: the server says that it was made, and does not show it as it should be.
        """
        wanted = self._wanted({"url": url, "method": "POST", "headerName": header, "headerValue": secret})
        found = self.found()
        for again in found[1:]:
            self._delete(again.id)
        if not found:
            made = read(WorkflowPart, self._client.post("/workflows", wanted), "POST /workflows").id
        elif _fits(found[0], wanted):
            return "there already"
        else:
            made = found[0].id
            self._client.put(f"/workflows/{made}", wanted)
        if not _fits(self._get(made), wanted):
            raise GalleryBug(f"{self._client.server} took the workflow {self.name!r}, and does not show it as it is")
        return "updated" if found else "made"

    def found(self) -> list[WorkflowPart]:
        """Return our workflows, whole; more than one only where somebody has copied it."""
        listed = read(list[WorkflowPart], self._client.get("/workflows"), "GET /workflows")
        return [self._get(one.id) for one in listed if one.name == self.name]

    def remove(self) -> int:
        """Delete our workflows, and return how many there were."""
        found = self.found()
        for one in found:
            self._delete(one.id)
        return len(found)

    def _wanted(self, config: Mapping[str, str]) -> dict[str, Any]:
        return {
            "name": self.name,
            "description": "Tells Albumen that there is a new photo. Made by: albumen webhook install",
            "trigger": TRIGGER,
            "enabled": True,
            "steps": [{"method": METHOD, "config": dict(config), "enabled": True}],
        }

    def _get(self, workflow: str) -> WorkflowPart:
        return read(WorkflowPart, self._client.get(f"/workflows/{workflow}"), "GET /workflows/{id}")

    def _delete(self, workflow: str) -> None:
        try:
            self._client.delete(f"/workflows/{workflow}")
        except PhotoGone:  # what is not there is answered as a photo that is not: somebody was faster
            return


def address_of(workflow: WorkflowPart) -> str:
    """Return where a workflow calls; empty where it does not."""
    step = _webhook(workflow)
    return str((step.config or {}).get("url", "")) if step else ""


def _webhook(workflow: WorkflowPart) -> StepPart | None:
    return next((step for step in workflow.steps if step.method == METHOD), None)


def _fits(found: WorkflowPart, wanted: Mapping[str, Any]) -> bool:
    """Say whether a workflow does what is wanted and nothing else; what the server adds to its settings is its own."""
    step, config = _webhook(found), wanted["steps"][0]["config"]
    if step is None or len(found.steps) != 1 or not (found.enabled and step.enabled):
        return False
    has = step.config or {}
    return found.trigger == TRIGGER and all(has.get(name) == value for name, value in config.items())
