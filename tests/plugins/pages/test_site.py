"""The folder of pages: what is right already is not written again."""

from dataclasses import replace
from datetime import datetime

from plugins.pages.site import SiteResult, render_site
from plugins.pages.views import AlbumView, PhotoView, SectionView

WHEN = datetime(2024, 5, 3, 17, 20)


def album(key: str, title: str = "Lisbon") -> AlbumView:
    return AlbumView(key, title, WHEN, WHEN, (SectionView((PhotoView("a.jpg", "a.jpg", "t.jpg", WHEN),)),))


def rendered(pages: dict[str, bytes], *albums: AlbumView) -> SiteResult:
    return render_site(albums, pages.__setitem__, pages.get, existing=tuple(pages))


def test_a_second_run_writes_nothing() -> None:
    pages: dict[str, bytes] = {}
    assert rendered(pages, album("a"), album("b")).written == ("a.html", "b.html", "index.html")
    assert rendered(pages, album("a"), album("b")) == SiteResult((), unchanged=3, stale=())


def test_a_new_title_rewrites_its_page_and_the_index() -> None:
    pages: dict[str, bytes] = {}
    rendered(pages, album("a"), album("b"))
    result = rendered(pages, album("a"), replace(album("b"), title="Porto"))
    assert result == SiteResult(("b.html", "index.html"), unchanged=1, stale=())


def test_the_page_of_an_album_that_is_gone_is_named_not_deleted() -> None:
    pages: dict[str, bytes] = {}
    rendered(pages, album("a"), album("b"))
    result = rendered(pages, album("a"))
    assert result == SiteResult(("index.html",), unchanged=1, stale=("b.html",))
    assert set(pages) == {"a.html", "b.html", "index.html"}
