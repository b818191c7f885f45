"""Faces with whose they are: in the order asked for, nobody's among them, and a mark that changes with any label."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.records import FoundFace
from plugins.store import FaceLabel, Store

BY = ("squares", "1")


def face(vector: tuple[float, ...], width: float = 0.2) -> FoundFace:
    points = ((0.5, 0.5),) * 5
    return FoundFace((0.1, 0.1, 0.1 + width, 0.6), points, 1.0, 100.0, 0.5, 1.0, np.array(vector, np.float32))


@pytest.fixture
def faces(store: Store) -> Store:
    """Put three faces on two pictures: one of Anna's, one of nobody, one that another library knows."""
    store.faces.put(*BY, [("a", [face((1, 0)), face((0, 1), 0.1)]), ("b", [face((0, -1))]), ("none", [])])
    store.people.save_labels("here", *BY, [FaceLabel("a", 0, "anna")])
    store.people.save_labels("there", *BY, [FaceLabel("b", 0, "ben")])
    return store


def test_faces_come_in_the_order_of_the_pictures_asked_for(faces: Store) -> None:
    found = faces.labelled_faces.among("here", ["b", "none", "a", "b"], *BY, dim=2)
    assert found.content_keys == ("b", "a", "a")
    assert found.people == ("", "anna", "")
    assert found.vectors.tolist() == [[0, -1], [1, 0], [0, 1]]
    table = faces.faces.table(["b", "a"], *BY)
    assert found.weight.tolist() == table.weight.tolist()


def test_of_no_picture_there_is_no_face(faces: Store) -> None:
    found = faces.labelled_faces.among("here", ["none"], *BY, dim=2)
    assert (found.content_keys, found.weight.shape, len(found.vectors)) == ((), (0,), 0)


def test_the_mark_changes_when_a_face_becomes_somebody_elses(faces: Store) -> None:
    def mark() -> str:
        return faces.labelled_faces.fingerprint("here", *BY)

    labels = [FaceLabel("a", 0, "anna"), FaceLabel("a", 1, "ben")]
    marks = [mark()]
    for now in (labels, [*reversed(labels)], [FaceLabel("a", 0, "ben"), FaceLabel("a", 1, "anna")], []):
        faces.people.save_labels("here", *BY, now)
        marks.append(mark())
    assert marks[1] == marks[2], "the order of the rows is no news"
    assert len(set(marks)) == 4
