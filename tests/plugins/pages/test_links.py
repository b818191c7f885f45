"""Links and file names: whatever a photo or an album is called, its link leads to it."""

import os
from pathlib import Path
from urllib.parse import unquote_to_bytes, urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.pages.links import href, page_name, thumb_name


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("plain.jpg", id="plain"),
        pytest.param('a#b?c%20".jpg', id="everything that means something in a link"),
        pytest.param("-x.jpg", id="leading dash"),
        pytest.param("javascript:alert(1).jpg", id="looks like a scheme"),
        pytest.param("two\nlines & <script>'.jpg", id="newline and markup"),
        pytest.param("🏖️ été.jpg", id="emoji and accents"),
        pytest.param("ü" * 125, id="250 bytes"),
        pytest.param(os.fsdecode(b"latin-\xe9.jpg"), id="bytes that are no UTF-8"),
        pytest.param("back\\slash ; a=b&c+d.jpg", id="backslash and separators"),
    ],
)
def test_a_browser_finds_the_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / name).write_bytes(b"found")
    page = (tmp_path / "pages" / "album.html").as_uri()
    url = urljoin(page, href(f"../photos/{name}"))
    assert url.startswith("file:///")
    assert Path(os.fsdecode(unquote_to_bytes(url.removeprefix("file://")))).read_bytes() == b"found"


@given(st.binary(min_size=1, max_size=60).filter(lambda raw: b"\0" not in raw and not raw.startswith(b"/")))
def test_every_byte_comes_back(raw: bytes) -> None:
    assert unquote_to_bytes(href(os.fsdecode(raw))) == raw


def test_a_link_never_names_a_server() -> None:
    assert href("//evil.example/x.jpg") == "/evil.example/x.jpg"


def test_half_a_character_does_not_end_the_page() -> None:
    assert href("\ud83d.jpg").endswith(".jpg")


@pytest.mark.parametrize(
    ("key", "name"),
    [
        pytest.param("e-20240503-ab", "e-20240503-ab.html", id="a plain key is the name"),
        pytest.param("", "album-e3b0c44298fc.html", id="empty"),
    ],
)
def test_page_name(key: str, name: str) -> None:
    assert page_name(key) == name


def test_page_names_are_safe_and_do_not_meet() -> None:
    keys = ["index", "Index", "report", "a/b", "a-b", "a b", "../x", "x", "k" * 300, "k" * 301, "<script>", ".hidden"]
    names = [page_name(key) for key in keys]
    assert len(set(names)) == len(keys)
    assert not {"index.html", "Index.html", "report.html"} & set(names)
    assert all(not n.startswith(".") and len(n) < 90 and set(n) <= set(_PLAIN) for n in names)


_PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."


def test_a_thumbnail_goes_by_content_and_size() -> None:
    assert thumb_name("ab", 320) == thumb_name("ab", 320)
    assert len({thumb_name("ab", 320), thumb_name("ab", 96), thumb_name("../../ab", 320)}) == 3
    assert thumb_name("../../ab", 320).count("/") == 1
