"""People against the names that the user gave: grouped as if those in a part of the photos were not known."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
from prefect import task

import plugins
from plugins.evaluation import Role, Row, sampled
from plugins.pages.wording import count
from plugins.people import Context, Floats, IntArray
from plugins.people_scores import held_out, people_figures, scorable
from tasks.caching import NEVER_CACHED, Receipt, ran
from tasks.context import Opened, opened
from tasks.evaluation import scored, told
from tasks.features import faces_or_skip
from tasks.grouping import cluster_faces, context_of
from tasks.standing import Standing, standing
from tasks.trained import NOBODY, learned_of

MOST_FACES: Final = 3_000
"""More faces are a sample: each method groups them four times, and baselines compare all pairs."""


@dataclass(frozen=True, eq=False)
class _Asked:
    """The faces that are grouped, and whom the user named on those that are scored: -1 for the others."""

    vectors: Floats
    context: Context
    truth: IntArray


@task(name="evaluate_people", **NEVER_CACHED)
def _evaluate(library: str) -> dict[str, Any]:
    """Score the people methods on the names that the user gave."""
    with opened(library) as here:
        extractor = faces_or_skip(here)
        known = standing(here, extractor)
        context, truth = context_of(here, known, extractor), scorable(_named_by_user(here, known))
        rows = sampled(context.photo, truth >= 0, MOST_FACES)
        asked = _Asked(known.table.vectors[rows], context.part(rows), scorable(truth[rows]))
        sample = f"of {count(len(truth), 'face')} a sample of {len(rows):,}" if len(rows) < len(truth) else ""
        n, people = int((asked.truth >= 0).sum()), len(np.unique(asked.truth[asked.truth >= 0]))
        methods = scored(here, "people", n, partial(_score, asked))
        return told("faces", n, methods, people=people, sample=sample, note=_note(here))


def evaluate_people(library: str) -> Receipt:
    """Score the people methods on faces that the user named, each grouped while its name is not known.

    The figures: `scored` faces of so many `people`; `sample`, in words, where there are too many faces to group again
    and again; `note`, what was left out of it; `rows` as of `plugins.evaluation.Row`.
    """
    return ran(_evaluate, library)


def _score(asked: _Asked, here: Opened, name: str, role: Role) -> Iterator[Row]:
    """Yield the row of a method with the weights that Albumen ships; what publishes is followed by the purifier."""
    method = plugins.load("people", name)()
    purify = NOBODY if role == "baseline" else here.config.people.purify
    purifier = None if purify == NOBODY else plugins.load("people", purify)()
    began = time.monotonic()
    added, whose = held_out(partial(cluster_faces, method, purifier), asked.vectors, asked.context, asked.truth)
    took = time.monotonic() - began
    variant = "" if purifier is None else f"then {purify}"
    yield Row(name, role, len(whose), people_figures(added, whose), variant, seconds=took)


def _named_by_user(here: Opened, known: Standing) -> IntArray:
    """Number the people whom the user named, by face; -1 for faces of others, and for those that we put together.

    Somebody whose faces we grouped is no truth about groups, even if the user named them since; a face of theirs is
    that the user confirmed by itself.
    """
    ledger = here.store.ledger.load(here.name)
    made = {known.merged.get(key, key) for key, person in ledger.people.items() if person.state in {"live", "theirs"}}
    number = {person: n for n, person in enumerate(sorted(known.said.named))}
    truth = np.full(len(known.faces), -1, dtype=np.int64)
    for row, (face, held) in enumerate(zip(known.faces, known.said.held, strict=True)):
        before = known.before.get(face)
        grouped = held in made or (before is not None and before.person in known.words.called)
        if held in number and (not grouped or known.decided.confirmed(face, held)):
            truth[row] = number[held]
    return truth


def _note(here: Opened) -> str:
    learned, _ = learned_of(here)
    if learned is None:
        return ""
    return (
        "What was learned from the names of this library is left out, as it was learned from the very faces that are "
        "scored here; the training itself has measured it on people left out."
    )
