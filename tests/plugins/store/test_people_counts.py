"""Faces in a library: what its photos show, each content once."""

from __future__ import annotations

import numpy as np
from fakes.tiny import photo

from plugins.records import FoundFace
from plugins.store import Store

FACE = FoundFace((0.1, 0.2, 0.3, 0.4), ((0.1, 0.2),) * 5, 0.99, 100.0, 0.9, 0.9, np.ones(2, np.float32))


def test_faces_of_one_library_and_one_version_are_counted(store: Store) -> None:
    store.photos.replace("a", [photo(0), photo(1), photo(2, content_key="key1")])
    store.photos.replace("b", [photo(1)])
    store.faces.put("net", "1", [("key0", [FACE]), ("key1", [FACE] * 3), ("key7", [FACE] * 9)])
    store.faces.put("net", "2", [("key0", [])])
    counts = [
        store.faces.in_library(*of)
        for of in (("a", "net", "1"), ("b", "net", "1"), ("a", "net", "2"), ("c", "net", "1"))
    ]
    assert counts == [4, 3, 0, 0]
