"""Immich's own work on faces and people: detection, the nightly jobs, and what an administrator can start."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from fakes.immich.people import forget, unite
from fakes.immich.state import Face, Person, State

MACHINE = "machine-learning"


class Recognition:
    """Jobs that run at once when they are asked for; faces by pixels of the asset, people by id."""

    state: State
    lock: threading.RLock

    def detect(self, asset: str, faces: Mapping[tuple[int, int, int, int], str]) -> list[str]:
        """Find faces in a photo: left, top, right, bottom, and whose each is for the recogniser; return their ids."""
        with self.lock:
            found = self.state.assets[asset]
            size = (found.width or 640, found.height or 480)
            made = [Face(self.state.new_id(), asset, None, b, size, MACHINE, looks=who) for b, who in faces.items()]
            self.state.faces |= {face.id: face for face in made}
            found.faces += [face.id for face in made]
            self.state.revision += 1
            return [face.id for face in made]

    def recognise(self) -> None:
        """Give faces of nobody to whom they look like; three alike of whom nobody has one become somebody new."""
        with self.lock:
            loose = [f for f in self.state.faces.values() if f.person is None and f.source == MACHINE and f.looks]
            for face in loose:
                alike = [f for f in self.state.faces.values() if f.looks == face.looks and self._same_owner(f, face)]
                person = next((f.person for f in alike if f.person), None)
                if person is None and len(alike) >= self.state.min_faces:
                    person = self._new_person(face).id
                face.person = person
            self.state.revision += 1

    def clean_people(self) -> None:
        """Delete the people who have no face."""
        with self.lock:
            held = {face.person for face in self.state.faces.values()}
            for person in [p for p in self.state.people.values() if p.id not in held]:
                forget(self.state, person)
            self.state.revision += 1

    def nightly(self) -> None:
        """Do what Immich does each night."""
        self.recognise()
        self.clean_people()

    def reset_recognition(self) -> None:
        """Take all faces that were found off everybody; who has no face of another kind is deleted, with their name."""
        with self.lock:
            for face in self.state.faces.values():
                face.person = None if face.source == MACHINE else face.person
            self.clean_people()

    def reset_detection(self) -> None:
        """Forget all faces that were found and find them again, under other ids and of nobody."""
        with self.lock:
            for face in [f for f in self.state.faces.values() if f.source == MACHINE]:
                self.state.drop_face(face)
                self.detect(face.asset, {face.box: face.looks})
            self.clean_people()

    def merge_people(self, keep: str, *others: str) -> None:
        """Make one person of several, as the user does by hand."""
        with self.lock:
            for other in others:
                unite(self.state, self.state.people[keep], self.state.people[other])
            self.state.revision += 1

    def _same_owner(self, one: Face, other: Face) -> bool:
        return self.state.assets[one.asset].owner == self.state.assets[other.asset].owner

    def _new_person(self, face: Face) -> Person:
        now = self.state.now()
        made = Person(self.state.new_id(), self.state.assets[face.asset].owner, "", now, now, feature=face.id)
        self.state.people[made.id] = made
        return made
