"""What the doctor asks a PhotoPrism: whether it is one, its version, whose key this is, what it may do and show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeAlias

from plugins.checks import Check, State
from plugins.galleries import GalleryBug, GalleryError, GalleryRefused, GalleryUnreachable, PhotoGone
from plugins.galleries.http.answers import Forbidden, NoRoute
from plugins.galleries.http.connecting import trust
from plugins.galleries.http.patience import Patience
from plugins.galleries.http.shapes import Part
from plugins.galleries.http.visiting import TWICE, Visit
from plugins.galleries.photoprism.answers import NotThere
from plugins.galleries.photoprism.client import Client, connect
from plugins.galleries.photoprism.listening import listen
from plugins.galleries.photoprism.parsing import ConfigPart, HitPart, SessionPart, UserPart, read
from plugins.galleries.photoprism.scopes import OPTIONAL, Missing, Step, missing, only_reads
from plugins.galleries.photoprism.versions import BATCH_EDIT, number_of, warning_of, ways_of
from plugins.settings import SettingsWrong

if TYPE_CHECKING:
    from plugins.settings import LibrarySettings

LISTEN_S: Final = 1.0
"""So long the doctor listens whether the server is indexing: then it says something with each file."""
SOON_S: Final = 30 * 86_400
"""An app password that expires within this time is worth a word."""
SELDOM_S: Final = 3_600
"""A server that sees to its people less often than this lets nobody change them."""
ADMIN: Final = "admin"
WRITES: Final[Mapping[str, tuple[Step, ...]]] = {
    "plan": (),
    "albums": ("apply albums",),
    "all": ("apply albums", "apply tags"),
}
"""What the nightly run writes, by the setting `apply`; without people the rest of it works."""
APPS: Final = "PhotoPrism, Settings → Account → Apps and Devices"
AWAY: Final = "is it running, and does this machine reach it?"
BELOW: Final = "an installation below a path needs that in url, as in https://host/photos"
SWITCHES: Final = "PhotoPrism, Settings → General"
_Visit: TypeAlias = Visit[Client]


class _LastingPart(SessionPart):
    """A session, and for how many seconds it lasts; none or less for ever."""

    expires_in: float = 0


class _OptionsPart(Part):
    """`GET /config/options`; the interval is in nanoseconds."""

    WakeupInterval: float = 0


def checks(library: LibrarySettings, patience: Patience = TWICE, listen_s: float = LISTEN_S) -> Iterator[Check]:
    """Yield what a PhotoPrism library needs, in an order in which the first failure explains those behind it.

    A failed connection ends it. The key is sent only to what has shown itself to be a PhotoPrism.
    """
    what = "key"
    try:
        key, what = library.key(), "address"
        with ExitStack() as opened:
            bare = opened.enter_context(connect(library.url, library.ca_file))
            client = Client(connect(library.url, library.ca_file), key, library.user, patience)
            opened.callback(client.close)
            visit = Visit(library, bare, Client(bare, patience=patience), client)
            yield from _address(visit)
            what = "key"
            yield from _key(visit)
            yield from _server(visit, client.config())
            what = "pictures"
            yield _pictures(visit)
            yield from _websocket(visit, listen_s)
    except (GalleryError, SettingsWrong) as error:
        mend = ""
        if what == "address":
            mend = AWAY if isinstance(error, GalleryUnreachable) else BELOW
        yield Check(f"{library.name}: {what}", "fail", str(error), mend)


def _address(visit: _Visit) -> Iterator[Check]:
    said = visit.first(lambda: visit.stranger.get("/status"))
    if not isinstance(said, dict) or "status" not in said:
        raise GalleryRefused(f"what answers at {visit.server} is no PhotoPrism: check the url")
    yield visit.address()
    yield visit.clock(datetime.now(UTC))


def _key(visit: _Visit) -> Iterator[Check]:
    """Look at who asks, and what their key may do; the server's version first, as it may explain the rest."""
    config = visit.client.config()
    yield _version(visit, config)
    if config.public:
        finding = "public mode: nobody is asked who they are, and everybody who gets there can do everything"
        yield visit.check("key", "warn", finding, "set PHOTOPRISM_AUTH_MODE=password, unless nobody else gets there")
        return
    try:
        session = read(_LastingPart, visit.client.get("/session"), "GET /session")
    except Forbidden:
        yield visit.check("key", "ok", "it is known, and may not say whose it is")
        yield _scope(visit, Missing("sessions", ("account",)))
        return
    yield _who(visit, session.user)
    yield from _expiry(visit, session)
    yield from _scopes(visit, session.scope)


def _version(visit: _Visit, config: ConfigPart) -> Check:
    if not (warning := warning_of(config.version)):
        return visit.check("version", "ok", f"PhotoPrism {number_of(config.version)}")
    is_refused = not ways_of(config.version).writes and visit.library.apply not in {None, "plan"}
    return visit.check("version", "fail" if is_refused else "warn", warning)


