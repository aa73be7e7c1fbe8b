"""
A letter that was written in Word, Google Docs or LibreOffice: its words as they stand, with what is said of them.

Read from WordprocessingML (ECMA-376 part 1, 17; part 4 for what older programs write). An .odt is turned into it by
LibreOffice first.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from workflow.imports.segment import Row
from workflow.imports.word.refusals import Refusal, RefusedFileError, by_fault, refused
from workflow.letter.typed import LARGEST_DOCUMENT
from workflow.unpacking import Limits, UnpackingError, unpack

if TYPE_CHECKING:
    from workflow.imports.word.document import Document, Found, Paragraph
    from workflow.languages import Message

Tracked = Literal["accept", "refuse"]

LIMITS = Limits(LARGEST_DOCUMENT, 10_000_000, 14_000_000, 15_000_000, 30_000_000, 2_000)
"""Of a document that is read for its text alone: of its parts only those are unpacked that have words."""
ARCHIVE = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_TYPES = "[Content_Types].xml"
_RELATIONS = "_rels/.rels"
_PASSWORD = "EncryptedPackage".encode("utf-16-le")
_HEIGHT = 60
"""How much more space than the least between paragraphs, in twentieths of a point, says that something new begins."""


@dataclass(frozen=True, slots=True)
class WordText:
    """
    What a document says: its `rows` as the importer reads them, and its `notes` by their labels.

    `text` has the same rows as lines, as the rows are numbered, with the notes at its end; `doubts` say what was left
    out or may be misread, `tracked` how many changes each author had tracked.
    """

    rows: tuple[Row, ...]
    text: str
    notes: Mapping[str, tuple[tuple[Row, ...], ...]] = field(default_factory=dict)
    doubts: tuple[Message, ...] = ()
    tracked: Mapping[str, int] = field(default_factory=dict)


def is_document(data: bytes) -> bool:
    """Tell whether bytes are an archive or an old Word document: what `read` reads, or refuses with a sentence."""
    return data.startswith((ARCHIVE, OLE))


def read(data: bytes, filename: str = "", *, tracked: Tracked = "accept") -> WordText:
    """
    Read a .docx or .odt; `tracked` says whether its tracked changes are accepted or refused.

    Raises `IncomingError` with a sentence for every file that cannot be a letter.
    """
    named = f"“{filename}”" if filename else ""
    try:
        return _read(data, tracked)
    except UnpackingError as error:
        raise by_fault(error.fault, error.part).of(named) from error
    except RefusedFileError as error:
        raise error.of(named) from error


def _read(data: bytes, tracked: Tracked) -> WordText:
    if len(data) > LARGEST_DOCUMENT:
        raise refused(Refusal.LARGE)
    if data.startswith(OLE):
        raise refused(Refusal.PASSWORD if _PASSWORD in data else Refusal.OLD)
    from workflow.imports.word import opendocument  # LibreOffice is looked for where it is needed

    if opendocument.is_one(data):
        data = opendocument.as_docx(data)
    parts = unpack(data, LIMITS, wanted=_has_words, embedded=True, required=(_TYPES, _RELATIONS))
    return _Package(parts).text(tracked)


def _has_words(name: str) -> bool:
    folded = name.casefold()
    if not folded.endswith((".xml", ".rels")):
        return False
    return not folded.startswith(("customxml/", "docprops/")) and not any(
        f"/{folder}/" in folded for folder in ("theme", "media", "charts", "diagrams", "glossary", "embeddings")
    )


class _Package:
    """The parts of a document, found by their relations (ECMA-376 part 2, 8)."""

    def __init__(self, parts: Mapping[str, bytes]) -> None:
        from workflow.imports.word.xml import relations

        self.parts = parts
        self.main = next(
            (
                posixpath.normpath(target.lstrip("/"))
                for _, kind, target, outside in relations(parts[_RELATIONS], _RELATIONS)
                if kind == "officeDocument" and not outside
            ),
            "",
        )
        self._check_type()
        folder, _, name = self.main.rpartition("/")
        self.folder = folder
        path = f"{folder}/_rels/{name}.rels".lstrip("/")
        self.relations = [*relations(parts.get(path), path)]

    def _check_type(self) -> None:
        from workflow.imports.word.xml import parsed

        types = parsed(self.parts[_TYPES], _TYPES)
        said = {one.get("PartName", "").lstrip("/"): one.get("ContentType", "") for one in types if one.get("PartName")}
        kind = said.get(self.main, _MAIN)
        if "macroEnabled" in kind:
            raise refused(Refusal.MACROS)
        if kind.endswith("wordprocessingml.template.main+xml"):
            raise refused(Refusal.TEMPLATE)
        if kind != _MAIN or self.main not in self.parts:
            raise refused(Refusal.OTHER)

    def part(self, kind: str) -> bytes | None:
        """Return the part of a kind that the document is related to."""
        return next((self.parts[path] for _, path in self._related(kind) if path in self.parts), None)

    def _related(self, *kinds: str) -> list[tuple[str, str]]:
        return [
            (name, posixpath.normpath(posixpath.join("/" + self.folder, target)).lstrip("/"))
            for name, kind, target, outside in self.relations
            if kind in kinds and not outside
        ]

    def text(self, tracked: Tracked) -> WordText:
        """Read the document."""
        from workflow.imports.word.document import Document, Found, Reader
        from workflow.imports.word.numbering import Numbering
        from workflow.imports.word.revisions import settle
        from workflow.imports.word.styles import Styles
        from workflow.imports.word.xml import W, parsed

        def tree(kind: str) -> object:
            content = self.part(kind)
            return None if content is None else parsed(content, f"{kind}.xml")

        root = parsed(self.parts[self.main], self.main)
        by_author = settle(root, tracked == "accept")
        notes = {}
        for kind in ("footnote", "endnote"):
            story = tree(f"{kind}s")
            if story is not None:
                by_author += settle(story, tracked == "accept")
                for one in story.iter(f"{W}{kind}"):  # type: ignore[attr-defined]
                    notes[kind, one.get(f"{W}id", "")] = one
        targets = {name: target for name, kind, target, _ in self.relations if kind == "hyperlink"}
        document = Document(Styles(tree("styles")), Numbering(tree("numbering")), targets, notes)
        found = Found()
        reader = Reader(document, found)
        body = root.find(f"{W}body")
        reader.read(body if body is not None else root)
        around = self._around(document, tracked)
        if not reader.paragraphs:
            raise refused(Refusal.SCAN if found.counted["pictures"] else Refusal.EMPTY)
        return _assembled(reader.paragraphs, found, around, by_author, tracked)

    def _around(self, document: Document, tracked: Tracked) -> list[str]:
        """Return what stands in headers and footers, each once."""
        from workflow.imports.word.document import Found, Reader
        from workflow.imports.word.revisions import settle
        from workflow.imports.word.xml import parsed

        said: list[str] = []
        for _, path in self._related("header", "footer"):
            if path in self.parts and len(said) < _MOST_QUOTED:
                story = parsed(self.parts[path], path)
                settle(story, tracked == "accept")
                reader = Reader(replace(document, targets={}, notes={}), Found())
                reader.read(story)
                said.append(" / ".join(line.text for one in reader.paragraphs for line in one.lines))
        return list(dict.fromkeys(filter(None, said)))


_MOST_QUOTED = 40


def _assembled(
    paragraphs: list[Paragraph], found: Found, around: list[str], by_author: Counter[str], tracked: Tracked
) -> WordText:
    from workflow.imports.word.doubts import doubts

    rows, lines = _rows(paragraphs)
    notes = {}
    for label, said in found.notes.items():
        lines += ["", f"[{label}] " + " ".join(line.text for one in said for line in one)]
        notes[label] = tuple(
            tuple(Row(line.text, line.raw, len(lines), marks=line.marks) for line in one) for one in said
        )
    return WordText(tuple(rows), "\n".join(lines), notes, doubts(found, around, by_author, tracked), dict(by_author))


def _rows(paragraphs: list[Paragraph]) -> tuple[list[Row], list[str]]:
    """Return paragraphs as rows, with the space that parts them counted as blank lines; and as the lines of a text."""
    plain = [one for one in paragraphs[1:] if one.place.is_prose and not one.empty and not one.apart]
    least = min((one.space for one in plain), default=0)
    rows: list[Row] = []
    lines: list[str] = []
    broken = False
    for paragraph in paragraphs:
        wide = paragraph.space > least + _HEIGHT
        new = paragraph.apart or broken or len(paragraph.lines) > 1
        gap = max(paragraph.empty + wide, int(new)) if rows else 0
        broken = len(paragraph.lines) > 1
        for line in paragraph.lines:
            lines += [""] * min(gap, 3)
            lines.append(line.raw)
            bare = line.raw.lstrip()
            indent = len(line.raw[: len(line.raw) - len(bare)].expandtabs(4))
            rows.append(Row(line.text, bare, len(lines), gap, indent=indent, marks=line.marks, place=paragraph.place))
            gap = 0
    return rows, lines
