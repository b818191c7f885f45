"""Secrets of our own: made once, kept for this user alone, refused where they are too short."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from plugins.own_secrets import SecretUnusable, own_secret, secret_file


def test_made_once_and_kept_for_this_user_alone(tmp_path):
    made = own_secret(tmp_path, "review")
    assert (len(made), own_secret(tmp_path, "review")) == (43, made)
    assert own_secret(tmp_path, "hook-anna") != made
    assert (secret_file(tmp_path, "review").stat().st_mode & 0o777, (tmp_path / "secrets").stat().st_mode & 0o777) == (
        0o600,
        0o700,
    )


def test_whoever_asks_first_all_have_the_same_one(tmp_path, monkeypatch):
    """Two that find no file at the same moment, as a service and the worker beside it at their first start."""
    both = threading.Barrier(2)
    exists, seen = Path.exists, threading.local()

    def exists_not_yet(path: Path) -> bool:
        found = exists(path)
        if path.parent.name == "secrets" and not getattr(seen, "looked", False):
            seen.looked = True
            both.wait(30)
        return found

    monkeypatch.setattr(Path, "exists", exists_not_yet)
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: own_secret(tmp_path, "prefect"), range(2)))
    assert found == [secret_file(tmp_path, "prefect").read_text()] * 2


@pytest.mark.parametrize(
    "held", [pytest.param(b"short\n", id="too-short-to-be-safe"), pytest.param(b"\xff" * 40, id="not-text")]
)
def test_a_file_that_cannot_be_a_secret_is_told(tmp_path: Path, held):
    own_secret(tmp_path, "review")
    secret_file(tmp_path, "review").write_bytes(held)
    with pytest.raises(SecretUnusable, match="review"):
        own_secret(tmp_path, "review")


def test_the_users_own_secret_is_taken(tmp_path):
    file = secret_file(tmp_path, "review")
    file.parent.mkdir(mode=0o700)
    file.write_text("a secret of my own\n")
    assert own_secret(tmp_path, "review") == "a secret of my own"


@pytest.mark.parametrize("name", ["../key", "", "a/b", "A"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="no name of a secret"):
        own_secret(tmp_path, name)
