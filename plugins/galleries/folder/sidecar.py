"""XMP packets as plain fields: tags, rating, time, place and faces, from sidecars and from inside pictures."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from lxml import etree

from plugins.features.exif_fields import plain_text
from plugins.galleries.folder.tag_words import read_words
from plugins.records import Box, PlaceWords, Position

ALBUMEN = "https://albumen.invalid/ns/1.0/"
"""Our own namespace: `.invalid` can never become somebody else's address (RFC 2606)."""
NS = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
    "digiKam": "http://www.digikam.org/ns/1.0/",
    "core": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "mwg-rs": "http://www.metadataworkinggroup.com/schemas/regions/",
    "stArea": "http://ns.adobe.com/xmp/sType/Area#",
    "stDim": "http://ns.adobe.com/xap/1.0/sType/Dimensions#",
    "MP": "http://ns.microsoft.com/photo/1.2/",
    "MPRI": "http://ns.microsoft.com/photo/1.2/t/RegionInfo#",
    "MPReg": "http://ns.microsoft.com/photo/1.2/t/Region#",
    "albumen": ALBUMEN,
}
OUR_REGIONS = "albumen:regions"
"""The property with the tags whose place in the picture we have drawn."""
OUR_REGION = "albumen:tag"
"""The extension of a region that says which of them it is for."""
MAX_BYTES = 16_000_000  # Lightroom's largest develop histories are a few MB
_LISTS = frozenset(f"{{{NS['rdf']}}}{name}" for name in ("Bag", "Seq", "Alt"))
_TAKEN = ("exif:DateTimeOriginal", "photoshop:DateCreated", "xmp:CreateDate")
_DATE = re.compile(r"(\d{4})[-:](\d\d)[-:](\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?\s*(Z|[+-]\d\d:?\d\d)?)?")
_DEGREES = re.compile(r"(\d+(?:\.\d+)?)(?:,(\d+(?:\.\d+)?))?(?:,(\d+(?:\.\d+)?))?\s*([NSEW])", re.IGNORECASE)


class BrokenSidecar(ValueError):
    """This is not XMP that can be read: leave the file alone and tell the user what is wrong with it."""


@dataclass(frozen=True, slots=True)
class NamedBox:
    """A face with its name, empty when it has none.

    `box` is in the picture as it is stored: whoever shows it upright turns it by the picture's orientation first.
    """

    name: str
    box: Box


@dataclass(frozen=True, slots=True)
class SidecarFields:
    """What an XMP packet says; what it does not say is empty.

    `tags` are the user's, `our_tags` those that Albumen wrote and nobody has taken off since: never the same one in
    both. `listed` are those of `tags` that a list with levels names: they repeat nothing. `rating` is 0 to 5, or -1
    for rejected. `taken` is aware when the packet names an offset, else naive local time. `our_note` says that
    `description` is what Albumen wrote. `regions` are faces; `our_regions` are the tags whose place we drew, each with
    its box as stored, None where somebody has taken it away since.
    """

    tags: tuple[str, ...] = ()
    our_tags: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    rating: int = 0
    taken: datetime | None = None
    position: Position | None = None
    words: PlaceWords = field(default_factory=PlaceWords)
    description: str = ""
    our_note: bool = False
    regions: tuple[NamedBox, ...] = ()
    our_regions: tuple[tuple[str, Box | None], ...] = ()


def sidecar_of(photo: Path) -> Path:
    """Return where the sidecar that Albumen writes for a photo lies: `photo.jpg.xmp` beside it."""
    return photo.with_name(f"{photo.name}.xmp")


