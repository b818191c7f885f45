"""A library in which every name is an attack, or at least a nuisance: files, photos, albums, tags, people, reasons."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, get_args

import numpy as np
import pytest
from fakes.small_folder import draw
from fakes.tiny import START

from app.answers.covers import pick_frame
from plugins import changes as c
from plugins.drawn import drawn_face
from plugins.pages.wording import clean
from plugins.publishing.ledger import LedgerAlbum
from plugins.records import Event, FoundFace, Person, Photo, Pile
from plugins.store import ChosenCover, Evidence, FaceLabel, Ranked, ShownFace, Store, Suggestion, VideoCover
from plugins.store.suggestions import SuggestionKind
from tasks.context import Opened, opened

LIBRARY: Final = "عائلة_" + "m" * 80
"""As hostile as the settings take one."""
LONG: Final = 10_000
PAYLOADS: Final = (
    "<script>alert('@')</script>",
    '"><img src=//elsewhere.invalid/@ onerror=alert(2)>',
    "' autofocus onfocus='alert(\"@\")' x='",
    "javascript:alert('@')",
    "data:text/html,@<script>alert(5)</script>",
    "<svg onload=alert('@')><style>*{display:none}</style><a href=javascript:alert(6)>",
    "{{ '@' * 7 }}{% raw %}${alert(7)}<%= 7 %>{n}{word}%(n)s",
    "@</title></textarea></script></style><!--<base href=//elsewhere.invalid>",
    "\u202egpj.@\u2066\u200f עברית\x00\x1b[31m\x07\ufffe",
    "//elsewhere.invalid/@?a=b&c=d#e\\f%2e%2e%2f%00;`$(reboot)`",
    "@\r\nSet-Cookie: a=b\r\n\r\n&lt;b&gt; &amp;#x3c;",
    "@" + "M" * LONG,
)
"""Each name is one of these; `@` becomes what it is the name of, so that a finding says where it came through."""
BOX: Final = (0.25, 0.25, 0.75, 0.75)
FACE: Final = FoundFace(BOX, ((0.4, 0.4),) * 5, 0.99, 100.0, 0.9, 0.9, np.ones(2, np.float32))
NET: Final = ("net", "1")
OF_PHOTOS: Final[Mapping[SuggestionKind, str]] = {"tag": "word", "group": "group", "cover": "cover"}
"""Kinds of suggestions, and what the words that they suggest are."""
OF_PEOPLE: Final[tuple[SuggestionKind, ...]] = ("merge", "person", "split", "doubt")


def key_of(kind: SuggestionKind, n: int) -> str:
    """Return the key of a suggestion, hostile as well."""
    return f"{kind}-{n}-'\"><b>"


def evil(what: str) -> tuple[str, ...]:
    """Return hostile names of one kind of thing, one a payload."""
    return tuple(payload.replace("@", what) for payload in PAYLOADS)


def seen(name: str, most: int = 60) -> str:
    """Return how a page shows a name, blanks aside, as far as no page cuts it."""
    return " ".join(clean(name)[:most].split())


def words(what: str) -> tuple[str, ...]:
    """Return hostile words as far as one may be suggested: up to 100 characters, none of them invisible."""
    return tuple(re.sub(r"[\x00-\x1f\ufffe]|(?<=/)/|^/+|/+$", "", name)[:100].strip() for name in evil(what))


def file_names() -> tuple[str, ...]:
    """Return hostile paths of pictures below a folder, as far as a file system takes them; folders are hostile too."""
    kept = (re.sub("[\x00-\x1f\ufffe]", "", name).strip("/")[:200] for name in evil("file"))
    return tuple(f"{re.sub('/{2,}', '/', name)}.jpg" for name in kept)


@dataclass
class Hostile:
    """The library in its folder: its photos by payload, first those that are files, then those that are not.

    `run` is the run of the plan, `applied` one that wrote and can be taken back; `new_albums` are the places of albums
    in that plan, `person` and `groups` ids and keys by payload, `answered_at` is the moment of an answer of many tags.
    """

    place: Path
    photos: tuple[Photo, ...] = ()
    run: str = ""
    applied: str = ""
    person: tuple[str, ...] = ()
    videos: tuple[Photo, ...] = ()
    groups: tuple[str, ...] = ()
    new_albums: tuple[int, ...] = ()
    answered_at: str = ""

    @property
    def files(self) -> tuple[Photo, ...]:
        return self.photos[: len(PAYLOADS)]

    @property
    def far(self) -> tuple[Photo, ...]:
        """Return the photos that cannot be had, as of a server that has lost them: their names know no file system."""
        return self.photos[len(PAYLOADS) :]


def fill(place: Path, patch: pytest.MonkeyPatch) -> Hostile:
    """Draw the folder, fill the store, and let the environment name the library."""
    draw(place / "photos", file_names(), size=(64, 48))
    table = f"[libraries.'{LIBRARY}']\ngallery = 'folder'\npath = '{place / 'photos'}'\n"
    (place / "albumen.toml").write_text(table, encoding="utf-8")
    of = {"CONFIG": place / "albumen.toml", "DATA_DIR": place / "data", "FEATURES__ENABLED": "false"}
    for name, value in {**of, "ALBUMS__MIN_PHOTOS": 1, "ALBUMS__BURST_S": 0}.items():
        patch.setenv(f"ALBUMEN_{name}", str(value))
    made = Hostile(place)
    with opened(LIBRARY) as here:
        _photos(made, here)
        _events(made, here.store)
        _people(made, here.store)
        _asked(made, here.store)
        _answered(made, here.store)
        _ran(made, here.store)
        _albums(made, here)
    return made


def _photos(made: Hostile, here: Opened) -> None:
    """Take in the files, and as many photos with names that no file can have; the last ones are videos."""
    files = sorted(here.gallery.photos(), key=lambda photo: photo.taken_at)
    assert [photo.name for photo in files] == list(file_names())
    tags = evil("tag")
    far = [
        Photo(f"far-{n}", name, at := START + timedelta(days=n), at.replace(tzinfo=None), f"far {n} {name}"[:4_000])
        for n, name in enumerate(evil("photo"))
    ]
    films = [
        replace(one, id=f"film-{n}", name=name, content_key=f"film-{n}", kind="video", duration_s=9.0)
        for n, (one, name) in enumerate(zip(far, evil("film"), strict=True))
    ]
    known = [*(replace(one, tags=(tag,)) for one, tag in zip([*files, *far], tags * 2, strict=True)), *films]
    here.store.photos.replace(LIBRARY, known)
    made.photos, made.videos = tuple(known[: 2 * len(PAYLOADS)]), tuple(films)


def _events(made: Hostile, store: Store) -> None:
    """Make an event of each file and the far photo of the same payload, with its cover and what was left out for it."""
    pairs = list(zip(made.files, made.far, strict=True))
    titles, places, people, reasons, trips = map(evil, ("event", "place", "who", "left-out", "trip"))
    events = [
        Event(f"ev-{n}", (a.id, b.id), titles[n], places[n], away=True, piles=(Pile((people[n],), (a.id,)),))
        for n, (a, b) in enumerate(pairs)
    ]
    events[0] = replace(events[0], trip="trip-0", trip_title=trips[0])
    store.events.save(LIBRARY, events)
    chosen = {
        event.key: ChosenCover(a.id, (Ranked(a.id, 0.7, 0.9), Ranked(b.id, 0.3, 0.2)), (b.id,), {reasons[n]: 3})
        for n, (event, (a, b)) in enumerate(zip(events, pairs, strict=True))
    }
    store.covers.save(LIBRARY, {**chosen, "trip-0": chosen["ev-0"]})
    films = [video.content_key for video in made.videos]
    frames = {key: tuple(Ranked(key, share, None, at_s) for at_s, share in ((1.0, 0.6), (2.0, 0.4))) for key in films}
    store.covers.save_videos(LIBRARY, {key: VideoCover(1.0, of_film) for key, of_film in frames.items()})


def _people(made: Hostile, store: Store) -> None:
    """Give everybody a face on a file; an id may hold the name, as the folder's own do."""
    made.person = tuple(f"name:{name}"[:200] for name in evil("person"))
    store.models.choose(LIBRARY, "faces", *NET)
    store.faces.put(*NET, [(photo.content_key, [FACE]) for photo in made.files])
    nameless = Person("person-1")
    store.people.save(LIBRARY, [*map(Person, made.person, evil("person")), nameless])
    whose = [FaceLabel(photo.content_key, 0, id_) for photo, id_ in zip(made.files, made.person, strict=True)]
    store.people.save_labels(LIBRARY, *NET, whose)


