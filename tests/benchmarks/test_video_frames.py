"""The measure of frames for covers: each form of the film is measured, and what is no video is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import video_frames
from benchmarks.video_frames import main


def test_the_film_is_measured_in_each_form(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    for name, value in {"WIDTH": 64, "HEIGHT": 48, "RATE": 5, "SCENE_S": 2, "PAN_PX": 8}.items():
        monkeypatch.setattr(video_frames, name, value)
    assert main(["--made", "--seconds", "6", "--strict", "--json"]) == 0
    rows = {(row["file"], row["method"]): row for row in json.loads(capsys.readouterr().out)["rows"]}
    assert {method for _, method in rows} == {"ours", "strict", "plain"}
    for form in ("2s.mp4", "2s.mkv", "piped.mkv", "10s.mp4", "one_key.mp4"):
        assert rows[form, "plain"]["frames"] == 30
        assert rows[form, "ours"]["scenes"] == rows[form, "strict"]["scenes"] == 1
    assert rows["piped.mkv", "ours"]["note"] == ""
    assert "no video" in rows["2s.ts", "ours"]["note"]
    assert rows["short.webm", "plain"]["frames"] == 5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param([], "give files", id="nothing"),
        pytest.param(["a.mp4", "--made"], "give files", id="both"),
        pytest.param(["--made", "--seconds", "0"], "1 or more", id="no length"),
    ],
)
def test_a_wrong_command_line_is_said(arguments, said, capsys) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    assert said in capsys.readouterr().err


def test_a_file_that_is_no_video_has_its_reason(tmp_path: Path, capsys) -> None:
    assert main([str(tmp_path / "gone.mp4")]) == 2
    assert "gone.mp4 is no file" in capsys.readouterr().err
    (tmp_path / "x.mp4").write_bytes(b"\0\0\0\x18ftypisom")
    assert main([str(tmp_path / "x.mp4")]) == 0
    assert "plain" in capsys.readouterr().out
