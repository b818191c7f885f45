"""Tags: the user's own words are suggested for photos that look like those which have them, or set if that is sure."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes.tagged import Shots, enter

from plugins.store import Trained
from plugins.tags import Stock
from plugins.tags.cluster_frequency import Plugin as ClusterFrequency
from plugins.tags.suggesting import SHOWN
from tasks.caching import Skipped, digest
from tasks.context import opened
from tasks.publish import wanted_of
from tasks.tag_models import KIND
from tasks.tags import _inputs, recommend_tags

HOME, OTHER = "home", "other"


@pytest.fixture
def shots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shots:
    monkeypatch.setenv("ALBUMEN_TAGS__OPTIONS", '{"k": 2}')
    enter(tmp_path, monkeypatch, HOME)
    return Shots(HOME)


def step(shots: Shots) -> dict[str, Any]:
    """Run the step once, whatever is cached; return its figures."""
    shots.save()
    return recommend_tags.as_task.fn(shots.library, "key")


def wanted(shots: Shots) -> set[tuple[str, str]]:
    with opened(shots.library) as here:
        return set(wanted_of(here).tags or ())


def auto(shots: Shots) -> set[tuple[str, str]]:
    of_key = {photo.content_key: id_ for id_, photo in shots.photos.items()}
    with opened(shots.library) as here:
        return {(of_key[key], tag) for key, tag in here.store.auto_tags.all(here.name)}


def model(shots: Shots) -> Trained:
    with opened(shots.library) as here:
        found = here.store.trained.active(here.name, KIND)
    assert found is not None
    return found


def test_the_words_of_photos_that_look_alike_are_suggested(shots):
    tagged = shots.take(12, "beach", "Beach")
    shots.take(12, "cat", "Cat")
    untagged = shots.take(2, "beach")
    figures = step(shots)
    assert shots.asked() == {(photo, "Beach") for photo in untagged}
    made = shots.waiting()[0]
    assert made.reason == "12 of 12 similar photos have «Beach»"
    assert len(made.evidence.photos) == SHOWN
    assert set(made.evidence.photos) <= {shots.photos[photo].content_key for photo in tagged}
    assert figures == {
        "photos": 26,
        "stock": 24,
        "tags": 2,
        "clusters": 2,
        "suggestions": 2,
        "auto": 0,
        "model": model(shots).version,
        "note": "",
    }


def test_what_we_have_set_is_no_stock_until_the_user_confirms_it(shots):
    ours = shots.take(5, "beach", "Beach")
    shots.take(1, "beach")
    shots.save().ledger({(photo, "Beach"): "ours" for photo in ours})
    assert (step(shots)["stock"], shots.asked()) == (0, set())
    shots.ledger({(photo, "Beach"): "user" for photo in ours[:3]})
    assert step(shots)["stock"] == 3
    assert "Beach" in {tag for _, tag in shots.asked()}


def test_a_rejected_tag_never_comes_back_and_counts_against_the_word(shots):
    shots.take(12, "beach", "Beach")
    one, *others = shots.take(8, "beach")
    step(shots)
    before = {made.subject: made.score for made in shots.waiting()}
    shots.decide("rejected", (one, "Beach"))
    step(shots)
    assert shots.asked() == {(photo, "Beach") for photo in others}
    after = {made.subject: made.score for made in shots.waiting()}
    assert all(score < before[photo] for photo, score in after.items())
    assert wanted(shots) == set()
    shots.photos[one] = shots.photos.pop(one)  # the last in the store now, and again it is not asked of
    step(shots)
    assert one not in {photo for photo, _ in shots.asked()}


def test_a_tag_of_ours_that_the_user_took_off_never_comes_back(shots):
    shots.take(12, "beach", "Beach")
    one, other = shots.take(2, "beach")
    shots.save().ledger({(one, "beach"): "rejected"})
    step(shots)
    assert shots.asked() == {(other, "Beach")}


def test_an_accepted_tag_is_wanted_and_is_stock(shots):
    tagged = shots.take(12, "beach", "Beach")
    one, other = shots.take(2, "beach")
    assert step(shots)["stock"] == 12
    shots.decide("accepted", (one, "Beach"))
    assert wanted(shots) == {(one, "Beach")}
    shots.tag(tagged, "BEACH")
    assert step(shots)["stock"] == 13
    assert shots.asked() == {(other, "BEACH")}
    assert wanted(shots) == {(one, "BEACH")}  # as the user writes it now
    shots.tag([one], "BEACH")
    shots.save()
    assert wanted(shots) == set()  # the user's own by now
    shots.ledger({(one, "BEACH"): "ours"})
    assert wanted(shots) == {(one, "BEACH")}


def test_a_tag_that_is_never_wanted_is_neither_suggested_nor_set(shots, monkeypatch):
    monkeypatch.setenv("ALBUMEN_TAGS__APPLY", "auto")
    shots.take(16, "beach", "Beach")
    shots.take(8, "cat", "Cat")
    shots.take(2, "beach")
    step(shots)
    assert {tag for _, tag in wanted(shots)} == {"Beach"}
    with opened(HOME) as here:
        here.store.suggestions.never(HOME, "beach")
    assert wanted(shots) == set()  # at once, before anything is learned again
    assert step(shots)["auto"] == 0
    assert (shots.asked(), wanted(shots)) == (set(), set())


def test_a_tag_that_the_user_has_deleted_everywhere_is_forgotten(shots):
    tagged = shots.take(12, "beach", "Beach", "Sun")
    shots.take(2, "beach")
    step(shots)
    assert {tag for _, tag in shots.asked()} == {"Beach", "Sun"}
    shots.tag(tagged, "Sun")
    step(shots)
    assert {tag for _, tag in shots.asked()} == {"Sun"}


def test_with_nothing_new_the_model_stays(shots, monkeypatch):
    monkeypatch.setenv("ALBUMEN_TAGS__APPLY", "auto")
    shots.take(16, "beach", "Beach", "Sun")
    shots.take(8, "cat", "Cat", "Sun")
    shots.take(5, "beach")
    first = step(shots)
    with opened(HOME) as here:
        key, made_at, waiting, sure = digest(*_inputs(here)), model(shots).made_at, shots.waiting(), auto(shots)
    assert step(shots) == first
    with opened(HOME) as here:
        assert digest(*_inputs(here)) == key
    assert (model(shots).made_at, shots.waiting(), auto(shots)) == (made_at, waiting, sure)


def test_what_is_sure_is_set_and_stays_until_it_is_doubtful(shots, monkeypatch):
    monkeypatch.setenv("ALBUMEN_TAGS__APPLY", "auto")
    shots.take(8, "cat", "Cat")
    shots.take(16, "beach", "Beach")
    new = shots.take(2, "beach")
    assert step(shots)["auto"] == 2
    assert (auto(shots), shots.asked()) == ({(photo, "Beach") for photo in new}, set())
    assert wanted(shots) == auto(shots)

    shots.take(6, "beach", "Dunes")  # about 7 of 10 have the word now: too few to be set
    late = shots.take(1, "beach")
    step(shots)
    assert auto(shots) == {(photo, "Beach") for photo in new}
    assert (late[0], "Beach") in shots.asked()

    monkeypatch.setenv("ALBUMEN_TAGS__APPLY", "suggest")
    step(shots)
    assert auto(shots) == {(photo, "Beach") for photo in new}

    shots.take(20, "beach", "Dunes")  # and fewer than 6 of 10 here
    step(shots)
    assert auto(shots) == set()
    assert {(photo, "Beach") for photo in new} <= shots.asked()


def test_what_was_set_stays_where_the_picture_is_not_known_any_more(shots, monkeypatch):
    monkeypatch.setenv("ALBUMEN_TAGS__APPLY", "auto")
    shots.take(16, "beach", "Beach")
    shots.take(8, "cat", "Cat")
    (photo,) = shots.take(1, "beach")
    step(shots)
    shots.forget_vectors()
    with opened(HOME) as here:
        here.store.features.put("scenes", "1", [(f"key-{HOME}-0000", [1, 0, 0, 0, 0, 0, 0, 0])])
    recommend_tags.as_task.fn(HOME, "key")
    assert auto(shots) == {(photo, "Beach")}
    shots.forget_vectors()  # not even of what is tagged
    assert recommend_tags.as_task.fn(HOME, "key")["auto"] == 1
    assert auto(shots) == {(photo, "Beach")}


def test_what_was_set_stays_while_a_library_that_is_learned_from_is_away(tmp_path, monkeypatch):
    monkeypatch.setenv("ALBUMEN_TAGS__APPLY", "auto")
    monkeypatch.setenv("ALBUMEN_TAGS__OPTIONS", '{"k": 2}')
    sections = f"[libraries.{HOME}.tags]\nstock = ['{OTHER}']\n[libraries.{OTHER}.tags]\nshare = true\n"
    enter(tmp_path, monkeypatch, HOME, OTHER, settings=f"{sections}[libraries.{OTHER}.exclude]\nalbums = ['x']\n")
    mine, theirs = Shots(HOME), Shots(OTHER)
    mine.take(6, "cat", "Cat")
    (new,) = mine.take(1, "beach")
    theirs.take(16, "beach", "Beach")
    theirs.save()
    step(mine)
    assert (auto(mine), mine.asked()) == ({(new, "Beach")}, set())
    photos = tmp_path / "photos"
    photos.rename(tmp_path / "unmounted")
    assert "its gallery cannot be asked" in step(mine)["note"]
    assert (auto(mine), mine.asked()) == ({(new, "Beach")}, set())


def test_excluded_photos_get_nothing(shots, monkeypatch):
    monkeypatch.setenv("ALBUMEN_TAGS__APPLY", "auto")
    shots.take(16, "beach", "Beach")
    shots.take(8, "cat", "Cat")
    photo, secret = shots.take(2, "beach")
    step(shots)
    assert wanted(shots) == {(photo, "Beach"), (secret, "Beach")}
    monkeypatch.setenv("ALBUMEN_EXCLUDE__TAGS", '["private"]')
    shots.tag([secret], "private")
    step(shots)
    assert (wanted(shots), shots.asked()) == ({(photo, "Beach")}, set())


def test_an_accepted_tag_stays_on_a_photo_that_is_left_out_since(shots, monkeypatch):
    monkeypatch.setenv("ALBUMEN_EXCLUDE__TAGS", '["private"]')
    shots.take(12, "beach", "Beach")
    (photo,) = shots.take(1, "beach")
    step(shots)
    shots.decide("accepted", (photo, "Beach"))
    shots.tag([photo], "private")
    step(shots)
    assert wanted(shots) == {(photo, "Beach")}
    shots.ledger({(photo, "Beach"): "rejected"})
    assert wanted(shots) == set()


def test_what_we_have_put_on_a_photo_for_another_reason_is_not_asked(shots):
    shots.take(12, "beach", "Beach")
    here_already, other = shots.take(2, "beach")
    shots.save().ledger({(here_already, "beach"): "ours"})  # such as the name of a place
    step(shots)
    assert shots.asked() == {(other, "Beach")}


def test_a_tag_of_last_week_is_suggested_for_this_weeks_photos_when_age_counts(shots, monkeypatch):
    monkeypatch.setenv("ALBUMEN_TAGS__MOST", "1")
    shots.take(30, "beach", "Holiday")
    shots.take(6, "beach", "Regatta", day=700)
    (new,) = shots.take(1, "beach", day=707)
    step(shots)
    assert shots.asked() >= {(new, "Holiday")}
    monkeypatch.setenv("ALBUMEN_TAGS__HALF_LIFE_DAYS", "30")
    step(shots)
    assert shots.asked() >= {(new, "Regatta")}


@pytest.mark.parametrize("share", [pytest.param(True, id="it shares"), pytest.param(False, id="it does not")])
def test_another_library_teaches_words_but_shows_no_photo(tmp_path, monkeypatch, share):
    sections = f"[libraries.{HOME}.tags]\nstock = ['{OTHER}']\n[libraries.{OTHER}.tags]\nshare = {str(share).lower()}\n"
    enter(tmp_path, monkeypatch, HOME, OTHER, settings=sections)
    mine, theirs = Shots(HOME), Shots(OTHER)
    mine.take(6, "cat", "Cat")
    (new,) = mine.take(1, "beach")
    theirs.take(12, "beach", "Beach")
    theirs.save()
    figures = step(mine)
    assert (("Beach" in {tag for photo, tag in mine.asked() if photo == new}), bool(figures["note"])) == (
        share,
        not share,
    )
    shown = {key for made in mine.waiting() for key in made.evidence.photos}
    assert shown.isdisjoint(photo.content_key for photo in theirs.photos.values())


def test_without_weights_the_mend_is_said(shots, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("ALBUMEN_FEATURES__PICTURE", "vgg16")
    shots.take(1, "beach", "Beach")
    with pytest.raises(Skipped, match="put the file into one of these folders"):
        step(shots)


def test_without_a_tagged_photo_the_user_hears_how_to_begin(shots):
    shots.take(4, "beach")
    figures = step(shots)
    assert (figures["stock"], figures["suggestions"], shots.waiting()) == (0, 0, [])
    assert f"`albumen tags {HOME}`" in figures["note"]


def test_a_library_without_photos_is_no_mistake(shots):
    assert step(shots)["photos"] == 0


@pytest.mark.parametrize(
    ("settings", "n_clusters"),
    [
        pytest.param({"OPTIONS": '{"k": 50}'}, 50, id="by the settings"),
        pytest.param({"MODE": "strict", "EXTRACTOR": "scenes", "OPTIONS": "{}"}, 150, id="by the patent's text"),
    ],
)
def test_too_few_tagged_photos_for_so_many_clusters(shots, monkeypatch, settings, n_clusters):
    for name, value in settings.items():
        monkeypatch.setenv(f"ALBUMEN_TAGS__{name}", value)
    shots.take(3, "beach", "Beach")
    shots.take(1, "beach")
    figures = step(shots)
    assert 0 < figures["clusters"] <= 3
    assert f"3 tagged photos are too few for {n_clusters} clusters" in figures["note"]


@pytest.mark.parametrize(
    ("tags", "n_asked"),
    [
        pytest.param([["all"]] * 12, 1, id="one tag on everything"),
        pytest.param([[f"tag {n} {i}" for i in range(50)] for n in range(12)], 0, id="hundreds of tags, each once"),
        pytest.param([["Beach", "beach ", "BEACH"]] * 6 + [["beach"]] * 6, 1, id="one word in many spellings"),
        pytest.param([["海滩", "شاطئ", "İ", "ı", "e\u0301"]] * 12, 3, id="other scripts"),
        pytest.param([["a\x00b", "\ud800", "", " ", "x" * 5000]] * 6 + [["ok"]] * 6, 1, id="what is hardly a word"),
        pytest.param([[f"word {i}" for i in range(2000)]] + [["sea"]] * 11, 1, id="2,000 tags on one photo"),
    ],
)
def test_odd_tags_are_no_mistake(shots, tags, n_asked):
    for of_one in tags:
        shots.take(1, "beach", *of_one)
    (new,) = shots.take(1, "beach")
    step(shots)
    assert len([tag for photo, tag in shots.asked() if photo == new]) == n_asked
    words = {photo: [tag.strip().casefold() for tag in shots.photos[photo].tags] for photo in shots.photos}
    assert [pair for pair in shots.asked() if pair[1].casefold() in words[pair[0]]] == []


@pytest.mark.parametrize("method", ["neighbour_voting", "knn_50", "global_frequency", "recent_tags"])
def test_other_methods_learn_in_each_run(shots, monkeypatch, method):
    monkeypatch.setenv("ALBUMEN_TAGS__METHOD", method)
    monkeypatch.setenv("ALBUMEN_TAGS__OPTIONS", "{}")
    shots.take(12, "beach", "Beach")
    (new,) = shots.take(1, "beach")
    figures = step(shots)
    assert (figures["clusters"], figures["model"], shots.asked()) == (0, "", {(new, "Beach")})
    with opened(HOME) as here:
        assert here.store.trained.active(HOME, KIND) is None


def learned_once(shots: Shots) -> str:
    """Learn from a few photos; return the model's version."""
    shots.take(10, "beach", "Beach")
    shots.take(10, "cat", "Cat")
    shots.take(1, "beach")
    return str(step(shots)["model"])


