"""Events and people by another method, beside what the store holds of the one that publishes; nothing is kept."""

from __future__ import annotations

from collections.abc import Callable

from plugins.comparing import Difference, albums_compared, faces_compared
from plugins.publishing.wanted import wanted_albums
from tasks.context import Opened
from tasks.event_inputs import EventInputs
from tasks.features import faces_or_skip
from tasks.grouping import cluster_faces, context_of
from tasks.people import labelled
from tasks.publish import rules_of, wanted_albums_of
from tasks.standing import standing
from tasks.trained import trained_method, trained_purifier

Compare = Callable[[Opened], Difference]
"""Says where the method of these settings, those of the library with another one in place, would do otherwise."""


def compare_events(here: Opened) -> Compare:
    """Return how events of other methods are compared with those in the store, as albums would be made of them."""
    given = EventInputs(here)
    photos = {photo.id: photo for photo in here.store.photos.all(here.name)}
    published = wanted_albums_of(here, photos)

    def compare(other: Opened) -> Difference:
        events = given.events(other)
        titles = {event.trip: event.trip_title for event in events if event.trip}
        return albums_compared(published, wanted_albums(events, photos, rules_of(other), titles, {}))

    return compare


def compare_people(here: Opened) -> Compare:
    """Return how people by other methods are compared with those in the store: whose the faces would be, by name."""
    extractor = faces_or_skip(here)
    known = standing(here, extractor)
    context, named = context_of(here, known, extractor), known.said.named
    labels = here.store.people.labels(here.name, extractor.name, extractor.version)

    def name(person: str) -> str:
        return known.people[person].name if person in named else ""

    published = [name(labels[face].person) if face in labels else "" for face in known.faces]

    def compare(other: Opened) -> Difference:
        grouping = cluster_faces(trained_method(other), trained_purifier(other), known.table.vectors, context)
        whose = [""] * len(known.faces)
        for label in labelled(known, grouping, extractor, other.config.people).labels:
            whose[label.face] = name(label.person)
        return faces_compared(published, whose)

    return compare
