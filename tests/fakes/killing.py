"""Kill a process that publishes a folder at one write, run it again, and say how the end differs: run as a script.

Every run is a process of its own, forked from this one, so that the imports are paid once. A kill is a real
`kill -9` of that process by itself, at the n-th of the points before and after each write: of a file (when half of its
bytes are written, and when it has its name), of a deletion, of a commit of the store.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import re
import shutil
import signal
import sys
import time
import tomllib
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import sqlalchemy as sa
from fakes.forked_decoders import fork_decoders
from fakes.snaps import draw_film
from PIL import ExifTags, Image
from pydantic import SecretStr
from sqlalchemy.engine.default import DefaultDialect

from plugins.drawn import drawn_face
from plugins.galleries.folder import Plugin
from plugins.publishing.session import UNDO, UNDO_FOR_GOOD, Publishing
from plugins.publishing.wanted import Wanted, WantedAlbum, natural_key
from plugins.publishing.wanted_people import Move, WantedPeople, WantedPerson
from plugins.records import Box
from plugins.settings import Settings
from plugins.store import Store, open_store

LIBRARY = "killed"
N = 14
PHOTOS = tuple(f"p{n:02}.jpg" for n in range(N))
NEVER = 0


def event(title: str, *numbers: int, cover: int | None = None, kind: str = "event") -> WantedAlbum:
    photos = tuple(PHOTOS[n] for n in numbers)
    chosen = PHOTOS[cover] if cover is not None else None
    return WantedAlbum(natural_key(kind, photos[0]), kind, title, f"{len(photos)} photos", photos, chosen)


def tagged(tag: str, *numbers: int) -> frozenset[tuple[str, str]]:
    return frozenset((PHOTOS[n], tag) for n in numbers)


HERE: Box = (0.25, 0.25, 0.5, 0.75)
TWO = Wanted(
    (event("Lisbon", *range(7, 14), cover=9), event("Home", *range(7), cover=2)),
    tagged("lake", 1, 2) | tagged("Lisbon", 7, 8),
    regions={(PHOTOS[2], "lake"): HERE},
)
MERGED = Wanted(
    (event("All", *range(14), cover=9, kind="trip"),),
    tagged("lake", 1) | tagged("Places/harbour", 8),
    regions={(PHOTOS[8], "Places/harbour"): HERE},
)
SPLIT = Wanted(
    (event("Lisbon", *range(9, 14), cover=9), event("Train", 5, 6, 7, 8, cover=6), event("Home", *range(5), cover=3)),
    tagged("lake", 1, 2) | tagged("Lisbon", 7, 8),
)
NOTHING = Wanted((), frozenset(), regions={})
FACES = tuple(drawn_face(photo, (0.25, 0.25, 0.5, 0.5)) for photo in PHOTOS[:4])
PEOPLE = Wanted(
    people=WantedPeople((WantedPerson("person-1", "", FACES[:2]), WantedPerson("person-2", "Cleo", FACES[2:3])), (), 1)
)
MOVED = Wanted(people=WantedPeople(moves=tuple(Move(face, "person-2", "person-1") for face in FACES[:2])))
FILM, THEIRS = "film.mp4", "mine"
COVERED = Wanted(posters={FILM: 1.5}, covers={THEIRS: PHOTOS[2]})
COVERED_ANEW = Wanted(posters={FILM: 0.5}, covers={THEIRS: PHOTOS[3]})

Step = tuple[str, Wanted | str]
"""What one run does: `curate` to a wanted state, or `undo` of the newest curating run, in one of the two kinds."""


@dataclass(frozen=True)
class Scenario:
    """Runs that come first, undisturbed; the run that is killed; and the one that comes after it."""

    before: tuple[Step, ...]
    killed: Step
    after: Step


CURATE, TAKE_BACK, FOR_GOOD = "curate", UNDO, UNDO_FOR_GOOD
SCENARIOS = {
    "first": Scenario((), (CURATE, TWO), (CURATE, TWO)),
    "merge": Scenario(((CURATE, TWO),), (CURATE, MERGED), (CURATE, MERGED)),
    "split": Scenario(((CURATE, TWO),), (CURATE, SPLIT), (CURATE, SPLIT)),
    "nothing left": Scenario(((CURATE, TWO),), (CURATE, NOTHING), (CURATE, NOTHING)),
    "undo of the first": Scenario(((CURATE, TWO),), (TAKE_BACK, ""), (TAKE_BACK, "")),
    "undo of a merge": Scenario(((CURATE, TWO), (CURATE, MERGED)), (TAKE_BACK, ""), (TAKE_BACK, "")),
    "undo for good": Scenario(((CURATE, TWO),), (FOR_GOOD, ""), (FOR_GOOD, "")),
    "people": Scenario((), (CURATE, PEOPLE), (CURATE, PEOPLE)),
    "people moved": Scenario(((CURATE, PEOPLE),), (CURATE, MOVED), (CURATE, MOVED)),
    "undo of people moved": Scenario(((CURATE, PEOPLE), (CURATE, MOVED)), (TAKE_BACK, ""), (TAKE_BACK, "")),
    "covers": Scenario((), (CURATE, COVERED), (CURATE, COVERED)),
    "other covers": Scenario(((CURATE, COVERED),), (CURATE, COVERED_ANEW), (CURATE, COVERED_ANEW)),
    "undo of covers": Scenario(((CURATE, COVERED),), (TAKE_BACK, ""), (TAKE_BACK, "")),
    "killed, then undone": Scenario((), (CURATE, TWO), (TAKE_BACK, "")),
    "killed merge, then undone": Scenario(((CURATE, TWO),), (CURATE, MERGED), (TAKE_BACK, "killed")),
}


def draw_library(place: Path) -> None:
    """Draw the photos, each with bytes and a time of its own."""
    (place / "photos").mkdir(parents=True)
    for n, name in enumerate(PHOTOS):
        exif = Image.Exif()
        taken = datetime(2024, 5, 3, 10) + timedelta(minutes=n)
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = f"{taken:%Y:%m:%d %H:%M:%S}"
        Image.new("RGB", (16, 12), (n * 15, 90, 120)).save(place / "photos" / name, "JPEG", exif=exif)


def add_video(place: Path) -> None:
    """Put a video beside the photos, and an album of the user's own."""
    draw_film(place / "photos" / FILM, (40, 200))
    album = place / f"photos/.albumen/albums/{THEIRS}.toml"
    album.parent.mkdir(parents=True)
    album.write_text(f'# by hand\ntitle = "Mine"\nphotos = {list(PHOTOS[:5])}\n')


