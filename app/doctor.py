"""The doctor: looks at everything that a run needs, and says what to do about what is wrong."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from app.messages import DONE, FAILED, tell, tell_json
from app.prefect_home import PrefectUnreachable, check_address, set_environment
from plugins.atomic import may
from plugins.checks import Check, State
from plugins.settings import LibrarySettings, Settings, SettingsWrong, UnknownLibrary, load_settings, settings_file

if TYPE_CHECKING:
    from plugins.galleries import Gallery

LITTLE_BYTES, SCARCE_BYTES = 2_000_000_000, 200_000_000
"""Free space below which to warn, and below which no run should begin."""


def show_health(library: str, json: bool) -> int:
    """Print the checks, of one library or of all in the settings; return 1 if one fails."""
    found = list(checks(library))
    failed = any(check.state == "fail" for check in found)
    if json:
        tell_json({"healthy": not failed, "checks": [asdict(check) for check in found]})
        return FAILED if failed else DONE
    for check in found:
        tell(f"{check.state:<4}  {check.name}: {check.finding}")
        if check.mend:
            tell(f"      → {check.mend}")
    return FAILED if failed else DONE


def checks(library: str = "") -> Iterator[Check]:
    """Yield the checks in an order in which the first failure explains those behind it."""
    try:
        file, settings = settings_file(), load_settings()
    except SettingsWrong as error:
        yield Check("settings", "fail", str(error), "mend that, and run the doctor again; nothing else was checked")
        return
    yield Check("settings", "ok", f"read from {file}" if file else "no file; the defaults and the environment hold")
    yield from (_data_folder(settings), _disk(settings.data_dir), _database(settings), _clock(), _prefect(settings))
    yield from _weights(settings)
    for name in [library] if library else sorted(settings.libraries):
        yield from _library(settings, name)
    if not library and not settings.libraries:
        yield Check("libraries", "ok", "none in the settings; `albumen doctor folder:DIR` checks a folder")


def _existing(path: Path) -> Path:
    """Return the path, or the nearest folder above it that is there."""
    return next((p for p in (path, *path.parents) if p.exists()), Path("/"))


def _data_folder(settings: Settings) -> Check:
    folder, there = settings.data_dir, _existing(settings.data_dir)
    if not there.is_dir() or not may(there, os.W_OK | os.X_OK):
        mend = "give Albumen's user the folder, or set ALBUMEN_DATA_DIR or data_dir to one that it may write"
        return Check("data folder", "fail", f"{there} cannot be written", mend)
    return Check("data folder", "ok", f"{folder}" if folder == there else f"{folder}, which the first run makes")


def _disk(folder: Path) -> Check:
    free = shutil.disk_usage(_existing(folder)).free
    state: State = "fail" if free < SCARCE_BYTES else "warn" if free < LITTLE_BYTES else "ok"
    mend = "" if state == "ok" else "free some space, or choose another data_dir"
    return Check("disk space", state, f"{free / 1e9:,.1f} GB free for {folder}", mend)


def _database(settings: Settings) -> Check:
    if isinstance(settings.database, Path) and not settings.database.exists():
        return Check("database", "ok", f"none yet: the first run makes {settings.database}")
    from plugins.store import StoreError, open_store  # noqa: PLC0415

    try:
        with open_store(settings) as store:
            return Check("database", "ok", f"{store.where} with {store.status()['photos']:,} photos")
    except StoreError as error:
        return Check("database", "fail", str(error))


def _clock() -> Check:
    """Look whether the clock is behind the files of this program, as on a machine without a battery."""
    now, installed = datetime.now(UTC), datetime.fromtimestamp(Path(__file__).stat().st_mtime, UTC)
    finding = f"{now.astimezone():%Y-%m-%d %H:%M %Z}"
    if now < installed - timedelta(days=1):
        mend = "set the clock (timedatectl set-ntp true): runs are ordered by time"
        return Check("clock", "fail", f"{finding}, before Albumen was installed ({installed:%Y-%m-%d})", mend)
    return Check("clock", "ok", finding)


def _prefect(settings: Settings) -> Check:
    try:
        set_environment(settings.data_dir)
        began = time.monotonic()
        import prefect  # noqa: PLC0415

        finding = f"{prefect.__version__}, imported in {time.monotonic() - began:.1f} s"
        if address := os.environ.get("PREFECT_API_URL"):
            check_address(address)
            return Check("prefect", "ok", f"{finding}; its server at {address} answers")
    except PrefectUnreachable as error:
        return Check("prefect", "fail", str(error))
    except Exception as error:  # whatever an installation that is broken raises
        mend = "install again with `make setup`; other versions of its parts do not work together"
        return Check("prefect", "fail", f"cannot be imported: {type(error).__name__}: {error}", mend)
    return Check("prefect", "ok", f"{finding}; a temporary server for each run")


def _weights(settings: Settings) -> Iterator[Check]:
    """Look for what the extractors of the settings need; of two face embedders one is enough."""
    if not settings.features.enabled:
        yield Check("weights", "ok", "not needed: features are switched off")
        return
    import plugins  # noqa: PLC0415
    from plugins.features.weights import missing  # noqa: PLC0415

    auto = settings.features.embedder == "auto"
    embedders = ["facenet", "dlib_face"] if auto else [settings.features.embedder]
    lacking = {}
    of_pictures = dict.fromkeys([settings.features.picture, *filter(None, [settings.tags.extractor])])
    for name in (*embedders, *of_pictures):
        try:
            lacking[name] = missing(plugins.load("features", name).needs, settings.weights_dir)
        except plugins.UnknownPlugin as error:
            yield Check(f"weights of {name}", "fail", str(error), "name one of these in [features] or [tags]")
    one_there = auto and any(not lacking[name] for name in embedders)
    for name, mend in lacking.items():
        if mend and name in embedders and one_there:
            yield Check(f"weights of {name}", "ok", "not found; the other embedder is used")
        elif mend:
            yield Check(f"weights of {name}", "warn", "not found; the steps that need them are skipped", mend)
        else:
            yield Check(f"weights of {name}", "ok", "found")


def _library(settings: Settings, name: str) -> Iterator[Check]:
    try:
        config = settings.library(name)
    except (SettingsWrong, UnknownLibrary) as error:
        yield Check(name, "fail", str(error))
        return
    yield _time_zone(config)
    yield from _gallery(settings, config)
    if config.gallery == "folder" and config.path is not None:
        yield _writable(settings, config.name, config.path)
    yield _lock(settings, config.name)


def _time_zone(config: LibrarySettings) -> Check:
    zone, name = str(config.zone), f"{config.name}: time zone"
    if not config.time_zone and zone in {"UTC", "Etc/UTC", "local"}:
        mend = f'set time_zone = "Europe/Lisbon" or yours in [libraries.{config.name}], or TZ for this machine'
        if config.name.startswith("folder:"):
            mend = "set the time zone of this machine (TZ=Europe/Lisbon), or name the library in albumen.toml"
        return Check(name, "warn", "UTC, this machine's, is taken for photos that name none", mend)
    return Check(name, "ok", f"{zone} for photos that name none")


def _gallery(settings: Settings, config: LibrarySettings) -> Iterator[Check]:
    import plugins  # noqa: PLC0415
    from plugins.galleries import GalleryError  # noqa: PLC0415
    from tasks.context import make_gallery  # noqa: PLC0415

    name = f"{config.name}: {config.gallery}"
    try:
        found = list(_server(config))
        yield from found
        if any(check.state == "fail" for check in found):
            return
        with make_gallery(settings, config) as gallery:
            account = gallery.account()
            whose = account.id if config.path else f"{account.name} ({account.server})"
            yield Check(name, "ok", f"{whose} can be read")
            if not found:
                yield from (Check(name, "warn", warning) for warning in gallery.warnings())
            yield from _twins(settings, config, account.id)
            yield from _strangers(settings, config.name, gallery)
    except (GalleryError, SettingsWrong, plugins.UnknownPlugin) as error:
        yield Check(name, "fail", str(error))


def _server(config: LibrarySettings) -> Iterator[Check]:
    """Yield what a gallery's own doctor finds, in its module `health`; a folder has none."""
    import plugins  # noqa: PLC0415

    health = plugins.module_of("galleries", config.gallery, "health")
    if health is not None:
        yield from health.checks(config)


