"""The plan over real HTTP: pages of albums and changes, what is left out of it, runs that are started from it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import unquote

import httpx
import pytest
from fakes.playing import event, tagged
from fakes.prefect_api import AUTH, FakePrefect
from fakes.reviewing import Browser, reviewing
from fakes.tiny import TinyGallery, photo

from plugins.changes import AddTags, AssignFace, Change, CreateAlbum, CreatePerson, DrawRegion, SetAlbumCover, SetCover
from plugins.locks import library_lock
from plugins.publishing.session import Publishing
from plugins.publishing.wanted import Wanted
from plugins.settings import LibrarySettings, Settings
from plugins.store import ChosenCover, Ranked, Store, open_store

HOSTILE = "\u202e<script>alert(1)</script>'\"&{{ 7*7 }}<img src=x onerror=alert(2)>"
PLAN = "/libraries/family/plan"
LAKE, TOWN = event("Lake", 0, 1, 2, 3, cover=1), event("Town", 6, 7, 8, 9, cover=7)
IN_PLACE = {"x-inplace": "1"}


@dataclass
class Pages:
    browser: Browser
    store: Store
    settings: Settings
    prefect: FakePrefect
    gallery: TinyGallery = field(default_factory=lambda: TinyGallery(shots={f"p{n:02}": photo(n) for n in range(20)}))

    def text(self, path: str = PLAN) -> str:
        answer = self.browser.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())

    def plan(self, *changes: Change) -> str:
        run = self.store.runs.start("family", "curate")
        self.store.journal.drop_planned("family")
        self.store.journal.plan("family", run, changes)
        return run

    def night(self, wanted: Wanted, apply: bool = False) -> tuple[Change, ...]:
        """Plan as a run does, and write it if asked; return the changes."""
        run = self.store.runs.start("family", "curate")
        self.store.photos.replace("family", self.gallery.photos())
        publishing = Publishing(self.store, "family", self.gallery)  # type: ignore[arg-type]
        plan = publishing.plan(run, wanted)
        if apply:
            publishing.apply(run)
        return plan.changes

    def form(self, title: str, path: str = PLAN) -> dict[str, str]:
        """Return the fields of the form that leaves something out."""
        for item in re.findall(r"<article.*?</article>", self.browser.get(path).text, re.DOTALL):
            if title in unescape(item):
                return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', item))
        raise AssertionError(f"nothing is called {title}")

    def leave_out(self, title: str, path: str = PLAN, in_place: bool = False) -> httpx.Response:
        form = {key: unescape(value) for key, value in self.form(title, path).items()}
        return self.browser.post(f"{PLAN}/leave-out", data=form, headers=IN_PLACE if in_place else {})

    def album_address(self) -> str:
        """Return the address of the first album's page."""
        return unescape(re.findall(r'href="([^"]*/plan/album[^"]*)"', self.browser.get(PLAN).text)[0])

    def said(self, answer: httpx.Response) -> str:
        """Return what the page says to which a form leads."""
        assert answer.status_code == 303, answer.text
        return unescape(re.findall(r'class="said"[^>]*>([^<]*)<', self.browser.get(answer.headers["location"]).text)[0])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    place = tmp_path_factory.mktemp("plan")
    (place / "photos").mkdir()
    settings = Settings(data_dir=place / "data", libraries={"family": LibrarySettings(path=place / "photos")})
    prefect = FakePrefect({"curate/curate-now": "5e0c0000-0000-0000-0000-000000000001"})
    with prefect, open_store(settings) as store, reviewing(settings, prefect.url, AUTH) as browser:
        yield Pages(browser, store, settings, prefect)


@pytest.fixture
def pages(served: Pages) -> Pages:
    served.gallery = TinyGallery(shots={f"p{n:02}": photo(n) for n in range(20)})
    known = served.store.ledger.load("family")
    for key in known.albums:
        served.store.ledger.remove_album("family", key)
    served.store.ledger.save_tags("family", dict.fromkeys(known.tags))
    served.store.ledger.save_people("family", dict.fromkeys(known.people))
    served.store.ledger.save_faces("family", dict.fromkeys(known.faces))
    served.store.ledger.save_covers("family", dict.fromkeys(known.covers))
    served.store.covers.save("family", {})
    served.store.journal.drop_planned("family")
    served.store.photos.replace("family", served.gallery.photos())
    served.prefect.runs.clear()
    served.prefect.says = 0
    return served


