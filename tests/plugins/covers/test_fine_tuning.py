"""What a library's own covers teach: kept only if it helps albums that it has not seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from plugins.covers import Album, Chosen, Pictures, Ranking
from plugins.covers.fine_tuning import Lesson, fine_tune, folds

PLACES, SIZE, ALBUMS = 4, 4, 20
"""What a picture may show, how many an album has, and how many albums there are."""


def pictures_of(n_albums: int) -> Pictures:
    """Return albums one after the other, each with one picture of each place, in an order of its own."""
    draw = np.random.default_rng(1)
    shows = np.concatenate([draw.permutation(PLACES) for _ in range(n_albums)])
    scenes = np.eye(PLACES, dtype=np.float32)[shows]
    return Pictures.of([f"{n:04}" for n in range(len(shows))], np.arange(len(shows), dtype=np.float64), scenes=scenes)


class Place:
    """Takes the picture that shows the place which the head names, or by its history the place liked most often."""

    name = "place"
    version = "1"

    def __init__(self, head: bytes | None, personal: float) -> None:
        self.head, self.personal = head, personal

    def rank(self, pictures: Pictures, albums: Sequence[Album]) -> list[Ranking]:
        """Give what is wanted half of the probability."""
        return [self._ranking(pictures.scenes, album) for album in albums]

    def _ranking(self, scenes: np.ndarray[tuple[int, int], np.dtype[np.float32]], album: Album) -> Ranking:
        scores = np.ones(len(album.candidates), np.float32)
        if self.head is not None:
            scores += 3 * scenes[album.candidates, self.head[0]]
        if len(album.history):
            scores += 4 * self.personal * scenes[album.candidates] @ scenes[album.history].mean(axis=0)
        return Ranking(scores / scores.sum())


def most_chosen(pictures: Pictures, samples: Sequence[Chosen]) -> bytes:
    """Return the place that most covers show."""
    covers = [one.album.candidates[one.cover] for one in samples]
    return bytes([int(pictures.scenes[covers].sum(axis=0).argmax())])


def never_chosen(pictures: Pictures, samples: Sequence[Chosen]) -> bytes:
    """Return a place that few covers show."""
    return bytes([(most_chosen(pictures, samples)[0] + 1) % PLACES])


def samples_by(wanted: Callable[[int], int], n: int = ALBUMS, weight: float = 1.0) -> tuple[Pictures, list[Chosen]]:
    """Return albums of which the user chose the picture of the place that is wanted there."""
    pictures = pictures_of(n)
    samples = []
    for at in range(n):
        rows = np.arange(at * SIZE, (at + 1) * SIZE)
        cover = int(np.flatnonzero(pictures.scenes[rows, wanted(at)])[0])
        history = np.array([one.album.candidates[one.cover] for one in samples], np.int64)
        samples.append(Chosen(Album(rows, history), cover, weight))
    return pictures, samples


def test_covers_of_one_taste_teach_it() -> None:
    pictures, samples = samples_by(lambda _: 2)
    lesson = fine_tune(Place, most_chosen, pictures, samples, 100)
    assert (lesson.head, lesson.reason, lesson.personal) == (bytes([2]), "", True)
    assert lesson.before is not None
    assert lesson.after is not None
    assert lesson.after.mean_log_p > lesson.before.mean_log_p
    told = lesson.told()
    assert (told["signals"], told["chosen"], told["hints"], told["accepted"]) == (100, ALBUMS, 0, True)


def test_favourites_alone_teach_too() -> None:
    lesson = fine_tune(Place, most_chosen, *samples_by(lambda _: 2, weight=0.3), 100)
    assert (lesson.head, lesson.n_chosen, lesson.n_hints) == (bytes([2]), 0, ALBUMS)


@pytest.mark.parametrize(
    ("n_samples", "n_signals", "reason"),
    [
        pytest.param(ALBUMS, 0, "so far 0", id="no signals"),
        pytest.param(ALBUMS, 29, "from 30 photos on", id="one too few"),
        pytest.param(4, 100, "Albumen can measure", id="hardly any album"),
        pytest.param(9, 100, "it takes 10 albums or events", id="too few albums for folds"),
    ],
)
def test_too_little_trains_nothing(n_samples: int, n_signals: int, reason: str) -> None:
    pictures, samples = samples_by(lambda _: 2, n_samples)

    def never(_pictures: Pictures, _samples: Sequence[Chosen]) -> bytes:
        raise AssertionError("nothing is to be trained")

    lesson = fine_tune(Place, never, pictures, samples, n_signals)
    assert (lesson.head, lesson.before) == (None, None)
    assert reason in lesson.reason


def test_a_head_that_does_not_help_albums_left_out_is_not_kept() -> None:
    lesson = fine_tune(Place, never_chosen, *samples_by(lambda _: 2), 100)
    assert lesson.head is None
    assert lesson.before is not None  # which already goes by what the user likes
    assert lesson.before.top_1 > 0.9
    assert lesson.reason.startswith("in 20 albums with a known cover this one ")


def test_taste_that_does_not_help_is_left_out_of_a_head_that_does() -> None:
    pictures, samples = samples_by(lambda _: 2)
    other = np.flatnonzero(pictures.scenes[:, 0])[:1]  # what was liked before is another place
    misled = [replace(one, album=replace(one.album, history=other)) for one in samples]
    lesson = fine_tune(Place, most_chosen, pictures, misled, 100)
    assert (lesson.head, lesson.personal) == (bytes([2]), False)


def test_no_album_is_foretold_by_what_shares_a_photo_with_it() -> None:
    pictures, samples = samples_by(lambda at: at % PLACES)
    twins = [*samples, *samples]  # each album is also an event
    trained_on: list[set[int]] = []
    asked: list[set[int]] = []

    class Asked(Place):
        def rank(self, pictures: Pictures, albums: Sequence[Album]) -> list[Ranking]:
            if self.head is not None:
                asked.append({int(row) for album in albums for row in album.candidates})
            return super().rank(pictures, albums)

    def fit(pictures: Pictures, samples: Sequence[Chosen]) -> bytes:
        trained_on.append({int(row) for one in samples for row in one.album.candidates})
        return most_chosen(pictures, samples)

    fine_tune(Asked, fit, pictures, twins, 100)
    assert len(asked) == 2 * len(trained_on[:5]) == 10
    assert all(not (asked[2 * n] | asked[2 * n + 1]) & trained_on[n] for n in range(5))


def test_albums_that_all_share_a_photo_leave_the_shipped_head() -> None:
    pictures, samples = samples_by(lambda _: 2)
    best_of = [replace(one, album=replace(one.album, candidates=np.append(one.album.candidates, 0))) for one in samples]
    lesson = fine_tune(Place, most_chosen, pictures, best_of, 100)
    assert lesson.head is None


def test_folds_hold_every_sample_once() -> None:
    dealt = folds(23, seed=0)
    assert sorted(np.concatenate(dealt)) == list(range(23))
    assert {len(fold) for fold in dealt} == {4, 5}


def test_the_version_changes_with_what_was_learned() -> None:
    versions = {Lesson(1, 1, 1, head=head, personal=on).version for head in (b"1", b"2") for on in (False, True)}
    assert len(versions) == 4
