"""Tags with levels in sidecars: read as whole paths, written where Lightroom and digiKam look, taken out alone."""

from __future__ import annotations

import sys
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from plugins.galleries.folder.sidecar import Packet, SidecarFields, parse_tree, parse_xmp, rdf_of, read_sidecar
from plugins.galleries.folder.sidecar_edit import UnfitText, set_note, set_tags
from plugins.galleries.folder.tag_words import leaf_of, levels_of, tag_of

sys.path.insert(0, str(Path(__file__).parent))
from test_sidecar import bag, canonical, xmp


def packet(dc: tuple[str, ...] = (), lr: tuple[str, ...] = (), digikam: tuple[str, ...] = (), ours: str = "") -> bytes:
    subject = f"<dc:subject>{bag(*dc)}</dc:subject>" if dc else ""
    lightroom = f"<lr:hierarchicalSubject>{bag(*lr)}</lr:hierarchicalSubject>" if lr else ""
    listed = f"<digiKam:TagsList>{bag(*digikam, kind='Seq')}</digiKam:TagsList>" if digikam else ""
    return xmp(subject + lightroom + listed + ours)


def claimed(*tags: str, leaves: tuple[str, ...] = ()) -> str:
    ends = f"<albumen:leaves>{bag(*leaves)}</albumen:leaves>" if leaves else ""
    return f"<albumen:tags>{bag(*tags)}</albumen:tags>{ends}"


DOG, CAT = "Animals/Dog", "Animals/Cat"


@pytest.mark.parametrize(
    ("data", "users", "ours"),
    [
        pytest.param(packet(["Dog"], ["Animals|Dog"], [DOG]), (DOG,), (), id="as digiKam writes it: one tag"),
        pytest.param(packet(["Dog"], ["Animals|Dog"]), (DOG,), (), id="as Lightroom writes it"),
        pytest.param(packet([], [], [DOG]), (DOG,), (), id="as Immich writes it"),
        pytest.param(packet(["Animals", "Dog"], ["Animals|Dog"]), (DOG,), (), id="the word above it too"),
        pytest.param(packet(["Animals"], ["Animals", "Animals|Dog"]), ("Animals", DOG), (), id="named by itself too"),
        pytest.param(packet(["Dog"]), ("Dog",), (), id="a word alone stays flat"),
        pytest.param(packet(["AC/DC"]), ("AC/DC",), (), id="a word alone with a slash stays as it is"),
        pytest.param(packet(["Dog"], ["Dog", "Animals|Dog"]), ("Dog", DOG), (), id="the same word twice, by purpose"),
        pytest.param(packet(["Dog"], ["Animals|Dog", "Toys|Dog"]), (DOG, "Toys/Dog"), (), id="the same leaf elsewhere"),
        pytest.param(packet(["sea", "Dog"], ["Animals|Dog"]), ("sea", DOG), (), id="a word beside"),
        pytest.param(packet(["AC/DC"], ["Music|AC/DC"]), ("Music/AC|DC",), (), id="a leaf with a slash"),
        pytest.param(packet([], ["|", " | "], ["/", "/Animals//Dog/"]), (DOG,), (), id="empty levels"),
        pytest.param(packet(["犬"], ["动物|犬"], ["حيوان/كلب"]), ("动物/犬", "حيوان/كلب"), (), id="other scripts"),
        pytest.param(
            packet(["Dog"], ["Animals|Dog"], [DOG], claimed(DOG)), ("Dog",), (DOG,), id="ours, and the user's own word"
        ),
        pytest.param(
            packet(["Dog"], ["Animals|Dog"], [], claimed(DOG, leaves=("Dog",))), (), (), id="ours, taken off in Immich"
        ),
        pytest.param(packet([], [], [DOG], claimed(DOG)), (), (), id="ours, taken off in Lightroom"),
        pytest.param(
            packet(["Dog"], ["Animals|Dog"], [DOG], claimed(DOG, leaves=("Dog",))), (), (DOG,), id="with our leaf"
        ),
        pytest.param(packet(["AC/DC"], ours=claimed("AC/DC")), (), ("AC/DC",), id="ours of before there were levels"),
        pytest.param(packet(["Dog"], ["Animals|Dog"], [], claimed("Dog")), (DOG,), ("Dog",), id="a word of ours, hung"),
        pytest.param(packet(["Dog"], ["Dog"], ["Dog"], claimed("Dog")), (), ("Dog",), id="a word of ours, repeated"),
        pytest.param(packet([], ["Dog"], ["Dog"], claimed("Dog")), (), (), id="a word of ours, taken off"),
    ],
)  # fmt: skip
def test_which_words_are_tags(data: bytes, users: tuple[str, ...], ours: tuple[str, ...]) -> None:
    fields = parse_xmp(data)
    assert (fields.tags, fields.our_tags) == (users, ours)


