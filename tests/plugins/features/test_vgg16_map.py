"""Whole VGG16 maps: the numbers of `vgg16.maps` as one vector, of which that of `vgg16` can be made."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from plugins.decoding import Decoders
from plugins.features import vgg16, vgg16_map
from plugins.features._photo_work import VIDEO_FRAMES
from plugins.features.pipeline import Wanted, extract
from plugins.features.weights import WeightsMissing

SAME = 0.99
"""Cosine that an extractor in int8, where the processor has that, reaches to one in float32."""


def picture(seed: int) -> Image.Image:
    """Draw a picture of coloured blobs."""
    noise = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((320, 200), Image.Resampling.BICUBIC)


@pytest.fixture(scope="module")
def maps(shared: Path) -> vgg16_map.Plugin:
    """Lend the extractor with the real weights, or skip."""
    return vgg16_map.Plugin("cpu", shared / "weights")


def test_without_weights_the_error_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALBUMEN_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(WeightsMissing, match=r"vgg16_features\.safetensors"):
        vgg16_map.Plugin()


def test_the_whole_map_is_one_unit_vector_and_another_version(maps: vgg16_map.Plugin, vgg: vgg16.Plugin) -> None:
    assert maps.version != vgg.version
    vectors = maps.extract([picture(n) for n in range(3)])
    assert vectors.shape == (3, maps.dim) == (3, 14 * 14 * 512)
    assert vectors.dtype == np.float32
    flat = vgg.maps([picture(2)]).ravel()
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert vectors[2] @ flat / np.linalg.norm(flat) > SAME
    assert vectors[1] @ flat / np.linalg.norm(flat) < 0.9
    assert maps.extract([]).shape == (0, maps.dim)


def test_the_pooled_vector_is_made_of_the_map(maps: vgg16_map.Plugin, vgg: vgg16.Plugin) -> None:
    images = [picture(1), picture(2)]
    made = maps.as_given_by(vgg, maps.extract(images))
    assert made is not None
    assert (made * vgg.extract(images)).sum(axis=1).min() > SAME
    assert np.linalg.norm(made, axis=1) == pytest.approx(np.ones(2), abs=1e-5)
    assert vgg.as_given_by(maps, made) is None


def test_no_vector_is_made_for_other_weights(maps: vgg16_map.Plugin, vgg: vgg16.Plugin) -> None:
    others = vgg16.Plugin.__new__(vgg16.Plugin)
    others.version = "of other weights"
    assert maps.as_given_by(others, np.ones((1, maps.dim), np.float32)) is None


def test_a_bad_picture_of_a_batch_stays_alone(maps: vgg16_map.Plugin, vgg: vgg16.Plugin) -> None:
    broken = Image.new("RGB", (9, 9))
    broken.close()
    failures: dict[int, str] = {}
    vectors = maps.extract([picture(1), broken, picture(2)], failures)
    assert list(failures) == [1]
    assert np.isnan(vectors[1]).all()
    pooled = maps.as_given_by(vgg, vectors)
    assert pooled is not None
    assert np.isfinite(pooled).all(axis=1).tolist() == [True, False, True]


def test_a_video_has_a_map_and_the_usual_vector_from_one_pass(
    maps: vgg16_map.Plugin, vgg: vgg16.Plugin, tmp_path: Path
) -> None:
    path = tmp_path / "v.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt = 320, 200, "yuv420p"
        for seed in (1, 2):
            for _ in range(10):
                out.mux(stream.encode(av.VideoFrame.from_image(picture(seed))))
        out.mux(stream.encode())
    with Decoders(1) as decoders:
        frames = [frame.picture for frame in decoders.decode(path, VIDEO_FRAMES)]
        wanted = [Wanted("v", lambda: path, faces=False)]
        (made,) = extract(wanted, decoders, None, vgg, further=[maps])
    assert len(frames) >= 2
    for extractor, vector in ((vgg, made.vector), (maps, made.further[maps.name])):
        mean = extractor.extract(frames).mean(axis=0)
        assert vector is not None
        assert vector @ mean / np.linalg.norm(mean) > SAME
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
