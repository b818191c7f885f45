"""The photo that is most like what the user liked as the cover."""

import numpy as np
import pytest

from plugins.covers import Album, Pictures
from plugins.covers.history_cosine import Plugin
from plugins.covers.sharpest_face import Plugin as SharpestFace

SEA, WOOD, TOWN, UNKNOWN = [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]
ANNA, BERT = [1.0, 0.0], [0.0, 1.0]


def ranked(scenes, history, faces=None, **more):
    """Rank all pictures but those of the history."""
    of = [row for row, face in enumerate(faces or []) if face]
    vectors = np.array([faces[row] for row in of], np.float32).reshape(len(of), 2)
    known = {"scenes": np.array(scenes, np.float32), "faces": vectors, "face_of": np.array(of, np.int64), **more}
    pictures = Pictures.of([str(n) for n in range(len(scenes))], np.arange(float(len(scenes))), **known)
    rest = np.setdiff1d(np.arange(len(scenes)), history)
    return Plugin().rank(pictures, [Album(rest, np.array(history, np.int64))])[0], pictures, rest


@pytest.mark.parametrize(
    ("scenes", "faces", "cover"),
    [
        pytest.param([WOOD, WOOD, SEA, SEA], None, 2, id="the scene that is liked"),
        pytest.param([TOWN, TOWN, TOWN, SEA], None, 0, id="none is liked: the earlier"),
        pytest.param([WOOD, UNKNOWN, SEA, SEA], None, 2, id="the liked one beside an unknown one"),
        pytest.param([WOOD, WOOD, WOOD, SEA], [BERT, ANNA, None, ANNA], 1, id="the person that is liked"),
        pytest.param([UNKNOWN] * 4, [BERT, None, ANNA, ANNA], 2, id="nothing known of scenes"),
    ],
)
def test_the_cover(scenes, faces, cover):
    """The last picture is the history."""
    ranking, _, rest = ranked(scenes, [len(scenes) - 1], faces)
    assert rest[ranking.best] == cover


def test_what_is_usual_counts_nothing():
    """Two numbers that all vectors share would drown the rest."""
    usual = np.array([[9, 9, *scene] for scene in (WOOD, TOWN, SEA, SEA)], np.float32)
    usual /= np.linalg.norm(usual, axis=1, keepdims=True)
    ranking, _, _ = ranked(usual, [3])
    assert ranking.best == 2
    assert ranking.scores[2] == pytest.approx(1)
    assert ranking.scores[0] < 0


def test_several_faces_of_a_photo_count_together():
    known = {"faces": np.array([ANNA, BERT, ANNA, BERT], np.float32), "face_of": np.array([0, 1, 2, 2])}
    pictures = Pictures.of(list("abc"), np.arange(3.0), **known)
    (ranking,) = Plugin(centred=False).rank(pictures, [Album(np.array([0, 1]), np.array([2]))])
    assert ranking.scores == pytest.approx([np.sqrt(0.5)] * 2)


@pytest.mark.parametrize(
    ("scenes", "history"),
    [
        pytest.param([SEA, WOOD, TOWN], [], id="no history"),
        pytest.param([SEA, WOOD, UNKNOWN], [2], id="nothing known of it"),
        pytest.param([UNKNOWN] * 3, [2], id="nothing known at all"),
    ],
)
def test_without_a_history_the_sharpest_face_decides(scenes, history):
    sharpness = np.array([0.2, 0.9, 0.5], np.float32)
    ranking, pictures, rest = ranked(scenes, history, sharpness=sharpness)
    (other,) = SharpestFace().rank(pictures, [Album(rest)])
    assert ranking.scores.tolist() == other.scores.tolist()
    assert ranking.best == 1


def test_no_video_beside_stills():
    ranking, _, _ = ranked([SEA, WOOD, SEA], [2], video=np.array([True, False, False]))
    assert ranking.best == 1
