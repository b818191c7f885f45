"""Answers about tags: words that are barred for ever, minds that change, and where in a photo the thing is."""

from __future__ import annotations

import pytest

from plugins.store import Evidence, Store, Suggestion
from plugins.store.suggestions import UnknownSuggestion

ASKED = Suggestion("tag-1", "tag", "key0", "cat", 0.9, "8 of 10 similar photos have it", Evidence(photos=("key1",)))


def test_a_barred_tag_is_barred_however_it_is_written(store: Store) -> None:
    for tag in ("Cafe\u0301", " CAFÉ ", "100%_sure\0"):
        store.suggestions.never("a", tag)
    store.suggestions.never("b", "dog")
    assert store.suggestions.never_tags("a") == {"café", "100%_sure\0"}
    assert [(d.kind, d.subject, d.verdict) for d in store.suggestions.decisions("b")] == [("tag", "", "rejected")]


def test_a_bar_can_be_taken_back(store: Store) -> None:
    store.suggestions.save("a", "tag", [ASKED])
    store.suggestions.decide("a", ASKED.key, "rejected")
    store.suggestions.never("a", "Cat")
    assert store.suggestions.allow("b", "cat") is False
    assert [store.suggestions.allow("a", "CAT") for _ in range(2)] == [True, False]
    assert store.suggestions.never_tags("a") == frozenset()
    assert [d.key for d in store.suggestions.decisions("a")] == [ASKED.key]


def test_a_mind_can_change(store: Store) -> None:
    store.suggestions.save("a", "tag", [ASKED])
    store.suggestions.decide("a", ASKED.key, "accepted")
    again = store.suggestions.decide_again("a", ASKED.key, "rejected")
    assert store.suggestions.decisions("a") == [again]
    assert (again.verdict, again.value, again.evidence) == ("rejected", "cat", ASKED.evidence)
    with pytest.raises(UnknownSuggestion, match="'tag-2'"):
        store.suggestions.decide_again("a", "tag-2", "accepted")


def test_the_place_in_the_photo_stays_with_the_decision(store: Store) -> None:
    store.suggestions.save("a", "tag", [ASKED])
    store.suggestions.decide("a", ASKED.key, "accepted")
    placed = store.suggestions.place("a", ASKED.key, (0.25, 0.0, 0.75, 0.5))
    assert store.suggestions.decisions("a") == [placed]
    assert placed.evidence == Evidence(photos=("key1",), box=(0.25, 0.0, 0.75, 0.5))
    with pytest.raises(UnknownSuggestion):
        store.suggestions.place("b", ASKED.key, (0.0, 0.0, 1.0, 1.0))
