"""What evaluations of all kinds share: which methods are scored, and how each is run and told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeAlias

from plugins.evaluation import FEWEST, Role, Row
from plugins.sections import MethodKind
from tasks.attempts import Failed, attempted
from tasks.context import Opened

BASELINES: Final[Mapping[MethodKind, tuple[str, ...]]] = {
    "events": ("time_gap",),
    "people": ("average_linkage", "dbscan_faces", "hdbscan_faces"),
    "tags": ("neighbour_voting", "knn_50", "recent_tags", "global_frequency"),
    "covers": ("sharpest_face", "medoid", "history_cosine", "first_photo", "last_photo"),
}
"""Plugins that every method is measured against."""
Scoring: TypeAlias = Callable[[Opened, str, Role], Iterable[Row]]
"""Runs a method and returns its rows: the library with this method in place, its name, its role."""


def methods_of(here: Opened, kind: MethodKind) -> Iterator[tuple[str, Role]]:
    """Yield the methods of a kind, each once: the one that publishes, those in shadow, the baselines."""
    roles: dict[str, Role] = {getattr(here.config, kind).method: "published"}
    roles |= dict.fromkeys(here.config.shadows(kind), "shadow")
    yield from roles.items()
    yield from ((name, "baseline") for name in BASELINES[kind] if name not in roles)


def scored(here: Opened, kind: MethodKind, n: int, score: Scoring) -> list[Row]:
    """Return the rows of all methods of a kind; one that gives no answer has a row with the reason.

    Args:
        here: the library.
        kind: of the methods.
        n: how many items there are to be scored; where they are too few no method is run.
        score: see `Scoring`.
    """
    rows: list[Row] = []
    if n < FEWEST:
        return rows
    for name, role in methods_of(here, kind):
        began = time.monotonic()
        found = attempted(name, partial(_rows, here, kind, score, name, role))
        took = time.monotonic() - began
        rows += [Row(name, role, 0, note=found.reason, seconds=took)] if isinstance(found, Failed) else found
    return rows


def _rows(here: Opened, kind: MethodKind, score: Scoring, name: str, role: Role) -> list[Row]:
    return list(score(here.trying(kind, name), name, role))


def told(of: str, n: int, rows: Sequence[Row], **facts: Any) -> dict[str, Any]:
    """Return the figures of an evaluation's receipt: how many of what were scored, whether that is enough, and rows."""
    return {"scored": n, "of": of, "too_few": n < FEWEST, **facts, "rows": [row.told() for row in rows]}
