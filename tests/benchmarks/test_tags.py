"""The tags benchmark: any vectors and tags in, honest scores and answers in the order of the file out."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
import torch

from benchmarks._processes import WouldNotFit
from benchmarks._tags_data import MAP_DIM, Tagged, read_npz, unit
from benchmarks._tags_methods import ABLATIONS, METHODS, MOST_PHOTOS, chosen, clusters_of, run
from benchmarks._tags_rows import ON_POOLED, kept, rows_of, table, variants
from benchmarks._tags_scale import fitted, save_maps, updated
from benchmarks.tags import main, simulated
from plugins.tag_scores import tag_score

torch.set_num_threads(1)
KINDS = ("beach", "cat", "海", "قطة")
QUICK = "global,knn_50"
N = 48


def photos(n=N, d=16, seed=0):
    """Draw arrays of a file: photos of four kinds, each with its word and every third with another, three an event."""
    draw = np.random.default_rng(seed)
    kind = np.arange(n) % 4
    vectors = np.eye(4, d)[kind] + 0.1 * draw.normal(size=(n, d))
    tags = [[KINDS[k], *(["family"] if i % 3 == 0 else [])] for i, k in enumerate(kind)]
    return {"vectors": vectors.astype(np.float32), "tags": np.array(json.dumps(tags)), "group": np.arange(n) // 3}


@pytest.fixture
def file(tmp_path):
    """Write a file of photos; arrays may be replaced or taken away by None."""

    def write(**arrays):
        path = tmp_path / "photos.npz"
        found = photos() | arrays
        np.savez(path, **{name: array for name, array in found.items() if array is not None})
        return path

    return write


@pytest.fixture
def given(file, tmp_path):
    """Return the photos of a file as methods get them."""
    return lambda **arrays: read_npz(file(**arrays), tmp_path)


def shown(capsys, *arguments):
    assert main([str(argument) for argument in (*arguments, "--json")]) == 0
    return json.loads(capsys.readouterr().out)


def test_json_and_answers_in_the_order_of_the_file(file, tmp_path, capsys):
    tags = [said if i % 5 else [] for i, said in enumerate(json.loads(photos()["tags"].item()))]
    path, out = file(tags=np.array(json.dumps(tags))), tmp_path / "answers.npz"
    found = shown(capsys, "--npz", path, "--methods", QUICK, "--out", out)
    assert set(found) == {"data", "machine", "rows"}
    assert [row["method"] for row in found["rows"]] == QUICK.split(",")
    with np.load(out, allow_pickle=False) as answers:
        assert set(answers) == {"global", "global_scores", "knn_50", "knn_50_scores"}
        for row in found["rows"]:
            words, scores = answers[row["method"]], answers[f"{row['method']}_scores"]
            assert words.shape == scores.shape == (N, 5)
            assert words.dtype.kind == "U"
            assert (np.diff(scores, axis=1) <= 0).all()
            said = [[word for word in of_one if word] for of_one in words.tolist()]
            score = tag_score(tags, said)._asdict()
            assert {name: row[name] for name in score} == score
            assert (row["photos"], row["tags"], row["variant"]) == (38, 5, "held_out")
            assert min(row["seconds"], row["ms_per_photo"]) >= 0
            assert row["peak_mb"] > 10
    assert found["rows"][1]["p_at_1"] > 0.9 > found["rows"][0]["p_at_1"]


def test_without_json_it_is_a_table():
    rows = [
        {"method": "default", "variant": "held_out", "photos": 48, "p_at_1": 0.5, "seconds": 0.123, "clusters": 6.4},
        {"method": "voting", "variant": "held_out", "seeds": 2, "photos": 48.0, "p_at_1": 0.5, "p_at_1_sd": 0.01},
        {"method": "mean_shift", "variant": "held_out", "skipped": "too many"},
    ]
    assert table(rows).splitlines() == [
        "| method | variant | photos | clusters | p_at_1 | seconds | skipped |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        "| default | held_out | 48 | 6 | 0.5000 | 0.12 |  |",
        "| voting | held_out | 48 |  | 0.5000 ± 0.0100 |  |  |",
        "| mean_shift | held_out |  |  |  |  | too many |",
    ]


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        pytest.param({"vectors": None}, "no array vectors in it, but group, tags", id="no vectors"),
        pytest.param({"tags": None, "group": None}, "no array tags or group", id="neither tags nor groups"),
        pytest.param({"vectors": np.zeros(N)}, "vectors (48,) of float64 must be numbers", id="not vectors"),
        pytest.param({"vectors": np.zeros((0, 4))}, "must be numbers, (n, d)", id="no photo"),
        pytest.param({"vectors": np.full((N, 2), "a")}, "must be numbers", id="words for vectors"),
        pytest.param({"vectors": np.full((N, 2), np.nan)}, "photo 0 has numbers that are not finite", id="NaN"),
        pytest.param({"vectors": np.array([[{}]] * N)}, "vectors cannot be read: Object arrays", id="objects"),
        pytest.param({"tags": np.array([["sea"]] * N, dtype=object)}, "tags cannot be read: Object", id="object tags"),
        pytest.param({"tags": np.array(["sea"] * N)}, "tags (48,) of <U3 must be one JSON string", id="words for tags"),
        pytest.param({"tags": np.array("[[")}, "tags is not JSON", id="torn JSON"),
        pytest.param({"tags": np.array("[" * 100_000)}, "tags is not JSON", id="too deep"),
        pytest.param({"tags": np.array('{"a": []}')}, "must be a list of lists", id="other JSON"),
        pytest.param({"tags": np.array('["sea"]')}, "must be a list of lists", id="words, not lists"),
        pytest.param({"tags": np.array("[[1]]")}, "something in it that is no word", id="numbers for words"),
        pytest.param({"tags": np.array('[["sea"]]')}, "tags speaks of 1 photos, and there are 48", id="tags of fewer"),
        pytest.param({"tags": np.array(json.dumps([[]] * N))}, "no photo has a tag", id="no tag at all"),
        pytest.param({"truth": np.array('[["sea"]]')}, "truth speaks of 1 photos", id="truth of fewer"),
        pytest.param({"group": np.zeros(3)}, "group (3,) must be (48,)", id="groups of fewer"),
        pytest.param({"group": np.zeros((N, 2))}, "group (48, 2) must be (48,)", id="two groups each"),
        pytest.param({"content": np.zeros(3)}, "content (3,) must be (48,)", id="contents of fewer"),
        pytest.param({"post": np.zeros(3)}, "post (3,) must be (48,)", id="posts of fewer"),
        pytest.param({"taken_at": np.array(["now"] * N)}, "must be seconds since 1970", id="words for times"),
        pytest.param({"group": np.zeros(N)}, "all photos are of one group", id="nothing to hold out"),
    ],
)
def test_a_file_of_something_else_is_wrong_use(file, capsys, arrays, said):
    path = file(**arrays)
    assert main(["--npz", str(path)]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"{path}: ")
    assert said in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(None, id="no file"),
        pytest.param(b"", id="empty"),
        pytest.param(b"PK\x03\x04 torn", id="torn"),
        pytest.param(pickle.dumps({"vectors": 1}), id="pickle"),
        pytest.param(b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", id="torn npy"),
    ],
)
def test_a_file_that_cannot_be_read_is_wrong_use(tmp_path, capsys, content):
    path = tmp_path / "photos.npz"
    if content is not None:
        path.write_bytes(content)
    assert main(["--npz", str(path)]) == 2
    assert str(path) in capsys.readouterr().err


def test_one_array_is_no_file_of_photos(tmp_path, capsys):
    np.save(tmp_path / "photos.npy", np.zeros((3, 3)))
    assert main(["--npz", str(tmp_path / "photos.npy")]) == 2
    assert "it holds one array" in capsys.readouterr().err


@pytest.mark.parametrize("what", ["--library", "--pictures"])
def test_a_folder_without_photos_is_wrong_use(tmp_path, capsys, what):
    assert main([what, str(tmp_path)]) == 2
    assert str(tmp_path) in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--npz", "a", "--methods", "magic"], "there is no magic: choose from default", id="method"),
        pytest.param(["--npz", "a", "--seeds", "2", "--out", "b"], "with one seed", id="answers of two seeds"),
        pytest.param(["--npz", "a", "--seeds", "0"], "above 0", id="no seed"),
        pytest.param(["--npz", "a", "--seed", "-1"], "0 or more", id="seed"),
        pytest.param(["--npz", "a", "--save", "b"], "--pictures and --library", id="nothing extracted"),
        pytest.param(["--update", "1000"], "two numbers", id="update"),
        pytest.param(["--fit", "many"], "above 0", id="fit"),
        pytest.param(["--pictures", "/nowhere"], "not a folder", id="folder"),
        pytest.param([], "required", id="no data"),
    ],
)
def test_wrong_use(capsys, arguments, said):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err


def test_events_and_pictures_stay_in_one_fold(given):
    names = np.array([f"event {i // 3}" for i in range(N)])
    content = np.arange(N)
    content[[0, 10, 20]] = 99  # one picture in three events
    fold = given(group=names, content=content).folds(5, 0)
    assert len({fold[i] for i in (0, 1, 2, 9, 10, 11, 18, 19, 20)}) == 1
    assert all(len(set(fold[first : first + 3])) == 1 for first in range(0, N, 3))
    assert sorted(np.bincount(fold).tolist()) == [9, 9, 9, 9, 12]


def test_identical_vectors_are_one_picture(given):
    vectors = photos()["vectors"]
    vectors[40] = vectors[3]
    found = given(vectors=vectors)
    assert found.post[40] == found.post[3]
    assert all(fold[40] == fold[3] for fold in (found.folds(5, seed) for seed in range(9)))
    assert given(vectors=vectors, content=np.arange(N)).post[40] != found.post[3]


def test_folds_are_drawn_by_the_seed(given):
    found = given(group=np.arange(N))
    assert np.array_equal(found.folds(5, 1), found.folds(5, 1))
    assert not np.array_equal(found.folds(5, 1), found.folds(5, 2))


def test_few_events_make_few_folds(given):
    assert set(given(group=np.arange(N) % 2).folds(5, 0)) == {0, 1}


def test_a_method_gets_what_the_file_says(given):
    found = given(vectors=3 * photos()["vectors"], post=np.arange(N) // 2, taken_at=np.arange(N))
    stock = found.stock(np.array([5, 4]), of_maps=True)
    assert np.linalg.norm(stock.vectors[np.array([0, 1])], axis=1) == pytest.approx([1, 1])
    assert stock.taken_s.tolist() == [5, 4]
    assert (np.diff(stock.post) == 0).all()
    assert [set(said) for said in stock.tags] == [{"cat"}, {"beach"}]


def test_whole_maps_are_read_from_a_file_and_pooled_for_the_others(given):
    places = np.random.default_rng(0).random((N, 196, 512)).astype(np.float16)
    found = given(vectors=places.reshape(N, MAP_DIM))
    wide = places.astype(np.float32)
    assert found.vectors == pytest.approx(unit(wide.mean(axis=1)), abs=1e-6)
    maps = found.stock(np.array([7, 3, 5]), of_maps=True).vectors
    assert maps.shape == (3, MAP_DIM)
    assert maps[np.array([2, 0])] == pytest.approx(unit(wide.reshape(N, -1)[[5, 7]]), abs=1e-5)


@pytest.mark.parametrize("name", METHODS)
def test_no_answer_hangs_on_the_tags_of_what_is_scored(given, name):
    """The words of one fold's photos are changed: its answers must stay, and others change."""
    found = given()
    held = found.folds(5, 0) == 2
    changed = tuple(frozenset({"changed"}) if out else tags for tags, out in zip(found.tags, held, strict=True))
    other = Tagged(found.vectors, None, changed, None, found.together, found.post, found.taken_s)
    before, after = (run(name, (one, 0)).words for one in (found, other))
    assert [before[row] for row in np.flatnonzero(held)] == [after[row] for row in np.flatnonzero(held)]
    assert [before[row] for row in np.flatnonzero(~held)] != [after[row] for row in np.flatnonzero(~held)]


