"""Train on the command line: a library's own names, tags and covers teach its methods, told in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from app.flow_runs import must_be_free, runner, serving
from app.messages import DONE, FAILED, WrongUse, tell, tell_json
from plugins.pages.wording import count
from plugins.settings import load_settings

WHAT: Final = ("people", "tags", "covers")
"""What can be trained."""
_FROM: Final = {"people": "names", "tags": "tags", "covers": "covers and favourites"}
_NAMES: Final = {
    "thresholds": "Thresholds",
    "affinity_gcn": "Grouping (affinity_gcn)",
    "confidence_gcn": "Looking again (confidence_gcn)",
}


def train_library(library: str, what: str, roll_back: bool, json: bool) -> int:
    """Learn from a library's names, tags or covers, or go back; print what came of it, and return the exit status.

    Raises:
        WrongUse: there is nothing of that name to train.
    """
    if what not in WHAT:
        raise WrongUse(f"there is nothing to train for {what!r}; there is: {', '.join(WHAT)}")
    settings = load_settings()
    name = settings.library(library).name
    must_be_free(settings, name)
    with serving(settings) as server:
        from flows.train import train  # noqa: PLC0415

        run = runner(server, train, library=name, what=what, roll_back=roll_back)
        summary = run(
            f"Going back to what {name} used before" if roll_back else f"Learning from the {_FROM[what]} of {name}"
        )
    (step,) = summary["steps"]
    if json:
        tell_json(summary)
    elif step["status"] != "skipped":  # a step that is skipped has said so itself, with the mend
        for line in _lines(name, what, roll_back, step["figures"]):
            tell(line)
    return FAILED if step["status"] == "skipped" else DONE


def train_weights(out: Path | None, json: bool) -> int:
    """Make the weights that Albumen ships again, print what was measured of them, and return the exit status."""
    settings = load_settings()
    with serving(settings) as server:
        from flows.train import train_shipped_weights  # noqa: PLC0415

        run = runner(server, train_shipped_weights, folder="" if out is None else str(out.expanduser().absolute()))
        summary = run("Training the shipped weights")
    if json:
        tell_json(summary)
    else:
        for step in summary["steps"]:
            tell(f"{step['figures']['file']} in {step['seconds']:.0f} s")
    return DONE


def _lines(library: str, what: str, roll_back: bool, figures: Mapping[str, Any]) -> Iterator[str]:
    if what == "tags":
        return back_to_tags_lines(library, figures) if roll_back else tags_lines(library, figures)
    if roll_back:
        return back_lines(library, figures)
    return covers_lines(library, figures) if what == "covers" else learned_lines(library, what, figures)


def tags_lines(library: str, figures: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the tag model was fitted to, or that nothing is due."""
    size = f"{figures['clusters']} clusters of {figures['stock']} tagged photos with {figures['tags']} tags"
    if figures["note"]:
        yield figures["note"]
    if not figures["changed"]:
        yield f"Nothing is due: {library} has {size} (mean squared distance {figures['error']:.3f})."
        return
    before = f", {figures['before']['error']:.3f} before" if "before" in figures else ""
    yield f"Fitted anew, as {figures['reason']}."
    yield f"  {size} (mean squared distance {figures['error']:.3f}{before})."
    yield f"In use from the next run on. To go back: albumen train {library} tags --roll-back"


def back_to_tags_lines(library: str, figures: Mapping[str, Any]) -> Iterator[str]:
    """Yield which tag model is used after going back, and whether the next run can use it."""
    if not figures["changed"]:
        yield f"There is nothing to go back to: {library} has no tag model before the one in use."
        return
    yield f"{library} uses the tag model before the last full fit again, brought up to date in the next run."
    if not figures["fits"]:
        yield "It does not fit the settings of now, so the next run will fit it anew: change [tags] back first."


def back_lines(library: str, figures: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is used after going back."""
    if figures["changed"]:
        yield f"{library} uses {_version(figures)} again, from the next run on."
    else:
        yield f"There is nothing to go back to: {library} uses {_version(figures)}."


def learned_lines(library: str, what: str, figures: Mapping[str, Any]) -> Iterator[str]:
    """Yield what was learned, or why it was not, and how to go back."""
    n, people = figures["confirmed"], figures["people"]
    yield f"{n} of {figures['faces']} faces of {library} have names, of {people} people with two or more."
    for part in figures["parts"]:
        said = "learned" if part["accepted"] else f"left as it was: {part['reason']}"
        yield f"  {_NAMES[part['name']]}: {said}{_gain(part)}"
    if figures["changed"]:
        yield f"In use from the next run on. To go back: albumen train {library} {what} --roll-back"
    else:
        yield f"Nothing changes: {library} uses {_version(figures)}."


def covers_lines(library: str, figures: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the library's covers have taught, or why nothing, and how to go back."""
    albums = f"{count(figures['chosen'], 'album')} whose cover you chose"
    hints = f"{count(figures['hints'], 'event')} with a favourite"
    yield f"{library} has {albums}, and {hints}; you like {count(figures['signals'], 'photo')} of it."
    if figures["note"]:
        yield figures["note"]
    if figures["before"] is not None:
        yield f"  Albums left out of the training: {_covers_scores(figures['before'], figures['after'])}."
    if not figures["accepted"]:
        yield f"  Nothing was learned: {figures['reason']}."
    elif not figures["personal"]:
        yield "  What you like did not help there, and does not count; what makes a cover was learned from yours."
    if figures["changed"]:
        yield f"In use from the next run on. To go back: albumen train {library} covers --roll-back"
    else:
        yield f"Nothing changes: {library} uses {_version(figures)}."


def _covers_scores(before: Mapping[str, float], after: Mapping[str, float]) -> str:
    return (
        f"your cover comes first in {before['top_1']:.0%} → {after['top_1']:.0%} of them, "
        f"mean 1/rank {before['mrr']:.3f} → {after['mrr']:.3f}, log probability "
        f"{before['log_p']:.3f} → {after['log_p']:.3f}"
    )


def _gain(part: Mapping[str, Any]) -> str:
    """Tell what people gained that were left out of what was learned; a refusal tells it in its reason."""
    if not part["accepted"]:
        return ""
    before, after = part["before"], part["after"]
    return (
        "; people left out of it are grouped better: "
        f"BCubed F.5 {before['bcubed_f05']:.3f} → {after['bcubed_f05']:.3f}, "
        f"pairwise precision {before['pairwise_p']:.3f} → {after['pairwise_p']:.3f}"
    )


def _version(figures: Mapping[str, Any]) -> str:
    version = figures["version"]
    return "the shipped weights" if version == "shipped" else f"what it has learned (version {version})"
