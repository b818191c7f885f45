"""Evaluate on the command line: each method against its baselines on what the user of a library has said."""

from __future__ import annotations

from app.flow_runs import must_be_free, runner, serving
from app.messages import DONE, FAILED, WrongUse, tell, tell_json
from plugins.method_lists import METHOD_KINDS
from plugins.settings import load_settings


def evaluate_library(library: str, kinds: str, json: bool) -> int:
    """Score the methods of a library, print a table or JSON, and return the exit status.

    Args:
        library: its name.
        kinds: what to score, by comma; empty: all.
        json: print one JSON object in place of the table.

    Raises:
        WrongUse: there is nothing of that name to score.
    """
    chosen = [kind.strip() for kind in kinds.split(",") if kind.strip()]
    if unknown := [kind for kind in chosen if kind not in METHOD_KINDS]:
        raise WrongUse(f"there is nothing to score for {', '.join(unknown)}; there is: {', '.join(METHOD_KINDS)}")
    settings = load_settings()
    name = settings.library(library).name
    must_be_free(settings, name)
    with serving(settings) as server:
        from flows.evaluate import evaluate  # noqa: PLC0415
        from plugins.pages.evaluation import lines  # noqa: PLC0415

        summary = runner(server, evaluate, library=name, kinds=chosen or None)(f"Scoring the methods of {name}")
    steps = summary["steps"]
    if json:
        tell_json({key: value for key, value in summary.items() if key != "page"})
    else:
        for line in lines(name, steps):
            tell(line)
    return FAILED if all(step["status"] == "skipped" for step in steps) else DONE