def read_sidecar(path: Path) -> SidecarFields:
    """Return the fields of an XMP file.

    Raises:
        BrokenSidecar: it is no regular file of at most 16 MB with well-formed XMP in it.
        OSError: it cannot be opened.
    """
    return parse_xmp(read_bytes(path))


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a sidecar; a pipe under its name is not opened, and no more than 16 MB is read."""
    if path.exists() and not path.is_file():
        raise BrokenSidecar("it is not a regular file")
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise BrokenSidecar(f"it is larger than {MAX_BYTES // 1_000_000} MB")
    return data


def parse_xmp(data: bytes) -> SidecarFields:
    """Return the fields of an XMP packet; a value that makes no sense is as if it were not there.

    Raises:
        BrokenSidecar: it is not well-formed XML, declares a document type, or holds no RDF.
    """
    packet = Packet(rdf_of(parse_tree(data)))
    tags = read_words(packet.words)
    description = packet.text("dc:description")
    return SidecarFields(
        tags=tags.users,
        our_tags=tags.ours,
        listed=tags.listed,
        rating=_rating(packet.text("xmp:Rating")),
        taken=next((taken for name in _TAKEN if (taken := parse_date(packet.text(name)))), None),
        position=_position(packet.text("exif:GPSLatitude"), packet.text("exif:GPSLongitude")),
        words=PlaceWords(
            sublocation=plain_text(packet.text("core:Location")),
            city=plain_text(packet.text("photoshop:City")),
            state=plain_text(packet.text("photoshop:State")),
            country=plain_text(packet.text("photoshop:Country")),
        ),
        description=description,
        our_note=bool(description) and description == packet.text("albumen:note"),
        # Programmes that write both keep the first up to date; the second outlives a turned picture.
        regions=tuple(_mwg_regions(packet)) or tuple(_microsoft_regions(packet)),
        our_regions=tuple(_our_regions(packet)),
    )


def parse_tree(data: bytes) -> etree._ElementTree:
    """Return the XML document of a packet, with every comment, instruction and foreign element in it.

    Raises:
        BrokenSidecar: it is not well-formed, or it declares a document type (XMP has none; entities are an attack).
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        tree = etree.ElementTree(etree.fromstring(data, parser))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BrokenSidecar(f"it is not well-formed XML ({plain_text(str(error))})") from error
    if tree.docinfo.internalDTD is not None:
        raise BrokenSidecar("it declares a document type, which XMP never does")
    return tree


def rdf_of(tree: etree._ElementTree) -> etree._Element:
    """Return the `rdf:RDF` element of a packet, whatever it is wrapped in.

    Raises:
        BrokenSidecar: there is none.
    """
    found = next(tree.getroot().iter(clark("rdf:RDF")), None)
    if found is None:
        raise BrokenSidecar("it is XML, but not XMP: it holds no rdf:RDF")
    return found


def clark(name: str) -> str:
    """Return `prefix:name` in lxml's notation."""
    prefix, local = name.split(":")
    return f"{{{NS[prefix]}}}{local}"


class Packet:
    """The properties of a packet by `prefix:name`, whether they are written as attributes or as elements."""

    def __init__(self, rdf: etree._Element) -> None:
        self._holders = [child for child in rdf if child.tag == clark("rdf:Description")]

    def elements(self, name: str) -> Iterator[etree._Element]:
        """Yield the elements of one property; more than one only in a packet that is not quite right."""
        for holder in self._holders:
            yield from holder.findall(clark(name))

    def text(self, name: str) -> str:
        """Return a simple value, or the first entry of a list (the default language of a text), stripped."""
        words = self.words(name)
        return words[0] if words else ""

    def words(self, name: str) -> tuple[str, ...]:
        """Return the entries of a list, or a simple value as a list of one, stripped, without empty ones."""
        found = [holder.get(clark(name), "") for holder in self._holders]
        for element in self.elements(name):
            items = list(entries(element))
            found += [item.text or "" for item in items] if items else [element.text or ""]
        return tuple(word for text in found if (word := text.strip()))


def entries(element: etree._Element) -> Iterator[etree._Element]:
    """Yield the `rdf:li` elements of a property's list, the default language first."""
    found = [item for child in element if child.tag in _LISTS for item in child.findall(clark("rdf:li"))]
    language = "{http://www.w3.org/XML/1998/namespace}lang"
    yield from sorted(found, key=lambda item: item.get(language, "x-default") != "x-default")


def parse_date(text: str) -> datetime | None:
    """Return an XMP or EXIF date, aware when it names an offset; None for one that does not name a day."""
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day, clock, fraction, offset = match.groups()
    zone = "+00:00" if offset == "Z" else offset or ""
    micros = f".{(fraction or '0')[:6]:0<6}"
    clock = f"{clock or '00:00'}:00"[:8]
    try:
        return datetime.fromisoformat(f"{year}-{month}-{day}T{clock}{micros}{zone}")
    except ValueError:
        return None


