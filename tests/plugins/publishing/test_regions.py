"""Regions of tags: which are wanted, when they are drawn and taken away, and that the user's word is the last."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from plugins.changes import AddTags, Change, DrawRegion, RemoveRegion
from plugins.changes_json import from_json, to_json
from plugins.galleries import Capabilities
from plugins.publishing.ledger import Ledger
from plugins.publishing.now import GalleryNow
from plugins.publishing.plan import GuardStopped, check_guard, make_plan
from plugins.publishing.regions import tags_of_regions, undo_regions, wanted_regions
from plugins.publishing.wanted import Wanted
from plugins.store.suggestions import Decision, Evidence

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from fakes.tiny import photo

BOX, OTHER = (0.25, 0.5, 0.75, 1.0), (0.0, 0.0, 0.5, 0.5)
PAIR = ("p00", "sea")
DRAW, REMOVE = DrawRegion(*PAIR, BOX), RemoveRegion(*PAIR, BOX)
CAN = Capabilities(draws_regions=True)


def said(subject: str = "key0", value: str = "sea", **fields: object) -> Decision:
    made = Decision("tag-1", "tag", subject, value, "accepted", datetime(2024, 5, 1, tzinfo=UTC), Evidence(box=BOX))
    return replace(made, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("decisions", "wanted"),
    [
        pytest.param([said()], {PAIR: BOX, ("p02", "sea"): BOX}, id="accepted: on each copy of the picture"),
        pytest.param([said(verdict="rejected")], {}, id="rejected"),
        pytest.param([said(evidence=Evidence())], {}, id="nobody knows where"),
        pytest.param([said(kind="group")], {}, id="no tag"),
        pytest.param([said("gone")], {}, id="the photo is gone"),
        pytest.param([said("film")], {}, id="a video"),
        pytest.param([said(), said(verdict="rejected")], {}, id="the later word counts"),
        pytest.param([said("key1"), said("key1", "sun")], {("p01", "sea"): BOX, ("p01", "sun"): BOX}, id="two tags"),
    ],
)
def test_which_regions_are_wanted(decisions: list[Decision], wanted: dict[tuple[str, str], object]) -> None:
    copy = replace(photo(2), content_key="key0")
    photos = [photo(0), photo(1), copy, replace(photo(3), content_key="film", kind="video")]
    assert wanted_regions(decisions, photos) == wanted
    assert wanted_regions(decisions, photos, draw=False) == {}


def test_a_region_goes_by_the_tag_as_it_is_written() -> None:
    photos = [photo(0), replace(photo(1), tags=("SEA",))]
    decisions = [said(), said("key1")]
    assert wanted_regions(decisions, photos, {("p00", "Sea")}) == {("p00", "Sea"): BOX, ("p01", "SEA"): BOX}


def now(regions: dict[tuple[str, str], object], carried: bool = True) -> GalleryNow:
    tagged = {"sea": frozenset({"p00"} if carried else ())}
    return GalleryNow({}, {}, frozenset({"p00"}), tagged, {}, regions=regions)  # type: ignore[arg-type]


TAGS = frozenset({PAIR})
OURS = {PAIR: "ours"}


@pytest.mark.parametrize(
    ("wanted", "ledger", "seen", "changes"),
    [
        pytest.param(Wanted(tags=TAGS, regions={PAIR: BOX}), OURS, now({}), [DRAW], id="our tag"),
        pytest.param(Wanted(tags=TAGS, regions={PAIR: BOX}), {}, now({}), [DRAW], id="the user's tag"),
        pytest.param(
            Wanted(tags=TAGS, regions={PAIR: BOX}), {}, now({}, carried=False),
            [AddTags(("sea",), ("p00",)), DRAW], id="a tag of the same plan",
        ),
        pytest.param(Wanted(tags=TAGS, regions={PAIR: OTHER}), OURS, now({PAIR: BOX}), [], id="drawn is drawn"),
        pytest.param(Wanted(tags=TAGS, regions={PAIR: BOX}), OURS, now({PAIR: None}), [], id="taken away by the user"),
        pytest.param(
            Wanted(tags=TAGS, regions={PAIR: BOX}), {PAIR: "rejected"}, now({PAIR: BOX}, carried=False), [REMOVE],
            id="the user took the tag off",
        ),
        pytest.param(Wanted(tags=TAGS, regions={}), OURS, now({PAIR: BOX}), [REMOVE], id="no longer wanted"),
        pytest.param(Wanted(tags=TAGS, regions={}), OURS, now({PAIR: None}), [], id="neither wanted nor there"),
        pytest.param(Wanted(tags=TAGS), OURS, now({PAIR: BOX}), [], id="no opinion"),
        pytest.param(Wanted(tags=TAGS, regions={("p9", "sea"): BOX}), OURS, now({}), [], id="the photo is gone"),
    ],
)  # fmt: skip
def test_the_plan(wanted: Wanted, ledger: dict[tuple[str, str], str], seen: GalleryNow, changes: list[Change]) -> None:
    known = Ledger(tags=ledger)  # type: ignore[arg-type]
    assert list(make_plan(wanted, known, seen, CAN).changes) == changes
    elsewhere = make_plan(wanted, known, seen, Capabilities()).changes
    assert list(elsewhere) == [c for c in changes if isinstance(c, AddTags)], "a gallery that cannot is not asked to"


@pytest.mark.parametrize("for_good", [False, True])
def test_undo(for_good: bool) -> None:
    def back(done: list[Change], seen: GalleryNow) -> list[Change]:
        return list(undo_regions(done, seen, frozenset(), for_good=for_good))

    assert back([DRAW], now({PAIR: BOX})) == [RemoveRegion(*PAIR, BOX, for_good)]
    assert back([DRAW], now({PAIR: None})) == [], "the user was faster"
    assert back([REMOVE], now({})) == [DRAW]
    assert back([REMOVE], now({}, carried=False)) == [], "the tag has gone"
    assert back([DRAW, REMOVE], now({})) == [], "as it was before the run"
    assert list(undo_regions([REMOVE], now({}, carried=False), TAGS, for_good=for_good)) == [DRAW]


def test_regions_in_the_journal_and_before_the_guard() -> None:
    assert [from_json(to_json(change)) for change in (DRAW, REMOVE)] == [DRAW, REMOVE]
    assert (DRAW.inverse(), REMOVE.inverse(), tags_of_regions([DRAW, REMOVE])) == (REMOVE, DRAW, {"sea"})
    many = [RemoveRegion(f"p{n:02}", "sea", BOX) for n in range(21)]
    with pytest.raises(GuardStopped, match="21 of the 21"):
        check_guard(many, Ledger())
