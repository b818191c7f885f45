"""Progress on a terminal: a sign of life, and a bar with pace and remaining time where the end is known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from tasks.progress import displayed_by


class _Rate(ProgressColumn):
    """How many are done a second."""

    def render(self, task: Task) -> RenderableType:
        """Return the rate, once it is known."""
        return f"{task.speed:.1f} a second" if task.speed else ""


class _WhereEndKnown(ProgressColumn):
    """A column that only work has whose end is known."""

    def __init__(self, column: ProgressColumn) -> None:
        super().__init__()
        self._column = column

    def render(self, task: Task) -> RenderableType:
        """Return the column, or nothing."""
        return "" if task.total is None else self._column.render(task)


@contextmanager
def bars(console: Console, doing: str) -> Iterator[None]:
    """Show that something is being done, and a bar for each work that counts its progress meanwhile."""
    of_bar = (BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    columns = (SpinnerColumn(), TextColumn("{task.description}"), *map(_WhereEndKnown, of_bar))
    known: dict[str, TaskID] = {}
    with Progress(*columns, console=console, transient=True) as progress:
        progress.add_task(doing, total=None)

        def show(work: str, done: int, total: int) -> None:
            if work not in known:
                known[work] = progress.add_task(work, total=total)
            progress.update(known[work], completed=done, total=total, visible=done < total)

        with displayed_by(show):
            yield