def _asked(made: Hostile, store: Store) -> None:
    """Let something of each kind wait for each payload, with a hostile reason and hostile photos beside it."""
    reasons, about = evil("why"), list(zip(made.files, made.far, strict=True))
    faces = [ShownFace(photo.content_key, 0, BOX) for photo in made.files]

    def asked(kind: SuggestionKind, n: int, subject: str, value: str, evidence: Evidence) -> Suggestion:
        return Suggestion(key_of(kind, n), kind, subject, value, 0.9 - n / 100, reasons[n], evidence)

    made.groups = tuple(key_of("group", n) for n in range(len(PAYLOADS)))
    for kind, what in OF_PHOTOS.items():
        found = []
        for n, (a, b) in enumerate(about):
            box = BOX if kind == "tag" and n % 2 else None
            like = Evidence(photos=(b.content_key, a.content_key), similarity=0.8, box=box)
            found.append(asked(kind, n, a.content_key, a.content_key if kind == "cover" else words(what)[n], like))
        store.suggestions.save(LIBRARY, kind, found)
    for kind in OF_PEOPLE:
        found = []
        for n, id_ in enumerate(made.person):
            both = Evidence((faces[n],), (faces[n - 1],), 0.7, 1, (), "net 1")
            other = made.person[n - 1] if kind in {"merge", "person"} else ""
            found.append(asked(kind, n, id_, other, both))
        store.suggestions.save(LIBRARY, kind, found)


