"""Covers against those that the user chose: each album ranked as if its own cover were not known."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
from prefect import task

from plugins.cover_scores import CoverScore, chance_score, cover_figures, cover_score, near_duplicates
from plugins.covers import Chosen, Pictures, Ranking, stills_first
from plugins.covers._interest_training import fitted
from plugins.covers.acceptance import better_elsewhere, share_of, too_few
from plugins.covers.fine_tuning import left_out
from plugins.evaluation import Role, Row
from tasks.caching import NEVER_CACHED, Receipt, ran
from tasks.context import Opened, opened
from tasks.cover_models import LibraryMethod, cover_method
from tasks.cover_pictures import as_seen
from tasks.cover_signals import Told
from tasks.cover_signals import told as told_of_covers
from tasks.evaluation import scored, told

RANDOM: Final = "random"
"""The baseline by lot: its figures are not drawn, but what is to be expected."""


@dataclass(frozen=True, eq=False)
class _Asked:
    """What is known of covers: all samples, and which of them are scored, with what chance would score there."""

    known: Told
    samples: Sequence[Chosen]
    scored: Sequence[int]
    chance: Sequence[CoverScore]


@task(name="evaluate_covers", **NEVER_CACHED)
def _evaluate(library: str) -> dict[str, Any]:
    """Score the cover methods on the covers that the user chose."""
    with opened(library) as here:
        asked = _asked(here)
        n = len(asked.scored)
        rows = scored(here, "covers", n, partial(_score, asked))
        if rows:
            rows.append(Row(RANDOM, "baseline", n, cover_figures(asked.chance, asked.chance)))
        return told("covers", n, rows)


def evaluate_covers(library: str) -> Receipt:
    """Score the cover methods on albums whose cover the user chose, each while its own cover is not known.

    The figures: `scored` covers; `rows` as of `plugins.evaluation.Row`, each with what it gains over chance.
    """
    return ran(_evaluate, library)


def _asked(here: Opened) -> _Asked:
    known = told_of_covers(here)
    samples = known.samples()
    asked_for = {cover.photo for cover in here.store.ledger.load(here.name).covers.values()}
    own = [n for n, one in enumerate(samples) if one.weight >= 1 and _cover(known, one) not in asked_for]
    return _Asked(known, samples, own, [_by_lot(known.pictures, samples[n]) for n in own])


def _cover(known: Told, one: Chosen) -> str:
    return known.pictures.ids[int(one.album.candidates[one.cover])]


def _by_lot(pictures: Pictures, one: Chosen) -> CoverScore:
    first = np.isfinite(stills_first(pictures, one.album))
    return chance_score(first, one.cover, _alike(pictures, one))


def _alike(pictures: Pictures, one: Chosen) -> Any:
    rows = one.album.candidates
    return near_duplicates(pictures.taken_s[rows], pictures.scenes[rows], one.cover)


def _score(asked: _Asked, here: Opened, name: str, role: Role) -> Iterator[Row]:
    began, method = time.monotonic(), cover_method(here)
    rankings = _ranked(here, method, asked)
    pictures = asked.known.pictures
    scores = [
        cover_score(rankings[n].order, one.cover, _alike(pictures, one))
        for n, one in ((n, asked.samples[n]) for n in asked.scored)
    ]
    figures = cover_figures(scores, asked.chance)
    yield Row(name, role, len(scores), figures, note=method.note, seconds=time.monotonic() - began)


def _ranked(here: Opened, method: LibraryMethod, asked: _Asked) -> list[Ranking]:
    """Rank all albums as if none of them had taught the method, nor said whether the user's own taste counts.

    A head of the library's own has learned from these very covers: heads are trained that have not seen the album.
    """
    known, samples, n_signals = asked.known, asked.samples, asked.known.liked.n_signals
    pictures = as_seen(here, method, known.photos, known.pictures)
    albums = [one.album for one in samples]
    if not (method.asks and here.config.covers.personal) or too_few(len(samples) - 1, n_signals):
        return method.with_head(None, 0.0).rank(pictures, albums)
    share = share_of(n_signals)
    if method.taste is not None:
        generic, own = left_out(method.with_head, partial(fitted, None), pictures, samples, share)
    else:
        generic, own = (method(personal).rank(pictures, albums) for personal in (0.0, share))
    return better_elsewhere(samples, generic, own)
