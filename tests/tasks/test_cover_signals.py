"""What a library tells of covers: from the gallery's albums, the ledger, and the photos that may teach."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fakes.small_folder import draw, refresh

from plugins.publishing.ledger import LedgerAlbum
from plugins.records import Event
from tasks.context import Opened, opened
from tasks.cover_signals import Told, told

NAMES = tuple(f"{n:02}.jpg" for n in range(12))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    draw(folder, (*NAMES, "Screenshots/s.jpg"), size=(64, 48))
    return folder


@pytest.fixture
def here(drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    """Open the library; three photos are one event each three, and nothing is known but time."""
    for name, value in {"DATA_DIR": tmp_path / "data", "FEATURES__ENABLED": "false"}.items():
        monkeypatch.setenv(f"ALBUMEN_{name}", str(value))
    library = f"folder:{drawn}"
    refresh(library)
    with opened(library) as opened_:
        opened_.store.events.save(opened_.name, [Event(f"e{n}", NAMES[n : n + 3]) for n in range(0, 12, 3)])
        yield opened_


def album(here: Opened, title: str, cover: str, *photos: str) -> None:
    """Let the folder have an album."""
    folder = here.gallery.state / "albums"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{title}.toml").write_text(f"cover = {cover!r}\nphotos = {list(photos)!r}\n")


def like(here: Opened, *names: str, **how: object) -> None:
    photos = here.store.photos.get(here.name, names).values()
    here.store.photos.update(here.name, [replace(photo, **(how or {"favourite": True})) for photo in photos])


def letters(known: Told) -> list[tuple[list[str], str, float]]:
    ids = known.pictures.ids
    return [
        ([ids[row] for row in one.album.candidates], ids[one.album.candidates[one.cover]], one.weight)
        for one in known.samples()
    ]


def test_a_library_in_which_nothing_was_said(here):
    known = told(here)
    assert (known.liked.n_signals, known.samples()) == (0, [])
    assert tuple(known.pictures.ids) == NAMES


def test_favourites_and_chosen_covers_are_what_is_learned_from(here):
    like(here, NAMES[1], "Screenshots/s.jpg")
    like(here, NAMES[11], rating=3)
    album(here, "Best", NAMES[4], *NAMES[3:6])
    ours = LedgerAlbum(
        "e6", "event", "Ours", cover=NAMES[7], user_cover=True, members=dict.fromkeys(NAMES[6:9], "ours")
    )
    here.store.ledger.save_albums(here.name, [ours])
    known = told(here)
    assert known.liked.photos == (NAMES[1], NAMES[4], NAMES[7])
    assert letters(known) == [
        ([*NAMES[:3]], NAMES[1], 0.3),
        ([*NAMES[3:6]], NAMES[4], 1.0),
        ([*NAMES[6:9]], NAMES[7], 1.0),
    ]


@pytest.mark.parametrize(
    ("cover", "photos"),
    [
        pytest.param(NAMES[4], NAMES[6:9], id="no member of the album"),
        pytest.param("gone.jpg", ("gone.jpg", *NAMES[3:6]), id="deleted later"),
        pytest.param(NAMES[4], NAMES[4:5], id="the album's only photo"),
    ],
)
def test_covers_that_teach_nothing(here, cover, photos):
    album(here, "Best", cover, *photos)
    assert told(here).samples() == []


def test_hidden_photos_teach_nothing(here):
    like(here, NAMES[4], favourite=True, hidden=True)
    album(here, "Best", NAMES[4], *NAMES[3:6])
    known = told(here)
    assert (known.liked.n_signals, known.samples()) == (0, [])


def test_a_screenshot_that_was_made_a_cover_teaches(here):
    album(here, "Best", "Screenshots/s.jpg", NAMES[10], NAMES[11], "Screenshots/s.jpg")
    assert letters(told(here)) == [([NAMES[10], NAMES[11], "Screenshots/s.jpg"], "Screenshots/s.jpg", 1.0)]
