"""The review page in a real browser on a real service: tags, people, covers, apply and undo, by mouse and by keys."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from fakes.browser import Complaints, context_of, keep_picture
from fakes.serving import FOLDER, Service
from playwright.sync_api import Page, expect

from plugins.records import FoundFace, Person
from plugins.store import Evidence, FaceLabel, ShownFace, Store, Suggestion, open_store

pytestmark = pytest.mark.flow
WORD = "at the water"
FACE = FoundFace((0.3, 0.3, 0.6, 0.7), ((0.4, 0.4),) * 5, 0.99, 100.0, 0.9, 0.9, np.ones(2, np.float32))


@dataclass
class Review:
    """Somebody who is logged in and looks at a library of which the albums are made."""

    page: Page
    service: Service
    store: Store

    def open(self, path: str) -> None:
        self.page.goto(f"{self.service.addresses.review}/libraries/{FOLDER}/{path}")

    def until_over(self) -> None:
        """Wait until the run that a page shows has ended."""
        expect(self.page.locator("[data-ended]")).to_be_visible(timeout=120_000)

    def verdicts(self) -> dict[str, str]:
        return {made.key: made.verdict for made in self.store.suggestions.decisions(FOLDER)}

    def shown(self) -> dict[str, str]:
        """Return the cover of each album by title, as it stands in the folder."""
        files = (self.service.folder / "photos/.albumen/albums").glob("*.toml")
        albums = [tomllib.loads(file.read_text("utf-8")) for file in files]
        return {album["title"]: album["cover"] for album in albums}

    def tagged(self) -> set[str]:
        """Return the photos whose sidecar holds the word."""
        sidecars = (self.service.folder / "photos").rglob("*.xmp")
        return {file.name.removesuffix(".xmp") for file in sidecars if WORD in file.read_text("utf-8")}


@pytest.fixture(scope="module")
def asked(one_service: Service) -> Iterator[tuple[Service, Store]]:
    """Make the albums of the library, and let tags and people wait."""
    service = one_service
    service.ensure()
    run = service.prefect.start("curate/curate-now", {"library": FOLDER, "apply": "all"})
    assert service.finished(run).done, service.log()
    with open_store(service.settings) as store:
        _ask(store)
        yield service, store


def _ask(store: Store) -> None:
    photos = [photo for photo in store.photos.all(FOLDER) if photo.kind == "image"]
    photos.sort(key=lambda photo: "20240713" not in photo.name)  # the demo's day at the beach first
    pictures = [photo.content_key for photo in photos]
    like = Evidence(photos=tuple(pictures[8:12]), similarity=0.8)
    why = f"12 of 14 similar photos have «{WORD}»"
    tags = [Suggestion(f"tag-{n}", "tag", pictures[n], WORD, 0.9 - n / 20, why, like) for n in range(4)]
    store.suggestions.save(FOLDER, "tag", tags)
    store.models.choose(FOLDER, "faces", "net", "1")
    store.faces.put("net", "1", [(key, [FACE]) for key in pictures[:6]])
    store.people.save(FOLDER, [Person("anna", "Anna"), Person("ben", "Ben"), Person("person-1")])
    whose = ("anna", "anna", "anna", "ben", "person-1", "person-1")
    store.people.save_labels(FOLDER, "net", "1", [FaceLabel(pictures[n], 0, id_) for n, id_ in enumerate(whose)])
    faces = [ShownFace(key, 0, FACE.box) for key in pictures[:6]]
    same = Evidence(tuple(faces[4:]), tuple(faces[:3]), 0.74, 0, (), "net 1")
    merge = Suggestion("merge-1", "merge", "anna", "person-1", 0.9, "their faces look the same", same)
    store.suggestions.save(FOLDER, "merge", [merge])


def log_in(page: Page, service: Service) -> Page:
    page.goto(service.addresses.review)
    page.get_by_label("Token").fill(service.token)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=FOLDER).first).to_be_visible()
    return page


@pytest.fixture
def review(asked: tuple[Service, Store], page: Page) -> Review:
    service, store = asked
    return Review(log_in(page, service), service, store)


def test_tags_are_accepted_and_rejected_by_keys_and_by_mouse(review):
    review.open("tags")
    review.page.get_by_role("link", name=WORD).first.click()
    expect(review.page.locator("[data-item]")).to_have_count(4)
    keep_picture(review.page, "review-tags")
    review.page.keyboard.press("j")
    review.page.keyboard.press("a")
    expect(review.page.locator("[data-item]")).to_have_count(3)
    review.page.keyboard.press("r")
    expect(review.page.locator("[data-item]")).to_have_count(2)
    review.page.locator("[data-item]").first.get_by_role("button", name="Accept").first.click()
    expect(review.page.locator("[data-item]")).to_have_count(1)
    assert {key: said for key, said in review.verdicts().items() if key.startswith("tag-")} == {
        "tag-0": "accepted",
        "tag-1": "rejected",
        "tag-2": "accepted",
    }


def test_two_people_are_said_to_be_one(review):
    review.open("people/asked?kind=merge")
    keep_picture(review.page, "review-people")
    review.page.get_by_role("button", name="One person").first.click()
    expect(review.page.locator("[data-item]")).to_have_count(0)
    assert review.verdicts()["merge-1"] == "accepted"


def test_a_picked_cover_and_accepted_tags_are_written_and_taken_back(review):
    before = review.shown()
    review.open("covers")
    keep_picture(review.page, "review-covers")
    card = review.page.locator("[data-item]").first
    title = card.locator("h2").inner_text()
    card.locator("h2 a").click()
    review.page.get_by_role("button", name="Pick").first.click()
    review.open("plan")
    review.page.get_by_role("button", name="Plan anew").click()
    review.until_over()
    review.open("plan")
    keep_picture(review.page, "review-plan")
    review.page.get_by_role("button", name="Apply now").click()
    review.until_over()
    assert review.shown()[title] != before[title]
    assert len(review.tagged()) == 2

    review.open("runs")
    keep_picture(review.page, "review-runs")
    review.page.get_by_role("link", name="Report").first.click()
    expect(review.page.locator("h1")).to_be_visible()
    keep_picture(review.page, "report", clip={"x": 0, "y": 0, "width": 1100, "height": 1200}, full_page=True)
    review.page.go_back()
    review.page.get_by_role("link", name="Take back").first.click()
    review.page.get_by_role("button", name="Take back", exact=True).click()
    review.until_over()
    assert (review.shown(), review.tagged()) == (before, set())


PAGES = ("plan", "tags", "groups", "people", "people/asked", "covers", "covers/asked", "runs", "try")


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}, id="a phone"),
        pytest.param({"color_scheme": "dark"}, id="in the dark"),
    ],
)
def test_no_page_is_wider_than_its_screen(asked, browser, given):
    service, _ = asked
    complaints = Complaints()
    with context_of(browser, complaints, **given) as context:
        page = log_in(context.new_page(), service)
        for path in PAGES:
            answer = page.goto(f"{service.addresses.review}/libraries/{FOLDER}/{path}")
            assert answer is not None
            assert (path, answer.status) == (path, 200)
            wide = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
            assert (path, wide[0] <= wide[1]) == (path, True)
        keep_picture(page, "review-phone" if "is_mobile" in given else "review-dark")
    assert complaints.all() == []


def test_answers_are_given_without_scripts(asked, browser):
    service, store = asked
    complaints = Complaints()
    with context_of(browser, complaints, java_script_enabled=False) as context:
        page = log_in(context.new_page(), service)
        page.goto(f"{service.addresses.review}/libraries/{FOLDER}/tags")
        page.get_by_role("link", name=WORD).first.click()
        page.locator("[data-item]").first.get_by_role("button", name="Accept").first.click()
        expect(page.locator(".said")).to_contain_text("Accepted")
    assert [made.key for made in store.suggestions.decisions(FOLDER)].count("tag-3") == 1
    assert complaints.all() == []
