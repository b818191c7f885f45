"""Settings: what albumen.toml and the environment say, checked on the way in; albumen.example.toml shows all of it."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import platformdirs
from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import EnvSettingsSource, SettingsError

from plugins._settings_errors import SettingsWrong, explain, unknown_variables
from plugins.sections import Sections, Serve, absolute, fingerprint, known_zone, merged

if TYPE_CHECKING:
    from pydantic_settings import BaseSettings

__all__ = [
    "Extent",
    "LibrarySettings",
    "Settings",
    "SettingsWrong",
    "UnknownLibrary",
    "fingerprint",
    "load_settings",
    "schedule_zone",
    "settings_file",
]

Extent: TypeAlias = Literal["plan", "albums", "all"]
"""How far a run goes: it plans only, writes albums, or writes all."""
AnyPath: TypeAlias = Annotated[Path, AfterValidator(absolute)]
FOLDER = "folder:"
"""What the name of a library begins with when it is a folder that no settings file names."""
PATHS = frozenset({"data_dir", "weights_dir", "path", "api_key_file", "ca_file"})
"""Keys of the file that hold a path."""
SERVERS = {"immich": 2283, "photoprism": 2342}
"""Galleries that cannot be asked without an address, and their usual ports."""
KEYED = frozenset({"immich"})
"""Galleries that cannot be asked without a key either; PhotoPrism may ask nobody who they are (public mode)."""
VARIABLES = frozenset(
    {"ALBUMEN_CONFIG", "ALBUMEN_WEIGHTS", "ALBUMEN_SHARED"}
)  # the last one is for tests and benchmarks
"""Variables of ours that are not the name of a setting."""


class UnknownLibrary(LookupError):
    """No library has this name: choose one of those that the text lists, or `folder:DIR`."""


def _address(url: str) -> str:
    parts = urlsplit(url)
    if url and (parts.scheme not in {"http", "https"} or not parts.hostname):
        raise ValueError("write the gallery's address as http://host:port or https://host")
    if parts.username or parts.password:
        raise ValueError("leave the name and the password out of the address; give the key by api_key_file")
    if parts.query or parts.fragment:
        raise ValueError("leave out of the address what stands behind ? or #")
    return url.rstrip("/")


class LibrarySettings(Sections):
    """One library: where its photos are, and how far Albumen may go; its own sections go over the general ones."""

    name: str = Field("", description="The name from the table's heading; not to be set.")
    gallery: str = Field("folder", description="Which gallery plugin reads and writes it: folder, immich, photoprism.")
    path: AnyPath | None = Field(None, description="The folder with the photos, for the folder gallery.")
    url: Annotated[str, AfterValidator(_address)] = Field("", description="Address of the gallery's server.")
    api_key: SecretStr | None = Field(None, description="The key itself; better in the environment or api_key_file.")
    api_key_file: AnyPath | None = Field(None, description="A file that holds nothing but the key.")
    user: str = Field("", description="PhotoPrism: the key is this user's password; empty: it is an app password.")
    private: bool = Field(False, description="PhotoPrism: are photos that are marked as private curated too?")
    review: bool = Field(False, description="PhotoPrism: are photos that wait for review curated too?")
    ca_file: AnyPath | None = Field(
        None,
        description="Certificate (PEM) that is trusted in place of the usual ones, for a server that signs its own.",
    )
    time_zone: Annotated[str, AfterValidator(known_zone)] = Field(
        "", description="Where photos without an offset were taken, such as Europe/Lisbon; empty: this machine's zone."
    )
    apply: Extent | None = Field(
        None,
        description="How far runs go that start by themselves: plan, albums or all; not set: plan until you have "
        "applied once, then as much as you have applied.",
    )

    @model_validator(mode="after")
    def _has_a_place(self) -> LibrarySettings:
        if self.gallery == "folder" and self.path is None:
            raise ValueError('a folder library needs its path, such as path = "/srv/photos"')
        if self.gallery in SERVERS and not self.url:
            like = f'url = "http://192.168.1.5:{SERVERS[self.gallery]}"'
            raise ValueError(f"{self._a} library needs its address, such as {like}")
        if (self.gallery in KEYED or self.user) and self.api_key is None and self.api_key_file is None:
            raise ValueError(f'{self._a} library needs a key, such as api_key_file = "/run/secrets/{self.gallery}"')
        if self.gallery in KEYED and self.user:
            raise ValueError(f"{self._a} library takes no user: its key says whose it is")
        return self

    @property
    def _a(self) -> str:
        return f"{'an' if self.gallery[0] in 'aeiou' else 'a'} {self.gallery}"

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone of photos that do not carry their own."""
        if self.time_zone:
            return ZoneInfo(self.time_zone)
        import tzlocal  # noqa: PLC0415  reads the system's files: only when asked

        return tzlocal.get_localzone()

    def key(self) -> str:
        """Return the key of the gallery, from the environment or its file; empty where it has none.

        Raises:
            SettingsWrong: its file cannot be read, or is empty.
        """
        if self.api_key is not None:
            return self.api_key.get_secret_value()
        if self.api_key_file is None:
            return ""
        try:
            found = self.api_key_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsWrong(f"the key of library {self.name!r} cannot be read: {error}") from error
        if not found:
            raise SettingsWrong(f"the key of library {self.name!r} is empty: put it into {self.api_key_file}")
        return found


