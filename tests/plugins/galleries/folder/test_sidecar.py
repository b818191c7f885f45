"""XMP sidecars: read in every form that programmes write, and changed so that everything else stays."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from lxml import etree

from plugins.features.exif_fields import LONGEST
from plugins.galleries.folder.sidecar import (
    BrokenSidecar,
    NamedBox,
    SidecarFields,
    parse_tree,
    parse_xmp,
    read_sidecar,
)
from plugins.galleries.folder.sidecar_edit import NotOurs, UnfitText, set_note, set_tags
from plugins.records import PlaceWords, Position

NAMESPACES = """xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
 xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
 xmlns:digiKam="http://www.digikam.org/ns/1.0/" xmlns:core="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
 xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/" xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#"
 xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#" xmlns:MP="http://ns.microsoft.com/photo/1.2/"
 xmlns:MPRI="http://ns.microsoft.com/photo/1.2/t/RegionInfo#" xmlns:MPReg="http://ns.microsoft.com/photo/1.2/t/Region#"
 xmlns:albumen="https://albumen.invalid/ns/1.0/" xmlns:own="urn:someone" """


def xmp(inside: str = "", attributes: str = "", before: str = "", after: str = "") -> bytes:
    return (
        f'{before}<x:xmpmeta xmlns:x="adobe:ns:meta/">\n <rdf:RDF {NAMESPACES}>\n'
        f'  <rdf:Description rdf:about="" {attributes}>{inside}</rdf:Description>\n </rdf:RDF>\n</x:xmpmeta>{after}'
    ).encode()


def bag(*words: str, kind: str = "Bag") -> str:
    return f"<rdf:{kind}>{''.join(f'<rdf:li>{word}</rdf:li>' for word in words)}</rdf:{kind}>"


def area(**fields: str) -> str:
    return " ".join(f'stArea:{name}="{value}"' for name, value in fields.items())


CENTRE = area(x="0.5", y="0.25", w="0.2", h="0.1", unit="normalized")
BOX = (0.4, 0.2, 0.6, 0.3)


def mwg(region: str, size: str = "") -> str:
    return (
        f'<mwg-rs:Regions rdf:parseType="Resource">{size}<mwg-rs:RegionList><rdf:Bag>{region}</rdf:Bag>'
        "</mwg-rs:RegionList></mwg-rs:Regions>"
    )


NOTHING = SidecarFields()


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        pytest.param(xmp(), NOTHING, id="empty"),
        pytest.param(xmp("<own:subject>Dog</own:subject>"), NOTHING, id="another's property of the same name"),
        pytest.param(xmp(attributes='xmp:Rating="many" xmp:CreateDate="soon"'), NOTHING, id="values without sense"),
        pytest.param(xmp(attributes='xmp:Rating="nan"'), NOTHING, id="a rating that is no number"),
        pytest.param(xmp(attributes='xmp:CreateDate="2024"'), NOTHING, id="a year is no time"),
        pytest.param(xmp(attributes='xmp:CreateDate="2024-02-30T10:00"'), NOTHING, id="no such day"),
        pytest.param(xmp(attributes='exif:GPSLatitude="0,0N" exif:GPSLongitude="0,0E"'), NOTHING, id="no fix"),
        pytest.param(xmp(attributes='exif:GPSLatitude="91,0N" exif:GPSLongitude="0,1E"'), NOTHING, id="off the globe"),
        pytest.param(xmp(attributes='exif:GPSLatitude="nan" exif:GPSLongitude="nan"'), NOTHING, id="GPS nan"),
        pytest.param(xmp(attributes='exif:GPSLatitude="48,8.22N"'), NOTHING, id="half a position"),
        pytest.param(xmp(f"<dc:subject>{bag(' ', '')}</dc:subject>"), NOTHING, id="blank tags"),
        pytest.param(
            xmp(f"<dc:subject>{bag('Dog', ' Cat ', 'Dog')}</dc:subject>"),
            SidecarFields(tags=("Dog", "Cat")),
            id="tags",
        ),
        pytest.param(
            xmp(f"<dc:subject>{bag('Dog', kind='Seq')}</dc:subject>"), SidecarFields(tags=("Dog",)), id="ordered tags"
        ),
        pytest.param(xmp(attributes='dc:subject="Dog"'), SidecarFields(tags=("Dog",)), id="one tag as an attribute"),
        pytest.param(
            xmp(
                f"<dc:subject>{bag('Dog')}</dc:subject><lr:hierarchicalSubject>{bag('Animal|Dog', 'Music|AC/DC')}"
                f"</lr:hierarchicalSubject><digiKam:TagsList>{bag('People/Anna', kind='Seq')}</digiKam:TagsList>"
            ),
            SidecarFields(
                tags=("Animal/Dog", "Music/AC|DC", "People/Anna"), listed=("Animal/Dog", "Music/AC|DC", "People/Anna")
            ),
            id="hierarchies",
        ),
        pytest.param(
            xmp(f"<dc:subject>{bag('Dog', 'Cat')}</dc:subject><albumen:tags>{bag('Cat', 'Owl')}</albumen:tags>"),
            SidecarFields(tags=("Dog",), our_tags=("Cat",)),
            id="ours, and one of ours that the user took off",
        ),
        pytest.param(
            xmp(
                f"<dc:subject>{bag('Cat', 'Owl')}</dc:subject><albumen:tags>{bag('Cat', 'Owl')}</albumen:tags>"
                f"<lr:hierarchicalSubject>{bag('Animal|Cat', 'Owl')}</lr:hierarchicalSubject>"
            ),
            SidecarFields(tags=("Animal/Cat",), our_tags=("Cat", "Owl"), listed=("Animal/Cat",)),
            id="one of ours that the user hung into a branch, and one that a programme repeated",
        ),
        pytest.param(xmp(attributes='xmp:Rating="4"'), SidecarFields(rating=4), id="rating"),
        pytest.param(xmp(attributes='xmp:Rating="-1"'), SidecarFields(rating=-1), id="rejected"),
        pytest.param(xmp("<xmp:Rating>9.0</xmp:Rating>"), SidecarFields(rating=5), id="rating as an element, too high"),
        pytest.param(
            xmp(attributes='xmp:CreateDate="2020-01-01T00:00Z" exif:DateTimeOriginal="2019-05-04T12:30:15.25+02:00"'),
            SidecarFields(taken=datetime(2019, 5, 4, 12, 30, 15, 250_000, timezone(timedelta(hours=2)))),
            id="the original time first",
        ),
        pytest.param(
            xmp("<photoshop:DateCreated>2019-05-04T12:30</photoshop:DateCreated>"),
            SidecarFields(taken=datetime(2019, 5, 4, 12, 30)),
            id="no offset: local time",
        ),
        pytest.param(
            xmp(attributes='xmp:CreateDate="2019:05:04 12:30:15Z"'),
            SidecarFields(taken=datetime(2019, 5, 4, 12, 30, 15, tzinfo=UTC)),
            id="written as EXIF does",
        ),
        pytest.param(
            xmp(attributes='exif:GPSLatitude="48,8.25N" exif:GPSLongitude="11,30,36W"'),
            SidecarFields(position=Position(48.1375, -11.51)),
            id="minutes, and seconds",
        ),
        pytest.param(
            xmp(attributes='exif:GPSLatitude="-33.5" exif:GPSLongitude="151.25"'),
            SidecarFields(position=Position(-33.5, 151.25)),
            id="plain degrees",
        ),
        pytest.param(
            xmp("<core:Location>Belém</core:Location>", 'photoshop:City="Lisbon" photoshop:Country="Portugal"'),
            SidecarFields(words=PlaceWords("Belém", "Lisbon", "", "Portugal")),
            id="place words",
        ),
        pytest.param(
            xmp(f"<core:Location>Torre\nde\tBelém</core:Location><photoshop:City>{'x' * 9_000}</photoshop:City>"),
            SidecarFields(words=PlaceWords("Torre de Belém", "x" * LONGEST)),
            id="place words in lines and without end",
        ),
        pytest.param(
            xmp(
                '<dc:description><rdf:Alt><rdf:li xml:lang="fr">Chien</rdf:li><rdf:li xml:lang="x-default">Dog</rdf:li>'
                "</rdf:Alt></dc:description><albumen:note>Dog</albumen:note>"
            ),
            SidecarFields(description="Dog", our_note=True),
            id="the default language; ours",
        ),
        pytest.param(
            xmp(mwg(f'<rdf:li><rdf:Description mwg-rs:Name="Ana" mwg-rs:Type="Face"><mwg-rs:Area {CENTRE}/>'
                    "</rdf:Description></rdf:li>")),
            SidecarFields(regions=(NamedBox("Ana", BOX),)),
            id="face, as attributes",
        ),
        pytest.param(
            xmp(mwg(
                '<rdf:li rdf:parseType="Resource"><mwg-rs:Name>Ana</mwg-rs:Name><mwg-rs:Area rdf:parseType="Resource">'
                "<stArea:x>50</stArea:x><stArea:y>25</stArea:y><stArea:w>20</stArea:w><stArea:h>10</stArea:h>"
                "<stArea:unit>pixel</stArea:unit></mwg-rs:Area></rdf:li>",
                '<mwg-rs:AppliedToDimensions stDim:w="100" stDim:h="100" stDim:unit="pixel"/>',
            )),
            SidecarFields(regions=(NamedBox("Ana", BOX),)),
            id="face, as elements and in pixels",
        ),
        pytest.param(
            xmp(mwg(f'<rdf:li><rdf:Description mwg-rs:Name="Rex" mwg-rs:Type="Pet"><mwg-rs:Area {CENTRE}/>'
                    '</rdf:Description></rdf:li><rdf:li><rdf:Description mwg-rs:Type="Face">'
                    f'<mwg-rs:Area {area(x="0.5", y="0.5", w="0", h="nan")}/></rdf:Description></rdf:li>')),
            NOTHING,
            id="a pet, and a face without a size",
        ),
        pytest.param(
            xmp(mwg(
                '<rdf:li><rdf:Description mwg-rs:Type="Face">'
                f'<mwg-rs:Area {area(x="9", y="9", w="6", h="6", unit="pixel")}/></rdf:Description></rdf:li>',
                '<mwg-rs:AppliedToDimensions stDim:w="1e-320" stDim:h="1e-320"/>',
            )),
            NOTHING,
            id="a face in a picture of no size",
        ),
        pytest.param(
            xmp(
                '<MP:RegionInfo rdf:parseType="Resource"><MPRI:Regions><rdf:Bag><rdf:li><rdf:Description '
                'MPReg:PersonDisplayName="Ana" MPReg:Rectangle="0.4, 0.2, 0.2, 0.1"/></rdf:li><rdf:li><rdf:Description '
                'MPReg:Rectangle="1,2"/></rdf:li></rdf:Bag></MPRI:Regions></MP:RegionInfo>'
            ),
            SidecarFields(regions=(NamedBox("Ana", BOX),)),
            id="face of Windows, and a broken one",
        ),
        pytest.param(
            xmp(f"<dc:subject>{bag('Café')}</dc:subject>").decode().encode("utf-16"),
            SidecarFields(tags=("Café",)),
            id="UTF-16",
        ),
    ],
)  # fmt: skip
def test_fields(data: bytes, fields: SidecarFields) -> None:
    read = parse_xmp(data)
    assert [box.name for box in read.regions] == [box.name for box in fields.regions]
    for got, wanted in zip(read.regions, fields.regions, strict=True):
        assert got.box == pytest.approx(wanted.box)
    assert SidecarFields(**{f: getattr(read, f) for f in SidecarFields.__slots__ if f != "regions"}) == SidecarFields(
        **{f: getattr(fields, f) for f in SidecarFields.__slots__ if f != "regions"}
    )


BROKEN = [
    pytest.param(b"", id="empty file"),
    pytest.param(b"<x:xmpmeta", id="cut off"),
    pytest.param(b"\xff\xd8\xff\xe0", id="a JPEG"),
    pytest.param(b"<html/>", id="other XML"),
    pytest.param(xmp(before='<!DOCTYPE x [<!ENTITY a "b">]>'), id="entities"),
    pytest.param(
        b'<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>'
        + xmp("<xmp:Label>&c;</xmp:Label>"),
        id="a billion laughs",
    ),
    pytest.param(b'<!DOCTYPE x SYSTEM "file:///etc/passwd">' + xmp(), id="external document type"),
    pytest.param(xmp("<a>" * 5_000 + "</a>" * 5_000), id="absurdly deep"),
    pytest.param(b" " * 16_000_001, id="too large"),
]


@pytest.mark.parametrize("data", BROKEN)
def test_broken_sidecar_is_refused_and_never_overwritten(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.jpg.xmp"
    path.write_bytes(data)
    for use in (read_sidecar, lambda p: set_tags(p, add=("Dog",)), lambda p: set_note(p, "Dog")):
        with pytest.raises(BrokenSidecar):
            use(path)
    assert path.read_bytes() == data


def test_what_is_said_of_a_broken_sidecar_is_one_short_line() -> None:
    with pytest.raises(BrokenSidecar) as caught:
        parse_xmp(xmp(attributes=f"xmlns:a='h{'[' * 5_000}\x7f'"))
    assert len(str(caught.value)) < 500
    assert "\x7f" not in str(caught.value)


def test_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jpg.xmp")
    with pytest.raises(BrokenSidecar, match="regular file"):
        read_sidecar(tmp_path / "a.jpg.xmp")


def canonical(data: bytes) -> bytes:
    return etree.tostring(parse_tree(data), method="c14n2")


PACKET = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<!-- mine -->\n'
FOREIGN = '\n   <own:thing own:a="1"><!-- keep --><?keep me?><own:part rdf:resource="x"/> text </own:thing>\n  '
USERS = [
    pytest.param(xmp(), id="nothing in it"),
    pytest.param(xmp(FOREIGN, 'own:b="2" xmp:Rating="3"', PACKET, '\n<?xpacket end="w"?>'), id="foreign properties"),
    pytest.param(xmp(f"\n   <dc:subject>\n    {bag('Owl')}\n   </dc:subject>\n  "), id="tags in one line"),
    pytest.param(
        xmp("<dc:subject>\n<rdf:Bag>\n\t<rdf:li>Owl</rdf:li>\n\t<!-- c -->\n</rdf:Bag></dc:subject>"),
        id="tags in lines with a comment",
    ),
    pytest.param(xmp("<dc:subject><rdf:Bag/></dc:subject>"), id="an empty list of tags"),
    pytest.param(xmp(f"<dc:subject>{bag('Owl', kind='Seq')}</dc:subject>"), id="an ordered list"),
    pytest.param(xmp(before='<?xml version="1.0" encoding="UTF-8"?>\n'), id="with an XML declaration"),
    pytest.param(
        xmp('<dc:description><rdf:Alt><rdf:li xml:lang="x-default"/></rdf:Alt></dc:description>'),
        id="an empty description",
    ),
    pytest.param(xmp(FOREIGN).replace(b"albumen:", b"their:").replace(b":albumen", b":their"), id="another prefix"),
    pytest.param(xmp(FOREIGN).decode().encode("utf-16"), id="UTF-16"),
    pytest.param(xmp("<a:b xmlns:a='u'/>"), id="a namespace that is no address"),
]


@pytest.mark.parametrize("data", USERS)
def test_users_sidecar_is_as_it_was_after_add_and_remove(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.jpg.xmp"
    path.write_bytes(data)
    before = parse_xmp(data)
    assert set_tags(path, add=("Dog", "Cat"))
    assert set_note(path, "A note")
    read = read_sidecar(path)
    assert (read.tags, read.our_tags) == (before.tags, ("Dog", "Cat"))
    assert (read.rating, read.description, read.our_note) == (before.rating, "A note", True)
    assert set_tags(path, remove=("Dog",))
    assert set_note(path, "")
    assert set_tags(path, remove=("Cat",))
    assert canonical(path.read_bytes()) == canonical(data)


@pytest.mark.parametrize("data", USERS)
def test_nothing_else_changes(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.jpg.xmp"
    path.write_bytes(data)
    set_tags(path, add=("Dog",))
    tree = parse_tree(path.read_bytes())
    for item in [e for e in tree.getroot().iter() if isinstance(e.tag, str) and (e.text or "").strip() == "Dog"]:
        item.getparent().remove(item)
    for block in tree.getroot().findall(".//*[@{https://albumen.invalid/ns/1.0/}block]"):
        block.getparent().remove(block)
    left = etree.tostring(tree, method="c14n2")
    assert b"".join(left.split()) == b"".join(canonical(data).split())


@pytest.mark.parametrize(
    "tag",
    [
        pytest.param("<script>alert(1)</script>", id="markup"),
        pytest.param("a\"b'c&d]]>", id="quotes"),
        pytest.param("two\nlines\tand\ra return", id="newlines"),
        pytest.param("👩‍👩‍👧 café", id="emoji"),
        pytest.param("x" * 10_000, id="long"),
        pytest.param("a|b/c", id="hierarchy marks"),
    ],
)
def test_any_text_comes_back(tmp_path: Path, tag: str) -> None:
    path = tmp_path / "a.jpg.xmp"
    assert set_tags(path, add=(tag,))
    assert set_note(path, tag)
    assert read_sidecar(path) == SidecarFields(our_tags=(tag,), description=tag, our_note=True)


@pytest.mark.parametrize(
    "tag",
    [
        pytest.param("a\x00b", id="zero"),
        pytest.param("a\x1bb", id="escape"),
        pytest.param("a\ud800", id="half a character"),
        pytest.param("\uffff", id="no character"),
        pytest.param("", id="empty"),
        pytest.param(" Dog", id="space before"),
    ],
)
def test_text_that_xml_cannot_hold_is_refused(tmp_path: Path, tag: str) -> None:
    with pytest.raises(UnfitText):
        set_tags(tmp_path / "a.jpg.xmp", add=("fine", tag))
    assert list(tmp_path.iterdir()) == []


def test_our_own_sidecar_goes_with_our_last_word(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg.xmp"
    assert set_tags(path, add=("Dog",))
    once = path.read_bytes()
    assert not set_tags(path, add=("Dog",))
    assert set_note(path, "Rex")
    assert set_tags(path, remove=("Dog",))
    assert path.exists()
    assert set_note(path, "")
    assert list(tmp_path.iterdir()) == []
    assert not set_tags(path, remove=("Dog",))
    assert not set_note(path, "")
    assert set_tags(path, add=("Dog",))
    assert path.read_bytes() == once


def test_sidecar_that_the_user_has_used_since_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg.xmp"
    set_tags(path, add=("Dog",))
    path.write_bytes(path.read_bytes().replace(b"<rdf:li>Dog</rdf:li></rdf:Bag></dc", b"<rdf:li>Dog</rdf:li>"
                                               b"<rdf:li>Owl</rdf:li></rdf:Bag></dc"))  # fmt: skip
    assert set_tags(path, remove=("Dog", "Owl"))
    assert read_sidecar(path) == SidecarFields(tags=("Owl",))
    assert b"albumen:tags" not in path.read_bytes()


def test_sidecar_that_another_programme_has_rearranged_goes_too(tmp_path: Path) -> None:
    """ExifTool writes one Description a namespace, and ours as elements."""
    path = tmp_path / "a.jpg.xmp"
    path.write_bytes(
        xmp(f"<dc:subject>{bag('Dog')}</dc:subject>").replace(
            b"</rdf:RDF>",
            b'<rdf:Description rdf:about=""><albumen:block>made</albumen:block><albumen:tags><rdf:Bag>'
            b"<rdf:li>Dog</rdf:li></rdf:Bag></albumen:tags></rdf:Description></rdf:RDF>",
        )
    )
    assert read_sidecar(path).our_tags == ("Dog",)
    assert set_tags(path, remove=("Dog",))
    assert not path.exists()


def test_users_tags_and_description_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg.xmp"
    data = xmp(
        f"<dc:subject>{bag('Owl')}</dc:subject><digiKam:TagsList>{bag('Animals/Fox')}</digiKam:TagsList>"
        '<dc:description><rdf:Alt><rdf:li xml:lang="x-default">Mine</rdf:li></rdf:Alt></dc:description>'
    )
    path.write_bytes(data)
    assert not set_tags(path, remove=("Owl", "Fox"))
    assert not set_tags(path, add=("Owl", "Fox"))
    assert not set_note(path, "")
    with pytest.raises(NotOurs):
        set_note(path, "Ours")
    assert path.read_bytes() == data


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(xmp(attributes='dc:subject="Owl"'), id="an attribute"),
        pytest.param(xmp("<dc:subject>Owl</dc:subject>"), id="text"),
        pytest.param(xmp("<dc:subject/>"), id="an empty element"),
    ],
)
def test_tags_that_are_no_list_are_left_alone(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.jpg.xmp"
    path.write_bytes(data)
    with pytest.raises(BrokenSidecar, match="not a list"):
        set_tags(path, add=("Dog",))
    assert path.read_bytes() == data


SHARED = Path(__file__).resolve().parents[5] / "shared/data/exif/immich_test_assets/metadata"


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"the real sidecars of {SHARED} are not there")
def test_real_sidecars(tmp_path: Path) -> None:
    found = sorted(SHARED.rglob("*.xmp"))
    assert [read_sidecar(path).taken.year for path in found] == [int(path.stem) for path in found]
    for real in found:
        path = tmp_path / f"{real.name}.jpg.xmp"
        path.write_bytes(real.read_bytes())
        set_tags(path, add=("Dog",))
        set_tags(path, remove=("Dog",))
        assert canonical(path.read_bytes()) == canonical(real.read_bytes())