def test_nothing_is_planned(pages: Pages) -> None:
    pages.night(Wanted())
    assert "Nothing is planned." in pages.text()
    assert "Plan anew" in pages.text()
    assert "Apply now" not in pages.text()


def test_albums_with_members_cover_and_why(pages: Pages) -> None:
    chosen = ChosenCover("p01", (Ranked("p01", 0.7, 0.9), Ranked("p02", 0.3, 0.1)), ("p09",), {"blurred": 2})
    pages.store.covers.save("family", {"lake": chosen})
    pages.night(Wanted((LAKE, TOWN)))
    text = pages.text()
    assert "4 changes would be made" in text
    assert "Lake new Cover: match with your favourites: 0.90, like p09.jpg; chosen out of 2 photos; 2 left out" in text
    assert "create the album with 4 photos" in text
    plain = ChosenCover("p01", (Ranked("p01", 0.7), Ranked("p02", 0.3)))
    pages.store.covers.save("family", {"lake": plain})
    assert "Cover: the best by all that is measured; chosen out of 2 photos" in pages.text()
    html = pages.browser.get(PLAN).text
    assert "photo=key1&amp;px=192" in html
    assert [name for name in ("photo=key0&", "photo=key2&", "photo=key3&") if name not in html] == []


def test_the_members_of_an_album(pages: Pages) -> None:
    pages.night(Wanted((LAKE,), tagged("lake", 0)))
    address = pages.album_address()
    text = pages.text(address)
    assert "Lake 4 photos" in text
    html = pages.browser.get(address).text
    assert re.findall(r"photo=(key\d+)&amp;px=384", html) == ["key0", "key1", "key2", "key3"]
    run = address.partition("?")[2].partition("&")[0]
    for other in (f"{run}&seq=2", f"{run}&seq=9", "of_run=20200101-0000-00&seq=0"):
        assert pages.browser.get(f"{PLAN}/album?{other}").status_code == 404, other


def test_parts_other_than_albums(pages: Pages) -> None:
    pages.plan(
        CreateAlbum(LAKE.key, "event", "Lake", "", ("p00",)),
        AddTags(("lake", "boat"), ("p00", "p01")),
        SetAlbumCover("album-1", "p03", None, "Their own"),
        CreatePerson("person-1", "Ann"),
        AssignFace("p04#0", "person-1"),
        AssignFace("p05@0.100000,0.100000,0.200000,0.200000", "person-1"),
    )
    assert "Albums 1 Covers 1 Tags 1 People 1" in pages.text()
    assert "tag 2 photos “lake” and “boat”" in pages.text(f"{PLAN}?part=tags")
    assert "show “Their own” by the photo “p03.jpg”" in pages.text(f"{PLAN}?part=covers")
    assert "Ann, new: 2 faces" in pages.text(f"{PLAN}?part=people")
    assert (
        "photo=key5&amp;px=192&amp;box=0.10000,0.10000,0.20000,0.20000" in pages.browser.get(f"{PLAN}?part=people").text
    )


@pytest.mark.parametrize(
    ("page", "first", "last"),
    [
        pytest.param("", "Album 00", "Album 11", id="the first page"),
        pytest.param("&page=2", "Album 12", "Album 23", id="the second"),
        pytest.param("&page=3", "Album 24", "Album 24", id="the last"),
        pytest.param("&page=99", "Album 24", "Album 24", id="behind the last: the last"),
    ],
)
def test_pages_of_albums(pages: Pages, page: str, first: str, last: str) -> None:
    pages.plan(*(CreateAlbum(f"event-{n}", "event", f"Album {n:02}", "", (f"p{n % 20:02}",)) for n in range(25)))
    titles = re.findall(r"Album \d\d(?= new)", pages.text(f"{PLAN}?part=albums{page}"))
    assert (titles[0], titles[-1]) == (first, last)


@pytest.mark.parametrize("path", ["?page=0", "?page=-1", "?page=x", "?part=nope", "?page=99999999999999999999"])
def test_pages_that_there_are_not(pages: Pages, path: str) -> None:
    assert pages.browser.get(PLAN + path).status_code == 400


def test_an_album_that_is_left_out_is_out_of_this_plan_and_the_next(pages: Pages) -> None:
    pages.night(Wanted((LAKE, TOWN)))
    assert pages.said(pages.leave_out("Lake")) == "2 changes left out, now and from now on."
    assert "Lake" not in pages.text()
    assert "2 changes would be made" in pages.text()
    changes = pages.night(Wanted((LAKE, TOWN)), apply=True)
    assert {change.key for change in changes if isinstance(change, CreateAlbum)} == {TOWN.key}
    assert [album.title for album in pages.gallery.albums()] == ["Town"]


