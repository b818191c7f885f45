"""The bodies of `albumen webhook`: let a gallery call us when there are new photos, or say how that is done else."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

import httpx

from app.hooks.callers import HEADER, hook_secret, hook_secret_file
from app.hooks.listener import ear_of
from app.hooks.listening_notes import Heard, noted
from app.hooks.poller import calls_us
from app.messages import DONE, FAILED, WrongUse, say, tell, tell_json
from app.receiver import FILE
from plugins.galleries import GalleryError, GalleryRefused
from plugins.galleries.immich.permissions import CALLING, permissions_for
from plugins.galleries.immich.workflows import METHOD, SINCE, TRIGGER, Workflows, address_of
from plugins.locks import service_runs
from plugins.settings import LibrarySettings, Settings, load_settings
from plugins.store.arrivals import Arrivals

HEALTH_S: Final = 3.0
"""How long our own receiver may take to say that it is there."""


@dataclass(frozen=True, slots=True)
class Hook:
    """What a caller has to know of a library's webhook; `url` is empty where the settings do not say it."""

    library: LibrarySettings
    url: str
    secret: str
    file: Path


def install_webhook(library: str, show_secret: bool) -> int:
    """Make the workflow in Immich, or print how to do it by hand where that cannot be; return the exit status.

    Of a gallery that is listened to nothing is made: it says by itself what others call us for.
    """
    settings = load_settings()
    hook = _hook(settings, library)
    if product := _listened_to(hook.library):
        tell(f"{product} has no webhooks, and needs none: `albumen serve` listens on its websocket.")
        tell(f"Now {_listening(settings, library)}.")
        return DONE
    if not hook.url:
        raise WrongUse(_no_address(settings))
    why = _why_not(hook.library)
    if why:
        say(f"Not installed: {why}.")
        _tell_by_hand(hook, show_secret)
        return FAILED
    with Workflows.of(hook.library) as workflows:
        done = workflows.install(hook.url, HEADER, hook.secret)
        tell(f"The workflow {workflows.name!r} is {done}: for each new photo Immich calls {hook.url}")
    with Arrivals(settings.data_dir / FILE) as arrivals:
        arrivals.installed(library, there=True)
    for line in _doubts(settings, hook.url):
        say(f"Note: {line}")
    return DONE


def remove_webhook(library: str) -> int:
    """Delete the workflow in Immich, and poll this library again; return the exit status."""
    settings = load_settings()
    config = _served(settings, library)
    if product := _listened_to(config):
        tell(f"{product} has no webhooks, so there is none to remove: `albumen serve` listens on its websocket.")
        return DONE
    with Arrivals(settings.data_dir / FILE) as arrivals:
        arrivals.installed(library, there=False)
    if why := _why_not(config):
        say(f"Nothing is removed from the gallery: {why}. What you made by hand you remove by hand.")
        return FAILED
    with Workflows.of(config) as workflows:
        tell(f"{workflows.name!r} is removed." if workflows.remove() else f"There is no workflow {workflows.name!r}.")
    return DONE


def show_webhook(library: str, show_secret: bool, json: bool) -> None:
    """Print where the webhook of a library is, whether the gallery knows it, and what has come."""
    settings = load_settings()
    hook = _hook(settings, library)
    found = _seen(settings, hook)
    if json:
        tell_json(found | ({"secret": hook.secret} if show_secret else {}))
        return
    unknown = "not needed: it is listened to" if "websocket" in found else "unknown: set hooks_url in [serve]"
    tell(f"address        {hook.url or unknown}")
    tell(f"secret         in the header {HEADER}: {hook.secret if show_secret else f'what is in {hook.file}'}")
    tell(f"in the gallery {found['gallery']}")
    if "websocket" in found:
        tell(f"websocket      {found['websocket']}")
        tell(f"last word      {found['told_at'] or 'none so far'}")
    tell(f"last webhook   {found['heard_at'] or 'none so far'}")
    tell(f"last asked     {found['polled_at'] or 'never'}, {found['asked']}")
    tell(f"waiting        {found['waiting']}")


def _seen(settings: Settings, hook: Hook) -> dict[str, Any]:
    name = hook.library.name
    with Arrivals(settings.data_dir / FILE) as arrivals:
        watched, waiting = arrivals.watched(name), arrivals.waiting(name)
    now, often = datetime.now(UTC).timestamp(), settings.serve.poll_minutes
    heard = _heard(settings, name)
    seldom = calls_us(watched, now) or heard.connected_at is not None
    told = {"websocket": _listening(settings, name), "told_at": _when(heard.heard_at)}
    return {
        "library": name,
        "url": hook.url,
        "header": HEADER,
        "secret_file": str(hook.file),
        "gallery": _in_gallery(hook),
        **(told if _listened_to(hook.library) else {}),
        "heard_at": _when(watched.heard_at),
        "polled_at": _when(watched.polled_at),
        "asked": "never" if not often else "hourly" if seldom else f"every {often} minutes",
        "waiting": waiting.photos if waiting else 0,
    }


