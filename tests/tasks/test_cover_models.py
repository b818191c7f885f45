"""The cover method that a step gets, and how much the user's own taste counts in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from plugins.covers import Album, Chosen, Pictures, interest_gru
from plugins.covers._interest_head import head_of
from plugins.covers._interest_net import InterestNet
from plugins.covers.sharpest_face import Plugin as SharpestFace
from plugins.settings import SettingsWrong, load_settings
from plugins.trained_heads import save_head
from tasks.caching import Skipped
from tasks.context import Opened, opened
from tasks.cover_models import KIND, acceptance_of, cover_method

PICTURES = Pictures.of(["a", "b"], np.arange(2.0))
SAMPLES = [Chosen(Album(np.arange(2)), 0)] * 20


BROKEN = b"no safetensors"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    monkeypatch.setenv("ALBUMEN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("ALBUMEN_COVERS__METHOD", "sharpest_face")
    (tmp_path / "photos").mkdir()
    with opened(f"folder:{tmp_path / 'photos'}") as library:
        yield library


def changed(here: Opened, monkeypatch: pytest.MonkeyPatch, **settings: str) -> Opened:
    for name, value in settings.items():
        monkeypatch.setenv(f"ALBUMEN_COVERS__{name.upper()}", value)
    settings_now = load_settings()
    return Opened(settings_now, settings_now.library(here.name), here.store)


def test_a_method_that_does_not_ask_what_the_user_likes(here):
    here.store.trained.put(here.name, KIND, "1", b"a head of another method", {"personal": True})
    method = cover_method(here)
    assert isinstance(method(0.5), SharpestFace)
    assert (method.asks, method.head, method.note) == (False, None, "")
    found = acceptance_of(here, method, PICTURES, SAMPLES, 100)
    assert (found.personal, found.reason) == (0, "sharpest_face is a rule without weights")


def test_options_reach_the_method_and_the_fingerprint(here, monkeypatch):
    before = cover_method(here).fingerprint
    assert cover_method(here).fingerprint == before
    method = cover_method(changed(here, monkeypatch, options='{"most_faces": 2}'))
    assert method(0.0).most_faces == 2
    assert method.fingerprint != before


@pytest.mark.parametrize(
    ("method", "options", "said"),
    [
        pytest.param("sharpest_face", '{"cats": 2}', "it has none called 'cats'", id="no such option"),
        pytest.param(
            "interest_gru", '{"personal": 0.5}', "it has none called 'personal'", id="a setting, not an option"
        ),
        pytest.param("interest_gru", '{"history": 0}', "history 0 must be at least 1", id="out of range"),
    ],
)
def test_options_that_do_not_fit_are_told_at_once(here, monkeypatch, method, options, said):
    wrong = changed(here, monkeypatch, method=method, options=options)
    with pytest.raises(SettingsWrong, match=rf"\[covers\] options do not fit {method}: {said}"):
        cover_method(wrong)


def test_a_damaged_shipped_head_leaves_the_plain_rule_and_is_told_once(here, monkeypatch, tmp_path, caplog):
    (tmp_path / "broken").write_bytes(BROKEN)
    monkeypatch.setattr(interest_gru, "SHIPPED", tmp_path / "broken")
    library = changed(here, monkeypatch, method="interest_gru")
    method = cover_method(library)
    assert (cover_method(library), caplog.messages) == (method, [method.note])
    assert method.note.startswith("The weights for covers that Albumen ships are not used: ")
    (ranking,) = method(0.0).rank(PICTURES, [SAMPLES[0].album])
    assert ranking.scores.sum() == pytest.approx(1)


def test_what_cannot_do_without_weights_is_skipped(here, monkeypatch, tmp_path):
    (tmp_path / "broken").write_bytes(BROKEN)
    monkeypatch.setattr(interest_gru, "STRICT", tmp_path / "broken")
    with pytest.raises(Skipped, match="The weights for covers that Albumen ships are not used"):
        cover_method(changed(here, monkeypatch, method="interest_gru", mode="strict"))


@pytest.mark.parametrize(
    ("taste", "n_signals", "share", "reason"),
    [
        pytest.param(True, 50, 0.5, "it helped in albums left out of the training", id="it helped"),
        pytest.param(False, 50, 0, "it did not help in albums left out", id="it did not"),
        pytest.param(True, 29, 0, "from 30 photos on", id="too few signals are left"),
    ],
)
def test_of_an_own_head_its_training_knows_whether_taste_helps(here, monkeypatch, taste, n_signals, share, reason):
    head = head_of(InterestNet())
    here.store.trained.put(here.name, KIND, "1", save_head(None, head.tensors, head.facts), {"personal": taste})
    now = changed(here, monkeypatch, method="interest_gru")
    method = cover_method(now)
    assert (method.note, method.taste) == ("", taste)
    found = acceptance_of(now, method, PICTURES, SAMPLES, n_signals)
    assert (found.personal, reason in found.reason) == (share, True)


def test_what_was_learned_is_not_for_the_strict_network(here, monkeypatch):
    head = head_of(InterestNet())
    here.store.trained.put(here.name, KIND, "1", save_head(None, head.tensors, head.facts), {"personal": True})
    method = cover_method(changed(here, monkeypatch, method="interest_gru", mode="strict"))
    assert (method.head, method.taste, method.note) == (None, None, "")


def test_taste_can_be_switched_off(here, monkeypatch):
    off = changed(here, monkeypatch, personal="false")
    found = acceptance_of(off, cover_method(off), PICTURES, SAMPLES, 100)
    assert (found.personal, found.reason) == (0, "it is switched off by [covers] personal")