def test_an_album_may_be_allowed_again(pages: Pages) -> None:
    pages.night(Wanted((LAKE,)))
    pages.leave_out("Lake")
    assert "Lake Allow again" in pages.text(f"{PLAN}/left-out")
    answer = pages.browser.submit(f"{PLAN}/allow", {"key": LAKE.key})
    assert pages.said(answer) == "“Lake” may be made again: plan anew."
    assert "You have left out no album." in pages.text(f"{PLAN}/left-out")
    assert CreateAlbum in {type(change) for change in pages.night(Wanted((LAKE,)))}
    assert "meanwhile" in pages.said(pages.browser.submit(f"{PLAN}/allow", {"key": LAKE.key}))


def test_a_tag_that_is_left_out(pages: Pages) -> None:
    wanted = Wanted(tags=tagged("lake", 0, 1) | tagged("town", 2))
    pages.night(wanted)
    assert pages.said(pages.leave_out("“lake”")) == "Left out, now and from now on."
    assert pages.night(wanted) == (AddTags(("town",), ("p02",)),)


def test_one_of_several_equal_looking_changes_is_left_out(pages: Pages) -> None:
    pages.plan(*(AddTags((word,), ("p00",)) for word in ("one", "two", "three")))
    pages.leave_out("“two”", f"{PLAN}?part=tags")
    assert [e.change for e in pages.store.journal.planned("family")] == [
        AddTags(("one",), ("p00",)),
        AddTags(("three",), ("p00",)),
    ]
    assert pages.store.ledger.load("family").tags == {("p00", "two"): "rejected"}


def test_a_person_and_the_cover_of_a_users_album_are_left_out(pages: Pages) -> None:
    pages.plan(SetAlbumCover("a", "p01", None, "Theirs"), CreatePerson("ann"), AssignFace("p01#0", "ann"))
    pages.leave_out("Theirs", f"{PLAN}?part=covers")
    pages.leave_out("new person", f"{PLAN}?part=people")
    known = pages.store.ledger.load("family")
    assert known.covers["a"].state == "user"
    assert (known.people["ann"].state, known.faces["p01#0", "ann"].state) == ("deleted", "removed")
    assert pages.store.journal.planned("family") == []


def test_in_place_the_item_goes_and_the_page_is_told(pages: Pages) -> None:
    pages.night(Wanted((LAKE, TOWN)))
    answer = pages.leave_out("Lake", in_place=True)
    assert (answer.status_code, answer.text) == (200, "")
    assert unquote(answer.headers["x-said"]) == "2 changes left out, now and from now on."


def test_what_cannot_be_left_out_has_no_button(pages: Pages) -> None:
    run = pages.plan(DrawRegion("p01", "lake", (0.1, 0.1, 0.5, 0.5)))
    assert "Not this" not in pages.text()
    form = {"of_run": run, "part": "tags", "seq": 0}
    assert "meanwhile" in pages.said(pages.browser.submit(f"{PLAN}/leave-out", form))


@pytest.mark.parametrize(
    "touched",
    [
        pytest.param({"of_run": "20200101-0000-00"}, id="of an older plan"),
        pytest.param({"seq": "99"}, id="a place that there is not"),
    ],
)
def test_forms_of_a_plan_that_is_not_there_any_more(pages: Pages, touched: dict[str, str]) -> None:
    pages.night(Wanted((LAKE,)))
    form = {key: unescape(value) for key, value in pages.form("Lake").items()} | touched
    answer = pages.browser.post(f"{PLAN}/leave-out", data=form)
    assert pages.said(answer) == "The plan has changed meanwhile. Look at it again."
    in_place = pages.browser.post(f"{PLAN}/leave-out", data=form, headers=IN_PLACE)
    assert (in_place.status_code, in_place.text) == (409, "")
    assert "Lake" in pages.text()


@pytest.mark.parametrize(
    "touched", [{"seq": "-1"}, {"seq": "x"}, {"part": "nope"}, {"page": "0"}, {"of_run": "x" * 50}]
)
def test_forms_that_cannot_be_read(pages: Pages, touched: dict[str, str]) -> None:
    pages.night(Wanted((LAKE,)))
    form = {key: unescape(value) for key, value in pages.form("Lake").items()} | touched
    assert pages.browser.post(f"{PLAN}/leave-out", data=form).status_code == 400


