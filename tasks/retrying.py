"""What is worth a second try: a gallery that does not answer, a database that another process holds."""

from __future__ import annotations

from typing import Any, Final

from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task, exponential_backoff

from plugins.galleries import GalleryUnreachable
from plugins.store import StoreBusy

JITTER: Final = 0.5
"""Share by which each wait varies, so that many steps do not come back at the same moment."""


def worth_a_retry(task: Task[Any, Any], run: TaskRun, state: State[Any]) -> bool:  # noqa: ARG001 (Prefect's signature)
    """Say whether the same call may succeed later; a refusal, a bug or a wrong setting will not."""
    try:
        state.result(raise_on_failure=True)
    except (GalleryUnreachable, StoreBusy):
        return True
    except Exception:  # whatever it is, trying again will not mend it
        return False
    return False


RETRYING: Final[dict[str, Any]] = {
    "retries": 3,
    "retry_delay_seconds": exponential_backoff(backoff_factor=2),
    "retry_jitter_factor": JITTER,
    "retry_condition_fn": worth_a_retry,
}
"""Keywords of every task that talks to a gallery or the store: 2, 4 and 8 seconds apart, give or take half."""
