"""Any sequence of runs, kills, undos and edits of people keeps what the user said; on a gallery in a dictionary."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from fakes.tiny import TinyGallery, TinyJournal, photo
from fakes.tiny_people import boxed
from fakes.turns import Turns

from plugins.changes import Change, NamePerson, UnassignFace
from plugins.drawn import drawn_at, drawn_face
from plugins.publishing.apply import look
from plugins.publishing.ledger import Ledger
from plugins.publishing.people_settle import faces_of
from plugins.publishing.plan import make_plan
from plugins.publishing.undo import undo_changes
from plugins.publishing.wanted import Wanted
from plugins.publishing.wanted_people import Move, SeenFace, WantedPeople, naming, wanted_people
from plugins.records import Region

N = 9
PHOTOS = tuple(f"p{n:02}" for n in range(N))
FOUND = tuple((p, 0) for p in PHOTOS) + tuple((p, 1) for p in PHOTOS[:3])
OURS_ALONE = tuple((p, 2) for p in PHOTOS[5:8])
Place: TypeAlias = tuple[str, int]
"""A photo, and the number of a face's place in it: what stays when the gallery gives faces other ids."""
WHO = ("", "person-a", "person-b", "Anna")
whose = st.fixed_dictionaries({place: st.sampled_from(WHO) for place in FOUND + OURS_ALONE})
kills = st.integers(0, 24)


