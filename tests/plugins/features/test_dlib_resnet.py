"""dlib's network in torch: the same numbers as dlib's own, in any order and precision, and from no other file."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dlib
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from plugins.features import _dlib_resnet, weights

PATH = weights.find("dlib_resnet")
FIRST_WEIGHTS = 352
"""Bytes before the first weights: loss, versions, input, and the name and sizes of the first convolution."""


@pytest.fixture(scope="module")
def network() -> torch.nn.Module:
    """Lend the network in float32."""
    return _dlib_resnet.load(PATH)


@pytest.fixture(scope="module")
def bfloat16() -> torch.nn.Module:
    """Lend the network as it is fastest on a processor."""
    return _dlib_resnet.load(PATH).to(torch.bfloat16).to(memory_format=torch.channels_last)


@pytest.fixture(scope="module")
def by_dlib() -> Any:
    """Lend dlib's own network: what ours is measured by."""
    return dlib.face_recognition_model_v1(str(PATH))


@pytest.fixture(scope="module")
def lfw_faces(shared: Path) -> NDArray[np.uint8]:
    """Lend real faces as dlib cuts them, shape (24, 150, 150, 3), one a person."""
    folder = shared / "faces" / "lfw_dev"
    if not folder.is_dir():
        pytest.skip("needs the shared pictures of lfw_dev")
    points = dlib.shape_predictor(str(weights.find("dlib_five_points")))
    box = dlib.rectangle(82, 88, 168, 174)  # where the face is in these pictures
    people = sorted(p for p in folder.iterdir() if p.is_dir())[::18]
    pictures = [dlib.load_rgb_image(str(min(p.glob("*.jpg")))) for p in people]
    return np.stack([dlib.get_face_chip(picture, points(picture, box), 150, 0.25) for picture in pictures])


def drawn(kind: str) -> NDArray[np.uint8]:
    """Draw a picture of 150 × 150 px."""
    noise = np.random.default_rng(5).integers(0, 256, (150, 150, 3), dtype=np.uint8)
    row = np.linspace(0, 255, 150).astype(np.uint8)
    ramp = np.stack(np.broadcast_arrays(row[:, None], row[None, ::-1], np.uint8(90)), axis=2)
    coarse = np.kron(noise[:10, :10], np.ones((15, 15, 1), np.uint8))
    return {"noise": noise, "ramp": ramp, "coarse": coarse}.get(kind, np.full_like(noise, 255 * (kind == "white")))


def tensor(*faces: NDArray[np.uint8]) -> torch.Tensor:
    return torch.from_numpy(np.stack(faces)).permute(0, 3, 1, 2).float().contiguous()


