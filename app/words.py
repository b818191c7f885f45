"""A run in plain words: what is planned or written, what was skipped and how to mend that, and where to look."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from plugins import changes as c
from plugins.changes_json import from_json
from plugins.pages.plan_words import describe, plan_text, quoted, titles_in, told_once
from plugins.pages.report import undo_command
from plugins.pages.wording import clean, count

if TYPE_CHECKING:
    from plugins.store import Store

_SAID = ("ALBUMEN_CONFIG", "ALBUMEN_DATA_DIR")
"""Variables that say which library and which memory is meant; a command without them would mean another."""


def written_lines(store: Store, summary: Mapping[str, Any], most: int) -> Iterator[str]:
    """Yield what a run of curate planned or wrote; `most` albums and topics of the plan at most."""
    library, run = summary["library"], summary["run"]
    plan, applied = summary["plan"], summary["applied"]
    changes = [entry.change for entry in told_once(store.journal.of_run(library, run))]
    if plan is None:
        yield "Done; nothing was planned, as the step plan was not among those chosen."
    elif plan["blocked"]:
        yield f"Nothing is changed: {plan['blocked']}."
    elif not changes:
        yield "Nothing new: the gallery is as it should be, and nothing was written."
    else:
        yield "Written:" if applied else "Planned, not written:"
        yield from plan_text(changes, titles_of(store, library, changes), most)
    yield from _left_alone(plan or {})
    yield from nameless_lines(library, plan or {})
    yield from tag_lines(library, summary["steps"])
    yield from cover_lines(library, summary["steps"])
    yield from warning_lines(summary)
    yield from refused_lines(summary)
    yield from skipped_lines(summary["steps"])
    yield from ending_lines(summary)
    if applied and applied["done"]:
        yield f"Take it back: {here_and_now(undo_command(library, run))}"
    elif plan and changes and not applied and not plan["blocked"]:
        yield f"Write it:     {apply_command(library)}"


def apply_command(library: str) -> str:
    """Return the command that writes a library's plan, quoted for a shell."""
    return command_for(library, "curate", "--apply")


def command_for(library: str, *words: str) -> str:
    """Return a command of ours for a library, quoted for a shell, as it works for this user."""
    dashes = ["--"] if library.startswith("-") else []
    return here_and_now(shlex.join(["albumen", *words, *dashes, clean(library)]))


def here_and_now(command: str) -> str:
    """Return a command of ours as it works for this user: with the folders and files of now, by path if it must be."""
    if shutil.which("albumen") is None:
        command = f"{shlex.quote(sys.argv[0])} {command.removeprefix('albumen ')}"
    kept = [f"{name}={shlex.quote(os.environ[name])} " for name in _SAID if os.environ.get(name)]
    return "".join(kept) + command


def titles_of(store: Store, library: str, changes: Sequence[c.Change]) -> dict[str, str]:
    """Return the names of albums and people by key and of photos by id that sentences about the changes need."""
    titles = {person.id: person.name for person in store.people.all(library) if person.name and not person.hidden}
    titles |= {key: album.title for key, album in store.ledger.load(library).albums.items()} | titles_in(changes)
    of_photos = c.SetCover | c.SetAlbumCover | c.SetPoster | c.WriteNote
    photos = {change.photo for change in changes if isinstance(change, of_photos) and change.photo}
    return titles | {id_: photo.name for id_, photo in store.photos.get(library, sorted(photos)).items()}


def _left_alone(plan: Mapping[str, Any]) -> Iterator[str]:
    """Yield what of the user's was noticed and kept."""
    because = {"deleted": "you deleted", "released": "is yours since you removed our mark:"}
    for item in plan.get("suppressed", ()):
        yield f"Not made: {quoted(item['title'])} ({because.get(item['state'], 'as')} {quoted(item['because'])})"
    for title in plan.get("kept", ()):
        yield f"Kept: {quoted(title)}, which you have changed, though we would no longer make it"
    if edits := plan.get("observations", ()):
        yield f"Of yours and kept: {count(len(edits), 'edit')}, listed in the report."


def nameless_lines(library: str, plan: Mapping[str, Any]) -> Iterator[str]:
    """Yield how many people wait for a name, as the gallery holds nobody without one."""
    if nameless := plan.get("nameless", 0):
        people = count(nameless, "person", "people")
        yield (
            f"For you to decide: {people} without a name, and your gallery holds nobody without one: whom you name "
            f"gets there with their faces: {command_for(library, 'people')}"
        )


def warning_lines(summary: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the gallery warns of, and what it has not confirmed yet."""
    yield from (f"Note: {clean(str(warning))}" for warning in summary.get("warnings", ()))
    if taken := (summary["applied"] or {}).get("taken", 0):
        yield f"Not confirmed yet: {count(taken, 'change')}, which the gallery still works on; the next run asks again."


def refused_lines(summary: Mapping[str, Any]) -> Iterator[str]:
    """Yield the changes that the gallery refused, and why."""
    for change, reason in (summary["applied"] or {}).get("refused", ()):
        yield f"Refused: {describe(from_json(change), {})}: {reason}"


def skipped_lines(steps: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the steps that could not run, or only in part, each with the mend."""
    for step in steps:
        if step["mend"]:
            word = "Skipped" if step["status"] == "skipped" else "In part"
            yield f"{word}: {step['step']}: {step['mend']}"


def tag_lines(library: str, steps: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield how many tags wait for the user, and what there is to say of how they were found."""
    for figures in (step.get("figures") or {} for step in steps if step["step"] == "recommend_tags"):
        if waiting := figures.get("suggestions", 0):
            learned = f"learned from {count(figures.get('stock', 0), 'tagged photo')}"
            yield f"For you to decide: {count(waiting, 'tag')}, {learned}: {command_for(library, 'tags')}"
        if note := figures.get("note"):
            yield f"Note: {clean(str(note))}"


def cover_lines(library: str, steps: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield how many covers wait for the user."""
    for figures in (step.get("figures") or {} for step in steps if step["step"] == "choose_covers"):
        if waiting := figures.get("suggested", 0):
            covers = count(waiting, "cover")
            yield f"For you to decide: {covers} of albums of yours: {command_for(library, 'covers')}"


def ending_lines(summary: Mapping[str, Any]) -> Iterator[str]:
    """Yield where to look."""
    if summary["pages"]:
        yield f"Albums:       {summary['pages']}"
    if summary["report"]:
        yield f"Report:       {summary['report']}"
