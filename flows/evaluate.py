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
    """Score each method and its baselines on your own albums, names, tags and covers; nothing of these is changed.

    The tables are shown under Artifacts, as `evaluate-LIBRARY`. What Albumen has made itself counts nowhere; of less
    than 20 albums, faces, photos or covers no figure is told.

    Args:
        library: The name of a library in albumen.toml, or folder:DIR for a folder without settings. One run works on
            a library at a time; a second one waits, and gives up after half an hour.
        kinds: What to score: `events` on your albums, `people` on faces that you named, `tags` on photos that you
            tagged, `covers` on those that you chose. All of them where none is named.
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
