"""
A letterhead made in Word or LibreOffice, compiled: checked, cleaned of what nobody should get, its placeholders
found. Done once, when it is uploaded. Format: ECMA-376, parts 1 and 2.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from workflow.documents.uploads.checks import is_xml, unpack
from workflow.documents.uploads.letterhead import PLACEHOLDERS, Compiled, Letterhead, Piece
from workflow.documents.uploads.merging import merged_numbers, merged_styles
from workflow.documents.uploads.placeholders import Finder, page_of
from workflow.documents.uploads.sanitise import clean
from workflow.documents.uploads.trees import drop, parsed, written
from workflow.documents.writing.opc import CORE_TYPE, WORD_TYPE, Relation, relations_part
from workflow.documents.writing.styles import FONTS, OWN_TYPES, SETTINGS, THEME
from workflow.documents.writing.wordml import OFFICE, R, W
from workflow.errors import LetterheadError

_KEPT = ("styles", "theme", "fontTable", "numbering", "header", "footer", "image", "hyperlink")
_EXPECTED = (*_KEPT, "settings", "webSettings", "stylesWithEffects", "customXml", "footnotes", "endnotes")
"""What a letterhead has or may lose without a word: settings and the like are written anew."""
_DANGEROUS = (
    "attachedTemplate", "oleObject", "package", "frame", "subDocument", "aFChunk", "control", "mailMergeSource",
)  # fmt: skip
_MAIN = "word/document.xml"
_TYPES = {
    **{f"/word/{name}.xml": f"{WORD_TYPE}.{name}+xml" for name in ("styles", "numbering", "settings")},
    f"/{_MAIN}": f"{WORD_TYPE}.document.main+xml",
    "/docProps/core.xml": CORE_TYPE,
}
_OWN_RELATIONS = tuple(
    Relation(f"r{name.title()}", f"{OFFICE}/{name}", f"{name}.xml") for name in ("styles", "numbering", "settings")
)
_EXTENSIONS = {
    "rels": "application/vnd.openxmlformats-package.relationships+xml",
    "xml": "application/xml",
    "png": "image/png",
}


@dataclass(slots=True)
class _Work:
    """The upload while it is compiled."""

    parts: dict[str, bytes]
    kept: dict[str, bytes] = field(default_factory=dict)
    headers: dict[str, tuple[Piece, ...]] = field(default_factory=dict)
    """Headers and footers with placeholders in them."""
    relations: list[Relation] = field(default_factory=list)
    sources: dict[str, bytes] = field(default_factory=dict)
    """Styles and numbering, which are merged with those of a letter."""
    left_out: list[str] = field(default_factory=list)
    finder: Finder = field(default_factory=Finder)


def compiled(upload: bytes) -> Compiled:
    """Check and compile an uploaded .docx. Raises LetterheadError with a sentence."""
    work = _Work(unpack(upload))
    types = _types(work)
    _check_main(work)
    for relation in _relations(work, _MAIN):
        _take(work, relation)
    root = parsed(_MAIN, work.parts[_MAIN])
    work.left_out += clean(root, "the letterhead")
    styles, renamed = merged_styles(work.sources.get("styles", b""))
    work.finder.names = dict(renamed)
    missing = work.finder.on_page(root)
    _renumber(root)
    document = work.finder.pieces(root)
    numbers = merged_numbers(work.sources.get("numbering", b""))
    even = b"evenAndOddHeaders" in work.parts.get("word/settings.xml", b"")
    relations, own_types = _package(work, types)
    settings = SETTINGS.replace("<w:compat>", "<w:evenAndOddHeaders/><w:compat>") if even else SETTINGS
    constant = (("word/settings.xml", settings.encode()), *sorted(work.kept.items()))
    made = Letterhead(
        upload, constant, tuple(work.headers.items()), document, styles, relations, own_types, numbers, renamed
    )
    found = [*_found(root, work), *(["Different headers on even and odd pages."] if even else [])]
    return Compiled(made, tuple(found), tuple(missing), tuple(dict.fromkeys(work.left_out)))


def _take(work: _Work, relation: Relation) -> None:
    """Take what the document refers to, as far as a letterhead has it."""
    kind = relation.type.rpartition("/")[2]
    target = _target(_MAIN, relation)
    if kind in ("styles", "numbering"):
        work.sources[kind] = work.parts.get(target, b"")
    elif kind in _KEPT:
        _keep(work, relation, kind, target)
    elif kind not in _EXPECTED:
        work.left_out.append(f"{kind} (what only the one who wrote the letterhead needs)")


def _renumber(root: etree._Element) -> None:
    """Tell the ids of the letterhead's relations from those of a letter."""
    for element in root.iter():
        for name in [name for name in element.attrib if name.startswith(R)]:
            element.set(name, f"k{element.get(name)}")


