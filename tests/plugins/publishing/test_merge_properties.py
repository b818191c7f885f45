"""Any sequence of runs, kills, undos and user edits keeps every user edit; played on galleries in a dictionary."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from plugins.changes import AddTags, Change
from plugins.publishing.apply import look
from plugins.publishing.ledger import Ledger, LedgerAlbum
from plugins.publishing.plan import make_plan
from plugins.publishing.undo import undo_changes
from plugins.publishing.wanted import Wanted, WantedAlbum, natural_key

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from fakes.racy import RacyGallery
from fakes.tiny import TinyGallery, TinyJournal, photo
from fakes.turns import Turns

N = 14
PHOTOS = tuple(f"p{n:02}" for n in range(N))
TAGS = ("lake", "Lisbon", "rain")
cuts = st.sets(st.integers(1, N - 1), max_size=4)
members = st.sets(st.sampled_from(PHOTOS), min_size=1, max_size=3)
tag_pairs = st.frozensets(st.tuples(st.sampled_from(PHOTOS), st.sampled_from(TAGS)), max_size=9)
marks = st.sampled_from(["all", "some", "none"])
"""Of which of the wanted tags it is known where in the photo they are."""
BOX = (0.25, 0.5, 0.75, 1.0)
kills = st.integers(0, 24)


def events(cut: set[int], lacking: set[str]) -> tuple[WantedAlbum, ...]:
    """Return one wanted album a run of photos between cuts; runs that begin with an odd cut are not worth one."""
    edges = [0, *sorted(cut), N]
    runs = [PHOTOS[a:b] for a, b in pairwise(edges) if a % 3 != 1]
    runs = [tuple(p for p in run if p not in lacking) for run in runs]
    return tuple(
        WantedAlbum(natural_key("event", run[0]), "event", f"From {run[0]} to {run[-1]}", f"{len(run)}", run, run[-1])
        for run in runs
        if run
    )


def _with_tags_alone(seen: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return what a user sees, without regions whose tag the user has taken off the photo: none is drawn again."""
    albums, tags, drawn, people = seen
    return albums, tags, tuple(one for one in drawn if len(one) == 2 or one[:2] in tags), people