def words(path: Path, name: str) -> tuple[str, ...]:
    return Packet(rdf_of(parse_tree(path.read_bytes()))).words(name)


def everywhere(path: Path) -> list[set[str]]:
    return [set(words(path, name)) for name in ("dc:subject", "lr:hierarchicalSubject", "digiKam:TagsList")]


def test_a_tag_with_levels_stands_where_programmes_look(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg.xmp"
    assert set_tags(path, add=(DOG, "Music/AC|DC", "sea"))
    assert everywhere(path) == [
        {"Dog", "AC/DC", "sea"},
        {"Animals|Dog", "Music|AC/DC", "sea"},
        {DOG, "Music/AC|DC", "sea"},
    ]
    assert read_sidecar(path).our_tags == (DOG, "Music/AC|DC", "sea")
    assert set_tags(path, remove=(DOG,))
    assert everywhere(path) == [{"AC/DC", "sea"}, {"Music|AC/DC", "sea"}, {"Music/AC|DC", "sea"}]
    assert set_tags(path, remove=("Music/AC|DC",))
    assert everywhere(path) == [{"sea"}, set(), set()]
    assert set_tags(path, remove=("sea",))
    assert not path.exists()


def test_a_list_that_we_make_hides_none_of_the_users_tags(tmp_path: Path) -> None:
    """DigiKam and Immich read the first list that they find, and no other."""
    path = tmp_path / "a.jpg.xmp"
    path.write_bytes(packet(["Owl", "Fox"], ["Owl", "Animals|Fox"]))
    set_tags(path, add=(DOG,))
    assert everywhere(path)[2] == {"Owl", "Animals/Fox", DOG}
    assert read_sidecar(path).tags == ("Owl", "Animals/Fox")
    path.write_bytes(path.read_bytes().replace(b"<rdf:li>Owl</rdf:li>", b"", 2))  # in Lightroom, which knows two
    assert read_sidecar(path).tags == ("Animals/Fox",)


@pytest.mark.parametrize(
    ("data", "left"),
    [
        pytest.param(packet(["Dog"], ["Dog"]), ({"Dog"}, {"Dog"}, set()), id="the user's own word"),
        pytest.param(
            packet(["Dog"], ["Toys|Dog"], ["Toys/Dog"]), ({"Dog"}, {"Toys|Dog"}, {"Toys/Dog"}), id="the user's branch"
        ),
        pytest.param(packet(["sea"]), ({"sea"}, set(), set()), id="words alone"),
    ],
)
def test_what_another_tag_needs_stays(tmp_path: Path, data: bytes, left: tuple[set[str], ...]) -> None:
    path = tmp_path / "a.jpg.xmp"
    path.write_bytes(data)
    before = read_sidecar(path)
    assert set_tags(path, add=(DOG,))
    assert (read_sidecar(path).tags, read_sidecar(path).our_tags) == (before.tags, (DOG,))
    assert set_tags(path, remove=(DOG,))
    assert everywhere(path) == list(left)
    assert canonical(path.read_bytes()) == canonical(data)


def test_a_leaf_of_ours_that_the_user_needs_since_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg.xmp"
    set_tags(path, add=(DOG,))
    path.write_bytes(
        path.read_bytes().replace(b"<rdf:li>Animals|Dog<", b"<rdf:li>Toys|Dog</rdf:li><rdf:li>Animals|Dog<")
    )
    assert read_sidecar(path) == SidecarFields(tags=("Toys/Dog",), our_tags=(DOG,), listed=("Toys/Dog",))
    assert set_tags(path, remove=(DOG,))
    assert everywhere(path) == [{"Dog"}, {"Toys|Dog"}, set()]


def test_what_the_user_took_off_in_one_programme_leaves_the_other_places_too(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg.xmp"
    set_tags(path, add=(DOG, CAT))
    path.write_bytes(
        path.read_bytes().replace(b"<rdf:li>Dog</rdf:li>", b"").replace(b"<rdf:li>Animals|Dog</rdf:li>", b"")
    )
    assert read_sidecar(path).our_tags == (CAT,)
    set_tags(path, add=("sea",))
    assert read_sidecar(path) == SidecarFields(our_tags=(CAT, "sea"))
    assert everywhere(path)[2] == {CAT, "sea"}


def test_a_word_is_not_added_where_a_branch_ends_in_it(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg.xmp"
    path.write_bytes(packet(["Dog"], ["Animals|Dog"]))
    assert not set_tags(path, add=("Dog", DOG))


def test_two_thousand_tags_on_one_photo(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg.xmp"
    tags = tuple(f"Level {n % 7}/word {n}" if n % 2 else f"word {n}" for n in range(2_000))
    assert set_tags(path, add=tags)
    assert read_sidecar(path).our_tags == tags
    assert set_tags(path, remove=tags)
    assert not path.exists()


@pytest.mark.parametrize("tag", ["Animals/ Dog", "Animals//Dog", "/Dog", "Dog/", "/", "Animals /Dog", "a/\x00"])
def test_a_tag_that_would_be_read_as_another_is_refused(tmp_path: Path, tag: str) -> None:
    with pytest.raises(UnfitText):
        set_tags(tmp_path / "a.jpg.xmp", add=(tag,))
    assert list(tmp_path.iterdir()) == []


LEVELS = st.lists(st.sampled_from(["Dog", "Cat", "AC/DC", "犬", "a b", "كلب"]), min_size=1, max_size=3)
WORDS = LEVELS.map(tuple).map(tag_of).filter(lambda tag: tag != "AC/DC")  # without levels it is flat in `dc:subject`
SETS = st.lists(WORDS, unique=True, max_size=5)


@given(users=SETS, ours=st.lists(SETS, max_size=3), lists=st.sets(st.sampled_from(["lr", "digikam"])))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_we_add_goes_again_and_nothing_else(
    tmp_path: Path, users: list[str], ours: list[list[str]], lists: set[str]
) -> None:
    path = tmp_path / "a.jpg.xmp"
    said = {
        "dc": tuple(dict.fromkeys(leaf_of(tag) if "/" in tag else tag for tag in users)),
        "lr": tuple("|".join(levels_of(tag)) for tag in users) if "lr" in lists else (),
        "digikam": tuple(users) if "digikam" in lists else (),
    }
    path.write_bytes(packet(**said))
    before, data = read_sidecar(path), canonical(path.read_bytes())
    for tags in ours:
        was = read_sidecar(path)
        set_tags(path, add=tags)
        now = read_sidecar(path)
        assert now.tags == before.tags
        assert set(was.our_tags) <= set(now.our_tags)
        assert {tag for tag in tags if "/" in tag} <= {*now.tags, *now.our_tags}
        assert not set_tags(path, add=tags)
    set_note(path, "A note")
    for tags in reversed(ours):
        set_tags(path, remove=tags)
    set_note(path, "")
    assert canonical(path.read_bytes()) == data