def _twins(settings: Settings, config: LibrarySettings, account: str) -> Iterator[Check]:
    """Look for other libraries of the settings that are the same account: each would take the other's albums away."""
    others = [n for n, other in settings.libraries.items() if n != config.name and other.gallery == config.gallery]
    for other in sorted(others):
        if _account(settings, other) == account:
            finding = f"library {other!r} of the settings is the same account"
            yield Check(f"{config.name}: account", "fail", finding, "keep one of the two tables: one key, one library")


def _account(settings: Settings, library: str) -> str:
    from plugins.galleries import GalleryError  # noqa: PLC0415
    from tasks.context import make_gallery  # noqa: PLC0415

    try:
        with make_gallery(settings, settings.library(library)) as gallery:
            return gallery.account().id
    except (GalleryError, SettingsWrong):  # told when that library is looked at
        return ""


def _strangers(settings: Settings, library: str, gallery: Gallery) -> Iterator[Check]:
    """Look for albums that carry Albumen's mark and that this Albumen does not remember."""
    from plugins.pages.wording import count, shorten  # noqa: PLC0415

    known = _remembered(settings, library)
    strange = [album.title for album in gallery.albums() if album.marker is not None and album.marker.key not in known]
    if strange:
        finding = (
            f"Albumen's mark is on {count(len(strange), 'album')} not known here, such as “{shorten(strange[0], 60)}”"
        )
        mend = (
            f"another Albumen writes to this library: let only one do so; or its database was lost: run "
            f"`albumen adopt {library}`"
        )
        yield Check(f"{library}: other Albumens", "warn", finding, mend)


