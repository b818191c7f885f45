"""What the steps leave behind: events, people, suggestions, receipts, chosen models."""

from __future__ import annotations

import pytest

from plugins.records import Event, Person, Pile
from plugins.store import FaceLabel, Store, Suggestion
from plugins.store.suggestions import UnknownSuggestion

EVENTS = [
    Event(
        "b",
        ("2", "1\udce9"),
        "Lisbon\0",
        "Lisboa",
        "trip",
        "Portugal",
        True,
        (Pile(("Anna",), ("1\udce9",)), Pile((), ("2",))),
    ),
    Event("a", ()),
]


def test_events_come_back_in_their_order(store: Store) -> None:
    store.events.save("a", EVENTS)
    assert store.events.all("a") == EVENTS
    assert store.events.all("b") == []


def test_events_are_replaced_as_a_whole(store: Store) -> None:
    store.events.save("a", EVENTS)
    store.events.save("b", EVENTS)
    store.events.save("a", EVENTS[1:])
    assert (store.events.all("a"), store.events.all("b")) == (EVENTS[1:], EVENTS)
    with pytest.raises(ValueError, match="one key"):
        store.events.save("a", [EVENTS[0], EVENTS[0]])
    assert store.events.all("a") == EVENTS[1:]


def test_people_and_labels(store: Store) -> None:
    people = [Person("1", "Anna"), Person("2", hidden=True)]
    store.people.save("a", people)
    assert (store.people.all("a"), store.people.all("b")) == (people, [])
    labels = [FaceLabel("k", 0, "1", "user"), FaceLabel("k", 1, "2", strength=0.25), FaceLabel("l", 0, "1", "gallery")]
    store.people.save_labels("a", "dlib", "1", labels)
    store.people.save_labels("a", "dlib", "2", labels[:1])
    assert store.people.labels("a", "dlib", "1") == {(label.content_key, label.index): label for label in labels}
    store.people.save_labels("a", "dlib", "1", labels[2:])
    assert list(store.people.labels("a", "dlib", "1")) == [("l", 0)]
    assert list(store.people.labels("a", "dlib", "2")) == [("k", 0)]


def test_a_rejected_suggestion_does_not_come_back(store: Store) -> None:
    sure = Suggestion("tag:1:cat", "tag", "1", "cat", 0.9, "8 of 10 neighbours")
    less = Suggestion("tag:1:dog", "tag", "1", "dog", 0.2)
    person = Suggestion("person:1", "person", "1", "Anna")
    store.suggestions.save("a", "tag", [less, sure])
    store.suggestions.save("a", "person", [person])
    assert store.suggestions.open("a", "tag") == [sure, less]
    made = store.suggestions.decide("a", sure.key, "rejected")
    assert (made.subject, made.value, made.verdict) == ("1", "cat", "rejected")
    store.suggestions.save("a", "tag", [less, sure])
    assert store.suggestions.open("a") == [person, less]
    assert store.suggestions.decisions("a") == [made]
    with pytest.raises(UnknownSuggestion):
        store.suggestions.decide("a", sure.key, "accepted")
    with pytest.raises(UnknownSuggestion):
        store.suggestions.decide("b", less.key, "accepted")


def test_a_receipt_counts_for_its_inputs_alone(store: Store) -> None:
    store.steps.record("a", "events", "key1", {"n": 6})
    assert store.steps.holds("a", "events", "key1")
    assert store.steps.summary("a", "events", "key1") == {"n": 6}
    for library, step, key in (("b", "events", "key1"), ("a", "covers", "key1"), ("a", "events", "key2")):
        assert not store.steps.holds(library, step, key)
        assert store.steps.summary(library, step, key) is None


def test_a_receipt_of_what_was_overwritten_counts_no_more(store: Store) -> None:
    store.steps.record("a", "events", "key1", {})
    store.steps.record("a", "events", "key2", {})
    assert not store.steps.holds("a", "events", "key1")
    store.steps.record("a", "covers", "key", {})
    store.steps.forget("a", "events")
    assert (store.steps.holds("a", "events", "key2"), store.steps.holds("a", "covers", "key")) == (False, True)
    store.steps.forget("a")
    assert not store.steps.holds("a", "covers", "key")


def test_a_chosen_model_stays_until_told_otherwise(store: Store) -> None:
    assert store.models.chosen("a", "embedder") is None
    store.models.choose("a", "embedder", "dlib_face", "1")
    store.models.choose("a", "embedder", "facenet", "2")
    found = store.models.chosen("a", "embedder")
    assert found is not None
    assert (found.name, found.version) == ("facenet", "2")
    assert store.models.chosen("b", "embedder") is None
    store.models.forget("a", "embedder")
    assert store.models.chosen("a", "embedder") is None
