"""The people benchmark: any vectors in, honest scores and answers in the order of the file out."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from benchmarks._people_data import Faces, read_npz
from benchmarks._people_methods import ABLATIONS, METHODS, TOLD, TUNED, chosen, run
from benchmarks._people_purify import METHODS as JUDGES
from benchmarks._people_purify import belongs, loose, planted
from benchmarks._people_purify import run as purify
from benchmarks._people_rows import rows_of_one, rows_of_seeds, scores, table
from benchmarks._people_scale import join_saved, run_saved, save_gallery
from benchmarks.people import main
from plugins.people import DROPPED, Context
from plugins.scores import bcubed, pairwise

torch.set_num_threads(1)
QUICK = "dbscan,average_linkage"


def people(*sizes, d=32, noise=0.05, seed=0):
    """Draw vectors of people with so many faces each, and their labels."""
    draw = np.random.default_rng(seed)
    label = np.repeat(np.arange(len(sizes)), sizes)
    vectors = draw.normal(size=(len(sizes), d))[label] / d**0.5 + noise * draw.normal(size=(len(label), d))
    return vectors.astype(np.float32), label


@pytest.fixture
def file(tmp_path):
    """Write a file of faces; arrays may be replaced or taken away by None."""

    def write(**arrays):
        vectors, labels = people(8, 6, 5, *[1] * 20)
        found = {"vectors": vectors, "labels": labels} | arrays
        path = tmp_path / "faces.npz"
        np.savez(path, **{name: array for name, array in found.items() if array is not None})
        return path

    return write


def shown(capsys, *arguments):
    assert main([str(argument) for argument in (*arguments, "--json")]) == 0
    return json.loads(capsys.readouterr().out)


def test_json_and_answers_in_the_order_of_the_file(file, tmp_path, capsys):
    path, out = file(photo=np.arange(39) // 2, quality=np.full(39, 0.5), taken_at=np.arange(39.0)), tmp_path / "a.npz"
    found = shown(capsys, "--npz", path, "--methods", QUICK, "--threshold", 0.7, "--out", out)
    assert set(found) == {"data", "machine", "rows"}
    assert [row["method"] for row in found["rows"]] == QUICK.split(",")
    labels = np.load(path)["labels"]
    with np.load(out, allow_pickle=False) as answers:
        assert set(answers) == set(QUICK.split(","))
        for row in found["rows"]:
            cluster = answers[row["method"]]
            assert cluster.dtype == np.int64
            assert cluster.shape == (39,)
            assert [row[f"bcubed_{part}"] for part in "prf"] == list(bcubed(labels, cluster))
            assert [row[f"pairwise_{part}"] for part in "prf"] == list(pairwise(labels, cluster))
            assert row["clusters"] == len(np.unique(cluster)) == 23
            assert row["seconds"] > 0
            assert row["peak_mb"] > 10


def test_without_json_it_is_a_table():
    rows = [
        {"method": "dbscan", "variant": "all", "faces": 39, "seconds": 0.123, "bcubed_f": 1.0},
        {"method": "hdbscan_2", "variant": "mean", "bcubed_f": 0.5, "bcubed_f_sd": 0.01},
        {"method": "average_linkage", "variant": "all", "skipped": "too many"},
    ]
    assert table(rows).splitlines() == [
        "| method | variant | faces | bcubed_f | seconds | skipped |",
        "| --- | --- | --- | --- | --- | --- |",
        "| dbscan | all | 39 | 1.0000 | 0.12 |  |",
        "| hdbscan_2 | mean |  | 0.5000 ± 0.0100 |  |  |",
        "| average_linkage | all |  |  |  | too many |",
    ]


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        pytest.param({"labels": None}, "no array labels", id="no labels"),
        pytest.param({"vectors": np.zeros((3, 2))}, "shapes do not fit", id="other length"),
        pytest.param({"vectors": np.zeros(39)}, "shapes do not fit", id="not vectors"),
        pytest.param({"photo": np.zeros(2)}, "shapes do not fit", id="photos of others"),
        pytest.param({"labels": np.array(["Ann"] * 39)}, "must be integers", id="names for labels"),
    ],
)
def test_a_file_of_something_else_is_wrong_use(file, capsys, arrays, said):
    assert main(["--npz", str(file(**arrays))]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 torn"])
def test_a_file_that_cannot_be_read_is_wrong_use(tmp_path, capsys, content):
    path = tmp_path / "faces.npz"
    if content is not None:
        path.write_bytes(content)
    assert main(["--npz", str(path)]) == 2
    assert str(path) in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--synthetic", "moderate", "--out", "x.npz"], "--out goes with", id="many galleries, one file"),
        pytest.param(["--npz", "x", "--methods", "dbscan,magic"], "no magic", id="no such method"),
        pytest.param(["--synthetic", "all", "--seeds", "0"], "--seeds", id="nothing to do"),
        pytest.param(["--npz", "x", "--purify", "--out", "x.npz"], "--out goes with", id="no clusters of one method"),
        pytest.param(["--scale", "10,many"], "must be numbers", id="not a size"),
        pytest.param(["--incremental", "100"], "two numbers", id="new into nothing"),
        pytest.param(["--npz", "x", "--purify", "water"], "no water", id="no such groups"),
        pytest.param(["--lfw", "/nowhere"], "not a folder", id="no pictures"),
        pytest.param([], "required", id="no data"),
    ],
)
def test_wrong_use(capsys, arguments, said):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err


def test_the_context_is_what_the_file_says(file):
    names = np.array([f"IMG_{number % 3}.jpg" for number in range(39)])
    faces = read_npz(file(photo=names, quality=np.linspace(0, 1, 39), taken_at=np.arange(39)), 0.7)
    assert faces.context.photo.tolist() == [number % 3 for number in range(39)]
    assert faces.context.quality[-1] == 1
    assert faces.context.taken_s.tolist() == list(range(39))
    assert faces.context.threshold == 0.7
    assert np.isnan(faces.context.size_px).all()


def test_some_of_the_faces_keep_what_is_known_of_them(file):
    faces = read_npz(file(photo=np.arange(39) + 100), float("nan")).of_people_with(6)
    assert faces.context.photo.tolist() == list(range(14))
    assert faces.context.landmarks.shape == (14, 5, 2)
    assert faces.label.tolist() == [0] * 8 + [1] * 6


def test_faces_of_nobody_known_are_grouped_and_not_scored():
    label, cluster = np.array([0, 0, -1, -1, 1]), np.array([0, 0, 0, 1, 1])
    assert scores(label, cluster)["bcubed_p"] == 1
    assert scores(np.full(5, -1), cluster)["bcubed_f"] is None


def test_a_dropped_face_is_scored_as_alone():
    label, cluster = np.array([0, 0, 1, 2]), np.array([0, DROPPED, DROPPED, DROPPED])
    assert scores(label, cluster)["pairwise_p"] == 1
    assert scores(label, cluster)["pairwise_r"] == 0


@pytest.fixture(scope="module")
def sample():
    """Return faces with something of everything that methods may look at."""
    vectors, label = people(9, 7, 5, 4, 2, *[1] * 8, noise=0.08)
    order = np.random.default_rng(1).permutation(len(label))
    context = Context.of(len(label), photo=order // 2, threshold=0.6)
    return Faces(vectors[order], context, label[order])


@pytest.mark.parametrize("name", [name for name in METHODS if name not in TOLD])
def test_no_answer_depends_on_the_labels(sample, name):
    other = Faces(sample.vectors, sample.context, np.random.default_rng(2).permutation(sample.label) * 3 - 5)
    assert np.array_equal(run(name, sample).cluster, run(name, other).cluster)


@pytest.mark.parametrize("name", TOLD)
def test_the_others_say_that_they_do(sample, name):
    one_person = Faces(sample.vectors, sample.context, np.zeros_like(sample.label))
    assert not np.array_equal(run(name, sample).cluster, run(name, one_person).cluster)
    assert "tuned" in name or "true" in name


@pytest.mark.parametrize("name", ["dbscan", "average_linkage"])
def test_tuning_is_at_least_as_good(sample, name):
    plain, best = (bcubed(sample.label, run(row, sample).cluster).f for row in (name, f"{name}_tuned"))
    assert best >= plain


def test_what_is_not_for_everyday_has_to_be_asked_for():
    everyday = set(chosen((), with_tuned=False, with_ablations=False))
    assert set(chosen((), with_tuned=True, with_ablations=False)) - everyday == set(TUNED)
    assert set(chosen((), with_tuned=False, with_ablations=True)) - everyday == set(ABLATIONS)
    assert chosen(("dbscan_tuned",), with_tuned=False, with_ablations=False) == ("dbscan_tuned",)


def test_what_would_not_fit_is_said():
    many = Faces(np.ones((20_001, 2), np.float32), Context.of(20_001), np.zeros(20_001, int))
    rows, found = rows_of_one(many, "all", ["hdbscan_2"])
    assert [sorted(row) for row in rows] == [["method", "skipped", "variant"]]
    assert "20001 faces" in rows[0]["skipped"]
    assert found == {}


def test_means_are_over_seeds_and_then_over_settings(sample):
    # Every face below is scored as one person: all together is right for the first, alone for the second.
    together = Faces(sample.vectors, Context.of(len(sample.label), threshold=-1), np.zeros_like(sample.label))
    apart = Faces(sample.vectors, together.context, np.arange(len(sample.label)))
    rows = rows_of_seeds({"easy": [together, together], "mixed": [together, apart]}, ["dbscan"])
    assert [(row["variant"], row["seeds"]) for row in rows] == [("easy", 2), ("mixed", 2), ("mean", 2)]
    n = len(sample.label)
    assert [row["bcubed_p"] for row in rows] == pytest.approx([1, (1 + 1 / n) / 2, (3 + 1 / n) / 4])
    assert [row["bcubed_p_sd"] for row in rows] == pytest.approx([0, (1 - 1 / n) / 2, (1 - 1 / n) / 4])


def test_galleries_are_simulated(capsys):
    arguments = ("--synthetic", "moderate", "--seeds", 1, "--seed", 900, "--methods", "dbscan")
    (row,) = shown(capsys, *arguments)["rows"]
    assert row["seeds"] == 1
    assert row["faces"] > 3_000
    assert 0 < row["bcubed_f"] <= 1


@pytest.mark.parametrize("how", ["components", "linkage"])
def test_loose_groups_find_nearly_all_and_mix_people_up(how):
    vectors, label = people(*[12] * 20, *[1] * 40, noise=0.12)
    draw = np.random.default_rng(3)
    vectors[12:24] = vectors[:12] + 0.08 * draw.normal(size=(12, 32))  # the second is a double of the first
    faces = Faces(vectors, Context.of(len(label), threshold=0.6), label)
    found = pairwise(label, loose(faces, how))
    assert found.r > 0.9
    assert found.p < 0.95


def test_planted_groups_hold_few_of_somebody_else():
    vectors, label = people(*[10] * 8, 2, 1)
    label[-1] = -1
    group = planted(Faces(vectors, Context.of(len(label)), label))
    mixed = [np.unique(label[group == one], return_counts=True)[1].tolist() for one in range(8)]
    assert sum(len(sizes) > 1 for sizes in mixed) == 4
    assert all(sorted(sizes)[:-1] in ([], [1], [2]) for sizes in mixed)
    assert (group == group[-1]).sum() == 1


@pytest.mark.parametrize(
    ("label", "cluster", "right", "mixed"),
    [
        pytest.param([0, 0, 1], [5, 5, 5], [1, 1, 0], 1, id="one does not belong"),
        pytest.param([0, 0, 0], [5, 5, 5], [], 0, id="nobody else: not mixed"),
        pytest.param([0, 1], [5, 5], [], 0, id="too few to say who it is"),
        pytest.param([0, 0, 1, 1], [5, 5, 5, 5], [], 0, id="two in equal parts: nobody's"),
        pytest.param([0, 0, 1, -1], [5, 5, 5, 5], [1, 1, 0], 1, id="somebody unknown is not judged"),
        pytest.param([0, 1, 0, 2, 2, 0, 3, 2], [5, 5, 5, 2, 2, 2, 2, 5], [0, 1] * 4, 2, id="each group for itself"),
    ],
)
def test_who_belongs_in_mixed_groups(label, cluster, right, mixed):
    _, found, count = belongs(np.array(label), np.array(cluster))
    assert (sorted(found.tolist()), count) == (sorted(right), mixed)


@pytest.mark.parametrize("name", JUDGES)
def test_purifying_is_scored_before_and_after(name):
    vectors, label = people(*[10] * 12, noise=0.1)
    row = purify(name, "planted", Faces(vectors, Context.of(len(label), threshold=0.6), label))
    assert row["mixed_groups"] == 6
    assert row["pairwise_p_before"] < row["pairwise_p"]
    assert row["node_auc"] > 0.9


def test_without_mixed_groups_nothing_is_told_apart():
    vectors, label = people(*[10] * 4, noise=0.02)
    row = purify("confidence_gcn_no_weights", "linkage", Faces(vectors, Context.of(40, threshold=0.8), label))
    assert row["mixed_groups"] == 0
    assert "node_auc" not in row


def test_a_gallery_of_any_size_is_saved_and_grouped(tmp_path):
    save_gallery(tmp_path / "gallery.npz", 400)
    truth, answer = run_saved("incremental", tmp_path / "gallery.npz")
    assert 350 < len(truth.label) == len(answer.cluster) < 450
    assert len(truth.vectors) == 0  # they need not come back from the process
    assert bcubed(truth.label, answer.cluster).f > 0.5


def test_new_faces_are_put_to_known_people(tmp_path):
    save_gallery(tmp_path / "gallery.npz", 400)
    row = join_saved(40, tmp_path / "gallery.npz")
    assert (row["new_faces"], row["joined"] <= 40) == (40, True)
    assert row["precision"] > 0.8
    assert row["recall"] > 0.5


def test_ways_side_by_side_have_the_same_galleries_and_say_how_much_longer_they_take(capsys):
    methods = ("--methods", "knn_components")
    found = shown(capsys, "--beside", 200, "--seeds", 1, *methods)
    ours, *others = found["rows"]
    assert [row["method"] for row in found["rows"]] == ["affinity_gcn", "knn_components"]
    assert {row["variant"] for row in found["rows"]} == {"200_faces"}
    assert ours["times_ours"] == 1
    assert all(row["faces"] == ours["faces"] and row["seeds"] == 1 for row in others)
    assert all(row["times_ours"] > 0 for row in others)
