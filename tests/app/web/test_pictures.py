"""Pictures through us: sized, cut, kept for a while; the gallery's key and the paths of this machine stay here."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fakes.immich import FakeImmich
from fakes.reviewing import Browser, reviewing
from fakes.small_folder import draw
from fakes.snaps import draw_film
from PIL import Image
from pydantic import SecretStr

from app.web.picture_files import PictureFiles, Shown
from plugins.records import Photo
from plugins.sections import Retry
from plugins.settings import LibrarySettings, Settings
from plugins.store import Store, open_store
from tasks.context import Opened

URL = "/libraries/family/picture"


@dataclass
class Served:
    browser: Browser
    settings: Settings
    store: Store
    photos: dict[str, Photo]

    def get(self, name: str, **more: object) -> httpx.Response:
        return self.browser.get(URL, params={"photo": self.photos[name].content_key, **more})  # type: ignore[dict-item]

    def files(self) -> list[Path]:
        return sorted((self.settings.data_dir / "review" / "pictures").glob("*/*"))


def image(answer: httpx.Response) -> Image.Image:
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg"), answer.text[:200]
    return Image.open(io.BytesIO(answer.content))


def is_placeholder(answer: httpx.Response) -> bool:
    return answer.status_code == 200 and answer.headers["content-type"] == "image/svg+xml"


def refreshed(settings: Settings, store: Store, library: str = "family") -> dict[str, Photo]:
    here = Opened(settings, settings.library(library), store)
    store.photos.replace(library, here.gallery.photos())
    return {photo.name: photo for photo in store.photos.all(library)}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    place = tmp_path_factory.mktemp("pictures")
    draw(place / "photos", ["a.jpg", "b.jpg", "gone.jpg", "spoilt.jpg"], (1600, 900))
    half = Image.new("RGB", (1000, 1000), "red")
    half.paste("blue", (500, 0, 1000, 1000))
    half.save(place / "photos" / "half.png")
    draw_film(place / "photos" / "film.mp4", [20 * n for n in range(12)])
    settings = Settings(data_dir=place / "data", libraries={"family": LibrarySettings(path=place / "photos")})
    with open_store(settings) as store, reviewing(settings) as browser:
        photos = refreshed(settings, store)
        (place / "photos" / "gone.jpg").unlink()
        (place / "photos" / "spoilt.jpg").write_bytes(b"\xff\xd8\xff no picture")
        yield Served(browser, settings, store, photos)


@pytest.mark.parametrize("px", [96, 192, 384, 960])
def test_a_picture_in_each_size(served: Served, px: int) -> None:
    found = image(served.get("a.jpg", px=px))
    assert max(found.size) == px
    assert found.size[0] / found.size[1] == pytest.approx(16 / 9, rel=0.02)
    assert not found.getexif()


@pytest.mark.parametrize(
    ("box", "colour"),
    [
        pytest.param("0.1,0.4,0.3,0.6", (254, 0, 0), id="on the left it is red"),
        pytest.param("0.7,0.4,0.9,0.6", (0, 0, 254), id="on the right it is blue"),
        pytest.param("0.98,0.98,1,1", (0, 0, 254), id="at the very edge"),
    ],
)
def test_a_part_is_cut_out(served: Served, box: str, colour: tuple[int, int, int]) -> None:
    found = image(served.get("half.png", px=96, box=box)).convert("RGB")
    seen = found.getpixel((found.width // 2, found.height // 2))
    assert isinstance(seen, tuple)
    assert all(abs(one - other) < 12 for one, other in zip(seen, colour, strict=True))


def test_a_frame_of_a_video(served: Served) -> None:
    first, later = served.get("film.mp4", px=96, at=0.5), served.get("film.mp4", px=96, at=9.5)
    assert image(first).tobytes() != image(later).tobytes()
    assert max(image(served.get("film.mp4", px=96)).size) <= 96


@pytest.mark.parametrize(
    "name", [pytest.param("spoilt.jpg", id="no picture any more"), pytest.param("gone.jpg", id="not there any more")]
)
def test_what_cannot_be_had_is_a_sign(served: Served, name: str) -> None:
    answer = served.get(name)
    assert is_placeholder(answer)
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "params",
    [
        pytest.param({}, id="of nothing"),
        pytest.param({"photo": "unknown"}, id="unknown content"),
        pytest.param({"photo": "../../../etc/passwd"}, id="a path"),
        pytest.param({"photo": "a.jpg"}, id="a name is no content"),
        pytest.param({"photo": "\udce9\x00"}, id="half a character"),
        pytest.param({"photo": "x" * 5000}, id="a long one"),
        pytest.param({"photo": "KNOWN", "px": 1000}, id="another size"),
        pytest.param({"photo": "KNOWN", "px": -96}, id="a size below nothing"),
        pytest.param({"photo": "KNOWN", "px": "96px"}, id="no number"),
        pytest.param({"photo": "KNOWN", "box": "0,0,1"}, id="three edges"),
        pytest.param({"photo": "KNOWN", "box": "0.5,0,0.5,1"}, id="an empty box"),
        pytest.param({"photo": "KNOWN", "box": "-1,0,1,1"}, id="outside"),
        pytest.param({"photo": "KNOWN", "box": "nan,0,1,1"}, id="not a number"),
        pytest.param({"photo": "KNOWN", "box": "0,0,1e999,1"}, id="without end"),
        pytest.param({"photo": "KNOWN", "at": "nan"}, id="at no time"),
        pytest.param({"photo": "KNOWN", "at": "-1"}, id="before its beginning"),
    ],
)
def test_what_is_not_asked_for_rightly(served: Served, params: dict[str, object]) -> None:
    key = served.photos["a.jpg"].content_key
    given = {k: key if v == "KNOWN" else v for k, v in params.items()}
    with httpx.Client(base_url=served.browser.base_url, cookies=served.browser.cookies) as browser:
        answer = browser.get(f"{URL}?{httpx_params(given)}")
    assert answer.status_code in {400, 404}
    assert not answer.headers["content-type"].startswith("image/")


def httpx_params(given: dict[str, object]) -> str:
    from urllib.parse import quote_from_bytes

    return "&".join(f"{k}={quote_from_bytes(str(v).encode('utf-8', 'surrogateescape'))}" for k, v in given.items())


def test_another_librarys_pictures_are_not_shown(served: Served) -> None:
    key = served.photos["a.jpg"].content_key
    assert served.browser.get("/libraries/other/picture", params={"photo": key}).status_code == 404


def test_a_browser_asks_once(served: Served) -> None:
    first = served.get("b.jpg")
    assert "private" in first.headers["cache-control"]
    again = served.browser.get(
        URL, params={"photo": served.photos["b.jpg"].content_key}, headers={"if-none-match": first.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert served.get("b.jpg", px=96).headers["etag"] != first.headers["etag"]


def test_pictures_are_kept_for_this_user_alone(served: Served) -> None:
    served.get("a.jpg")
    files = served.files()
    assert files
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert (served.settings.data_dir / "review" / "pictures").stat().st_mode & 0o077 == 0


def test_the_oldest_pictures_make_room(tmp_path: Path) -> None:
    draw(tmp_path / "photos", [f"{n}.jpg" for n in range(6)])
    settings = Settings(data_dir=tmp_path / "data", libraries={"family": LibrarySettings(path=tmp_path / "photos")})
    with open_store(settings) as store:
        photos = refreshed(settings, store)
        first = PictureFiles(settings, store)
        sizes = [len(first.made(Shown("family", p.content_key, 192), p) or b"") for p in photos.values()]
        few = PictureFiles(settings, store, most_bytes=sum(sizes[:3]))
        for n, photo in enumerate(photos.values()):
            data = few.made(Shown("family", photo.content_key, 384), photo)
            assert data, n
            kept = sum(file.stat().st_size for file in (tmp_path / "data/review/pictures").glob("*/*"))
            assert kept <= sum(sizes[:3]) or n == 0
        assert few.kept(Shown("family", photo.content_key, 384)) == data
        first.close()
        few.close()


def test_a_disk_that_is_full_is_no_reason_to_show_nothing(tmp_path: Path) -> None:
    draw(tmp_path / "photos", ["a.jpg"])
    settings = Settings(data_dir=tmp_path / "data", libraries={"family": LibrarySettings(path=tmp_path / "photos")})
    with open_store(settings) as store:
        photo = refreshed(settings, store)["a.jpg"]
        (tmp_path / "data" / "review").write_text("a file where the folder should be")
        files = PictureFiles(settings, store)
        shown = Shown("family", photo.content_key, 96)
        assert files.made(shown, photo)
        assert files.kept(shown) is None
        files.close()


def test_a_photo_that_came_later_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder's index that was read at the start does not know it."""
    draw(tmp_path / "photos", ["a.jpg"])
    settings = Settings(data_dir=tmp_path / "data", libraries={"family": LibrarySettings(path=tmp_path / "photos")})
    with open_store(settings) as store:
        files = PictureFiles(settings, store)
        old = refreshed(settings, store)["a.jpg"]
        assert files.made(Shown("family", old.content_key, 96), old)
        draw(tmp_path / "photos", ["a.jpg", "b.jpg"])
        new = refreshed(settings, store)["b.jpg"]
        assert files.made(Shown("family", new.content_key, 96), new) is None
        monkeypatch.setattr("app.web.picture_files.STALE_S", 0)
        assert files.made(Shown("family", new.content_key, 96), new)
        files.close()


