"""Look-alikes: untagged photos that look alike, as groups that the user may name; nothing is ever tagged by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from plugins.people.look_alikes import asked_of, grouped, groups_of, method_of_pictures
from plugins.publishing.wanted import without_bursts
from tasks.caching import cached_step, digest
from tasks.context import Opened
from tasks.features import pictures_or_skip
from tasks.stock import told

GROUPING_VERSION: Final = "4"
WHOLE_UP_TO: Final = 50_000
"""Vectors that are held in single precision; of more than these the nearest are found by cells anyway."""


def _inputs(here: Opened) -> Sequence[object]:
    extractor, known = pictures_or_skip(here), told(here)
    decisions = here.store.suggestions.decisions(here.name)
    return (
        *(
            GROUPING_VERSION,
            extractor.name,
            extractor.version,
            here.config.people.method,
            method_of_pictures(here.config.people.method).version,
        ),
        *(here.config.people.look_alikes, here.config.albums.burst_s),
        digest([(photo.content_key, photo.taken_at.timestamp()) for photo in known.photos]),
        digest(here.store.features.missing(known.contents, extractor.name, extractor.version, extractor.dim)),
        *(digest({key: sorted(words) for key, words in of.items()}) for of in (known.said.own, known.said.refused)),
        digest([decision for decision in decisions if decision.kind == "group"]),
    )


@cached_step(_inputs)
def group_look_alikes(here: Opened) -> dict[str, Any]:
    """Group photos that look alike; groups of enough untagged ones are suggested for a name.

    Untagged are photos without a word of the user's, by their own hand or accepted; what we have tagged does not count.
    """
    extractor, known = pictures_or_skip(here), told(here)
    keys, stored = here.store.features.stored(known.contents, extractor.name, extractor.version, extractor.dim)
    vectors = stored.in_halves() if len(keys) > WHOLE_UP_TO else stored[np.arange(len(keys))]
    taken = {photo.content_key: photo.taken_at for photo in known.photos}
    fewest, burst_s = here.config.people.look_alikes, here.config.albums.burst_s

    def enough(group: Sequence[str]) -> bool:
        return without_bursts(sorted(taken[key] for key in group), burst_s) >= fewest

    asked = []
    if len(keys) >= fewest:
        method = method_of_pictures(here.config.people.method)
        grouping = grouped(method, vectors, lambda rows: enough([keys[row] for row in rows]))
        tags = [known.said.own.get(key, frozenset()) for key in keys]
        groups = groups_of(keys, vectors, grouping, tags, enough, known.said.refused)
        decided = [decision for decision in here.store.suggestions.decisions(here.name) if decision.kind == "group"]
        asked = asked_of(groups, here.store.suggestions.open(here.name, "group"), decided)
    here.store.suggestions.save(here.name, "group", asked)
    return {"photos": len(keys), "groups": len(asked), "in_groups": sum(len(one.evidence.photos) for one in asked)}
