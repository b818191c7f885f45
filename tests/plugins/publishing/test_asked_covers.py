"""Covers of the user's own albums: set once where they accepted it, and never over what they have chosen since."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from plugins.changes import Change, Outcome, SetAlbumCover
from plugins.changes_json import from_json, to_json
from plugins.galleries import Capabilities
from plugins.publishing.apply import apply_changes, look
from plugins.publishing.asked_covers import undo_covers, wanted_covers
from plugins.publishing.ledger import CoverState, Ledger, LedgerCover
from plugins.publishing.now import GalleryNow
from plugins.publishing.observe import observe
from plugins.publishing.plan import make_plan
from plugins.publishing.settle import settle
from plugins.publishing.wanted import Wanted
from plugins.records import Album, Marker
from plugins.store.suggestions import Decision

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from fakes.tiny import TinyGallery, TinyJournal, photo
from fakes.turns import Killed, Turns

ALBUM = Album("a7", "Porto", "", "p00", None)
SET = SetAlbumCover("a7", "p01", "p00", "Porto")
BACK = SET.inverse()


def said(value: str = "key1", verdict: str = "accepted", **fields: object) -> Decision:
    made = Decision("cover-1", "cover", "a7", value, verdict, datetime(2024, 5, 1, tzinfo=UTC))  # type: ignore[arg-type]
    return replace(made, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("decisions", "wanted"),
    [
        pytest.param([said()], {"a7": "p01"}, id="accepted: the first of two copies"),
        pytest.param([said(verdict="rejected")], {}, id="rejected"),
        pytest.param([said(), said(verdict="rejected")], {}, id="accepted by mistake"),
        pytest.param([said(), said("key0", "rejected")], {"a7": "p01"}, id="another one rejected"),
        pytest.param([said(), said("key0")], {"a7": "p00"}, id="the later word counts"),
        pytest.param([said("gone")], {}, id="the photo is gone"),
        pytest.param([said(kind="tag")], {}, id="no cover"),
    ],
)
def test_which_covers_are_wanted(decisions: list[Decision], wanted: dict[str, str]) -> None:
    copy = replace(photo(2), content_key="key1")
    assert wanted_covers(decisions, [copy, photo(0), photo(1)]) == wanted


def now(cover: str | None = "p00", *, chosen: bool = False, **fields: object) -> GalleryNow:
    album = replace(ALBUM, cover=cover, **fields)  # type: ignore[arg-type]
    photos = frozenset({"p00", "p01", "p02"})
    return GalleryNow({}, {"a7": album}, photos, {}, {}, chosen=frozenset({"a7"} if chosen else ()))


def known(state: CoverState | None, photo: str = "p01") -> Ledger:
    return Ledger(covers={"a7": LedgerCover(state, photo)} if state else {})


@pytest.mark.parametrize(
    ("state", "seen", "changes"),
    [
        pytest.param(None, now(), [SET], id="nobody chose the cover"),
        pytest.param(None, now(None), [replace(SET, was=None)], id="there is none"),
        pytest.param(None, now(chosen=True), [], id="the user has chosen another since"),
        pytest.param(None, now("p01"), [], id="shown already"),
        pytest.param(None, now(marker=Marker("event", "ev-1")), [], id="an album of ours"),
        pytest.param("ours", now("p01"), [], id="set before"),
        pytest.param("user", now(), [], id="set before, and changed by the user"),
        pytest.param(None, replace(now(), by_id={}), [], id="the album is gone"),
        pytest.param(None, replace(now(), photos=frozenset({"p00"})), [], id="the photo is gone"),
    ],
)
def test_the_plan(state: CoverState | None, seen: GalleryNow, changes: list[Change]) -> None:
    wanted = Wanted(covers={"a7": "p01"})
    assert list(make_plan(wanted, known(state), seen, Capabilities()).changes) == changes
    assert make_plan(wanted, known(state), seen, Capabilities(covers=False)).changes == ()


@pytest.mark.parametrize(
    ("state", "seen", "changes"),
    [
        pytest.param("user", now(), (replace(SET, photo="p02"),), id="the first was taken back"),
        pytest.param("user", now("p00", chosen=True), (), id="the user has chosen another"),
        pytest.param("ours", now("p01", chosen=True), (replace(SET, photo="p02", was="p01"),), id="the first is shown"),
    ],
)
def test_another_that_the_user_accepts_later(state: CoverState, seen: GalleryNow, changes: tuple[Change, ...]) -> None:
    assert make_plan(Wanted(covers={"a7": "p02"}), known(state), seen, Capabilities()).changes == changes


@pytest.mark.parametrize(
    ("seen", "state"),
    [
        pytest.param(now("p01"), "ours", id="as set"),
        pytest.param(now("p02"), "user", id="another chosen"),
        pytest.param(now(None), "user", id="cleared"),
        pytest.param(replace(now(), photos=frozenset({"p00"})), "ours", id="the photo went: nobody chose"),
        pytest.param(replace(now(), by_id={}), "ours", id="the album went"),
    ],
)
def test_what_the_user_did(seen: GalleryNow, state: CoverState) -> None:
    ledger = known("ours")
    edits, touched = observe(ledger, seen)
    assert ledger == known(state)
    assert [(e.edit, e.what, e.title) for e in edits] == [("chose a cover", "a7", "Porto")] * (state == "user")
    assert touched.covers == ({"a7"} if state == "user" else frozenset())
    assert observe(ledger, seen)[0] == []


@pytest.mark.parametrize(
    ("change", "status", "for_good", "before", "after"),
    [
        pytest.param(SET, "done", False, None, "ours", id="set"),
        pytest.param(SET, "already", False, None, "ours", id="shown"),
        pytest.param(SET, "refused", False, None, "user", id="refused: not asked again"),
        pytest.param(SET, "gone", False, None, None, id="gone"),
        pytest.param(BACK, "done", False, "ours", None, id="taken back"),
        pytest.param(BACK, "done", True, "ours", "user", id="taken back for good"),
        pytest.param(BACK, "refused", False, "ours", "ours", id="not taken back"),
        pytest.param(replace(BACK, photo=None), "done", False, "ours", None, id="there was none before"),
    ],
)
def test_what_a_change_does_to_the_ledger(
    change: SetAlbumCover, status: str, for_good: bool, before: CoverState | None, after: CoverState | None
) -> None:
    ledger = known(before)
    settle(ledger, change, Outcome(status), for_good=for_good)  # type: ignore[arg-type]
    assert ledger == known(after)


@pytest.mark.parametrize(
    ("state", "seen", "changes"),
    [
        pytest.param("ours", now("p01"), [BACK], id="as set"),
        pytest.param("user", now("p02"), [], id="another chosen since"),
        pytest.param("ours", now("p02"), [], id="another chosen just now"),
        pytest.param("ours", replace(now(), by_id={}), [], id="the album is gone"),
        pytest.param(None, now("p01"), [], id="taken back before"),
    ],
)
def test_undo(state: CoverState | None, seen: GalleryNow, changes: list[Change]) -> None:
    assert list(undo_covers([SET], known(state), seen)) == changes


@pytest.mark.parametrize(("kill_after", "changes"), [(0, (SET,)), (1, ()), (2, ())])
def test_a_run_killed_around_its_write_is_settled(kill_after: int, changes: tuple[Change, ...]) -> None:
    game = Turns()
    game.gallery = TinyGallery(
        shots={f"p{n:02}": photo(n) for n in range(3)}, shown={"a7": ALBUM}, inside={"a7": ["p00", "p01", "p02"]}
    )
    game.journal = TinyJournal()
    ledger = Ledger()
    game.die_at(kill_after)
    with pytest.raises(Killed):
        apply_changes(game.gallery, game.entries([SET]), ledger, game.journal)
    del game.gallery.__dict__["apply"], game.gallery.__dict__["digested"]
    seen, edits = look(game.gallery, game.gallery.photos(), ledger, game.journal, covers=["a7"])
    assert (edits, game.journal.pending()) == ([], ())
    assert make_plan(Wanted(covers={"a7": "p01"}), ledger, seen, Capabilities()).changes == changes


def test_a_cover_in_the_journal() -> None:
    assert from_json(to_json(SET)) == SET
    assert SetAlbumCover("a7", "p00", "p01", "Porto", asked=False) == BACK