class Killer:
    """Counts the points at which a process may die, and dies at one of them."""

    def __init__(self, die_at: int) -> None:
        self.die_at = die_at
        self.seen = 0

    def point(self, last_act: Callable[[], object] = lambda: None) -> None:
        self.seen += 1
        if self.seen == self.die_at:
            last_act()
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any, **kwargs: Any) -> Any:
            self.point()
            result = call(*args, **kwargs)
            self.point()
            return result

        return called

    def watch(self) -> None:
        """Stand before and after every write of the product; its own code stays as it is."""
        Path.unlink = self.around(Path.unlink)  # type: ignore[method-assign]
        DefaultDialect.do_commit = self.around(DefaultDialect.do_commit)  # type: ignore[method-assign]
        replace_file = Path.replace

        def replaced(temporary: Path, target: Path) -> Path:
            self.point(lambda: os.truncate(temporary, temporary.stat().st_size // 2))
            result = replace_file(temporary, target)
            self.point()
            return result

        Path.replace = replaced  # type: ignore[method-assign, assignment]


def without_fsync() -> None:
    """A kill leaves what the system was told; only a power cut needs the disk."""
    os.fsync = lambda _handle: None  # type: ignore[assignment]
    if not SERVER:
        sa.event.listen(sa.Engine, "connect", lambda c, _record: c.execute("PRAGMA synchronous = OFF"))


SERVER = os.environ.get("KILLING_ON_POSTGRES", "")
"""The folder of a Postgres that keeps the stores, a database each; without it they are of SQLite."""


def settings_of(place: Path) -> Settings:
    if not SERVER:
        return Settings(data_dir=place / "data")
    url = f"postgresql+psycopg://albumen@/{database_of(place)}?host={SERVER}"
    return Settings(data_dir=place / "data", database_url=SecretStr(url))


def database_of(place: Path) -> str:
    return f"kill_{hashlib.sha256(str(place).encode()).hexdigest()[:16]}"


def copied(base: Path, scratch: Path) -> None:
    """Copy a library with all its state."""
    shutil.copytree(base, scratch)
    if SERVER:
        on_server(f"CREATE DATABASE {database_of(scratch)} TEMPLATE {database_of(base)}")


def removed(scratch: Path) -> None:
    """Remove a copy with all its state."""
    shutil.rmtree(scratch, ignore_errors=True)
    if SERVER:
        on_server(f"DROP DATABASE {database_of(scratch)} WITH (FORCE)")


def on_server(statement: str) -> None:
    with psycopg.connect(host=SERVER, user="albumen", dbname="postgres", autocommit=True) as connection:
        connection.execute(statement.encode())


@contextmanager
def opened(place: Path) -> Iterator[Store]:
    with open_store(settings_of(place)) as store:
        yield store


def perform(store: Store, place: Path, step: Step) -> int:
    """Do one run on a library as the flows do; return how many changes it asked the gallery for."""
    kind, how = step
    with Plugin(place / "photos", place / "data", ZoneInfo("UTC")) as gallery:
        store.photos.replace(LIBRARY, gallery.photos())
        of = _newest(store, how) if kind != CURATE else ""
        if kind != CURATE and not of:
            return 0  # killed before there was a run to take back
        run = store.runs.start(LIBRARY, kind, undoes=of)
        publishing = Publishing(store, LIBRARY, gallery)
        if isinstance(how, Wanted):
            publishing.plan(run, how)
        else:
            publishing.plan_undo(run, of)
        applied = publishing.apply(run)
        assert not applied.refused, applied.refused
        return applied.done + applied.already + applied.gone


def _newest(store: Store, how: Wanted | str) -> str:
    """Return the newest curating run; of those that were killed where `how` says so."""
    runs = [run.id for run in store.runs.list(LIBRARY) if run.kind == CURATE]
    if how == "killed":
        runs = runs[: len(runs) - 1]  # the first one was not killed
    return runs[0] if runs else ""


def state(store: Store, place: Path) -> dict[str, Any]:
    """Return all that must be the same, without what names a moment or the gallery's own ids.

    An album that was taken back, and of which nothing is remembered but that, is as good as none.
    """
    photos, ledger = place / "photos", store.ledger.load(LIBRARY)
    people = photos / ".albumen/people.toml"
    pending = [repr(entry.change) for entry in store.journal.pending(LIBRARY)]
    known = {key: album for key, album in ledger.albums.items() if album.state != "retired" or album.members}
    return {
        "originals": {p: hashlib.sha256((photos / p).read_bytes()).hexdigest() for p in PHOTOS},
        "albums": {p.name: tomllib.loads(p.read_text()) for p in sorted((photos / ".albumen/albums").glob("*.toml"))},
        "sidecars": {p.name: p.read_text() for p in sorted(photos.glob("*.xmp"))},
        "ledger": {key: _told(replace(album, gallery_id="")) for key, album in sorted(known.items())},
        "tags": {"/".join(pair): how for pair, how in sorted(ledger.tags.items())},
        "people": tomllib.loads(people.read_text()) if people.exists() else {},
        "ledger of people": {key: repr(person) for key, person in sorted(ledger.people.items())},
        "faces": {"/".join(pair): kept.state for pair, kept in sorted(ledger.faces.items())},
        "posters": {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(photos.glob("*-poster.jpg"))},
        "ledger of posters": {video: repr(poster) for video, poster in sorted(ledger.posters.items())},
        "ledger of covers": {album: repr(cover) for album, cover in sorted(ledger.covers.items())},
        "pending": pending,
    }


def _told(album: Any) -> dict[str, Any]:
    return {f: getattr(album, f) for f in album.__dataclass_fields__ if f != "members"} | {
        "members": dict(sorted(album.members.items()))
    }


def in_child(work: Callable[[], Any]) -> tuple[int, Any]:
    """Do something in a process of its own; return its exit status (-9: killed) and what it returned."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        status = 1
        try:
            answer = json.dumps(work()).encode()
            with os.fdopen(writing, "wb") as pipe:
                pipe.write(answer)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), json.loads(answer) if answer else None


def undisturbed(place: Path, step: Step) -> int:
    """Do a run with nobody in its way; return how many points it passes at which it could be killed."""
    killer = Killer(NEVER)

    def work() -> int:
        killer.watch()
        with opened(place) as store:
            perform(store, place, step)
        return killer.seen

    status, points = in_child(work)
    if status != 0:
        raise RuntimeError(f"an undisturbed run failed in {place}")
    return int(points)


def killed_at(place: Path, step: Step, point: int) -> None:
    """Do a run and kill it at one point."""

    def work() -> None:
        Killer(point).watch()
        with opened(place) as store:
            perform(store, place, step)
        raise AssertionError(f"there was no point {point}")

    status, _ = in_child(work)
    if status != -signal.SIGKILL:
        raise RuntimeError(f"the run in {place} ended with {status} instead of being killed at point {point}")


def difference(expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """Return what differs, one line a thing."""
    lines = []
    for part, wanted in expected.items():
        have = found[part]
        if isinstance(wanted, dict):
            keys = sorted({k for k in wanted.keys() | have.keys() if wanted.get(k) != have.get(k)})
            lines += [f"{part} {k}: {have.get(k)!r} instead of {wanted.get(k)!r}" for k in keys]
        elif wanted != have:
            lines.append(f"{part}: {have!r} instead of {wanted!r}")
    return lines


def album_to_edit(store: Store, place: Path) -> Path | None:
    """Return the first album file of ours that the ledger knows and that no open change is about.

    Whether an open change was made or undone by the user nobody can tell, so the user waits with that one album.
    """
    unsure = {getattr(entry.change, "key", "") for entry in store.journal.pending(LIBRARY)}
    known = store.ledger.load(LIBRARY).albums
    files = sorted((place / "photos/.albumen/albums").glob("*.toml"))
    return next((f for f in files if f.stem in known.keys() - unsure), None)


def _rename(file: Path) -> None:
    file.write_text(re.sub("(?m)^title = .*$", 'title = "Mine"', file.read_text()))


def _take_out(file: Path) -> None:
    photos = tomllib.loads(file.read_text())["photos"]
    file.write_text(re.sub(f'(?m)^ *"{photos[0]}",\n', "", file.read_text()) if photos else file.read_text())


def _unmark(file: Path) -> None:
    file.write_text(file.read_text().split("[albumen]")[0])


EDITED: dict[str, tuple[Callable[[Path], None], Callable[[Path, Path], bool]]] = {
    "rename": (_rename, lambda before, now: tomllib.loads(now.read_text())["title"] == "Mine"),
    "take out": (_take_out, lambda before, now: _lines(before)[:1] != _lines(now)[:1] or not _lines(before)),
    "delete": (Path.unlink, lambda before, now: not now.exists()),
    "remove the marker": (_unmark, lambda before, now: "[albumen]" not in now.read_text()),
}
"""What the user does to an album file, and whether it is still so, by the file before the edit and the file now."""


def _lines(file: Path) -> list[str]:
    return list(tomllib.loads(file.read_text())["photos"]) if file.exists() else []


def edited_kill(base: Path, scratch: Path, scenario: Scenario, point: int, edit: str) -> list[str]:
    """Play one kill, then an edit of the user's, then the next run twice; return what was not kept."""
    copied(base, scratch)
    killed_at(scratch, scenario.killed, point)
    does, holds = EDITED[edit]
    lines = []
    with opened(scratch) as store:
        file = album_to_edit(store, scratch)
        if file is not None:
            before = Path(shutil.copy(file, scratch / "before.toml"))
            does(file)
            perform(store, scratch, scenario.after)
            if not holds(before, file):
                lines.append(f"the edit of {file.name} was lost")
            if again := perform(store, scratch, scenario.after):
                lines.append(f"a further run made {again} changes")
    removed(scratch)
    return lines


def two_kills(base: Path, scratch: Path, scenario: Scenario, point: int, expected: dict[str, Any]) -> list[str]:
    """Play one kill, and kill the run after it at each of its points in turn; return how the ends differ."""
    copied(base, scratch)
    killed_at(scratch, scenario.killed, point)
    copy = scratch.with_name(f"{scratch.name}-again")
    copied(scratch, copy)
    points = undisturbed(copy, scenario.after)
    removed(copy)
    half = Scenario((), scenario.after, scenario.after)
    lines = []
    for second in range(1, points + 1, 3):
        lines += [f"and at {second}: {line}" for line in one_kill(scratch, copy, half, second, expected)]
    removed(scratch)
    return lines


def one_kill(base: Path, scratch: Path, scenario: Scenario, point: int, expected: dict[str, Any]) -> list[str]:
    """Play one kill on a copy of the library; return how the end differs from the undisturbed one."""
    copied(base, scratch)
    killed_at(scratch, scenario.killed, point)
    with opened(scratch) as store:
        perform(store, scratch, scenario.after)
        lines = difference(expected, state(store, scratch))
        if scenario.after[0] == CURATE and (again := perform(store, scratch, scenario.after)):
            lines.append(f"a further run made {again} changes")
    removed(scratch)
    return lines


def expected_end(base: Path, scratch: Path, scenario: Scenario) -> tuple[int, dict[str, Any]]:
    """Return how many points the run has, and the state in which it and what follows must end."""
    copied(base, scratch)
    points = undisturbed(scratch, scenario.killed)
    if scenario.killed != scenario.after:
        undisturbed(scratch, scenario.after)
    _, end = in_child(lambda: _seen(scratch))
    removed(scratch)
    return points, dict(end)


def _seen(place: Path) -> dict[str, Any]:
    with opened(place) as store:
        return state(store, place)


def in_parallel(jobs: list[Callable[[], list[str]]], at_once: int) -> Iterator[list[str]]:
    """Do jobs in processes of their own, shared out between a few workers; yield the answers in order."""

    def share(worker: int) -> list[list[str]]:
        return [_tried(job) for job in jobs[worker::at_once]]

    readers = []
    for worker in range(at_once):
        reading, writing = os.pipe()
        if os.fork() == 0:
            os.close(reading)
            with os.fdopen(writing, "wb") as pipe:
                pipe.write(json.dumps(share(worker)).encode())
            os._exit(0)
        os.close(writing)
        readers.append(reading)
    shares = []
    for reading in readers:
        with os.fdopen(reading, "rb") as pipe:
            shares.append(json.loads(pipe.read()))
        os.wait()
    for number in range(len(jobs)):
        yield shares[number % at_once][number // at_once]


def _tried(job: Callable[[], list[str]]) -> list[str]:
    try:
        return job()
    except Exception:
        return [traceback.format_exc()]


def main(place: Path, name: str, how: str = "") -> None:
    """Write one JSON object: how many points there are, how many were killed at, what went wrong at which; the time.

    `how` is empty, `twice`, or what the user does after the kill (a key of `EDITED`).
    """
    without_fsync()
    fork_decoders()
    gc.freeze()  # what is shared with the forked processes stays shared
    scenario, began = SCENARIOS[name], time.monotonic()
    base = place / "base"
    draw_library(base)
    if "covers" in name:
        add_video(base)
    if SERVER:
        on_server(f"CREATE DATABASE {database_of(base)} TEMPLATE template0")
    in_child(lambda: _seen(base))  # makes the empty store: its migrations are not what is tested
    for step in scenario.before:
        undisturbed(base, step)
    points, expected = expected_end(base, place / "expected", scenario)

    def job(point: int) -> Callable[[], list[str]]:
        scratch = place / f"kill{point}"
        if how in EDITED:
            return lambda: edited_kill(base, scratch, scenario, point, how)
        play = two_kills if how == "twice" else one_kill
        return lambda: play(base, scratch, scenario, point, expected)

    answers = list(in_parallel([job(point) for point in range(1, points + 1)], at_once=3))
    wrong = {point: lines for point, lines in enumerate(answers, start=1) if lines}
    seconds = round(time.monotonic() - began, 1)
    sys.stdout.write(json.dumps({"points": points, "killed": len(answers), "wrong": wrong, "seconds": seconds}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
