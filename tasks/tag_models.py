"""The tag method of a library, and the model that it has learned: loaded, brought up to date, kept."""

from __future__ import annotations

import hashlib
import inspect
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import plugins
from plugins.features import PictureExtractor
from plugins.settings import SettingsWrong
from plugins.tags import Recommender, Stock, TagMethod
from plugins.tags.cluster_frequency import ClusterModel, ModelRefused, unpacked
from plugins.tags.cluster_frequency import Plugin as ClusterFrequency
from tasks.caching import digest
from tasks.context import Opened

KIND: Final = "tags"
"""Under which the store keeps models."""
log = logging.getLogger("albumen")


def tag_method(here: Opened) -> TagMethod:
    """Return the method of `[tags] method` with the settings that it takes.

    Raises:
        UnknownPlugin: there is no such method.
        SettingsWrong: the options do not fit it.
    """
    wanted = here.config.tags
    plugin = plugins.load("tags", wanted.method)
    try:
        method: TagMethod = plugin(**_keywords(here, plugin))
    except (TypeError, ValueError) as error:
        raise SettingsWrong(f"[tags] options do not fit {wanted.method}: {error}") from error
    return method


def _keywords(here: Opened, plugin: type[Any]) -> dict[str, Any]:
    wanted, takes = here.config.tags, inspect.signature(plugin).parameters
    age = 0.0 if wanted.mode == "strict" else wanted.half_life_days  # the patent knows no age
    given: dict[str, Any] = {"mode": wanted.mode, "half_life_days": age}
    return {name: value for name, value in given.items() if name in takes} | wanted.keywords


def method_inputs(here: Opened, extractor: PictureExtractor) -> Mapping[str, str]:
    """Return what a model must have been made with to be this library's: method, settings and extractor."""
    method = tag_method(here)
    return {
        "method": f"{method.name} {method.version}",
        "settings": digest(_keywords(here, type(method))),
        "extractor": f"{extractor.name} {extractor.version}",
    }


@dataclass(frozen=True)
class Kept:
    """The model that the store has for a library: None where there is none that fits, and then why, for the user."""

    model: ClusterModel | None = None
    version: str = ""
    stock: str = ""
    note: str = ""


def kept_model(here: Opened, extractor: PictureExtractor) -> Kept:
    """Return the model in use, if it was made with the method, settings and extractor of now, and can be read."""
    active = here.store.trained.active(here.name, KIND)
    if active is None:
        return Kept(note="there is none yet")
    inputs = method_inputs(here, extractor)
    if any(active.facts.get(name) != value for name, value in inputs.items()):
        return Kept(note="the method, its settings or the extractor have changed")
    try:
        return Kept(unpacked(active.data, extractor.dim), active.version, str(active.facts.get("stock", "")))
    except ModelRefused as reason:
        log.warning("the tag model of %s cannot be read and is learned anew: %s", here.name, reason)
        return Kept(note=f"the one in the store could not be read ({reason})")


@dataclass(frozen=True)
class Learned:
    """What a method has learned of a stock; `data` and `facts` are what is to be kept of it, empty if nothing is new.

    `whole` says that it was fitted, not brought up to date; `note` is what the user is to be told.
    """

    recommender: Recommender
    version: str = ""
    whole: bool = False
    data: bytes = b""
    facts: Mapping[str, object] = field(default_factory=dict)
    note: str = ""

    @property
    def n_clusters(self) -> int:
        """Return how many clusters there are; 0 of a method without any."""
        return len(self.recommender.centres) if isinstance(self.recommender, ClusterModel) else 0

    def keep(self, here: Opened) -> None:
        """Put the model to use, if it is new; to be done in one transaction with what was made by it.

        The one before the last full fit stays the previous one, to go back to, however often the model is brought up
        to date: so of two models that only differ by that, the older goes.
        """
        if not self.data:
            return
        if not self.whole:
            here.store.trained.roll_back(here.name, KIND)
        here.store.trained.put(here.name, KIND, self.version, self.data, self.facts)


def learned(here: Opened, extractor: PictureExtractor, stock: Stock, fingerprint: str) -> Learned:
    """Return the model of a library for its stock of now: as it is, brought up to date (patent claim 8), or fitted.

    A model to which the user went back is brought up to date as well, not fitted anew.
    """
    method = tag_method(here)
    if not isinstance(method, ClusterFrequency):
        return Learned(method.fit(stock))
    kept = kept_model(here, extractor)
    if kept.model is None:
        note = f"The tag model was learned anew: {kept.note}." if "read" in kept.note else ""
        return fitted(here, extractor, method.fit(stock), fingerprint, note)
    if kept.stock == fingerprint:
        return Learned(kept.model, kept.version, note=_due(here, method, kept.model))
    model = method.update(kept.model, stock)
    made = fitted(here, extractor, model, fingerprint, _due(here, method, model))
    return Learned(made.recommender, made.version, False, made.data, made.facts, made.note)


def _due(here: Opened, method: ClusterFrequency, model: ClusterModel) -> str:
    reason = method.refit_due(model)
    return f"The tag model is due to be fitted anew ({reason}): `albumen train {here.name} tags`." if reason else ""


def fitted(here: Opened, extractor: PictureExtractor, model: ClusterModel, fingerprint: str, note: str = "") -> Learned:
    """Return a newly fitted model with what the store is to keep of it."""
    data = model.packed()
    facts = {
        **method_inputs(here, extractor),
        "stock": fingerprint,
        "tagged": model.n_tagged,
        "clusters": len(model.centres),
        "tags": len(model.tags),
        "error": round(model.error, 6),
    }
    version = hashlib.sha256(data + fingerprint.encode()).hexdigest()[:12]
    return Learned(model, version, True, data, facts, note)
