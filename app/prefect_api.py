"""Prefect's server by plain HTTP, for processes that stay small: start a flow run, look how it is, name its page."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from uuid import UUID

import httpx
from pydantic import BaseModel, ValidationError

from app.prefect_home import PrefectUnreachable

__all__ = ["FlowRunGone", "FlowState", "PrefectApi", "PrefectRefused", "PrefectUnreachable"]

TIMEOUT: Final = httpx.Timeout(20.0, connect=3.0)
"""A server that works off a backlog takes seconds for an answer; one that is not there shows it at once."""
SHOWN: Final = 300
"""Characters of an unexpected answer that are kept."""
_OVER: Final = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})
_LATER: Final = frozenset({408, 425, 429})
_M = TypeVar("_M", bound=BaseModel)


class PrefectRefused(Exception):
    """Prefect's server says no: do what the text says; the same call will not do better."""


class FlowRunGone(PrefectRefused):
    """The server knows no such flow run, or no more: start another one."""


@dataclass(frozen=True, slots=True)
class FlowState:
    """How a flow run is.

    Args:
        kind: SCHEDULED, PENDING, RUNNING, PAUSED, CANCELLING, COMPLETED, FAILED, CRASHED or CANCELLED.
        name: what Prefect calls it, such as Late or AwaitingConcurrencySlot.
        message: why, empty where nothing is said.
    """

    kind: str
    name: str
    message: str = ""

    @property
    def over(self) -> bool:
        """Say whether it has ended, in whatever way."""
        return self.kind in _OVER

    @property
    def done(self) -> bool:
        """Say whether it has ended well."""
        return self.kind == "COMPLETED"


class _Deployment(BaseModel):
    id: UUID


class _State(BaseModel):
    type: str
    name: str | None = None
    message: str | None = None


class _FlowRun(BaseModel):
    id: UUID
    state: _State | None = None


class PrefectApi:
    """The two things that we ask of Prefect's server; usable by several threads.

    Every method raises only `PrefectUnreachable` (it does not answer now: try again) and `PrefectRefused`.

    Args:
        url: address of its API, such as http://127.0.0.1:4200/api.
        auth: its auth string, such as `albumen:…`; empty where it has none.
    """

    def __init__(self, url: str, auth: str = "") -> None:
        self._url = url.rstrip("/")
        headers = {"authorization": f"Basic {base64.b64encode(auth.encode()).decode()}"} if auth else {}
        self._http = httpx.Client(base_url=self._url, headers=headers, timeout=TIMEOUT, trust_env=False)

    def __repr__(self) -> str:
        return f"PrefectApi({self._url})"

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def start(self, deployment: str, parameters: dict[str, Any], idempotency_key: str = "") -> str:
        """Make a flow run of a deployment, to be run as soon as a worker is free, and return its id.

        Args:
            deployment: flow and deployment by name, such as "curate/curate-now".
            parameters: what the flow is called with; never a secret, as Prefect shows them.
            idempotency_key: a second call with the same key returns the run of the first.
        """
        found = self._ask(_Deployment, "GET", f"/deployments/name/{deployment}")
        wanted: dict[str, Any] = {"parameters": parameters}
        if idempotency_key:
            wanted["idempotency_key"] = idempotency_key
        return str(self._ask(_FlowRun, "POST", f"/deployments/{found.id}/create_flow_run", wanted).id)

    def state(self, run: str) -> FlowState:
        """Return how a flow run is.

        Raises:
            FlowRunGone: there is none of this id, or it was deleted.
        """
        try:
            found = self._ask(_FlowRun, "GET", f"/flow_runs/{_id_of(run)}").state
        except _Missing as error:
            raise FlowRunGone(f"Prefect knows no flow run {run}") from error
        state = found or _State(type="PENDING")
        return FlowState(state.type, state.name or state.type.title(), state.message or "")

    def page(self, run: str) -> str:
        """Return the address of a flow run's page in Prefect's own pages.

        Raises:
            FlowRunGone: it is no id of a flow run.
        """
        return f"{self._url.removesuffix('/api')}/runs/flow-run/{_id_of(run)}"

    def _ask(self, shape: type[_M], method: str, path: str, json: object = None) -> _M:
        try:
            answer = self._http.request(method, path, json=json)
        except httpx.HTTPError as error:
            why = str(error) or type(error).__name__
            raise PrefectUnreachable(f"Prefect's server {self._url} does not answer: {why}") from error
        if not answer.is_success:
            raise _refusal(answer, f"{method} {path}", self._url)
        try:
            return shape.model_validate_json(answer.content)
        except ValidationError as error:
            text = f"{self._url} answered {method} {path} as Prefect does not: {answer.text[:SHOWN]}"
            raise PrefectRefused(text) from error


class _Missing(PrefectRefused):
    """There is no such thing on the server."""


def _id_of(run: str) -> UUID:
    """Return a flow run's id; what is none, as in an address that somebody typed, is that of no run."""
    try:
        return UUID(run)
    except ValueError as error:
        raise FlowRunGone(f"{run!r} is no id of a flow run") from error


def _refusal(answer: httpx.Response, what: str, url: str) -> Exception:
    said = f"{answer.status_code} to {what}: {answer.text[:SHOWN]}"
    if answer.status_code in _LATER or answer.is_server_error:
        return PrefectUnreachable(f"Prefect's server {url} answers {said}")
    if answer.status_code in {401, 403}:
        return PrefectRefused(f"Prefect's server {url} does not take our password: set PREFECT_API_AUTH_STRING to its")
    if answer.status_code == 404:
        return _Missing(f"Prefect's server {url} has no such thing ({said}): is `albumen serve` running?")
    return PrefectRefused(f"Prefect's server {url} answers {said}")
