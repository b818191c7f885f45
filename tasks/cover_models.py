"""The cover method of a library, with the head that it has trained where that fits, and how much its taste counts."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, cast

import plugins
from plugins.covers import Chosen, CoverMethod, Pictures
from plugins.covers.acceptance import Acceptance, accepted, share_of, too_few
from plugins.features.weights import WeightsRefused
from plugins.settings import SettingsWrong
from tasks.caching import Skipped, digest
from tasks.context import Opened

KIND: Final = "covers"
"""Under which the store keeps trained heads."""
_OURS: Final = frozenset(("mode", "personal", "head"))
"""Keywords of methods that are no options: settings of their own, and what was learned."""
log = logging.getLogger("albumen")


@dataclass(frozen=True, eq=False)
class LibraryMethod:
    """The method of `[covers] method`, made by how much the user's own taste counts: call it with 0 to 1.

    Args:
        plugin: the method's class.
        keywords: what the settings give it.
        head: the library's own head; None takes the shipped one.
        taste: whether the head's training found that the user's taste helps; None where no training has asked.
        note: what the user is to be told; empty mostly.
    """

    plugin: type[Any]
    keywords: Mapping[str, Any]
    head: bytes | None = None
    taste: bool | None = None
    note: str = ""

    def __call__(self, personal: float) -> CoverMethod:
        """Return the method.

        Raises:
            SettingsWrong: the options do not fit it.
            WeightsRefused: the head does not.
        """
        own = {"personal": personal, "head": self.head}
        given = {name: value for name, value in own.items() if name in self._takes}
        try:
            return cast("CoverMethod", self.plugin(**given, **self.keywords))
        except WeightsRefused:
            raise
        except (TypeError, ValueError) as error:
            raise SettingsWrong(f"[covers] options do not fit {self.plugin.name}: {error}") from error

    def with_head(self, head: bytes | None, personal: float) -> CoverMethod:
        """Return the method with another head; None takes the shipped one."""
        return replace(self, head=head)(personal)

    @property
    def asks(self) -> bool:
        """Whether the method asks what the user likes."""
        return "personal" in self._takes

    @property
    def fingerprint(self) -> str:
        """Return what changes whenever the same albums may get another answer."""
        version = self(0.0).version
        return f"{self.plugin.name} {version} {digest(dict(self.keywords), self.taste)}"

    @property
    def _takes(self) -> Mapping[str, inspect.Parameter]:
        return inspect.signature(self.plugin).parameters


def cover_method(here: Opened) -> LibraryMethod:
    """Return the method of a library: with its own head where it has one that fits; else the note says why not.

    Raises:
        UnknownPlugin: there is no such method.
        SettingsWrong: the options do not fit it.
        Skipped: it cannot do without the weights that Albumen ships, and these cannot be used.
    """
    return here.once(_Making(here.config.covers.method))  # for a step and its key: wrong weights are told of once


@dataclass(frozen=True, slots=True)
class _Making:
    """Makes the method of a library; its name is here so that of two methods each is made."""

    method: str

    def __call__(self, here: Opened) -> LibraryMethod:
        return _made(here)


def _made(here: Opened) -> LibraryMethod:
    method = _shipped(here)
    kept = here.store.trained.active(here.name, KIND)
    if kept is None or not kept.data or not method.asks:  # nothing, or set back to what is shipped
        return method
    if method.keywords.get("mode") == "strict":  # the strict network learns nothing of a library
        return method
    own = replace(method, head=kept.data, taste=bool(kept.facts.get("personal")))
    try:
        own(0.0)
    except WeightsRefused as reason:
        return _noted(
            method,
            f"What {here.name} has learned about covers is not used: {reason}; "
            f"`albumen train {here.name} covers` learns anew.",
        )
    return own


def _shipped(here: Opened) -> LibraryMethod:
    """Return the method with the shipped head; without any training where that is damaged, and then with a note."""
    wanted = here.config.covers
    plugin = plugins.load("covers", wanted.method)
    takes = inspect.signature(plugin).parameters
    for name in wanted.keywords:
        if name not in takes or name in _OURS:
            raise SettingsWrong(f"[covers] options do not fit {wanted.method}: it has none called {name!r}")
    mode = {"mode": wanted.mode} if "mode" in takes else {}
    method = LibraryMethod(plugin, mode | wanted.keywords)
    try:
        method(0.0)  # settings that are wrong are told before anything is done
    except WeightsRefused as reason:
        said = f"The weights for covers that Albumen ships are not used: {reason}"
        if "trained" not in takes or wanted.mode == "strict":
            raise Skipped(said) from reason
        return _noted(replace(method, keywords={**method.keywords, "trained": False}), f"{said}.")
    return method


def _noted(method: LibraryMethod, note: str) -> LibraryMethod:
    log.warning("%s", note)
    return replace(method, note=note)


def acceptance_of(
    here: Opened, method: LibraryMethod, pictures: Pictures, samples: Sequence[Chosen], n_signals: int
) -> Acceptance:
    """Say how much the user's own taste counts in this library: as its covers show, and as the settings allow.

    Of a head that these very samples may have taught the training has found it out, on albums left out of it.
    """
    counts = {"n_albums": len(samples), "n_signals": n_signals}
    if not here.config.covers.personal:
        return Acceptance(0.0, "it is switched off by [covers] personal", **counts)
    if not method.asks:
        return Acceptance(0.0, f"{method.plugin.name} is a rule without weights", **counts)
    if method.taste is None:
        return accepted(method, pictures, samples, n_signals)
    if reason := too_few(len(samples), n_signals):
        return Acceptance(0.0, reason, **counts)
    if not method.taste:
        return Acceptance(0.0, "it did not help in albums left out of the training", **counts)
    return Acceptance(share_of(n_signals), "it helped in albums left out of the training", **counts)
