"""Evaluations of a library: a step each kind, and the page that Prefect shows of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Final

from prefect import task

from plugins.pages.evaluation import render_evaluation
from plugins.sections import MethodKind
from tasks.artifacts import show_markdown
from tasks.caching import NEVER_CACHED, Receipt
from tasks.evaluate_covers import evaluate_covers
from tasks.evaluate_events import evaluate_events
from tasks.evaluate_people import evaluate_people
from tasks.evaluate_tags import evaluate_tags

EVALUATIONS: Final[Mapping[MethodKind, Callable[[str], Receipt]]] = {
    "events": evaluate_events,
    "people": evaluate_people,
    "tags": evaluate_tags,
    "covers": evaluate_covers,
}
"""What can be scored of a library, in the order in which it is told."""
KIND: Final = "evaluate"
"""Of the runs, and of the page in Prefect."""


@task(name="show_evaluation", **NEVER_CACHED)
def _show(library: str, markdown: str) -> None:
    """Show an evaluation in Prefect."""
    show_markdown(KIND, library, markdown)


def show_evaluation(library: str, receipts: Sequence[Receipt]) -> str:
    """Return what the steps of an evaluation say as markdown, and show it in Prefect."""
    markdown = render_evaluation(library, [asdict(receipt) for receipt in receipts])
    _show(library, markdown)
    return markdown