def _is_name(name: str) -> str:
    if not name or name != name.lower() or not all(c.isalnum() or c in "-_" for c in name):
        raise ValueError(f"a library's name is of lower-case letters, digits, - and _, not {name!r}")
    return name


class Settings(Sections):
    """All settings, frozen; made by `load_settings`, or from keywords alone (no file, no environment) in tests."""

    data_dir: AnyPath = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("albumen")),
        description="Where the database, its daily copies, locks and reports are kept.",
    )
    database_url: SecretStr | None = Field(
        None, description="Another database by SQLAlchemy URL (Postgres, for several machines); may hold a password."
    )
    weights_dir: AnyPath | None = Field(None, description="Where network weights are; ALBUMEN_WEIGHTS says it too.")
    serve: Serve = Field(Serve(), description=Serve.__doc__)
    libraries: dict[Annotated[str, AfterValidator(_is_name)], LibrarySettings] = Field(
        default_factory=dict, description="The libraries by name, one table [libraries.NAME] each."
    )

    @field_validator("libraries")
    @classmethod
    def _named_once(cls, libraries: dict[str, LibrarySettings]) -> dict[str, LibrarySettings]:
        for name, library in libraries.items():
            if "name" in library.model_fields_set:
                raise ValueError(f"leave name out of [libraries.{name}]: the table's heading is the name")
        return libraries

    @property
    def database(self) -> Path | str:
        """Return where the store is: a SQLite file, or a SQLAlchemy URL (not for logs, it may hold a password)."""
        return self.data_dir / "albumen.db" if self.database_url is None else self.database_url.get_secret_value()

    def library(self, name: str) -> LibrarySettings:
        """Return one library with its name and its sections laid over the general ones.

        `folder:DIR` names a folder without any settings; its name becomes `folder:` and the resolved absolute path. A
        folder that a library of the settings already holds is that library, so that its memory is found.

        Raises:
            UnknownLibrary: there is none of this name.
            SettingsWrong: the folder is not there.
        """
        if name.startswith(FOLDER):
            return self._folder(name.removeprefix(FOLDER))
        found = self.libraries.get(name)
        if found is None:
            there = ", ".join(sorted(self.libraries)) or "none in the settings"
            raise UnknownLibrary(f"no library is called {name!r}; there are: {there}; a folder is named folder:DIR")
        return merged(found, self).model_copy(update={"name": name})

    def _folder(self, given: str) -> LibrarySettings:
        if not given:
            raise SettingsWrong("name the folder behind folder:, such as folder:/srv/photos")
        path = Path(given).expanduser().resolve()
        if not path.is_dir():
            what = "is not a folder" if path.exists() else "does not exist"
            raise SettingsWrong(f"{path} {what}: check the path, or whether its disk is mounted")
        for name, library in self.libraries.items():
            if library.gallery == "folder" and library.path is not None and library.path.resolve() == path:
                return self.library(name)
        return merged(LibrarySettings(gallery="folder", path=path), self).model_copy(update={"name": f"{FOLDER}{path}"})


