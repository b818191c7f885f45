"""Side by side with others: turns rotate, ratios are of the same repeat, and what is not installed is said."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks import peers
from benchmarks._groups import TRUTH
from benchmarks._peers_face_recognition import FaceRecognition
from benchmarks._sides import Run, Seen


class Recorded:
    """A side that writes down when it was asked, and takes the seconds that it is given."""

    def __init__(self, name: str, seconds: list[float], asked: list[str]) -> None:
        self.name, self.seconds, self.asked = name, list(seconds), asked

    def run(self, files, faces, pictures) -> Run:
        self.asked.append(self.name)
        return Run(tuple(Seen() for _ in files), self.seconds.pop(0), {}, 0.0, 1)


FILES = [Path("a.jpg"), Path("b.jpg")]


def test_each_side_is_first_once_and_the_first_pass_does_not_count():
    asked: list[str] = []
    sides = {name: Recorded(name, [99, 2, 4, 8], asked) for name in "xyz"}
    runs = peers.in_turns(sides, FILES, 3, "facenet")
    assert "".join(asked) == "xyz" + "xyz" + "yzx" + "zxy"
    assert [run.seconds for run in runs["y"]] == [2, 4, 8]


def test_ratios_are_of_the_same_repeat():
    ours, theirs = ([Run((Seen(), Seen()), s, {}, 0.0, 1) for s in each] for each in ([2.0, 4.0, 1.0], [6.0, 8.0, 9.0]))
    row = peers.speed_row("plain", theirs, ours, 12.0)
    assert (row["ours_faster"], row["ours_faster_min"], row["ours_faster_max"]) == (3, 2, 9)
    assert row["photos_per_s"] == 2 / 8
    assert "ours_faster" not in peers.speed_row("ours", ours, ours, 12.0)


def test_recall_counts_only_pictures_whose_truth_is_known():
    boxes = np.array([[0.1, 0.1, 0.3, 0.3], [0.7, 0.7, 0.8, 0.8]])
    seen = [Seen(boxes=boxes), Seen(boxes=boxes)]
    truth = {"a.jpg": [[0.1, 0.1, 0.3, 0.32], [0.4, 0.4, 0.6, 0.6]]}
    assert peers.recall(FILES, seen, truth) == {"boxes": 4, "faces": 2, "face_recall": 0.5, "false_per_photo": 1.0}
    assert peers.recall(FILES, seen, {}) == {"boxes": 4}


def test_what_is_not_installed_is_a_row_with_the_command(monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(peers.NEEDS, "onnxruntime", (("no_such_package",), "pip install it"))
    monkeypatch.setitem(peers.NEEDS, "face_recognition", (("no_such_package",), "pip install it"))
    monkeypatch.setattr(peers, "Hosted", Here)
    Image.fromarray(np.full((60, 80, 3), 90, np.uint8)).save(tmp_path / "a.png")
    (tmp_path / TRUTH).write_text(json.dumps({"a.png": []}), encoding="utf-8")
    torch.set_num_threads(1)
    assert peers.main(["--folder", str(tmp_path), "--repeats", "1", "--cnn-photos", "0", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    told = {(row["variant"], row["method"]): row.get("skipped", "") for row in rows}
    assert list(told.values()).count("no_such_package not installed: pip install it") == 2
    measured = [row for row in rows if "skipped" not in row]
    assert {row["method"] for row in measured} == {"ours", "plain"}
    assert all(row["photos_per_s"] > 0 and row["failed"] == 0 for row in measured)


class Here:
    """A side in this process: a process of its own would load torch again for each."""

    def __init__(self, make) -> None:
        self._side = make()

    def run(self, files, faces, pictures) -> Run:
        return self._side.run(files, faces, pictures)

    def peak_mb(self) -> float:
        return 1.0

    def __enter__(self) -> Here:
        return self

    def __exit__(self, *_: object) -> None:
        """Keep nothing."""


def skip_without(side: str) -> None:
    if missing := peers.missing_package(side):
        pytest.skip(missing)


def test_pictures_without_faces_are_no_failures_and_broken_files_are(tmp_path):
    skip_without("face_recognition")
    Image.new("RGB", (90, 60)).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"no picture")
    run = FaceRecognition().run([tmp_path / "a.png", tmp_path / "b.png"], "dlib_face", False)
    assert [seen.failed.partition(":")[0] for seen in run.seen] == ["", "UnidentifiedImageError"]


def test_networks_in_onnx_runtime_answer_as_in_torch():
    skip_without("onnxruntime")
    from benchmarks._peers_onnx import InOnnx

    torch.manual_seed(1)
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.PReLU(4), torch.nn.MaxPool2d(2, 2, ceil_mode=True))
    quick = InOnnx(network, torch.zeros((1, 3, 12, 12)), 1, 1)
    batch = torch.rand((3, 3, 31, 20))
    with torch.inference_mode():
        assert torch.allclose(quick(batch), network(batch), atol=1e-5)
