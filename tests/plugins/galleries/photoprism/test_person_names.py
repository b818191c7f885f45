"""Which names PhotoPrism holds, which it would write otherwise, and which it takes for one."""

from __future__ import annotations

import pytest

from plugins.galleries.photoprism.person_names import LONGEST, alike_key, can_be_kept, stays


@pytest.mark.parametrize("name", ["Ana", "ana van Dyck", "O'Brien", "Zoë-Marie", "陈 赵", "J. R.", "A" * LONGEST])
def test_names_that_stay(name: str) -> None:
    assert can_be_kept(name)
    assert stays(name)


@pytest.mark.parametrize(
    "name", ['Ana "Annie"', "Ana  Smith", " Ana", "Ana;", "Ana\nSmith", "A*na", "A%", "A\x07na", "Ana\x7f", "\x1bAna"]
)
def test_names_that_photoprism_writes_otherwise(name: str) -> None:
    assert can_be_kept(name)
    assert not stays(name)


@pytest.mark.parametrize("name", ["", " ", "?!", "%", "A" * (LONGEST + 1), "A\x00", "\ud800"])
def test_names_of_nobody(name: str) -> None:
    assert not can_be_kept(name)
    assert not stays(name)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("Ana", "ANA", True, id="capitals"),
        pytest.param("Ana", "Aná", True, id="accents, which some databases pass over"),
        pytest.param("Ana", "Ana!", True, id="a sign that older versions take out"),
        pytest.param("Ana  Smith", "Ana Smith", True, id="spaces"),
        pytest.param("Ana", "A\x07na", True, id="a sign that nobody sees, which it takes out"),
        pytest.param("Ana\tSmith", "AnaSmith", True, id="a tab, which is no space to it"),
        pytest.param("Straße", "Strasse", True, id="two letters that are one"),
        pytest.param("Ana", "Anna", False, id="another letter"),
        pytest.param("Ana Smith", "Ana", False, id="a part"),
    ],
)
def test_names_that_are_taken_for_one(one: str, other: str, same: bool) -> None:
    assert (alike_key(one) == alike_key(other)) is same
