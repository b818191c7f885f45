"""Steps with and without Prefect around them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from prefect import Task


@dataclass(frozen=True)
class _State:
    name: str
    answer: Any

    def result(self) -> Any:
        return self.answer


def without_prefect() -> None:
    """Let tasks of this process be called as plain functions; a step whose answer still holds is not run, as ever."""

    def call(self: Task[..., Any], *args: Any, return_state: bool = False, **keywords: Any) -> Any:
        if return_state and not self.refresh_cache:
            return _State("Cached", {})
        answer = self.fn(*args, **keywords)
        return _State("Completed", answer) if return_state else answer

    Task.__call__ = call  # type: ignore[assignment,method-assign]