def test_nothing_is_left_out_while_a_run_works(pages: Pages) -> None:
    pages.night(Wanted((LAKE,)))
    with library_lock(pages.settings.data_dir, "family"):
        assert "at work" in pages.said(pages.leave_out("Lake"))
    assert "Lake" in pages.text()
    assert pages.store.ledger.load("family").albums == {}


@pytest.mark.parametrize("apply", ["plan", "albums", "all"])
def test_a_run_is_started_once(pages: Pages, apply: str) -> None:
    pages.night(Wanted((LAKE,)))
    once = re.findall(r'name="once" value="([^"]+)"', pages.browser.get(PLAN).text)[0]
    answers = [pages.browser.submit(f"{PLAN}/start", {"apply": apply, "once": once}) for _ in range(2)]
    run = pages.prefect.list()
    assert [one.parameters for one in run] == [{"library": "family", "apply": apply, "force": False}]
    assert {answer.headers["location"] for answer in answers} == {f"{PLAN}?run={run[0].id}"}


@pytest.mark.parametrize(
    ("state", "said", "is_over"),
    [
        pytest.param(("SCHEDULED", "Late"), "waits for its turn", False, id="waiting"),
        pytest.param(("RUNNING", "Running"), "at work", False, id="working"),
        pytest.param(("COMPLETED", "Completed"), "The run is done", True, id="done"),
        pytest.param(("FAILED", "Failed"), "failed", True, id="failed"),
        pytest.param(("CRASHED", "Crashed"), "broke off", True, id="killed"),
        pytest.param(("CANCELLED", "Cancelled"), "called off", True, id="called off"),
        pytest.param(("SOMETHING", "New"), "at work", False, id="what a later Prefect may say"),
    ],
)
def test_the_state_of_the_run_is_told_until_it_ends(
    pages: Pages, state: tuple[str, str], said: str, is_over: bool
) -> None:
    to = pages.browser.submit(f"{PLAN}/start", {"apply": "plan"}).headers["location"]
    pages.prefect.become(pages.prefect.list()[0], *state)
    page = pages.browser.get(to).text
    assert said in page
    renewed = re.findall(r'data-renew="([^"]+)"', page)
    assert (not renewed, 'http-equiv="refresh"' not in page) == (is_over, is_over)
    if renewed:
        part = pages.browser.get(unescape(renewed[0]), headers=IN_PLACE).text
        assert part.startswith("<section")
        assert said in part


def test_prefect_is_away(pages: Pages) -> None:
    to = pages.browser.submit(f"{PLAN}/start", {"apply": "plan"}).headers["location"]
    pages.prefect.says = 503
    assert "does not answer now" in pages.text(to)
    answer = pages.browser.submit(f"{PLAN}/start", {"apply": "all"})
    assert (answer.status_code, "cannot be started now" in answer.text) == (503, True)
    pages.prefect.says = 403
    assert pages.browser.submit(f"{PLAN}/start", {"apply": "all"}).status_code == 502


@pytest.mark.parametrize("run", ["nope", "../../x", "0" * 36, "\u202e<b>", "00000000-0000-0000-0000-000000000000"])
def test_a_run_that_nobody_knows(pages: Pages, run: str) -> None:
    answer = pages.browser.get(PLAN, params={"run": run})
    assert answer.status_code == 200
    assert "Nothing is known of this run" in answer.text
    assert "<b>" not in answer.text


def test_hostile_names_are_text(pages: Pages) -> None:
    pages.store.photos.replace("family", [photo(n, name=f"{HOSTILE}{n}.jpg") for n in range(20)])
    pages.plan(
        CreateAlbum(f"event-{HOSTILE}", "event", HOSTILE, HOSTILE, ("p00", "p01")),
        SetCover(f"event-{HOSTILE}", "p00", None),
        AddTags((HOSTILE,), ("p00",)),
        SetAlbumCover("a", "p01", None, HOSTILE),
        CreatePerson("person-1", HOSTILE),
    )
    addresses = [PLAN, *(f"{PLAN}?part={part}" for part in ("albums", "tags", "covers", "people"))]
    for address in [*addresses, pages.album_address()]:
        html = pages.browser.get(address).text
        assert "alert(1)" in html, address
        assert not re.search(r"<script>|<img src=x|\u202e|>49<", html), address
    assert "left out" in pages.said(pages.leave_out("create the album"))
    assert "&lt;script&gt;" in pages.browser.get(f"{PLAN}/left-out").text
