"""Groups of untagged photos that look alike: which are asked of, by which key and name, and which never again."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from plugins.people import DROPPED, Grouping
from plugins.people.look_alikes import Group, asked_of, groups_of
from plugins.store.suggestions import Decision, Evidence, Suggestion


def grouped(*cluster: int) -> Grouping:
    return Grouping(np.array(cluster, dtype=np.int64), np.full(len(cluster), np.nan, dtype=np.float32))


@pytest.mark.parametrize(
    ("cluster", "tags", "groups"),
    [
        pytest.param([0, 0, 0], ["", "", ""], {"abc": ""}, id="three that nobody tagged"),
        pytest.param([0, 0, 1], ["", "", ""], {}, id="too few"),
        pytest.param([DROPPED] * 3, ["", "", ""], {}, id="nothing is known of them"),
        pytest.param([0, 0, 0], ["boat", "", ""], {}, id="a tagged one does not count"),
        pytest.param([0, 0, 0, 0], ["boat", "", "", ""], {"bcd": "boat"}, id="but gives the name"),
        pytest.param([0] * 6, ["boat", "sea", "x", "", "", ""], {"def": ""}, id="tags that agree on nothing"),
        pytest.param([0] * 5, ["boat sea", "sea", "", "", ""], {"cde": "sea"}, id="the tag that most have"),
        pytest.param([0, 0, 0, 1, 1, 1, 1], [""] * 7, {"defg": "", "abc": ""}, id="the largest first"),
    ],
)
def test_groups(cluster, tags, groups):
    keys, units = "abcdefg"[: len(cluster)], np.ones((len(cluster), 1), dtype=np.float32)
    found = groups_of(keys, units, grouped(*cluster), [tag.split() for tag in tags], lambda photos: len(photos) >= 3)
    assert {"".join(group.photos): group.name for group in found} == groups
    assert ["".join(group.photos) for group in found] == list(groups)
    assert all(group.similarity == pytest.approx(1) for group in found)


def decision(photos: str, verdict: str) -> Decision:
    evidence = Evidence(photos=tuple(photos))
    return Decision("group-1", "group", "group-1", "", verdict, datetime(2024, 5, 3, tzinfo=UTC), evidence)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "decided", "kept"),
    [
        pytest.param("", [], None, id="a new one"),
        pytest.param("abcd", [], True, id="as it was"),
        pytest.param("abcxyz", [], True, id="mostly as it was"),
        pytest.param("awxyz", [], False, id="another one by now"),
        pytest.param("abcd", [decision("abcd", "rejected")], [], id="rejected"),
        pytest.param("abcd", [decision("abcdefgh", "rejected")], [], id="a part of what was rejected"),
        pytest.param("abcd", [decision("ab", "accepted")], [], id="grown from what was accepted"),
        pytest.param("abcd", [decision("axyz", "rejected")], True, id="one photo of what was rejected"),
    ],
)
def test_keys_stay_and_answers_hold(before, decided, kept):
    waiting = [Suggestion("group-0", "group", "group-0", "", evidence=Evidence(photos=tuple(before)))]
    asked = asked_of([Group(tuple("abcd"), "boat", 0.9)], waiting, decided)
    if kept == []:
        assert asked == []
        return
    (one,) = asked
    assert (one.evidence.photos, one.value, one.score) == (tuple("abcd"), "boat", 0.9)
    assert (one.key == "group-0") == bool(kept)
