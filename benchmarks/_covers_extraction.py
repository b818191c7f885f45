"""Albums with chosen covers for the covers benchmark, taken from simulated libraries by the extractors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

import plugins
from benchmarks._covers_arrays import Array, Arrays
from benchmarks._covers_data import small_pictures
from plugins.decoding import Decoders
from plugins.features import FaceExtractor, smile, thumbnail, vgg16
from plugins.features.pipeline import Made, Wanted, extract
from plugins.records import FoundFace

LIBRARY: Final = ("truth.json", "user_state.json")
SIZE_PX: Final = (1280, 960)
"""Of every picture that make_library.py makes."""


def from_libraries(folders: Sequence[Path], embedder: str) -> Arrays:
    """Return libraries of make_library.py as arrays of a file, each one a user.

    Raises:
        ValueError: a picture cannot be read.
    """
    return joined({folder.name: library(folder, features(folder, embedder)) for folder in folders})


def joined(libraries: Mapping[str, Arrays]) -> Arrays:
    """Return the arrays of several users as those of one file."""
    pictures = np.cumsum([0, *(len(one["taken_s"]) for one in libraries.values())])
    albums = np.cumsum([0, *(len(one["chosen"]) for one in libraries.values())])
    moved = {"face_of": pictures, "candidates": pictures, "history": pictures, "album_of": albums}
    whose = [np.full(len(one["taken_s"]), name) for name, one in libraries.items()]
    names = next(iter(libraries.values())).keys()
    parts = {
        name: [one[name] + moved[name][n] if name in moved else one[name] for n, one in enumerate(libraries.values())]
        for name in names
    }
    return {name: np.concatenate(arrays) for name, arrays in (parts | {"user": whose}).items()}


def library(folder: Path, of_pictures: Arrays) -> Arrays:
    """Return a library as arrays of a file: what was taken and chosen, and what is known of its pictures.

    Favourites and the covers of albums are the history, liked when they were taken.

    Args:
        folder: with `truth.json` and `user_state.json`.
        of_pictures: from `features`, in the order of the photos in the truth.
    """
    truth, user = (json.loads((folder / name).read_text(encoding="utf-8")) for name in LIBRARY)
    photos = truth["photos"]
    row = {photo["photo"]: number for number, photo in enumerate(photos)}
    taken = [datetime.fromisoformat(photo["taken_local"]).replace(tzinfo=UTC).timestamp() for photo in photos]
    albums, covers = user["albums"], {album["cover"] for album in user["albums"]}
    liked = sorted(row[name] for name in covers | set(user["favourites"]))
    return {
        "taken_s": np.array(taken),
        "favourite": np.isin(list(row), user["favourites"]),
        "candidates": np.array([row[name] for album in albums for name in album["photos"]], np.int64),
        "album_of": np.repeat(np.arange(len(albums)), [len(album["photos"]) for album in albums]),
        "chosen": np.array([album["photos"].index(album["cover"]) for album in albums], np.int64),
        "category": np.array([photos[row[album["cover"]]]["kind"] for album in albums]),
        "history": np.array(liked, np.int64),
        "history_s": np.array(taken)[liked],
        **of_pictures,
    }


def features(folder: Path, embedder: str) -> Arrays:
    """Return what the extractors find in the pictures of a library, in the order of the photos in its truth.

    Raises:
        ValueError: a picture cannot be read.
    """
    photos = json.loads((folder / LIBRARY[0]).read_text(encoding="utf-8"))["photos"]
    files = [folder / photo["photo"] for photo in photos]
    faces: FaceExtractor = plugins.load("features", embedder)()
    with Decoders() as decoders:
        wanted = (Wanted(str(n), path.absolute) for n, path in enumerate(files))
        made = sorted(
            extract(wanted, decoders, faces, vgg16.Plugin(), further=[thumbnail.Plugin()]), key=lambda one: int(one.key)
        )
    if bad := next((one for one in made if one.vector is None or not one.further), None):
        raise ValueError(f"{files[int(bad.key)]} cannot be read: {bad.failed or bad.problems}")
    return _columns(made)


def _columns(made: Sequence[Made]) -> Arrays:
    found = [cast(tuple[FoundFace, ...], one.faces or ()) for one in made]
    return {
        "scenes": np.array([one.vector for one in made], np.float32),
        "sharpness": np.array([one.sharpness for one in made], np.float32),
        "exposure": np.array([one.exposure for one in made], np.float32),
        "thumbnails": small_pictures(np.array([one.further[thumbnail.Plugin.name] for one in made])),
        **of_faces(
            np.repeat(np.arange(len(made)), [len(of_one) for of_one in found]),
            np.array([face.vector for of_one in found for face in of_one], np.float32),
            np.array([face.box for of_one in found for face in of_one], np.float32).reshape(-1, 4),
            np.array([face.quality for of_one in found for face in of_one], np.float32),
            np.array([face.landmarks for of_one in found for face in of_one], np.float32).reshape(-1, 5, 2),
            len(made),
        ),
    }


def of_faces(face_of: Array, vectors: Array, boxes: Array, quality: Array, landmarks: Array, n: int) -> Arrays:
    """Return the arrays of a file that speak of faces.

    Args:
        face_of: picture of each face, shape (m,).
        vectors: shape (m, f).
        boxes: left, top, right, bottom as shares of the picture, shape (m, 4).
        quality: 0 to 1, shape (m,).
        landmarks: as shares of the picture, shape (m, 5, 2).
        n: pictures.
    """
    share = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    columns: dict[str, Any] = {"face_share": np.zeros(n), "face_quality": np.zeros(n), "smile": np.full(n, np.nan)}
    for name, values in (("face_share", share), ("face_quality", quality)):
        np.maximum.at(columns[name], face_of, values)
    for face in np.argsort(share, kind="stable").tolist():  # the largest has the last word
        columns["smile"][face_of[face]] = smile(landmarks[face] * SIZE_PX)
    return {"faces": vectors.reshape(len(face_of), -1), "face_of": face_of, **columns}
