"""What a report says of methods that run in shadow: where each would do other than the one that publishes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from plugins.pages.wording import both, clean

STEP: Final = "compare_methods"
"""The step whose receipt tells it."""
NOUNS: Final[Mapping[str, str]] = {
    "events": "albums",
    "people": "named faces",
    "tags": "suggested tags",
    "covers": "covers",
}
TITLES: Final[Mapping[str, str]] = {"events": "events", "people": "people", "tags": "tags", "covers": "covers"}


@dataclass(frozen=True, slots=True)
class ShadowView:
    """One method that does not publish: a heading, how far it agrees, and the first cases where it does not."""

    heading: str
    lead: str
    examples: tuple[str, ...] = ()


def shadow_views(steps: Iterable[Mapping[str, Any]]) -> tuple[ShadowView, ...]:
    """Return what the steps of a run, as plain data, say of methods in shadow; nothing where none ran."""
    told = next((step.get("figures") or {} for step in steps if step["step"] == STEP), {})
    return tuple(_view(each) for each in told.get("compared", ()))


def _view(told: Mapping[str, Any]) -> ShadowView:
    kind = str(told["kind"])
    heading = f"In shadow: {TITLES.get(kind, kind)} by {clean(str(told['method']))}"
    if told["failed"]:
        return ShadowView(heading, f"It gives no answer: {clean(str(told['failed']))}")
    return ShadowView(heading, _lead(told, NOUNS.get(kind, kind)), tuple(str(text) for text in told["examples"]))


def _lead(told: Mapping[str, Any], noun: str) -> str:
    same, sample = int(told["same"]), f" ({clean(str(told['sample']))})" if told["sample"] else ""
    others = [f"{int(n):,} {clean(kind)}" for kind, n in told["counts"].items()]
    if not others:
        return f"It would do the same: {same:,} {noun}{sample}"
    return f"Of what is published {same:,} {noun} would be the same{sample}; {both(others)}"
