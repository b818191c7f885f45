"""Look-alikes: untagged photos that look alike, as groups that the user may name; nothing is ever tagged by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from plugins.people.look_alikes import asked_of, grouped, groups_of, method_of_pictures
from plugins.publishing.wanted import without_bursts
from tasks.caching import cached_step, digest, digest_each
from tasks.context import Opened
from tasks.features import pictures_or_skip
from tasks.stock import told

GROUPING_VERSION: Final = "4"
MOST: Final = 150_000
"""Photos that are grouped together: groups to be named are more than anybody answers long before that."""


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
        digest_each((photo.content_key, photo.taken_at.timestamp()) for photo in known.photos),
        digest(here.store.features.missing(known.contents, extractor.name, extractor.version, extractor.dim)),
        *(digest_each((key, sorted(of[key])) for key in sorted(of)) for of in (known.said.own, known.said.refused)),
        digest([decision for decision in decisions if decision.kind == "group"]),
    )


@cached_step(_inputs)
def group_look_alikes(here: Opened) -> dict[str, Any]:
    """Group photos that look alike; groups of enough untagged ones are suggested for a name.

    Untagged are photos without a word of the user's, by their own hand or accepted; what we have tagged does not count.
    """
    extractor, known = pictures_or_skip(here), told(here)
    keys, stored = here.store.features.stored(known.contents, extractor.name, extractor.version, extractor.dim)
    rows = looked_at([key in known.said.own for key in keys])
    left, keys, vectors = len(keys) - len(rows), [keys[row] for row in rows.tolist()], stored[rows]
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
    in_groups = sum(len(one.evidence.photos) for one in asked)
    return {"photos": len(keys), "groups": len(asked), "in_groups": in_groups, "later": left}


def looked_at(tagged: Sequence[bool], most: int = MOST) -> NDArray[np.int64]:
    """Return which photos are grouped: all, or the newest of those with a word and of those without, in their order.

    What is named has a word then, and older ones take its place.

    Args:
        tagged: whether each photo has a word, by time, shape (n,).
        most: how many are grouped; a third of them are those with a word, or more where others are few.
    """
    own, others = np.flatnonzero(tagged), np.flatnonzero(~np.asarray(tagged, dtype=np.bool_))
    n_own = min(len(own), max(most // 3, most - len(others)))
    newest = (part[max(0, len(part) - n) :] for part, n in ((own, n_own), (others, most - n_own)))
    return np.sort(np.concatenate([*newest]))
