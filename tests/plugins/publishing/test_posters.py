"""Pictures beside videos: when they are put there and taken away, and that the user's word is the last."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from plugins.changes import Change, Outcome, SetPoster
from plugins.changes_json import from_json, to_json
from plugins.galleries import Capabilities, Poster
from plugins.publishing.apply import apply_changes, look
from plugins.publishing.ledger import Ledger, LedgerPoster, PosterState
from plugins.publishing.now import GalleryNow
from plugins.publishing.observe import adopt, observe
from plugins.publishing.plan import GuardStopped, check_guard, make_plan
from plugins.publishing.posters import undo_posters
from plugins.publishing.settle import settle
from plugins.publishing.wanted import Wanted

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from fakes.tiny import TinyGallery, TinyJournal, photo
from fakes.turns import Killed, Turns

CAN = Capabilities(posters=True)
PUT, CHANGE, TAKE = SetPoster("v", 1.5, None), SetPoster("v", 1.5, 0.5), SetPoster("v", None, 1.5)
THEIRS = Poster(None)


def now(found: Poster | None, *, there: bool = True) -> GalleryNow:
    return GalleryNow({}, {}, frozenset({"v"} if there else ()), {}, {}, posters={"v": found} if found else {})


def known(state: PosterState | None, at_s: float = 1.5) -> Ledger:
    return Ledger(posters={"v": LedgerPoster(state, at_s)} if state else {})


@pytest.mark.parametrize(
    ("before", "seen", "after", "edit"),
    [
        pytest.param("ours", now(Poster(1.5)), "ours", False, id="as we left it"),
        pytest.param("ours", now(None), "removed", True, id="taken away"),
        pytest.param("ours", now(THEIRS), "user", True, id="another picture in its place"),
        pytest.param("ours", now(None, there=False), "away", False, id="gone with its video"),
        pytest.param("ours", now(Poster(1.5), there=False), "ours", False, id="left behind by its video"),
        pytest.param("away", now(Poster(1.5), there=False), "away", False, id="back without its video"),
        pytest.param("away", now(Poster(1.5)), "ours", False, id="back with its video"),
        pytest.param("away", now(None), None, False, id="the video came back alone: nobody took it away"),
        pytest.param("away", now(THEIRS), "user", False, id="the video came back with the user's"),
        pytest.param("removed", now(Poster(1.5)), "user", False, id="put back by the user"),
        pytest.param("removed", now(None), "removed", False, id="removed is removed"),
        pytest.param("user", now(None), "user", False, id="theirs went too"),
        pytest.param(None, now(Poster(1.5)), "readonly", False, id="found without our memory"),
        pytest.param(None, now(THEIRS), None, False, id="the user's own"),
        pytest.param("readonly", now(Poster(1.5)), "readonly", False, id="still without our memory"),
        pytest.param("readonly", now(None), None, False, id="found no more"),
    ],
)
def test_what_the_user_did(before: PosterState | None, seen: GalleryNow, after: PosterState | None, edit: bool) -> None:
    ledger = known(before)
    edits, touched = observe(ledger, seen)
    assert ledger == known(after)
    assert [(e.edit, e.photos) for e in edits] == ([("took posters away", ("v",))] if edit else [])
    assert bool(touched.posters) == (before != after)
    assert observe(ledger, seen) == ([], type(touched)()), "twice is once"


@pytest.mark.parametrize(
    ("wanted", "state", "seen", "changes"),
    [
        pytest.param({"v": 1.5}, None, now(None), [PUT], id="new"),
        pytest.param({"v": 1.5}, "ours", now(Poster(1.5)), [], id="there"),
        pytest.param({"v": 1.5}, "ours", now(Poster(0.5)), [CHANGE], id="another moment"),
        pytest.param({"v": 1.5}, "ours", now(Poster(1.5, fits=False)), [replace(CHANGE, was=1.5)], id="moved"),
        pytest.param({"v": 1.5}, None, now(THEIRS), [], id="the user's own"),
        pytest.param({"v": 1.5}, "removed", now(None), [], id="taken away by the user"),
        pytest.param({"v": 1.5}, "user", now(None), [], id="the user's, gone"),
        pytest.param({"v": 1.5}, "readonly", now(Poster(0.5)), [], id="not remembered"),
        pytest.param({"v": 1.5}, None, now(None, there=False), [], id="no such video"),
        pytest.param({}, "ours", now(Poster(1.5)), [TAKE], id="no longer wanted"),
        pytest.param(None, "ours", now(Poster(1.5)), [], id="no opinion"),
        pytest.param({}, "user", now(THEIRS), [], id="no longer wanted, and the user's"),
        pytest.param({"v": 1.5}, "away", now(Poster(1.5), there=False), [TAKE], id="the video is gone"),
        pytest.param({"v": 1.5}, "away", now(None, there=False), [], id="both are gone"),
    ],
)
def test_the_plan(
    wanted: dict[str, float] | None, state: PosterState | None, seen: GalleryNow, changes: list[Change]
) -> None:
    ledger = known(state)
    ledger.posters["other"] = LedgerPoster("ours", 1.0)  # so that not all is lost
    assert list(make_plan(Wanted(posters=wanted), ledger, seen, CAN).changes) == changes
    assert make_plan(Wanted(posters=wanted), ledger, seen, Capabilities()).changes == (), "it takes none"


@pytest.mark.parametrize(
    ("change", "outcome", "for_good", "before", "after"),
    [
        pytest.param(PUT, "done", False, None, "ours", id="put"),
        pytest.param(PUT, "already", False, None, "ours", id="put before"),
        pytest.param(PUT, "refused", False, None, None, id="refused"),
        pytest.param(TAKE, "done", False, "ours", None, id="taken back"),
        pytest.param(TAKE, "done", True, "ours", "removed", id="taken back for good"),
        pytest.param(TAKE, "already", True, None, "removed", id="the user was faster"),
    ],
)
def test_what_a_change_does_to_the_ledger(
    change: SetPoster, outcome: str, for_good: bool, before: PosterState | None, after: PosterState | None
) -> None:
    ledger = known(before)
    settle(ledger, change, Outcome(outcome), for_good=for_good)  # type: ignore[arg-type]
    assert ledger == known(after)


@pytest.mark.parametrize(
    ("done", "state", "seen", "changes"),
    [
        pytest.param([PUT], "ours", now(Poster(1.5)), [TAKE], id="put"),
        pytest.param([PUT], "ours", now(Poster(0.5)), [SetPoster("v", None, 0.5)], id="put, and changed since by us"),
        pytest.param([PUT], "removed", now(None), [], id="the user was faster"),
        pytest.param([PUT], "user", now(THEIRS), [], id="replaced by the user"),
        pytest.param([PUT], "away", now(Poster(1.5), there=False), [TAKE], id="of a video that is gone"),
        pytest.param([CHANGE], "ours", now(Poster(1.5)), [CHANGE.inverse()], id="changed"),
        pytest.param([CHANGE], "ours", now(Poster(2.5)), [], id="changed again since"),
        pytest.param([TAKE], None, now(None), [PUT], id="taken away"),
        pytest.param([TAKE], None, now(THEIRS), [], id="taken away, and replaced by the user"),
        pytest.param([TAKE], None, now(None, there=False), [], id="taken away, as the video went"),
        pytest.param([replace(CHANGE, was=1.5)], "ours", now(Poster(1.5)), [], id="moved with its video"),
    ],
)
def test_undo(done: list[Change], state: PosterState | None, seen: GalleryNow, changes: list[Change]) -> None:
    assert list(undo_posters(done, known(state), seen)) == changes


def test_a_lost_memory_waits_for_adopt() -> None:
    ledger, seen = Ledger(), now(Poster(0.5))
    observe(ledger, seen)
    plan = make_plan(Wanted(posters={"v": 1.5}), ledger, seen, CAN)
    assert (plan.changes, plan.blocked[:30]) == ((), "1 pictures of videos carry our")
    assert adopt(ledger, seen).posters == {"v"}
    assert make_plan(Wanted(posters={"v": 1.5}), ledger, seen, CAN).changes == (CHANGE,)


def test_the_guard_counts_pictures_but_not_those_of_videos_that_went() -> None:
    ours = {f"v{n}": LedgerPoster("ours" if n < 25 else "away", 1.0) for n in range(50)}
    plan = [SetPoster(video, None, 1.0) for video in ours]
    check_guard(plan[25:], Ledger(posters=ours))
    with pytest.raises(GuardStopped, match="25 of the 25"):
        check_guard(plan, Ledger(posters=ours))


@pytest.mark.parametrize("kill_after", range(3))
def test_a_run_killed_around_its_write_is_finished(kill_after: int) -> None:
    game = Turns()
    game.gallery = TinyGallery(shots={"v": replace(photo(0), id="v", kind="video")})
    game.journal = TinyJournal()
    ledger = Ledger()
    game.die_at(kill_after)
    with pytest.raises(Killed):
        apply_changes(game.gallery, game.entries([PUT]), ledger, game.journal)
    del game.gallery.__dict__["apply"], game.gallery.__dict__["digested"]
    assert (bool(game.gallery.beside), game.journal.pending()[0].change) == (kill_after > 0, PUT)
    seen, edits = look(game.gallery, game.gallery.photos(), ledger, game.journal)
    assert (edits, game.journal.pending(), ledger) == ([], (), known("ours"))
    assert make_plan(Wanted(posters={"v": 1.5}), ledger, seen, CAN).changes == ()


def test_a_poster_in_the_journal() -> None:
    assert [from_json(to_json(change)) for change in (PUT, TAKE)] == [PUT, TAKE]
    assert (PUT.inverse(), TAKE.inverse()) == (TAKE, PUT)
