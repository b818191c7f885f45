"""FaceNet: weights that are not there, and the forward pass with random weights of the right shape."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from facenet_pytorch import InceptionResnetV1
from PIL import Image
from safetensors.torch import load_file, save_file

from plugins.features import facenet
from plugins.features.weights import WeightsMissing


@pytest.fixture(scope="module")
def random_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lend a folder with weights of the right shape that mean nothing, with the classifier that real files carry."""
    folder = tmp_path_factory.mktemp("weights")
    with torch.random.fork_rng():
        torch.manual_seed(7)
        state = InceptionResnetV1(pretrained=None).state_dict()
    state["logits.weight"], state["logits.bias"] = torch.zeros(10, 512), torch.zeros(10)
    save_file(state, folder / "facenet_vggface2.safetensors")
    return folder


@pytest.fixture(scope="module")
def plugin(random_weights: Path) -> Iterator[facenet.Plugin]:
    """Lend the extractor, which has found its weights by ALBUMEN_WEIGHTS and loads them once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALBUMEN_WEIGHTS", str(random_weights))
        yield facenet.Plugin("cpu")


def test_without_weights_it_says_where_to_get_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALBUMEN_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(WeightsMissing, match=r"github\.com/timesler/facenet-pytorch"):
        facenet.Plugin()


def test_vectors_have_shape_and_length_and_repeat(plugin: facenet.Plugin, face: Image.Image) -> None:
    ((found,),) = plugin.extract([face])
    assert found.vector.shape == (plugin.dim,) == (512,)
    assert found.vector.dtype == np.float32
    assert np.linalg.norm(found.vector) == pytest.approx(1, abs=1e-5)
    ((again,),) = plugin.extract([face])
    assert (found.vector == again.vector).all()


def test_the_version_follows_the_weights(plugin: facenet.Plugin, tmp_path: Path) -> None:
    state = {"last_bn.bias": torch.ones(512)}
    save_file(state, tmp_path / "facenet_vggface2.safetensors")
    assert facenet.Plugin(weights_dir=tmp_path).version != plugin.version


def test_the_network_gets_the_input_of_its_training(
    plugin: facenet.Plugin, random_weights: Path, face: Image.Image
) -> None:
    crop = face.resize((160, 160))
    pixels = torch.from_numpy(np.asarray(crop, dtype=np.float32)).permute(2, 0, 1)[None]
    network = InceptionResnetV1(pretrained=None).eval()
    state = load_file(random_weights / "facenet_vggface2.safetensors")
    network.load_state_dict({k: v for k, v in state.items() if "logits" not in k})
    with torch.inference_mode():
        expected = network((pixels - 127.5) / 128).numpy()
    assert plugin.embed(np.asarray(crop)[None].copy()) == pytest.approx(expected, abs=1e-4)


def test_the_threshold_is_marked_as_not_ours() -> None:
    assert not facenet.Plugin.calibrated
    assert 0 < facenet.Plugin.threshold < 1
