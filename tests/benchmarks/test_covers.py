"""The covers benchmark: any pictures and albums in, honest scores and answers in the order of the file out."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch

from benchmarks._covers_arrays import checked
from benchmarks._covers_data import Rules, small_pictures, users_of
from benchmarks._covers_extraction import joined, library, of_faces
from benchmarks._covers_methods import (
    ABLATIONS,
    ALL,
    LEARNED,
    RULES,
    STRICT,
    Small,
    chosen,
    made,
    own_head,
    rivals,
)
from benchmarks._covers_rows import Tally, kept, tables
from benchmarks._covers_simulated import large, timed, users
from benchmarks.covers import main
from plugins.covers import CATEGORIES, Album, Chosen, Ranking
from plugins.covers._interest_head import head_of
from plugins.covers._interest_net import InterestNet
from plugins.covers.acceptance import share_of, spoken_for
from plugins.covers.fine_tuning import folds
from plugins.trained_heads import save_head

torch.set_num_threads(1)
QUICK = "random,first,sharpest_face,medoid"
PHOTOS, ALBUMS, SIZE = 60, 8, 5


def arrays(seed=0):
    """Draw arrays of a file: two users, albums of five of the later photos, the cover the sharpest, and early likes."""
    draw = np.random.default_rng(seed)
    candidates = np.arange(PHOTOS - ALBUMS * SIZE, PHOTOS)
    sharpness = draw.random(PHOTOS)
    history = np.arange(10)
    return {
        "taken_s": np.arange(PHOTOS) * 100.0,
        "scenes": draw.normal(size=(PHOTOS, 16)),
        "sharpness": sharpness,
        "candidates": candidates,
        "album_of": np.repeat(np.arange(ALBUMS), SIZE),
        "chosen": sharpness[candidates].reshape(ALBUMS, SIZE).argmax(axis=1),
        "history": history,
        "history_s": history * 100.0,
    }


@pytest.fixture
def file(tmp_path):
    """Write a file of albums; arrays may be replaced or taken away by None."""

    def write(**replaced):
        path = tmp_path / "albums.npz"
        found = arrays() | replaced
        np.savez(path, **{name: array for name, array in found.items() if array is not None})
        return path

    return write


def shown(capsys, *arguments):
    assert main([str(argument) for argument in (*arguments, "--json")]) == 0
    return json.loads(capsys.readouterr().out)


def test_json_and_answers_in_the_order_of_the_file(file, tmp_path, capsys):
    """Albums lie mixed in the file, and their photos in any order."""
    given, mixed = arrays(), np.random.default_rng(1).permutation(ALBUMS * SIZE)
    album_of = given["album_of"][mixed]
    candidates = given["candidates"][mixed]
    sharpest = [given["sharpness"][candidates[album_of == album]].argmax() for album in range(ALBUMS)]
    path = file(candidates=candidates, album_of=album_of, chosen=np.array(sharpest))
    out = tmp_path / "answers.npz"
    found = shown(capsys, "--npz", path, "--methods", QUICK, "--out", out)
    assert set(found) == {"data", "machine", "rows"}
    assert found["data"] == "albums.npz: 60 pictures, 8 albums"
    rows = {row["method"]: row for row in found["rows"]}
    assert list(rows) == QUICK.split(",")
    assert [rows["sharpest_face"][name] for name in ("albums", "users", "top_1", "mrr")] == [8, 1, 1, 1]
    assert rows["random"]["top_1"] == pytest.approx(1 / SIZE)
    assert rows["random"]["top_3"] == pytest.approx(3 / SIZE)
    assert rows["random"]["mrr"] == pytest.approx(np.mean(1 / np.arange(1, SIZE + 1)))
    with np.load(out, allow_pickle=False) as answers:
        assert set(answers) == set(QUICK.split(","))
        for album in range(ALBUMS):
            of_album = np.flatnonzero(album_of == album)
            assert answers["sharpest_face"][of_album].argmax() == sharpest[album]
            assert given["taken_s"][candidates[of_album[answers["first"][of_album].argmax()]]] == min(
                given["taken_s"][candidates[of_album]]
            )
        assert answers["random"] == pytest.approx(1 / SIZE)


def test_all_rows_and_their_differences(file, capsys):
    rows = shown(capsys, "--npz", file(user=np.arange(PHOTOS) // SIZE % 2), "--ablate")["rows"]
    together = [row for row in rows if row["variant"] == "all"]
    plain = {row["method"]: row for row in together if "against" not in row}
    assert list(plain) == [*RULES, *LEARNED, *ABLATIONS]
    for row in (row for row in together if "against" in row):
        assert row["against"] in rivals(row["method"])
        assert row["top_1"] == pytest.approx(plain[row["method"]]["top_1"] - plain[row["against"]]["top_1"])
        assert row["top_1_low"] <= row["top_1"] <= row["top_1_high"]
    assert {row["variant"] for row in rows} == {"all", "all 0", "all 1"}
    of_each = [row for row in rows if row["method"] == "generic" and row["variant"] != "all"]
    assert [row["albums"] for row in of_each] == [4, 4]
    assert np.mean([row["mrr"] for row in of_each]) == pytest.approx(plain["generic"]["mrr"])


def test_without_json_it_is_tables(file, capsys):
    assert main(["--npz", str(file()), "--methods", "first,generic"]) == 0
    text, scores, differences = capsys.readouterr().out.strip().split("\n\n")
    assert text.startswith("albums.npz")
    assert scores.splitlines()[0].startswith("| method | variant | users | albums | seconds | top_1 | top_3 | mrr |")
    assert [line.split(" | ")[:2] for line in scores.splitlines()[2:]] == [["| first", "all"], ["| generic", "all"]]
    assert differences.splitlines()[2].startswith("| generic | all | first | 1 | 8 | ")


def test_seconds_of_many_albums_are_a_table_too():
    row = {"method": "medoid", "variant": "9_albums", "threads": 2, "seconds": 0.25, "peak_mb": 99.5}
    assert tables([row]).splitlines()[2] == "| medoid | 9_albums | 2 | 0.2 | 99.5 |"


BAD_ALBUM = np.repeat(np.arange(ALBUMS), SIZE)
NOTHING = np.zeros(0, int)


@pytest.mark.parametrize(
    ("replaced", "said"),
    [
        pytest.param({"scenes": None}, "no array scenes in it, but album_of, candidates", id="no scenes"),
        pytest.param({"chosen": None, "candidates": None}, "no array candidates or chosen", id="no albums"),
        pytest.param({"scenes": np.array([[{}]] * PHOTOS)}, "scenes cannot be read: Object arrays", id="objects"),
        pytest.param({"scenes": np.zeros(PHOTOS)}, "scenes (60,) of float64 must be numbers, one vector", id="flat"),
        pytest.param({"scenes": np.zeros((3, 2))}, "scenes (3, 2) must have 60 entries", id="scenes of fewer"),
        pytest.param({"scenes": np.full((PHOTOS, 2), np.nan)}, "scenes: vector 0 has numbers that", id="NaN"),
        pytest.param({"taken_s": np.array(["now"] * PHOTOS)}, "taken_s (60,) of <U3 must be finite sec", id="words"),
        pytest.param({"taken_s": np.full(PHOTOS, np.nan)}, "must be finite seconds", id="unknown times"),
        pytest.param({"candidates": np.arange(40) + 30}, "candidates has 60 at place 30: it must be 0 to 59", id="row"),
        pytest.param({"candidates": np.zeros(40)}, "candidates (40,) of float64 must be whole", id="no rows"),
        pytest.param({"candidates": np.zeros(40, int)}, "candidates names a row twice in one album", id="twice"),
        pytest.param({"album_of": BAD_ALBUM[:9]}, "album_of (9,) must have 40 entries, as there", id="albums of fewer"),
        pytest.param({"album_of": BAD_ALBUM // 2}, "album_of never names album 4: each of the 8", id="empty album"),
        pytest.param({"album_of": BAD_ALBUM + 1}, "album_of has 8 at place 35: it must be 0 to 7", id="counted from 1"),
        pytest.param({"chosen": np.full(8, 5)}, "chosen of album 0 is 5, and it has 5 candidates", id="no candidate"),
        pytest.param(dict.fromkeys(("chosen", "album_of", "candidates"), NOTHING), "chosen is empty", id="none"),
        pytest.param({"sharpness": np.full(PHOTOS, 7.5)}, "sharpness has 7.5 at place 0: scale it", id="scale"),
        pytest.param({"smile": np.zeros(3)}, "smile (3,) must have 60 entries", id="smiles of fewer"),
        pytest.param({"smile": np.array(["yes"] * PHOTOS)}, "smile of <U3 must be numbers", id="smiles in words"),
        pytest.param({"favourite": np.full(PHOTOS, 2)}, "favourite has 2 at place 0", id="flag"),
        pytest.param({"rating": np.full(PHOTOS, 6)}, "rating has 6 at place 0: stars are 1 to 5", id="stars"),
        pytest.param({"faces": np.eye(3)}, "faces needs face_of beside it", id="faces of nobody knows what"),
        pytest.param({"faces": np.eye(3), "face_of": np.zeros(2, int)}, "face_of has 2 numbers and faces", id="faces"),
        pytest.param({"face_of": np.zeros(2, int)}, "face_of needs faces beside it", id="no faces"),
        pytest.param({"history_s": None}, "history needs history_s beside it", id="likes without dates"),
        pytest.param({"history_s": np.zeros(2)}, "history_s (2,) must have 10 entries", id="dates of fewer"),
        pytest.param({"user": np.arange(PHOTOS)}, "user: the candidates of album 0 are of several", id="two users"),
        pytest.param({"user": np.zeros((PHOTOS, 2))}, "user (60, 2) must be one number or name", id="two names"),
        pytest.param({"category": np.array(["party"] * 8)}, "category has 'party': choose from trip", id="category"),
        pytest.param({"thumbnails": np.zeros((PHOTOS, 9, 9, 3))}, "thumbnails (60, 9, 9, 3) of float64", id="small"),
        pytest.param({"category": np.zeros(8)}, "category (8,) of float64 must be words", id="category number"),
    ],
)  # fmt: skip
def test_a_file_of_something_else_is_wrong_use(file, capsys, replaced, said):
    path = file(**replaced)
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
        pytest.param(pickle.dumps({"scenes": 1}), id="pickle"),
    ],
)
def test_a_file_that_cannot_be_read_is_wrong_use(tmp_path, capsys, content):
    path = tmp_path / "albums.npz"
    if content is not None:
        path.write_bytes(content)
    assert main(["--npz", str(path)]) == 2
    assert str(path) in capsys.readouterr().err


def test_one_array_is_no_file_of_albums(tmp_path, capsys):
    np.save(tmp_path / "albums.npy", np.zeros((3, 3)))
    assert main(["--npz", str(tmp_path / "albums.npy")]) == 2
    assert "it holds one array" in capsys.readouterr().err


def test_a_folder_without_a_library_is_wrong_use(tmp_path, capsys):
    assert main(["--library", str(tmp_path)]) == 2
    assert str(tmp_path) in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--npz", "a", "--methods", "magic"], "there is no magic: choose from random", id="method"),
        pytest.param(["--npz", "a", "--signals", "0,1", "--out", "b"], "with one number of signals", id="out"),
        pytest.param(["--npz", "a", "--signals", "few"], "numbers from 0 on", id="signals"),
        pytest.param(["--npz", "a", "--save", "b"], "--save goes with --library", id="nothing extracted"),
        pytest.param(["--npz", "a", "--drawn"], "--drawn goes with --synthetic", id="drawn"),
        pytest.param(["--npz", "a", "--without", "grus"], "--without goes with --head", id="parts of the shipped head"),
        pytest.param(["--npz", "a", "--head", "b", "--without", "luck"], "there is no part luck", id="parts"),
        pytest.param(["--synthetic", "--users", "0"], "above 0", id="no user"),
        pytest.param(["--synthetic", "--seed", "-1"], "0 or more", id="seed"),
        pytest.param(["--library", "/nowhere"], "not a folder", id="folder"),
        pytest.param(["--library", ".", "./"], "two of the folders have one name", id="one folder twice"),
        pytest.param([], "required", id="no data"),
    ],
)
def test_wrong_use(capsys, arguments, said):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err


def test_arrays_that_nobody_asks_for_are_told(file, capsys):
    found = shown(capsys, "--npz", file(favorite=np.zeros(PHOTOS)), "--methods", "first")
    assert found["data"].endswith("; not read: favorite")


def test_what_is_not_given_is_unknown(file):
    found = checked(arrays())
    assert np.isnan(found["exposure"]).all()
    assert np.isnan(found["n_faces"]).all()
    assert not found["favourite"].any()
    with_faces = checked(arrays() | {"faces": 3 * np.eye(3, 4), "face_of": np.array([5, 5, 7])})
    assert with_faces["n_faces"][[5, 6, 7]].tolist() == [2, 0, 1]
    assert np.linalg.norm(with_faces["faces"], axis=1) == pytest.approx([1] * 3)
    assert np.linalg.norm(with_faces["scenes"], axis=1) == pytest.approx([1] * PHOTOS)


def test_candidates_are_in_order_of_time_and_the_cover_stays():
    given = arrays()
    backwards = given | {"taken_s": -given["taken_s"], "history": np.zeros(0, int), "history_s": np.zeros(0)}
    (user,) = users_of(backwards)
    for one, album in zip(user.chosen, range(ALBUMS), strict=True):
        assert (np.diff(user.pictures.taken_s[one.album.candidates]) > 0).all()
        row = given["candidates"].reshape(ALBUMS, SIZE)[album, given["chosen"][album]]
        assert one.album.candidates[one.cover] == row


@pytest.mark.parametrize(
    ("all_history", "liked", "liked_s", "history"),
    [
        pytest.param(False, [3, 1], [300.0, 100.0], [1, 3], id="the longest ago first"),
        pytest.param(False, [1, 3, 1], [100.0, 300.0, 50.0], [1, 3], id="each once"),
        pytest.param(False, [1, 3], [100.0, 2_000.0], [1], id="not what was liked when the album began"),
        pytest.param(True, [1, 3], [100.0, 2_000.0], [1, 3], id="unless later likes are asked for"),
        pytest.param(True, [1, 22], [100.0, 10.0], [1], id="never one of the album"),
        pytest.param(False, [1, 59], [100.0, 10.0], [59, 1], id="one that was liked before, though taken later"),
    ],
)
def test_the_history_is_what_was_liked_before(all_history, liked, liked_s, history):
    given = arrays() | {"history": np.array(liked), "history_s": np.array(liked_s)}
    (user,) = users_of(given, all_history)
    assert user.chosen[0].album.history.tolist() == history
    assert user.n_liked == len(set(liked))


def test_users_are_kept_apart():
    """Photos of the two lie in turns: each sees the own ones alone, likes too, under new numbers."""
    given = arrays()
    user = np.where(np.arange(PHOTOS) < 20, np.arange(PHOTOS) % 2, np.arange(PHOTOS) // SIZE % 2)
    names = np.array(["anna", "bert"])[user]
    found = users_of(given | {"user": names, "faces": np.eye(2), "face_of": np.array([0, 21])})
    assert [one.name for one in found] == ["anna", "bert"]
    for number, one in enumerate(found):
        mine = np.flatnonzero(user == number)
        assert one.pictures.taken_s.tolist() == given["taken_s"][mine].tolist()
        assert len(one.chosen) == 4
        assert mine[one.chosen[0].album.history].tolist() == [row for row in range(10) if row % 2 == number]
        assert [mine[row] for row in one.pictures.face_of] == [row for row in (0, 21) if user[row] == number]


def test_signals_are_the_latest_and_albums_with_fewer_are_left_out():
    (user,) = users_of(arrays() | {"history_s": np.where(np.arange(10) < 6, 0.0, 3_000.0)})
    assert [len(one.album.history) for one in user.chosen] == [6, 6, 6, 10, 10, 10, 10, 10]
    cut = user.told(Rules(signals=8, blind=True))
    assert [one.album.history.tolist() for one in cut.chosen] == [[2, 3, 4, 5, 6, 7, 8, 9]] * 5
    assert all(one.album.blind for one in cut.chosen)
    assert (cut.n_liked, len(cut.places)) == (8, 5)
    assert [one.album.history.tolist() for one in user.told(Rules(signals=0)).chosen] == [[]] * 8


def test_more_signals_than_any_album_has_is_wrong_use(file, capsys):
    assert main(["--npz", str(file()), "--signals", "11"]) == 2
    assert "no album has 11 liked pictures" in capsys.readouterr().err


def test_no_history_is_the_generic_ranker(file, capsys):
    rows = shown(capsys, "--npz", file(), "--signals", "0", "--methods", "generic,personal,accepted")["rows"]
    differences = [row for row in rows if row.get("against") == "generic"]
    assert [(row["method"], row["top_1"], row["mrr"]) for row in differences] == [
        ("personal", 0, 0),
        ("accepted", 0, 0),
    ]


def test_the_personal_part_counts_by_the_length_of_each_history():
    found = next(users(3, 1, albums=6, signals=60, all_history=False, blind=False))
    for one, ranking in zip(found.chosen, ALL["personal"](found, {}), strict=True):
        n = len(one.album.history)
        share = share_of(n // 10 * 10) if n >= 30 else 0.0
        (alone,) = made("interest_gru", personal=share).rank(found.pictures, [one.album])
        assert ranking.scores == pytest.approx(alone.scores, abs=1e-5)


def test_a_head_of_somebodys_is_scored(file, tmp_path, capsys):
    """Its last layer prefers the candidate that it would else have put last."""
    (user,), head = users_of(arrays()), tmp_path / "head.safetensors"
    torch.manual_seed(0)
    net = InterestNet()
    with torch.no_grad():
        net.out.weight.neg_()
    found = head_of(net)
    save_head(head, found.tensors, found.facts)
    first = [one.scores.argmin() for one in ALL["untrained"](user, {})]
    arguments = ["--npz", file(chosen=np.array(first)), "--head", head, "--signals", "0", "--methods", "generic"]
    (row,) = shown(capsys, *arguments)["rows"]
    assert row["top_1"] == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(None, "No such file", id="no file"),
        pytest.param(b"not a head", "", id="something else"),
    ],
)
def test_a_head_that_cannot_be_used_is_wrong_use(file, tmp_path, capsys, content, said):
    head = tmp_path / "head.safetensors"
    if content is not None:
        head.write_bytes(content)
    assert main(["--npz", str(file()), "--head", str(head)]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"{head}: ")
    assert said in error


@pytest.mark.parametrize(
    ("covers", "counts"),
    [
        pytest.param([1, 1, 1], [True, True, True], id="all speak for the history"),
        pytest.param([0, 0, 0], [False, False, False], id="none does"),
        pytest.param([1, 1, 0], [False, False, True], id="only the others of each album are asked"),
        pytest.param([1, 1, -1], [True, True, True], id="a cover that is no candidate says nothing"),
    ],
)
def test_an_album_has_no_say_in_whether_its_own_history_counts(covers, counts):
    """With the history the second candidate is the likelier one, without it the first."""
    albums = [Chosen(Album(np.arange(2)), cover) for cover in covers]
    generic, own = (Ranking(np.array(p, np.float32)) for p in ([0.7, 0.3], [0.2, 0.8]))
    assert spoken_for(albums, [generic] * 3, [own] * 3) == counts


def test_a_cover_that_the_preset_rule_leaves_out_is_lost(file, capsys):
    """In the first album all but the cover are sharp; of the second album the rule leaves all."""
    sharpness = np.full(PHOTOS, 0.9)
    sharpness[22] = 0.01
    path = file(
        sharpness=sharpness,
        scenes=np.eye(PHOTOS),
        candidates=np.arange(20, 30),
        album_of=np.repeat([0, 1], 5),
        chosen=np.array([2, 0]),
    )
    methods = "random,first,last,accepted"
    rows = {row["method"]: row for row in shown(capsys, "--npz", path, "--preset", "--methods", methods)["rows"]}
    assert rows["random"]["top_1"] == pytest.approx((0 + 1 / 5) / 2)
    assert rows["first"]["mrr"] == pytest.approx((1 / 5 + 1) / 2)
    assert rows["last"]["mrr"] == pytest.approx((1 / 5 + 1 / 5) / 2)
    assert rows["accepted"]["albums"] == 2


def test_simulated_users_are_scored(capsys):
    found = shown(capsys, "--synthetic", "--users", 3, "--albums", 5, "--signals", "0,40", "--methods", "first,generic")
    assert found["data"] == "simulated users 10000 to 10002"
    sizes = {(row["variant"], row["users"], row["albums"]) for row in found["rows"]}
    assert sizes == {("signals_0", 3, 15), ("signals_40", 3, 15)}


def test_answers_of_simulated_users_have_a_place_each():
    tally = Tally(["first"])
    for user in users(10_000, 2, 5, None, all_history=True, blind=False):
        tally.add(user, keep=True)
    assert np.isfinite(kept(tally)["first"]).all()


def test_strict_mode_needs_pictures(file, capsys):
    assert main(["--npz", str(file()), "--methods", "strict"]) == 2
    assert "strict mode needs thumbnails" in capsys.readouterr().err


def test_thumbnails_are_those_of_the_user_and_seen_as_the_extractor_gives_them():
    small = np.random.default_rng(0).integers(0, 256, (PHOTOS, 64, 64, 3), np.uint8)
    _, second = users_of(arrays() | {"thumbnails": small, "user": np.arange(PHOTOS) // SIZE % 2})
    mine = np.flatnonzero(np.arange(PHOTOS) // SIZE % 2)
    seen, rows = Small(second.thumbnails), np.array([4, 0])
    assert seen.shape == (30, 64 * 64 * 3 + 1)
    assert np.array_equal(small_pictures(seen[rows]), small[mine[rows]])


def test_drawn_users_have_pictures_and_their_colours(capsys):
    (user,) = users(10_000, 1, 3, None, all_history=True, blind=False, drawn=True)
    assert user.thumbnails.shape == (len(user.pictures), 64, 64, 3)
    assert user.pictures.scenes.shape == (len(user.pictures), 192)
    red = user.pictures.scenes.reshape(-1, 8, 8, 3)[:, 0, 0, 0]
    assert np.corrcoef(red, user.thumbnails[:, :8, :8, 0].mean(axis=(1, 2)))[0, 1] > 0.9


def test_ablations_have_to_be_asked_for():
    assert chosen(()) == (*RULES, *LEARNED)
    assert chosen((), STRICT, ABLATIONS) == (*RULES, *LEARNED, *STRICT, *ABLATIONS)
    assert chosen(("untrained",), STRICT) == ("untrained",)


def test_an_album_is_ranked_by_a_head_that_has_not_seen_it():
    """Another cover of one album changes what is said of those of other folds, and not of itself."""
    (user,) = users(5, 1, albums=10, signals=60, all_history=True, blind=False)
    torch.manual_seed(0)
    found = head_of(InterestNet())
    settings = {"head": save_head(None, found.tensors, found.facts)}
    changed = list(user.chosen)
    changed[3] = Chosen(changed[3].album, (changed[3].cover + 1) % len(changed[3].album.candidates))
    before, after = (own_head(one, settings, steps=2) for one in (user, replace(user, chosen=tuple(changed))))
    same = [np.array_equal(one.scores, other.scores) for one, other in zip(before, after, strict=True)]
    assert same[3]
    assert not any(same[n] for fold in folds(10, seed=0) if 3 not in fold for n in fold)


def test_what_is_learned_is_compared_with_every_rule():
    assert all(set(RULES) <= set(rivals(name)) for name in (*LEARNED, *ABLATIONS))
    assert not any(rivals(name) for name in RULES)
    assert "generic" in rivals("personal")
    assert "generic" not in rivals("generic")


def test_seconds_are_measured():
    row = timed("generic", {}, 1, albums=3)
    assert (row["variant"], row["threads"]) == ("3_albums", 1)
    assert row["seconds"] > 0
    assert len(large(3).pictures) == 3 * 32 + 64


def test_a_simulated_library_is_read(tmp_path):
    """Two photos of one album and a favourite; faces are those of the second photo."""
    photos = [
        {"photo": name, "taken_local": f"2023-03-0{day}T12:00:00", "kind": "trip"}
        for day, name in enumerate(("a.jpg", "b.jpg", "c.jpg"), 1)
    ]
    album = {"name": "Album 1", "photos": ["b.jpg", "c.jpg"], "cover": "c.jpg"}
    (tmp_path / "truth.json").write_text(json.dumps({"photos": photos}))
    (tmp_path / "user_state.json").write_text(json.dumps({"favourites": ["a.jpg"], "albums": [album]}))
    upright = np.array([[0.4, 0.4], [0.6, 0.4], [0.5, 0.55], [0.4, 0.7], [0.6, 0.7]])
    boxes = np.array([[0.0, 0.0, 0.1, 0.1], [0.3, 0.2, 0.7, 0.8]])
    faces = of_faces(
        np.array([1, 1]), np.eye(2), boxes, np.array([0.9, 0.4]), np.stack([upright + [[0, 0]] * 5, upright]), 3
    )
    one = library(tmp_path, {"scenes": np.eye(3), **faces})
    first, second = users_of(joined({"first": one, "second": one}))
    assert (first.name, second.name) == ("first", "second")
    for user in (first, second):
        (chosen_one,) = user.chosen
        assert (chosen_one.album.candidates.tolist(), chosen_one.cover) == ([1, 2], 1)
        assert chosen_one.album.history.tolist() == [0]
        assert chosen_one.album.category == "trip"
        assert user.n_liked == 2
        assert user.pictures.favourite.tolist() == [True, False, False]
        assert user.pictures.face_of.tolist() == [1, 1]
        assert user.pictures.face_share == pytest.approx([0, 0.24, 0])
        assert user.pictures.face_quality == pytest.approx([0, 0.9, 0])
    assert set(one["category"]) <= set(CATEGORIES)
