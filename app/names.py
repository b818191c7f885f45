"""The names of people on the command line: kept in a file, and given back from it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from app.flow_runs import must_be_free, runner, serving
from app.labels import must_have_folder, write_file
from app.messages import DONE, FAILED, shown_at_work, tell, tell_json
from plugins.settings import load_settings

MOST_SHOWN: Final = 20
"""Albums and topics of a plan, and names that could not be given back, on a terminal; --json has more."""


def back_up_names(library: str, file: Path, json: bool) -> None:
    """Write every face that has a name to a file: content of the photo, place in it, name.

    Raises:
        WrongUse: the file cannot be written.
    """
    from plugins.pages.wording import count  # noqa: PLC0415
    from plugins.people.names_file import names_json  # noqa: PLC0415
    from plugins.turns import library_turn  # noqa: PLC0415

    must_have_folder(file)
    settings = load_settings()
    name = settings.library(library).name
    with library_turn(settings, name), serving(settings):
        from tasks.names import saved_faces  # noqa: PLC0415

        with shown_at_work(f"Reading the names of {name}"):
            faces, unfit = saved_faces(name)
    write_file(file, names_json(faces))
    n_people = len({face.name for face in faces})
    if json:
        tell_json({"library": name, "file": str(file), "faces": len(faces), "people": n_people, "left_out": unfit})
        return
    tell(f"{file}: {count(len(faces), 'face')} of {count(n_people, 'person', 'people')}.")
    for left in unfit:
        tell(f"Left out, as no file can hold the name: {left!r}")


def restore_names(library: str, file: Path, apply: bool, force: bool, json: bool) -> int:
    """Give the names of a backup back: shown first, and with `apply` written; return the exit status.

    Raises:
        NamesFileWrong: the file is no backup of names.
    """
    from plugins.people.names_file import read_names  # noqa: PLC0415

    settings = load_settings()
    name, path = settings.library(library).name, file.expanduser().absolute()
    read_names(path)  # before a server starts for nothing
    must_be_free(settings, name)
    with serving(settings) as server:
        from flows.people import restore_people  # noqa: PLC0415

        restore = runner(server, restore_people, library=name, file=str(path), force=force)
        summary = restore(f"Giving names back in {name}", apply=apply)
    if json:
        tell_json(summary)
    else:
        _tell_restored(library, file, summary)
    applied = summary["applied"] or {}
    return FAILED if apply and (applied.get("refused") or summary["plan"]["blocked"]) else DONE


def _tell_restored(library: str, file: Path, summary: Mapping[str, Any]) -> None:
    """Print what is planned or written, what could not be matched, and how to go on."""
    from app.words import command_for, ending_lines, here_and_now, refused_lines, titles_of, warning_lines  # noqa: PLC0415
    from plugins.pages.plan_words import plan_text, quoted  # noqa: PLC0415
    from plugins.pages.report import undo_command  # noqa: PLC0415
    from plugins.pages.wording import count  # noqa: PLC0415
    from plugins.store import open_store  # noqa: PLC0415

    plan, applied = summary["plan"], summary["applied"]
    with open_store(load_settings()) as store:
        changes = [entry.change for entry in store.journal.of_run(summary["library"], summary["run"])]
        titles = titles_of(store, summary["library"], changes)
    if plan["blocked"]:
        tell(f"Nothing is changed: {plan['blocked']}.")
    elif changes:
        tell("Written:" if applied else "Planned, not written:")
        tell("\n".join(plan_text(changes, titles, MOST_SHOWN)))
    else:
        tell("There is nothing to give back.")
    if plan["already"]:
        tell(f"{count(plan['already'], 'face has its name', 'faces have their names')} already.")
    for who, photo, reason in plan["missed_names"][:MOST_SHOWN]:
        tell(f"Not given back: {quoted(who)} in {quoted(photo)}: {reason}")
    if plan["missed"] > MOST_SHOWN:
        tell(f"… and {plan['missed'] - MOST_SHOWN:,} more that are not given back; --json has them")
    for line in (*warning_lines(summary), *refused_lines(summary), *ending_lines(summary)):
        tell(line)
    if applied and applied["done"]:
        tell(f"Take it back: {here_and_now(undo_command(summary['library'], summary['run']))}")
    elif changes and not applied:
        tell(f"Write it: {command_for(library, 'people', '--restore', str(file), '--apply')}")
