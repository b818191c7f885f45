"""The people methods of a library, with what was learned from its own names where that still fits."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import plugins
from plugins.features.weights import WeightsRefused
from plugins.people import Context, Grouping, IntArray, PeopleMethod, Purifier, Vectors
from plugins.people.library_heads import LibraryHeads, check_heads, unpacked
from tasks.context import Opened
from tasks.features import faces_or_skip

KIND: Final = "people"
"""Under which the store keeps what was learned."""
NOBODY: Final = "none"
log = logging.getLogger("albumen")


def trained_method(here: Opened) -> PeopleMethod:
    """Return the method of `[people] method`, with the library's own weights and thresholds where it has any.

    Its version changes with them. Where what was learned does not fit any more, the method is the shipped one, and the
    note of what it finds says so.

    Raises:
        UnknownPlugin: there is no such method.
        Skipped: no face extractor is there.
    """
    return _fitted(here, here.config.people.method)


def trained_purifier(here: Opened) -> Purifier | None:
    """Return the method of `[people] purify` in the same way, or None where groups are to be left as they are."""
    name = here.config.people.purify
    if name == NOBODY:
        return None
    return _fitted(here, name)


def learned_of(here: Opened) -> tuple[LibraryHeads | None, str]:
    """Return what the library has taught, None if nothing that fits; and a sentence if there is some that does not."""
    kept = here.store.trained.active(here.name, KIND)
    if kept is None or not kept.data:  # nothing, or set back to the shipped weights
        return None, ""
    extractor = faces_or_skip(here)
    try:
        learned = unpacked(kept.data, f"{extractor.name} {extractor.version}")
        if learned.heads:
            check_heads(learned.heads)
        return learned, ""
    except WeightsRefused as reason:
        note = f"What was trained on this library is not used: {reason}; `albumen train` learns anew."
        log.warning("%s", note)
        return None, note


def keywords(learned: LibraryHeads | None, method: str) -> Mapping[str, Any]:
    """Return what was learned for a method as its keywords; none where nothing was."""
    if learned is None:
        return {}
    head = learned.heads.get(method)
    return {**learned.settings.get(method, {}), **({} if head is None else {"weights": head})}


@dataclass
class _Fitted:
    """A method whose version names what was learned, and that adds a note to what it finds."""

    method: Any
    version: str
    note: str

    def cluster(self, vectors: Vectors, context: Context) -> Grouping:
        """Group faces by person."""
        return self._noted(self.method.cluster(vectors, context))

    def purify(self, vectors: Vectors, context: Context, cluster: IntArray) -> Grouping:
        """Judge each face in its cluster; only of a purifier."""
        return self._noted(self.method.purify(vectors, context, cluster))

    def _noted(self, grouping: Grouping) -> Grouping:
        return replace(grouping, note=" ".join(filter(None, (self.note, grouping.note))))


def _fitted(here: Opened, name: str) -> _Fitted:
    learned, note = learned_of(here)
    own = keywords(learned, name)
    method = plugins.load("people", name)(**own)
    return _Fitted(
        method, f"{method.version}+{learned.version}" if learned is not None and own else method.version, note
    )