@pytest.mark.parametrize("name", ["default", "voting"])
def test_clusters_are_counted_where_there_are_any(given, name):
    answer = run(name, (given(), 0))
    assert (answer.clusters is None, answer.dead) == ((True, None) if name == "voting" else (False, 0))


def test_a_cluster_that_is_nearest_to_nobody_is_dead(given):
    class Model:
        centres = np.zeros((4, 16))

        def nearest(self, vectors):
            return np.arange(len(vectors)) % 3

    assert clusters_of(Model(), given().stock(np.arange(N), of_maps=False)) == (4, 1)


def test_what_the_user_did_not_tag_is_scored_against_the_truth(given):
    tags = [said if i % 2 else [] for i, said in enumerate(json.loads(photos()["tags"].item()))]
    found = given(tags=np.array(json.dumps(tags)), truth=np.array(json.dumps([["cat"]] * N)))
    rows = variants(found, run("global", (found, 0)), "global")
    assert {name: (row["photos"], row["tags"]) for name, row in rows.items()} == {
        "held_out": (24, 3),
        "untagged": (24, 1),
    }


def test_strict_rules_on_other_vectors_than_maps_are_told(given):
    found = given()
    answer = run("global", (found, 0))
    assert variants(found, answer, "strict")["held_out"]["note"] == ON_POOLED
    assert "note" not in variants(found, answer, "default")["held_out"]


