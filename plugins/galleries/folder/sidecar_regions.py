"""Where in a picture the thing is that a tag names: a region in its sidecar, drawn and taken away again.

The Metadata Working Group knows regions of four types: Face, Pet, Focus and BarCode. A thing is none of the others, so
its region is of the type Focus, with the usage of an area that the camera neither looked at nor used, which is true of
it. It has a description and no name: programmes that look at no type take whatever has a name for a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from plugins.galleries.folder.sidecar import NS, OUR_REGION, OUR_REGIONS, BrokenSidecar, clark, mwg_regions, our_tag_of
from plugins.galleries.folder.sidecar_edit import NotOurs, require_fit
from plugins.galleries.folder.sidecar_packet import EditedPacket, edit
from plugins.galleries.folder.sidecar_tree import append_child, remove
from plugins.records import Box

_SPACES = ("mwg-rs", "stArea", "albumen")
_LIST = f"{clark('mwg-rs:RegionList')}/*"


@dataclass(frozen=True, slots=True)
class Stored:
    """A picture as it is stored: EXIF orientation, width and height in pixels, and whether faces are named in it."""

    orientation: int = 1
    width: int = 0
    height: int = 0
    names_faces: bool = False


def draw_region(path: Path, tag: str, box: Box, picture: Stored) -> bool:
    """Draw the region of a tag into a sidecar, once; return whether the file changed.

    Args:
        path: the sidecar.
        tag: the tag that it is for.
        box: where it is in the picture as stored.
        picture: the picture that the sidecar is of.

    Raises:
        NotOurs: faces are named in the picture alone; regions beside it would hide them from other programmes.
        BrokenSidecar: the file is not XMP that can be changed, or its regions are no list; it stays as it is.
        UnfitText: the tag has characters that XML does not have.
        OSError: the file cannot be read or written.
    """
    require_fit(tag)
    return edit(path, lambda packet: _draw(packet, tag, box, picture))


def erase_region(path: Path, tag: str, for_good: bool = False) -> bool:
    """Take the region of a tag that we drew out of a sidecar; return whether the file changed.

    `for_good` leaves the note that there was one.

    Raises:
        BrokenSidecar, OSError: as `draw_region`.
    """
    return edit(path, lambda packet: _erase(packet, tag, for_good))


def _draw(packet: EditedPacket, tag: str, box: Box, picture: Stored) -> None:
    known = dict(packet.fields.our_regions)
    if tag in known:
        return
    if picture.names_faces and not packet.fields.regions:
        raise NotOurs("faces are named in the picture itself; a region beside it would hide them from other programmes")
    item = append_child(_list_of(packet, picture), clark("rdf:li"))
    region = append_child(item, clark("rdf:Description"), nsmap={name: NS[name] for name in _SPACES})
    region.set(clark("mwg-rs:Type"), "Focus")
    region.set(clark("mwg-rs:FocusUsage"), "NotEvaluatedNotUsed")
    region.set(clark("mwg-rs:Description"), tag)
    left, top, right, bottom = box
    area = append_child(region, clark("mwg-rs:Area"))
    shares = {"x": (left + right) / 2, "y": (top + bottom) / 2, "w": right - left, "h": bottom - top}
    for name, share in shares.items():
        area.set(clark(f"stArea:{name}"), f"{share:.6f}")
    area.set(clark("stArea:unit"), "normalized")
    extensions = append_child(region, clark("mwg-rs:Extensions"))
    extensions.set(clark("rdf:parseType"), "Resource")
    append_child(extensions, clark(OUR_REGION)).text = tag
    packet.claim(OUR_REGIONS, [*known, tag])


def _list_of(packet: EditedPacket, picture: Stored) -> etree._Element:
    """Return the list of regions; make it in our own block where there is none."""
    regions = packet.property("mwg-rs:Regions")
    if regions is not None:
        found = next((one for one in regions.iterfind(f".//{_LIST}") if one.tag == clark("rdf:Bag")), None)
        if found is None:
            raise BrokenSidecar("its mwg-rs:Regions hold no list")
        return found
    regions = packet.made_property("mwg-rs:Regions")
    regions.set(clark("rdf:parseType"), "Resource")
    size = append_child(regions, clark("mwg-rs:AppliedToDimensions"), nsmap={"stDim": NS["stDim"]})
    for name, value in {"w": f"{picture.width}", "h": f"{picture.height}", "unit": "pixel"}.items():
        size.set(clark(f"stDim:{name}"), value)
    return append_child(append_child(regions, clark("mwg-rs:RegionList")), clark("rdf:Bag"))


def _erase(packet: EditedPacket, tag: str, for_good: bool) -> None:
    known = dict(packet.fields.our_regions)
    for region in [region for region, _ in mwg_regions(packet.reading()) if our_tag_of(region) == tag and tag in known]:
        remove(region)
    regions = packet.property("mwg-rs:Regions")
    if regions is not None and packet.is_in_our_block(regions) and not any(True for _ in mwg_regions(packet.reading())):
        remove(regions)
    if not for_good:
        packet.claim(OUR_REGIONS, [one for one in known if one != tag])
