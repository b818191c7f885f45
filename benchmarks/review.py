"""How long pages of the review take with very much in the store: `python -m benchmarks.review --help`."""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import uvicorn

from app.prefect_api import PrefectApi
from app.review import create_review
from plugins.changes import AddTags, Change, CreateAlbum, SetCover
from plugins.own_secrets import own_secret
from plugins.records import Photo
from plugins.sections import Serve
from plugins.settings import LibrarySettings, Settings
from plugins.store import ChosenCover, Evidence, Ranked, Store, Suggestion, open_store

LIBRARY: Final = "family"
WORDS: Final = 400
MEMBERS: Final = 30
START: Final = datetime(2020, 1, 1, tzinfo=UTC)
BASE: Final = f"/libraries/{LIBRARY}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Fill a store, serve the pages, and print how long each takes, first and then again."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.review", description=__doc__)
    parser.add_argument("--suggestions", type=int, default=100_000, help="tags that wait (100,000)")
    parser.add_argument("--changes", type=int, default=100_000, help="changes of the plan (100,000)")
    parser.add_argument("--photos", type=int, default=50_000, help="photos of the library (50,000)")
    parser.add_argument("--repeats", type=int, default=20, help="times that each page is asked for again (20)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as place:
        rows = measured(Path(place), given.photos, given.suggestions, given.changes, given.repeats)
    data = f"{given.photos:,} photos, {given.suggestions:,} suggestions, a plan of {given.changes:,} changes"
    if given.json:
        print(json.dumps({"data": data, "machine": f"{os.cpu_count()} cores", "rows": rows}))
        return
    print(data)
    for row in rows:
        again = f"then {row['median_ms']:.0f} (median), {row['worst_ms']:.0f} (worst)"
        work = f"of processor time {row['first_cpu_ms']:.0f}, then {row['cpu_ms']:.0f}"
        print(f"{row['page']:26} first {row['first_ms']:.0f} ms, {again}; {work}; {row['kb']} kB")


def measured(place: Path, n_photos: int, n_suggestions: int, n_changes: int, repeats: int) -> list[dict[str, Any]]:
    """Return a row a page: its name, milliseconds the first time, median and worst of the repeats, and its size."""
    (place / "photos").mkdir()
    family = LibrarySettings(path=place / "photos")
    settings = Settings(data_dir=place / "data", libraries={LIBRARY: family}, serve=Serve(nightly=""))
    with open_store(settings) as store:
        fill(store, n_photos, n_suggestions, n_changes)
    with _served(settings) as browser:
        return [_timed(browser, name, path, repeats) for name, path in _pages(n_changes).items()]


def _pages(n_changes: int) -> dict[str, str]:
    albums, tags = max(1, n_changes // 5 // 12), max(1, 3 * n_changes // 5 // 40)
    return {
        "home": "/",
        "plan: first albums": f"{BASE}/plan",
        "plan: last albums": f"{BASE}/plan?part=albums&page={albums}",
        "plan: tags in the middle": f"{BASE}/plan?part=tags&page={tags // 2}",
        "runs": f"{BASE}/runs",
        "tags: words": f"{BASE}/tags",
        "tags: photos of a word": f"{BASE}/tags?word=word%207",
        "people": f"{BASE}/people",
        "covers": f"{BASE}/covers",
        "groups": f"{BASE}/groups",
    }


def fill(store: Store, n_photos: int, n_suggestions: int, n_changes: int) -> None:
    """Fill a store: photos, tags that wait, and a plan of two changes an album and the rest tags, three of five."""
    store.photos.replace(LIBRARY, (_photo(n) for n in range(n_photos)))
    found = (_suggestion(n, n_photos) for n in range(n_suggestions))
    store.suggestions.save(LIBRARY, "tag", found)
    n_albums = n_changes // 5
    covers = {f"e{n}": _cover(n, n_photos) for n in range(n_albums)}
    store.covers.save(LIBRARY, covers)
    run = store.runs.start(LIBRARY, "curate")
    store.journal.plan(LIBRARY, run, list(_changes(n_albums, n_changes, n_photos)))
    store.runs.finish(run, "done", {"plan": {"changes": n_changes}, "applied": None})


def _photo(n: int) -> Photo:
    taken = START + timedelta(minutes=n)
    return Photo(f"photo-{n}", f"IMG_{n:06}.jpg", taken, taken.replace(tzinfo=None), f"{n:064x}")


def _suggestion(n: int, n_photos: int) -> Suggestion:
    evidence = Evidence(photos=tuple(f"{(n + k) % n_photos:064x}" for k in range(4)), similarity=0.8)
    word = f"word {n % WORDS}"
    return Suggestion(f"tag-{n}", "tag", f"{n % n_photos:064x}", word, 0.3 + n % 7 / 10, "4 of 9 similar", evidence)


def _cover(n: int, n_photos: int) -> ChosenCover:
    ids = [f"photo-{(n * MEMBERS + k) % n_photos}" for k in range(12)]
    return ChosenCover(ids[0], tuple(Ranked(id_, 1 / 12, 0.5) for id_ in ids), tuple(ids[-3:]), {"blurred": 3})


def _changes(n_albums: int, n_changes: int, n_photos: int) -> Iterator[Change]:
    for n in range(n_albums):
        ids = tuple(f"photo-{(n * MEMBERS + k) % n_photos}" for k in range(MEMBERS))
        yield CreateAlbum(f"event-{n:012x}", "event", f"Lisbon {n}", "Lisbon", ids)
        yield SetCover(f"event-{n:012x}", ids[0], None)
    for n in range(n_changes - 2 * n_albums):
        yield AddTags((f"word {n % WORDS}", "Lisbon"), tuple(f"photo-{(n + k) % n_photos}" for k in range(3)))


@contextmanager
def _served(settings: Settings) -> Iterator[httpx.Client]:
    """Serve the pages on a free port; give a client that is logged in."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(create_review(settings, PrefectApi("http://127.0.0.1:9/api")), log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        with httpx.Client(base_url=address, timeout=60) as browser:
            browser.post("/login", data={"token": own_secret(settings.data_dir, "review")})
            yield browser
    finally:
        server.should_exit = True
        thread.join(20)


def _timed(browser: httpx.Client, name: str, path: str, repeats: int) -> dict[str, Any]:
    """Ask for a page again and again; `cpu_ms` is of browser and server together, as both are in this process."""
    took, worked = list[float](), list[float]()
    for _ in range(repeats + 1):
        began, busy = time.perf_counter(), time.process_time()
        answer = browser.get(path)
        took.append(1000 * (time.perf_counter() - began))
        worked.append(1000 * (time.process_time() - busy))
        if answer.status_code != 200:
            raise SystemExit(f"{path} was answered by {answer.status_code}")
    figures = {
        "first_ms": took[0],
        "median_ms": statistics.median(took[1:]),
        "worst_ms": max(took[1:]),
        "first_cpu_ms": worked[0],
        "cpu_ms": statistics.median(worked[1:]),
    }
    return {"page": name, **{k: round(v, 1) for k, v in figures.items()}, "kb": round(len(answer.content) / 1000, 1)}


if __name__ == "__main__":
    main()
