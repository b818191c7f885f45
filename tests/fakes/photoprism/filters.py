"""Which photos a search finds: first from an index, then by what each of them is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any, TypeAlias

from fakes.photoprism.answers import Refusal
from fakes.photoprism.forms import is_no, is_yes, search_form
from fakes.photoprism.records import BLOCKED, Album, Label, Marker, Photo
from fakes.photoprism.state import State, slug

Form: TypeAlias = dict[str, Any]
Test: TypeAlias = Callable[[Photo], bool]
_TYPES = ("image", "raw", "live", "video", "animated", "vector", "document")


def found(state: State, form: Form) -> list[Photo]:
    """Return the photos that fit a form, the newest upload first.

    Raises:
        Refusal: it names an album that is not there, or something that is no id.
    """
    album = _scope(state, form)
    if album and album.filter:
        form |= search_form({"q": album.filter})
    sets = [set(uids) for uids in _indexed(state, form, album)]
    tests = _tests(state, form)
    if album and album.filter:
        hidden = {uid for uid, row in album.members.items() if row.hidden}
        tests.append(lambda photo: photo.uid not in hidden)
    photos: Iterable[Photo] = reversed(state.photos.values())
    if sets:
        narrow = set.intersection(*sets)
        photos = sorted((state.photos[uid] for uid in narrow), key=lambda p: -p.id)
    return [photo for photo in photos if all(test(photo) for test in tests)]


def _scope(state: State, form: Form) -> Album | None:
    """Return the album that a search is within; `album` takes a UID too."""
    given = form.get("s") or (form.get("album") if state.albums.get(form.get("album", "")) else "")
    if not given:
        return None
    album = state.albums.get(given.lower())
    if album is None or album.deleted:
        raise Refusal(400)
    return album


def _indexed(state: State, form: Form, album: Album | None) -> Iterable[Iterable[str]]:
    """Yield the photos of each filter that an index answers."""
    if album and not album.filter:
        yield album.shown()
    if form.get("uid"):
        yield _of_ids(state, form["uid"].lower().split("|"))
    if form.get("hash"):
        yield _of_ids(state, form["hash"].lower().split("|"))
    if form.get("label"):
        yield {photo.uid for one in labels_of(state, form["label"]) for photo in state.with_label(one.id)}
    for wanted in (form.get("subject") or "").lower().split("&"):
        if wanted:
            yield state.of_subjects(_subjects(state, wanted.split("|")))
    if form.get("face"):
        yield _with_marker(state, form["face"])


def _of_ids(state: State, ids: list[str]) -> Iterable[str]:
    """Return the photos of UIDs of photos or files, or of hashes; one kind at a time."""
    kinds = {"hash" if len(i) >= 40 else i[:1] if len(i) == 16 else "" for i in ids}
    if len(kinds) != 1 or not kinds <= {"hash", "p", "f"}:
        raise Refusal(400)
    if kinds == {"p"}:
        return [i for i in ids if i in state.photos]
    files = [state.by_hash.get(i, "") for i in ids] if kinds == {"hash"} else ids
    return [state.files[i].photo for i in files if i in state.files]


def labels_of(state: State, text: str) -> list[Label]:
    """Return the labels of a slug, or of several with bars between, with those whose category they are."""
    slugs = {slug(part) for part in text.split("|")} | set(text.split("|"))
    named = [one for one in state.labels.values() if {one.slug, one.custom_slug} & slugs and not one.deleted]
    below = {label for one in named for label in one.categories}
    return named + [state.labels[label] for label in below]


def _subjects(state: State, wanted: list[str]) -> set[str]:
    """Return the UIDs of subjects that are given by UID or by name."""
    if any(len(one) == 16 and one.startswith("j") for one in wanted):
        return set(wanted)
    slugs = {slug(one) for one in wanted}
    return {subject.uid for subject in state.subjects.values() if subject.slug in slugs}


def _with_marker(state: State, face: str) -> Iterable[str]:
    """Return the photos that have a marker of a cluster, of any, of none, or of nobody."""
    if len(face) >= 32:
        wanted = face.upper().split("|")
        return _photos(state, lambda m: m.face in wanted)
    if face.lower() == "new":
        return _photos(state, lambda m: not m.subject and m.type == "face")
    if is_yes(face) or is_no(face):
        return _photos(state, lambda m: bool(m.face) is is_yes(face) and m.type == "face")
    raise Refusal(400)


def _photos(state: State, fits: Callable[[Marker], bool]) -> Iterable[str]:
    return [state.photo_of(m).uid for m in state.markers.values() if not m.invalid and fits(m)]


def _tests(state: State, form: Form) -> list[Test]:
    return _status(form) + _times(form) + _kinds(state, form)


def _status(form: Form) -> list[Test]:
    """Return what says which photos are seen at all: hidden, archived, in review, private."""
    tests: list[Test]
    if form.get("hidden"):
        tests = [lambda p: p.quality == -1 and not p.deleted]
    elif form.get("archived"):
        tests = [lambda p: p.quality > -1 and p.deleted is not None]
    else:
        tests = [lambda p: p.deleted is None]
        least = form.get("quality", 0)
        if form.get("review"):
            tests.append(lambda p: p.quality < 3)
        elif least and not form.get("private"):
            tests.append(lambda p: p.quality >= least)
    if form.get("public"):
        tests.append(lambda p: not p.private)
    elif form.get("private"):
        tests.append(lambda p: p.private)
    return tests


def _times(form: Form) -> list[Test]:
    """Return the tests of times: of a photo's row to the second, of its capture to the day in UTC."""
    tests: list[Test] = []
    if since := form.get("added"):
        tests.append(lambda p: p.created >= since)
    if changed := form.get("updated"):
        tests.append(lambda p: p.updated >= changed)
    if edited := form.get("edited"):
        tests.append(lambda p: p.edited is not None and p.edited >= edited)
    if day := form.get("taken"):
        tests.append(lambda p: day <= p.taken < day + timedelta(days=1))
    if before := form.get("before"):
        tests.append(lambda p: p.taken <= before)
    if after := form.get("after"):
        tests.append(lambda p: p.taken >= after)
    for part in ("year", "month", "day"):
        if form.get(part):
            numbers = {int(n) for n in form[part].split("|") if n.lstrip("-").isdigit()}
            tests.append(lambda p, part=part, numbers=numbers: getattr(p.local, part) in numbers)  # type: ignore[misc]
    return tests


