"""A Word document as a package (ECMA-376 part 2): its parts, what they refer to, whether Word opens what is read."""

from __future__ import annotations

import hashlib
import io
import posixpath
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from xml.etree import ElementTree

from workflow.verify.bundle import MEGABYTE, unpacked
from workflow.verify.report import InputError, VerificationError

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
OFFICE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
DOCUMENT = "word/document.xml"
LARGEST_PART, ALL_PARTS = 32 * MEGABYTE, 96 * MEGABYTE
MOST_PARTS = 1000
MOST_MARKS = 3_000_000
"""How many pointed brackets a part may hold: 5,000 signatories take a tenth of it."""
DECLARED = re.compile(rb"(?:\xef\xbb\xbf)?<\?xml[^>]*?\sencoding\s*=\s*[\"']([^\"'>]*)")
"""The encoding of a part, where it says one: of another one not everybody would read the same words."""
KINDS = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships/",
    "http://schemas.openxmlformats.org/package/2006/relationships/metadata/",
    "http://purl.oclc.org/ooxml/officeDocument/relationships/",
)
KNOWN = {
    "styles", "settings", "theme", "fontTable", "numbering", "header", "footer", "image", "hyperlink", "footnotes",
    "webSettings",
}  # fmt: skip
"""What parts of a letter refer to; whatever else Word would open is named."""


@dataclass
class Relation:
    """What a part refers to: of which kind, and where."""

    kind: str
    target: str
    external: bool


@dataclass
class Package:
    """The parts of a Word document; `wrong` says what makes it another document than it seems, `odd` what to see."""

    parts: dict[str, bytes]
    wrong: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    raised: set[str] = field(default_factory=set)
    """The styles in which the marks of footnotes are set."""
    kept: dict[str, dict[str, Relation]] = field(default_factory=dict)

    def relations(self, part: str) -> dict[str, Relation]:
        """What a part refers to, by id. Raises VerificationError."""
        if part not in self.kept:
            self.kept[part] = self._relations(part)
        return self.kept[part]

    def _relations(self, part: str) -> dict[str, Relation]:
        folder, name = posixpath.split(part)
        content = self.parts.get(posixpath.join(folder, "_rels", f"{name}.rels"))
        found: dict[str, Relation] = {}
        for one in parsed(content).iter() if content is not None else ():
            if not one.get("Id"):
                continue
            external, target = one.get("TargetMode") == "External", one.get("Target", "")
            if not external:
                target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            if one.get("Id", "") in found:
                raise VerificationError("is not a Word document that can be read: it refers to two things by one name")
            found[one.get("Id", "")] = Relation(_kind(one.get("Type", "")), target, external)
        return found

    def of_kind(self, kind: str) -> ElementTree.Element | None:
        """The root of the one part of a kind that the document refers to. Raises VerificationError."""
        content = self.content(kind)
        return parsed(content) if content is not None else None

    def content(self, kind: str) -> bytes | None:
        """The one part of a kind that the document refers to. Raises VerificationError."""
        found = [one for one in self.relations(DOCUMENT).values() if one.kind == kind]
        if len(found) > 1:
            raise VerificationError(f"is not a Word document that can be read: it has {len(found)} parts of {kind}")
        return self.parts.get(found[0].target) if found and not found[0].external else None

    def picture(self, part: str, name: str) -> str:
        """The SHA-256 of a picture that a part refers to; empty where it is elsewhere."""
        relation = self.relations(part).get(name)
        if relation is None or relation.external or relation.kind != "image":
            return ""
        return hashlib.sha256(self.parts.get(relation.target, b"")).hexdigest()


def _kind(named: str) -> str:
    """What a relation is of; the whole name where Word does not know it, for it would look for another."""
    return next((named[len(kinds) :] for kinds in KINDS if named.startswith(kinds)), named)


def opened(content: bytes) -> Package:
    """Unpack a Word document and look at what it refers to. Raises VerificationError."""
    package = Package(_unpacked(content))
    _check_opens(package)
    for part in list(package.parts):
        if part.endswith(".rels") or part not in package.parts:
            continue
        for relation in package.relations(part).values():
            _check_relation(package, part, relation)
    return package


def _unpacked(content: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {member.filename.casefold(): member for member in archive.infolist()}
            whole = len(members) == len(archive.infolist()) <= MOST_PARTS
            if not whole or not {"_rels/.rels", DOCUMENT} <= {member.filename for member in members.values()}:
                raise VerificationError("is not a Word document that can be read: a part is missing, or there twice")
            parts, left = {}, ALL_PARTS
            for member in members.values():
                parts[member.filename] = unpacked(archive, member, min(LARGEST_PART, left))
                left -= len(parts[member.filename])
            return parts
    except InputError as error:
        raise VerificationError(f"is not a Word document that can be read ({error})") from None
    except (OSError, ValueError, LookupError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error):
        # What exactly, each version of Python says in other words.
        raise VerificationError(
            "is not a Word document that can be read: it is no zip file, or a damaged one"
        ) from None


def _check_opens(package: Package) -> None:
    """Make sure that Word opens the part that is read here: a package may name another as its document."""
    roots = package.relations("").values()
    if [one.target for one in roots if one.kind == "officeDocument"] != [DOCUMENT]:
        raise VerificationError("is not a Word document that can be read: Word would open another part of it")
    for one in roots:
        if one.kind not in ("officeDocument", "core-properties", "extended-properties", "thumbnail"):
            package.odd.append(f"a part of the kind {one.kind}")


def _check_relation(package: Package, part: str, relation: Relation) -> None:
    if relation.kind == "font":
        package.odd.append("an embedded font, which may draw other letters")
    elif relation.kind not in KNOWN:
        package.wrong.append(f"refers to a part of the kind {relation.kind!r}, which Word would show or run")
    elif relation.external and relation.kind != "hyperlink":
        package.wrong.append(f"loads its {relation.kind} from elsewhere ({relation.target[:200]})")
    elif not relation.external and relation.target not in package.parts:
        package.wrong.append(f"lacks its part {relation.target}")


def parsed(xml: bytes) -> ElementTree.Element:
    """Parse a part. Raises VerificationError."""
    if b"<!DOCTYPE" in xml or b"\0" in xml:
        raise VerificationError("is not a Word document that can be read: it declares a document type, or is not UTF-8")
    if xml.count(b"<") > MOST_MARKS:
        raise VerificationError("has a part with more in it than any letter")
    declared = DECLARED.match(xml)
    try:
        if declared is None or declared[1].lower() == b"utf-8":
            return ElementTree.fromstring(xml)
    except (SyntaxError, ValueError, LookupError):
        pass
    raise VerificationError("is not a Word document that can be read: a part of it is no XML in UTF-8")


def local(element: ElementTree.Element) -> str:
    """An element's name: WordprocessingML's own bare, others with their namespace; empty for a comment."""
    tag = element.tag
    return tag.removeprefix(WORD) if isinstance(tag, str) else ""


def said(element: ElementTree.Element | None, name: str = "val") -> str:
    """An attribute of WordprocessingML; empty where there is none."""
    return element.get(WORD + name, "") if element is not None else ""


def is_on(element: ElementTree.Element | None) -> bool:
    """Whether a switch is there and on."""
    return element is not None and said(element).casefold() not in ("0", "false", "off", "none")
