"""The pages of tag suggestions over real HTTP: what waits, answers one at a time and all at once, hostile words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest
from fakes.reviewing import Browser, reviewing_new
from fakes.tiny import photo

from plugins.store import Evidence, Store, Suggestion

HOSTILE = "\u202e<script>alert(1)</script>'\"&?#/\\%, of\nall"
LIKE = Evidence(photos=("key4", "key5", "gone"), similarity=0.8)
TAGS = "/libraries/family/tags"


def tag(key: str, n: int, word: str, score: float) -> Suggestion:
    return Suggestion(key, "tag", f"key{n}", word, score, f"{n + 4} of 9 similar photos have «{word}»", LIKE)


CATS = [tag("tag-1", 0, "Big cat", 0.9), tag("tag-2", 1, "big  cat", 0.8), tag("tag-3", 9, "Big cat", 0.3)]
DOG = tag("tag-4", 0, "dog", 0.6)
EVIL = tag("tag-5", 2, HOSTILE, 0.5)
MERGE = Suggestion("merge-1", "merge", "ann", "ben")


@dataclass
class Pages:
    """The review page of a library in which tags wait."""

    browser: Browser
    store: Store

    def text(self, path: str) -> str:
        """Return a page, its marks and its markup taken away."""
        answer = self.browser.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())

    def said(self, path: str, data: Mapping[str, object]) -> str:
        """Send a form, follow it, and return what the next page says."""
        answer = self.browser.submit(path, data)
        assert answer.status_code == 303, answer.text
        found = re.search(r'class="said"[^>]*>([^<]*)<', self.browser.get(answer.headers["location"]).text)
        assert found is not None
        return unescape(found[1])

    def verdicts(self) -> dict[str, str]:
        return {d.key: d.verdict for d in self.store.suggestions.decisions("family")}

    def waiting(self) -> list[str]:
        return [made.key for made in self.store.suggestions.open("family", "tag")]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """Serve the pages once for all tests: each fills the store anew."""
    with reviewing_new(tmp_path_factory.mktemp("tags"), "family") as (browser, store):
        yield Pages(browser, store)


@pytest.fixture
def pages(served: Pages) -> Pages:
    store = served.store
    while decisions := store.suggestions.decisions("family"):  # of one that was answered anew the first answer is left
        store.suggestions.take_back("family", decisions[-1].decided_at, ["tag", "group"])
    store.photos.replace("family", [photo(n, name=f"{n}.jpg", tags=("sea",) if n > 3 else ()) for n in range(7)])
    store.suggestions.save("family", "tag", [*CATS, DOG, EVIL])
    store.suggestions.save("family", "merge", [MERGE])
    return served


def test_the_words_that_wait_most_first(pages: Pages) -> None:
    said = pages.text(TAGS)
    assert "5 tags wait for your answer. They are 3 different words." in said
    assert said.index("Big cat") < said.index("dog") < said.index("<script>alert(1)</script>")
    assert "Scores from 90 % down to 30 %" in said


def test_the_photos_of_a_word_with_what_speaks_for_it(pages: Pages) -> None:
    said = pages.text(f"{TAGS}?word=BIG+cat")
    assert "3 photos wait for your answer" in said
    assert said.index("0.jpg") < said.index("1.jpg") < said.index("The photo is not there any more.")
    assert "4 of 9 similar photos have it." in said
    html = pages.browser.get(f"{TAGS}?word=big+cat").text
    assert html.count("picture?photo=key4&amp;px=192") == 3
    assert "photo=gone" not in html


def test_one_is_answered_and_may_be_answered_anew(pages: Pages) -> None:
    assert pages.said(f"{TAGS}/answer", {"key": "tag-1", "verdict": "accepted"}) == "Accepted: “Big cat”."
    assert pages.verdicts() == {"tag-1": "accepted"}
    assert "Rather reject it" in pages.text(f"{TAGS}/answers")
    assert pages.said(f"{TAGS}/answer", {"key": "tag-1", "verdict": "rejected"}) == "Rejected: “Big cat”."
    assert pages.verdicts() == {"tag-1": "rejected"}
    assert pages.said(f"{TAGS}/take-back", {}) == "Taken back: “Big cat”."
    assert pages.verdicts() == {"tag-1": "accepted"}
    pages.said(f"{TAGS}/take-back", {})
    assert (pages.verdicts(), pages.waiting()[0]) == ({}, "tag-1")
    assert pages.said(f"{TAGS}/take-back", {}) == "There is no answer to take back."


def test_all_of_a_word_from_a_score_on(pages: Pages) -> None:
    sent = {"word": "BIG CAT", "verdict": "accepted", "sure": "80", "to": f"{TAGS}?word=dog"}
    assert pages.said(f"{TAGS}/answer-word", sent) == "Accepted: “Big cat” for 2 photos."
    assert pages.verdicts() == {"tag-1": "accepted", "tag-2": "accepted"}
    assert "scores 80 % or more" in pages.said(f"{TAGS}/answer-word", sent)
    pages.said(f"{TAGS}/answer-word", {"word": "Big cat", "verdict": "rejected"})
    assert pages.verdicts()["tag-3"] == "rejected"
    assert pages.said(f"{TAGS}/take-back", {}) == "Taken back: “Big cat”."
    assert pages.said(f"{TAGS}/take-back", {}) == "Taken back: “Big cat” for 2 photos."
    assert len(pages.waiting()) == 5


def test_an_answer_to_many_is_one_and_one_of_it_may_be_answered_anew(pages: Pages) -> None:
    pages.said(f"{TAGS}/answer-word", {"word": "big cat", "verdict": "accepted"})
    pages.said(f"{TAGS}/answer", {"key": "tag-4", "verdict": "rejected"})
    listed = pages.browser.get(f"{TAGS}/answers").text
    assert listed.count('<li class="card line"') == 2
    assert "3 answers" in listed
    (address,) = {unescape(found) for found in re.findall(r'href="([^"]*tags/answer\?[^"]*)"', listed)}
    shown = pages.browser.get(address).text
    assert [key in shown for key in ("tag-1", "tag-2", "tag-3", "tag-4")] == [True, True, True, False]
    pages.said(f"{TAGS}/answer", {"key": "tag-2", "verdict": "rejected"})
    assert "2 answers" in pages.text(address)
    assert pages.browser.get(f"{TAGS}/answer?at=2024-05-01T12:00:00Z").status_code == 404
    assert pages.browser.get(f"{TAGS}/answer?at=x").status_code == 404


def test_photo_by_photo(pages: Pages) -> None:
    said = pages.text(f"{TAGS}/photo")
    assert "0.jpg" in said
    assert "Accept all 2" in said
    assert pages.said(f"{TAGS}/answer-photo", {"content": "key0", "verdict": "rejected"}) == "Rejected: 2 tags."
    assert pages.verdicts() == {"tag-1": "rejected", "tag-4": "rejected"}
    assert "Rather accept it" in pages.text(f"{TAGS}/photo?content=key0")
    assert "1.jpg" in pages.text(f"{TAGS}/photo")
    assert pages.browser.get(f"{TAGS}/photo?content=nowhere").status_code == 404


def test_a_word_is_barred_and_allowed_again(pages: Pages) -> None:
    said = pages.said(f"{TAGS}/bar", {"word": "Big cat"})
    assert said == "“Big cat” is never suggested from now on; 3 suggestions are withdrawn."
    assert "2 tags wait" in pages.text(TAGS)
    assert pages.said(f"{TAGS}/allow", {"word": "big cat"}) == "“big cat” may be suggested again."
    assert "5 tags wait" in pages.text(TAGS)
    assert "cannot be a tag" in pages.said(f"{TAGS}/bar", {"word": "x" * 201})


def test_a_hostile_word_is_shown_as_text_and_can_be_answered(pages: Pages) -> None:
    listed = pages.browser.get(TAGS).text
    assert "<script>alert" not in listed
    assert "\u202e" not in listed
    (address,) = {unescape(found) for found in re.findall(r'href="([^"]*)"', listed) if "script" in found}
    shown = pages.browser.get(address)
    assert "2.jpg" in shown.text
    (word,) = {unescape(found) for found in re.findall(r'name="word" value="([^"]*)"', shown.text)}
    said = pages.said(f"{TAGS}/answer-word", {"word": word, "verdict": "accepted"})
    assert said.startswith("Accepted: “\ufffd<script>")
    assert pages.verdicts() == {"tag-5": "accepted"}
    pages.said(f"{TAGS}/take-back", {})
    pages.said(f"{TAGS}/bar", {"word": word})
    assert pages.store.suggestions.barred("family") == [HOSTILE]
    barred = pages.browser.get(f"{TAGS}/answers").text
    assert "<script>alert" not in barred
    pages.said(f"{TAGS}/allow", {"word": word})
    assert pages.store.suggestions.barred("family") == []


def test_in_place_comes_only_what_has_changed(pages: Pages) -> None:
    sent = {"key": "tag-1", "verdict": "accepted", "to": TAGS}
    answer = pages.browser.submit(f"{TAGS}/answer", sent, headers={"X-Inplace": "1"})
    assert (answer.status_code, answer.text.count("<li"), "<html" in answer.text) == (200, 1, False)
    assert "data-item" not in answer.text
    assert answer.headers["x-said"].startswith("Accepted%3A%20")
    gone = pages.browser.submit(f"{TAGS}/answer", {**sent, "key": "tag-9"}, headers={"X-Inplace": "1"})
    assert (gone.status_code, gone.text) == (200, "")


def test_where_a_tag_is_in_the_picture_is_drawn(pages: Pages) -> None:
    pages.store.suggestions.place("family", "tag-1", (0.25, 0.0, 0.75, 0.5))
    for path in (f"{TAGS}?word=big+cat", f"{TAGS}/photo?content=key0"):
        assert '<rect x="0.25" y="0.0" width="0.5" height="0.5">' in pages.browser.get(path).text


@pytest.mark.parametrize(
    ("path", "data", "status"),
    [
        pytest.param("answer", {"key": "merge-1", "verdict": "accepted"}, 303, id="a suggestion about people"),
        pytest.param("answer", {"key": "never:sea", "verdict": "accepted"}, 303, id="a bar"),
        pytest.param("answer", {"key": "tag-1", "verdict": "maybe"}, 400, id="no verdict"),
        pytest.param("answer", {"verdict": "accepted"}, 400, id="no key"),
        pytest.param("answer-word", {"word": "dog", "verdict": "accepted", "sure": "101"}, 400, id="beyond sure"),
        pytest.param("answer-word", {"word": "cow", "verdict": "accepted"}, 303, id="a word that does not wait"),
        pytest.param("take-back", {"at": "yesterday"}, 303, id="no moment"),
        pytest.param("take-back", {"at": "2024-05-01T12:00:00"}, 303, id="a moment without a zone"),
        pytest.param("answer", {"key": "tag-1", "verdict": "accepted", "csrf": "x"}, 403, id="a forged form"),
    ],
)
def test_wrong_use_changes_nothing(path: str, data: Mapping[str, object], status: int, pages: Pages) -> None:
    answer = pages.browser.submit(f"{TAGS}/{path}", data)
    assert answer.status_code == status
    assert (pages.verdicts(), len(pages.waiting())) == ({}, 5)
    assert "merge-1" in pages.store.suggestions.of_keys("family", ["merge-1"])


def test_a_form_leads_to_no_other_site(pages: Pages) -> None:
    answer = pages.browser.submit(f"{TAGS}/answer", {"key": "tag-1", "verdict": "accepted", "to": "//evil.example/"})
    assert answer.headers["location"] == "/"


def test_words_and_photos_come_page_by_page(pages: Pages) -> None:
    many = [tag(f"tag-{n:03}", n, "cow", 1 - n / 100) for n in range(30)]
    words = [tag(f"tag-w{n:03}", n, f"word {n:03}", 0.2) for n in range(30)]
    pages.store.suggestions.save("family", "tag", [*many, *words])
    first = pages.browser.get(f"{TAGS}?word=cow").text
    following = unescape(re.findall(r'rel="next" href="([^"]*)"', first)[0])
    pages.said(f"{TAGS}/answer", {"key": "tag-023", "verdict": "accepted"})
    second = pages.browser.get(following).text
    keys = [re.findall(r'id="(tag-\d+)"', html) for html in (first, second)]
    assert keys == [[f"tag-{n:03}" for n in range(24)], [f"tag-{n:03}" for n in range(24, 30)]]
    assert "word 023" in pages.text(f"{TAGS}?page=2")
    assert "Page 2 of 2" in pages.text(f"{TAGS}?page=99")


def test_of_another_library_nothing_is_seen(pages: Pages) -> None:
    assert pages.browser.get("/libraries/other/tags").status_code == 404


def test_nothing_waits(pages: Pages) -> None:
    pages.store.suggestions.save("family", "tag", [])
    assert "No tag waits for your answer." in pages.text(TAGS)
    assert "No photo waits for an answer" in pages.text(f"{TAGS}?word=cat")
    assert "No tag waits" in pages.text(f"{TAGS}/photo")
    assert "You have not answered anything" in pages.text(f"{TAGS}/answers")


def test_our_own_pictures_are_not_lost_on_the_way(pages: Pages, tmp_path: Path) -> None:
    html = pages.browser.get(f"{TAGS}?word=big+cat").text
    own = {unescape(found) for found in re.findall(r'(?:src|href)="([^"]+)"', html)}
    assert all(found.startswith(("/", "#")) for found in own)