def _listened_to(library: LibrarySettings) -> str:
    """Return how a gallery is called that is listened to; empty where it cannot be."""
    ear = ear_of(library)
    return ear.product if ear else ""


def _heard(settings: Settings, library: str) -> Heard:
    """Return what is known of the listening to a library; where no service runs, nobody listens, whatever was noted."""
    heard = noted(settings.data_dir).get(library, Heard())
    if service_runs(settings.data_dir):
        return heard
    return Heard(heard_at=heard.heard_at, why_not="`albumen serve` does not run")


def _listening(settings: Settings, library: str) -> str:
    """Say since when a library is listened to, or why it is not."""
    heard = _heard(settings, library)
    if heard.connected_at is None:
        return f"it is not connected: {heard.why_not or 'the service has just begun'}"
    return f"it is connected, since {_when(heard.connected_at)}"


def _in_gallery(hook: Hook) -> str:
    """Say whether the gallery calls us, as far as it says so."""
    if product := _listened_to(hook.library):
        return f"{product} has no webhooks: it is listened to"
    try:
        if why := _why_not(hook.library):
            return f"unknown: {why}"
        with Workflows.of(hook.library) as workflows:
            found = workflows.found()
    except GalleryError as error:
        return f"unknown: {error}"
    if not found:
        return "no workflow of ours: albumen webhook install makes it"
    calls = address_of(found[0])
    return "a workflow calls us" if calls == hook.url else f"a workflow calls another address: {calls or 'none'}"


def _hook(settings: Settings, library: str) -> Hook:
    config = _served(settings, library)
    base = settings.serve.hooks_url.strip().rstrip("/")
    if base and (urlsplit(base).scheme not in {"http", "https"} or not urlsplit(base).hostname):
        raise WrongUse(f"hooks_url in [serve] is no address: {base!r}; write one such as http://albumen:8485")
    url = f"{base}/hooks/{quote(library, safe='')}" if base else ""
    return Hook(config, url, hook_secret(settings.data_dir, library), hook_secret_file(settings.data_dir, library))


def _served(settings: Settings, library: str) -> LibrarySettings:
    if library not in settings.libraries:
        raise WrongUse(f"{library!r} is no library of the settings, and only those have webhooks")
    return settings.library(library)


def _no_address(settings: Settings) -> str:
    return (
        "set hooks_url in [serve] to how your gallery reaches Albumen, such as http://albumen:8485 in one Docker "
        f"network, or http://192.168.1.5:{settings.serve.hooks_port or 8485}; 127.0.0.1 inside of a container is "
        "the container itself"
    )


def _why_not(library: LibrarySettings) -> str:
    """Return why this gallery cannot be told to call us; empty where it can."""
    if library.gallery != "immich":
        return f"a {library.gallery} gallery calls nobody by itself"
    try:
        with Workflows.of(library) as workflows:
            return workflows.why_not()
    except GalleryRefused as error:
        return str(error)


def _tell_by_hand(hook: Hook, show_secret: bool) -> None:
    secret = hook.secret if show_secret else f"what is in {hook.file}"
    if hook.library.gallery == "immich":
        tell(
            f"In Immich {SINCE.major}.{SINCE.minor} or later, either give the key these permissions and run this again:"
        )
        tell(f"    {' '.join(p for p in permissions_for(CALLING) if p)}")
        tell("or make the workflow by hand: Workflows → Create workflow")
        tell(f"    trigger        metadata extraction ({TRIGGER}: time and place of the photo are known by then)")
        tell(f"    action         Webhook ({METHOD.partition('#')[2]} of Immich's own plugin)")
    else:
        tell("Whatever adds photos can call Albumen:")
    tell("    method         POST")
    tell(f"    URL            {hook.url}")
    tell(f"    header name    {HEADER}")
    tell(f"    header value   {secret}")
    tell("Without a webhook the library is asked for new photos every few minutes, so nothing is missed.")


def _doubts(settings: Settings, url: str) -> Iterator[str]:
    """Yield what may keep the gallery from reaching us."""
    host = urlsplit(url).hostname or ""
    if _is_loopback(host):
        yield f"{host} means this machine only for an Immich that runs on it, outside of a container"
    elif _is_loopback(settings.serve.hooks_host):
        yield f"hooks_host is {settings.serve.hooks_host}: nobody else reaches it, unless a proxy does"
    try:
        answers = httpx.get(f"{url.rpartition('/hooks/')[0]}/health", timeout=HEALTH_S, trust_env=False).is_success
    except (httpx.HTTPError, httpx.InvalidURL):
        answers = False
    if not answers:
        yield "nothing answers there as seen from here: is `albumen serve` running?"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _when(at: float | None) -> str:
    return "" if at is None else datetime.fromtimestamp(at).astimezone().isoformat(timespec="seconds")
