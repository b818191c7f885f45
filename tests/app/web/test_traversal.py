"""Addresses that try to leave their library, their report or the folder of our own files, as bytes on the wire."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest
from fakes.reviewing import Browser, reviewing
from fakes.small_folder import draw

from plugins.settings import LibrarySettings, Settings
from plugins.store import open_store
from tasks.context import Opened

MARK = b"a-secret-of-the-disk"
RUN, OTHERS = "20260102-0304-00", "20260102-0304-01"
HERE = "/libraries/family"
REPORT, PICTURE = f"{HERE}/reports/{RUN}", f"{HERE}/picture?px=96&photo="
BESIDE = f"other/{OTHERS}/report.html"


@dataclass
class Served:
    """Two libraries with a photo and a report each; what may not be had holds MARK, or is a picture."""

    browser: Browser
    place: Path
    keys: dict[str, str]

    def ask(self, target: str) -> tuple[int, bytes, bytes]:
        """Send a target just as it is, which no client of HTTP would; return status, headers and body."""
        where = urlsplit(str(self.browser.base_url))
        cookies = "; ".join(f"{name}={value}" for name, value in self.browser.cookies.items())
        lines = (f"GET {target} HTTP/1.1", f"Host: {where.netloc}", f"Cookie: {cookies}", "Connection: close", "", "")
        with socket.create_connection((where.hostname or "", where.port or 0), timeout=20) as wire:
            wire.sendall("\r\n".join(lines).encode())
            answer = b"".join(iter(lambda: wire.recv(1 << 16), b""))
        headers, _, body = answer.partition(b"\r\n\r\n")
        return int(headers.split()[1]), headers.lower(), body


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    place = tmp_path_factory.mktemp("traversal")
    libraries = {name: LibrarySettings(path=place / name) for name in ("family", "other")}
    for n, name in enumerate(libraries):
        draw(place / name, [f"{name}.jpg"], size=(64 + n, 48))
    settings = Settings(data_dir=place / "data", libraries=libraries)
    _reports(settings.data_dir)
    with open_store(settings) as store, reviewing(settings) as browser:
        keys = {}
        for name in libraries:
            photos = list(Opened(settings, settings.library(name), store).gallery.photos())
            store.photos.replace(name, photos)
            keys[name] = photos[0].content_key
        yield Served(browser, place, keys)


def _reports(data: Path) -> None:
    for library, run, text in (("family", RUN, b'<a href="../../../x.html">ours</a>'), ("other", OTHERS, MARK)):
        folder = data / "reports" / library / run
        (folder / "thumbs").mkdir(parents=True)
        (folder / "report.html").write_bytes(text)
    inside = data / "reports" / "family" / RUN
    for name in (data / "secret.html", inside / "notes.txt", inside.parent / "beside.html"):
        name.write_bytes(MARK)
    (inside / "link.html").symlink_to(data / "secret.html")


@pytest.mark.parametrize(
    ("target", "status"),
    [
        pytest.param(f"{REPORT}/../../{BESIDE}", 404, id="dots"),
        pytest.param(f"{REPORT}/../beside.html", 404, id="dots to the folder of all reports"),
        pytest.param(f"{REPORT}/%2e%2e/%2E%2E/{BESIDE}", 404, id="dots encoded"),
        pytest.param(f"{REPORT}/..%2f..%2F{quote(BESIDE, safe='')}", 404, id="slashes encoded"),
        pytest.param(f"{REPORT}/%252e%252e%252f%252e%252e%252f{BESIDE}", 404, id="encoded twice"),
        pytest.param(f"{REPORT}/%25252e%25252e/beside.html", 404, id="encoded three times"),
        pytest.param(f"{REPORT}/%c0%ae%c0%ae/beside.html", 404, id="dots longer than UTF-8 has them"),
        pytest.param(f"{REPORT}/{quote('．．／')}beside.html", 404, id="dots of full width"),
        pytest.param(f"{REPORT}/..\\..\\{BESIDE}", 404, id="backslashes"),
        pytest.param(f"{REPORT}/..%5c..%5c{BESIDE}", 404, id="backslashes encoded"),
        pytest.param(f"{REPORT}/....//....//{BESIDE}", 404, id="dots that are left where some are taken out"),
        pytest.param(f"{REPORT}//etc/passwd", 404, id="absolute"),
        pytest.param(f"{REPORT}/%2fetc%2fpasswd", 404, id="absolute, encoded"),
        pytest.param(f"{REPORT}/file:%2f%2f%2fetc%2fpasswd", 404, id="a URL"),
        pytest.param(f"{REPORT}/report.html%00.jpg", 404, id="NUL encoded"),
        pytest.param(f"{REPORT}/report.html\x00.jpg", 400, id="NUL"),
        pytest.param(f"{REPORT}/{'a/' * 9_000}", 404, id="far too long"),
        pytest.param(f"{REPORT}/{'a' * 9_000}.html", 404, id="a name that is far too long"),
        pytest.param(f"{REPORT}/link.html", 404, id="a link to a file outside"),
        pytest.param(f"{REPORT}/notes.txt", 404, id="a file of another kind"),
        pytest.param(f"{REPORT}/thumbs", 404, id="a folder"),
        pytest.param(f"{REPORT}/.", 404, id="the folder itself"),
        pytest.param(f"{REPORT}/", 404, id="nothing"),
        pytest.param(f"{HERE}/reports/{OTHERS}/report.html", 404, id="another library's run"),
        pytest.param(f"{HERE}/reports/..%2fother%2f{OTHERS}/report.html", 404, id="a run with slashes"),
        pytest.param(f"{HERE}/reports/%2e%2e/{BESIDE}", 404, id="a run of dots"),
        pytest.param(f"{HERE}/reports/{RUN}%00/report.html", 404, id="a run with NUL"),
        pytest.param(f"{HERE}/reports/{RUN}%0a/report.html", 404, id="a run with a line end"),
        pytest.param(f"/libraries/family%2f..%2fother/reports/{OTHERS}/report.html", 404, id="a library with slashes"),
        pytest.param(f"/libraries/%2e%2e/reports/{OTHERS}/report.html", 404, id="a library of dots"),
        pytest.param("/static/../review.py", 404, id="our own files: dots"),
        pytest.param("/static/%2e%2e/review.py", 404, id="our own files: dots encoded"),
        pytest.param("/static/..%2f..%2fpyproject.toml", 404, id="our own files: slashes encoded"),
        pytest.param("/static//etc/passwd", 404, id="our own files: absolute"),
        pytest.param("/static/albumen.css%00", 404, id="our own files: NUL"),
        pytest.param(f"{PICTURE}../../other/other.jpg", 404, id="a picture: dots"),
        pytest.param(f"{PICTURE}/etc/passwd", 404, id="a picture: absolute"),
        pytest.param(f"{PICTURE}%2e%2e%2fother%2fother.jpg", 404, id="a picture: encoded"),
        pytest.param(f"{PICTURE}%252e%252e%252fother", 404, id="a picture: encoded twice"),
        pytest.param(f"{PICTURE}..\\other.jpg", 404, id="a picture: backslash"),
        pytest.param(f"{PICTURE}%00", 404, id="a picture: NUL"),
        pytest.param(f"{PICTURE}family.jpg", 404, id="a picture by its name, not its content"),
        pytest.param(f"{PICTURE}{'a' * 5_000}", 400, id="a picture: far too long"),
        pytest.param(f"{PICTURE}{{other}}", 404, id="another library's content"),
        pytest.param(f"{PICTURE}{{family}}%00", 404, id="ours, and NUL"),
        pytest.param(f"{PICTURE}{{family}}&px=../96", 400, id="a size of dots"),
        pytest.param(f"{PICTURE}{{family}}&px=97", 404, id="a size that there is not"),
        pytest.param(f"{PICTURE}{{family}}&box=../..,0,1,1", 404, id="a box of dots"),
        pytest.param(f"{PICTURE}{{family}}&box=nan,0,1,1", 404, id="a box of no numbers"),
        pytest.param(f"{PICTURE}{{family}}&at=nan", 400, id="a moment that is none"),
        pytest.param(f"{HERE}/try/picture/..%2f..%2f{BESIDE}", 404, id="a tried picture: dots"),
        pytest.param(f"{HERE}/try/picture/%00", 404, id="a tried picture: NUL"),
    ],
)
def test_nothing_else_can_be_had(served: Served, target: str, status: int) -> None:
    got, headers, body = served.ask(target.format(**served.keys))
    assert got == status, (headers, body[:200])
    assert b"content-type: image" not in headers
    assert not any(secret in body for secret in (MARK, b"root:", b"create_review"))


def test_what_is_there_can_be_had(served: Served) -> None:
    pictures = [served.ask(f"{PICTURE.replace('family', name)}{key}") for name, key in served.keys.items()]
    assert [(status, body[:2]) for status, _, body in pictures] == [(200, b"\xff\xd8")] * 2
    assert served.ask(f"/libraries/other/reports/{OTHERS}/report.html")[::2] == (200, MARK)


def test_a_report_leads_to_no_file_beside_the_photos(served: Served) -> None:
    assert served.ask(f"{REPORT}/report.html")[::2] == (200, b"<a>ours</a>")


@pytest.mark.parametrize("kind", ["picture", "missing"])
def test_a_picture_by_itself_can_do_nothing(served: Served, kind: str) -> None:
    if kind == "missing":
        (served.place / "other" / "other.jpg").write_bytes(b"broken")
    _, headers, _ = served.ask(f"{PICTURE.replace('family', 'other')}{served.keys['other']}&px=384")
    assert b"default-src 'none'" in headers
    assert b"sandbox" in headers


def test_browsers_that_ask_for_an_icon_are_led_to_ours(served: Served) -> None:
    answer = httpx.get(served.browser.base_url.join("/favicon.ico"), follow_redirects=True)  # whoever asks
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
