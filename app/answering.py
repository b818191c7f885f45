"""Answers to suggestions on the command line: keys as the user gives them, one verdict a key, and keeping it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from app.messages import WrongUse

if TYPE_CHECKING:
    from plugins.store import Decision, Store, Suggestion
    from plugins.store.suggestions import Verdict

MOST_NAMED: Final = 10
"""Keys in a message."""
LAST_RUNS: Final = 50
"""Runs among which a step is looked for: some have only a few steps."""


def split_keys(given: Iterable[str], whole: Collection[str] = ()) -> list[str]:
    """Return the keys that the user gave, one an option or several with commas, each once; those of `whole` as is."""
    parts = (part.strip() for text in given for part in ([text] if text in whole else text.split(",")))
    return list(dict.fromkeys(part for part in parts if part))


def known_keys(given: Iterable[str], known: Collection[str]) -> list[str]:
    """Return the keys that the user gave.

    Raises:
        WrongUse: nothing waits, or was answered, under one of them.
    """
    keys = split_keys(given, known)
    if unknown := [key for key in keys if key not in known]:
        there = some(sorted(known)) or "none"
        raise WrongUse(f"no suggestion waits under {', '.join(map(repr, unknown))}; there are: {there}")
    return keys


def verdicts_on(accept: Sequence[str], reject: Sequence[str]) -> dict[str, Verdict]:
    """Return the verdict on each suggestion by its key, those that are accepted first.

    Raises:
        WrongUse: one gets both.
    """
    not_both(accept, reject)
    verdicts: dict[str, Verdict] = dict.fromkeys(accept, "accepted")
    return verdicts | dict.fromkeys(reject, "rejected")


def not_both(accept: Iterable[str], reject: Iterable[str]) -> None:
    """Check that nothing is accepted and rejected at once.

    Raises:
        WrongUse: something is.
    """
    if twice := set(accept) & set(reject):
        raise WrongUse(f"{some(sorted(twice))} cannot be accepted and rejected at once")


def asked_again(decision: Decision) -> Suggestion:
    """Return what was suggested, from the decision on it."""
    from plugins.store import Suggestion  # noqa: PLC0415

    return Suggestion(decision.key, decision.kind, decision.subject, decision.value, evidence=decision.evidence)


def told(made: Suggestion, verdict: Verdict, names: Mapping[str, str]) -> dict[str, Any]:
    """Return an answer as plain data, with the suggestion in words; `names` as `suggestion_text` takes them."""
    from plugins.pages.suggestion_words import suggestion_text  # noqa: PLC0415

    known = {"key": made.key, "kind": made.kind, "subject": made.subject, "value": made.value}
    return {**known, "verdict": verdict, "text": suggestion_text(made, names)}


def some(keys: Sequence[str]) -> str:
    """Return the first keys, and how many more there are."""
    more = f" and {len(keys) - MOST_NAMED:,} more" if len(keys) > MOST_NAMED else ""
    return ", ".join(keys[:MOST_NAMED]) + more


def last_step(store: Store, library: str, step: str) -> Mapping[str, Any]:
    """Return the receipt of a step in the last run that had it, as plain data; empty where none had."""
    runs = store.runs.list(library, LAST_RUNS)
    found = (one for run in runs for one in run.summary.get("steps", ()) if one["step"] == step)
    return next(found, {})