def test_a_changed_stock_brings_the_model_up_to_date_and_a_full_fit_is_asked_for_when_due(shots):
    first = learned_once(shots)
    shots.take(10, "cat", "Cat")
    figures = step(shots)
    assert figures["model"] == model(shots).version != first
    assert (model(shots).facts["tagged"], figures["clusters"]) == (30, 2)
    assert f"`albumen train {HOME} tags`" in figures["note"]
    shots.take(1, "cat", "Cat")
    step(shots)
    with opened(HOME) as here:
        assert here.store.trained.roll_back(HOME, KIND)
    assert model(shots).version == first  # not the one of the run before, but of before all that was since


def test_a_model_that_does_not_fit_is_learned_anew(shots, monkeypatch):
    learned_once(shots)
    monkeypatch.setenv("ALBUMEN_TAGS__OPTIONS", '{"k": 3}')
    figures = step(shots)
    assert (figures["clusters"], figures["note"]) == (3, "")


def test_a_model_that_cannot_be_read_is_learned_anew(shots):
    learned_once(shots)
    with opened(HOME) as here:
        broken = model(shots)
        here.store.trained.put(HOME, KIND, "broken", b"not a model", broken.facts)
    figures = step(shots)
    assert figures["suggestions"] == 1
    assert "The tag model was learned anew: the one in the store could not be read" in figures["note"]


