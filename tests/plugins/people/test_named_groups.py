"""Named groups of photos that look alike: only what the user has allowed, by the name that the user gave."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fakes.tiny import photo

from plugins.people.named_groups import NamedGroup, group_tags, named_groups
from plugins.store import Decision, Evidence

WHEN = datetime(2024, 5, 3, tzinfo=UTC)
EVIDENCE = Evidence(photos=("key0", "key1", "gone"), similarity=0.8)


@pytest.mark.parametrize(
    ("kind", "value", "verdict", "names", "expected"),
    [
        pytest.param("group", "beach", "accepted", {}, ["beach"], id="the proposed name"),
        pytest.param("group", "beach", "accepted", {"group-1": "Our beach"}, ["Our beach"], id="the user's own name"),
        pytest.param("group", "", "accepted", {}, [], id="no name at all"),
        pytest.param("group", "beach", "rejected", {"group-1": "Our beach"}, [], id="rejected"),
        pytest.param("merge", "beach", "accepted", {}, [], id="another kind"),
    ],
)
def test_which_groups_have_a_name(kind, value, verdict, names, expected):
    decision = Decision("group-1", kind, "group-1", value, verdict, WHEN, EVIDENCE)
    assert [group.name for group in named_groups([decision], names)] == expected


def test_every_photo_of_a_content_is_tagged_and_photos_that_are_gone_are_not():
    groups = [NamedGroup("group-1", "beach", EVIDENCE.photos, 0.8), NamedGroup("group-2", "sea", ("key0",), 0.9)]
    tags = list(group_tags(groups, [photo(0), photo(1), photo(2), photo(3, content_key="key1")]))
    assert tags == [("p00", "beach"), ("p01", "beach"), ("p03", "beach"), ("p00", "sea")]


def said(subject, tag, verdict):
    return Decision(f"tag-{subject}", "tag", subject, tag, verdict, WHEN)


GROUP = Decision("group-1", "group", "group-1", "Beach", "accepted", WHEN, EVIDENCE)


@pytest.mark.parametrize(
    ("answer", "contents"),
    [
        pytest.param(said("key1", "beach ", "rejected"), ("key0", "gone"), id="taken out, however the word is written"),
        pytest.param(said("key1", "beach", "accepted"), EVIDENCE.photos, id="accepted"),
        pytest.param(said("key1", "sea", "rejected"), EVIDENCE.photos, id="another word refused"),
        pytest.param(said("", "Beach", "rejected"), EVIDENCE.photos, id="never suggest it: what the user set stays"),
    ],
)
def test_photos_taken_out_never_get_the_word(answer, contents):
    (group,) = named_groups([GROUP, answer], {})
    assert group.contents == contents
