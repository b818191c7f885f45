"""A new answer takes the place of the one before: all of it, and nothing is written that is there already."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from plugins.store import ChosenCover, Evidence, Ranked, Store, Suggestion, VideoCover
from plugins.store.differences import replace_rows
from plugins.store.tables import auto_tags

SAVED = {
    "auto_tags": lambda store, n: store.auto_tags.save("a", [("photo", "beach"), ("photo", "cat"), ("x", f"{n}")]),
    "covers": lambda store, n: store.covers.save(
        "a", {"e1": ChosenCover("p1", (Ranked("p1", 0.9, None), Ranked("p2", 0.1)), ("p3",), {"blurred": n})}
    ),
    "video_covers": lambda store, n: store.covers.save_videos("a", {"k": VideoCover(n / 3, (Ranked("k", 1.0),))}),
    "suggestions": lambda store, n: store.suggestions.save(
        "a",
        "tag",
        [Suggestion(f"t{i}", "tag", "k", "sea", 1 / 3, "", Evidence(photos=(f"{n}",))) for i in range(2_100)],
    ),
}


@contextmanager
def written(store: Store, table: str) -> Iterator[list[int]]:
    """Count the rows of a table that statements touch."""
    counts: list[int] = []

    def note(_connection, cursor, statement, *_) -> None:
        if statement.startswith(("DELETE", "INSERT")) and statement.split()[2] == table:
            counts.append(cursor.rowcount)

    engine = store._database.engine
    sa.event.listen(engine, "after_cursor_execute", note)
    try:
        yield counts
    finally:
        sa.event.remove(engine, "after_cursor_execute", note)


@pytest.mark.parametrize("table", SAVED)
def test_the_same_answer_again_writes_nothing(store: Store, table: str) -> None:
    save: Callable[[Store, int], None] = SAVED[table]
    with written(store, table) as counts:
        save(store, 1)
    assert sum(counts) > 0
    with written(store, table) as counts:
        save(store, 1)
    assert counts == [0, 0]
    with written(store, table) as counts:
        save(store, 2)
    assert sum(counts) > 0


def test_what_is_gone_goes_what_is_new_comes_and_others_stay(store: Store) -> None:
    asked = {key: Suggestion(key, "tag", "k", "sea", 0.5) for key in "abc"}
    store.suggestions.save("one", "tag", [asked["a"], asked["b"]])
    store.suggestions.save("one", "merge", [Suggestion("m", "merge", "p", "q")])
    store.suggestions.save("other", "tag", [asked["a"]])
    changed = Suggestion("b", "tag", "k", "shore", 0.6)
    store.suggestions.save("one", "tag", [changed, asked["c"]])
    assert store.suggestions.open("one", "tag") == [changed, asked["c"]]
    assert [one.key for one in store.suggestions.open("one", "merge")] == ["m"]
    assert store.suggestions.open("other") == [asked["a"]]


def test_an_answer_that_fails_midway_leaves_the_one_before(store: Store) -> None:
    store.suggestions.save("a", "tag", [Suggestion("t1", "tag", "k", "sea")])

    def failing() -> Iterator[Suggestion]:
        yield from (Suggestion(f"n{i}", "tag", "k", "sea") for i in range(1_500))
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        store.suggestions.save("a", "tag", failing())
    assert [one.key for one in store.suggestions.open("a")] == ["t1"]
    store.suggestions.save("a", "tag", [])
    assert store.suggestions.open("a") == []


def test_why_an_answer_cannot_be_written_is_not_hidden_by_what_follows(store: Store) -> None:
    store.auto_tags.save("a", [("photo", "beach")])
    twice = [{"library": "a", "content_key": "photo", "tag": "cat"}] * 2
    with pytest.raises(sa.exc.IntegrityError):
        replace_rows(store._database, auto_tags, {"library": "a"}, twice)
    store.auto_tags.save("a", [("photo", "cat")])
    assert store.auto_tags.all("a") == {("photo", "cat")}