# --- the package ---------------------------------------------------------------------------------------------------


def _types(work: _Work) -> dict[str, str]:
    root = parsed("[Content_Types].xml", work.parts["[Content_Types].xml"])
    return {
        (one.get("PartName") or one.get("Extension", "").casefold()): one.get("ContentType", "")
        for one in root
        if isinstance(one.tag, str)
    }


def _relations(work: _Work, part: str) -> list[Relation]:
    name = _relations_of(part)
    if name not in work.parts:
        return []
    found = [
        Relation(one.get("Id", ""), one.get("Type", ""), one.get("Target", ""), one.get("TargetMode") == "External")
        for one in parsed(name, work.parts[name])
        if isinstance(one.tag, str)
    ]
    for relation in found:
        _check_relation(relation)
    return found


def _check_relation(relation: Relation) -> None:
    kind = relation.type.rpartition("/")[2]
    if kind in _DANGEROUS:
        raise LetterheadError(
            f"The letterhead refers to {relation.target!r} ({kind}), which every reader's Word would open. "
            "Take it out in Word (File > Options > Add-ins > Templates, or the object itself) and save it again."
        )
    followed = kind == "hyperlink" and re.match(r"(?i)https?://|mailto:", relation.target)
    if relation.external and not followed:
        raise LetterheadError(
            f"The letterhead loads {relation.target!r} from elsewhere, which would tell who opens the letter. "
            "Put the picture into the document itself (Insert > Pictures > This device) and save it again."
        )


def _target(part: str, relation: Relation) -> str:
    if relation.external:
        return ""
    target = relation.target
    joined = target.lstrip("/") if target.startswith("/") else posixpath.join(posixpath.dirname(part), target)
    return posixpath.normpath(joined)


def _check_main(work: _Work) -> None:
    opened = [_target("", relation) for relation in _relations(work, "") if relation.type.endswith("/officeDocument")]
    if opened != [_MAIN]:
        raise LetterheadError("Word would open another part of this file than its text. Make the letterhead anew.")


def _keep(work: _Work, relation: Relation, kind: str, target: str) -> None:
    """Keep a part of the document, with what that part itself refers to."""
    if relation.external:
        work.relations.append(relation._replace(id=f"k{relation.id}"))
        return
    content = _part(work, target)
    work.relations.append(Relation(f"k{relation.id}", relation.type, f"/{target}"))
    if kind == "image":
        work.kept[target] = _checked_picture(target, content)
    elif kind == "fontTable":
        work.kept[target] = _without_fonts(target, work)
    elif kind in ("header", "footer"):
        _keep_header(work, kind, target)
        _keep_inner(work, target)
    else:
        work.kept[target] = content
        _keep_inner(work, target)


def _part(work: _Work, name: str) -> bytes:
    if name not in work.parts:
        raise LetterheadError(f"The letterhead lacks its part {name}. Open it in Word and save it again.")
    return work.parts[name]