def _who(visit: _Visit, user: UserPart) -> Check:
    if not user.UID:
        finding = "it belongs to no user, and PhotoPrism shows photos to users alone"
        return visit.check("key", "fail", finding, f"make an app password of an admin: {APPS}")
    kind = "password" if visit.library.user else "app password"
    if user.Role != ADMIN and not user.SuperAdmin:
        finding = (
            f"{kind} of {user.Name}, who is a {user.Role or 'user without a role'}: only admins see and change all"
        )
        return visit.check("key", "fail", finding, f"make an app password of an admin: {APPS}")
    mend = f"an app password can be taken back alone: {APPS}" if visit.library.user else ""
    return visit.check("key", "ok", f"{kind} of {user.Name}, an admin", mend)


def _expiry(visit: _Visit, session: _LastingPart) -> Iterator[Check]:
    if not visit.library.user and 0 < session.expires_in < SOON_S:  # a session of ours is opened anew
        days = session.expires_in / 86_400
        yield visit.check("expiry", "warn", f"the app password expires in {days:,.0f} days", f"make a new one: {APPS}")


def _scopes(visit: _Visit, scope: str) -> Iterator[Check]:
    """Yield a check for each word that the scope lacks; those to write are one where it has none of them."""
    lacking = missing(scope)
    if only_reads(scope):
        lacking = tuple(one for one in lacking if not _writes(one))
        yield visit.reads_only("scope", "make an app password with the scopes in docs/photoprism.md")
    yield from (_scope(visit, one) for one in lacking)
    if not lacking and not only_reads(scope):
        yield visit.check("scope", "ok", "all that is needed")


def _writes(one: Missing) -> bool:
    """Say whether a word is missing for writing alone."""
    return set(one.steps) <= {"apply albums", "apply tags", "apply people", "log out"}


def _scope(visit: _Visit, one: Missing) -> Check:
    nightly = set(WRITES[visit.library.apply or "plan"])
    blocked = set(one.steps) - OPTIONAL
    state: State = "fail" if blocked & nightly or blocked - {"apply albums", "apply tags"} else "warn"
    finding = f"missing; without it these do not work: {', '.join(one.steps)}"
    return visit.check(f"scope {one.name}", state, finding, f"make an app password that has it: {APPS}")


def _server(visit: _Visit, config: ConfigPart) -> Iterator[Check]:
    """Look at how the server is set up."""
    yield from _features(visit, config)
    if config.readonly:
        finding = "read-only mode: what Albumen writes is in PhotoPrism's database, and works all the same"
        yield visit.check("mode", "ok", finding)
    if _wakeup_s(visit.client) > SELDOM_S:
        mend = "set PHOTOPRISM_WAKEUP_INTERVAL to an hour or less"
        yield visit.check("people", "warn", "it sees to its people so seldom that nobody may change them", mend)


def _features(visit: _Visit, config: ConfigPart) -> Iterator[Check]:
    features, library = config.settings.features, visit.library
    off = [name for name in ("people", "labels", "albums") if not getattr(features, name)]
    if off:
        finding, mend = f"switched off: {', '.join(off)}", f"switch them on to see what Albumen makes: {SWITCHES}"
        yield visit.check("features", "warn", finding, mend)
    for name, is_left_out in (("review", not library.review), ("private", not library.private)):
        if is_left_out and not getattr(features, name):
            finding = "switched off, so that PhotoPrism shows photos that are left out here"
            yield visit.check(name, "warn", finding, f"set {name} = true in [libraries.{library.name}]")
    if number_of(config.version) >= BATCH_EDIT and not features.batchEdit:
        yield visit.check("batch edit", "ok", "switched off: labels are set photo by photo, which takes longer")


def _wakeup_s(client: Client) -> float:
    """Return how often the server sees to its people, in seconds; 0 where it does not say."""
    try:
        options = read(_OptionsPart, client.get("/config/options"), "GET /config/options")
    except (Forbidden, NotThere, NoRoute, GalleryBug):  # it may be switched off, and need not be there
        return 0.0
    return options.WakeupInterval / 1e9


def _pictures(visit: _Visit) -> Check:
    """Ask for the smallest picture of a photo."""
    found = visit.client.rows("/photos", {"count": 1, "primary": True, "quality": 3, "public": True})
    if not found.items:
        return visit.check("pictures", "ok", "there are no photos yet")
    try:
        visit.client.picture(read(HitPart, found.items[0], "GET /photos").Hash, "tile_50")
    except PhotoGone as error:
        mend = "are the originals mounted where PhotoPrism runs? Albumen must not ask for many while they are away"
        return visit.check("pictures", "warn", str(error), mend)
    return visit.check("pictures", "ok", "they are shown")


def _websocket(visit: _Visit, listen_s: float) -> Iterator[Check]:
    """Listen as `albumen serve` does, and whether the server is at work."""
    client = visit.client
    try:
        with listen(client.server, client.token(), trust(visit.library.ca_file)) as ear:
            yield visit.check("websocket", "ok", "PhotoPrism says on it when photos may have come")
            if ear.is_indexing(listen_s):
                finding = "it is indexing now: what is not in yet is taken in by the next run"
                yield visit.check("indexing", "warn", finding, "nothing, or wait until it has ended")
    except GalleryError as error:
        mend = "without it `albumen serve` asks for new photos every few minutes; a proxy must let websockets through"
        yield visit.check("websocket", "warn", str(error), mend)
