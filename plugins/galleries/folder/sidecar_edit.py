"""Our tags and notes in XMP sidecars: put in and taken out so that everything else in the file stays as it was."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from pathlib import Path

from lxml import etree

from plugins.atomic import delete_durably, write_atomically
from plugins.galleries.folder.sidecar import (
    NS,
    BrokenSidecar,
    Packet,
    clark,
    entries,
    parse_tree,
    parse_xmp,
    rdf_of,
    read_bytes,
)

_NEW = b"""<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Albumen">
  <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
"""
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_OURS = f"{{{NS['albumen']}}}"
_EMPTY_HOLDS = frozenset((clark("rdf:about"), clark("xmp:MetadataDate"), clark("xmp:ModifyDate")))


class UnfitText(ValueError):
    """XML cannot hold this text: leave it out and say which characters it is about."""


class NotOurs(ValueError):
    """What the user wrote stands here: leave it."""


def set_tags(path: Path, add: Collection[str] = (), remove: Collection[str] = ()) -> bool:
    """Add tags to a sidecar and take tags of ours out of it; return whether the file changed.

    What is there already is not added, what is the user's is not removed. `albumen:tags` records what is ours. A
    sidecar that only we made goes with our last word in it.

    Raises:
        BrokenSidecar: the file is not XMP that can be changed; it stays as it is.
        UnfitText: a tag to add is empty, has spaces around it or holds characters that XML does not have.
        OSError: the file cannot be read or written.
    """
    for tag in add:
        _require_fit(tag)
        if tag != tag.strip() or not tag:
            raise UnfitText(f"{tag!r} is empty or has spaces around it")
    return _edit(path, lambda sidecar: sidecar.tag(add, remove))


def set_note(path: Path, text: str) -> bool:
    """Make `text` the description of a photo, or take ours away when it is empty; return whether the file changed.

    Raises:
        NotOurs: the user described the photo.
        BrokenSidecar, UnfitText, OSError: as `set_tags`.
    """
    _require_fit(text)
    return _edit(path, lambda sidecar: sidecar.describe(text.strip()))


def _require_fit(text: str) -> None:
    if bad := sorted(set(_ILLEGAL.findall(text))):
        raise UnfitText(f"XML cannot hold the characters {', '.join(f'U+{ord(c):04X}' for c in bad)} in {text!r}")


def _edit(path: Path, change: Callable[[_Sidecar], None]) -> bool:
    old = read_bytes(path) if path.exists() else None
    sidecar = _Sidecar(old)
    before = sidecar.canonical() if old is not None else None
    change(sidecar)
    sidecar.tidy()
    if sidecar.is_empty_and_ours(made_now=old is None):
        if old is not None:
            delete_durably(path)
        return old is not None
    if sidecar.canonical() == before:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, sidecar.bytes())
    return True


class _Sidecar:
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

    def tag(self, add: Collection[str], remove: Collection[str]) -> None:
        """Add these tags unless somebody has, remove those of these that are ours."""
        present = {*self.fields.tags, *self.fields.our_tags}
        fresh = [tag for tag in dict.fromkeys(add) if tag not in present]
        dropped = [tag for tag in self.fields.our_tags if tag in remove]
        for tag in dropped:
            _drop_entry(self._listed("dc:subject"), tag)
        for tag in fresh:
            _append(self._list("dc:subject", "rdf:Bag"), tag)
        self._claim([tag for tag in self.fields.our_tags if tag not in dropped] + fresh)

    def describe(self, text: str) -> None:
        """Replace our description, or write one where there is none."""
        if self.fields.description and not self.fields.our_note:
            if text and text != self.fields.description:
                raise NotOurs("the user has described this photo")
            return
        if text or self.fields.our_note:
            self._default_text("dc:description").text = text or None
        for note in list(self._packet.elements("albumen:note")):
            _remove(note)
        if text:
            _append_child(self._block(), clark("albumen:note")).text = text

    def tidy(self) -> None:
        """Take our own elements away when nothing of ours is left."""
        if self._packet.words("albumen:tags") or self._packet.words("albumen:note"):
            return
        for holder in [child for child in self._rdf if child.tag == clark("rdf:Description")]:
            was_ours = holder.get(clark("albumen:block")) is not None
            for part in [child for child in holder if isinstance(child.tag, str) and child.tag.startswith(_OURS)]:
                self._made = self._made or part.text == "made"
                _remove(part)
            for part in [child for child in holder if was_ours and _says_nothing(child)]:
                _remove(part)
            if was_ours and len(holder) == 0 and _only_empty_attributes(holder):
                self._made = self._made or holder.get(clark("albumen:block")) == "made"
                _remove(holder)
            else:
                self._disown(holder)

    def is_empty_and_ours(self, made_now: bool) -> bool:
        """Say whether the packet is one that we made and says nothing any more."""
        commented = any(True for _ in self._rdf.iter(etree.Comment))
        empty = all(_only_empty_attributes(h) and all(_says_nothing(child) for child in h) for h in self._rdf)
        return (made_now or self._made) and empty and not commented

    def _disown(self, holder: etree._Element) -> None:
        # Other programmes may have merged our block with theirs and kept our attributes.
        for name in [key for key in holder.attrib if str(key).startswith(_OURS)]:
            self._made = self._made or holder.attrib[name] == "made"
            del holder.attrib[name]

    def _claim(self, tags: list[str]) -> None:
        listed = next(self._packet.elements("albumen:tags"), None)
        bag = listed[0] if listed is not None and len(listed) else None
        if bag is None:
            if not tags:
                return
            bag = self._list("albumen:tags", "rdf:Bag")
        claimed = [(item.text or "").strip() for item in bag]
        for tag in claimed:
            if tag not in tags:
                _drop_entry(bag, tag)
        for tag in tags:
            if tag not in claimed:
                _append(bag, tag)

    def _block(self) -> etree._Element:
        for holder in self._rdf.findall(clark("rdf:Description")):
            if holder.get(clark("albumen:block")) is not None:
                return holder
        block = _append_child(self._rdf, clark("rdf:Description"), nsmap={"dc": NS["dc"], "albumen": NS["albumen"]})
        block.set(clark("rdf:about"), "")
        block.set(clark("albumen:block"), "made" if self._made else "1")
        self._packet = Packet(self._rdf)
        return block

    def _listed(self, name: str) -> etree._Element:
        """Return the list of a property that is there.

        Raises:
            BrokenSidecar: the property is no list.
        """
        for element in self._packet.elements(name):
            for child in element:
                if child.tag in {clark(f"rdf:{kind}") for kind in ("Bag", "Seq", "Alt")}:
                    return child
        raise BrokenSidecar(f"its {name} is not a list")

    def _list(self, name: str, kind: str) -> etree._Element:
        """Return the list of a property; make it in our own block where there is none."""
        if next(self._packet.elements(name), None) is not None or self._packet.words(name):
            return self._listed(name)
        made = _append_child(self._block(), clark(name))
        return _append_child(made, clark(kind))

    def _default_text(self, name: str) -> etree._Element:
        alternatives = self._list(name, "rdf:Alt")
        for element in self._packet.elements(name):
            for item in entries(element):
                return item
        made = _append(alternatives, "")
        made.set("{http://www.w3.org/XML/1998/namespace}lang", "x-default")
        return made


def _append(bag: etree._Element, text: str) -> etree._Element:
    item = _append_child(bag, clark("rdf:li"))
    item.text = text
    return item


def _append_child(parent: etree._Element, tag: str, nsmap: dict[str, str] | None = None) -> etree._Element:
    """Append an element with the indentation of its siblings; `_remove` restores what was there."""
    last = parent[-1] if len(parent) else None
    child = etree.SubElement(parent, tag, nsmap=nsmap)
    if last is None:
        child.tail = parent.text
    else:
        child.tail, last.tail = last.tail, parent.text
    return child


def _remove(element: etree._Element) -> None:
    parent, before = element.getparent(), element.getprevious()
    if parent is None:
        return
    if element.getnext() is None:  # the last one hands its indentation of the closing tag back
        if before is None:
            parent.text = element.tail
        else:
            before.tail = element.tail
    parent.remove(element)


def _drop_entry(bag: etree._Element, text: str) -> None:
    found = [item for item in bag.findall(clark("rdf:li")) if (item.text or "").strip() == text]
    if found:
        _remove(found[-1])


def _says_nothing(element: etree._Element) -> bool:
    """Say whether a property is an empty list or empty text; comments and attributes of the user's count as words."""
    if not isinstance(element.tag, str):
        return False
    if element.tag.startswith(_OURS):
        return True
    return not any((part.text or "").strip() or _foreign(part) for part in element.iter())


def _foreign(part: etree._Element) -> bool:
    language = "{http://www.w3.org/XML/1998/namespace}lang"
    return not isinstance(part.tag, str) or any(key != language for key in part.attrib)


def _only_empty_attributes(holder: etree._Element) -> bool:
    return all(str(key) in _EMPTY_HOLDS or str(key).startswith(_OURS) for key in holder.attrib)