def _kinds(state: State, form: Form) -> list[Test]:
    """Return the tests of what a photo is."""
    tests: list[Test] = []
    types = {kind for kind in _TYPES if form.get(kind)} or ({"image", "raw", "live"} if form.get("photo") else set())
    if types := set((form.get("type") or "").lower().split("|")) - {""} or types:
        tests.append(lambda p: p.type in types)
    if wish := form.get("favorite"):
        tests.append(lambda p: p.favorite is not is_no(wish))
    if geo := form.get("geo"):
        tests.append(lambda p: bool(p.lat or p.lng) is not is_no(geo))
    if faces := form.get("faces"):
        tests.append(_faces(faces))
    for name in ("country", "city", "state"):
        if form.get(name):
            values = form[name].split("|")
            tests.append(lambda p, name=name, values=values: getattr(p, name) in values)  # type: ignore[misc]
    if path := form.get("path"):
        tests.append(lambda p: f"{p.name.rpartition('/')[0]}/".startswith(path.strip("/*")))
    if name := form.get("name"):
        stem = PurePosixPath(name).stem
        tests.append(lambda p: PurePosixPath(p.name).name == stem)
    if words := form.get("q"):
        tests.append(_words(state, words))
    return tests + _rare(state, form)


def _rare(state: State, form: Form) -> list[Test]:
    tests: list[Test] = []
    if form.get("unsorted"):
        placed = {uid for album in state.albums.values() if not album.deleted for uid in album.shown()}
        tests.append(lambda p: p.uid not in placed)
    if form.get("stack"):
        tests.append(lambda p: sum(state.files[f].type == "jpg" for f in p.files) > 1)
    if title := form.get("title"):
        tests.append(lambda p: p.title.casefold() == title.casefold())
    if keywords := form.get("keywords"):
        tests.append(_words(state, keywords.replace("|", " ")))
    return tests


def _faces(text: str) -> Test:
    if text.isdigit():
        return lambda p: p.faces >= int(text)
    return (lambda p: p.faces == 0) if is_no(text) else (lambda p: p.faces > 0)


def _words(state: State, text: str) -> Test:
    """Return the test of words that stand alone: a label's name, or one of the photo's keywords."""
    wanted = {slug(word) for word in text.split()}
    named = {label.id for label in state.labels.values() if {label.slug, label.custom_slug} & (wanted | {slug(text)})}

    def fits(photo: Photo) -> bool:
        is_labelled = any(row.label in named and row.uncertainty < BLOCKED for row in photo.labels.values())
        return is_labelled or bool(wanted & {slug(word) for word in photo.keywords.split(",")})

    return fits
