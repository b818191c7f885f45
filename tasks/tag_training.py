"""Training of tags: a library's tag model fitted anew when that is due, and going back to the one before."""

from __future__ import annotations

from typing import Any

from prefect import task

from plugins.tags.cluster_frequency import ClusterModel
from plugins.tags.cluster_frequency import Plugin as ClusterFrequency
from tasks.caching import NEVER_CACHED, Receipt, Skipped, ran
from tasks.context import Opened, opened
from tasks.features import tag_pictures_or_skip
from tasks.stock import stock_of
from tasks.tag_models import KIND, fitted, kept_model, tag_method


def _method_or_skip(here: Opened) -> ClusterFrequency:
    method = tag_method(here)
    if not isinstance(method, ClusterFrequency):
        raise Skipped(
            f"{method.name} has no model: it learns in each run; [tags] method = {ClusterFrequency.name!r} has"
        )
    return method


@task(name="train_tags", **NEVER_CACHED)
def _train(library: str) -> dict[str, Any]:
    """Fit the tag model of a library anew, with as many clusters as suit its stock of now, if that is due."""
    with opened(library) as here:
        method, extractor = _method_or_skip(here), tag_pictures_or_skip(here)
        stock = stock_of(here, extractor)
        if not stock.n_tagged:
            raise Skipped(f"no photo has a tag of yours to learn from; `albumen tags {here.name}` names whole groups")
        kept = kept_model(here, extractor)
        told = stock.with_vectors(here, extractor)
        known = None if kept.model is None else method.update(kept.model, told)
        reason = kept.note if known is None else method.refit_due(known)
        figures = {"stock": stock.n_tagged, "note": stock.note, "reason": reason}
        if known is not None and not reason:
            return {**figures, **_told(known), "changed": False, "version": kept.version}
        made = method.fit(told)
        learned = fitted(here, extractor, made, stock.fingerprint)
        learned.keep(here)
        before = {} if known is None else {"before": _told(known)}
        return {**figures, **_told(made), **before, "changed": True, "version": learned.version}


def _told(model: ClusterModel) -> dict[str, Any]:
    return {"clusters": len(model.centres), "tags": len(model.tags), "error": round(model.error, 4)}


def train_tags(library: str) -> Receipt:
    """Fit the tag model anew, if that is due; the one in use until now is kept to go back to.

    The figures: `stock`, how many photos have tags to learn from; `reason`, why it was fitted, empty where nothing is
    due; `clusters`, `tags` and `error` of the model, `before` those of the one that it replaces; `changed`, `version`.
    """
    return ran(_train, library)


@task(name="roll_back_tags", **NEVER_CACHED)
def _roll_back(library: str) -> dict[str, Any]:
    """Put to use the tag model that was used before the last full fit."""
    with opened(library) as here:
        changed = here.store.trained.roll_back(here.name, KIND)
        active = here.store.trained.active(here.name, KIND)
        version = "" if active is None else active.version
        return {"changed": changed, "version": version, "fits": _fits(here)}


def _fits(here: Opened) -> bool:
    try:
        return kept_model(here, tag_pictures_or_skip(here)).model is not None
    except Skipped:
        return True  # without weights nothing else is fitted


def roll_back_tags(library: str) -> Receipt:
    """Forget the tag model that was fitted last and use the one before; the next run brings that up to date.

    The figures: `changed`; the `version` in use, empty where there is none; whether it `fits` the settings of now: one
    that does not is fitted anew by the next run.
    """
    return ran(_roll_back, library)
