"""The doctor at any server: what stands there, what is sent to it in the open, and whose clock is right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.doctors import KEY, LOGIN, NO_ROUTE, WELL, looked, states
from fakes.doors import Door, Says, door, make_certificate

PRODUCTS = {"immich": "Immich", "photoprism": "PhotoPrism"}
FIRST = {"immich": "/api/server/version", "photoprism": "/api/v1/status"}
"""What is asked first."""


@pytest.fixture(params=PRODUCTS)
def gallery(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize(
    ("otherwise", "said"),
    [
        pytest.param(NO_ROUTE, "no {}", id="another program's JSON"),
        pytest.param(Says("<!doctype html><title>nginx</title>"), "a web page", id="a web page everywhere"),
        pytest.param(Says({"version": "1"}), "is no {}", id="JSON of another kind"),
        pytest.param(LOGIN, "redirects to https://login.example.org/auth: ", id="a login page before it"),
        pytest.param(Says({}, 401), "asks for a password", id="a proxy that wants a password"),
        pytest.param(Says("<html>no</html>", 403), "asks for a password", id="a proxy that lets nobody in"),
        pytest.param(Says("<html>down</html>", 502), "502", id="a proxy with nothing behind it"),
    ],
)
def test_what_stands_there_is_named_and_gets_no_key(otherwise: Says, said: str, gallery: str) -> None:
    with door({}, otherwise) as here:
        found = looked(gallery, here.address)
    assert states(found) == {"address": "fail"}
    assert said.format(PRODUCTS[gallery]) in found["address"].finding
    assert "s3cret" not in found["address"].finding
    assert KEY not in repr(here.asked)


def test_nobody_listens(gallery: str) -> None:
    with door({}, NO_ROUTE) as here:
        pass
    assert "does not answer" in looked(gallery, here.address)["address"].finding


@pytest.fixture
def secure(gallery: str, tmp_path: Path) -> Iterator[tuple[Door, Path]]:
    """Lend a server that signs its own certificate."""
    certificate = make_certificate(tmp_path / "home.pem")
    with door(WELL[gallery](), NO_ROUTE, certificate) as here:
        yield here, certificate


def test_a_server_that_signs_its_own_certificate(gallery: str, secure: tuple[Door, Path], tmp_path: Path) -> None:
    here, certificate = secure
    found = looked(gallery, here.address)["address"]
    assert (found.state, here.asked) == ("fail", [])
    assert "ca_file" in found.finding
    assert "fail" not in states(looked(gallery, here.address, ca_file=certificate)).values()
    (tmp_path / "no.pem").write_text("no certificate", encoding="utf-8")
    for wrong in (tmp_path / "no.pem", tmp_path / "gone.pem"):
        assert wrong.name in looked(gallery, here.address, ca_file=wrong)["address"].finding


def test_http_and_https_mixed_up(gallery: str, secure: tuple[Door, Path]) -> None:
    here, _ = secure
    assert "https" in looked(gallery, here.address.replace("https:", "http:"))["address"].finding
    with door(WELL[gallery](), NO_ROUTE) as plain:
        assert "http://" in looked(gallery, plain.address.replace("http:", "https:"))["address"].finding


@pytest.mark.parametrize(
    ("date", "state", "said"),
    [
        pytest.param("Tue, 01 Jan 2030 00:00:00 GMT", "warn", "ahead of ours", id="ahead"),
        pytest.param("Thu, 01 Jan 2015 00:00:00 GMT", "warn", "behind ours", id="behind"),
        pytest.param("yesterday", "ok", "does not tell", id="no date"),
    ],
)
def test_clocks_that_differ(date: str, state: str, said: str, gallery: str) -> None:
    answers: dict[str, Any] = WELL[gallery]()
    first = answers[FIRST[gallery]]
    with door(answers | {FIRST[gallery]: Says(first.body, 200, {"Date": date})}, NO_ROUTE) as here:
        clock = looked(gallery, here.address)["clock"]
    assert (clock.state, said in clock.finding) == (state, True)


def test_a_key_that_cannot_be_read(gallery: str, tmp_path: Path) -> None:
    assert states(looked(gallery, "http://x", key="", api_key_file=tmp_path / "gone")) == {"key": "fail"}
