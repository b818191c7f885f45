"""Trained heads: the one in use, and the one before it."""

from __future__ import annotations

from plugins.store import Store


def versions(store: Store, library: str = "a") -> str:
    found = store.trained.active(library, "people")
    return "" if found is None else found.version


def test_a_head_comes_back_as_it_was_put(store: Store) -> None:
    assert store.trained.active("a", "people") is None
    store.trained.put("a", "people", "1", b"\0weights", {"f": 0.97, "of": ["Anna"]})
    found = store.trained.active("a", "people")
    assert found is not None
    assert (found.kind, found.version, found.data) == ("people", "1", b"\0weights")
    assert (found.facts, found.made_at.tzinfo is not None) == ({"f": 0.97, "of": ["Anna"]}, True)
    assert (store.trained.active("a", "covers"), store.trained.active("b", "people")) == (None, None)


def test_one_step_back_and_no_further(store: Store) -> None:
    assert not store.trained.roll_back("a", "people")
    for version in ("1", "2", "3"):
        store.trained.put("a", "people", version, version.encode(), {})
    store.trained.put("b", "people", "9", b"", {})
    assert versions(store) == "3"
    assert store.trained.roll_back("a", "people")
    assert versions(store) == "2"
    assert not store.trained.roll_back("a", "people")  # only one was kept
    assert (versions(store), versions(store, "b")) == ("2", "9")


def test_the_first_head_cannot_be_taken_back(store: Store) -> None:
    store.trained.put("a", "people", "1", b"", {})
    assert not store.trained.roll_back("a", "people")
    assert versions(store) == "1"


def test_a_head_put_after_a_step_back_is_the_one_in_use(store: Store) -> None:
    for version in ("1", "2"):
        store.trained.put("a", "people", version, b"", {})
    store.trained.roll_back("a", "people")
    store.trained.put("a", "people", "3", b"", {})
    assert versions(store) == "3"
    assert store.trained.roll_back("a", "people")
    assert versions(store) == "1"
