"""Users with albums of known covers, for the covers benchmark: made of arrays, with what had been liked before each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from benchmarks._covers_arrays import Array, checked
from plugins.covers import Album, Category, Chosen, IntArray, Pictures, Ranking
from plugins.covers.candidates import preset
from plugins.features.thumbnail import pixels_of

COLUMNS: Final = (
    *("sharpness", "exposure", "n_faces", "face_share", "face_quality", "smile"),
    *("favourite", "rating", "video"),
)


@dataclass(frozen=True, slots=True)
class Rules:
    """What methods are told.

    Args:
        all_history: whether also what was liked later, or was a favourite before the album was there, is history.
        blind: whether favourites and ratings of an album's own photos are hidden.
        signals: only so many liked pictures, the latest, and only albums that have as many; None for all.
    """

    all_history: bool = False
    blind: bool = False
    signals: int | None = None

    def told(self, chosen: Chosen) -> Chosen | None:
        """Return an album as methods are to see it; None where it has fewer signals than are asked for."""
        history = chosen.album.history
        if self.signals is not None:
            if len(history) < self.signals:
                return None
            history = history[len(history) - self.signals :]
        return replace(chosen, album=replace(chosen.album, history=history, blind=self.blind))


@dataclass(frozen=True, slots=True, eq=False)
class User:
    """One user.

    Args:
        name: of the user, or the library.
        pictures: all of the user's.
        chosen: albums with their covers, and with the history that the rules give them.
        n_liked: how many pictures the user likes in all: what a library would count as signals.
        places: of each album, where its candidates are among those of the file.
        thumbnails: the pictures, small, shape (n, 64, 64, 3); None where there are none.
    """

    name: str
    pictures: Pictures
    chosen: tuple[Chosen, ...]
    n_liked: int
    places: tuple[IntArray, ...]
    thumbnails: NDArray[np.uint8] | None = None

    def told(self, rules: Rules) -> User:
        """Return the user with those albums that the rules leave, told as they say."""
        seen = [
            (found, place) for one, place in zip(self.chosen, self.places, strict=True) if (found := rules.told(one))
        ]
        most = self.n_liked if rules.signals is None else min(rules.signals, self.n_liked)
        chosen, places = tuple(one for one, _ in seen), tuple(place for _, place in seen)
        return replace(self, chosen=chosen, places=places, n_liked=most)

    def by_preset(self) -> tuple[User, list[IntArray]]:
        """Return the user with those candidates that the preset rule leaves, and where they are among all.

        A cover that the rule leaves out is candidate -1.
        """
        rows = [preset(self.pictures, one.album.candidates).rows for one in self.chosen]
        left = [np.searchsorted(one.album.candidates, of_one) for one, of_one in zip(self.chosen, rows, strict=True)]
        chosen = tuple(_only(one, at) for one, at in zip(self.chosen, left, strict=True))
        return replace(self, chosen=chosen), left


def _only(chosen: Chosen, at: IntArray) -> Chosen:
    """Return an album with these candidates alone."""
    place = np.flatnonzero(at == chosen.cover)
    album = replace(chosen.album, candidates=chosen.album.candidates[at])
    return replace(chosen, album=album, cover=int(place[0]) if len(place) else -1)


def among_all(ranking: Ranking, at: IntArray, n: int) -> Ranking:
    """Return a ranking of n candidates of which only those at these places were ranked: the others come last."""
    scores = np.full(n, -np.inf, np.float32)
    scores[at] = ranking.scores
    return Ranking(scores)


def users_of(given: Mapping[str, Array], all_history: bool = False) -> list[User]:
    """Return the users of whom arrays as in a file speak, those with albums, in the order of their numbers or names.

    Candidates are put in order of time; of equal times the one with the lower row is first.

    Args:
        given: arrays, see `benchmarks.covers`.
        all_history: see `Rules`.

    Raises:
        ValueError: as of `benchmarks._covers_arrays.checked`, or the photos of an album are of several users.
    """
    arrays = checked(given)
    owner = _owners(arrays)
    names = np.unique(given["user"]) if "user" in given else np.array(["all"])
    return [
        _user(str(names[number]), arrays, number, np.flatnonzero(owner == number), all_history)
        for number in np.unique(owner).tolist()
    ]


def _owners(arrays: Mapping[str, Array]) -> IntArray:
    """Return the user of each album.

    Raises:
        ValueError: an album has several.
    """
    of_each, albums = arrays["user"][arrays["candidates"]], arrays["album_of"]
    owner = np.zeros(len(arrays["chosen"]), np.int64)
    owner[albums] = of_each
    if len(bad := np.flatnonzero(owner[albums] != of_each)):
        raise ValueError(f"user: the candidates of album {albums[bad[0]]} are of several: an album has one user")
    return owner


def _user(name: str, arrays: Mapping[str, Array], number: int, albums: IntArray, all_history: bool) -> User:
    mine = np.flatnonzero(arrays["user"] == number)
    place = np.full(len(arrays["user"]), -1, np.int64)
    place[mine] = np.arange(len(mine))
    liked = arrays["user"][arrays["history"]] == number
    history = place[arrays["history"][liked]], arrays["history_s"][liked]
    pictures = _pictures(arrays, mine, place)
    found = [_chosen(arrays, album, place, pictures.taken_s, history, all_history) for album in albums.tolist()]
    chosen, places = tuple(one for one, _ in found), tuple(where for _, where in found)
    small = arrays["thumbnails"][mine] if "thumbnails" in arrays else None
    return User(name, pictures, chosen, len(np.unique(history[0])), places, small)


def _pictures(arrays: Mapping[str, Array], mine: IntArray, place: IntArray) -> Pictures:
    face_of = place[arrays["face_of"]]
    known: dict[str, Any] = {name: arrays[name][mine] for name in ("scenes", *COLUMNS)}
    known |= {"faces": arrays["faces"][face_of >= 0], "face_of": face_of[face_of >= 0]}
    return Pictures.of([str(row) for row in mine.tolist()], arrays["taken_s"][mine], **known)


def _chosen(
    arrays: Mapping[str, Array],
    album: int,
    place: IntArray,
    taken_s: Array,
    liked: tuple[IntArray, Array],
    all_history: bool,
) -> tuple[Chosen, IntArray]:
    """Return an album with its cover, and where its candidates are among those of the file."""
    where = np.flatnonzero(arrays["album_of"] == album)
    given = place[arrays["candidates"][where]]
    order = np.lexsort((given, taken_s[given]))
    candidates = given[order]
    history = _history(candidates, float(taken_s[candidates[0]]), liked, all_history)
    cover = int(np.flatnonzero(order == arrays["chosen"][album])[0])
    category = cast(Category, str(arrays["category"][album]))
    return Chosen(Album(candidates, history, category), cover), where[order]


def _history(candidates: IntArray, began_s: float, liked: tuple[IntArray, Array], all_history: bool) -> IntArray:
    """Return what was liked before an album began, none of it, the longest ago first, each once."""
    rows, liked_s = liked
    use = ~np.isin(rows, candidates) & (all_history | (liked_s < began_s))
    ordered = rows[use][np.lexsort((rows[use], liked_s[use]))]
    return np.array(list(dict.fromkeys(ordered.tolist())), np.int64)


def small_pictures(vectors: Array) -> NDArray[np.uint8]:
    """Return what the extractor `thumbnail` made as pictures, shape (n, 64, 64, 3)."""
    return np.rint(255 * pixels_of(vectors)).astype(np.uint8)
