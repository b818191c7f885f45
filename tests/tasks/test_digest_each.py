"""Digests of many items tell items and their order apart, whatever texts hold."""

from __future__ import annotations

import pytest

from tasks.caching import digest_each


@pytest.mark.parametrize(
    "other",
    [
        pytest.param([("a", 1)], id="one is missing"),
        pytest.param([("b", 2), ("a", 1)], id="another order"),
        pytest.param([("a", 1), ("b", 2.5)], id="another number"),
        pytest.param([("a", 1, "b", 2)], id="two run together"),
        pytest.param([], id="nothing"),
    ],
)
def test_other_items_have_another(other):
    items = [("a", 1), ("b", 2)]
    assert digest_each(iter(items)) == digest_each(items)
    assert digest_each(other) != digest_each(items)


def test_odd_names_of_files_have_one():
    assert digest_each(["\udcff"]) != digest_each(["\udcfe"])
