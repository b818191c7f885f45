"""What the fake Immich does on the wire: faults of every kind, connections that idle, certificates."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess

import httpx
import pytest
from fakes.http.faults import KINDS
from fakes.immich import FakeImmich


class TestFaults:
    def test_none_means_none(self, server, ask):
        assert [ask("GET", "/tags")[0] for _ in range(20)] == [200] * 20

    @pytest.mark.parametrize(
        ("kind", "seen"),
        [
            pytest.param("reset", httpx.NetworkError, id="the connection is reset"),
            pytest.param("timeout", httpx.RemoteProtocolError, id="no answer until somebody hangs up"),
            pytest.param("500", 500, id="an error in JSON"),
            pytest.param("502", 502, id="a proxy's page"),
            pytest.param("429", 429, id="too many requests"),
            pytest.param("html", 200, id="a page where JSON was expected"),
            pytest.param("login", 302, id="a login page before the server"),
        ],
    )
    def test_each_kind_looks_like_itself(self, server, ask, kind, seen):
        server.faults(1, rate=1, kinds=[kind])
        try:
            assert ask("GET", "/tags")[0] == seen
        except httpx.TransportError as problem:
            assert isinstance(problem, seen)  # noqa: PT017 (one table for both)
        server.faults(1, rate=0)
        assert ask("GET", "/tags")[0] == 200

    def test_a_truncated_answer_is_no_json(self, server, ask):
        server.add_photos(5)
        server.faults(1, rate=1, kinds=["truncated"])
        for size in range(1, 9):
            with pytest.raises((ValueError, httpx.TransportError)):
                ask.client.post("/search/metadata", json={"size": size}).json()

    def test_a_request_may_take_effect_though_its_answer_is_lost(self, server, ask):
        server.faults(1, rate=1, kinds=["500"])
        for n in range(40):
            assert ask("POST", "/albums", {"albumName": f"{n}"})[0] == 500
        assert 5 < len(server.state.albums) < 35

    def test_the_same_seed_fails_the_same_requests(self, server, ask):
        def failures() -> list[int]:
            server.faults(7, rate=0.3, kinds=["500", "502"])
            return [ask("GET", f"/tags?n={n}")[0] for n in range(30)]

        assert failures() == failures()

    def test_each_kind_is_drawn(self, server, ask):
        server.faults(3, rate=1)
        for n in range(80):
            try:
                ask("GET", f"/tags?n={n}")
            except (httpx.TransportError, ValueError):
                continue
        assert {seen.fault for seen in server.requests} == set(KINDS)

    def test_it_can_let_a_request_through_after_some_failures(self, server, ask):
        server.faults(3, rate=1, kinds=["502"], in_a_row=3)
        assert [ask("GET", "/tags")[0] for _ in range(8)] == [502, 502, 502, 200, 502, 502, 502, 200]


def test_a_connection_that_idles_too_long_is_closed(server):
    server.keep_alive_s = 0.05
    with socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1])), timeout=30) as line:
        line.sendall(b"GET /api/server/ping HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = b""
        while chunk := line.recv(4096):
            answer += chunk
    assert answer.endswith(b'{"res":"pong"}')  # and then nothing but the end


def test_it_speaks_https_with_a_certificate_of_its_own(tmp_path):
    if not shutil.which("openssl"):
        pytest.skip("needs openssl, which makes the certificate")
    made = [
        "-keyout",
        "key.pem",
        "-out",
        "cert.pem",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
    ]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *made],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    with FakeImmich(tls=(tmp_path / "cert.pem", tmp_path / "key.pem")) as secure:
        ping = f"{secure.url}/api/server/ping"
        with pytest.raises(httpx.ConnectError, match="certificate"):
            httpx.get(ping)
        known = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
        assert httpx.get(ping, verify=known).json() == {"res": "pong"}
        with pytest.raises(httpx.TransportError):
            httpx.get(ping.replace("https", "http"))