def test_what_would_take_long_is_not_tried(given):
    many = MOST_PHOTOS["mean_shift"] + 1
    found = given()
    long = Tagged(found.vectors, None, (frozenset({"sea"}),) * many, None, found.together, found.post, found.taken_s)
    with pytest.raises(WouldNotFit, match="2001 tagged photos would take it long"):
        run("mean_shift", (long, 0))
    rows, answers = rows_of([(long, 0)], ["mean_shift"])
    assert [sorted(row) for row in rows] == [["method", "skipped", "variant"]]
    assert answers == {}


def test_answers_keep_their_letters_and_places(given):
    found = given()
    answers = kept("voting", run("voting", (found, 0)))
    assert {"海", "قطة"} <= set(answers["voting"][:, 0].tolist())
    assert (answers["voting_scores"][answers["voting"] == ""] == 0).all()


def test_ablations_have_to_be_asked_for():
    assert set(chosen((), with_ablations=True)) - set(chosen((), with_ablations=False)) == set(ABLATIONS)
    assert chosen(("voting_5",), with_ablations=False) == ("voting_5",)


def test_means_are_over_seeds(tmp_path):
    sets = [(simulated(80, seed, tmp_path), seed) for seed in (3, 4)]
    rows, _ = rows_of(sets, ["global"])
    each = [variants(found, run("global", (found, seed)), "global")["held_out"]["p_at_1"] for found, seed in sets]
    assert [(row["variant"], row["seeds"]) for row in rows] == [("held_out", 2), ("untagged", 2)]
    assert (rows[0]["p_at_1"], rows[0]["p_at_1_sd"]) == pytest.approx((np.mean(each), np.std(each)))


