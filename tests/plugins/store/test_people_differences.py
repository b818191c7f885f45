"""What is known of faces is written where it differs alone, and its fingerprint tells when it does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
import sqlalchemy as sa
from fakes.tiny import photo

from plugins.half_vectors import HalfVectors
from plugins.records import FoundFace, Person
from plugins.store import FaceLabel, GroupedFace, Store, vectors

OF = ("lib", "net", "1")
GROUPS = [GroupedFace("a", 0, 0, 0.5, "7"), GroupedFace("a", 1, 1), GroupedFace("b", 0, 1)]
LABELS = [FaceLabel("a", 0, "ann"), FaceLabel("a", 1, "ben", "user"), FaceLabel("b", 0, "ann", "ours", 0.25)]
FACE = FoundFace((0.1, 0.2, 0.3, 0.4), ((0.1, 0.2),) * 5, 0.99, 100.0, 0.9, 0.9, np.array([0.6, 0.8], np.float32))


@contextmanager
def rows_written(store: Store) -> Iterator[list[int]]:
    """Lend the numbers of rows of the statements that write."""
    written: list[int] = []

    def note(_connection, _cursor, statement, parameters, _context, executemany):
        if statement.split()[0] in {"INSERT", "UPDATE", "DELETE"}:
            written.append(len(parameters) if executemany else _cursor.rowcount)

    engine = store.photos._database.engine
    sa.event.listen(engine, "after_cursor_execute", note)
    yield written
    sa.event.remove(engine, "after_cursor_execute", note)


@pytest.mark.parametrize(
    ("then", "rows"),
    [
        pytest.param([0, 1, 2], 0, id="the same again writes nothing"),
        pytest.param([0, 2], 1, id="one is gone"),
        pytest.param([], 3, id="all are gone"),
    ],
)
def test_faces_that_stay_are_not_written_again(store: Store, then: list[int], rows: int) -> None:
    store.groups.save(*OF, GROUPS)
    store.people.save_labels(*OF, LABELS)
    with rows_written(store) as written:
        store.groups.save(*OF, iter([GROUPS[n] for n in then]))
        store.people.save_labels(*OF, iter([LABELS[n] for n in then]))
    assert sum(written) == 2 * rows
    assert [*store.groups.all(*OF).values()] == [GROUPS[n] for n in then]
    assert [*store.people.labels(*OF).values()] == [LABELS[n] for n in then]


def test_faces_that_change_are_written_alone(store: Store) -> None:
    store.groups.save(*OF, GROUPS)
    store.people.save_labels(*OF, LABELS)
    store.people.save_labels("other", *OF[1:], LABELS)
    regrouped, moved = replace(GROUPS[2], group=5), replace(LABELS[2], person="ben")
    with rows_written(store) as written:
        store.groups.save(*OF, [*GROUPS[:2], regrouped])
        store.people.save_labels(*OF, [*LABELS[:2], moved])
    assert sum(written) == 2
    assert store.groups.all(*OF)["b", 0] == regrouped
    assert store.people.labels(*OF)["b", 0] == moved
    assert store.people.labels("other", *OF[1:])["b", 0] == LABELS[2]


def test_people_who_stay_are_not_written_again(store: Store) -> None:
    people = [Person("2", "Ben"), Person("1", "Ann", True)]
    store.people.save("lib", people)
    with rows_written(store) as written:
        store.people.save("lib", people)
    assert written == []
    store.people.save("lib", people[:1])
    assert store.people.all("lib") == people[:1]


def test_the_fingerprint_of_faces_changes_with_pictures_and_with_what_is_found_in_them(store: Store) -> None:
    store.photos.replace("lib", [photo(0), photo(1)])
    seen = [store.faces.fingerprint(*OF, 2)]
    store.faces.put("net", "1", [("key0", [FACE])])
    seen.append(store.faces.fingerprint(*OF, 2))
    store.faces.put("net", "1", [("key1", [])])
    seen.append(store.faces.fingerprint(*OF, 2))
    store.photos.update("lib", [photo(1, content_key="key7")])
    seen.append(store.faces.fingerprint(*OF, 2))
    assert len(set(seen)) == 4
    store.photos.update("lib", [photo(1, content_key="key7", rating=5)])
    store.faces.put("net", "2", [("key0", [])])
    assert store.faces.fingerprint(*OF, 2) == seen[-1]


def test_very_many_vectors_stay_in_half_precision(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.faces.put("net", "1", [("a", [FACE, FACE]), ("b", [FACE])])
    whole = store.faces.table(("b", "a", "b"), "net", "1")
    monkeypatch.setattr(vectors, "WHOLE_UP_TO", 2)
    half = store.faces.table(("b", "a", "b"), "net", "1")
    assert isinstance(half.vectors, HalfVectors)
    assert np.allclose(half.vectors[:], whole.vectors, atol=1e-6)
    assert half.content_keys == whole.content_keys == ("b", "a", "a")
    assert half.landmarks.shape == (3, 5, 2)
    known, some = store.parts.face_vectors("net", "1", {("b", 0), ("a", 1), ("a", 0), ("a", 9)}, 2)
    assert isinstance(some, HalfVectors)
    assert np.allclose(some[:], whole.vectors, atol=1e-6)
    assert known == [("a", 0), ("a", 1), ("b", 0)]
