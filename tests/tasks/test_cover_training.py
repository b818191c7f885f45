"""A library's own covers teach the network, what was learned is used, and it can be taken back."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from fakes.tagged import Shots, enter
from sqlalchemy.engine.default import DefaultDialect

from plugins.covers import _interest_training, interest_gru
from plugins.covers._interest_head import head_of
from plugins.covers._interest_net import InterestNet
from plugins.covers._interest_training import fitted
from plugins.covers.fine_tuning import Lesson
from plugins.publishing.ledger import LedgerAlbum
from plugins.records import Event
from plugins.trained_heads import save_head
from tasks import cover_training
from tasks.caching import Skipped
from tasks.context import opened
from tasks.cover_models import KIND, acceptance_of, cover_method
from tasks.cover_signals import told
from tasks.cover_training import _kept, _roll_back, _train

HOME = "home"
PLACES = ("beach", "cat", "wood", "town")


@pytest.fixture(autouse=True)
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[bytes]:
    """Open a library whose shipped head is a plain rule, so that what is learned depends on no other training."""
    enter(tmp_path, monkeypatch, HOME)
    monkeypatch.setenv("ALBUMEN_COVERS__METHOD", "interest_gru")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    plain = head_of(InterestNet())
    for user in (_interest_training, interest_gru):
        monkeypatch.setattr(user, "SHIPPED", tmp_path / "plain.safetensors")
    monkeypatch.setattr(cover_training, "fitted", partial(fitted, steps=50))  # all of them take seconds
    yield save_head(tmp_path / "plain.safetensors", plain.tensors, plain.facts)
    torch.set_num_threads(before)


def library(n_albums: int, n_marked: int) -> None:
    """Take a photo of each place on each day, of which the user chose the first for the cover; and mark some others."""
    shots = Shots(HOME)
    albums = [[shots.take(1, place, day=day)[0] for place in _shuffled(day)] for day in range(n_albums)]
    marked = [shots.take(1, place, day=n_albums)[0] for n in range(n_marked) for place in _shuffled(n)[:1]]
    beside = shots.take(3, "town", day=n_albums)
    shots.photos |= {id_: replace(shots.photos[id_], favourite=True) for id_ in marked}
    shots.save()
    with opened(HOME) as here:
        here.store.events.save(here.name, [Event("marked", (*marked, *beside))])
        here.store.ledger.save_albums(here.name, [_ours(f"e{n}", taken) for n, taken in enumerate(albums)])


def _shuffled(n: int) -> list[str]:
    return [PLACES[place] for place in np.random.default_rng(n).permutation(len(PLACES))]


def _ours(key: str, photos: list[str]) -> LedgerAlbum:
    members = dict.fromkeys(photos, "ours")
    return LedgerAlbum(key, "event", f"id-{key}", cover=photos[0], user_cover=True, members=members)


def in_use() -> str:
    with opened(HOME) as here:
        active = here.store.trained.active(HOME, KIND)
    return "" if active is None else active.version


def test_learn_use_and_go_back():
    library(12, 20)
    figures = _train.fn(HOME)
    assert (figures["signals"], figures["chosen"], figures["hints"]) == (32, 12, 1)
    assert figures["accepted"], figures["reason"]
    assert figures["after"]["log_p"] > figures["before"]["log_p"]
    assert (figures["changed"], figures["version"]) == (True, in_use())
    with opened(HOME) as here:
        method, known = cover_method(here), told(here)
        assert (method.note, method.taste) == ("", figures["personal"])
        accepted = acceptance_of(here, method, known.pictures, known.samples(), known.liked.n_signals)
    assert (accepted.personal > 0, "left out of the training" in accepted.reason) == (figures["personal"], True)

    again = _train.fn(HOME)
    assert (again["changed"], again["version"]) == (False, figures["version"])  # the same covers teach the same

    assert _roll_back.fn(HOME) == {"changed": True, "version": "shipped"}
    with opened(HOME) as here:
        assert cover_method(here).head is None
    assert _roll_back.fn(HOME) == {"changed": False, "version": "shipped"}


@pytest.mark.parametrize(
    ("n_albums", "n_marked", "reason"),
    [
        pytest.param(0, 0, "from 30 photos on", id="no signals"),
        pytest.param(5, 24, "so far 29", id="29 signals"),
    ],
)
def test_too_little_changes_nothing(n_albums, n_marked, reason):
    library(n_albums, n_marked)
    figures = _train.fn(HOME)
    assert (figures["accepted"], figures["changed"], in_use()) == (False, False, "")
    assert reason in figures["reason"]


@pytest.mark.parametrize(
    ("name", "value", "mend"),
    [
        pytest.param("METHOD", "first_photo", "first_photo learns nothing", id="a rule"),
        pytest.param("MODE", "strict", "learns nothing in strict mode", id="what the claims say, to the letter"),
    ],
)
def test_a_method_that_learns_nothing_is_told(monkeypatch, name, value, mend):
    monkeypatch.setenv(f"ALBUMEN_COVERS__{name}", value)
    with pytest.raises(Skipped, match=mend):
        _train.fn(HOME)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(lambda head: head[:-5], id="cut off"),
        pytest.param(lambda head: head[:-5] + b"12345", id="other numbers"),
        pytest.param(lambda _: b"no safetensors", id="something else"),
    ],
)
def test_a_broken_head_is_told_and_the_shipped_one_is_used(shipped, broken):
    with opened(HOME) as here:
        here.store.trained.put(HOME, KIND, "12ab", broken(shipped), {"personal": True})
        method = cover_method(here)
    assert method.head is None
    assert method.note.startswith("What home has learned about covers is not used: ")
    assert method.note.endswith("`albumen train home covers` learns anew.")
    assert _train.fn(HOME)["note"] == method.note


def test_without_shipped_weights_nothing_can_be_learned(tmp_path):
    library(12, 20)
    (tmp_path / "plain.safetensors").unlink()
    with pytest.raises(Skipped, match="there are no shipped weights to begin with"):
        _train.fn(HOME)


def test_what_was_there_before_a_kill_is_there_after_it():
    with opened(HOME) as here:
        _kept(here, learned(b"first"))
    first = in_use()
    process = multiprocessing.get_context("fork").Process(target=_keep_and_die)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert in_use() == first
    assert _roll_back.fn(HOME) == {"changed": True, "version": "shipped"}


def learned(head: bytes) -> Lesson:
    return Lesson(40, 20, 20, head=head)


def _keep_and_die() -> None:
    def die(*_: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with opened(HOME) as here:
        DefaultDialect.do_commit = die  # type: ignore[method-assign]
        _kept(here, learned(b"second"))
