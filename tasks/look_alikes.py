"""Look-alikes: untagged photos that look alike, as groups that the user may name; nothing is ever tagged by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from plugins.people import Context
from plugins.people.look_alikes import asked_of, groups_of, method_of_pictures
from plugins.people.named_groups import allowed_words, refused_words
from plugins.publishing.wanted import without_bursts
from plugins.records import Photo
from plugins.store import Decision
from tasks.caching import cached_step, digest
from tasks.context import Opened
from tasks.features import pictures_or_skip

GROUPING_VERSION: Final = "3"


def _tags(here: Opened, photos: Sequence[Photo], decisions: Sequence[Decision]) -> Mapping[str, frozenset[str]]:
    """Return by content, by time, the user's tags and the words that the user said yes to.

    What we have tagged does not count by itself.
    """
    ours = {pair for pair, state in here.store.ledger.load(here.name).tags.items() if state == "ours"}
    tags: dict[str, frozenset[str]] = {}
    for photo in photos:
        theirs = frozenset(tag for tag in photo.tags if (photo.id, tag) not in ours)
        tags[photo.content_key] = tags.get(photo.content_key, frozenset()) | theirs
    for key, word in allowed_words(decisions, here.store.suggestions.names(here.name)):
        if key in tags:
            tags[key] |= {word}
    return tags


def _inputs(here: Opened) -> Sequence[object]:
    extractor, (photos, _) = pictures_or_skip(here), here.curated()
    keys = [photo.content_key for photo in photos]
    missing = here.store.features.missing(keys, extractor.name, extractor.version)
    decisions = here.store.suggestions.decisions(here.name)
    tags = {key: sorted(of_one) for key, of_one in _tags(here, photos, decisions).items()}
    decided = [decision for decision in decisions if decision.kind == "group"]
    refused = {key: sorted(words) for key, words in refused_words(decisions).items()}
    return (
        *(
            GROUPING_VERSION,
            extractor.name,
            extractor.version,
            here.config.people.method,
            method_of_pictures(here.config.people.method).version,
        ),
        *(here.config.people.look_alikes, here.config.albums.burst_s),
        digest([(photo.content_key, photo.taken_at.timestamp()) for photo in photos]),
        digest(missing),
        digest(tags),
        digest(decided),
        digest(refused),
    )


@cached_step(_inputs)
def group_look_alikes(here: Opened) -> dict[str, Any]:
    """Group photos that look alike; groups of enough untagged ones are suggested for a name."""
    extractor, (photos, _) = pictures_or_skip(here), here.curated()
    decisions = here.store.suggestions.decisions(here.name)
    tags = _tags(here, photos, decisions)
    keys, vectors = here.store.features.matrix(tags, extractor.name, extractor.version)
    taken = {photo.content_key: photo.taken_at for photo in photos}
    fewest, burst_s = here.config.people.look_alikes, here.config.albums.burst_s

    def enough(group: Sequence[str]) -> bool:
        return without_bursts(sorted(taken[key] for key in group), burst_s) >= fewest

    asked = []
    if len(keys) >= fewest:
        grouping = method_of_pictures(here.config.people.method).cluster(
            vectors, Context.of(len(keys), photo=np.arange(len(keys)))
        )
        words = [tags[key] for key in keys]
        groups = groups_of(keys, vectors, grouping, words, enough, refused_words(decisions))
        decided = [decision for decision in decisions if decision.kind == "group"]
        asked = asked_of(groups, here.store.suggestions.open(here.name, "group"), decided)
    here.store.suggestions.save(here.name, "group", asked)
    return {"photos": len(keys), "groups": len(asked), "in_groups": sum(len(one.evidence.photos) for one in asked)}
