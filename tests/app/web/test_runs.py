"""The first page, the history of runs, their reports and taking them back, over real HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
from fakes.prefect_api import AUTH, FakePrefect
from fakes.reviewing import Browser, reviewing
from fakes.tiny import photo

from app.serving.addresses import Addresses, note
from app.web.reports import CSP
from plugins.changes import AddTags
from plugins.locks import library_lock
from plugins.settings import LibrarySettings, Settings
from plugins.store import Store, Suggestion, open_store
from plugins.store.suggestions import SuggestionKind

HOSTILE = "<script>alert(1)</script>"


@dataclass
class Pages:
    browser: Browser
    store: Store
    settings: Settings
    prefect: FakePrefect
    library: str = "family"

    @property
    def runs(self) -> str:
        return f"/libraries/{self.library}/runs"

    def text(self, path: str) -> str:
        answer = self.browser.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())

    def ran(self, kind: str = "curate", status: str = "done", undoes: str = "", **summary: object) -> str:
        run = self.store.runs.start(self.library, kind, undoes)
        if status != "running":
            self.store.runs.finish(run, status, summary)  # type: ignore[arg-type]
        return run

    def wrote(self, n: int = 3, kind: str = "curate") -> str:
        return self.ran(kind, plan={"changes": n}, applied={"done": n, "refused": []})

    def report(self, run: str, name: str = "report.html", text: str = "<title>A report</title>") -> Path:
        file = self.settings.data_dir / "reports" / self.library / run / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file


def settings_of(place: Path, *names: str) -> Settings:
    (place / "photos").mkdir()
    family = LibrarySettings(path=place / "photos")
    return Settings(data_dir=place / "data", libraries=dict.fromkeys(names, family))


@contextmanager
def serving(settings: Settings) -> Iterator[Pages]:
    prefect = FakePrefect({"undo/undo": "5e0c0000-0000-0000-0000-000000000002"})
    with prefect, open_store(settings) as store, reviewing(settings, prefect.url, AUTH) as browser:
        yield Pages(browser, store, settings, prefect)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    with serving(settings_of(tmp_path_factory.mktemp("runs"), *(f"family-{n}" for n in range(99)))) as pages:
        yield pages


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return iter(range(99))


@pytest.fixture
def pages(served: Pages, numbers: Iterator[int]) -> Pages:
    """Give each test a library in which nothing has run yet."""
    served.library = f"family-{next(numbers)}"
    served.prefect.runs.clear()
    return served


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Pages]:
    with serving(settings_of(tmp_path, "family", "empty")) as pages:
        yield pages


def test_the_libraries_with_what_waits(alone: Pages) -> None:
    alone.store.photos.replace("family", [photo(n) for n in range(3)])
    waiting: dict[SuggestionKind, int] = {"tag": 2, "merge": 1, "split": 1, "group": 1, "cover": 3}
    for kind, n in waiting.items():
        alone.store.suggestions.save("family", kind, [Suggestion(f"{kind}-{i}", kind, "s", "v") for i in range(n)])
    run = alone.ran()
    alone.store.journal.plan("family", run, [AddTags(("x",), ("p00",))])
    text = alone.text("/")
    expected = (
        "3 photos 1 planned change 2 tags to answer 2 questions about people 1 group of look-alikes to name "
        "3 covers to answer Last: Curated,"
    )
    assert expected in text
    assert "empty Albumen has not looked at it yet. Begin" in text
    assert "next at" in text
    links = set(re.findall(r'href="(/libraries/family/\w+)"', alone.browser.get("/").text))
    assert links == {f"/libraries/family/{part}" for part in ("plan", "tags", "people", "groups", "covers")}


def test_the_first_page_says_when_nothing_can_be_run(alone: Pages) -> None:
    assert "nothing can be started now" not in alone.text("/")
    alone.prefect.down()
    assert "nothing can be started now" in alone.text("/")


def test_the_first_page_says_which_part_of_the_service_is_silent(alone: Pages) -> None:
    """As the service has noted where they are: this server answers, and has heard of no worker."""
    note(alone.settings.data_dir, Addresses(1, alone.prefect.url.removesuffix("/api"), "", "", ready=True))
    text = alone.text("/")
    assert ("The worker is silent" in text, "Libraries" in text) == (True, True)


def test_an_apply_that_left_nothing_says_what_it_wrote(pages: Pages) -> None:
    pages.report(pages.wrote(1_234))
    assert "1,234 changes were written. Report" in pages.text(f"/libraries/{pages.library}/plan")


def test_before_the_first_run_the_plan_says_what_to_do(pages: Pages) -> None:
    text = pages.text(f"/libraries/{pages.library}/plan")
    said = ("has not looked at this library yet", "Look at the photos now", "Nothing is planned")
    assert [one in text for one in said] == [True, True, False]


def test_the_plan_says_what_is_written_without_it(pages: Pages) -> None:
    """Who applies for the first time learns what follows from that."""
    plan = f"/libraries/{pages.library}/plan"
    pages.ran(applied=None)
    assert "Once you have applied, they write by themselves" in pages.text(plan)
    pages.ran(applied={"done": 3, "extent": "albums"})
    assert "write albums by themselves" in pages.text(plan)
    pages.ran(applied={"done": 3, "extent": "all"})
    assert "write by themselves; nothing has to be applied" in pages.text(plan)


def test_the_plan_says_how_many_answers_came_after_it(pages: Pages) -> None:
    plan, asked = f"/libraries/{pages.library}/plan", [Suggestion(f"tag-{n}", "tag", f"k{n}", "sea") for n in range(3)]
    pages.store.suggestions.save(pages.library, "tag", asked)
    pages.store.suggestions.decide(pages.library, "tag-0", "accepted")
    pages.ran(plan={"changes": 0})
    pages.ran("ingest")  # it is about new photos alone
    assert "came after it" not in pages.text(plan)
    for key in ("tag-1", "tag-2"):
        pages.store.suggestions.decide(pages.library, key, "rejected")
    assert "2 answers of yours came after it." in pages.text(plan)


def test_a_run_that_somebody_else_started_is_told_until_it_ends(pages: Pages) -> None:
    run, plan = pages.ran(status="running"), f"/libraries/{pages.library}/plan"
    assert "Plan anew" in pages.text(plan)  # it was killed: nobody works on the library
    with library_lock(pages.settings.data_dir, pages.library):
        for path in (plan, pages.runs):
            assert "A run is at work on this library." in pages.text(path)
        page = pages.browser.get(plan).text
        assert ("Plan anew" in page, "Nothing is planned" in page) == (False, False)
        renewed = unescape(re.findall(r'data-renew="([^"]+)"', page)[0])
        assert "data-renew" in pages.browser.get(renewed).text
    pages.store.runs.finish(run, "done", {})
    part = pages.browser.get(renewed).text
    assert ("The run is over." in part, "data-ended" in part, "data-renew" in part) == (True, True, False)


def test_no_run_yet(pages: Pages) -> None:
    assert "There was no run yet." in pages.text(pages.runs)


def test_what_each_run_wrote(pages: Pages) -> None:
    wrote = pages.wrote(1_234)
    pages.ran(plan={"changes": 7})
    pages.ran("ingest", "failed", error="GalleryRefused: the key is not known: make a new one")
    pages.ran("something new", applied={"done": 0, "refused": [["x", HOSTILE]]})
    pages.ran(status="running")
    pages.ran("ingest", plan=None, applied=None)
    pages.ran("ingest", plan={"changes": 0}, applied=None)
    pages.ran(plan={"changes": 0}, applied={"done": 0})
    pages.ran(plan={"changes": 0})
    undone = pages.ran("undo for good", undoes=wrote, plan={"changes": 2}, applied={"done": 2})
    text = pages.text(pages.runs)
    for said in (
        f"{wrote} done, in 0 seconds. 1,234 changes were written. Taken back by {undone}.",
        "7 changes were planned, none written.",
        "New photos taken in",
        "1 was refused.",
        "at work.",
        "New photos taken in",
        "There was nothing new.",
        "failed, in 0 seconds. the key is not known: make a new one",
        "0 changes were written.",
        "There was nothing to change.",
        f"2 changes were written. It took back {wrote}.",
    ):
        assert said in text
    assert HOSTILE not in pages.browser.get(pages.runs).text


def test_pages_of_runs(pages: Pages) -> None:
    runs = [pages.ran() for _ in range(25)]
    assert (runs[-1] in pages.text(pages.runs), runs[0] in pages.text(pages.runs)) == (True, False)
    assert (runs[-1] in pages.text(f"{pages.runs}?page=2"), runs[0] in pages.text(f"{pages.runs}?page=2")) == (
        False,
        True,
    )


@pytest.mark.parametrize("for_good", [False, True])
def test_a_run_is_taken_back_once_it_was_asked(pages: Pages, for_good: bool) -> None:
    run = pages.wrote()
    address = f"{pages.runs}/{run}/undo"
    assert address in pages.browser.get(pages.runs).text
    asking = pages.text(address)
    assert f"Take back {run}?" in asking
    assert pages.prefect.list() == []  # to look is not to do
    once = re.findall(r'name="once" value="([^"]+)"', pages.browser.get(address).text)[0]
    data = {"for_good": str(for_good).lower(), "once": once}
    answers = [pages.browser.submit(address, data) for _ in range(2)]
    started = pages.prefect.list()
    assert [one.parameters for one in started] == [{"library": pages.library, "run": run, "for_good": for_good}]
    assert {answer.headers["location"] for answer in answers} == {f"{pages.runs}?run={started[0].id}"}
    assert "waits for its turn" in pages.text(f"{pages.runs}?run={started[0].id}")
    pages.prefect.become(started[0], "COMPLETED")
    assert "The run is done" in pages.text(f"{pages.runs}?run={started[0].id}")


@pytest.mark.parametrize(
    ("kind", "status", "summary", "can"),
    [
        pytest.param("curate", "done", {"applied": {"done": 2}}, True, id="it wrote"),
        pytest.param("ingest", "done", {"applied": {"done": 2}}, True, id="it took photos in"),
        pytest.param("curate", "stopped", {"began": True}, True, id="killed: what it had begun may be written"),
        pytest.param("curate", "failed", {}, False, id="it failed before it wrote anything"),
        pytest.param("curate", "done", {"applied": {"taken": 2}}, True, id="the gallery still works on it"),
        pytest.param("curate", "done", {"applied": {"done": 0}}, False, id="it had nothing to write"),
        pytest.param("curate", "done", {"applied": None}, False, id="a plan"),
        pytest.param("curate", "running", {}, False, id="it is at work"),
        pytest.param("undo", "done", {"applied": {"done": 2}}, False, id="an undo"),
        pytest.param("train", "done", {}, False, id="nothing of the gallery"),
    ],
)
def test_which_runs_can_be_taken_back(
    pages: Pages, kind: str, status: str, summary: dict[str, object], can: bool
) -> None:
    run = pages.ran(kind, status, **summary)
    if "began" in summary:
        pages.store.journal.plan(pages.library, run, [AddTags(("x",), ("p00",))])
        pages.store.journal.begin(pages.store.journal.of_run(pages.library, run)[0].id)
    address = f"{pages.runs}/{run}/undo"
    assert (address in pages.browser.get(pages.runs).text) is can
    assert (pages.browser.get(address).status_code == 200) is can
    answer = pages.browser.submit(address)
    assert (len(pages.prefect.list()) == 1) is can
    assert can or answer.headers["location"] == pages.runs


def test_a_run_that_was_taken_back_is_not_taken_back_again(pages: Pages) -> None:
    run = pages.wrote()
    pages.ran("undo", undoes=run)
    assert pages.browser.submit(f"{pages.runs}/{run}/undo").headers["location"] == pages.runs
    assert pages.prefect.list() == []


@pytest.mark.parametrize("run", ["nope", "..", "20200101-0000-00", "%3Cscript%3E"])
def test_runs_that_there_are_not(pages: Pages, run: str) -> None:
    for answer in (pages.browser.get(f"{pages.runs}/{run}/undo"), pages.browser.submit(f"{pages.runs}/{run}/undo")):
        assert answer.status_code in {303, 404}
    assert pages.prefect.list() == []


def test_a_report_is_looked_at_and_can_do_nothing(pages: Pages) -> None:
    run = pages.wrote()
    assert "report.html" not in pages.browser.get(pages.runs).text
    pages.report(run)
    pages.report(run, "thumbs/a.jpg", "a picture")
    address = re.findall(r'href="([^"]*report\.html)"', pages.browser.get(pages.runs).text)[0]
    answer = pages.browser.get(address)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == CSP
    assert "script" not in CSP.replace("allow-scripts", "script")  # neither a source of scripts nor leave to run any
    assert "sandbox" in CSP
    picture = pages.browser.get(address.replace("report.html", "thumbs/a.jpg"))
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("RUN/../../../secrets/review", id="above it"),
        pytest.param("RUN/%2e%2e/%2e%2e/%2e%2e/secrets/review", id="in disguise"),
        pytest.param("RUN//etc/passwd", id="from the root"),
        pytest.param("RUN/link.html", id="by a link"),
        pytest.param("RUN/notes.txt", id="what is no part of a report"),
        pytest.param("RUN/a%00.html", id="with an end in it"),
        pytest.param("RUN/thumbs", id="a folder"),
        pytest.param("RUN/", id="no file"),
        pytest.param("../../nope/reports/RUN/report.html", id="of another library"),
        pytest.param("%2e%2e/report.html", id="no run"),
        pytest.param("none/report.html", id="a folder that is named as none"),
        pytest.param("RUN/" + "x" * 3000 + ".html", id="a long name"),
    ],
)
def test_nothing_else_is_sent(pages: Pages, path: str) -> None:
    run = pages.wrote()
    pages.report(run, "thumbs/a.jpg")
    pages.report(run, "notes.txt")
    secret = pages.report("20200101-0000-00", "secret.html", "a secret")
    (secret.parent.parent / run / "link.html").symlink_to(secret)
    line = f"/libraries/{pages.library}/reports/{path.replace('RUN', quote(run))}"
    answer = pages.browser.get(line)
    assert answer.status_code == 404
    assert "secret" not in answer.text


def test_reports_of_a_library_that_there_is_not(pages: Pages) -> None:
    run = pages.wrote()
    pages.report(run)
    for library in ("nope", "family-98", "%2e%2e", f"..%2f{pages.library}"):
        assert pages.browser.get(f"/libraries/{library}/reports/{run}/report.html").status_code == 404