class Publishing(Turns, RuleBasedStateMachine):
    """A user and Albumen take turns on one gallery; the machine remembers every edit of the user."""

    @initialize(racy=st.booleans(), seed=st.integers(0, 99), at_once=st.sampled_from([1, 3]))
    def start(self, racy: bool, seed: int, at_once: int) -> None:
        shots = {p: photo(n) for n, p in enumerate(PHOTOS)}
        self.gallery = RacyGallery(shots=shots, luck=Random(seed)) if racy else TinyGallery(shots=shots)
        self.gallery.capabilities = replace(self.gallery.capabilities, open_changes=at_once)
        self.journal = TinyJournal()
        self.runs: list[tuple[list[Change], tuple[object, ...]]] = []
        self.edited = False
        self.titles: dict[str, str] = {}
        self.covers: dict[str, str] = {}
        self.added: set[tuple[str, str]] = set()
        self.out: set[tuple[str, str]] = set()
        self.rejected: set[tuple[str, str]] = set()
        self.ever_rejected: set[tuple[str, str]] = set()
        self.erased: set[tuple[str, str]] = set()
        self.foreign: dict[str, tuple[object, ...]] = {}

    def plan(self, cut: set[int], tags: frozenset[tuple[str, str]], marked: str) -> tuple[list[Change], Ledger]:
        ledger = self.journal.ledger()
        now, seen = look(self.gallery, self.gallery.photos(), ledger, self.journal, TAGS)
        shown = dict.fromkeys(self.regions(tags, marked), BOX)
        wanted = Wanted(events(cut, set(PHOTOS) - set(self.gallery.shots)), tags, regions=shown)
        return list(make_plan(wanted, ledger, now, self.gallery.capabilities, seen).changes), ledger

    def execute(self, changes: list[Change], ledger: Ledger, kill_after: int | None, for_good: bool = False) -> None:
        before = self.ours()
        self.carry_out(changes, ledger, kill_after, for_good)
        fresh = {pair for pair in self.ours() - before if pair not in self.added}
        assert not {p for _, p in fresh} & {p for _, p in self.out}, "a photo that the user took out was put back"

    def ours(self) -> set[tuple[str, str]]:
        return {(a.id, p) for a in self.gallery.albums() if a.marker for p in self.gallery.members(a.id)}

    def regions(self, tags: frozenset[tuple[str, str]], marked: str) -> frozenset[tuple[str, str]]:
        """Return the regions that are wanted: of tags that are wanted too, and of one that is not."""
        known = {"all": tags, "none": (), "some": {(p, t) for p, t in tags if t != TAGS[0]}}[marked]
        return frozenset(known) | {(PHOTOS[0], TAGS[1])}

    @rule(cut=cuts, tags=tag_pairs, marked=marks, kill_after=st.none() | kills)
    def run(self, cut: set[int], tags: frozenset[tuple[str, str]], marked: str, kill_after: int | None) -> None:
        changes, ledger = self.plan(cut, tags, marked)
        before = self.gallery.look()  # looking has finished the tags of a killed run: they are not this run's
        unsure = bool(self.journal.pending())
        self.journal.done = []
        self.execute(changes, ledger, kill_after)
        if kill_after is None:
            self.runs.append((self.journal.done, before))
            self.edited = unsure
            again, _ = self.plan(cut, tags, marked)
            assert unsure or again == [], "a second run with nothing new writes nothing"
            shown = self.gallery.our_tags | self.gallery.user_tags
            lost = {pair for pair in tags - shown if pair[0] in self.gallery.shots}
            assert unsure or lost <= self.ever_rejected, "a tag was lost"
            drawn = {pair for pair, box in self.gallery.tag_regions().items() if box}
            draws = self.gallery.capabilities.draws_regions
            due = {pair for pair in self.regions(tags, marked) & shown if pair[0] in self.gallery.shots}
            assert unsure or drawn == (due - self.erased if draws else set()), (
                "the regions are those of tags that are wanted and there"
            )
        else:
            self.runs.clear()

    @rule(cut=cuts, tags=tag_pairs, marked=marks, kill_after=kills)
    def killed_run_converges(
        self, cut: set[int], tags: frozenset[tuple[str, str]], marked: str, kill_after: int
    ) -> None:
        """A run killed anywhere and run again ends as the undisturbed run does."""
        self.be_ready()
        twin = self.copy()
        self.run(cut, tags, marked, None)
        undisturbed = self.gallery.look()
        self.gallery, self.journal = twin
        changes, ledger = self.plan(cut, tags, marked)
        self.execute(changes, ledger, kill_after)
        changes, ledger = self.plan(cut, tags, marked)
        self.execute(changes, ledger, None)
        assert self.gallery.look() == undisturbed
        self.runs.clear()

    def be_ready(self) -> None:
        if isinstance(self.gallery, RacyGallery):
            self.gallery.slow = 0

    @rule(slow=st.booleans())
    def work(self, slow: bool) -> None:
        """The server works on, loses some of what it works on, and may not be ready when it is asked next."""
        if isinstance(self.gallery, RacyGallery):
            self.gallery.strike()
            self.gallery.slow = int(slow)

    @precondition(lambda self: self.runs)
    @rule(for_good=st.booleans())
    def undo(self, for_good: bool) -> None:
        done, before = self.runs.pop()
        ledger = self.journal.ledger()
        now, _ = look(self.gallery, self.gallery.photos(), ledger, self.journal, TAGS)
        changes, _ = undo_changes(done, ledger, now, self.gallery.capabilities, for_good=for_good)
        self.execute(changes, ledger, None, for_good)
        look(self.gallery, self.gallery.photos(), self.journal.ledger(), self.journal, TAGS)  # finishes what is open
        if not self.edited:
            assert _with_tags_alone(self.gallery.look()) == _with_tags_alone(before), "undo restores the gallery"
        self.edited = True
        if for_good:
            self.ever_rejected |= {(p, t) for c in done if isinstance(c, AddTags) for p in c.photos for t in c.tags}
            self.erased |= {pair for pair, box in self.gallery.drawn.items() if box is None}
            self.runs.clear()

    def pick(self, data: st.DataObject) -> str | None:
        # Whether the one change that was open at a kill was made or undone by the user nobody can tell: leave it alone.
        unsure = {getattr(entry.change, "key", "") for entry in self.journal.pending()}
        ours = [a for a in self.gallery.albums() if a.marker and a.marker.key not in unsure]
        albums = sorted(a.id for a in ours)
        return data.draw(st.sampled_from(albums)) if albums else None

    @rule(data=st.data())
    def rename(self, data: st.DataObject) -> None:
        if album := self.pick(data):
            self.titles[album] = f"Mine {len(self.titles)}"
            self.gallery.edit(album, title=self.titles[album])
            self.edited = True

    @rule(data=st.data())
    def choose_cover(self, data: st.DataObject) -> None:
        album = self.pick(data)
        inside = self.gallery.members(album) if album else ()
        if album and inside:
            chosen = data.draw(st.sampled_from(list(inside)))
            known = self.known(album)
            if known is not None and known.cover == chosen and not known.user_cover:
                self.covers.pop(album, None)  # back to what we had set: nothing that anybody could see
            elif chosen != next(a.cover for a in self.gallery.albums() if a.id == album):
                self.covers[album] = chosen
            self.gallery.edit(album, cover=chosen)
            self.edited = True

    def known(self, album: str) -> LedgerAlbum | None:
        marker = self.gallery.shown[album].marker
        return self.journal.albums.get(marker.key) if marker else None

    @rule(data=st.data())
    def take_out(self, data: st.DataObject) -> None:
        album = self.pick(data)
        inside = self.gallery.members(album) if album else ()
        if album and inside:
            gone = data.draw(st.sampled_from(list(inside)))
            if sum(p == gone for _, p in self.ours()) > 1:
                return  # half-way through a killed run's move: which of the two albums is meant nobody can tell
            self.gallery.take_out(album, gone)
            known = self.known(album)
            if known is not None and gone in known.members:  # else put in and taken out again before we looked
                self.out.add((album, gone))
            self.added.discard((album, gone))
            if self.covers.get(album) == gone:
                del self.covers[album]
            self.edited = True

    @rule(data=st.data(), photos=members)
    def put_in(self, data: st.DataObject, photos: set[str]) -> None:
        if album := self.pick(data):
            fresh = [p for p in sorted(photos) if p not in self.gallery.inside[album] and p in self.gallery.shots]
            self.gallery.inside[album] += fresh
            known = self.known(album)
            ours = known.photos("ours") if known else frozenset()  # put back before we looked: ours as before
            self.added |= {(album, p) for p in fresh if p not in ours}
            self.out -= {(album, p) for p in fresh}
            self.edited = True

    @rule(data=st.data())
    def delete_album(self, data: st.DataObject) -> None:
        if album := self.pick(data):
            elsewhere = {p for a, p in self.ours() if a != album}
            if elsewhere & set(self.gallery.members(album)):
                return  # half-way through a killed run's move, as in `take_out`
            known = self.known(album)
            self.out |= {(album, p) for p in self.gallery.members(album) if known and p in known.photos("ours")}
            self.forget(album)
            self.gallery.delete(album)
            self.edited = True

    @rule(data=st.data())
    def take_over(self, data: st.DataObject) -> None:
        """The user removes the marker: hands off from now on."""
        if album := self.pick(data):
            self.gallery.edit(album, marker=None)
            self.forget(album)
            self.foreign[album] = (self.gallery.shown[album], self.gallery.members(album))
            self.edited = True

    def forget(self, album: str) -> None:
        self.titles.pop(album, None)
        self.covers.pop(album, None)
        self.added = {(a, p) for a, p in self.added if a != album}

    @rule(data=st.data())
    def reject_tag(self, data: st.DataObject) -> None:
        if self.gallery.our_tags and not self.journal.pending():
            pair = data.draw(st.sampled_from(sorted(self.gallery.our_tags)))
            self.gallery.our_tags.discard(pair)
            self.gallery.user_tags.discard(pair)
            self.rejected.add(pair)
            self.ever_rejected.add(pair)
            self.edited = True

    @rule(data=st.data())
    def erase_region(self, data: st.DataObject) -> None:
        drawn = sorted(pair for pair, box in self.gallery.tag_regions().items() if box)
        if drawn and not self.journal.pending():
            pair = data.draw(st.sampled_from(drawn))
            self.gallery.erase(*pair)
            self.erased.add(pair)
            self.edited = True

    @rule(pair=st.tuples(st.sampled_from(PHOTOS), st.sampled_from(TAGS)))
    def set_tag(self, pair: tuple[str, str]) -> None:
        self.gallery.user_tags.add(pair)
        self.rejected.discard(pair)
        self.edited = True

    @precondition(lambda self: len(self.gallery.shots) > N - 3)
    @rule(p=st.sampled_from(PHOTOS))
    def delete_photo(self, p: str) -> None:
        self.gallery.shots.pop(p, None)
        for album, shown in list(self.gallery.shown.items()):
            if shown.cover == p:
                self.gallery.edit(album, cover=None)
        self.covers = {a: c for a, c in self.covers.items() if c != p}
        self.added = {(a, q) for a, q in self.added if q != p}
        self.foreign = {a: (self.gallery.shown[a], self.gallery.members(a)) for a in self.foreign}
        self.edited = True

    def teardown(self) -> None:
        if not hasattr(self, "gallery"):
            return
        shown = self.gallery.shown
        assert {a: shown[a].title for a in self.titles} == self.titles, "a title of the user's was lost"
        assert {a: shown[a].cover for a in self.covers} == self.covers, "a cover of the user's was lost"
        assert self.added <= {(a, p) for a in shown for p in self.gallery.inside[a]}, "an added photo was lost"
        assert not self.rejected & self.gallery.our_tags, "a rejected tag came back"
        assert not {pair for pair in self.erased if self.gallery.drawn.get(pair)}, "an erased region came back"
        taken_for_rejected = {pair for pair, state in self.journal.tags.items() if state == "rejected"}
        assert taken_for_rejected <= self.ever_rejected, "a lost tag was taken for one that the user took off"
        markers = [a.marker for a in shown.values() if a.marker]
        assert len(markers) == len(set(markers)), "an album was made twice"
        assert {a: (shown[a], self.gallery.members(a)) for a in self.foreign} == self.foreign, "hands off was not kept"


soak = os.environ.get("ALBUMEN_SOAK")
Publishing.TestCase.settings = settings(
    max_examples=20_000 if soak else 300,
    stateful_step_count=30,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestPublishing = Publishing.TestCase
