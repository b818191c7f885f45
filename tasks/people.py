"""People: whose the faces are, from the names that the user has given in the gallery."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from plugins.people.naming import match_regions, spread_names
from plugins.records import Person, Photo, Region
from plugins.store import FaceLabel
from tasks.caching import cached_step, digest
from tasks.context import Opened
from tasks.features import faces_or_skip

NAMING_VERSION = "1"


def _regions(here: Opened, photos: Sequence[Photo]) -> dict[str, tuple[Region, ...]]:
    """Return the regions of each photo that has any, by content key."""
    found = ((photo.content_key, tuple(here.gallery.regions(photo))) for photo in photos)
    return {key: regions for key, regions in found if regions}


def _inputs(here: Opened) -> Sequence[object]:
    extractor = faces_or_skip(here)
    photos = here.store.photos.all(here.name)
    keys = [photo.content_key for photo in photos]
    regions = [(key, r.box, r.name) for key, found in _regions(here, photos).items() for r in found]
    missing = here.store.faces.missing(keys, extractor.name, extractor.version)
    versions = (NAMING_VERSION, extractor.name, extractor.version, extractor.threshold)
    return (*versions, digest(keys), digest(missing), digest(regions))


@cached_step(_inputs)
def group_people(here: Opened) -> dict[str, Any]:
    """Give faces the names that the user gave in the gallery, and those that look the same the same name."""
    extractor = faces_or_skip(here)
    photos = here.store.photos.all(here.name)
    table = here.store.faces.table([p.content_key for p in photos], extractor.name, extractor.version)
    regions = _regions(here, photos)
    rows: dict[str, list[int]] = {}
    for row, key in enumerate(table.content_keys):
        rows.setdefault(key, []).append(row)
    said = [""] * len(table)
    for key, found in regions.items():
        faces = rows.get(key, [])
        boxes = [(float(b[0]), float(b[1]), float(b[2]), float(b[3])) for b in table.boxes[faces]]
        for n, name in match_regions(boxes, found).items():
            said[faces[n]] = name
    number = {key: n for n, key in enumerate(rows)}
    photo = np.array([number[key] for key in table.content_keys], dtype=np.int64)
    names = spread_names(table.vectors, photo, said, extractor.threshold)
    labels = [
        FaceLabel(key, int(table.index[row]), names[row], "user" if said[row] else "ours")
        for row, key in enumerate(table.content_keys)
        if names[row]
    ]
    everybody = sorted({r.name for found in regions.values() for r in found if r.name})
    with here.store.transaction():
        here.store.people.save(here.name, [Person(name, name) for name in everybody])
        here.store.people.save_labels(here.name, extractor.name, extractor.version, labels)
    return {"faces": len(table), "people": len(everybody), "named_by_user": sum(map(bool, said)), "named": len(labels)}