@pytest.fixture
def immich(tmp_path: Path) -> Iterator[tuple[FakeImmich, Settings, Store]]:
    with FakeImmich() as server:
        server.add_photos(8)
        key, retry = SecretStr(server.key), Retry(backoff_s=0)
        family = LibrarySettings(gallery="immich", url=server.url, api_key=key, retry=retry)
        settings = Settings(data_dir=tmp_path / "data", libraries={"family": family})
        with open_store(settings) as store:
            refreshed(settings, store)
            yield server, settings, store


def test_the_gallery_is_asked_by_us_and_its_key_stays_here(immich: tuple[FakeImmich, Settings, Store]) -> None:
    server, settings, store = immich
    photos = store.photos.all("family")
    with reviewing(settings) as browser:
        asked = len(server.requests)
        answers = [browser.get(URL, params={"photo": photo.content_key}) for photo in photos for _ in range(2)]
        for answer in answers:
            image(answer)
            told = f"{answer.headers}{answer.text}"
            assert server.key not in told
            assert server.url not in told
        assert len([r for r in server.requests[asked:] if r.path.endswith("/thumbnail")]) == len(photos)  # once each


def test_few_pictures_are_fetched_side_by_side(immich: tuple[FakeImmich, Settings, Store]) -> None:
    server, settings, store = immich
    photos = store.photos.all("family")
    now, most, changed = [0], [0], threading.Condition()

    def slow(method: str, path: str, number: int) -> None:
        if path.endswith("/thumbnail"):
            with changed:
                now[0] += 1
                most[0] = max(most[0], now[0])
                changed.notify_all()
                changed.wait_for(lambda: most[0] >= 4, 5)  # until as many are there as may be
                now[0] -= 1

    server.before_request = slow
    with reviewing(settings) as browser:

        def ask(photo: Photo) -> None:
            with httpx.Client(base_url=browser.base_url, cookies=browser.cookies) as one:
                image(one.get(URL, params={"photo": photo.content_key}))

        threads = [threading.Thread(target=ask, args=(photo,)) for photo in photos]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert most[0] == 4


def test_a_gallery_that_is_away_is_left_alone_for_a_while(immich: tuple[FakeImmich, Settings, Store]) -> None:
    server, settings, store = immich
    photos = store.photos.all("family")
    seen: list[str] = []
    server.before_request = lambda method, path, number: seen.append(path)
    with reviewing(settings) as browser:
        server.maintenance = True
        answers = [browser.get(URL, params={"photo": photo.content_key}) for photo in photos]
        assert all(map(is_placeholder, answers))
        assert len([path for path in seen if "thumbnail" in path]) <= 2  # not once for each of them
