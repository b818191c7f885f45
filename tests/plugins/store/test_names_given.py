"""Names that the user gives people: kept for ever, the last one holds, and no suggestion is needed."""

from __future__ import annotations

from plugins.store import Store, Suggestion


def test_the_last_name_holds_and_no_other_decision_is_one(store: Store) -> None:
    for name in ("Ana", "Ben", "Ana"):
        store.suggestions.name_person("a", "person-1", name)
    store.suggestions.name_person("b", "person-1", "Carla\0")
    store.suggestions.save("a", "person", [Suggestion("person:7", "person", "person-2", "Dora")])
    store.suggestions.decide("a", "person:7", "accepted")
    assert store.suggestions.names("a") == {"person-1": "Ana"}
    assert store.suggestions.names("b") == {"person-1": "Carla\0"}
    assert [(d.subject, d.value) for d in store.suggestions.decisions("a")] == [
        ("person-1", "Ana"),
        ("person-2", "Dora"),
    ]
