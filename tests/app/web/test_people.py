"""The pages of people over real HTTP: who is there, names, merges, faces that are not theirs, questions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape

import numpy as np
import pytest
from fakes.reviewing import Browser, reviewing_new
from fakes.tiny import photo

from plugins.records import Box, FoundFace, Person
from plugins.store import Evidence, FaceLabel, ShownFace, Store, Suggestion
from plugins.store.suggestions import SuggestionKind

HOSTILE = "<script>alert(1)</script>'\"&?#/\\%\u202e"
PEOPLE = "/libraries/family/people"
BOX: Box = (0.1, 0.2, 0.3, 0.4)
FACE = FoundFace(BOX, ((0.1, 0.2),) * 5, 0.99, 100.0, 0.9, 0.9, np.ones(2, np.float32))
IN_VIDEO = FoundFace(BOX, ((0.1, 0.2),) * 5, 0.99, 100.0, 0.9, 0.9, np.ones(2, np.float32), at_s=3.25)
SHOWN = tuple(ShownFace(f"key{n}", 0, BOX) for n in range(5))
OF_TWO = Evidence(SHOWN[2:3], SHOWN[:2], 0.61, 0, (), "net 1")
ASKED = (
    Suggestion("merge-1", "merge", "anna", "person-1", 0.9, "their faces look the same", OF_TWO),
    Suggestion("person-1", "person", "key3#0", "anna", 0.8, "", Evidence(SHOWN[3:4], SHOWN[:2], 0.7, 0, (), "net 1")),
    Suggestion("split-1", "split", "anna", "person-9", 0.7, "", Evidence(SHOWN[:2], SHOWN[2:], 0.3, 2, (), "net 1")),
    Suggestion("doubt-1", "doubt", HOSTILE, "faces-1", 0.6, HOSTILE, Evidence(SHOWN[4:], (), 0, 0, (), "net 1")),
)
KINDS: tuple[SuggestionKind, ...] = ("merge", "person", "split", "doubt")


@dataclass
class Pages:
    """The review page of a library with people."""

    browser: Browser
    store: Store

    def html(self, path: str, status: int = 200) -> str:
        answer = self.browser.get(path)
        assert answer.status_code == status, (path, answer.status_code)
        return answer.text

    def text(self, path: str) -> str:
        """Return a page without its markup."""
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.html(path))).split())

    def said(self, path: str, data: Mapping[str, object]) -> str:
        """Send a form, follow it, and return what the next page says."""
        answer = self.browser.submit(f"{PEOPLE}/{path}", data)
        assert answer.status_code == 303, answer.text
        found = re.search(r'class="said"[^>]*>([^<]*)<', self.browser.get(answer.headers["location"]).text)
        assert found is not None
        return unescape(found[1])

    def decided(self) -> list[tuple[str, str, str, str]]:
        return [(d.kind, d.subject, d.value, d.verdict) for d in self.store.suggestions.decisions("family")]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    with reviewing_new(tmp_path_factory.mktemp("people"), "family", "empty") as (browser, store):
        yield Pages(browser, store)


@pytest.fixture
def pages(served: Pages) -> Pages:
    """Fill the store anew: Anna with four faces, Ben, somebody hostile, somebody hidden, two without a name."""
    store = served.store
    while decisions := store.suggestions.decisions("family"):
        store.suggestions.take_back("family", decisions[-1].decided_at, KINDS)
    store.photos.replace("family", [photo(n, name=f"{n}.jpg") for n in range(8)])
    store.models.choose("family", "faces", "net", "1")
    store.faces.put("net", "1", [(f"key{n}", [IN_VIDEO if n == 6 else FACE] * 2) for n in range(8)])
    people = [Person("anna", "Anna"), Person("ben", "Ben"), Person("evil", HOSTILE), Person("h", "Hidden", hidden=True)]
    store.people.save("family", [*people, Person("person-1"), Person("person-2"), Person("person-3")])
    labels = [FaceLabel(f"key{n}", 0, "anna", "user" if n == 0 else "ours", 1 - n / 10) for n in range(4)]
    labels += [FaceLabel("key4", 0, "ben", "gallery"), FaceLabel("key5", 0, "evil"), FaceLabel("key5", 1, "h")]
    labels += [FaceLabel("key6", 0, "person-1"), FaceLabel("key7", 0, "person-2"), FaceLabel("key7", 1, "person-2")]
    store.people.save_labels("family", "net", "1", labels)
    store.steps.record("family", "group_people", "key", {})
    for made in ASKED:
        store.suggestions.save("family", made.kind, [made])
    return served


def test_everybody_is_shown_with_a_face_and_how_many_there_are(pages: Pages) -> None:
    said = pages.text(PEOPLE)
    assert "3 people with a name" in said.replace("people with names", "people with a name")
    assert said.index("Anna 4 faces") < said.index("alert(1)") < said.index("Ben 1 face")
    assert "Hidden" not in said
    assert pages.html(PEOPLE).count("box=0.10000,0.20000") == 3
    unnamed = pages.html(f"{PEOPLE}?show=unnamed")
    assert unnamed.index("person-2") < unnamed.index("person-1")
    assert "person-3" not in unnamed  # nobody has a face of theirs
    assert "at=3.250" in unnamed


def test_whom_the_gallery_does_not_hold_without_a_name_is_told_of_once_a_plan_says_so(pages: Pages) -> None:
    waits = "holds nobody without a name"
    assert waits not in pages.text(f"{PEOPLE}?show=unnamed")
    run = pages.store.runs.start("family", "curate")
    pages.store.runs.finish(run, "done", {"plan": {"nameless": 2}})
    pages.store.runs.finish(pages.store.runs.start("family", "ingest"), "done", {"plan": {"nameless": 0}})
    assert "2 people wait here for one" in pages.text(f"{PEOPLE}?show=unnamed")
    assert waits not in pages.text(PEOPLE)


@pytest.mark.parametrize(
    ("query", "there", "not_there"),
    [
        pytest.param("?find=an", "Anna", "Ben 1", id="a part of a name"),
        pytest.param("?find=BEN", "Ben 1", "Anna 4", id="in any case"),
        pytest.param("?find=zoe", "Nobody is called like that.", "Anna 4", id="nobody"),
        pytest.param("?page=99", "Anna 4", "Nobody is called", id="far beyond the last page"),
        pytest.param("?page=-1", "Anna 4", "Nobody is called", id="before the first page"),
    ],
)
def test_people_are_found(pages: Pages, query: str, there: str, not_there: str) -> None:
    said = pages.text(f"{PEOPLE}{query}")
    assert there in said
    assert not_there not in said


def test_the_least_sure_faces_of_a_person_come_first(pages: Pages) -> None:
    def places(order: str) -> list[str]:
        html = pages.html(f"{PEOPLE}/person?id=anna&order={order}")
        return re.findall(r'type="checkbox" name="face" value="([^"]+)"', html)

    assert places("unsure") == ["0@key3", "0@key2", "0@key1", "0@key0"]
    assert places("sure") == ["0@key0", "0@key1", "0@key2", "0@key3"]
    assert "found, 70 % sure" in pages.text(f"{PEOPLE}/person?id=anna")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("person?id=nobody", 404, id="nobody of this id"),
        pytest.param("person?id=h", 404, id="somebody whom the gallery hides"),
        pytest.param("person?id=anna&order=up", 400, id="no such order"),
        pytest.param("asked?kind=tag", 400, id="another kind"),
        pytest.param("asked?after=nan:x", 200, id="a place that is none"),
        pytest.param("answers?page=999999999999999999999", 200, id="a page beyond all numbers"),
    ],
)
def test_odd_addresses(pages: Pages, path: str, status: int) -> None:
    pages.html(f"{PEOPLE}/{path}", status)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        pytest.param("", "Nobody was found yet", id="people"),
        pytest.param("?show=unnamed", "Nobody was found yet", id="people without names"),
        pytest.param("?find=a", "Nobody was found yet", id="people of a name"),
        pytest.param("/asked", "Nothing of this kind waits", id="questions"),
        pytest.param("/answers", "You have not said anything", id="answers"),
    ],
)
def test_an_empty_library(pages: Pages, path: str, said: str) -> None:
    assert said in pages.text(f"/libraries/empty/people{path}")


def test_somebody_gets_a_name(pages: Pages) -> None:
    said = pages.said("name", {"person": "person-2", "name": " Zoë ", "to": f"{PEOPLE}?show=unnamed"})
    assert said == (
        "The name is Zoë. The next run that writes gives the gallery this person, with the faces found so far."
    )
    assert pages.store.suggestions.names("family") == {"person-2": "Zoë"}
    assert "Zoë 2 faces" in pages.text(PEOPLE)


@pytest.mark.parametrize(
    ("person", "name", "said"),
    [
        pytest.param("anna", "Zoë", "“Anna” is the name in the gallery: change it there.", id="has one there"),
        pytest.param("person-2", "  ", "cannot be a name", id="nothing"),
        pytest.param("person-2", "Z\x07oe", "cannot be a name", id="a bell in it"),
        pytest.param("person-2", "Z" * 201, "cannot be a name", id="too long"),
        pytest.param("nobody", "Zoë", "There is nobody called “nobody”.", id="nobody of this id"),
        pytest.param("h", "Zoë", "There is nobody called “h”.", id="somebody hidden"),
    ],
)
def test_names_that_cannot_be(pages: Pages, person: str, name: str, said: str) -> None:
    assert said in pages.said("name", {"person": person, "name": name})
    assert pages.decided() == []


@pytest.mark.parametrize("inplace", [pytest.param(True, id="in place"), pytest.param(False, id="on a page")])
def test_the_same_name_asks_whether_they_are_one(pages: Pages, inplace: bool) -> None:
    headers = {"X-Inplace": "1"} if inplace else {}
    asked = pages.browser.submit(f"{PEOPLE}/name", {"person": "person-2", "name": "Anna"}, headers=headers)
    assert asked.status_code == 200
    assert ("<html" in asked.text, "Somebody is called Anna already" in unescape(asked.text)) == (not inplace, True)
    assert re.findall(r'name="person" value="([^"]+)"', asked.text) == ["person-2", "anna"]
    assert pages.decided() == []


def test_people_are_merged_and_two_again(pages: Pages) -> None:
    said = pages.said("merge", {"person": ["person-2", "anna", "person-1"]})
    assert said == "These 3 are one person from the next run on: Anna."
    assert pages.decided() == [
        ("merge", "anna", "person-2", "accepted"),
        ("merge", "anna", "person-1", "accepted"),
    ]
    assert pages.text(f"{PEOPLE}?show=unnamed").count("One person with Anna from the next run on.") == 2
    assert pages.said("merge", {"person": "person-2", "name": "Ben"}).startswith("These 2 are one person")
    at = pages.store.suggestions.decisions("family")[0].decided_at.isoformat()
    assert pages.said("take-back", {"at": at}) == "Taken back."
    assert len(pages.decided()) == 2
    assert pages.said("apart", {"one": "person-2", "other": "ben"}) == "They stay two people."
    assert pages.decided()[-1] == ("merge", "ben", "person-2", "rejected")


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        pytest.param({"person": ["anna", "ben"]}, "have different names", id="two names"),
        pytest.param({"person": ["anna"]}, "Choose two people", id="one only"),
        pytest.param({}, "Choose two people", id="nobody"),
        pytest.param({"person": ["anna"], "name": "Zoë"}, "nobody called “Zoë”", id="with nobody of a name"),
        pytest.param({"person": ["anna"], "name": "Anna"}, "Choose two people", id="with themselves"),
        pytest.param({"person": ["anna", "person-1", "nobody"]}, "nobody called “nobody”", id="one is nobody"),
        pytest.param({"person": ["anna", "h"]}, "nobody called “h”", id="with somebody hidden"),
    ],
)
def test_merges_that_cannot_be(pages: Pages, sent: Mapping[str, object], said: str) -> None:
    answer = pages.browser.submit(f"{PEOPLE}/merge", sent)
    page = unescape(pages.browser.get(answer.headers["location"]).text)
    assert said in page
    assert pages.decided() == []


def test_a_face_is_not_hers(pages: Pages) -> None:
    said = pages.said("faces", {"person": "anna", "face": "0@key3", "what": "not"})
    assert said == "This face is not Anna: it never will be again."
    ((kind, subject, _, verdict),) = pages.decided()
    assert (kind, subject, verdict) == ("doubt", "anna", "accepted")
    assert "Not Anna, from the next run on." in pages.text(f"{PEOPLE}/person?id=anna")
    html = pages.html(f"{PEOPLE}/person?id=anna")
    assert 'value="0@key3" form="faces"' not in html
    (at,) = set(re.findall(r'name="at" value="([^"]+)"', html))
    assert pages.said("take-back", {"at": unescape(at)}) == "Taken back."
    assert 'value="0@key3" form="faces"' in pages.html(f"{PEOPLE}/person?id=anna")


def test_of_a_face_that_the_gallery_holds_it_is_told_what_to_do_there(pages: Pages) -> None:
    said = pages.said("faces", {"person": "anna", "face": ["0@key0", "0@key3"], "what": "not"})
    assert said.startswith("These 2 faces are not Anna")
    assert "Your gallery itself says so of 1 of them" in said


def test_in_place_the_face_comes_back_as_it_is_now(pages: Pages) -> None:
    sent = {"person": "anna", "face": "0@key2", "what": "not"}
    answer = pages.browser.submit(f"{PEOPLE}/faces", sent, headers={"X-Inplace": "1"})
    assert (answer.status_code, "<html" in answer.text, "data-item" in answer.text) == (200, False, True)
    assert "Not Anna, from the next run on." in answer.text
    assert "not%20Anna" in answer.headers["X-Said"]


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        pytest.param("", ["split"], id="somebody new"),
        pytest.param("Ben", ["doubt", "person", "person"], id="somebody there"),
        pytest.param("Zoë", ["person", "split"], id="somebody new of a name"),
    ],
)
def test_faces_are_somebody_elses(pages: Pages, name: str, kinds: list[str]) -> None:
    sent = {"person": "anna", "face": ["0@key2", "0@key3"], "what": "give", "name": name}
    assert pages.said("faces", sent).startswith("These 2 faces are somebody else's, not Anna's.")
    assert sorted(kind for kind, *_ in pages.decided()) == kinds
    assert pages.said("take-back", {}).startswith("Taken back")
    assert pages.decided() == []


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        pytest.param({"face": "0@gone"}, "not known any more", id="a picture that is gone"),
        pytest.param({"face": "9@key1"}, "not known any more", id="no such face"),
        pytest.param({"face": "x"}, "not known any more", id="no face at all"),
        pytest.param({}, "not known any more", id="none chosen"),
        pytest.param({"face": "0@key1", "what": "give", "name": "Anna"}, "already Anna's", id="to whom has them"),
        pytest.param({"face": "0@key1", "what": "give", "name": "\x07"}, "cannot be a name", id="to no name"),
        pytest.param({"face": "0@key1", "person": "nobody"}, "nobody called", id="of nobody"),
    ],
)
def test_faces_that_cannot_be_taken_off(pages: Pages, sent: Mapping[str, object], said: str) -> None:
    answer = pages.browser.submit(f"{PEOPLE}/faces", {"person": "anna", "what": "not", "to": PEOPLE, **sent})
    assert said in unescape(pages.browser.get(answer.headers["location"]).text)
    assert pages.decided() == []


def test_two_without_names_are_not_called_alike(pages: Pages) -> None:
    asked = Suggestion("merge-2", "merge", "person-1", "person-2", 0.9, "", OF_TWO)
    pages.store.suggestions.save("family", "merge", [asked])
    said = pages.text(f"{PEOPLE}/asked?kind=merge")
    assert ("These two, not named yet, are one person" in said, "and Somebody" in said) == (True, False)


@pytest.mark.parametrize(
    ("kind", "text", "why"),
    [
        pytest.param("merge", "Anna and Somebody not named yet are one person", "no photo shows both", id="merge"),
        pytest.param("person", "This face is Anna", "similarity 0.70", id="person"),
        pytest.param("split", "2 faces of Anna are somebody else", "2 photos show both", id="split"),
        pytest.param("doubt", "This face is not Somebody not named yet", "alert(1)", id="doubt"),
    ],
)
@pytest.mark.parametrize("verdict", ["accepted", "rejected"])
def test_questions_are_asked_with_faces_and_answered(
    pages: Pages, kind: str, text: str, why: str, verdict: str
) -> None:
    said = pages.text(f"{PEOPLE}/asked?kind={kind}")
    assert text in said
    assert why in said
    key = next(made.key for made in ASKED if made.kind == kind)
    assert pages.html(f"{PEOPLE}/asked?kind={kind}").count("box=") == len(
        next(made for made in ASKED if made.kind == kind).evidence.faces
    ) + len(next(made for made in ASKED if made.kind == kind).evidence.beside)
    answer = pages.browser.submit(f"{PEOPLE}/answer", {"key": key, "verdict": verdict}, headers={"X-Inplace": "1"})
    assert (answer.status_code, text in unescape(answer.text)) == (200, True)
    assert [(d[0], d[3]) for d in pages.decided()] == [(kind, verdict)]
    assert pages.said("answer", {"key": key, "verdict": "accepted"}).startswith("That does not wait any more")
    assert pages.said("take-back", {}) == "Taken back."
    assert (pages.decided(), pages.store.waiting.count("family", kind)) == ([], 1)  # type: ignore[arg-type]


def test_hostile_names_are_text_and_nothing_else(pages: Pages) -> None:
    for path in ("", "?find=alert", "/person?id=evil", "/asked?kind=doubt", "/person?id=anna"):
        html = pages.html(f"{PEOPLE}{path}")
        assert "<script>alert" not in html
        assert "\u202e" not in html
        assert not re.findall(r'(?:src|href|action)="(?!/|#)[^"]+"', html)


def test_without_login_nothing_is_shown_and_nothing_is_kept(pages: Pages) -> None:
    with Browser(base_url=pages.browser.base_url) as stranger:
        assert stranger.get(PEOPLE).headers["location"].startswith("/login")
        assert stranger.post(f"{PEOPLE}/merge", data={"person": ["anna", "person-1"]}).status_code in {303, 401, 403}
    assert pages.browser.post(f"{PEOPLE}/merge", data={"person": ["anna", "person-1"]}).status_code == 403
    assert pages.decided() == []
