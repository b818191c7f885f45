"""The sections of the settings: frozen, with bounds, and each field says what it means."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from plugins._settings_texts import as_cluster, as_cron, as_point
from plugins.method_lists import agreed

Option: TypeAlias = bool | int | float | str | None
"""A method's keyword; TOML cannot say None, so the word "none" does."""
Piles: TypeAlias = Literal["off", "sections", "albums"]
MethodKind: TypeAlias = Literal["events", "people", "tags", "covers"]


def absolute(path: Path) -> Path:
    """Return a path from the root on, with ~ read as the home folder."""
    return path.expanduser().absolute()


def known_zone(name: str) -> str:
    """Check the name of a time zone; empty stays empty."""
    if not name:
        return name
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"there is no time zone {name!r}; write one such as Europe/Lisbon") from error
    return name


class Section(BaseModel):
    """What all sections share: frozen, and an unknown key is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Features(Section):
    """What is computed from the pictures."""

    enabled: bool = Field(True, description="Whether faces and picture vectors are computed at all.")
    embedder: str = Field(
        "auto", description="Face extractor: auto takes facenet or dlib_face, whose weights are there."
    )
    picture: str = Field("vgg16", description="Extractor of picture vectors, for tags and covers.")
    fetch_weights: bool = Field(False, description="Whether a run downloads network weights that are missing.")
    batch_photos: int = Field(256, ge=1, le=4096, description="Photos to one task.")
    workers: Annotated[int, Field(ge=1, le=1024)] | Literal["auto"] = Field(
        "auto", description="Workers that extract a library together: auto takes all that are there, 1 only its own."
    )
    claim_s: float = Field(
        180.0, ge=1, le=86_400, description="After so many seconds another worker takes over the batch of a dead one."
    )
    dask: Annotated[str, AfterValidator(as_cluster)] = Field(
        "", description="Dask cluster that extracts, such as tcp://10.0.0.5:8786, or local:2; needs albumen[dask]."
    )


def _plain(value: object) -> object:
    """Read a number or a truth value that came as text, as those of the environment do; other text stays."""
    if isinstance(value, str):
        try:
            found = json.loads(value.strip().lower())
        except ValueError:
            return value
        return found if isinstance(found, bool | int | float) else value
    return value


class Method(Section):
    """A section that names a method, with more keywords of it than the section has fields."""

    mode: Literal["default", "strict"] = Field(
        "default", description="strict follows the patent's claim to the letter."
    )
    options: dict[str, Annotated[Option, BeforeValidator(_plain)]] = Field(
        default_factory=dict, description='Other keywords of the method, such as gap_h = 1.5; "none" stands for None.'
    )

    @property
    def keywords(self) -> dict[str, Option]:
        """Return the options as the method takes them, with "none" read as None."""
        return {k: None if isinstance(v, str) and v.lower() == "none" else v for k, v in self.options.items()}


def _each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    """Check that no method is named twice."""
    if len(set(names)) < len(names):
        raise ValueError(f"name each method once, not {', '.join(names)}")
    return names


MethodNames: TypeAlias = Annotated[tuple[str, ...], AfterValidator(_each_once)]


class Methods(Section):
    """Several methods of a kind: the first publishes, the others run in shadow and the report shows where they differ.

    A list of one is the same as `method` of that kind's own section.
    """

    events: MethodNames = Field((), description="Events plugins, such as time_place_faces and time_gap.")
    people: MethodNames = Field((), description="People plugins, such as affinity_gcn and average_linkage.")
    tags: MethodNames = Field((), description="Tags plugins, such as cluster_frequency and neighbour_voting.")
    covers: MethodNames = Field((), description="Covers plugins, such as interest_gru and sharpest_face.")


class Events(Method):
    """How photos are grouped into events and trips."""

    method: str = Field("time_place_faces", description="Events plugin.")


class People(Section):
    """Whose the faces are, and what looks alike."""

    method: str = Field("affinity_gcn", description="People plugin that groups faces by person.")
    purify: str = Field(
        "confidence_gcn", description='People plugin that looks through the groups again; "none" leaves them.'
    )
    min_faces: int = Field(3, ge=2, le=1000, description="Fewest faces that make a person whom nobody has named.")
    precision: float = Field(
        0.99, ge=0.5, le=1, description="From this calibrated probability on, a face joins a named person by itself."
    )
    draw: bool = Field(False, description="Whether faces that only we found are drawn into a gallery that finds faces.")
    look_alikes: int = Field(5, ge=2, le=1000, description="Fewest untagged photos that are suggested as a group.")


class Albums(Section):
    """Which events are worth an album."""

    min_photos: int = Field(8, ge=1, le=100_000, description="Fewest photos, a burst counting as one.")
    away_km: float = Field(3.0, ge=0, le=20_000, description="From this far from home on, in km, an event is away.")
    dense: float = Field(
        3.0, ge=1, le=1000, description="At home: an album from this many times the usual photos of its weekday on."
    )
    burst_s: float = Field(3.0, ge=0, le=3600, description="Photos at most this many seconds apart are one burst.")
    trips: bool = Field(True, description="One album for a trip, its events as sections; else an album an event.")
    piles: Piles = Field("sections", description="Photos by person: not shown, sections of the page, or own albums.")


class Tags(Method):
    """Which tags are suggested and written, and from what they are learned."""

    places: bool = Field(True, description="City and country as tags on the photos of our albums.")
    method: str = Field("cluster_frequency", description="Tags plugin that recommends the words that you use yourself.")
    extractor: str = Field(
        "", description="Extractor of the picture vectors for tags; empty: that of [features], vgg16_map where strict."
    )
    stock: tuple[str, ...] = Field((), description="Other libraries to learn from, beside its own; each must allow it.")
    share: bool = Field(False, description="Whether other libraries may learn from this one: vectors and counts only.")
    post: Literal["burst", "pile", "photo"] = Field(
        "burst", description="What counts once when tags are counted: a burst, a pile of an event, or each photo."
    )
    apply: Literal["suggest", "auto"] = Field(
        "suggest", description="suggest asks you for each tag; auto sets those that are sure enough."
    )
    ask: float = Field(0.25, ge=0, le=1, description="Share of similar photos that must have a tag to be suggested.")
    frequency: float = Field(0.8, ge=0, le=1, description="auto: share of similar photos that must have the tag.")
    support: int = Field(10, ge=1, le=100_000, description="auto: so many similar photos must have it.")
    most: int = Field(3, ge=1, le=50, description="Most tags suggested for one photo.")
    ignore: tuple[str, ...] = Field((), description="Tags that are never suggested, by name or glob, such as todo.")
    half_life_days: float = Field(
        0.0, ge=0, le=100_000, description="A photo counts half when it is this many days older; 0: age is nothing."
    )
    regions: bool = Field(
        False, description="Whether an accepted tag's place in the picture is written too, where sidecars are ours."
    )


class Covers(Method):
    """How the cover of an album, and of a video, is chosen."""

    method: str = Field("interest_gru", description="Covers plugin.")
    personal: bool = Field(True, description="Whether what you like counts, once that is found to choose better.")
    suggest: bool = Field(True, description="Suggest covers for your own albums where you have chosen none.")
    videos: bool = Field(True, description="Choose a frame of each video as its cover.")
    video_mb: int = Field(
        50, ge=0, le=100_000, description="Largest video, in MB, that a server is asked to send for that."
    )
    posters: bool = Field(True, description="Write that frame beside the video, where the gallery is a folder.")


class Places(Section):
    """Where photos without a position were taken."""

    home: Annotated[str, AfterValidator(as_point)] = Field(
        "", description='Home as "lat,lon" in degrees; empty: the median position of the library.'
    )
    tracks: tuple[Annotated[Path, AfterValidator(absolute)], ...] = Field(
        (), description="Location histories: GPX, Google Timeline JSON, OwnTracks; files, or folders of them."
    )

    @property
    def home_position(self) -> tuple[float, float] | None:
        """Return home as latitude and longitude in degrees, or None where it is to be found out."""
        if not self.home:
            return None
        lat, lon = self.home.split(",")
        return float(lat), float(lon)


class Exclude(Section):
    """Which photos get into no event, album, tag or cover of ours."""

    folders: tuple[str, ...] = Field(
        (), description="Folders by name or glob, such as Work or */private; those below too."
    )
    albums: tuple[str, ...] = Field((), description="Photos in these albums of the user's, by title or glob.")
    tags: tuple[str, ...] = Field((), description="Photos with these tags, by name or glob.")
    screenshots: bool = Field(True, description="Leave out screenshots and screen recordings.")
    messenger: bool = Field(True, description="Leave out what messengers saved (WhatsApp, Telegram, Signal, …).")
    documents: bool = Field(True, description="Leave out scans and pictures of documents.")
    hidden: bool = Field(True, description="Leave out what the gallery hides or has archived.")


class Retry(Section):
    """How a call that failed for now is repeated."""

    attempts: int = Field(4, ge=1, le=20, description="Calls at most, the first one counted.")
    backoff_s: float = Field(1.0, ge=0, le=300, description="Wait before the second call; it doubles each time.")
    jitter: float = Field(0.5, ge=0, le=1, description="Share of each wait that is left to chance.")


class Guard(Section):
    """When an apply stops because it would take away too much of what is ours: over both bounds."""

    share: float = Field(0.2, ge=0, le=1, description="Share of our albums, members, tags or faces.")
    count: int = Field(20, ge=0, description="Number of them.")


class Serve(Section):
    """What `albumen serve` runs, and where it listens."""

    host: str = Field("127.0.0.1", description="Address on which the review page listens; loopback unless you say so.")
    port: int = Field(8484, ge=0, le=65_535, description="Port of the review page; 0 takes a free one.")
    names: tuple[str, ...] = Field(
        (), description="Names by which browsers reach the review page, such as photos.home; IP addresses need none."
    )
    language: str = Field("", description="Language of the review page, such as en; empty: what the browser asks for.")
    hooks_host: str = Field("127.0.0.1", description="Address on which webhooks come in; your gallery must reach it.")
    hooks_port: int = Field(8485, ge=0, le=65_535, description="Port for webhooks; 0 takes a free one.")
    hooks_url: str = Field("", description="How the gallery reaches that port, such as http://albumen:8485.")
    prefect_host: str = Field("127.0.0.1", description="Address on which Prefect's server and its pages listen.")
    prefect_port: int = Field(4200, ge=0, le=65_535, description="Port of Prefect's server; 0 takes a free one.")
    nightly: Annotated[str, AfterValidator(as_cron)] = Field(
        "30 2 * * *", description="When all libraries are curated, as cron writes it; empty: never."
    )
    time_zone: Annotated[str, AfterValidator(known_zone)] = Field(
        "", description="Time zone of that, such as Europe/Lisbon; empty: this machine's."
    )
    poll_minutes: int = Field(
        5, ge=0, le=1440, description="How often libraries without a webhook are asked for new photos; 0: never."
    )
    quiet_s: float = Field(90.0, ge=0, le=3600, description="New photos are curated after so long without another one.")
    longest_s: float = Field(420.0, ge=0, le=86_400, description="And at most so long after the first one came.")
    runs_at_once: int = Field(2, ge=1, le=64, description="Flow runs side by side on this machine.")
    only_helps: bool = Field(
        False, description="Whether a worker elsewhere only helps to extract; then its data folder may be its own."
    )
    keep_days: int = Field(90, ge=1, le=3650, description="How long Prefect keeps its own notes of runs.")


class Sections(BaseModel):
    """The sections, of all libraries in the file's top and of one library in its table."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, hide_input_in_errors=True)

    features: Features = Field(Features(), description=Features.__doc__)
    methods: Methods = Field(Methods(), description=Methods.__doc__)
    events: Events = Field(Events(), description=Events.__doc__)
    people: People = Field(People(), description=People.__doc__)
    albums: Albums = Field(Albums(), description=Albums.__doc__)
    tags: Tags = Field(Tags(), description=Tags.__doc__)
    covers: Covers = Field(Covers(), description=Covers.__doc__)
    places: Places = Field(Places(), description=Places.__doc__)
    exclude: Exclude = Field(Exclude(), description=Exclude.__doc__)
    retry: Retry = Field(Retry(), description=Retry.__doc__)
    guard: Guard = Field(Guard(), description=Guard.__doc__)

    @model_validator(mode="before")
    @classmethod
    def _methods_agree(cls, given: Any) -> Any:
        return agreed(given)

    def shadows(self, kind: MethodKind) -> tuple[str, ...]:
        """Return the methods of a kind that run beside the one that publishes."""
        names: tuple[str, ...] = getattr(self.methods, kind)
        return names[1:]

    def trying(self, kind: MethodKind, method: str) -> Self:
        """Return the settings by which another method of a kind would publish: in its default mode, without options."""
        section: Section = getattr(self, kind)
        if method == getattr(section, "method"):  # noqa: B009 - four sections have it
            return self
        own = {"method": method, **({"mode": "default", "options": {}} if isinstance(section, Method) else {})}
        return self.model_copy(update={kind: section.model_copy(update=own)})


_S = TypeVar("_S", bound=Sections)


def merged(own: _S, general: Sections) -> _S:
    """Return `own` with every section completed from `general`: what its own file names wins, the rest is general."""
    update = {name: _laid_over(getattr(general, name), getattr(own, name)) for name in Sections.model_fields}
    return own.model_copy(update=update)


def _laid_over(general: Section, own: Section) -> Section:
    given: dict[str, Any] = {name: getattr(own, name) for name in own.model_fields_set}
    if isinstance(general, Method) and "options" in given:
        given["options"] = {**general.options, **given["options"]}
    return general.model_copy(update=given)


def fingerprint(section: BaseModel) -> str:
    """Return 16 hexadecimal digits that change when, and only when, a value of the section changes; for cache keys."""
    said = json.dumps(section.model_dump(mode="json"), sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:16]
