"""Caching per step: what a step's answer depends on is its key, and its answer a small JSON receipt.

A receipt says what a step did, never what it made: that is in the store. So a receipt counts only while the store
still holds the result made from the same inputs; Prefect shows such a step as `Cached`.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal, TypeAlias

from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.context import TaskRunContext

from plugins.chunking import chunks
from plugins.settings import load_settings
from tasks.context import Opened, opened
from tasks.retrying import RETRYING, patient, patiently, waiting

Status: TypeAlias = Literal["done", "cached", "skipped"]
log = logging.getLogger("albumen")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a step did: its name, whether it ran, its figures, how long it took, and the mend where it was skipped.

    `requests` is how many the gallery had to answer for it; the run that the step is part of fills it in.
    """

    step: str
    status: Status = "done"
    figures: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    mend: str = ""
    requests: int = 0


class Skipped(Exception):
    """A step cannot run now; the text says how to mend that, and the other steps run without it."""


Body: TypeAlias = Callable[..., dict[str, Any]]
Inputs: TypeAlias = Callable[..., Sequence[object]]


def digest(*parts: object) -> str:
    """Return 32 hexadecimal digits of plain data; any change of a part changes them."""
    said = json.dumps(parts, sort_keys=True, default=str, ensure_ascii=True)
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def digest_each(items: Iterable[object]) -> str:
    """Return 32 hexadecimal digits of many pieces of plain data in their order, without holding them all."""
    whole = hashlib.sha256()
    for part in chunks(items):
        whole.update(json.dumps(part, default=str).encode())
    return whole.hexdigest()[:32]


def _cache_key(context: TaskRunContext, parameters: dict[str, Any]) -> str:
    name = context.task.name
    return f"albumen/{name}/{digest(parameters['library'])}/{parameters['key']}"


class Step:
    """A cached step: a Prefect task whose cache key is made of all that its answer depends on.

    Args:
        body: does the work on an opened library, writes the result to the store, returns the figures of the receipt.
        inputs: returns what the answer depends on: inputs' fingerprint, method, settings, versions, weights hash.
        holds: says whether the store still has what a receipt with these figures names; by default the store's own
            note of the receipt is enough, as results and receipts lie in one database.
    """

    def __init__(self, body: Body, inputs: Inputs, holds: Callable[..., bool] | None = None) -> None:
        self.name = body.__name__
        self.__doc__ = body.__doc__
        self._body, self._inputs, self._holds = body, inputs, holds
        self._read: dict[str, dict[Any, Any]] = {}

    @cached_property
    def as_task(self) -> Task[..., dict[str, Any]]:
        """Return the Prefect task; its parameters are the library, the key and what the body takes beside them."""

        def run(library: str, key: str, **more: Any) -> dict[str, Any]:  # the key is there for the cache
            with opened(library) as here:
                here.read.update(self._read.pop(key, {}))  # the same key: the answer is made of what it was made of
                name = self._receipt_name(more)
                here.store.steps.forget(here.name, name)  # a run killed from here on leaves neither result whole
                figures = self._body(here, **more)
                here.store.steps.record(here.name, name, key, figures)
                return figures

        run.__doc__ = self.__doc__
        made: Task[..., dict[str, Any]] = task(
            name=self.name, cache_key_fn=_cache_key, persist_result=True, result_serializer="json", **RETRYING
        )(run)
        return made

    def __call__(self, library: str, refresh: Sequence[str] = (), **more: Any) -> Receipt:
        """Run the step, or take its receipt from the cache; `refresh` names the steps whose receipts are ignored."""
        began = time.monotonic()
        retry = load_settings().library(library).retry
        try:
            key, held = patiently(lambda: self._looked_up(library, more), retry)
        except Skipped as reason:
            log.warning("%s is skipped: %s", self.name, reason)
            return Receipt(self.name, "skipped", mend=str(reason))
        fresh = self.as_task.with_options(refresh_cache=not held or self.name in refresh, **waiting(retry))
        try:
            state = fresh(library, key, **more, return_state=True)
            figures = state.result()
        finally:
            self._read.pop(key, None)
        status: Status = "cached" if state.name == "Cached" else "done"
        return Receipt(self.name, status, figures, time.monotonic() - began)

    def key(self, here: Opened, **more: Any) -> str:
        """Return 32 hexadecimal digits that change whenever the step may answer otherwise.

        Raises:
            Skipped: it cannot run now.
        """
        return digest(self.name, here.name, *self._inputs(here, **more))

    def _looked_up(self, library: str, more: dict[str, Any]) -> tuple[str, bool]:
        with opened(library) as here:
            key = self.key(here, **more)
            self._read[key] = here.read
            return key, self._still_held(here, key, more)

    def _still_held(self, here: Opened, key: str, more: dict[str, Any]) -> bool:
        figures = here.store.steps.summary(here.name, self._receipt_name(more), key)
        return figures is not None and (self._holds is None or self._holds(here, figures, **more))

    def _receipt_name(self, more: dict[str, Any]) -> str:
        return f"{self.name}/{more['number']}" if "number" in more else self.name


def cached_step(inputs: Inputs, holds: Callable[..., bool] | None = None) -> Callable[[Body], Step]:
    """Make a cached step of a function; see `Step`."""
    return lambda body: Step(body, inputs, holds)


NEVER_CACHED: Final[dict[str, Any]] = {"cache_policy": NO_CACHE, "persist_result": False, **RETRYING}
"""Keywords of steps that read the outside world or write to it: they run each time."""


def ran(step: Task[[str], dict[str, Any]], library: str) -> Receipt:
    """Run a task that is never cached for a library; return what it did, or the mend where it is skipped."""
    began = time.monotonic()
    try:
        figures = patient(step, library)(library)
    except Skipped as reason:
        log.warning("%s is skipped: %s", step.name, reason)
        return Receipt(step.name, "skipped", mend=str(reason))
    return Receipt(step.name, "done", figures, time.monotonic() - began)