def load_settings(file: Path | None = None) -> Settings:
    """Read the settings: the environment (`ALBUMEN_ALBUMS__MIN_PHOTOS`) over the file over the defaults.

    The file is the one given, else `ALBUMEN_CONFIG`, `./albumen.toml`, or `albumen/albumen.toml` in the user's
    configuration folder; without any the defaults hold. Relative paths in it are from its own folder.

    Raises:
        SettingsWrong: a file that was named is not there or not TOML, a key is unknown, a value is out of bounds.
    """
    if wrong := unknown_variables(os.environ, Settings, VARIABLES):
        raise SettingsWrong(wrong)
    found = settings_file(file)
    given = _read(found) if found else {}
    if weights := os.environ.get("ALBUMEN_WEIGHTS"):
        given["weights_dir"] = weights
    where = f"{found} or the environment" if found else "the environment"
    try:
        return Settings.model_validate(_over(given, _environment()))
    except SettingsError as error:
        raise SettingsWrong(f"the environment: {error}; lists and tables are written as JSON") from None
    except ValidationError as error:  # `from None`: pydantic's own text quotes values, keys among them
        raise SettingsWrong(explain(error, Settings, where)) from None


def _environment() -> dict[str, Any]:
    """Return what the environment sets, not yet checked."""
    like_settings = cast("type[BaseSettings]", Settings)  # the source asks a class for its fields and nothing else
    return EnvSettingsSource(like_settings, env_prefix="ALBUMEN_", env_nested_delimiter="__", env_ignore_empty=True)()


def schedule_zone(serve: Serve) -> str:
    """Return the name of the time zone by whose clock runs are scheduled: that of the settings, else this machine's.

    Raises:
        SettingsWrong: this machine's has no name, as in a container with the host's /etc/localtime.
    """
    import tzlocal  # noqa: PLC0415  reads the system's files: only when asked

    zone = serve.time_zone or tzlocal.get_localzone_name()
    if not zone:
        raise SettingsWrong(
            "the time zone of this machine has no name: set time_zone under [serve], such as Europe/Lisbon, or TZ in "
            "the environment"
        )
    return zone


def settings_file(file: Path | None = None) -> Path | None:
    """Return the file that `load_settings` reads, None without any.

    Raises:
        SettingsWrong: a file that was named is not there.
    """
    named = file or (Path(said) if (said := os.environ.get("ALBUMEN_CONFIG")) else None)
    if named is not None:
        if not named.expanduser().is_file():
            raise SettingsWrong(f"there is no settings file {named}")
        return named.expanduser().absolute()
    usual = (Path("albumen.toml"), Path(platformdirs.user_config_dir("albumen")) / "albumen.toml")
    return next((path.absolute() for path in usual if path.is_file()), None)


def _read(file: Path) -> dict[str, Any]:
    try:
        given = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsWrong(f"{file} is not TOML: {error}") from error
    except OSError as error:
        raise SettingsWrong(f"{file} cannot be read: {error.strerror}") from error
    return {key: _anchored(key, value, file.parent) for key, value in given.items()}


def _anchored(key: str, value: Any, folder: Path) -> Any:
    """Return a value of the file with the relative paths in it put below the file's own folder."""
    if isinstance(value, dict):
        return {k: _anchored(k, v, folder) for k, v in value.items()}
    if key == "tracks" and isinstance(value, list):
        return [_anchored("path", v, folder) for v in value]
    if key in PATHS and isinstance(value, str) and value:
        return str(folder / Path(value).expanduser())
    return value


def _over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Return two nested tables as one, where `above` wins."""
    both = {**below, **above}
    for key in below.keys() & above.keys():
        if isinstance(below[key], dict) and isinstance(above[key], dict):
            both[key] = _over(below[key], above[key])
    return both