def _answered(made: Hostile, store: Store) -> None:
    """Answer something of each kind for each payload, each at a moment of its own, and bar words."""
    faces = [ShownFace(photo.content_key, 0, BOX) for photo in made.files]
    for n, (photo, id_) in enumerate(zip(made.photos, made.person, strict=False)):
        like, face = Evidence(photos=(photo.content_key,)), Evidence((faces[n],))
        for kind, subject, value, evidence in (
            ("tag", photo.content_key, words("said")[n], like),
            ("group", f"said {n}", words("called")[n], like),
            ("cover", "somebody's", photo.content_key, like),
            ("merge", id_, made.person[n - 1], face),
            ("doubt", id_, "", face),
        ):
            said = Suggestion(f"said-{kind}-{n}<b>", kind, subject, value, evidence=evidence)
            store.suggestions.say(LIBRARY, said, "accepted")
        pick_frame(store, LIBRARY, made.videos[n].content_key, 2.0)
    for word in words("barred"):
        store.suggestions.never(LIBRARY, word)
    store.suggestions.name_person(LIBRARY, "person-1", evil("given")[0])
    twice = [Suggestion(f"twice-{n}", "tag", made.files[n].content_key, word) for n, word in enumerate(words("twice"))]
    made.answered_at = store.suggestions.answer(LIBRARY, twice, "rejected")[0].decided_at.isoformat()


def planned(made: Hostile) -> tuple[c.Change, ...]:
    """Return a plan with every kind of change for each payload."""
    names = {what: evil(what) for what in ("album", "text", "was", "tag", "person", "note", "theirs")}
    found: list[c.Change] = []
    for n, (a, b) in enumerate(zip(made.files, made.far, strict=True)):
        of = {what: name[n] for what, name in names.items()}
        face, key = drawn_face(a.id, BOX), f"old-{n}"
        found += [
            c.CreateAlbum(f"new-{n}", "event", of["album"], of["text"], (a.id, b.id)),
            c.SetCover(f"new-{n}", a.id, None),
            c.RenameAlbum(key, of["album"], of["was"]),
            c.DescribeAlbum(key, of["text"], of["was"]),
            c.AddMembers(key, (a.id,)),
            c.RemoveMembers(key, (b.id,)),
            c.DeleteAlbum(f"gone-{n}", "event", of["album"], of["text"], (a.id,)),
            c.SetAlbumCover(f"theirs-{n}", a.id, b.id, of["theirs"]),
            c.SetPoster(made.videos[n].id, 1.0, None),
            c.AddTags((of["tag"],), (a.id, b.id)),
            c.RemoveTags((of["tag"],), (a.id,)),
            c.CreatePerson(f"made-{n}", of["person"]),
            c.RemovePerson(f"ended-{n}", of["person"]),
            c.NamePerson(made.person[n], of["person"], of["was"]),
            c.AssignFace(face, made.person[n], made.person[n - 1], asked=True),
            c.UnassignFace(face, made.person[n], asked=True),
            c.WriteNote(b.id, of["note"]),
            c.DrawRegion(a.id, of["tag"], BOX),
            c.RemoveRegion(a.id, of["tag"], BOX),
        ]
    assert {type(change) for change in found} == set(get_args(c.Change))
    return tuple(found)


