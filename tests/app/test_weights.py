"""Weights on the command line: what is said, the exit statuses, and that nothing of a wrong file is kept."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes.file_server import FileServer, serving

from plugins.features.weights import KNOWN, find

Command = Callable[..., subprocess.CompletedProcess[str]]
DIRECT = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


def cached(home: Path) -> list[str]:
    return sorted(path.name for path in (home / ".cache" / "albumen" / "weights").glob("*"))


def test_the_list_says_who_uses_what_and_how_to_get_it(albumen: Command) -> None:
    rows = {row["name"]: row for row in json.loads(albumen("weights", "list", "--json").stdout)["weights"]}
    assert list(rows) == list(KNOWN)
    assert set(rows["mtcnn_pnet"]["used_by"]) >= {"dlib_face", "facenet"}
    assert (rows["mtcnn_pnet"]["state"], rows["mtcnn_pnet"]["size_bytes"]) == ("found", 28_570)
    assert (rows["vgg16"]["state"], rows["vgg16"]["found"]) == ("missing", "")
    assert "albumen weights fetch vgg16" in rows["vgg16"]["mend"]
    lines = albumen("weights", "list").stdout
    assert all(word in lines for word in ("facenet", "28.6 kB", "albumen weights fetch vgg16", "CC0 1.0"))


def test_a_fetched_file_is_there_for_all_commands(shared: Path, tmp_path: Path, albumen: Command) -> None:
    with serving(FileServer((shared / "weights" / "vgg16_features.safetensors").read_bytes())) as server:
        child = albumen("weights", "fetch", "vgg16", "--url", server.url, **DIRECT)
        again = albumen("weights", "fetch", "vgg16", "--url", server.url, **DIRECT)
    assert (child.returncode, again.returncode, len(server.asked)) == (0, 0, 1)
    assert "29.4 of 29.4 MB" in child.stderr
    assert str(tmp_path / ".cache/albumen/weights/vgg16_features.safetensors") in child.stdout
    assert cached(tmp_path) == ["vgg16.lock", "vgg16_features.safetensors"]
    doctor = json.loads(albumen("doctor", "--json", ALBUMEN_FEATURES__ENABLED="true").stdout)["checks"]
    assert {check["name"]: check["state"] for check in doctor}["weights of vgg16"] == "ok"


def test_a_wrong_file_is_refused_with_both_sums(tmp_path: Path, albumen: Command) -> None:
    with serving(FileServer(b"other weights")) as server:
        child = albumen("weights", "fetch", "vgg16", "--url", server.url, **DIRECT)
    assert (child.returncode, child.stdout) == (1, "")
    for said in (hashlib.sha256(b"other weights").hexdigest(), "88682ab5", "albumen weights import FILE"):
        assert said in child.stderr
    assert "Traceback" not in child.stderr
    assert cached(tmp_path) == ["vgg16.lock"]


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        pytest.param(["fetch", "vgg61"], 2, "no weights are called 'vgg61'; there are: vgg16", id="unknown name"),
        pytest.param(["fetch", "--url", "https://a.example"], 2, "of one name", id="an address for many"),
        pytest.param(["fetch", "vgg16", "--url", "http://a.example/f"], 1, "only https", id="not https"),
        pytest.param(["fetch", "vgg16", "--url", "file:///etc/passwd"], 1, "only https", id="a file as an address"),
        pytest.param(["import", "nothing.pt"], 1, "nothing.pt is no file", id="no such file"),
        pytest.param(["import", "words.pt"], 1, "words.pt is not taken: it is neither", id="a text"),
        pytest.param(["import"], 2, "FILE", id="nothing named"),
    ],
)
def test_what_cannot_be_done_is_said(
    arguments: list[str], status: int, said: str, tmp_path: Path, albumen: Command
) -> None:
    (tmp_path / "words.pt").write_text("these are words", encoding="utf-8")
    child = albumen("weights", *arguments)
    assert (child.returncode, child.stdout) == (status, "")
    assert said in child.stderr
    assert "Traceback" not in child.stderr


def test_an_imported_file_is_there_and_damage_is_named(tmp_path: Path, albumen: Command) -> None:
    mine = tmp_path / "mine.dat"
    mine.write_bytes(find("dlib_five_points").read_bytes())
    child = albumen("weights", "import", "mine.dat")
    assert child.returncode == 0
    taken = tmp_path / ".cache/albumen/weights/shape_predictor_5_face_landmarks.dat"
    assert child.stdout.strip() == f"dlib_five_points: now in {taken}"
    assert albumen("weights", "check").returncode == 0
    taken.write_bytes(mine.read_bytes()[:-1])
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "facenet_vggface2.safetensors").write_bytes(b"<html>")
    child = albumen("weights", "check", "--json", ALBUMEN_WEIGHTS=str(tmp_path / "own"))
    answer = json.loads(child.stdout)
    assert (child.returncode, answer["sound"], answer["missing"]) == (1, False, ["vgg16"])
    wrong = {one["name"]: one["wrong"] for one in answer["files"] if one["wrong"]}
    assert set(wrong) == {"facenet", "dlib_five_points"}
    assert str(taken) in wrong["dlib_five_points"]
    lines = albumen("weights", "check").stdout
    assert f"fail  dlib_five_points: {taken} has 9150488 bytes" in lines
    assert "none  vgg16: `albumen weights fetch vgg16`" in lines
    listed = json.loads(albumen("weights", "list", "--json").stdout)["weights"]
    assert {row["name"]: row["state"] for row in listed}["dlib_five_points"] == "damaged"