def cosines(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.cosine_similarity(a, b)


@pytest.mark.parametrize("kind", ["black", "white", "noise", "ramp", "coarse"])
def test_a_drawn_picture_gives_the_numbers_of_dlib(network: torch.nn.Module, by_dlib: Any, kind: str) -> None:
    face = drawn(kind)
    assert network(tensor(face))[0].numpy() == pytest.approx(np.array(by_dlib.compute_face_descriptor(face)), abs=2e-5)


def test_a_real_face_gives_the_numbers_of_dlib(
    network: torch.nn.Module, by_dlib: Any, lfw_faces: NDArray[np.uint8]
) -> None:
    theirs = np.array([by_dlib.compute_face_descriptor(face) for face in lfw_faces])
    assert network(tensor(*lfw_faces)).numpy() == pytest.approx(theirs, abs=2e-5)


def test_bfloat16_hardly_turns_the_vector_of_a_real_face(
    network: torch.nn.Module, bfloat16: torch.nn.Module, lfw_faces: NDArray[np.uint8]
) -> None:
    faces = tensor(*lfw_faces)
    assert cosines(network(faces), bfloat16(faces)).min() > 0.9998


def test_bfloat16_takes_faces_of_both_precisions_and_answers_in_float32(bfloat16: torch.nn.Module) -> None:
    faces = tensor(drawn("coarse"), drawn("ramp"))  # whole grey levels are exact in bfloat16
    answer = bfloat16(faces)
    assert answer.dtype == torch.float32
    assert cosines(answer, bfloat16(faces.to(torch.bfloat16))).min() > 0.99999


def test_neither_batch_nor_memory_order_matters(network: torch.nn.Module) -> None:
    faces = tensor(*(drawn(kind) for kind in ("noise", "ramp", "coarse")))
    together = network(faces)
    assert together.shape == (3, _dlib_resnet.DIM) == (3, 128)
    assert network(faces[1:2])[0].numpy() == pytest.approx(together[1].numpy(), abs=1e-5)
    assert network(faces[:0]).shape == (0, 128)
    assert network(faces.contiguous(memory_format=torch.channels_last)).numpy() == pytest.approx(together, abs=1e-5)


def test_faces_are_not_changed(network: torch.nn.Module) -> None:
    faces = tensor(drawn("noise"))
    before = faces.clone()
    network(faces)
    assert torch.equal(faces, before)


def test_the_network_is_for_use_not_for_training(network: torch.nn.Module) -> None:
    assert not network.training
    assert {(p.dtype, p.requires_grad) for p in network.parameters()} == {(torch.float32, False)}
    assert not network(tensor(drawn("noise"))).requires_grad


def flipped(data: bytearray, at: int) -> bytearray:
    data[at] ^= 1
    return data


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        pytest.param(lambda d: d[:0], "truncated", id="empty"),
        pytest.param(lambda d: d[:1], "truncated", id="one byte"),
        pytest.param(lambda d: d[:FIRST_WEIGHTS], "truncated", id="ends before the first weights"),
        pytest.param(lambda d: d[: len(d) // 2], "truncated", id="ends amid weights"),
        pytest.param(lambda d: d[:-1], "truncated", id="lacks the last byte"),
        pytest.param(lambda d: d + b"\0", "nothing", id="one byte too many"),
        pytest.param(lambda d: flipped(d, 8), "loss_metric_2", id="another loss"),
        pytest.param(lambda d: flipped(d, 50), "versions of the layers", id="other layers"),
        pytest.param(lambda d: flipped(d, 313), "mean of the input", id="another mean"),
        pytest.param(lambda d: flipped(d, 331), "size of the input", id="another size"),
        pytest.param(lambda d: flipped(d, 343), "sizes of a tensor", id="another number of weights"),
        pytest.param(lambda d: d[:343] + b"\x08" + b"\x7f" * 8 + d[352:], "sizes", id="2**63 weights: none is made"),
        pytest.param(lambda d: d[:343] + b"\x00" + d[344:], "1 to 8 bytes", id="a number of no bytes"),
        pytest.param(lambda d: d[:21] + b"\x02\x00\x7f" + d[23:], "exponent", id="a real number beyond all bounds"),
        pytest.param(lambda d: d[:5_000] + b"\xff" * 64 + d[5_064:], "not numbers", id="weights that are not numbers"),
        pytest.param(lambda d: d[:400] + b"\x7f" * 64 + d[464:], "larger", id="weights that would overflow"),
        pytest.param(lambda d: b"PK\3\4" + d, "version of the loss", id="a zip: a torch checkpoint"),
        pytest.param(lambda d: b"<!DOCTYPE html><html>404</html>", "loss", id="an error page of a server"),
    ],
)
def test_another_file_is_refused_by_name(
    tmp_path: Path, spoil: Callable[[bytearray], bytes | bytearray], reason: str
) -> None:
    path = tmp_path / "network.dat"
    path.write_bytes(spoil(bytearray(PATH.read_bytes())))
    with pytest.raises(weights.WeightsDamaged, match=rf"{path} is not dlib's face network .*{reason}"):
        _dlib_resnet.load(path)


def test_the_weights_of_another_network_of_dlib_are_refused() -> None:
    with pytest.raises(weights.WeightsDamaged, match=r"shape_predictor_5_face_landmarks\.dat is not"):
        _dlib_resnet.load(weights.find("dlib_five_points"))


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lend a copy of the file that a test may spoil and mend."""
    return Path(shutil.copy(PATH, tmp_path_factory.mktemp("weights") / "network.dat"))


@settings(max_examples=40, deadline=None)
@given(at=st.integers(0, FIRST_WEIGHTS - 1) | st.integers(0, PATH.stat().st_size - 1), byte=st.integers(0, 255))
def test_one_wrong_byte_is_refused_or_changes_a_number_at_most(spoilt: Path, at: int, byte: int) -> None:
    with spoilt.open("r+b", buffering=0) as stream:
        right = os.pread(stream.fileno(), 1, at)
        os.pwrite(stream.fileno(), bytes([byte]), at)
        try:
            with contextlib.suppress(weights.WeightsDamaged):
                assert all(torch.isfinite(p).all() for p in _dlib_resnet.load(spoilt).parameters())
        finally:
            os.pwrite(stream.fileno(), right, at)
