"""Curate, undo and adopt on the command line: the flows without a server, and what they did in plain words."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import typer

from app.flow_runs import must_be_free, runner, serving
from app.messages import DONE, FAILED, WrongUse, say, shown_at_work, tell, tell_json
from flows.steps import FINDINGS, STEPS
from plugins.settings import load_settings

if TYPE_CHECKING:
    from plugins.settings import Settings
    from plugins.store import Store
    from tasks.applying import Asked

MOST_SHOWN: Final = 20
"""Albums and topics of a plan on a terminal; the report has all of them."""


def curate_library(
    library: str, apply: bool, steps: Sequence[str], refresh: Sequence[str], force: bool, yes: bool, json: bool
) -> int:
    """Curate a library, print what was planned or written, and return the exit status.

    The first write to a library is asked for on a terminal, with the plan shown first; elsewhere it needs `yes`.

    Raises:
        WrongUse: a step is unknown, or the first write was not allowed.
    """
    _check(steps, STEPS, "--steps")
    _check(refresh, FINDINGS, "--refresh")
    settings = load_settings()
    name = settings.library(library).name
    ask = apply and not yes and _never_applied(settings, name)
    if ask and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise WrongUse(
            f"nothing has been written to {name} so far: look at `albumen curate {library}` first, then allow it "
            "with --yes, or run this on a terminal to be asked"
        )
    must_be_free(settings, name)
    with serving(settings) as server:
        from flows.curate import curate  # noqa: PLC0415

        run = runner(server, curate, library=name, steps=list(steps) or None, force=force)
        summary = run(f"Curating {name}", apply=_extent(apply and not ask), refresh=list(refresh) or None)
        if ask and _n_planned(summary) and not _blocked(summary):
            _tell_summary(settings, summary, say)
            if typer.confirm(f"Write this to {name}?", err=True):
                summary = run("Writing", apply=_extent(True), refresh=None)
                ask = False
        if json:
            tell_json(summary)
        elif not (ask and _n_planned(summary)):
            _tell_summary(settings, summary, tell)
        else:
            tell(f"Nothing was written. `albumen plan {library}` shows the plan again.")
        return _status(summary, asked_to_write=apply and not ask)


def undo_run(library: str, run: str, for_good: bool, force: bool, json: bool) -> int:
    """Take a run back (`last`: the last that wrote and was not taken back), and return the exit status."""
    from plugins.store import open_store  # noqa: PLC0415

    settings = load_settings()
    name = settings.library(library).name
    with open_store(settings) as store:
        id_ = _last_applied(store, name) if run == "last" else store.runs.get(name, run).id
    must_be_free(settings, name)
    with serving(settings) as server:
        from flows.undo import undo  # noqa: PLC0415

        take_back = runner(server, undo, library=name)
        summary = take_back(f"Taking back run {id_} of {name}", run=id_, for_good=for_good, force=force)
    if json:
        tell_json(summary)
    else:
        _tell_undone(id_, for_good, summary)
    return _status(summary, asked_to_write=True)


def adopt_library(library: str) -> None:
    """Take over what carries our marker and the store does not remember: albums, and pictures of videos."""
    from plugins.turns import library_turn  # noqa: PLC0415

    settings = load_settings()
    name = settings.library(library).name
    with library_turn(settings, name), serving(settings):
        from tasks.publish import adopt_albums  # noqa: PLC0415

        with shown_at_work(f"Reading {name}"):
            n = adopt_albums(name)
    if n:
        tell(f"{n} albums or pictures of videos of {name} are Albumen's again; as they are now they count as wanted.")
    else:
        tell(f"There was nothing to take over: the store knows all that carries Albumen's mark in {name}.")


def _extent(write: bool) -> Asked:
    return "all" if write else "plan"


def _check(given: Sequence[str], known: Sequence[str], option: str) -> None:
    if unknown := [step for step in given if step not in known]:
        raise WrongUse(f"{option} takes {', '.join(known)}, not {', '.join(map(repr, unknown))}")


def _never_applied(settings: Settings, library: str) -> bool:
    """Say whether nothing was ever written to a library, not even by a run that was killed in it."""
    from plugins.store import open_store  # noqa: PLC0415
    from tasks.applying import applied_runs  # noqa: PLC0415

    with open_store(settings) as store:
        return not applied_runs(store, library)


def _last_applied(store: Store, library: str) -> str:
    """Return the newest run that wrote something and that no run has taken back.

    Raises:
        UnknownRun: there is none.
    """
    from plugins.store.runs import UnknownRun  # noqa: PLC0415
    from tasks.applying import WRITING, runs_that_stand  # noqa: PLC0415

    for run in runs_that_stand(store, library, WRITING):
        return run
    raise UnknownRun(f"no run of {library} has written anything that could be taken back")


def _n_planned(summary: Mapping[str, Any]) -> int:
    return int((summary["plan"] or {}).get("changes", 0))


def _blocked(summary: Mapping[str, Any]) -> str:
    return str((summary["plan"] or {}).get("blocked", ""))


def _status(summary: Mapping[str, Any], asked_to_write: bool) -> int:
    """Return the exit status: failed where something was to be written and was not."""
    refused = bool((summary["applied"] or {}).get("refused"))
    return FAILED if asked_to_write and (refused or _blocked(summary)) else DONE


def _tell_summary(settings: Settings, summary: Mapping[str, Any], out: Callable[[str], None]) -> None:
    """Print what a run of curate planned or wrote, in plain words."""
    from app.words import written_lines  # noqa: PLC0415
    from plugins.store import open_store  # noqa: PLC0415

    with open_store(settings) as store:
        for line in written_lines(store, summary, MOST_SHOWN):
            out(line)


def _tell_undone(run: str, for_good: bool, summary: Mapping[str, Any]) -> None:
    from app.words import ending_lines, refused_lines, warning_lines  # noqa: PLC0415
    from plugins.pages.wording import count  # noqa: PLC0415

    done = (summary["applied"] or {}).get("done", 0)
    tell(f"Run {run} is taken back: {count(done, 'change')} made." if done else f"Run {run} left nothing to take back.")
    for title in (summary["plan"] or {}).get("kept", ()):
        tell(f"  “{title}” stays: you have built on it since.")
    if done and not for_good:
        tell("The next run may publish the same again; with --for-good it never does.")
    for line in (*warning_lines(summary), *refused_lines(summary), *ending_lines(summary)):
        tell(line)
