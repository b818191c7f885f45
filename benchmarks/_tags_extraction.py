"""Photos for the tags benchmark, taken from folders of pictures by VGG16: class folders, or a simulated library."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchmarks._extract_quality import labelled
from plugins.decoding import Decoders
from plugins.features import vgg16, vgg16_map
from plugins.features.pipeline import Wanted, extract

Arrays: TypeAlias = dict[str, NDArray[Any]]

LIBRARY: Final = ("truth.json", "user_state.json")


def from_pictures(folder: Path, most: int | None, seed: int, of_maps: bool) -> Arrays:
    """Return the pictures of <class>/*.jpg as arrays of a file: the class is the tag, each picture its own group.

    Args:
        folder: of the classes.
        most: about so many pictures, whole classes drawn by lot; None for all.
        seed: of the draw.
        of_maps: whether the vectors are whole maps, as float16, or their means.
    """
    files, _ = labelled(folder, most, seed)
    return _read(files, [[path.parent.name] for path in files], np.arange(len(files)), of_maps)


def from_library(folder: Path, of_maps: bool) -> Arrays:
    """Return a simulated library as arrays of a file: tags are those of its user, the group is the event.

    `truth` are the tags that each photo should have, also those that the user did not tag.
    """
    truth, user = (json.loads((folder / name).read_text(encoding="utf-8")) for name in LIBRARY)
    photos, tags = truth["photos"], user["tags"]
    arrays = _read(
        [folder / photo["photo"] for photo in photos],
        [tags.get(photo["photo"], []) for photo in photos],
        np.array([photo["event"] for photo in photos]),
        of_maps,
    )
    taken = [datetime.fromisoformat(photo["taken_local"]).replace(tzinfo=UTC).timestamp() for photo in photos]
    should = np.array(json.dumps([photo["tags"] for photo in photos]))
    return {**arrays, "taken_at": np.array(taken), "truth": should}


def _read(files: Sequence[Path], tags: Sequence[Sequence[str]], group: NDArray[Any], of_maps: bool) -> Arrays:
    """Return arrays of a file for pictures; the content key is that of the file's bytes.

    Raises:
        ValueError: a picture cannot be read.
    """
    extractor = vgg16_map.Plugin() if of_maps else vgg16.Plugin()
    vectors = np.empty((len(files), extractor.dim), dtype=np.float16 if of_maps else np.float32)
    with Decoders() as decoders:
        wanted = (Wanted(str(n), path.absolute, faces=False) for n, path in enumerate(files))
        for made in extract(wanted, decoders, None, extractor):
            if made.vector is None:
                raise ValueError(f"{files[int(made.key)]} cannot be read: {made.failed or made.problems}")
            vectors[int(made.key)] = made.vector
    content = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
    return {"vectors": vectors, "tags": np.array(json.dumps(tags)), "group": group, "content": np.array(content)}
