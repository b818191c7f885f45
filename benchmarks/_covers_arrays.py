"""The arrays of a file for the covers benchmark, checked one by one: what is wrong is told with its name and mend."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from plugins.covers import CATEGORIES, Floats, IntArray, Seconds
from plugins.features.thumbnail import SIDE_PX

Array: TypeAlias = NDArray[Any]
Arrays: TypeAlias = dict[str, Array]

NEEDED: Final = ("taken_s", "scenes", "candidates", "album_of", "chosen")
SHARES: Final = ("sharpness", "exposure", "face_share", "face_quality", "smile")
FLAGS: Final = ("favourite", "video")
PAIRS: Final = (("faces", "face_of"), ("history", "history_s"))
OPTIONAL: Final = (*SHARES, *FLAGS, "n_faces", "rating", "user", "category", "thumbnails", *PAIRS[0], *PAIRS[1])
KNOWN: Final = (*NEEDED, *OPTIONAL)


def read(path: Path) -> tuple[Arrays, list[str]]:
    """Return the arrays of a file as they are, and the names of those that nobody asks for.

    Raises:
        ValueError: it is no npz file, a needed array is missing, or one cannot be read without running what is in it.
    """
    file = np.load(path, allow_pickle=False)
    if not isinstance(file, np.lib.npyio.NpzFile):
        raise ValueError("it holds one array and not those by name of an npz file: write it with np.savez")
    with file:
        if missing := [name for name in NEEDED if name not in file]:
            raise ValueError(f"no array {' or '.join(missing)} in it, but {', '.join(sorted(file)) or 'none'}")
        return {name: _array(file, name) for name in KNOWN if name in file}, sorted(set(file) - set(KNOWN))


def checked(arrays: Mapping[str, Array]) -> Arrays:
    """Return arrays of a file in the types that methods take; what is not given is unknown, and thumbnails not there.

    Vectors have length 1 then, `user` is numbers, `n_faces` counted from `face_of` where it is not given.

    Raises:
        ValueError: an array is missing, is not what it must be, or does not fit to the others; it says which and why.
    """
    for pair in PAIRS:
        if len(given := [name for name in pair if name in arrays]) == 1:
            raise ValueError(f"{given[0]} needs {pair[pair[0] == given[0]]} beside it: give both or none")
    n = len(seconds(arrays["taken_s"], "taken_s"))
    return {**_of_pictures(arrays, n), **_of_albums(arrays, n), **_of_history(arrays, n)}


def _of_pictures(arrays: Mapping[str, Array], n: int) -> Arrays:
    """Return the columns of n pictures."""
    faces = vectors(arrays.get("faces", np.zeros((0, 0))), "faces")
    face_of = rows(arrays.get("face_of", np.zeros(0, np.int64)), "face_of", n)
    if len(faces) != len(face_of):
        raise ValueError(f"face_of has {len(face_of)} numbers and faces {len(faces)} vectors: give each face its row")
    unknown = np.full(n, np.nan)
    counted = np.bincount(face_of, minlength=n) if "faces" in arrays else unknown
    return {
        "taken_s": seconds(arrays["taken_s"], "taken_s"),
        "scenes": of_length(vectors(arrays["scenes"], "scenes"), "scenes", n),
        "faces": faces,
        "face_of": face_of,
        **{name: between(arrays.get(name, unknown), name, n, 0, 1) for name in SHARES},
        "n_faces": between(arrays.get("n_faces", counted), "n_faces", n, 0, np.inf),
        **{name: between(arrays.get(name, np.zeros(n)), name, n, 0, 1) == 1 for name in FLAGS},
        "rating": _stars(arrays.get("rating", np.zeros(n, np.int64)), n),
        "user": _numbered(arrays.get("user", np.zeros(n)), n),
        **({"thumbnails": _thumbnails(arrays["thumbnails"], n)} if "thumbnails" in arrays else {}),
    }


def _of_albums(arrays: Mapping[str, Array], n: int) -> Arrays:
    """Return the albums as `candidates` and `album_of`, which need not be sorted, and `chosen` and `category`."""
    candidates = rows(arrays["candidates"], "candidates", n)
    chosen = whole(arrays["chosen"], "chosen")
    album_of = of_length(rows(arrays["album_of"], "album_of", len(chosen)), "album_of", len(candidates), "candidates")
    size = np.bincount(album_of, minlength=len(chosen))
    if not len(chosen):
        raise ValueError("chosen is empty: there is no album with a known cover")
    if len(empty := np.flatnonzero(size == 0)):
        raise ValueError(f"album_of never names album {empty[0]}: each of the {len(chosen)} in chosen needs candidates")
    if len(bad := np.flatnonzero((chosen < 0) | (chosen >= size))):
        raise ValueError(
            f"chosen of album {bad[0]} is {chosen[bad[0]]}, and it has {size[bad[0]]} candidates: "
            "it counts those of its album from 0, and is no row"
        )
    if len(np.unique(np.stack([album_of, candidates]), axis=1)[0]) < len(candidates):
        raise ValueError("candidates names a row twice in one album: name each once")
    return {"candidates": candidates, "album_of": album_of, "chosen": chosen, "category": _words(arrays, len(chosen))}


def _of_history(arrays: Mapping[str, Array], n: int) -> Arrays:
    history = rows(arrays.get("history", np.zeros(0, np.int64)), "history", n)
    liked_s = seconds(arrays.get("history_s", np.zeros(0)), "history_s")
    return {"history": history, "history_s": of_length(liked_s, "history_s", len(history), "rows in history")}


def vectors(array: Array, name: str) -> Floats:
    """Return vectors, shape (n, d), with length 1, float32; zeros stay so.

    Raises:
        ValueError: they are none.
    """
    if array.ndim != 2 or array.dtype.kind not in "fiu":
        raise ValueError(f"{name} {array.shape} of {array.dtype} must be numbers, one vector a row: (n, d)")
    wide = np.asarray(array, np.float32)
    if len(bad := np.flatnonzero(~np.isfinite(wide).all(axis=1))):
        raise ValueError(f"{name}: vector {bad[0]} has numbers that are not finite: write zeros for an unknown one")
    length = np.linalg.norm(wide, axis=1, keepdims=True)
    return np.divide(wide, length, out=np.zeros_like(wide), where=length > 0)


def seconds(array: Array, name: str) -> Seconds:
    """Return times, shape (any,).

    Raises:
        ValueError: they are none.
    """
    if array.ndim != 1 or array.dtype.kind not in "fiu" or not np.isfinite(array).all():
        raise ValueError(f"{name} {array.shape} of {array.dtype} must be finite seconds since 1970 UTC, one each")
    return array.astype(np.float64)


def whole(array: Array, name: str) -> IntArray:
    """Return whole numbers, shape (any,).

    Raises:
        ValueError: they are none.
    """
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise ValueError(f"{name} {array.shape} of {array.dtype} must be whole numbers in one row")
    return array.astype(np.int64)


def rows(array: Array, name: str, n: int) -> IntArray:
    """Return numbers from 0 to n-1, shape (any,).

    Raises:
        ValueError: they are none.
    """
    found = whole(array, name)
    if len(bad := np.flatnonzero((found < 0) | (found >= n))):
        raise ValueError(f"{name} has {found[bad[0]]} at place {bad[0]}: it must be 0 to {n - 1}")
    return found


def between(array: Array, name: str, n: int, least: float, most: float) -> Floats:
    """Return numbers in a range, or NaN for unknown, shape (n,).

    Raises:
        ValueError: they are none.
    """
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{name} of {array.dtype} must be numbers {least} to {most}, NaN where nobody knows")
    found = of_length(array, name, n).astype(np.float32)
    if len(bad := np.flatnonzero((found < least) | (found > most))):
        raise ValueError(f"{name} has {found[bad[0]]:g} at place {bad[0]}: scale it to {least} to {most}")
    return found


def of_length(array: Array, name: str, n: int, of: str = "pictures in taken_s") -> Array:
    """Return an array as it is.

    Raises:
        ValueError: it has not one entry each of n.
    """
    if len(array.shape) == 0 or len(array) != n or (array.ndim > 1 and array.dtype.kind not in "fiu"):
        raise ValueError(f"{name} {array.shape} must have {n} entries, as there are {n} {of}")
    return array


def _stars(array: Array, n: int) -> IntArray:
    found = of_length(whole(array, "rating"), "rating", n)
    if len(bad := np.flatnonzero((found < -1) | (found > 5))):
        raise ValueError(f"rating has {found[bad[0]]} at place {bad[0]}: stars are 1 to 5, 0 for none, -1 for rejected")
    return found


def _thumbnails(array: Array, n: int) -> Array:
    if array.shape != (n, SIDE_PX, SIDE_PX, 3) or array.dtype != np.uint8:
        wanted = f"({n}, {SIDE_PX}, {SIDE_PX}, 3) of uint8"
        raise ValueError(f"thumbnails {array.shape} of {array.dtype} must be {wanted}: whole pictures, small, RGB")
    return array


def _numbered(array: Array, n: int) -> IntArray:
    """Return numbers for numbers or names of any kind, in their order."""
    if array.ndim != 1:
        raise ValueError(f"user {array.shape} must be one number or name for each picture")
    return np.unique(of_length(array, "user", n), return_inverse=True)[1].astype(np.int64)


def _words(arrays: Mapping[str, Array], n: int) -> Array:
    array = arrays.get("category", np.full(n, "outing"))
    if array.ndim != 1 or array.dtype.kind != "U":
        raise ValueError(f"category {array.shape} of {array.dtype} must be words: {', '.join(CATEGORIES)}")
    if bad := sorted(set(of_length(array, "category", n, "albums in chosen").tolist()) - set(CATEGORIES)):
        raise ValueError(f"category has {bad[0]!r}: choose from {', '.join(CATEGORIES)}")
    return array


def _array(file: Any, name: str) -> Array:
    try:
        return np.asarray(file[name])
    except ValueError as error:
        raise ValueError(f"{name} cannot be read: {error}") from error
