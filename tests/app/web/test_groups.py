"""Groups of look-alikes on the review page: named, photos left out, refused, taken back; nothing by what is stale."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape

import pytest
from fakes.reviewing import Browser, reviewing_new
from fakes.tiny import photo

from plugins.store import Evidence, Store, Suggestion
from plugins.tags.suggesting import tag_key

GROUPS = "/libraries/family/groups"
ALL = [f"key{n}" for n in range(5)]


def group(key: str, photos: range, word: str = "") -> Suggestion:
    return Suggestion(key, "group", key, word, 0.8, "", Evidence(photos=tuple(f"key{n}" for n in photos)))


@dataclass
class Pages:
    """The review page of a library with groups of look-alikes."""

    browser: Browser
    store: Store

    def said(self, path: str, data: Mapping[str, object]) -> str:
        """Send a form, follow it, and return what the next page says."""
        answer = self.browser.submit(path, data)
        assert answer.status_code == 303, answer.text
        found = re.search(r'class="said"[^>]*>([^<]*)<', self.browser.get(answer.headers["location"]).text)
        assert found is not None
        return unescape(found[1])

    def verdicts(self) -> dict[str, tuple[str, str]]:
        return {d.key: (d.verdict, d.value) for d in self.store.suggestions.decisions("family")}

    def waiting(self) -> dict[str, Suggestion]:
        return {made.key: made for made in self.store.suggestions.open("family", "group")}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    with reviewing_new(tmp_path_factory.mktemp("groups"), "family") as (browser, store):
        yield Pages(browser, store)


@pytest.fixture
def pages(served: Pages) -> Pages:
    store = served.store
    while decisions := store.suggestions.decisions("family"):  # of one that was answered anew the first answer is left
        store.suggestions.take_back("family", decisions[-1].decided_at, ["tag", "group"])
    store.photos.replace("family", [photo(n, name=f"{n}.jpg", tags=("Sea", "<b>") if n > 8 else ()) for n in range(10)])
    store.suggestions.save("family", "group", [group("group-1", range(5)), group("group-2", range(5, 8), "wood")])
    return served


def test_groups_and_the_words_that_they_could_have(pages: Pages) -> None:
    html = pages.browser.get(GROUPS).text
    assert html.index("group-1") < html.index("group-2")
    assert 'value="wood"' in html
    assert re.findall(r'<option value="([^"]*)"', html) == ["&lt;b&gt;", "Sea"]
    assert html.count("picture?photo=key") == 8
    one = pages.browser.get(f"{GROUPS}/one?key=group-1").text
    assert one.count('name="without"') == 5
    assert pages.browser.get(f"{GROUPS}/one?key=group-9").status_code == 404


def test_a_word_for_all_but_some_and_back_again(pages: Pages) -> None:
    before = pages.waiting()
    sent = {"key": "group-1", "word": " SEA ", "seen": "5", "without": ["key1", "key4", "elsewhere"]}
    assert pages.said(f"{GROUPS}/name", sent) == "3 photos get the tag “Sea”: they stand in the next plan."
    refused = {tag_key(f"key{n}", "sea"): ("rejected", "Sea") for n in (1, 4)}
    assert pages.verdicts() == {"group-1": ("accepted", "Sea"), **refused}
    assert list(pages.waiting()) == ["group-2"]
    said = pages.browser.get("/libraries/family/tags/answers").text
    assert "3 photos" in said
    pages.said("/libraries/family/tags/take-back", {"to": GROUPS})
    assert (pages.waiting(), pages.verdicts()) == (before, {})


def test_a_group_that_is_none(pages: Pages) -> None:
    assert pages.said(f"{GROUPS}/reject", {"key": "group-2"}) == "Rejected: that is no group."
    assert pages.verdicts() == {"group-2": ("rejected", "wood")}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param({"word": "sea", "seen": "4"}, "A run has changed this group", id="it has grown meanwhile"),
        pytest.param({"word": " ", "seen": "5"}, "cannot be a tag", id="no word"),
        pytest.param({"word": "a//b", "seen": "5"}, "cannot be a tag", id="an empty level"),
        pytest.param({"word": "a\x1b[2J", "seen": "5"}, "cannot be a tag", id="what commands a terminal"),
        pytest.param(
            {"word": "sea", "seen": "5", "without": [f"key{n}" for n in range(5)]}, "leave out all", id="none"
        ),
        pytest.param({"word": "sea", "seen": "5", "key": "group-9"}, "does not wait any more", id="no such group"),
        pytest.param({"word": "sea", "seen": "1", "key": "tag-1"}, "does not wait any more", id="no group"),
    ],
)
def test_wrong_use_changes_nothing(data: dict[str, object], said: str, pages: Pages) -> None:
    pages.store.suggestions.save("family", "tag", [Suggestion("tag-1", "tag", "key1", "dog")])
    assert said in pages.said(f"{GROUPS}/name", {"key": "group-1", **data})
    assert (len(pages.waiting()), pages.verdicts()) == (2, {})


def test_of_a_large_group_the_first_are_shown(pages: Pages) -> None:
    pages.store.suggestions.save("family", "group", [group("group-3", range(501))])
    one = pages.browser.get(f"{GROUPS}/one?key=group-3").text
    assert one.count('name="without"') == 500
    assert "1 more photo is not shown and gets the word too." in one


def test_nothing_waits(pages: Pages) -> None:
    pages.store.suggestions.save("family", "group", [])
    assert "No group waits for a word." in pages.browser.get(GROUPS).text
