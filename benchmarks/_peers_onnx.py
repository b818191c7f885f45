"""The plain loop with its networks in ONNX Runtime: what a user gains who exports them and changes nothing else."""

from __future__ import annotations

import tempfile
import warnings
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn import Module

from benchmarks._given_weights import GivenWeights
from benchmarks._plain_loop import SIDE_PX, PlainLoop

CASCADE: Final = {"pnet": ((1, 3, 64, 64), 2), "rnet": ((2, 3, 24, 24), 2), "onet": ((2, 3, 48, 48), 3)}
"""MTCNN's networks: the shape of a batch that they are exported with, and how many answers they give."""

FACE_PX: Final = 160


class OnnxLoop(PlainLoop):
    """The same loop, pictures, weights and thresholds in float32; all five networks run in ONNX Runtime.

    What facenet-pytorch does around the networks of MTCNN (sizes, boxes, suppression) stays in torch.

    Args:
        given: the weights.
        threads: of torch and of ONNX Runtime each, None for their own choice.
    """

    def __init__(self, given: GivenWeights, threads: int | None = None) -> None:
        super().__init__(given, threads)
        self._threads = threads or 0

    @cached_property
    def _mtcnn(self) -> Any:
        mtcnn = PlainLoop._mtcnn.func(self)  # type: ignore[attr-defined]
        for name, (shape, answers) in CASCADE.items():
            network = InOnnx(getattr(mtcnn, name), torch.zeros(shape), answers, self._threads)
            setattr(mtcnn, name, self._watched(network, name))
        return mtcnn

    @cached_property
    def _facenet(self) -> Module:
        network = PlainLoop._facenet.func(self)  # type: ignore[attr-defined]
        return self._watched(InOnnx(network, torch.zeros((2, 3, FACE_PX, FACE_PX)), 1, self._threads), "embedder")

    @cached_property
    def _vgg16(self) -> Module:
        network = PlainLoop._vgg16.func(self)  # type: ignore[attr-defined]
        return self._watched(InOnnx(network, torch.zeros((1, 3, SIDE_PX, SIDE_PX)), 1, self._threads), "vgg16")


class InOnnx(Module):
    """A network of torch in ONNX Runtime on the processor; batches and pictures may have other sizes than the example.

    Args:
        network: what is exported.
        example: a batch, shape (n, channels, height, width).
        answers: how many tensors it gives.
        threads: 0 for ONNX Runtime's own choice.
    """

    def __init__(self, network: Module, example: Tensor, answers: int, threads: int) -> None:
        super().__init__()
        self.number_format = torch.nn.Parameter(torch.zeros(0))  # facenet-pytorch asks the first parameter for it
        import onnxruntime  # noqa: PLC0415 - a benchmark's only, and not always there

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session: Any = onnxruntime.InferenceSession(
            exported(network, example, answers), options, providers=["CPUExecutionProvider"]
        )

    def forward(self, batch: Tensor) -> Tensor | tuple[Tensor, ...]:
        """Return what the network answers."""
        answers = [torch.from_numpy(one) for one in self._session.run(None, {"batch": batch.contiguous().numpy()})]
        return answers[0] if len(answers) == 1 else tuple(answers)


def exported(network: Module, example: Tensor, answers: int) -> bytes:
    """Return a network as an ONNX file."""
    with tempfile.TemporaryDirectory(prefix="albumen-onnx-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter by tracing is an old one, but needs no further package
        path = Path(folder) / "network.onnx"
        torch.onnx.export(
            network.eval(),
            (example,),
            str(path),
            dynamo=False,
            input_names=["batch"],
            output_names=[f"answer{n}" for n in range(answers)],
            dynamic_axes={"batch": {0: "n", 2: "height", 3: "width"}},
        )
        return path.read_bytes()
