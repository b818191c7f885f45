"""Settings: where they come from, what is refused, and that no key is ever shown."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import tzlocal
from pydantic import BaseModel, SecretStr

from plugins.sections import Albums, Events, Places, Sections, Serve
from plugins.settings import (
    LibrarySettings,
    Settings,
    SettingsWrong,
    UnknownLibrary,
    fingerprint,
    load_settings,
    schedule_zone,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [n for n in os.environ if n.startswith("ALBUMEN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    (tmp_path / "cwd").mkdir()
    monkeypatch.chdir(tmp_path / "cwd")


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_without_any_file_the_defaults_hold() -> None:
    assert load_settings() == Settings()


def test_defaults_keep_hands_off() -> None:
    assert LibrarySettings(path=Path("/srv")).apply is None
    assert Settings().libraries == {}


def test_files_are_tried_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def found(file: Path | None = None) -> int:
        return load_settings(file).albums.min_photos

    written(tmp_path / "config/albumen/albumen.toml", "[albums]\nmin_photos = 1")
    seen = [found()]
    written(Path("albumen.toml"), "[albums]\nmin_photos = 2")
    seen.append(found())
    monkeypatch.setenv("ALBUMEN_CONFIG", str(written(tmp_path / "by_variable.toml", "[albums]\nmin_photos = 3")))
    seen.append(found())
    seen.append(found(written(tmp_path / "given.toml", "[albums]\nmin_photos = 4")))
    assert seen == [1, 2, 3, 4]


def test_environment_goes_over_the_file_key_by_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(tmp_path / "a.toml", "[albums]\nmin_photos = 4\naway_km = 7\n[libraries.family]\npath = '/srv'")
    monkeypatch.setenv("ALBUMEN_ALBUMS__MIN_PHOTOS", "5")
    monkeypatch.setenv("ALBUMEN_LIBRARIES__FAMILY__APPLY", "all")
    monkeypatch.setenv("ALBUMEN_PLACES__TRACKS", '["/tracks/a.gpx"]')
    monkeypatch.setenv("ALBUMEN_EVENTS__OPTIONS__GAP_H", "1.5")
    monkeypatch.setenv("ALBUMEN_GUARD__COUNT", "")
    settings = load_settings(file)
    assert (settings.albums.min_photos, settings.albums.away_km) == (5, 7)
    assert settings.library("family").apply == "all"
    assert settings.library("family").path == Path("/srv")
    assert settings.places.tracks == (Path("/tracks/a.gpx"),)
    assert settings.events.options == {"gap_h": 1.5}
    assert settings.guard.count == 20


def test_keywords_alone_ignore_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALBUMEN_ALBUMS__MIN_PHOTOS", "5")
    assert Settings().albums.min_photos == 8


def test_weights_folder_by_its_own_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ALBUMEN_WEIGHTS", str(tmp_path))
    assert load_settings().weights_dir == tmp_path


def test_paths_in_a_file_are_from_its_folder(tmp_path: Path) -> None:
    text = 'data_dir = "state"\n[places]\ntracks = ["t.gpx"]\n[libraries.a]\npath = "pics"\n'
    text += 'api_key_file = "~/key"\nca_file = "ca.pem"'
    settings = load_settings(written(tmp_path / "etc/albumen.toml", text))
    assert settings.data_dir == tmp_path / "etc/state"
    assert settings.places.tracks == (tmp_path / "etc/t.gpx",)
    assert settings.libraries["a"].path == tmp_path / "etc/pics"
    assert settings.libraries["a"].api_key_file == Path.home() / "key"
    assert settings.libraries["a"].ca_file == tmp_path / "etc/ca.pem"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("[albums]\nmin_photo = 3", "[albums] min_photo; did you mean min_photos?", id="slip in a section"),
        pytest.param("[album]\nmin_photos = 3", "no setting album; did you mean albums?", id="slip in a heading"),
        pytest.param(
            "[libraries.a]\npath = '/srv'\nappply = 'all'",
            "[libraries.a] appply; did you mean apply?",
            id="slip in a library",
        ),
        pytest.param(
            "[libraries.a]\npath = '/srv'\n[libraries.a.albums]\ntrip = true",
            "[libraries.a.albums] trip; did you mean trips?",
            id="slip in a library's section",
        ),
        pytest.param(
            "[albums]\nmin_photos = 0", "min_photos: Input should be greater than or equal to 1 (it is 0)", id="bound"
        ),
        pytest.param("[albums]\naway_km = nan", "[albums] away_km", id="not a number"),
        pytest.param("[events]\nmode = 'loose'", "'default' or 'strict' (it is 'loose')", id="one of few"),
        pytest.param("[libraries.a]\ngallery = 'folder'", "needs its path", id="folder without path"),
        pytest.param("[libraries.Family]\npath = '/srv'", "lower-case", id="capital in a name"),
        pytest.param("[libraries.a]\npath = '/srv'\nname = 'b'", "leave name out", id="two names"),
        pytest.param("[libraries.a]\npath = '/srv'\ntime_zone = 'Europe/Lisboa'", "no time zone", id="unknown zone"),
        pytest.param(
            "[libraries.a]\npath = '/srv'\ntime_zone = '../../etc/passwd'", "no time zone", id="zone as a path"
        ),
        pytest.param("[libraries.a]\ngallery = 'immich'\nurl = 'photos:2283'", "http://host:port", id="no scheme"),
        pytest.param(
            "[libraries.a]\ngallery = 'immich'\napi_key = 'k'",
            "[libraries] a: an immich library needs its address",
            id="no address",
        ),
        pytest.param(
            "[libraries.a]\ngallery = 'immich'\nurl = 'http://h'",
            "an immich library needs a key, such as api_key_file",
            id="no key",
        ),
        pytest.param(
            "[libraries.a]\ngallery = 'immich'\nurl = 'http://h/?x=1'", "behind ? or #", id="a page's address"
        ),
        pytest.param(
            "[libraries.a]\ngallery = 'immich'\nurl = 'http://h'\napi_key = 'k'\nuser = 'anna'",
            "an immich library takes no user",
            id="a user of Immich",
        ),
        pytest.param(
            "[libraries.a]\ngallery = 'photoprism'\napi_key = 'k'",
            'a photoprism library needs its address, such as url = "http://192.168.1.5:2342"',
            id="no address of PhotoPrism",
        ),
        pytest.param(
            "[libraries.a]\ngallery = 'photoprism'\nurl = 'http://h'\nuser = 'anna'",
            'a photoprism library needs a key, such as api_key_file = "/run/secrets/photoprism"',
            id="a user without a password",
        ),
        pytest.param("[places]\nhome = 'Lisbon'", 'as "lat,lon"', id="home in words"),
        pytest.param("[places]\nhome = '91,0'", "from -90 to 90", id="home off the globe"),
        pytest.param("albums = [", "is not TOML", id="broken TOML"),
        pytest.param(
            "[methods]\nevents = ['time_gap']\n[events]\nmethod = 'time_place_faces'",
            "a.toml or the environment: [methods] events begins with 'time_gap', and [events] method is 'time_pl",
            id="two methods that publish",
        ),
        pytest.param(
            "[libraries.a]\npath = '/srv'\nmethods.tags = ['knn_50']\ntags.method = 'voting'",
            "[libraries] a: [methods] tags begins with 'knn_50'",
            id="two methods that publish in a library",
        ),
        pytest.param(
            "[methods]\nevents = ['a', 'b', 'a']", "[methods] events: name each method once", id="named twice"
        ),
        pytest.param("[methods]\nevents = 'time_gap'", "[methods] events", id="no list"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsWrong, match=re.escape(said)) as error:
        load_settings(written(tmp_path / "a.toml", text))
    assert str(tmp_path / "a.toml") in str(error.value)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param("ALBUMEN_ALBUM__MIN_PHOTOS", "did you mean ALBUMEN_ALBUMS?", id="slip in the section"),
        pytest.param("ALBUMEN_ALBUMS__MIN_PHOTO", "did you mean min_photos?", id="slip in the key"),
        pytest.param("ALBUMEN_DATADIR", "did you mean ALBUMEN_DATA_DIR?", id="slip at the top"),
        pytest.param("ALBUMEN_PLACES__TRACKS", "tracks", id="a list that is not JSON"),
    ],
)
def test_slips_in_the_environment(name: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "3")
    with pytest.raises(SettingsWrong, match=re.escape(said)):
        load_settings()


@pytest.mark.parametrize("name", ["ALBUMEN_SOAK", "ALBUMEN_SHARED", "ALBUMEN_FUZZ_SEED"])
def test_variables_of_others_do_not_disturb(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "1")
    assert load_settings() == Settings()


def test_a_named_file_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsWrong, match=r"there is no settings file gone\.toml"):
        load_settings(Path("gone.toml"))
    monkeypatch.setenv("ALBUMEN_CONFIG", "gone.toml")
    with pytest.raises(SettingsWrong, match=r"there is no settings file gone\.toml"):
        load_settings()


def test_no_key_is_ever_shown(tmp_path: Path) -> None:
    text = "database_url = 'postgresql://u:pa55word@db/x'\n[libraries.a]\ngallery = 'x'\napi_key = 'pa55word'\n"
    settings = load_settings(written(tmp_path / "a.toml", text))
    assert settings.library("a").key() == "pa55word"
    assert "pa55word" in str(settings.database)
    shown = [repr(settings), str(settings), settings.model_dump_json(), repr(settings.library("a"))]
    for wrong in (text + "url = 'http://me:pa55word@host'", text + "apply = 'now'", text + "path = 5"):
        with pytest.raises(SettingsWrong) as error:
            load_settings(written(tmp_path / "b.toml", wrong))
        shown += [str(error.value), repr(error.value.__cause__)]
    with pytest.raises(SettingsWrong) as error:
        load_settings(written(tmp_path / "b.toml", "[libraries.a]\ngallery = 'x'\napi_key = ['pa55word']"))
    assert not [text for text in [*shown, str(error.value)] if "pa55word" in text]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(None, "cannot be read", id="no such file"),
        pytest.param("\n", "is empty", id="empty file"),
    ],
)
def test_a_key_file_that_does_not_help(content: str | None, said: str, tmp_path: Path) -> None:
    if content is not None:
        written(tmp_path / "key", content)
    settings = Settings(libraries={"a": LibrarySettings(gallery="x", api_key_file=tmp_path / "key")})
    with pytest.raises(SettingsWrong, match=said):
        settings.library("a").key()


def test_a_key_in_the_environment_completes_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(tmp_path / "a.toml", "[libraries.family]\ngallery = 'immich'\nurl = 'http://photos:2283/'")
    monkeypatch.setenv("ALBUMEN_LIBRARIES__FAMILY__API_KEY", "pa55word")
    library = load_settings(file).library("family")
    assert (library.key(), library.url) == ("pa55word", "http://photos:2283")


def test_key_from_a_file_without_its_newline(tmp_path: Path) -> None:
    file = written(tmp_path / "key", "abc\n")
    assert Settings(libraries={"a": LibrarySettings(gallery="x", api_key_file=file)}).library("a").key() == "abc"


@pytest.mark.parametrize(
    ("given", "key", "user"),
    [
        pytest.param("", "", "", id="a server that asks nobody who they are"),
        pytest.param("api_key = 'app-passw'", "app-passw", "", id="an app password"),
        pytest.param("api_key = 'pa55 word'\nuser = 'anna'", "pa55 word", "anna", id="a user with a password"),
    ],
)
def test_the_ways_to_ask_a_photoprism(given: str, key: str, user: str, tmp_path: Path) -> None:
    text = f"[libraries.a]\ngallery = 'photoprism'\nurl = 'https://x.org/photos/'\n{given}"
    library = load_settings(written(tmp_path / "a.toml", text)).library("a")
    assert (library.key(), library.user, library.url) == (key, user, "https://x.org/photos")
    assert (library.private, library.review) == (False, False)


def test_a_folder_is_a_library_by_its_resolved_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "photos")
    monkeypatch.chdir(tmp_path)
    names = {Settings().library(f"folder:{way}").name for way in (tmp_path / "photos", "photos", "link", "./photos/")}
    assert names == {f"folder:{tmp_path / 'photos'}"}
    assert Settings().library("folder:photos").path == tmp_path / "photos"


def test_a_folder_of_the_settings_is_that_library(tmp_path: Path) -> None:
    settings = Settings(libraries={"family": LibrarySettings(path=tmp_path, time_zone="Europe/Lisbon")})
    assert settings.library(f"folder:{tmp_path}") == settings.library("family")


@pytest.mark.parametrize(
    ("way", "said"),
    [
        pytest.param("gone", "does not exist", id="missing"),
        pytest.param("file", "is not a folder", id="a file"),
        pytest.param("", "name the folder", id="nothing"),
    ],
)
def test_a_folder_must_be_one(way: str, said: str, tmp_path: Path) -> None:
    written(tmp_path / "file", "")
    with pytest.raises(SettingsWrong, match=said):
        Settings().library(f"folder:{tmp_path / way}" if way else "folder:")


def test_an_unknown_library_lists_those_there_are() -> None:
    settings = Settings(libraries={"b": LibrarySettings(path=Path("/b")), "a": LibrarySettings(path=Path("/a"))})
    with pytest.raises(UnknownLibrary, match="there are: a, b"):
        settings.library("family")


def test_a_library_overrides_single_keys(tmp_path: Path) -> None:
    text = """
        [albums]
        min_photos = 5
        away_km = 4
        [events.options]
        gap_h = 2
        window_h = 12
        [libraries.a]
        path = "/a"
        [libraries.a.albums]
        away_km = 3.0
        [libraries.a.events.options]
        window_h = "none"
        [libraries.b]
        path = "/b"
    """
    settings = load_settings(written(tmp_path / "a.toml", text))
    a, b = settings.library("a"), settings.library("b")
    assert (a.name, a.albums.min_photos, a.albums.away_km) == ("a", 5, 3.0)  # 3 is said, though it is the default too
    assert (b.albums, b.events) == (settings.albums, settings.events)
    assert a.events.keywords == {"gap_h": 2, "window_h": None}


METHODS = """
[methods]
events = ["time_gap", "time_place_faces"]
[libraries.general]
path = "/srv/1"
[libraries.short]
path = "/srv/2"
events.method = "calendar"
[libraries.listed]
path = "/srv/3"
methods.events = ["time_place_faces"]
[libraries.alone]
path = "/srv/4"
methods.events = []
"""


@pytest.mark.parametrize(
    ("library", "publishes", "shadows"),
    [
        pytest.param("general", "time_gap", ("time_place_faces",), id="the list of all libraries"),
        pytest.param("short", "calendar", (), id="a library's own method is a list of one"),
        pytest.param("listed", "time_place_faces", (), id="a library's own list"),
        pytest.param("alone", "time_gap", (), id="an empty list: no shadows"),
    ],
)
def test_the_first_method_of_a_list_publishes(library, publishes, shadows, tmp_path: Path) -> None:
    config = load_settings(written(tmp_path / "a.toml", METHODS)).library(library)
    assert (config.events.method, config.shadows("events")) == (publishes, shadows)
    assert config.shadows("covers") == ()


def test_a_method_may_be_said_in_both_ways_if_they_agree() -> None:
    settings = Settings.model_validate({"methods": {"tags": ["knn_50", "recent_tags"]}, "tags": {"method": "knn_50"}})
    assert (settings.tags.method, settings.shadows("tags")) == ("knn_50", ("recent_tags",))
    assert Settings(events=Events(method="time_gap")).methods.events == ("time_gap",)


def test_another_method_is_tried_with_its_own_defaults() -> None:
    settings = Settings(events=Events(mode="strict", options={"gap_h": 2.0}))
    assert settings.trying("events", "time_place_faces") is settings
    assert settings.trying("events", "time_gap").events == Events(method="time_gap")
    assert settings.trying("people", "hdbscan_faces").people.purify == settings.people.purify


@pytest.mark.parametrize(
    ("zone", "offset_h"),
    [pytest.param("Asia/Tokyo", 9, id="named"), pytest.param("America/Lima", -5, id="west")],
)
def test_time_zone(zone: str, offset_h: int) -> None:
    offset = LibrarySettings(path=Path("/a"), time_zone=zone).zone.utcoffset(datetime(2024, 5, 1))
    assert offset is not None
    assert offset.total_seconds() == offset_h * 3600


def test_runs_keep_to_a_clock_that_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert schedule_zone(Serve(time_zone="Europe/Lisbon")) == "Europe/Lisbon"
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        tzlocal.reload_localzone()
        assert schedule_zone(Serve()) == "Asia/Tokyo"
    tzlocal.reload_localzone()
    monkeypatch.setattr(tzlocal, "get_localzone_name", lambda: None)  # as with the host's /etc/localtime in a container
    with pytest.raises(SettingsWrong, match="time_zone under"):
        schedule_zone(Serve())


def test_system_time_zone_when_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        tzlocal.reload_localzone()  # it is found out once a process
        offset = LibrarySettings(path=Path("/a")).zone.utcoffset(datetime(2024, 5, 1))
    tzlocal.reload_localzone()
    assert offset is not None
    assert offset.total_seconds() == 9 * 3600


@pytest.mark.parametrize(
    ("home", "found"),
    [
        pytest.param("", None, id="to be found out"),
        pytest.param("0,0", (0.0, 0.0), id="the origin is a place"),
        pytest.param(" -38.5 , 177.25", (-38.5, 177.25), id="with blanks"),
    ],
)
def test_home(home: str, found: tuple[float, float] | None) -> None:
    assert Settings(places=Places(home=home)).places.home_position == found


def test_fingerprint_changes_with_values_alone() -> None:
    assert fingerprint(Albums()) == fingerprint(Albums(min_photos=8))
    assert fingerprint(Albums()) != fingerprint(Albums(min_photos=9))
    assert re.fullmatch("[0-9a-f]{16}", fingerprint(Albums()))


def test_sections_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().albums.min_photos = 3  # type: ignore[misc]


def test_the_example_shows_every_section_key_at_its_default() -> None:
    shown: dict[str, Any] = tomllib.loads((ROOT / "albumen.example.toml").read_text(encoding="utf-8"))
    assert set(shown) == set(Sections.model_fields)
    for name, section in shown.items():
        default: BaseModel = getattr(Settings(), name)
        assert section == default.model_dump(mode="json"), name


def test_the_example_with_its_comments_opened_is_valid(tmp_path: Path) -> None:
    text = (ROOT / "albumen.example.toml").read_text(encoding="utf-8")
    opened = re.sub(r"(?m)^# (?=\[|\w+ = )", "", text)
    settings = load_settings(written(tmp_path / "albumen.toml", opened))
    assert settings.library("family").albums.min_photos == 20
    assert settings.library("anna").gallery == "immich"
    assert {*settings.model_fields_set} == set(Settings.model_fields)
    shown = {name for library in settings.libraries.values() for name in library.model_fields_set}
    secret, sections = {"name", "api_key"}, set(Sections.model_fields)
    assert set(LibrarySettings.model_fields) - secret - sections <= shown


def test_every_field_says_what_it_means() -> None:
    models: list[type[BaseModel]] = [Settings, LibrarySettings]
    models += [type(getattr(Settings(), name)) for name in Sections.model_fields]
    assert not [(m.__name__, n) for m in models for n, field in m.model_fields.items() if not field.description]


def test_importing_settings_loads_nothing_heavy() -> None:
    said = "import sys, plugins.settings; print(*{'torch', 'prefect', 'sqlalchemy', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", said], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_database_url_is_kept_as_given() -> None:
    assert Settings(database_url=SecretStr("postgresql://db/x")).database == "postgresql://db/x"
