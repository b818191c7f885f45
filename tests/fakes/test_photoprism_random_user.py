"""Whatever a user and a client do with a fake PhotoPrism, at random, it stays one that could be."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fakes.asking_photoprism import AskingPrism
from fakes.photoprism import FakePhotoPrism
from fakes.photoprism.records import BLOCKED
from fakes.photoprism.state import State

NAMES = ("Ana", "ana", "Bob", "A_a", "Eve")
WORDS = ("Beach", "beach", "Bay of Naples", "Trips/Rome", "Screenshot", "")


def faults_of(prism: FakePhotoPrism) -> list[str]:
    """Return what cannot be in a PhotoPrism."""
    return [*_of_albums(prism.state), *_of_labels(prism.state), *_of_faces(prism.state), *_of_people(prism.state)]


def _of_albums(state: State) -> Iterator[str]:
    for album in state.albums.values():
        yield from (f"{album.title!r} has {uid}" for uid in album.members if uid not in state.photos)
        if len(album.thumb_src) > 8:
            yield f"{album.title!r} has a cover by {album.thumb_src!r}"


def _of_labels(state: State) -> Iterator[str]:
    for photo in state.photos.values():
        for number, row in photo.labels.items():
            if number != row.label or state.labels[number].deleted or photo.uid not in state.labelled[number]:
                yield f"{photo.uid} has a row of label {number} that is no label of it"
            if not 0 <= row.uncertainty <= BLOCKED:
                yield f"{photo.uid} has label {number} with an uncertainty of {row.uncertainty}"
    for number, uids in state.labelled.items():
        yield from (f"label {number} is on {uid}" for uid in uids if number not in state.photos[uid].labels)


def _of_faces(state: State) -> Iterator[str]:
    for photo in state.photos.values():
        faces = sum(not marker.invalid for marker in state.markers_of(photo))
        if faces != photo.faces:
            yield f"{photo.uid} has {faces} faces and says {photo.faces}"
    for marker in state.markers.values():
        person = state.subjects.get(marker.subject)
        if marker.subject and (person is None or person.deleted):
            yield f"marker {marker.uid} is of somebody who is gone"
        if person and marker.subject_src and marker.name not in {"", person.name}:
            yield f"marker {marker.uid} is called {marker.name!r} and is of {person.name!r}"
        if marker.face and marker.face not in state.faces:
            yield f"marker {marker.uid} is in a cluster that is gone"


def _of_people(state: State) -> Iterator[str]:
    living = {s.uid: s.name for s in state.subjects.values() if not s.deleted}
    if len(set(living.values())) < len(living):
        yield f"two people have one name: {sorted(living.values())}"
    strays = [face for face in state.faces.values() if face.subject and face.subject not in living]
    yield from (f"cluster {face.id} is of {face.subject}" for face in strays)


class RandomUser:
    """Somebody who asks for anything, as a client and by hand; `draw` is what comes next."""

    def __init__(self, prism: FakePhotoPrism, ask: AskingPrism, seed: int) -> None:
        self.prism, self.ask, self.draw = prism, ask, random.Random(seed)
        self.photos = prism.add_photos(6)
        self.clusters = [prism.add_cluster(), prism.add_cluster(), ""]
        for photo in self.photos:
            looks = self.draw.choice(("ana", "bob", ""))
            prism.add_face(photo, (0.1, 0.1, 0.2, 0.2), face=self.draw.choice(self.clusters), looks=looks)
        self.moves: tuple[Callable[[], tuple[int, Any] | None], ...] = (
            *(self.album, self.members, self.label, self.row, self.batch, self.name, self.clear, self.drawn),
            *(self.person, self.cluster, self.flag, self.by_hand),
        )

    def some(self) -> list[str]:
        return self.draw.sample(self.photos, self.draw.randint(1, 4))

    def any_of(self, found: dict[str, Any]) -> str:
        return self.draw.choice([*found, "missing"])

    def album(self) -> tuple[int, Any]:
        uid, title = self.any_of(self.prism.state.albums), self.draw.choice(("Rome", "rome", "R%", "Paris", ""))
        asked = self.draw.choice((("POST", "/albums"), ("PUT", f"/albums/{uid}"), ("DELETE", f"/albums/{uid}")))
        return self.ask(*asked, {"Title": title, "ThumbSrc": self.draw.choice(("", "vision", "automatic"))})

    def members(self) -> tuple[int, Any]:
        path = f"/albums/{self.any_of(self.prism.state.albums)}/photos"
        return self.ask(self.draw.choice(("POST", "DELETE")), path, {"photos": [*self.some(), "missing"]})

    def label(self) -> tuple[int, Any]:
        asked = {"Name": self.draw.choice(WORDS), "Uncertainty": self.draw.choice((0, 15, 100))}
        return self.ask("POST", f"/photos/{self.draw.choice(self.photos)}/label", asked)

    def row(self) -> tuple[int, Any]:
        photo = self.draw.choice(self.photos)
        label = self.any_of({str(number): row for number, row in self.prism.state.photos[photo].labels.items()})
        asked = {"Uncertainty": self.draw.choice((0, 15, 100)), "LabelSrc": self.draw.choice(("vision", "image"))}
        return self.ask(self.draw.choice(("PUT", "DELETE")), f"/photos/{photo}/label/{label}", asked)

    def batch(self) -> tuple[int, Any]:
        uids = [label.uid for label in self.prism.state.labels.values()]
        items = [{"title": self.draw.choice(WORDS), "action": "add"}]
        items += [{"value": uid, "action": self.draw.choice(("add", "remove", "none"))} for uid in uids[:3]]
        values = {"Labels": {"action": "update", "items": items}}
        values["Albums"] = {"action": "update", "items": [{"title": "Rome", "action": "add"}]}
        return self.ask("POST", "/batch/photos/edit", {"photos": self.some(), "values": values})

    def name(self) -> tuple[int, Any]:
        asked = {"Name": self.draw.choice(NAMES), "SubjSrc": self.draw.choice(("manual", "image", ""))}
        asked["Invalid"] = self.draw.random() < 0.2
        return self.ask("PUT", f"/markers/{self.any_of(self.prism.state.markers)}", asked)

    def clear(self) -> tuple[int, Any]:
        return self.ask("DELETE", f"/markers/{self.any_of(self.prism.state.markers)}/subject")

    def drawn(self) -> tuple[int, Any]:
        asked = {"FileUID": self.any_of(self.prism.state.files), "X": 0.5, "Y": 0.5, "W": 0.1, "H": 0.1}
        return self.ask("POST", "/markers", asked | {"Name": self.draw.choice(NAMES), "SubjSrc": "manual"})

    def person(self) -> tuple[int, Any]:
        uid = self.any_of({s.uid: s for s in self.prism.state.subjects.values() if not s.deleted})
        return self.ask("PUT", f"/subjects/{uid}", {"Name": self.draw.choice(NAMES), "Hidden": True})

    def cluster(self) -> tuple[int, Any]:
        subject = self.any_of(self.prism.state.subjects)
        return self.ask("PUT", f"/faces/{self.any_of(self.prism.state.faces)}", {"SubjUID": subject})

    def flag(self) -> tuple[int, Any]:
        return self.ask(
            "POST",
            f"/batch/photos/{self.draw.choice(('archive', 'restore', 'private', 'approve'))}",
            {"photos": self.some()},
        )

    def by_hand(self) -> None:
        photos, word = self.some(), self.draw.choice(WORDS[:4])
        acts = (self.prism.label, self.prism.classify, self.prism.block_label)
        self.draw.choice(acts)(word, *photos)
        self.prism.favourite(*photos, favourite=self.draw.random() < 0.5)
        self.prism.give(self.draw.choice([*self.prism.state.markers]), None)
        self.prism.review(photos[0])


def check(prism: FakePhotoPrism, ask: AskingPrism, seed: int, steps: int) -> None:
    prism.version = random.Random(seed).choice(("250425", "250707", "251130", "260919"))
    user = RandomUser(prism, ask, seed)
    for step in range(steps):
        move = user.draw.choice(user.moves)
        said = move()
        assert said is None or said[0] in {200, 201, 400, 404, 500, 501}, (step, move.__name__, said)
        assert not faults_of(prism), (step, move.__name__, said)
    for path in ("/albums", "/labels", "/subjects", "/faces", "/photos"):
        assert ask("GET", path, count=1000, all="true", markers="true")[0] == 200


@pytest.mark.parametrize("seed", range(4))
def test_a_random_user_leaves_it_whole(prism, ask_prism, seed):
    check(prism, ask_prism, seed, steps=120)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 140))
def test_many_random_users_leave_it_whole(prism, ask_prism, seed):
    check(prism, ask_prism, seed, steps=400)
