"""Any sequence of runs, kills, undos and edits of posters and of the user's own covers keeps every user edit."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from fakes.tiny import TinyGallery, TinyJournal, photo
from fakes.turns import Turns

from plugins.changes import Change
from plugins.galleries import Poster
from plugins.publishing.apply import look
from plugins.publishing.ledger import Ledger, LedgerCover
from plugins.publishing.plan import make_plan
from plugins.publishing.undo import undo_changes
from plugins.publishing.wanted import Wanted
from plugins.records import Album, Photo

VIDEOS = tuple(f"p{n:02}" for n in range(4))
STILLS = tuple(f"p{n:02}" for n in range(4, 9))
ALBUMS = ("a1", "a2")
moments = st.dictionaries(st.sampled_from(VIDEOS), st.sampled_from([0.5, 1.5, 2.5]), max_size=4)
asked = st.dictionaries(st.sampled_from(ALBUMS), st.sampled_from(STILLS), max_size=2)
kills = st.integers(0, 12)


class Covers(Turns, RuleBasedStateMachine):
    """A user and Albumen take turns; the machine remembers what the user did to posters and to their own covers."""

    @initialize()
    def start(self) -> None:
        shots = {p: photo(n, kind="video" if p in VIDEOS else "image") for n, p in enumerate(VIDEOS + STILLS)}
        shown = {a: Album(a, a, "", None, None) for a in ALBUMS}
        self.gallery = TinyGallery(shots=shots, shown=shown, inside={a: [*STILLS] for a in ALBUMS})
        self.journal = TinyJournal()
        self.runs: list[tuple[list[Change], tuple[object, ...]]] = []
        self.off: set[str] = set()
        self.mine: set[str] = set()
        self.covers: dict[str, str | None] = {}
        self.bin: dict[str, Photo] = {}
        self.edited = False

    def plan(self, posters: dict[str, float], covers: dict[str, str]) -> tuple[list[Change], Ledger]:
        ledger = self.journal.ledger()
        now, seen = look(self.gallery, self.gallery.photos(), ledger, self.journal, covers=covers)
        wanted = Wanted(posters=posters, covers=covers)
        return list(make_plan(wanted, ledger, now, self.gallery.capabilities, seen).changes), ledger

    @rule(posters=moments, covers=asked, kill_after=st.none() | kills)
    def run(self, posters: dict[str, float], covers: dict[str, str], kill_after: int | None) -> None:
        changes, ledger = self.plan(posters, covers)
        before = self.gallery.look()
        self.journal.done = []
        self.carry_out(changes, ledger, kill_after)
        if kill_after is not None:
            self.runs.clear()
            return
        self.runs.append((self.journal.done, before))
        self.edited = False
        assert self.plan(posters, covers)[0] == [], "a second run with nothing new writes nothing"
        free = posters.keys() & self.gallery.shots.keys() - self.off - self.mine
        ours = {video: poster.at_s for video, poster in self.gallery.beside.items() if poster.at_s is not None}
        assert {v: ours.get(v) for v in free} == {v: posters[v] for v in free}, "a wanted poster is missing"
        assert not ours.keys() - posters.keys() - self.mine - self.off, "a poster that nobody wants"

    @rule(posters=moments, covers=asked, kill_after=kills)
    def killed_run_converges(self, posters: dict[str, float], covers: dict[str, str], kill_after: int) -> None:
        """A run killed anywhere and run again ends as the undisturbed run does."""
        twin = self.copy()
        self.run(posters, covers, None)
        undisturbed = self.gallery.look()
        self.gallery, self.journal = twin
        changes, ledger = self.plan(posters, covers)
        self.carry_out(changes, ledger, kill_after)
        changes, ledger = self.plan(posters, covers)
        self.carry_out(changes, ledger, None)
        assert self.gallery.look() == undisturbed
        self.runs.clear()

    @precondition(lambda self: self.runs)
    @rule(for_good=st.booleans())
    def undo(self, for_good: bool) -> None:
        done, before = self.runs.pop()
        ledger = self.journal.ledger()
        now, _ = look(self.gallery, self.gallery.photos(), ledger, self.journal)
        changes, _ = undo_changes(done, ledger, now, self.gallery.capabilities, for_good=for_good)
        had = {video for video, poster in self.gallery.beside.items() if poster.at_s is not None}
        self.carry_out(changes, ledger, None, for_good)
        if not self.edited:
            assert self.gallery.look() == before, "undo restores the gallery"
        self.edited = True
        if for_good:
            self.off |= had - self.gallery.beside.keys()
            self.runs.clear()

    def touch(self) -> bool:
        """Say whether the user may edit now: what was open at a kill nobody can tell from what they did."""
        self.edited = True
        return not self.journal.pending()

    @rule(video=st.sampled_from(VIDEOS), own=st.booleans())
    def take_poster_away(self, video: str, own: bool) -> None:
        found = self.gallery.beside.get(video)
        if self.touch() and video in self.gallery.shots and (own or found is not None):
            ours = found is not None and found.at_s is not None
            if own:
                self.gallery.beside[video] = Poster(None)
                self.mine.add(video)
            else:
                del self.gallery.beside[video]
                self.mine.discard(video)
            if ours or video in self.journal.posters:
                self.off.add(video)

    @precondition(lambda self: not self.bin)
    @rule(video=st.sampled_from(VIDEOS), along=st.booleans())
    def delete_video(self, video: str, along: bool) -> None:
        """The user moves a video into the bin, and its poster with it or not; Albumen looks before it comes back."""
        if self.touch() and video in self.gallery.shots:
            self.bin[video] = self.gallery.shots.pop(video)
            if along and self.gallery.beside.get(video, Poster(None)).at_s is not None:
                del self.gallery.beside[video]
            self.plan({}, {})

    @precondition(lambda self: self.bin)
    @rule()
    def restore_video(self) -> None:
        self.edited = True
        self.gallery.shots |= self.bin
        self.bin = {}

    @rule(album=st.sampled_from(ALBUMS), cover=st.none() | st.sampled_from(STILLS))
    def choose_cover(self, album: str, cover: str | None) -> None:
        if self.touch() and self.gallery.shown[album].cover != cover:
            self.gallery.edit(album, cover=cover)
            self.gallery.chosen.pop(album, None)
            self.covers.pop(album, None)
            if cover is not None:
                self.gallery.chosen[album] = cover
                if self.journal.covers.get(album) != LedgerCover("ours", cover):  # else it is as they asked before
                    self.covers[album] = cover

    def teardown(self) -> None:
        if not hasattr(self, "gallery"):
            return
        shown = self.gallery.shown
        assert {a: shown[a].cover for a in self.covers} == self.covers, "a cover of the user's was changed"
        kept = {video for video, poster in self.gallery.beside.items() if poster.at_s is None}
        assert kept == self.mine, "a picture of the user's was lost"
        back = {v for v in self.off - self.mine if (p := self.gallery.beside.get(v)) and p.at_s is not None}
        assert not back, "a poster that the user took away came back"


soak = os.environ.get("ALBUMEN_SOAK")
Covers.TestCase.settings = settings(
    max_examples=20_000 if soak else 100,
    stateful_step_count=20,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestCovers = Covers.TestCase
