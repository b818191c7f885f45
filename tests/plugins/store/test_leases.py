"""Leases: one holder at a time, on both kinds of database; what is not renewed runs out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from plugins.store import Store

LONG, OVER = 600.0, -1.0
"""Seconds: longer than any test takes, and a lease that was over before it began."""


def test_a_free_name_is_taken_once(store: Store) -> None:
    assert store.leases.take("library/a", "one", LONG, {"pid": 1})
    assert not store.leases.take("library/a", "two", LONG)
    assert store.leases.take("library/b", "two", LONG)
    found = store.leases.held("library/a")
    assert found is not None
    assert (found.holder, found.facts) == ("one", {"pid": 1})


def test_its_holder_may_take_it_again(store: Store) -> None:
    assert store.leases.take("a", "one", LONG, {"done": 0})
    assert store.leases.take("a", "one", LONG, {"done": 2})
    found = store.leases.held("a")
    assert found is not None
    assert found.facts == {"done": 2}


def test_one_that_ran_out_is_free(store: Store) -> None:
    assert store.leases.take("a", "one", OVER)
    assert store.leases.held("a") is None
    assert store.leases.take("a", "two", LONG)
    assert not store.leases.renew("a", "one", LONG)
    assert not store.leases.take("a", "one", LONG)


def test_one_that_ran_out_and_that_nobody_took_goes_on(store: Store) -> None:
    """As after an outage of the server that was longer than the lease."""
    assert store.leases.take("a", "one", OVER, {"pid": 1})
    assert store.leases.renew("a", "one", LONG)
    found = store.leases.held("a")
    assert found is not None
    assert (found.holder, found.facts) == ("one", {"pid": 1})


@pytest.mark.parametrize(
    ("holder", "left"),
    [pytest.param("one", None, id="its holder"), pytest.param("two", "one", id="somebody else: nothing happens")],
)
def test_given_back(store: Store, holder: str, left: str | None) -> None:
    store.leases.take("a", "one", LONG)
    store.leases.give_back("a", holder)
    found = store.leases.held("a")
    assert (found.holder if found else None) == left


def test_those_of_one_kind(store: Store) -> None:
    for name in ("x/0", "x/1\ud800", "x", "xy", "X/2", "x/\xe9"):
        store.leases.take(name, "one", LONG)
    store.leases.take("x/3", "one", OVER)
    assert sorted(store.leases.below("x/")) == ["x/0", "x/1\ud800", "x/\xe9"]


def test_the_time_is_the_databases(store: Store) -> None:
    before = time.time()
    store.leases.take("a", "one", LONG)
    found = store.leases.held("a")
    assert found is not None
    assert before + LONG - 1 < found.until.timestamp() < time.time() + LONG + 1


def test_forgotten_whoever_holds_them(store: Store) -> None:
    for name in ("x/a", "x/b", "x", "y/x/a"):
        store.leases.take(name, "one", LONG)
    store.leases.take("x/over", "one", OVER)
    store.leases.forget_below("x/")
    assert store.leases.below("").keys() == {"x", "y/x/a"}
    assert not store.leases.renew("x/over", "one", LONG)


def together(*calls: Callable[[], object]) -> list[object]:
    """Call all at the same moment, each in a thread; return what they answer."""
    gate, answers = threading.Barrier(len(calls)), list[object]()

    def call(one: Callable[[], object]) -> None:
        gate.wait()
        answers.append(one())

    threads = [threading.Thread(target=call, args=(one,)) for one in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_of_many_at_once_one_has_it(store: Store) -> None:
    store.leases.take("old", "dead", OVER)
    for name in ("new", "old"):
        calls = [lambda n=n, name=name: store.leases.take(name, f"holder {n}", LONG) for n in range(8)]
        assert sorted(map(bool, together(*calls))) == [False] * 7 + [True]


def test_a_long_transaction_of_another_does_not_keep_a_lease_from_being_renewed(store: Store) -> None:
    if store.where.startswith("/"):
        pytest.skip("SQLite has one writer at a time; a lease waits as everything else")
    store.leases.take("a", "one", LONG)
    with store.transaction():
        store.runs.start("a", "curate")
        assert together(lambda: store.leases.renew("a", "one", LONG)) == [True]
