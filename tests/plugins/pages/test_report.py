"""The report as a page: everything that a run has to answer for, and nothing but text from outside."""

import shlex
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser

import lxml.html
import pytest

from plugins import changes as c
from plugins.pages.report import answer_command, render_report, undo_command
from plugins.pages.views import (
    AskedView,
    Counts,
    CoversView,
    CoverView,
    EditView,
    FigureView,
    PictureView,
    RefusedView,
    ReportView,
    StepView,
    Unreadable,
)

EMPTY = ReportView("folder:/photos", "r1", datetime(2024, 12, 20, 3, 4), applied=False)


def full(name: str = "name", applied: bool = True) -> ReportView:
    refused = c.AddTags((name,), ("p1",))
    return replace(
        EMPTY,
        library=name,
        applied=applied,
        counts=Counts(photos=66, videos=1, new=60, changed=5, gone=2),
        unreadable=(Unreadable(name, name),),
        steps=(StepView("features", "skipped", 0.0, name), StepView("events", "cached", 0.2, requests=1_234)),
        worth=1,
        not_worth=((name, 5),),
        places=(("exif", 60), ("neighbour", 4)),
        without_place=3,
        changes=(c.CreateAlbum("k", "event", name), c.AddMembers("k", ("p1", "p2")), refused),
        titles={"p1": name},
        edits=(EditView("renamed", name, name), EditView("removed", name, n=3)),
        refused=(RefusedView(refused, name),),
        pictures={"k": PictureView("thumbs/a b.jpg", b"x", name)},
        notes=(name,),
        album_pages=frozenset({"k"}),
        index="index.html",
        asked=(AskedView(name, name, name, ("thumbs/c.jpg",), ("thumbs/d.jpg",)),),
        n_asked=3,
        asked_tags=(AskedView(name, name, "", ("thumbs/e.jpg",), lines=(name,)),),
        n_asked_tags=1,
        asked_covers=(AskedView(name, name, name, ("thumbs/f.jpg",), ("thumbs/g.jpg",)),),
        n_asked_covers=1,
        covers=CoversView(
            (CoverView(name, name, name, name, "thumbs/h.jpg", ("thumbs/i.jpg",), ("thumbs/j.jpg",)),),
            3,
            (CoverView(name, name, shown="thumbs/k.jpg"),),
            1,
            name,
        ),
        held=(c.AddTags((name,), ("p1", "p2")),),
        skipped=((name, name),),
        alerts=(name,),
        figures=(FigureView(name, name, ((name, 3), (name, 1)), note=name), FigureView(name, name, ((name, 2),), True)),
    )


def parsed(page: bytes) -> lxml.html.HtmlElement:
    HTMLParser().feed(page.decode())
    tree = lxml.html.document_fromstring(page.decode().removeprefix("<!doctype html>\n"))
    assert tree.xpath("//script | //@*[starts-with(name(), 'on')] | //@style") == []
    assert all(":" not in link for link in tree.xpath("//@href | //@src"))
    return tree


@pytest.mark.parametrize(
    "name", ["<script>x</script>", '"><b onclick=1>', "a\nb\x00", "\udcff", "</table><h1>", "🏖️" * 80]
)
def test_names_are_text_and_nothing_else(name: str) -> None:
    tags = [e.tag for e in parsed(render_report(full())).iter()]
    assert [e.tag for e in parsed(render_report(full(name))).iter()] == tags


def test_a_run_tells_everything() -> None:
    tree = parsed(render_report(full()))
    text = " ".join(tree.text_content().split())
    for part in (
        "This run made 2 changes; 1 more was not made, and 1 other is held back.",
        "1 change was held back: this run was to write albums only.",
        "albumen curate --apply name",
        'apply = "all" under [libraries.name]',
        "Name: name",
        "66 photos",
        "1 video",
        "2 gone",
        "1 unreadable",
        "Create the album with 2 photos",
        "albumen undo name r1",
        "You renamed “name” to “name”: kept",
        "You took 3 photos out of “name”: never added again",
        "1 event of 6 is worth an album",
        "5 events: name",
        "60 photos: from the photo",
        "4 photos: from a neighbour",
        "3 photos: not known",
        "eventscached0.2 s1,234",
    ):
        assert part in text
    assert tree.xpath("//main//img/@src") == ["thumbs/a%20b.jpg", *(f"thumbs/{n}.jpg" for n in "cdefghijk")]
    assert tree.xpath("//h3/a/@href") == ["k.html"]
    assert [h.text for h in tree.xpath("//h2")] == [
        *("What changed", "Held back", "Write it", "For you to decide", "Covers", "Take it back", "Your edits"),
        *("Not done", "Skipped", "In figures", "Events", "Where the places come from", "Steps", "Not readable"),
    ]


def test_suggestions_show_both_sides_and_how_to_answer() -> None:
    asked = AskedView("merge-1", "“Anna” and somebody may be one person", "no photo shows both", ("a#.jpg", "b.jpg"))
    tree = parsed(render_report(replace(EMPTY, asked=(asked, replace(asked, beside=("c.jpg",))), n_asked=1_002)))
    first, second = tree.xpath("//ul[@class='asked']/li")
    assert first.xpath(".//ul[@class='faces']//img/@src") == ["a%23.jpg", "b.jpg"]
    assert [side.get("aria-label") for side in second.xpath(".//ul")] == ["What it is about", "To compare"]
    assert second.xpath(".//h3/text()") == ["“Anna” and somebody may be one person"]
    assert first.xpath(".//code/text()") == ["merge-1"]
    text = " ".join(tree.text_content().split())
    assert "1,002 for you to decide" in text
    assert "And 1,000 more" in text
    assert tree.xpath("//pre//text()") == ["albumen people --accept KEY folder:/photos"]


