"""An XMP packet while it is changed: what is ours in it can be told from the rest, and goes without a trace."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from lxml import etree

from plugins.atomic import delete_durably, write_atomically
from plugins.galleries.folder.sidecar import (
    NS,
    OUR_REGIONS,
    BrokenSidecar,
    Packet,
    clark,
    entries,
    parse_tree,
    parse_xmp,
    rdf_of,
    read_bytes,
)
from plugins.galleries.folder.sidecar_tree import (
    OURS,
    append,
    append_child,
    drop_entries,
    only_empty_attributes,
    remove,
    says_nothing,
)
from plugins.galleries.folder.tag_words import OURS as OUR_TAGS

_NEW = b"""<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Albumen">
  <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
"""
_CLAIMS: Final = (OUR_TAGS, "albumen:note", OUR_REGIONS)
"""The properties that say what of a packet is ours."""


def edit(path: Path, change: Callable[[EditedPacket], None]) -> bool:
    """Change a sidecar, made where there is none and deleted when only we made it and it says nothing any more.

    Returns whether the file changed.

    Raises:
        BrokenSidecar: the file is not XMP that can be changed; it stays as it is.
        OSError: the file cannot be read or written.
    """
    old = read_bytes(path) if path.exists() else None
    packet = EditedPacket(old)
    before = packet.canonical() if old is not None else None
    change(packet)
    packet.tidy()
    if packet.is_empty_and_ours(made_now=old is None):
        if old is not None:
            delete_durably(path)
        return old is not None
    if packet.canonical() == before:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, packet.bytes())
    return True


class EditedPacket:
    """One packet while it is changed. What we add stands in an `rdf:Description` of its own where that is possible."""

    def __init__(self, data: bytes | None) -> None:
        self._made = data is None
        self._declared = data is not None and data.lstrip(b"\xef\xbb\xbf").startswith(b"<?xml")
        packet = _NEW if data is None else data
        self.fields = parse_xmp(packet)
        self._tree = parse_tree(packet)
        self._rdf = rdf_of(self._tree)
        self._packet = Packet(self._rdf)

    def canonical(self) -> bytes:
        """Return the packet in canonical XML, to compare it with."""
        data: bytes = etree.tostring(self._tree, method="c14n2")  # the first version fails on relative namespaces
        return data

    def bytes(self) -> bytes:
        """Return the file; UTF-8, with an XML declaration if it had one."""
        root = self._tree.getroot()
        parts = [*reversed([*root.itersiblings(preceding=True)]), root, *root.itersiblings()]
        lines = [b"<?xml version='1.0' encoding='UTF-8'?>"] if self._declared else []
        lines += [etree.tostring(part, encoding="UTF-8", xml_declaration=False, with_tail=False) for part in parts]
        return b"\n".join(lines) + b"\n"

    def words(self, name: str) -> tuple[str, ...]:
        """Return the entries of a property."""
        return self._packet.words(name)

    def reading(self) -> Packet:
        """Return the packet as it is now, to be read."""
        return self._packet

    def property(self, name: str) -> etree._Element | None:
        """Return the element of a property, None where there is none."""
        return next(self._packet.elements(name), None)

    def list_of(self, name: str) -> etree._Element | None:
        """Return the list of a property, None where it is not there or is no list."""
        for element in self._packet.elements(name):
            for child in element:
                if child.tag in {clark(f"rdf:{kind}") for kind in ("Bag", "Seq", "Alt")}:
                    return child
        return None

    def made_list(self, name: str, kind: str = "rdf:Bag") -> etree._Element:
        """Return the list of a property; make it in our own block where there is none.

        Raises:
            BrokenSidecar: the property is there and no list.
        """
        if self.property(name) is None and not self.words(name):
            return append_child(self.made_property(name), clark(kind))
        found = self.list_of(name)
        if found is None:
            raise BrokenSidecar(f"its {name} is not a list")
        return found

    def made_property(self, name: str) -> etree._Element:
        """Append a property to our own block."""
        prefix = name.partition(":")[0]
        return append_child(self._block(), clark(name), nsmap={prefix: NS[prefix]})

    def is_in_our_block(self, element: etree._Element) -> bool:
        """Say whether a property stands where we put it, in a block of our own."""
        holder = element.getparent()
        return holder is not None and holder.get(clark("albumen:block")) is not None

    def default_text(self, name: str) -> etree._Element:
        """Return the entry of a text in the default language; make it where there is none."""
        alternatives = self.made_list(name, "rdf:Alt")
        for element in self._packet.elements(name):
            for item in entries(element):
                return item
        made = append(alternatives, "")
        made.set("{http://www.w3.org/XML/1998/namespace}lang", "x-default")
        return made

    def claim(self, name: str, words: Iterable[str]) -> None:
        """Make these words the entries of a property of ours."""
        wanted = dict.fromkeys(words)
        listed = self.property(name)
        if not wanted:
            if listed is not None:
                remove(listed)
            return
        bag = listed[0] if listed is not None and len(listed) else self.made_list(name)
        claimed = {(item.text or "").strip() for item in bag}
        drop_entries(bag, claimed - wanted.keys())
        for word in wanted:
            if word not in claimed:
                append(bag, word)

    def tidy(self) -> None:
        """Take our own elements away when nothing of ours is left."""
        if any(self.words(name) for name in _CLAIMS):
            return
        for holder in [child for child in self._rdf if child.tag == clark("rdf:Description")]:
            was_ours = holder.get(clark("albumen:block")) is not None
            for part in [child for child in holder if isinstance(child.tag, str) and child.tag.startswith(OURS)]:
                self._made = self._made or part.text == "made"
                remove(part)
            for part in [child for child in holder if was_ours and says_nothing(child)]:
                remove(part)
            if was_ours and len(holder) == 0 and only_empty_attributes(holder):
                self._made = self._made or holder.get(clark("albumen:block")) == "made"
                remove(holder)
            else:
                self._disown(holder)

    def is_empty_and_ours(self, made_now: bool) -> bool:
        """Say whether the packet is one that we made and says nothing any more."""
        commented = any(True for _ in self._rdf.iter(etree.Comment))
        empty = all(only_empty_attributes(h) and all(says_nothing(child) for child in h) for h in self._rdf)
        return (made_now or self._made) and empty and not commented

    def _disown(self, holder: etree._Element) -> None:
        # Other programmes may have merged our block with theirs and kept our attributes.
        for name in [key for key in holder.attrib if str(key).startswith(OURS)]:
            self._made = self._made or holder.attrib[name] == "made"
            del holder.attrib[name]

    def _block(self) -> etree._Element:
        for holder in self._rdf.findall(clark("rdf:Description")):
            if holder.get(clark("albumen:block")) is not None:
                return holder
        block = append_child(self._rdf, clark("rdf:Description"), nsmap={"dc": NS["dc"], "albumen": NS["albumen"]})
        block.set(clark("rdf:about"), "")
        block.set(clark("albumen:block"), "made" if self._made else "1")
        self._packet = Packet(self._rdf)
        return block
