"""Faces by MTCNN and dlib: what is found, in which order, and what never breaks a batch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from facenet_pytorch import MTCNN
from PIL import Image

from plugins.features import ExtractionFailed, dlib_face
from plugins.features._mtcnn import Detector


class Unreadable(Image.Image):
    """A picture whose pixels cannot be read any more."""

    def convert(self, *args: object, **settings: object) -> Image.Image:
        raise OSError("image file is truncated")


@pytest.fixture(scope="module")
def detector(dlib_faces: dlib_face.Plugin) -> Detector:
    """Lend the extractor's own detector."""
    return dlib_faces._detector


def group(*faces: tuple[Image.Image, int, tuple[int, int]]) -> Image.Image:
    """Put square face pictures of given sizes at given places of one picture of 900 × 600 px."""
    image = Image.new("RGB", (900, 600), (90, 110, 140))
    for face, size, place in faces:
        image.paste(face.resize((size, size), Image.Resampling.LANCZOS), place)
    return image


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(Image.new("RGB", (1, 1)), id="one pixel"),
        pytest.param(Image.new("RGB", (19, 400)), id="narrower than the smallest face"),
        pytest.param(Image.new("RGB", (9_000, 3), "white"), id="a line"),
        pytest.param(Image.new("RGB", (300, 200), (128, 128, 128)), id="one grey"),
        pytest.param(Image.effect_noise((320, 240), 90).convert("RGB"), id="noise"),
        pytest.param(Image.new("RGBA", (64, 64), (0, 0, 0, 0)), id="transparent"),
        pytest.param(Image.new("1", (64, 64)), id="one bit"),
    ],
)
def test_pictures_without_faces_give_an_empty_tuple(dlib_faces: dlib_face.Plugin, image: Image.Image) -> None:
    assert dlib_faces.extract([image]) == [()]


def test_a_face_is_found_where_it_is(dlib_faces: dlib_face.Plugin, face: Image.Image) -> None:
    ((found,),) = dlib_faces.extract([face])
    left, top, right, bottom = found.box
    assert (left, right) == (pytest.approx(0.33, abs=0.08), pytest.approx(0.67, abs=0.08))
    assert (top, bottom) == (pytest.approx(0.29, abs=0.1), pytest.approx(0.75, abs=0.1))
    assert found.landmarks[:2] == (pytest.approx((0.43, 0.47), abs=0.02), pytest.approx((0.57, 0.47), abs=0.02))
    assert found.landmarks[3][0] < found.landmarks[2][0] < found.landmarks[4][0]
    assert found.score > 0.9
    assert 0 < found.weight < found.sharpness <= 1
    assert 0 < found.quality <= 1
    assert found.vector.shape == (dlib_faces.dim,) == (128,)
    assert found.vector.dtype == np.float32
    assert np.linalg.norm(found.vector) == pytest.approx(1, abs=1e-5)


def test_faces_come_largest_first_in_pictures_of_different_sizes(
    dlib_faces: dlib_face.Plugin, face: Image.Image
) -> None:
    small_left = group((face, 200, (50, 300)), (face, 400, (450, 100)))
    none, two, one = dlib_faces.extract([Image.new("RGB", (50, 80)), small_left, face])
    assert (len(none), len(two), len(one)) == (0, 2, 1)
    assert two[0].box[0] > 0.5 > two[1].box[2]
    assert two[0].weight > two[1].weight
    assert two[0].vector @ two[1].vector > dlib_faces.threshold


def test_the_same_picture_gives_the_same_vectors_in_any_batch(face: Image.Image) -> None:
    faces = dlib_face.Plugin("cpu")  # one that has not looked at so many that it changes its number format
    first, again = faces.extract([face])[0], faces.extract([Image.new("L", (30, 30)), face])[1]
    assert (first[0].vector == again[0].vector).all()
    assert first[0].box == again[0].box