def _ran(made: Hostile, store: Store) -> None:
    """Note runs of hostile kinds with hostile summaries, albums left out, and the plan of the next apply."""
    for n, (left, old) in enumerate(zip(evil("left"), evil("old"), strict=True)):
        out = LedgerAlbum(f"left-{n}", "event", state="deleted", title=left)
        store.ledger.save_albums(LIBRARY, [out, LedgerAlbum(f"old-{n}", "event", title=old)])
    for kind in evil("kind"):
        store.runs.finish(store.runs.start(LIBRARY, kind), "failed", {"error": kind, "warnings": [kind]})
    why = evil("refused")
    made.applied = store.runs.start(LIBRARY, "curate")
    for n, entry in enumerate(store.journal.plan(LIBRARY, made.applied, planned(made))):
        store.journal.begin(entry.id)
        store.journal.confirm(entry.id, c.Outcome("refused", why[n % len(why)]) if n % 5 else c.Outcome("done"))
    store.runs.finish(made.applied, "done", summary())
    made.run = store.runs.start(LIBRARY, "curate")
    entries = store.journal.plan(LIBRARY, made.run, planned(made))
    made.new_albums = tuple(n for n, entry in enumerate(entries) if isinstance(entry.change, c.CreateAlbum))
    store.runs.finish(made.run, "done", {**summary(), "applied": None})


def summary() -> dict[str, Any]:
    """Return what a run notes of itself, all of it hostile."""
    edits = ("renamed", "described", "deleted", "rejected the tag", "named", "found")
    observations = [{"edit": edit, "title": t, "what": "old-1", "n": 2} for edit in edits for t in evil("edit")]
    suppressed = [{"title": t, "state": "deleted", "because": t} for t in evil("suppressed")]
    plan = {"changes": 9, "observations": observations, "suppressed": suppressed, "kept": evil("kept"), "blocked": ""}
    return {"plan": plan, "applied": {"done": 3, "refused": evil("refused")}, "warnings": evil("warning")}


def steps() -> list[Mapping[str, Any]]:
    """Return the receipts of a run, with hostile notes, mends, problems and methods in shadow."""
    problems = [[name, why] for name, why in zip(evil("broken"), evil("problem"), strict=True)]
    shadow = {"kind": "events", "method": evil("method")[0], "failed": "", "same": 3, "sample": evil("sample")[1]}
    shadow |= {"counts": dict.fromkeys(evil("other"), 2), "examples": evil("example")}
    compared = {"compared": [shadow, {**shadow, "failed": evil("failure")[2]}]}
    told = [("refresh_photos", "done", {"problems": problems}, ""), ("compare_methods", "done", compared, "")]
    told += [("extract_features", "skipped", {"note": mend}, mend) for mend in evil("mend")]
    return [{"step": step, "status": s, "figures": figures, "mend": mend} for step, s, figures, mend in told]


def _albums(made: Hostile, here: Opened) -> None:
    """Write an album of ours a payload into the folder, for the album pages; its photos are files."""
    for n, (title, text) in enumerate(zip(evil("made"), evil("about"), strict=True)):
        photos = tuple(photo.id for photo in made.files[n:] + made.files[:n])
        for change in (c.CreateAlbum(f"made-{n}", "event", title, text), c.AddMembers(f"made-{n}", photos[:3])):
            outcome = here.gallery.apply(change)
            assert outcome.status == "done", outcome
