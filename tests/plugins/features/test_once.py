"""What takes long to make is made once, however many threads ask for it at the same time."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from plugins.features._once import made_once

THREADS = 8


class Holder:
    def __init__(self, *, fails: int = 0) -> None:
        self.made, self.fails = 0, fails

    @made_once
    def network(self) -> object:
        """Return what takes long."""
        self.made += 1
        time.sleep(0.05)
        if self.made <= self.fails:
            raise OSError("no weights")
        return object()


def test_all_threads_get_the_one_that_the_first_makes():
    one, other = Holder(), Holder()
    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(lambda _: one.network, range(THREADS)))
    assert one.made == len(set(map(id, found))) == 1
    assert other.network is not one.network


def test_what_could_not_be_made_is_tried_again():
    holder = Holder(fails=1)
    with pytest.raises(OSError, match="no weights"):
        _ = holder.network
    assert holder.network is holder.network
    assert holder.made == 2
