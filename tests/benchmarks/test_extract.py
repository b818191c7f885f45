"""The extraction benchmark: both sides on the same files in turn, and rows that do not flatter."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter

from benchmarks._extract_quality import difference_interval, labelled, recall_interval
from benchmarks._extract_speed import profile_table, speed_rows
from benchmarks._given_weights import GivenWeights, given_weights
from benchmarks._machine import machine_rows, vgg16_gflop
from benchmarks._our_pipeline import OurNetworkOnPlainCrops, OurPipeline, covered
from benchmarks._plain_loop import PlainLoop
from benchmarks._sides import Run, Seen
from benchmarks.extract import groups, main, parsed, photos_in, pictures, portraits, speed
from plugins.features import weights


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def given(tmp_path_factory) -> GivenWeights:
    """Lend random weights of both networks, as where no file has them."""
    return given_weights(0, tmp_path_factory.mktemp("weights"))


@pytest.fixture
def known(monkeypatch) -> None:
    """Put the table of weights back, to which a side adds the random ones of its process."""
    for name in ("vgg16", "facenet"):
        monkeypatch.setitem(weights.KNOWN, name, weights.KNOWN[name])


def drawn(path: Path, seed: int, size: tuple[int, int] = (160, 120)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 256, (*size[::-1], 3), dtype=np.uint8)
    Image.fromarray(noise).filter(ImageFilter.GaussianBlur(4)).save(path)
    return path


class Recorded:
    """A side with known answers that writes down when it was asked."""

    def __init__(self, name: str, seconds: list[float], asked: list[str], failed: tuple[str, ...] = ("", "")) -> None:
        self.name, self.seconds, self.asked, self.failed = name, list(seconds), asked, failed

    def run(self, files, faces, pictures) -> Run:
        self.asked.append(self.name)
        seen = tuple(Seen(failed=reason) for reason in self.failed)
        return Run(seen, self.seconds.pop(0), {"decode": 0.5, self.name: 1.0}, 3.0, 2, 0.5)

    def peak_mb(self) -> float:
        return 12.0


FILES = [Path("a.jpg"), Path("b.jpg")]
GIVEN = GivenWeights({"vgg16": Path("v.safetensors"), "facenet": Path("f.safetensors")}, frozenset({"facenet"}))


def recorded_rows(failed=("", "")):
    asked: list[str] = []
    sides = {
        "ours": Recorded("ours", [99, 2, 4, 1], asked, failed),
        "plain": Recorded("plain", [99, 8, 8, 10], asked),
    }
    rows, _ = speed_rows(sides, FILES, 3, GIVEN)
    return asked, {(row["method"], row["variant"]): row for row in rows}, rows


def test_sides_take_turns_and_the_first_pass_does_not_count():
    asked, rows, _ = recorded_rows()
    assert asked == ["ours", "plain", "ours", "plain", "plain", "ours", "ours", "plain"]
    ours, ratio = rows["ours", "speed"], rows["ours_over_plain", "speed"]
    assert (ours["seconds"], ours["photos_per_s"], ours["photos_per_s_min"], ours["photos_per_s_max"]) == (2, 1, 0.5, 2)
    assert (ratio["ratio"], ratio["ratio_min"], ratio["ratio_max"]) == (4, 2, 10)
    assert (ours["forward_share"], ours["idle_share"]) == (0.75, 0.25)
    assert (ours["facenet"], ours["vgg16"], ours["peak_mb"]) == ("random", "v.safetensors", 12)


def test_a_side_that_leaves_files_out_is_no_faster_for_it():
    _, rows, _ = recorded_rows(failed=("broken", ""))
    assert "ratio" not in rows["ours_over_plain", "speed"]
    assert "1 files" in rows["ours_over_plain", "speed"]["skipped"]
    assert (rows["ours", "speed"]["failed"], rows["ours", "speed"]["first_failure"]) == (1, "broken")


def test_the_profile_has_a_line_for_each_stage():
    lines = profile_table(recorded_rows()[2]).splitlines()
    assert lines[0] == "| ms a photo | ours | plain |"
    assert set(lines[2:]) == {
        "| ours | 500.00 |  |",
        "| plain |  | 500.00 |",
        "| decode | 250.00 | 250.00 |",
        "| forward passes | 1500.00 | 1500.00 |",
        "| all else, and waiting | 500.00 | 6500.00 |",
        "| wall time | 1000.00 | 4000.00 |",
        "| wall time without a forward pass | 250.00 | 250.00 |",
    }


@pytest.mark.parametrize(
    ("times", "seconds"),
    [
        pytest.param([], 0, id="no pass"),
        pytest.param([(1, 3), (2, 4)], 3, id="two workers at a time count once"),
        pytest.param([(1, 6), (2, 3), (8, 9)], 6, id="one within another, one apart"),
    ],
)
def test_time_with_a_forward_pass(times, seconds):
    assert covered(times) == seconds


def test_recall_has_an_interval():
    assert recall_interval(8, 10) == pytest.approx({"face_recall_low": 0.4902, "face_recall_high": 0.9433}, abs=1e-4)
    assert recall_interval(10, 10)["face_recall_high"] == pytest.approx(1)
    both = difference_interval(6, 2, 100)
    assert both["over_other"] == pytest.approx(0.04)
    assert both["over_other_high"] - 0.04 == pytest.approx(1.96 * np.sqrt(0.08 - 0.0016) / 10)
    assert recall_interval(0, 0) == difference_interval(0, 0, 0) == {}


def test_the_work_of_vgg16_is_counted_from_its_layers():
    assert vgg16_gflop() == pytest.approx(30.69, abs=0.01)


def test_weights_that_are_nowhere_are_random_and_the_same_again(given, tmp_path):
    assert given.random == {"vgg16", "facenet"}
    again = given_weights(0, tmp_path)
    assert again.files["vgg16"].read_bytes() == given.files["vgg16"].read_bytes()
    assert given.words("vgg16") == "random"


def test_both_sides_give_the_same_vectors_with_the_same_weights(given, known, tmp_path):
    files = [drawn(tmp_path / f"{i}.png", i) for i in range(2)]
    (tmp_path / "z.jpg").write_bytes(b"no picture")
    files.append(tmp_path / "z.jpg")
    ours, plain = (side(given, 1).run(files, None, pictures=True) for side in (OurPipeline, PlainLoop))
    assert ours.failed() == plain.failed() == {2}
    for mine, theirs in zip(ours.seen[:2], plain.seen[:2], strict=True):
        assert float(mine.picture @ theirs.picture) > 0.99
    assert ours.forward_s > 0
    assert {"decode", "vgg16"} <= set(plain.stages_s)


def test_our_network_answers_as_the_plain_one_on_the_same_crops(given, known, shared):
    """Also with random weights, whose faces must not all lie in one point."""
    people = [min((shared / "faces" / "lfw_dev" / name).glob("*.jpg")) for name in ("Angela_Merkel", "Al_Sharpton")]
    ours, plain = (
        np.concatenate([seen.vectors for seen in side(given, 1).run(people, "facenet", pictures=False).seen])
        for side in (OurNetworkOnPlainCrops, PlainLoop)
    )
    assert (ours * plain).sum(axis=1).min() > 0.999
    assert float(plain[0] @ plain[1]) < 0.99


def test_faces_of_the_plain_loop(given, shared):
    files = sorted((shared / "faces" / "lfw_dev" / "Angela_Merkel").glob("*.jpg"))[:2]
    for embedder, dim in (("facenet", 512), ("dlib_face", 128)):
        run = PlainLoop(given, 1).run(files, embedder, pictures=False)
        for seen in run.seen:
            assert seen.failed == ""
            assert seen.vectors.shape == (len(seen.boxes), dim)
            assert seen.boxes.min() >= -0.1
            assert seen.boxes.max() <= 1.1


def test_labels_are_folders_and_come_whole(tmp_path):
    for name in ("b/1", "b/2", "a/1", "c/1", "c/2"):
        drawn(tmp_path / f"{name}.jpg", 0, (8, 8))
    files, labels = labelled(tmp_path, None, 0)
    assert [f"{path.parent.name}/{path.stem}" for path in files] == ["a/1", "b/1", "b/2", "c/1", "c/2"]
    assert labels.tolist() == [0, 1, 1, 2, 2]
    few, labels = labelled(tmp_path, 2, 0)
    assert 2 <= len(few) <= 3
    assert len(labels) == len(few)


def test_photos_are_found_below_a_folder(tmp_path):
    drawn(tmp_path / "b" / "x.JPG", 0, (8, 8))
    drawn(tmp_path / "a.png", 0, (8, 8))
    (tmp_path / "notes.txt").write_text("x")
    assert [path.name for path in photos_in(tmp_path, None)] == ["a.png", "x.JPG"]
    assert len(photos_in(tmp_path, 1)) == 1


def test_all_of_it_on_a_little(tmp_path, capsys):
    for name in ("lfw/ann/1", "lfw/bob/1", "caltech/x/1", "caltech/x/2", "photos/1"):
        drawn(tmp_path / f"{name}.jpg", len(name), (120, 120))
    places = [f"--{name}={tmp_path / name}" for name in ("lfw", "caltech")]
    sizes = ["--repeats=1", "--matrix=0", "--threads=1", "--groups=1", "--faces-per-group=1"]
    out = tmp_path / "answers.npz"
    assert main([f"--folder={tmp_path / 'photos'}", *places, *sizes, "--json", f"--out={out}"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert set(shown) == {"data", "machine", "rows"}
    variants = ["machine", "speed", "profile", "lfw_dev", "pairs_facenet", "pairs_dlib_face"]
    assert list(dict.fromkeys(row["variant"] for row in shown["rows"])) == [
        *variants,
        "groups",
        "groups_plain",
        "caltech101_dev",
        "nearest_centre",
    ]
    assert not [row for row in shown["rows"][1:-1] if row.get("failed") or "skipped" in row]
    assert "fewer than 64 pictures" in shown["rows"][-1]["skipped"]
    assert all(20 < row["peak_mb"] < 20_000 for row in shown["rows"] if "peak_mb" in row)
    with np.load(out, allow_pickle=False) as answers:
        assert {"lfw_files", "lfw_ours_facenet", "groups_plain", "caltech_ours_vgg16"} <= set(answers)
        assert answers["caltech_plain_vgg16"].shape == (2, 512)


@pytest.mark.parametrize(
    ("part", "variants", "said"),
    [
        pytest.param(speed, ["speed"], "--folder", id="speed without a folder"),
        pytest.param(portraits, ["lfw_dev", "pairs_facenet", "pairs_dlib_face"], "--lfw", id="no portraits"),
        pytest.param(groups, ["groups"], "no portraits", id="no portraits to compose"),
        pytest.param(pictures, ["caltech101_dev"], "--caltech", id="no pictures of known kinds"),
    ],
)
def test_what_cannot_be_measured_is_a_row_with_the_reason(tmp_path, part, variants, said):
    args = parsed([f"--lfw={tmp_path / 'no'}", f"--caltech={tmp_path / 'no'}"])
    rows, answers = part({}, GIVEN, args, tmp_path)
    assert [row["variant"] for row in rows] == variants
    assert said in rows[0]["skipped"]
    assert answers == {}


def test_the_machine_is_measured_in_each_format(given, known):
    rows = machine_rows(given, 64, 1, 1, at_once=1)
    assert [(row["variant"], row["method"]) for row in rows] == [
        ("matrix_product_64", "float32"),
        ("matrix_product_64", "bfloat16"),
        ("vgg16_alone", "float32"),
        ("vgg16_alone", "bfloat16"),
        ("vgg16_alone", "ours"),
    ]
    assert min(row["gflop_per_s"] for row in rows) > 0


@pytest.mark.parametrize("wrong", [["--folder", "/nowhere/at/all"], ["--repeats", "0"]])
def test_wrong_use(wrong):
    with pytest.raises(SystemExit) as stopped:
        main(wrong)
    assert stopped.value.code == 2


def test_a_library_is_made(tmp_path, capsys):
    drawn(tmp_path / "lfw" / "ann" / "1.jpg", 0, (60, 60))
    places = [f"--lfw={tmp_path / 'lfw'}", f"--caltech={tmp_path / 'no'}"]
    assert main(["--make-groups", str(tmp_path / "made"), "--photos", "1", *places]) == 0
    assert "1 photos" in capsys.readouterr().out
    assert len(photos_in(tmp_path / "made", None)) == 1