def test_a_model_for_other_vectors_is_learned_anew(shots):
    learned_once(shots)
    with opened(HOME) as here:
        known = model(shots)
        few = ClusterFrequency(k=1).fit(Stock.of(np.eye(3, dtype=np.float32), [["sea"]] * 3)).packed()
        here.store.trained.put(HOME, KIND, "other", few, known.facts)
    assert step(shots)["suggestions"] == 1


def test_a_model_that_was_gone_back_to_is_brought_up_to_date_only(shots):
    first = learned_once(shots)
    with opened(HOME) as here:
        known = model(shots)
        here.store.trained.put(HOME, KIND, "later", known.data, known.facts)
        assert not recommend_tags._holds(here, {"model": first})  # so the receipt of before says nothing
        here.store.trained.roll_back(HOME, KIND)
        assert recommend_tags._holds(here, {"model": first})
    shots.take(1, "cat", "Cat")
    figures = step(shots)
    assert (figures["clusters"], model(shots).facts["tagged"]) == (2, 21)


def test_a_run_that_fails_at_the_end_leaves_model_and_suggestions_as_they_were(shots, tmp_path):
    first = learned_once(shots)
    waiting = shots.waiting()
    shots.take(10, "cat", "Cat")
    shots.save()
    (database,) = tmp_path.glob("data/*.db")
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TRIGGER full BEFORE INSERT ON suggestions BEGIN SELECT RAISE(ABORT, 'full'); END")
    with pytest.raises(Exception, match="full"):
        recommend_tags.as_task.fn(HOME, "key")
    assert (model(shots).version, shots.waiting()) == (first, waiting)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("DROP TRIGGER full")
    assert step(shots)["model"] != first