def _keep_inner(work: _Work, part: str) -> None:
    """Keep the pictures that a part refers to, and where its links lead."""
    kept = []
    for one in _relations(work, part):
        if not one.external:
            target = _target(part, one)
            work.kept[target] = _checked_picture(target, _part(work, target))
            one = Relation(one.id, one.type, f"/{target}")
        kept.append(one)
    if kept:
        work.kept[_relations_of(part)] = relations_part(kept).encode()


def _relations_of(part: str) -> str:
    return posixpath.join(posixpath.dirname(part), "_rels", posixpath.basename(part) + ".rels")


def _without_fonts(target: str, work: _Work) -> bytes:
    """The list of fonts without fonts that come along: one may draw other letters than the text has."""
    root = parsed(target, work.parts[target])
    if drop(one for one in root.iter() if str(one.tag).startswith(f"{W}embed")):
        work.left_out.append("the fonts that it brings along (the reader's own are used)")
    return written(root).encode()


def _checked_picture(name: str, content: bytes) -> bytes:
    if is_xml(name):
        raise LetterheadError(f"The part {name} is not what a letterhead has. Make the letterhead anew.")
    if name.casefold().endswith(".svg") and re.search(rb"<script|<foreignObject|href\s*=\s*[\"'](?!#|data:)", content):
        raise LetterheadError(f"The picture {name} holds a program or loads something. Use a PNG in its place.")
    return content


def _keep_header(work: _Work, kind: str, target: str) -> None:
    root = parsed(target, work.parts[target])
    work.left_out += clean(root, f"its {kind}")
    for paragraph in root.iter(f"{W}p"):
        work.finder.in_line(paragraph, f"the {kind}")
    pieces = work.finder.pieces(root)
    if len(pieces) == 1 and isinstance(pieces[0], str):
        work.kept[target] = pieces[0].encode()
    else:
        work.headers[target] = pieces


def _package(work: _Work, types: dict[str, str]) -> tuple[tuple[Relation, ...], tuple[tuple[str, str], ...]]:
    """Return the document's relations and the content types."""
    relations = [*_OWN_RELATIONS, *work.relations]
    for kind, name, made in (("theme", "word/theme/theme1.xml", THEME), ("fontTable", "word/fontTable.xml", FONTS)):
        if not any(one.type.endswith(f"/{kind}") for one in work.relations):
            relations.append(Relation(f"r{kind}", f"{OFFICE}/{kind}", f"/{name}"))
            work.kept[name] = made.encode()
            types[f"/{name}"] = OWN_TYPES[kind]
    ours = dict(_type_of(name, types) for name in (*work.kept, *work.headers) if not name.endswith(".rels"))
    return tuple(relations), tuple(sorted({**_TYPES, **ours, **_EXTENSIONS}.items()))


def _type_of(name: str, types: dict[str, str]) -> tuple[str, str]:
    """Return what a part is: said of the part itself, or of the extension of its name."""
    folded = {part.casefold(): kind for part, kind in reversed(types.items())}
    if kind := types.get(f"/{name}") or folded.get(f"/{name}".casefold()):
        return f"/{name}", kind
    extension = name.rpartition(".")[2].casefold()
    if extension not in types or extension in ("xml", "rels"):
        raise LetterheadError(f"The file does not say what its part {name} is. Save it anew from Word.")
    return extension, types[extension]


def _found(root: etree._Element, work: _Work) -> Iterator[str]:
    yield "Placeholders: " + ", ".join(f"{{{{ {name} }}}}" for name in PLACEHOLDERS if name in work.finder.named) + "."
    if page := page_of(root):
        yield f"A page of {round(page.width / 56.7)} × {round(page.height / 56.7)} mm."
    pictures = sum(name.startswith("word/media/") for name in work.kept)
    if pictures:
        yield f"{pictures} pictures." if pictures > 1 else "One picture."
    names = [name for name in (*work.kept, *work.headers) if not name.endswith(".rels")]
    headers, footers = (sum(kind in name for name in names) for kind in ("/header", "/footer"))
    if headers or footers:
        yield f"Headers: {headers}. Footers: {footers}."
