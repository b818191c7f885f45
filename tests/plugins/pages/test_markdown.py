"""The report as markdown: names stay text, pictures are inline, and it always fits."""

import io
import re
from dataclasses import replace
from datetime import datetime

import lxml.html
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from PIL import Image

from plugins import changes as c
from plugins.pages.markdown import MOST_BYTES, MOST_TEXT, escape, render_markdown
from plugins.pages.thumbs import INLINE_PX, thumbnail
from plugins.pages.views import (
    AskedView,
    CoversView,
    CoverView,
    EditView,
    FigureView,
    LinkView,
    PictureView,
    RefusedView,
    ReportView,
    StepView,
    Unreadable,
)
from plugins.pages.wording import clean, shorten

WHEN = datetime(2024, 12, 20, 3, 4)


def report(name: str, n_albums: int = 1, jpeg: bytes = b"x") -> ReportView:
    changes = tuple(c.CreateAlbum(f"k{i}", "event", name) for i in range(n_albums))
    tag = c.AddTags((name,), ("p",))
    return ReportView(
        name,
        name,
        WHEN,
        applied=True,
        unreadable=(Unreadable(name, name),),
        steps=(StepView(name, "done", 1.0, name),),
        worth=1,
        not_worth=((name, 1),),
        changes=(*changes, tag),
        edits=(EditView("renamed", name, name),),
        refused=(RefusedView(tag, name),),
        pictures={f"k{i}": PictureView(jpeg=jpeg) for i in range(n_albums)},
        notes=(name,),
        asked=(AskedView(name, name, name, ("thumbs/a.jpg",)),),
        n_asked=1,
        asked_covers=(AskedView(name, name, name),),
        n_asked_covers=1,
        covers=CoversView((CoverView(name, name, name, name),), 1, (CoverView(name, name),), 1, name),
        skipped=((name, name),),
        alerts=(name,),
        figures=(FigureView("Tags", "photos", ((name, 3),), note=name),),
    )


def rendered(text: str) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(MarkdownIt("commonmark").enable("table").render(text))


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("a|b||c", id="table cells"),
        pytest.param("`code` ``", id="backticks"),
        pytest.param("<script>alert(1)</script><b>", id="html"),
        pytest.param("[click](javascript:alert(1)) ![x](http://evil/x.png)", id="link and picture"),
        pytest.param("**bold** _it_ ~~gone~~ # head", id="emphasis"),
        pytest.param("1. one\n- two\n\n# three\n\n---\n> four", id="blocks"),
        pytest.param("http://evil.example www.evil.example a@evil.example", id="bare links"),
        pytest.param("&lt;b&gt; &#42; \\*", id="entities and backslashes"),
        pytest.param("    indented\t| :--- |", id="code block"),
    ],
)
def test_names_are_text_and_nothing_else(name: str) -> None:
    text = render_markdown(report(name))
    tree = rendered(text)
    assert [e.tag for e in tree.iter()] == [e.tag for e in rendered(render_markdown(report("name"))).iter()]
    assert not re.search(r"https?:|www\.|evil@|a@", text)
    shown = " ".join(name.split())
    assert " ".join(tree.xpath("//h1")[0].text_content().split()) == f"Report for {shown}"


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=1))
def test_any_text_comes_back_as_it_was(name: str) -> None:
    page = rendered(f"| a |\n| --- |\n| x{escape(name)}x |\n")
    cells = page.xpath("//td")
    assert len(cells) == 1
    assert list(cells[0]) == []
    assert cells[0].text_content() == f"x{shorten(' '.join(clean(name).split()), MOST_TEXT)}x"


def test_pictures_are_inline_and_small() -> None:
    jpeg = thumbnail(Image.effect_noise((800, 600), 80), INLINE_PX)
    assert max(Image.open(io.BytesIO(jpeg)).size) == 96
    tree = rendered(render_markdown(report("Lisbon", jpeg=jpeg)))
    sources = tree.xpath("//img/@src")
    assert len(sources) == 1
    assert sources[0].startswith("data:image/jpeg;base64,")


@pytest.mark.parametrize(
    ("n_albums", "n_bytes", "n_pictures"),
    [
        pytest.param(3, 4_000, 3, id="fits whole"),
        pytest.param(300, 4_000, 60, id="more albums than pictures"),
        pytest.param(100, 30_000, 20, id="large pictures: fewer of them"),
        pytest.param(40, 2_000_000, 0, id="pictures too large at all"),
    ],
)
def test_pictures_go_first(n_albums: int, n_bytes: int, n_pictures: int) -> None:
    text = render_markdown(report("Lisbon", n_albums, b"j" * n_bytes))
    assert len(text.encode()) <= MOST_BYTES
    assert text.count("data:image") == n_pictures
    assert text.count("**Lisbon** (new)") == n_albums
    left_out = n_albums - n_pictures
    assert (f"Left out to keep this short: {left_out} picture" in text) == bool(left_out)


def test_then_rows_go_and_the_report_says_how_many() -> None:
    view = report("ü" * 300, 20_000)
    text = render_markdown(replace(view, unreadable=view.unreadable * 5_000))
    assert len(text.encode()) <= MOST_BYTES
    n_rows = text.count("(new)")
    assert 0 < n_rows <= 500
    n_left_out = int(re.search(r"([\d,]+) rows", text)[1].replace(",", ""))
    assert n_left_out >= 20_000 - n_rows