def _remembered(settings: Settings, library: str) -> set[str]:
    """Return the keys of the albums of which the store knows how they came about."""
    if isinstance(settings.database, Path) and not settings.database.exists():
        return set()
    from plugins.store import StoreError, open_store  # noqa: PLC0415

    try:
        with open_store(settings) as store:
            albums = store.ledger.load(library).albums
    except StoreError:  # told by the look at the database
        return set()
    return {key for key, album in albums.items() if album.state != "readonly"}


def _writable(settings: Settings, library: str, path: Path) -> Check:
    from plugins.galleries.folder.state import INSIDE, state_of  # noqa: PLC0415

    name, state = f"{library}: albums", state_of(path, settings.data_dir)
    if not may(_existing(state), os.W_OK | os.X_OK):
        return Check(name, "fail", f"{_existing(state)} cannot be written", "give Albumen's user the folder")
    if state != path / INSIDE:
        return Check(name, "ok", f"kept in {state}, and the photo folder is left as it is")
    return Check(name, "ok", f"kept in {state}")


def _lock(settings: Settings, library: str) -> Check:
    from plugins.locks import LibraryBusy, LockUnusable, lock_file  # noqa: PLC0415
    from plugins.turns import library_turn, on_server  # noqa: PLC0415

    name = f"{library}: lock"
    if not on_server(settings) and not lock_file(settings.data_dir, library).exists():
        return Check(name, "ok", "free")
    try:
        with library_turn(settings, library):
            return Check(name, "ok", "free")
    except LibraryBusy as error:
        return Check(name, "warn", str(error), "nothing, if that run is meant to be")
    except LockUnusable as error:
        return Check(name, "fail", str(error))
