"""Tags that are set without asking: kept a library, replaced as a whole."""

from __future__ import annotations


def test_the_latest_answer_is_kept(store):
    store.auto_tags.save("a", [("photo", "beach"), ("photo", "beach"), ("other", "шторм")])
    store.auto_tags.save("b", [("photo", "cat")])
    assert store.auto_tags.all("a") == {("photo", "beach"), ("other", "шторм")}
    store.auto_tags.save("a", [])
    assert (store.auto_tags.all("a"), store.auto_tags.all("b")) == (frozenset(), {("photo", "cat")})
