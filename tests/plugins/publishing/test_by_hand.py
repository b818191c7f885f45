"""A folder from end to end: what the user writes into album files and sidecars by hand is there after the next run."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from lxml import etree
from PIL import Image

from plugins.galleries import GalleryRefused
from plugins.galleries.folder import Plugin
from plugins.galleries.folder.sidecar import read_sidecar
from plugins.publishing.plan import Plan
from plugins.publishing.session import UNDO, Publishing
from plugins.publishing.wanted import Wanted, WantedAlbum, natural_key
from plugins.settings import Settings
from plugins.store import Store, open_store

LIBRARY = "by hand"
PHOTOS = tuple(f"day/p{n}.jpg" for n in range(10))


def event(title: str, *numbers: int, cover: int, text: str = "ours") -> WantedAlbum:
    photos = tuple(PHOTOS[n] for n in numbers)
    return WantedAlbum(natural_key("event", photos[0]), "event", title, text, photos, PHOTOS[cover])


EARLY, LATE = event("Early", 0, 1, 2, 3, cover=1), event("Late", 4, 5, 6, cover=5)
TAGS = frozenset({(PHOTOS[0], "lake"), (PHOTOS[1], "lake"), (PHOTOS[1], "Lisbon")})
WANTED = Wanted((EARLY, LATE), TAGS)
GROWN = Wanted(
    (event("Early, 3 May", 0, 1, 2, 3, 7, cover=2, text="more"), LATE),
    TAGS | {(PHOTOS[2], "lake"), (PHOTOS[7], "lake")},
)


class Folder:
    """A folder of photos with its store; every run opens both as a new process would."""

    def __init__(self, place: Path, store: Store) -> None:
        self.root, self.data, self.store = place / "photos", place / "data", store
        for n, name in enumerate(PHOTOS):
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (16, 12), (n * 20, 90, 120)).save(path, "JPEG")
        self.originals = self.checksums()

    def checksums(self) -> dict[str, str]:
        return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted((self.root / "day").glob("*.jpg"))}

    def plan(self, wanted: Wanted) -> tuple[str, Plan]:
        run, publishing = self._open("curate")
        return run, publishing.plan(run, wanted)

    def run(self, wanted: Wanted = WANTED) -> Plan:
        run, publishing = self._open("curate")
        plan = publishing.plan(run, wanted)
        applied = publishing.apply(run)
        assert applied.refused == []
        return plan

    def undo(self) -> None:
        of = next(run.id for run in self.store.runs.list(LIBRARY) if run.kind == "curate")
        run, publishing = self._open(UNDO)
        publishing.plan_undo(run, of)
        publishing.apply(run)

    def _open(self, kind: str) -> tuple[str, Publishing]:
        gallery = Plugin(self.root, self.data, ZoneInfo("UTC"))
        self.store.photos.replace(LIBRARY, gallery.photos())
        return self.store.runs.start(LIBRARY, kind), Publishing(self.store, LIBRARY, gallery)

    @property
    def early(self) -> Path:
        return self.root / f".albumen/albums/{EARLY.key}.toml"

    def sidecar(self, n: int) -> Path:
        return self.root / f"{PHOTOS[n]}.xmp"

    def everything(self) -> dict[str, bytes]:
        """Return all files but our memory of the photos."""
        files = (p for p in sorted(self.root.rglob("*")) if p.is_file() and p.suffix != ".json")
        return {str(p.relative_to(self.root)): p.read_bytes() for p in files}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    with open_store(Settings(data_dir=tmp_path / "data")) as store:
        made = Folder(tmp_path, store)
        made.run()
        yield made
        assert made.checksums() == made.originals, "an original was written"


def sub(pattern: str, by: str) -> Callable[[Folder], None]:
    """Edit the file of the early album as a person with a text editor would."""

    def edit(folder: Folder) -> None:
        text, n = re.subn(pattern, by, folder.early.read_text(), count=1, flags=re.MULTILINE | re.DOTALL)
        assert n == 1
        folder.early.write_text(text)

    return edit


def read(folder: Folder) -> dict[str, object]:
    return tomllib.loads(folder.early.read_text())


def move_file(folder: Folder) -> None:
    folder.early.rename(folder.early.with_name("Our week in Lisbon.toml"))


def untag(n: int, tag: str) -> Callable[[Folder], None]:
    """Take a tag off as photo programs do: its entry among the keywords goes, what they do not know stays."""

    def edit(folder: Folder) -> None:
        tree = etree.parse(folder.sidecar(n))
        (found,) = (
            li
            for li in tree.iter("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}li")
            if li.text == tag and li.getparent().getparent().tag == "{http://purl.org/dc/elements/1.1/}subject"
        )
        found.getparent().remove(found)
        tree.write(folder.sidecar(n))

    return edit


EDITS = [
    pytest.param(
        sub("^title = .*?$", 'title = "Anna\'s «week» 🎉"'), lambda f: read(f)["title"], "renamed", id="another title"
    ),
    pytest.param(
        sub("^description = .*?$", 'description = """\nIt rained.\nWe stayed."""'),
        lambda f: read(f)["description"],
        "described",
        id="a text of two lines",
    ),
    pytest.param(
        sub('^    "day/p3.jpg",\n', ""), lambda f: PHOTOS[3] in f.early.read_text(), "removed", id="a line deleted"
    ),
    pytest.param(
        sub(r"^photos = \[\n", 'photos = [\n    "day/p9.jpg",  # from Ben\n'),
        lambda f: "day/p9.jpg" in f.early.read_text(),
        "added",
        id="a line put in, with a comment",
    ),
    pytest.param(
        sub("^cover = .*?$", 'cover = "day/p3.jpg"'), lambda f: read(f)["cover"], "chose a cover", id="another cover"
    ),
    pytest.param(
        sub("^cover = .*?\n", ""), lambda f: read(f).get("cover"), "chose a cover", id="the cover line deleted"
    ),
    pytest.param(lambda f: f.early.unlink(), lambda f: f.early.exists(), "deleted", id="the file deleted"),
    pytest.param(
        sub(r"^\[albumen\].*", ""),
        lambda f: f.early.read_text(),
        "released",
        id="the lines of [albumen] deleted",
    ),
    pytest.param(
        untag(0, "lake"), lambda f: read_sidecar(f.sidecar(0)).our_tags, "rejected the tag", id="a tag taken off"
    ),
    pytest.param(
        lambda f: f.sidecar(0).unlink(), lambda f: f.sidecar(0).exists(), "rejected the tag", id="a sidecar deleted"
    ),
]


@pytest.mark.parametrize(("edit", "part", "seen"), EDITS)
def test_an_edit_by_hand_is_kept(
    folder: Folder, edit: Callable[[Folder], None], part: Callable[[Folder], object], seen: str
) -> None:
    was = part(folder)
    edit(folder)
    theirs, after = part(folder), folder.everything()
    assert theirs != was
    plan = folder.run()
    assert [o.edit for o in plan.observations] == [seen]
    assert plan.changes == ()
    assert folder.everything() == after, "not a byte was written"
    folder.run(GROWN)
    assert part(folder) == theirs
    assert folder.run(GROWN).changes == ()
    folder.undo()
    assert part(folder) == theirs


def test_a_file_under_another_name_is_the_same_album(folder: Folder) -> None:
    move_file(folder)
    after = folder.everything()
    assert folder.run().changes == ()
    assert folder.everything() == after
    folder.run(GROWN)
    moved = folder.early.with_name("Our week in Lisbon.toml")
    assert tomllib.loads(moved.read_text())["title"] == "Early, 3 May"
    assert not folder.early.exists()


def test_a_copied_file_is_the_users(folder: Folder) -> None:
    copy = folder.early.with_name("A copy for Ben.toml")
    copy.write_text(folder.early.read_text().replace("Early", "For Ben"))
    assert folder.run().changes == ()
    text = copy.read_text()
    folder.run(GROWN)
    assert copy.read_text() == text
    assert read(folder)["title"] == "Early, 3 May"


def test_all_of_the_users_own_words_outlive_our_writes(folder: Folder) -> None:
    """Comments, order, fields of their own and lines that mean no photo stay where they are."""
    text = folder.early.read_text()
    own = text.replace("title =", "# for the printer\nrating = 5\ntitle =").replace(
        "photos = [\n", 'photos = [\n    "a picture that is still on the camera.jpg",\n'
    )
    folder.early.write_text(own)
    assert folder.run().changes == ()
    assert folder.early.read_text() == own
    folder.run(GROWN)
    now = folder.early.read_text()
    assert "# for the printer\nrating = 5\n" in now
    assert "a picture that is still on the camera.jpg" in now
    assert read(folder)["title"] == "Early, 3 May"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("title =", "rating = 5\ntitle =", id="a field of their own"),
        pytest.param(
            "photos = [\n", 'photos = [\n    "still on the camera.jpg",\n', id="a line that means no photo yet"
        ),
    ],
)
@pytest.mark.parametrize("by", ["run", "undo"])
def test_a_file_that_holds_what_only_the_user_understands_is_not_deleted(
    folder: Folder, before: str, after: str, by: str
) -> None:
    """The gallery refuses, once: no later run asks for it again."""
    folder.early.write_text(folder.early.read_text().replace(before, after, 1))
    if by == "undo":
        folder.undo()
    else:
        run, publishing = folder._open("curate")
        publishing.plan(run, Wanted((LATE,), TAGS))
        ((_, reason),) = publishing.apply(run).refused
        assert "of their own" in reason or "still holds" in reason
    assert after in folder.early.read_text()
    plan = folder.run(Wanted((LATE,), TAGS) if by == "run" else Wanted())
    assert plan.changes == ()
    assert [album.key for album in plan.kept] == [EARLY.key]


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(b'title = "Early\n', id="a quote is missing"),
        pytest.param(b"photos = [\n", id="a bracket is missing"),
        pytest.param(b'title = "caf\xe9"\n', id="Latin-1"),
        pytest.param(b"title = 5\n", id="a number for a title"),
        pytest.param(b'photos = "p1.jpg"\n', id="no list"),
        pytest.param(b"<<<<<<< HEAD\n", id="a merge of git's"),
        pytest.param(b"\x00" * 100, id="zeros, after a power cut"),
    ],
)
def test_a_broken_album_file_stops_the_run_and_nothing_is_written(folder: Folder, broken: bytes) -> None:
    good = folder.early.read_bytes()
    folder.early.write_bytes(broken)
    after, ledger = folder.everything(), folder.store.ledger.load(LIBRARY)
    for act in (lambda: folder.run(GROWN), folder.undo):
        with pytest.raises(GalleryRefused, match=f"{EARLY.key}.toml cannot be read: .*Mend it") as told:
            act()
        assert "nothing is changed until then" in str(told.value)
    assert folder.everything() == after
    assert folder.store.ledger.load(LIBRARY) == ledger
    folder.early.write_bytes(good)
    assert folder.run().observations == (), "once it is mended nothing was lost"


def test_a_broken_file_of_another_album_stops_it_too(folder: Folder) -> None:
    """Whether that file was one of ours nobody can tell."""
    (folder.early.parent / "mine.toml").write_text("title = ")
    after = folder.everything()
    with pytest.raises(GalleryRefused, match=r"mine\.toml cannot be read"):
        folder.run(GROWN)
    assert folder.everything() == after


def test_a_broken_sidecar_with_our_tags_stops_the_run(folder: Folder) -> None:
    folder.sidecar(0).write_bytes(folder.sidecar(0).read_bytes()[:-60])
    after = folder.everything()
    with pytest.raises(GalleryRefused, match=r"p0\.jpg\.xmp cannot be read"):
        folder.run(GROWN)
    assert folder.everything() == after


def test_photos_that_are_away_for_a_night_are_not_put_in_by_the_user(folder: Folder) -> None:
    """Two files leave and come back, as from another disk: the album is still ours, and can be taken back."""
    was = folder.everything()
    away = folder.root.parent / "away"
    away.mkdir()
    for n in (2, 3):
        shutil.move(folder.root / PHOTOS[n], away / f"p{n}.jpg")
    plan = folder.run(Wanted((event("Early", 0, 1, cover=1), LATE), TAGS))
    assert plan.observations == ()
    for n in (2, 3):
        shutil.move(away / f"p{n}.jpg", folder.root / PHOTOS[n])
    plan = folder.run()
    assert (plan.observations, plan.changes) == ((), ())
    assert folder.everything() == was


def test_a_moved_photo_stays_in_its_album(folder: Folder) -> None:
    os.rename(folder.root / PHOTOS[3], folder.root / "elsewhere.jpg")  # noqa: PTH104
    try:
        plan = folder.run()
        assert (plan.observations, plan.changes) == ((), ())
        folder.run(GROWN)
        assert "elsewhere.jpg" in folder.early.read_text()
        assert PHOTOS[3] not in folder.early.read_text()
    finally:
        os.rename(folder.root / "elsewhere.jpg", folder.root / PHOTOS[3])  # noqa: PTH104


def test_undo_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    with open_store(Settings(data_dir=tmp_path / "data")) as store:
        folder = Folder(tmp_path, store)
        folder.run(Wanted())
        before = folder.everything()
        folder.run()
        assert folder.everything() != before
        folder.undo()
        readme = folder.everything().keys() - before.keys()
        assert readme <= {".albumen/README.txt"}
        assert {name: data for name, data in folder.everything().items() if name in before} == before