def test_tags_come_after_people_with_a_command_of_their_own() -> None:
    person = AskedView("merge-1", "“Anna” and somebody may be one person")
    word = AskedView("tag:cat", "“cat” for 2 photos", shown=("a.jpg",), beside=("b.jpg",), lines=("“c.jpg”: tag-1",))
    view = replace(EMPTY, asked=(person,), n_asked=1, asked_tags=(word,), n_asked_tags=3)
    tree = parsed(render_report(view))
    assert [h.text for h in tree.xpath("//h2")].count("For you to decide") == 1
    assert tree.xpath("//ul[@class='asked']/li/h3/text()") == [person.text, word.text]
    assert tree.xpath("//pre//text()") == [f"albumen {of} --accept KEY folder:/photos" for of in ("people", "tags")]
    assert tree.xpath("//ul[@class='asked']/li/ul/li/text()") == ["“c.jpg”: tag-1"]
    text = " ".join(tree.text_content().split())
    assert "4 for you to decide" in text
    assert "And 2 more, which albumen tags lists." in text


def test_covers_say_why_and_show_what_they_resemble() -> None:
    reason = "match with your favourites: 0.83, like a.jpg"
    cover = CoverView("Lisbon", "p.jpg", reason, "chosen out of 12 photos", "a#.jpg", ("b.jpg",), ("c.jpg",))
    covers = CoversView((cover,), 3, (CoverView("clip.mp4", "the frame at 0:07"),), 1, "What you like counts")
    asked = AskedView("cover-1", "“x.jpg” as a cover", "«Sea»: sharp", ("d.jpg",), ("e.jpg",))
    tree = parsed(render_report(replace(EMPTY, covers=covers, asked_covers=(asked,), n_asked_covers=2)))
    suggested, lisbon, clip = tree.xpath("//ul[@class='asked']/li")
    assert [side.get("aria-label") for side in lisbon.xpath(".//ul")] == [
        *("The cover", "Also considered", "Favourites of yours that it resembles"),
    ]
    assert lisbon.xpath(".//img/@src") == ["a%23.jpg", "b.jpg", "c.jpg"]
    assert lisbon.xpath("./p/text()") == [f"p.jpg: {reason}", "Chosen out of 12 photos"]
    assert clip.xpath("./p/text()") == ["the frame at 0:07"]
    assert suggested.xpath(".//img/@src") == ["d.jpg", "e.jpg"]
    commands = ["albumen covers --accept KEY folder:/photos", "albumen covers --sheets DIR folder:/photos"]
    assert tree.xpath("//pre//text()") == commands
    text = " ".join(tree.text_content().split())
    for part in ("2 for you to decide", "And 2 more, which albumen covers lists.", "What you like counts."):
        assert part in text


def test_the_answer_command_reaches_the_shell_as_it_is() -> None:
    assert shlex.split(answer_command("-x $HOME")) == ["albumen", "people", "--accept", "KEY", "--", "-x $HOME"]


def test_a_plan_says_that_nothing_was_written_and_offers_no_undo() -> None:
    text = parsed(render_report(full(applied=False))).text_content()
    assert "Plan for name" in text
    assert "This run would make 3 changes; nothing was written yet." in text
    assert "undo" not in text


def test_a_run_with_nothing_to_do_says_so() -> None:
    tree = parsed(render_report(EMPTY))
    assert "Nothing had to be changed" in tree.text_content()
    assert tree.xpath("//h2") == []


@pytest.mark.parametrize(
    ("library", "run", "words"),
    [
        pytest.param("family", "r1", ["albumen", "undo", "family", "r1"], id="plain"),
        pytest.param("folder:/my $HOME; rm", "r1", ["albumen", "undo", "folder:/my $HOME; rm", "r1"], id="shell"),
        pytest.param("-x", "r1", ["albumen", "undo", "--", "-x", "r1"], id="leading dash"),
    ],
)
def test_the_undo_command_reaches_the_shell_as_it_is(library: str, run: str, words: list[str]) -> None:
    assert shlex.split(undo_command(library, run)) == words


def test_figures_are_drawn_and_can_be_heard() -> None:
    tree = parsed(render_report(full()))
    assert tree.xpath("//p[@role='alert']/text()") == ["name."]
    drawings = tree.xpath("//figure/svg")
    assert [drawing.get("aria-label") for drawing in drawings] == ["name: name 3, name 1", "name: name 2"]
    assert len(tree.xpath("//figure//rect")) == 3
    assert not tree.xpath("//rect/@style | //rect/@fill")  # colours are those of the page, in the dark too


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({}, True, id="a plan"),
        pytest.param({"applied": True, "held": ()}, False, id="all is written"),
        pytest.param({"blocked": "no memory"}, False, id="nothing could be planned"),
        pytest.param({"changes": (), "held": (), "refused": ()}, False, id="there is nothing to write"),
        pytest.param({"undoes": "r0"}, False, id="an undo"),
    ],
)
def test_how_to_write_is_said_where_something_waits(change: dict[str, object], said: bool) -> None:
    view = replace(full(applied=False), **{"held": (), **change})
    assert ("Write it" in [h.text for h in parsed(render_report(view)).xpath("//h2")]) == said


def test_steps_of_a_folder_have_no_column_of_requests() -> None:
    steps = (StepView("events", "done", 0.2),)
    assert "Requests" not in parsed(render_report(replace(full(), steps=steps))).text_content()
