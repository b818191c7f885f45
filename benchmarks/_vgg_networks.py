"""VGG16 up to block5_conv3 by every way to run it on a processor that was tried: pictures in, maps out."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, TypeAlias

import torch
from torch import Tensor, nn

from benchmarks._given_weights import GivenWeights, loaded, vgg16_features
from benchmarks._peers_onnx import exported
from plugins.features import vgg16
from plugins.features._quantised import Quantised

Network: TypeAlias = Callable[[Tensor], Tensor]
"""Pictures without the mean, float32, shape (n, 3, 224, 224), to maps of shape (n, 512, 14, 14)."""

EXACT: Final = "float32"
ONNX: Final = (("onnxruntime", "onnx"), "pip install onnxruntime onnx")
OPENVINO: Final = (("openvino", *ONNX[0]), "pip install openvino onnxruntime onnx")


@dataclass(frozen=True, slots=True)
class Setting:
    """What a network is made of.

    Args:
        given: the weights.
        folder: for files.
        calibration: pictures for those who measure ranges themselves, shape (1, 3, 224, 224) each.
        threads: of the network.
    """

    given: GivenWeights
    folder: Path
    calibration: tuple[Tensor, ...]
    threads: int

    def chain(self) -> nn.Sequential:
        """Return the layers in float32."""
        network = vgg16_features()
        network.load_state_dict(loaded(self.given.files["vgg16"]))
        return network.eval().requires_grad_(requires_grad=False)


def in_float(setting: Setting, dtype: torch.dtype) -> Network:
    """Run in torch, channels last."""
    network = setting.chain().to(dtype).to(memory_format=torch.channels_last)
    return lambda batch: network(batch.to(dtype, memory_format=torch.channels_last)).float()


def in_int8(setting: Setting) -> Network:
    """Run as our extractor does where the processor is good at it."""
    return Quantised(setting.chain(), vgg16.LARGEST, vgg16.MEAN_RGB)


def in_quantised_tensors(setting: Setting) -> Network:
    """Run in torch's tensors of a quantised type, which it calls deprecated."""
    layers: list[tuple[Any, float] | None] = []
    ends = iter([value / 255 for value in (*vgg16.LARGEST, vgg16.LARGEST[-1])])
    for layer in setting.chain():
        if isinstance(layer, nn.MaxPool2d):
            layers.append(None)
        elif isinstance(layer, nn.Conv2d):
            steps = layer.weight.abs().amax((1, 2, 3)).double() / 127
            zeros = torch.zeros(len(steps), dtype=torch.long)
            weights = torch.quantize_per_channel(layer.weight, steps, zeros, 0, torch.qint8)
            packed = torch.ops.quantized.conv2d_prepack(weights, layer.bias, [1, 1], [1, 1], [1, 1], 1)
            layers.append((packed, next(ends)))

    def run(batch: Tensor) -> Tensor:
        maps = torch.quantize_per_tensor(batch.contiguous(memory_format=torch.channels_last), 1.08, 115, torch.quint8)
        for layer in layers:
            if layer is None:
                maps = torch.max_pool2d(maps, 2)
            else:
                maps = torch.ops.quantized.conv2d_relu(maps, layer[0], layer[1], 0)
        return maps.dequantize()

    return run


def compiled(setting: Setting, dtype: torch.dtype) -> Network:
    """Run what torch.compile makes; it compiles in the first call, by the C++ compiler that is found."""
    if not any(map(shutil.which, ("g++", "c++", "clang++"))):
        raise ModuleNotFoundError("a C++ compiler, which torch.compile runs: apt-get install g++")
    network = torch.compile(setting.chain().to(dtype).to(memory_format=torch.channels_last))
    return lambda batch: network(batch.to(dtype, memory_format=torch.channels_last)).float()


def in_onnx_runtime(setting: Setting, quantised: bool) -> Network:
    """Run in ONNX Runtime, quantised by its own tool in the second case."""
    needs(*ONNX)
    import onnxruntime  # noqa: PLC0415 - a benchmark's only, and not always there

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = setting.threads
    path = str(onnx_file(setting, quantised))
    session: Any = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda batch: torch.from_numpy(session.run(None, {"batch": batch.numpy()})[0])


def in_openvino(setting: Setting, quantised: bool, hint: str) -> Network:
    """Run in OpenVINO, in the number format that is hinted where it is not quantised."""
    needs(*OPENVINO)
    import openvino  # noqa: PLC0415 - a benchmark's only, and not always there

    model = openvino.Core().read_model(onnx_file(setting, quantised))
    hints = {"INFERENCE_NUM_THREADS": setting.threads, "INFERENCE_PRECISION_HINT": hint}
    network: Any = openvino.Core().compile_model(model, "CPU", hints)
    return lambda batch: torch.from_numpy(network(batch.numpy())[0].copy())


def onnx_file(setting: Setting, quantised: bool) -> Path:
    """Write VGG16 as an ONNX file, once a folder."""
    exact, quick = setting.folder / "vgg16.onnx", setting.folder / "vgg16_int8.onnx"
    if not exact.is_file():
        exact.write_bytes(exported(setting.chain(), torch.zeros((1, 3, vgg16.SIDE_PX, vgg16.SIDE_PX)), 1))
    if quantised and not quick.is_file():
        from onnxruntime import quantization  # noqa: PLC0415 - a benchmark's only, and not always there

        logging.getLogger().setLevel(logging.ERROR)  # it advises a step that changes nothing here
        quantization.quantize_static(exact, quick, _Calibration(setting.calibration), per_channel=True)
    return quick if quantised else exact


class _Calibration:
    """Hands ONNX Runtime's tool the pictures one by one."""

    def __init__(self, pictures: Sequence[Tensor]) -> None:
        self._left = iter(pictures)

    def get_next(self) -> dict[str, Any] | None:
        picture = next(self._left, None)
        return None if picture is None else {"batch": picture.numpy()}


def needs(modules: Sequence[str], command: str) -> None:
    """Look whether packages are installed.

    Raises:
        ModuleNotFoundError: one is not; the text says how to install it.
    """
    if missing := [module for module in modules if find_spec(module) is None]:
        raise ModuleNotFoundError(f"{' and '.join(missing)}: {command}")


MAKERS: Final[dict[str, Callable[[Setting], Network]]] = {
    EXACT: lambda setting: in_float(setting, torch.float32),
    "bfloat16": lambda setting: in_float(setting, torch.bfloat16),
    "int8": in_int8,
    "int8_quantised_tensors": in_quantised_tensors,
    "compiled_float32": lambda setting: compiled(setting, torch.float32),
    "compiled_bfloat16": lambda setting: compiled(setting, torch.bfloat16),
    "onnxruntime_float32": lambda setting: in_onnx_runtime(setting, quantised=False),
    "onnxruntime_int8": lambda setting: in_onnx_runtime(setting, quantised=True),
    "openvino_bfloat16": lambda setting: in_openvino(setting, quantised=False, hint="bf16"),
    "openvino_int8": lambda setting: in_openvino(setting, quantised=True, hint="f32"),
}


def largest_values(chain: nn.Sequential, picture: Tensor, share: float) -> list[float]:
    """Return, for each ReLU but the last, the value that a share of its numbers exceeds, for one picture."""
    found: list[float] = []
    maps = picture.contiguous(memory_format=torch.channels_last)
    for layer in chain:
        maps = layer(maps)
        if isinstance(layer, nn.ReLU):
            least = max(1, round(maps.numel() * share))
            found.append(maps.flatten().topk(least).values[-1].item())
    return found[:-1]
