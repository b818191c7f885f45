"""What is worth a second try, and when: a gallery that does not answer, a database that another process holds."""

from __future__ import annotations

import time
from collections.abc import Callable
from random import uniform
from typing import Any, Final, ParamSpec, TypedDict, TypeVar

from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task

from plugins.galleries import GalleryUnreachable
from plugins.sections import Retry
from plugins.settings import load_settings
from plugins.store import StoreBusy

WORTH_IT: Final = (GalleryUnreachable, StoreBusy)
"""What may succeed later; a refusal, a bug or a wrong setting will not."""
MOST_S: Final = 600.0
"""The longest wait, whatever the settings' doubling comes to."""

_P = ParamSpec("_P")
_R = TypeVar("_R")


class Waiting(TypedDict):
    """The keywords of a task that say how often it is tried and how long it waits in between."""

    retries: int
    retry_delay_seconds: list[float]
    retry_jitter_factor: float


def waiting(retry: Retry) -> Waiting:
    """Return the settings' `[retry]` as a task's keywords."""
    return {"retries": retry.attempts - 1, "retry_delay_seconds": waits_s(retry), "retry_jitter_factor": retry.jitter}


def waits_s(retry: Retry) -> list[float]:
    """Return the waits between the attempts in seconds, each twice the one before it."""
    return [min(retry.backoff_s * 2.0**n, MOST_S) for n in range(retry.attempts - 1)]


def worth_a_retry(task: Task[Any, Any], run: TaskRun, state: State[Any]) -> bool:  # noqa: ARG001 (Prefect's signature)
    """Say whether the same call may succeed later."""
    try:
        state.result(raise_on_failure=True)
    except WORTH_IT:
        return True
    except Exception:  # whatever it is, trying again will not mend it
        return False
    return False


RETRYING: Final[dict[str, Any]] = {**waiting(Retry()), "retry_condition_fn": worth_a_retry}
"""Keywords of every task that talks to a gallery or the store; `patient` puts the settings in their place."""


def patient(task: Task[_P, _R], library: str) -> Task[_P, _R]:
    """Return the task with the retries of a library's settings."""
    return task.with_options(**waiting(load_settings().library(library).retry))


def patiently(call: Callable[[], _R], retry: Retry) -> _R:
    """Call what is needed before there is a task (a cache key may ask the gallery), as often as a task would.

    Raises:
        Exception: whatever the last call raised.
    """
    for wait_s in waits_s(retry):
        try:
            return call()
        except WORTH_IT:
            time.sleep(wait_s * uniform(1 - retry.jitter, 1 + retry.jitter))  # noqa: S311 (no secret hangs on it)
    return call()
