"""Evaluate: how well each method does on what the user of a library has said themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from prefect import flow

from flows.running import running
from plugins.sections import MethodKind
from tasks.evaluate import EVALUATIONS, KIND, show_evaluation

KINDS: Final = tuple(EVALUATIONS)


@flow(name="evaluate", flow_run_name="evaluate-{library}")
def evaluate(library: str, kinds: list[MethodKind] | None = None) -> dict[str, Any]:
    """Score each method and its baselines on your own albums, names, tags and covers; nothing is written anywhere.

    Args:
        library: name of a library in albumen.toml, or folder:DIR.
        kinds: what to score, all by default: events, people, tags, covers.
    """
    chosen = _checked(kinds)
    with running(library, KIND) as run:
        for kind, score in EVALUATIONS.items():
            if kind in chosen:
                run.did(score(run.library))
        run.note()
        page = show_evaluation(run.library, run.receipts)
        return {"library": run.library, "run": run.id, **run.summary(), "page": page}


def _checked(kinds: Sequence[str] | None) -> Sequence[str]:
    unknown = sorted(set(kinds or ()) - set(KINDS))
    if unknown:
        raise ValueError(f"there is nothing to score for {', '.join(unknown)}; there is: {', '.join(KINDS)}")
    return kinds or KINDS