class People(Turns, RuleBasedStateMachine):
    """A user and Albumen take turns; the machine remembers where the user wants each face, and where not."""

    @initialize(unnamed=st.booleans(), at_once=st.sampled_from([1, 3]))
    def start(self, unnamed: bool, at_once: int) -> None:
        self.gallery = TinyGallery(shots={p: photo(n) for n, p in enumerate(PHOTOS)})
        can = replace(self.gallery.capabilities, unnamed_people=unnamed, open_changes=at_once)
        self.gallery.capabilities = can
        self.journal = TinyJournal()
        self.anna = self.gallery.add_person("Anna")
        for p, n in FOUND:
            self.gallery.add_face(p, n, self.anna if p == PHOTOS[-1] else "")
        self.runs: list[tuple[list[Change], tuple[object, ...] | None]] = []
        self.placed: dict[Place, str] = {(PHOTOS[-1], 0): self.anna}
        self.off: set[tuple[Place, str]] = set()
        self.names: dict[str, str] = {self.anna: "Anna"}
        self.asked: dict[str, str] = {}
        self.wished: set[str] = set()
        self.unnamed: set[tuple[str, str]] = set()

    # What the machine sees.
    def place(self, region: Region) -> Place:
        return region.photo, next(n for n in range(3) if boxed(n) == region.box)

    def at(self, place: Place) -> Region | None:
        return next((r for r in self.gallery.regions.values() if self.place(r) == place), None)

    def who(self, person: str) -> str:
        """Return by what a person is known however often they are made: our key, or the gallery's id."""
        key = next((k for k, i in self.gallery.keys.items() if i == person), person)
        return key.partition("_")[0]

    def id_of(self, who: str) -> str:
        if who == "Anna":
            return self.anna
        ours = [k for k, i in self.gallery.keys.items() if k.partition("_")[0] == who and i in self.gallery.persons]
        return self.gallery.keys[ours[-1]] if ours else who

    # What our step says.
    def wanted(self, says: dict[Place, str]) -> WantedPeople:
        seen = [face for place, who in says.items() if (face := self.seen(place, self.id_of(who)))]
        found = wanted_people(seen, min_faces=2, precision=0.99, draw=True)
        people = tuple(replace(one, name=self.asked.get(one.key, "")) for one in found.people)
        return replace(found, people=people, names=dict(self.asked))

    def seen(self, place: Place, person: str) -> SeenFace | None:
        known = self.gallery.persons.get(person)
        found, named = self.at(place), self.who(person) in self.asked or bool(known and known.name)
        if place in OURS_ALONE:
            holder = found.person if found else ""
            return SeenFace(drawn_face(place[0], boxed(place[1])), place[0], True, holder, False, person, named, 1.0)
        return found and SeenFace(found.id, place[0], False, found.person, False, person, named, 1.0)

    def plan(self, wanted: WantedPeople) -> tuple[list[Change], Ledger]:
        ledger = self.journal.ledger()
        now, seen = look(self.gallery, self.gallery.photos(), ledger, self.journal, (), wanted.faces(), wanted.names)
        return list(make_plan(Wanted(people=wanted), ledger, now, self.gallery.capabilities, seen).changes), ledger

    def execute(self, wanted: WantedPeople, kill_after: int | None) -> None:
        changes, ledger = self.plan(wanted)
        self.carry_out(changes, ledger, kill_after)
        held = {(self.place(r), self.who(r.person)) for r in self.gallery.regions.values() if r.person}
        assert not held & self.off, "a face that the user took off somebody was given back"
        called = {(self.who(i), p.name) for i, p in self.gallery.persons.items() if p.name}
        assert not called & self.unnamed, "a name that the user took away was given again"

    def touch(self) -> None:
        """Note that the user has done something: what was before is not what an undo brings back."""
        self.runs = [(done, None) for done, _ in self.runs]

    def finish(self) -> None:
        """Let what a killed run left open be done, before the step looks at whose the faces are."""
        if self.journal.pending():
            self.plan(WantedPeople())
            self.touch()

    @rule(says=whose, kill_after=st.none() | kills)
    def run(self, says: dict[Place, str], kill_after: int | None) -> None:
        self.finish()
        wanted, before = self.wanted(says), self.gallery.look()
        self.journal.done = []
        self.execute(wanted, kill_after)
        if kill_after is not None:
            self.runs.clear()
            return
        self.runs.append((self.journal.done, before))
        assert self.plan(wanted)[0] == [], "a second run with nothing new writes nothing"
        assert self.plan(self.wanted(says))[0] == [], "nor when the step has looked again"
        live = [p for p in self.journal.people.values() if p.state == "live"]
        assert all(p.gallery_id in self.gallery.persons for p in live)

    @rule(says=whose, kill_after=kills, looks_again=st.booleans())
    def killed_run_converges(self, says: dict[Place, str], kill_after: int, looks_again: bool) -> None:
        """A run killed anywhere and run again ends as the undisturbed run does."""
        self.finish()
        twin, wanted = self.copy(), self.wanted(says)
        self.run(says, None)
        undisturbed = self.gallery.look()
        self.gallery, self.journal = twin
        self.execute(wanted, kill_after)
        self.execute(self.wanted(says) if looks_again else wanted, None)
        assert self.gallery.look() == undisturbed
        self.runs.clear()

    @rule(data=st.data(), to=st.sampled_from(WHO), kill_after=st.none() | kills)
    def accept_moves(self, data: st.DataObject, to: str, kill_after: int | None) -> None:
        """The user has accepted that faces of one person are another's: once done it stays as the user leaves it."""
        holders = sorted({self.who(r.person) for r in self.gallery.regions.values() if r.person})
        if not holders or self.journal.pending():
            return
        was = data.draw(st.sampled_from(holders))
        target = self.id_of(to)
        if to and to != "Anna" and target == to and self.id_of(was) == to:
            return
        theirs = [r for r in self.gallery.regions.values() if self.who(r.person) == was]
        moved = data.draw(st.lists(st.sampled_from(theirs), min_size=1, unique_by=lambda r: r.id))
        wanted = WantedPeople(moves=tuple(Move(r.id, target, self.id_of(was)) for r in moved))
        for r in moved:
            self.placed.pop(self.place(r), None)
        self.journal.done = []
        before = self.gallery.look()
        self.execute(wanted, kill_after)
        if kill_after is None:
            self.runs.append((self.journal.done, before))
            assert self.plan(wanted)[0] == [], "a move is made once"
        else:
            self.runs.clear()

    @precondition(lambda self: self.runs)
    @rule(for_good=st.booleans())
    def undo(self, for_good: bool) -> None:
        done, before = self.runs.pop()
        ledger = self.journal.ledger()
        now, _ = look(self.gallery, self.gallery.photos(), ledger, self.journal, (), faces_of(done))
        changes, _ = undo_changes(done, ledger, now, self.gallery.capabilities)
        self.carry_out(changes, ledger, None, for_good)
        assert before is None or self.gallery.look() == before, "undo restores the gallery"
        if for_good:
            self.runs.clear()
            self.unnamed |= {(self.who(c.key), c.was) for c in changes if isinstance(c, NamePerson)}
            off = [c for c in changes if isinstance(c, UnassignFace)]
            assert not {(c.face, c.person) for c in off} & {(r.id, r.person) for r in self.gallery.regions.values()}

    # What the user does.
    def pick(self, data: st.DataObject, which: Callable[[Region], bool] = lambda _: True) -> Region | None:
        # Whether the one change that was open at a kill was made or undone by the user nobody can tell: leave it alone.
        if self.journal.pending():
            return None
        there = [r for r in self.gallery.regions.values() if r.photo in self.gallery.shots and which(r)]
        return data.draw(st.sampled_from(there)) if there else None

    def known(self, region: Region) -> bool:
        """Say whether we remember to have given this face to whom it is: else taking it off is no news."""
        key = next((k for k, i in self.gallery.keys.items() if i == region.person), region.person)
        place = self.place(region)
        return any(
            who == key
            and kept.state in {"ours", "user"}
            and (face == region.id or drawn_at(face) == (place[0], boxed(place[1])))
            for (face, who), kept in self.journal.faces.items()
        )

    @rule(data=st.data())
    def take_off(self, data: st.DataObject) -> None:
        region = self.pick(data, lambda r: bool(r.person))
        if region:
            if self.known(region):
                self.off.add((self.place(region), self.who(region.person)))
            self.placed.pop(self.place(region), None)
            self.gallery.hand(region.id, "")
            self.touch()

    @rule(data=st.data())
    def move(self, data: st.DataObject) -> None:
        region = self.pick(data)
        if region:
            person = data.draw(st.sampled_from(sorted(self.gallery.persons)))
            if region.person != person:
                if region.person and self.known(region):
                    self.off.add((self.place(region), self.who(region.person)))
                self.put(region, person)

    def put(self, region: Region, person: str) -> None:
        self.gallery.hand(region.id, person)
        self.placed[self.place(region)] = person
        self.off.discard((self.place(region), self.who(person)))
        self.touch()

    @rule(data=st.data(), n=st.integers(0, 9))
    def name(self, data: st.DataObject, n: int) -> None:
        if self.gallery.persons and not self.journal.pending():
            person = data.draw(st.sampled_from(sorted(self.gallery.persons)))
            if self.gallery.persons[person].name != f"Name {n}":
                self.names[person] = f"Name {n}"
                self.unnamed.discard((self.who(person), self.names[person]))
                self.gallery.call(person, self.names[person])
                self.touch()

    @rule(data=st.data())
    def take_the_name_away(self, data: st.DataObject) -> None:
        named = sorted(i for i, p in self.gallery.persons.items() if p.name and i != self.anna)
        if named and not self.journal.pending():
            person = data.draw(st.sampled_from(named))
            self.unnamed.add((self.who(person), self.gallery.persons[person].name))
            self.names.pop(person, None)
            self.gallery.call(person, "")
            self.touch()
            self.carry_out_names(None)

    @rule(data=st.data(), n=st.integers(0, 3), kill_after=st.none() | kills)
    def ask_for_a_name(self, data: st.DataObject, n: int, kill_after: int | None) -> None:
        """The user names somebody here; who has none in the gallery gets this one, be it for the second time."""
        if self.journal.pending():
            return
        nameless = sorted(self.who(i) for i, p in self.gallery.persons.items() if not p.name)
        who = data.draw(st.sampled_from(nameless or WHO[1:]))
        self.asked[who] = f"Asked {n}"
        self.wished.add(self.asked[who])
        known = self.gallery.persons.get(self.id_of(who))
        if not (known and known.name):
            self.journal.people.pop(naming(who), None)
            self.unnamed.discard((who, self.asked[who]))
        self.touch()
        self.carry_out_names(kill_after)

    def carry_out_names(self, kill_after: int | None) -> None:
        wanted, before = WantedPeople(names=dict(self.asked)), self.gallery.look()
        self.journal.done = []
        self.execute(wanted, kill_after)
        if kill_after is not None:
            self.runs.clear()
            return
        self.runs.append((self.journal.done, before))
        assert self.plan(wanted)[0] == [], "a name is given once"

    @rule(data=st.data())
    def add_person(self, data: st.DataObject) -> None:
        region = self.pick(data, lambda r: not r.person)
        if region:
            person = self.gallery.add_person("Ben")
            self.names[person] = "Ben"
            self.put(region, person)

    @rule(data=st.data(), merged=st.booleans())
    def delete_person(self, data: st.DataObject, merged: bool) -> None:
        others = sorted(self.gallery.persons.keys() - {self.anna})
        if not others or self.journal.pending():
            return
        person = data.draw(st.sampled_from(others))
        faces = [self.gallery.regions[face] for face in self.gallery.faces_of(person)]
        self.placed = {place: who for place, who in self.placed.items() if who != person}
        self.names.pop(person, None)
        if merged:
            self.gallery.merge(person, self.anna)
            self.placed |= {self.place(r): self.anna for r in faces}
            self.off -= {(self.place(r), self.who(self.anna)) for r in faces}
        else:
            self.gallery.delete_person(person)
        self.touch()

    @rule()
    def look_for_faces_anew(self) -> None:
        """The gallery does, by itself or by the user's order: faces get other ids, and are nobody's."""
        if self.journal.pending():
            return
        self.plan(WantedPeople())  # we have looked since the last edit: what a reset hides from us nobody can tell
        before = set(self.gallery.persons)
        self.gallery.look_for_faces_anew()
        if self.anna not in self.gallery.persons:
            self.anna = self.gallery.add_person("Anna")
            self.names[self.anna] = "Anna"
        self.names = {i: name for i, name in self.names.items() if i in self.gallery.persons}
        self.placed = {place: who for place, who in self.placed.items() if (r := self.at(place)) and r.person == who}
        gone = before - set(self.gallery.persons)
        self.off = {(place, who) for place, who in self.off if who not in gone}
        self.runs.clear()
        self.touch()

    @precondition(lambda self: len(self.gallery.shots) > N - 3)
    @rule(p=st.sampled_from(PHOTOS[:-1]))
    def delete_photo(self, p: str) -> None:
        if p in self.gallery.shots and not self.journal.pending():
            self.gone = self.gallery.shots.pop(p)
            self.gallery.regions = {i: r for i, r in self.gallery.regions.items() if r.photo != p}
            self.placed = {place: who for place, who in self.placed.items() if place[0] != p}
            self.touch()

    def teardown(self) -> None:
        if not hasattr(self, "gallery"):
            return
        holds = {place: r.person for place in self.placed if (r := self.at(place))}
        assert holds == self.placed, "a face was taken from whom the user gave it to"
        assert {i: p.name for i, p in self.gallery.persons.items() if i in self.names} == self.names, "a name was lost"
        strange = {p.name for i, p in self.gallery.persons.items() if p.name and i not in self.names} - self.wished
        assert not strange, "nobody asked for this name"
        made = [self.who(r.person) for r in self.gallery.regions.values() if r.person in self.gallery.keys.values()]
        assert len({self.gallery.keys[k] for k in self.gallery.keys}) == len(self.gallery.keys), made


soak = os.environ.get("ALBUMEN_SOAK")
People.TestCase.settings = settings(
    max_examples=20_000 if soak else 150,
    stateful_step_count=25,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestPeople = People.TestCase