def test_simulated_libraries_are_scored(capsys):
    rows = shown(capsys, "--synthetic", 200, "--methods", "voting")["rows"]
    assert [row["variant"] for row in rows] == ["held_out", "untagged"]
    assert sum(row["photos"] for row in rows) == 200


def test_learning_from_many_is_measured():
    row = fitted("cluster_frequency", {"k": 12}, None, 300)
    assert (row["photos"], row["clusters"], row["dead"]) == (300, 12, 0)


def test_maps_are_simulated_on_disk(tmp_path):
    save_maps(tmp_path / "maps.npy", 9)
    row = fitted("knn_50", {}, tmp_path / "maps.npy", 9)
    assert row["photos"] == 9


def test_new_photos_are_taken_in():
    row = updated(200, 20)
    assert (row["photos"], row["new_photos"], row["dead"]) == (200, 20, 0)
    assert min(row["seconds"], row["cpu_seconds"]) > 0
    assert row["note"].startswith("full refit due: ")


@pytest.fixture
def pictures(shared, tmp_path, monkeypatch):
    """Lend three classes of two pictures each, and VGG16."""
    monkeypatch.setenv("ALBUMEN_WEIGHTS", str(shared / "weights"))
    folder = tmp_path / "pictures"
    for name in ("anchor", "crab", "pizza"):
        (folder / name).mkdir(parents=True)
        for path in sorted((shared / "tags" / "caltech101_dev" / name).glob("*.jpg"))[:2]:
            (folder / name / path.name).write_bytes(path.read_bytes())
    return folder


def test_class_folders_are_extracted_once_and_read_again(pictures, tmp_path, capsys):
    saved = tmp_path / "saved.npz"
    found = shown(capsys, "--pictures", pictures, "--strict-features", "--save", saved, "--methods", "knn_50")
    again = shown(capsys, "--npz", saved, "--methods", "knn_50")
    assert found["rows"][0]["p_at_5"] == again["rows"][0]["p_at_5"]
    assert "whole maps" in found["data"]
    with np.load(saved, allow_pickle=False) as arrays:
        assert arrays["vectors"].shape == (6, MAP_DIM)
        assert arrays["vectors"].dtype == np.float16
        assert json.loads(arrays["tags"].item()) == [["anchor"]] * 2 + [["crab"]] * 2 + [["pizza"]] * 2
        assert len(set(arrays["content"])) == 6


def test_a_library_has_the_tags_of_its_user_and_the_truth(pictures, tmp_path):
    from benchmarks._tags_extraction import from_library

    files = [str(path.relative_to(pictures)) for path in sorted(pictures.rglob("*.jpg"))]
    day = "2023-03-01T10:00:00"
    seen = [{"photo": file, "event": i // 3, "taken_local": day, "tags": ["x", "home"]} for i, file in enumerate(files)]
    (pictures / "truth.json").write_text(json.dumps({"photos": seen}))
    (pictures / "user_state.json").write_text(json.dumps({"tags": {files[1]: ["x"]}}))
    arrays = from_library(pictures, of_maps=False)
    assert json.loads(arrays["tags"].item()) == [[], ["x"], [], [], [], []]
    assert json.loads(arrays["truth"].item()) == [["x", "home"]] * 6
    assert arrays["group"].tolist() == [0, 0, 0, 1, 1, 1]
    assert arrays["taken_at"].tolist() == [1677664800.0] * 6
    assert arrays["vectors"].shape == (6, 512)


def test_a_picture_that_cannot_be_read_is_named(pictures, capsys):
    (pictures / "crab" / "torn.jpg").write_bytes(b"no picture")
    assert main(["--pictures", str(pictures)]) == 2
    assert "torn.jpg cannot be read" in capsys.readouterr().err