def _rating(text: str) -> int:
    value = _number(text)
    return 0 if value is None else min(5, max(-1, round(value)))


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _position(lat_text: str, lon_text: str) -> Position | None:
    lat, lon = _degrees(lat_text), _degrees(lon_text)
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180 or (lat == 0 and lon == 0):
        return None  # 0, 0 is what cameras write before they have a fix
    return Position(lat, lon)


def _degrees(text: str) -> float | None:
    match = _DEGREES.fullmatch(text.strip())
    if match is None:
        return _number(text)
    whole, minutes, seconds, side = match.groups()
    value = float(whole) + float(minutes or 0) / 60 + float(seconds or 0) / 3600
    return -value if side.upper() in "SW" else value


def _field(struct: etree._Element, name: str) -> str:
    """Return a field of a structure: of itself, of the `rdf:Description` in it, as attribute or as element."""
    for holder in (struct, *struct.findall(clark("rdf:Description"))):
        value = holder.get(clark(name)) or holder.findtext(clark(name))
        if value and value.strip():
            return value.strip()
    return ""


def _within(struct: etree._Element, name: str) -> Iterator[etree._Element]:
    for holder in (struct, *struct.findall(clark("rdf:Description"))):
        yield from holder.findall(clark(name))


def mwg_regions(packet: Packet) -> Iterator[tuple[etree._Element, Box | None]]:
    """Yield the regions of a packet with their boxes: centre and size, as shares or in pixels."""
    for regions in packet.elements("mwg-rs:Regions"):
        size = next(_within(regions, "mwg-rs:AppliedToDimensions"), None)
        for region in (item for found in _within(regions, "mwg-rs:RegionList") for item in entries(found)):
            boxes = [box for area in _within(region, "mwg-rs:Area") if (box := _mwg_box(area, size))]
            yield region, boxes[0] if boxes else None


def our_tag_of(region: etree._Element) -> str:
    """Return the tag whose place we drew by a region, empty for a region that is not ours."""
    return next((tag for found in _within(region, "mwg-rs:Extensions") if (tag := _field(found, OUR_REGION))), "")


def _our_regions(packet: Packet) -> Iterator[tuple[str, Box | None]]:
    claimed = dict.fromkeys(packet.words(OUR_REGIONS))
    drawn = {tag: box for region, box in mwg_regions(packet) if (tag := our_tag_of(region))} if claimed else {}
    yield from ((tag, drawn.get(tag)) for tag in claimed)


def _mwg_regions(packet: Packet) -> Iterator[NamedBox]:
    """Read faces as Lightroom, digiKam and Picasa write them; many say no type, and mean one."""
    for region, box in mwg_regions(packet):
        if box and _field(region, "mwg-rs:Type") in ("", "Face") and not our_tag_of(region):
            yield NamedBox(plain_text(_field(region, "mwg-rs:Name")), box)


def _mwg_box(area: etree._Element, size: etree._Element | None) -> Box | None:
    x, y, wide, high = (_number(_field(area, f"stArea:{name}")) for name in ("x", "y", "w", "h"))
    if x is None or y is None or wide is None or high is None:
        return None
    if _field(area, "stArea:unit") == "pixel":
        across, down = (_number(_field(size, f"stDim:{n}")) if size is not None else None for n in ("w", "h"))
        if not across or not down:
            return None
        x, y, wide, high = x / across, y / down, wide / across, high / down
    return _clipped(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)


def _microsoft_regions(packet: Packet) -> Iterator[NamedBox]:
    """Read faces as Windows Photo Gallery wrote them: left, top, width and height as shares."""
    for info in packet.elements("MP:RegionInfo"):
        for region in (item for found in _within(info, "MPRI:Regions") for item in entries(found)):
            numbers = [_number(part) for part in _field(region, "MPReg:Rectangle").split(",")]
            values = [number for number in numbers if number is not None]
            if len(values) == 4:
                left, top, wide, high = values
                if box := _clipped(left, top, left + wide, top + high):
                    yield NamedBox(plain_text(_field(region, "MPReg:PersonDisplayName")), box)


def _clipped(left: float, top: float, right: float, bottom: float) -> Box | None:
    if not all(map(math.isfinite, (left, top, right, bottom))):  # sizes near 0 and near infinity are numbers, too
        return None
    box = (max(0.0, left), max(0.0, top), min(1.0, right), min(1.0, bottom))
    return box if box[0] < box[2] and box[1] < box[3] else None