def test_a_few_kilobytes_always_do() -> None:
    view = report("|" * 5_000, 1_000)
    assert len(render_markdown(view, most_bytes=15_000).encode()) <= 15_000
    with pytest.raises(ValueError, match="allow at least"):
        render_markdown(view, most_bytes=100)


def noise(seed: int) -> bytes:
    """Return a picture as large as one can be: nothing of it can be left out."""
    pixels = np.random.default_rng(seed).integers(0, 256, (INLINE_PX, INLINE_PX, 3), np.uint8)
    return thumbnail(Image.fromarray(pixels), INLINE_PX)


def test_a_large_run_fits_into_an_artifact_with_all_its_albums_and_pictures() -> None:
    titles = [f"Lisbon and surroundings, day {n}, with everybody" for n in range(500)]
    photos = tuple(f"{n:032}" for n in range(40))
    changes = [c.CreateAlbum(f"k{n}", "event", title) for n, title in enumerate(titles)]
    members = [c.AddMembers(f"k{n}", photos) for n in range(500)]
    view = replace(
        report("family", 0),
        changes=tuple(change for pair in zip(changes, members, strict=True) for change in pair),
        pictures={f"k{n}": PictureView(jpeg=noise(n)) for n in range(24)},
        figures=(FigureView("Events over time", "events", tuple((f"{n} 2024", n) for n in range(36)), True),),
    )
    text = render_markdown(view)
    assert len(text.encode()) < 1_000_000
    assert (text.count("(new)"), text.count("data:image")) == (500, 24)


def test_what_is_held_back_is_told_with_the_way_to_allow_it() -> None:
    view = replace(report("family", 0), held=(c.AddTags(("boat",), ("p1", "p2")),))
    tree = rendered(render_markdown(view))
    assert [h.text for h in tree.xpath("//h2")][:3] == ["What changed", "Held back", "Write it"]
    assert {"albumen curate --apply family", 'apply = "all"'} <= set(tree.xpath("//code/text()"))
    view = replace(view, library="folder:/photos")  # has no table in the settings
    assert 'apply = "all"' not in rendered(render_markdown(view)).xpath("//code/text()")


def test_links_lead_to_the_pages_of_the_service() -> None:
    view = replace(report("family", 0), links=(LinkView("Review page", "http://127.0.0.1:8484/libraries/family/plan"),))
    assert rendered(render_markdown(view)).xpath("//a/@href") == ["http://127.0.0.1:8484/libraries/family/plan"]


def test_the_undo_command_is_shown_as_code() -> None:
    codes = rendered(render_markdown(replace(report("fam`ily"), asked=(), asked_covers=()))).xpath("//code")
    assert [code.text_content() for code in codes] == ["albumen undo 'fam`ily' 'fam`ily'"]


def test_suggestions_are_told_in_words_with_their_keys() -> None:
    asked = AskedView("merge-1", "“Anna” and somebody may be one person", "similarity 0.61", ("thumbs/a.jpg",))
    view = replace(report("family", 0), asked=(asked, asked), n_asked=7)
    tree = rendered(render_markdown(view))
    assert "For you to decide" in [h.text for h in tree.xpath("//h2")]
    lines = [item.text_content() for item in tree.xpath("//li")]
    assert lines.count("“Anna” and somebody may be one person (similarity 0.61): merge-1") == 2
    assert "And 5 more" in tree.text_content()
    assert "albumen people --accept KEY family" in tree.xpath("//code/text()")
    assert tree.xpath("//img[contains(@src, 'thumbs')]") == []


def test_tags_are_told_after_people() -> None:
    person, word = AskedView("merge-1", "one person"), AskedView("tag:cat", "“cat” for 2 photos", lines=("c.jpg",))
    view = replace(report("family", 0), asked=(person,), asked_tags=(word,), n_asked_tags=2)
    tree = rendered(render_markdown(view))
    assert [h.text for h in tree.xpath("//h2")].count("For you to decide") == 1
    lines = [item.text_content() for item in tree.xpath("//li")]
    assert lines.index("“cat” for 2 photos: tag:cat") == lines.index("one person: merge-1") + 1
    assert "And 1 more, which albumen tags lists. The HTML report shows the photos." in tree.text_content()
    assert "albumen tags --accept KEY family" in tree.xpath("//code/text()")
    assert "albumen tags" not in render_markdown(replace(view, asked_tags=()))


def test_covers_are_told_in_words() -> None:
    album = CoverView("Lisbon", "a.jpg", "sharp", "chosen out of 3 photos", "thumbs/a.jpg")
    covers = CoversView((album,), 1, (CoverView("c.mp4", "the frame at 0:07"),), 1, "What you like does not count yet")
    view = replace(report("family", 0), covers=covers, asked_covers=(AskedView("cover-1", "“b.jpg” as a cover"),))
    tree = rendered(render_markdown(view))
    lines = [item.text_content() for item in tree.xpath("//li")]
    assert "“Lisbon”: a.jpg, sharp; chosen out of 3 photos" in lines
    assert "“c.mp4”: the frame at 0:07" in lines
    assert "What you like does not count yet." in tree.text_content()
    assert "albumen covers --accept KEY family" in tree.xpath("//code/text()")
    assert "Covers" not in render_markdown(replace(view, covers=CoversView()))