def test_a_picture_larger_than_the_detector_sees_keeps_its_shares(
    dlib_faces: dlib_face.Plugin, face: Image.Image
) -> None:
    large = face.resize((2_400, 2_400), Image.Resampling.LANCZOS)
    ((found,),) = dlib_faces.extract([large])
    ((usual,),) = dlib_faces.extract([face])
    assert found.box == pytest.approx(usual.box, abs=0.03)
    assert found.vector @ usual.vector > dlib_faces.threshold


def test_a_bad_picture_of_a_batch_stays_alone(dlib_faces: dlib_face.Plugin, face: Image.Image) -> None:
    failures: dict[int, str] = {}
    found = dlib_faces.extract([face, Unreadable(), face], failures)
    assert [len(faces) for faces in found] == [1, 0, 1]
    assert failures == {1: "OSError: image file is truncated"}
    with pytest.raises(ExtractionFailed, match="picture 1 of the batch"):
        dlib_faces.extract([face, Unreadable()])


def test_a_version_names_preprocessing_and_weights_and_costs_no_torch() -> None:
    code = (
        "import sys; from plugins.features.dlib_face import Plugin; print(Plugin().version);"
        "print({'torch', 'dlib', 'facenet_pytorch'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    version, imported = done.stdout.splitlines()
    preprocessing, digest = version.split(".")
    assert preprocessing == "mtcnn3-20+dlib5"
    assert len(digest) == 16
    assert imported == "set()"


@pytest.mark.parametrize("size", [250, 640])
def test_the_cascade_finds_what_facenet_pytorch_finds(detector: Detector, face: Image.Image, size: int) -> None:
    image = group((face, size // 2, (20, 30)), (face, size // 3, (600, 200))).resize((size * 2, size))
    theirs, scores, points = MTCNN(keep_all=True, device="cpu").detect(image, landmarks=True)
    ours = detector.detect(image)
    # Pyramid and candidates are sampled otherwise: the same faces, in nearly the same places.
    near_px = 0.08 * (ours.boxes[:, 2:] - ours.boxes[:, :2]).max(axis=1)
    assert len(theirs) == len(ours) == 2
    assert (abs(ours.boxes - np.clip(theirs.astype(float), 0, [size * 2, size] * 2)) < near_px[:, None]).all()
    assert (abs(ours.landmarks - points.astype(float)) < near_px[:, None, None]).all()
    assert ours.scores == pytest.approx(scores.astype(float), abs=0.03)


def test_real_people_are_told_apart(dlib_faces: dlib_face.Plugin, shared: Path) -> None:
    folder = shared / "faces" / "obama_biden"
    if not folder.is_dir():
        pytest.skip("needs the shared pictures of obama_biden")
    names = ("obama.jpg", "obama2.jpg", "biden.jpg", "obama_and_biden.jpg")
    images = [Image.open(folder / name) for name in names]
    for image in images:
        image.thumbnail((800, 800))
    *alone, both = dlib_faces.extract(images)
    obama, obama2, biden = (faces[0] for faces in alone)
    assert obama.vector @ obama2.vector > dlib_faces.threshold > obama.vector @ biden.vector
    assert [int(np.argmax([f.vector @ p.vector for p in (obama, biden)])) for f in both[:2]] in ([0, 1], [1, 0])


def test_the_threshold_is_rarely_passed_by_strangers(dlib_faces: dlib_face.Plugin, shared: Path) -> None:
    path = shared / "features" / "lfw_dlib128_dev.npz"
    if not path.is_file():
        pytest.skip("needs the shared vectors of lfw_dlib128_dev")
    with np.load(path, allow_pickle=False) as data:
        vectors, labels = data["vectors"].astype(np.float32)[::2], data["labels"][::2]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    above = np.triu(vectors @ vectors.T >= dlib_faces.threshold, 1)
    same = labels[:, None] == labels
    strangers = np.triu(~same, 1).sum()
    assert above[~same].sum() / strangers < 2e-3
    assert above[same].sum() / np.triu(same, 1).sum() > 0.85
    loosely = np.triu(vectors @ vectors.T >= dlib_faces.event_threshold, 1)
    assert above[~same].sum() < loosely[~same].sum() < 2e-2 * strangers
