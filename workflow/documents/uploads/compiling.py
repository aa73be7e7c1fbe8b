"""
A letterhead made in Word or LibreOffice, compiled: checked, cleaned of what nobody should get, its marks found.

Done once, when it is uploaded. Marks are `{{ body }}` and the like, read by our own few lines: there is no template
language in a letterhead, so there is nothing to run. Format: ECMA-376, parts 1 and 2.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from workflow.documents.uploads.checks import is_xml, unpack
from workflow.documents.uploads.constant_parts import FONTS, OWN_TYPES, SETTINGS, THEME
from workflow.documents.uploads.letterhead import (
    A4,
    IN_LINE,
    PLACEHOLDERS,
    PLACES,
    Compiled,
    Letterhead,
    Page,
    Piece,
    Placeholder,
)
from workflow.documents.uploads.merging import merged_numbers, merged_styles
from workflow.documents.uploads.sanitise import W, clean
from workflow.documents.writing.opc import CORE_TYPE, OFFICE, WORD_TYPE, Relation, relations_part
from workflow.errors import LetterheadError

R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_KEPT = ("styles", "theme", "fontTable", "numbering", "header", "footer", "image", "hyperlink")
_EXPECTED = (*_KEPT, "settings", "webSettings", "stylesWithEffects", "customXml", "footnotes", "endnotes")
"""What a letterhead has or may lose without a word: settings and the like are written anew."""
_DANGEROUS = (
    "attachedTemplate",
    "oleObject",
    "package",
    "frame",
    "subDocument",
    "aFChunk",
    "control",
    "mailMergeSource",
)
_MARK = re.compile(r"\{\{([^{}]*+)\}\}")
_LEFT_BRACES = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
_OPEN, _CLOSE = "\ue000", "\ue001"
_SPLIT = re.compile(f"{_OPEN}(\\w+){_CLOSE}|<\\?letter (\\w+) (\\d+)\\?>(.*?)<\\?letter-end ?\\?>", re.DOTALL)
SAID = {
    "recipient": "the addressee", "date": "the date", "subject": "the subject", "salutation": "the salutation",
    "body": "the text", "closing": "the closing", "signatories": "the signatories", "logos": "the logos",
    "title": "the title", "page": "the page's number", "pages": "the number of pages",
}  # fmt: skip
_ABOVE, _BELOW = ("recipient", "date", "subject", "salutation"), ("closing", "signatories")
_STYLES = {
    "recipient": "InsideAddress", "date": "Date", "subject": "SubjectLine", "salutation": "Salutation",
    "body": "BodyText", "closing": "Closing", "signatories": "Signature", "logos": "Logos",
}  # fmt: skip


@dataclass(slots=True)
class _Work:
    """The upload while it is compiled."""

    parts: dict[str, bytes]
    kept: dict[str, bytes] = field(default_factory=dict)
    marked: dict[str, tuple[Piece, ...]] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    marks: set[str] = field(default_factory=set)
    placed: set[str] = field(default_factory=set)
    """The marks that stand in a line of their own on the page."""


def compiled(upload: bytes) -> Compiled:
    """Check and compile an uploaded .docx. Raises LetterheadError with a sentence."""
    work = _Work(unpack(upload))
    types = _types(work)
    _check_main(work)
    numbers_source, styles_source = b"", b""
    for relation in _relations(work, "word/document.xml"):
        kind = relation.type.rpartition("/")[2]
        target = _target("word/document.xml", relation)
        if kind == "styles":
            styles_source = work.parts.get(target, b"")
        elif kind == "numbering":
            numbers_source = work.parts.get(target, b"")
        elif kind in _KEPT:
            _keep(work, relation, kind, target)
        elif kind not in _EXPECTED:
            work.left_out.append(f"{kind} (what only the one who wrote the letterhead needs)")
    root = _parsed("word/document.xml", work.parts["word/document.xml"])
    work.left_out += clean(root, "the letterhead")
    missing = _place_marks(root, work)
    document = _pieces(root, renumber=True)
    styles, renamed = merged_styles(styles_source)
    numbers = merged_numbers(numbers_source)
    even = b"evenAndOddHeaders" in work.parts.get("word/settings.xml", b"")
    if even:
        work.found.append("Different headers on even and odd pages.")
    relations, own_types, constant = _package(work, types, even)
    made = Letterhead(
        upload, constant, tuple(work.marked.items()), document, styles, relations, own_types, numbers, renamed
    )
    return Compiled(made, tuple(_found(root, work)), tuple(missing), tuple(dict.fromkeys(work.left_out)))


# --- the package ---------------------------------------------------------------------------------------------------


def _parsed(name: str, content: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise LetterheadError(
            f"The part {name} is damaged, or nested deeper than Word ever does. Save the letterhead anew from Word."
        ) from error


def _types(work: _Work) -> dict[str, str]:
    root = _parsed("[Content_Types].xml", work.parts["[Content_Types].xml"])
    return {
        (one.get("PartName") or one.get("Extension", "").casefold()): one.get("ContentType", "")
        for one in root
        if isinstance(one.tag, str)
    }


def _relations(work: _Work, part: str) -> list[Relation]:
    name = posixpath.join(posixpath.dirname(part), "_rels", posixpath.basename(part) + ".rels")
    if name not in work.parts:
        return []
    found = [
        Relation(one.get("Id", ""), one.get("Type", ""), one.get("Target", ""), one.get("TargetMode") == "External")
        for one in _parsed(name, work.parts[name])
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
    if opened != ["word/document.xml"]:
        raise LetterheadError("Word would open another part of this file than its text. Make the letterhead anew.")


def _keep(work: _Work, relation: Relation, kind: str, target: str) -> None:
    """Keep a part of the document, with what that part itself refers to."""
    if relation.external:
        work.relations.append(relation._replace(id=f"k{relation.id}"))
        return
    if target not in work.parts:
        raise LetterheadError(f"The letterhead lacks its part {target}. Open it in Word and save it again.")
    work.relations.append(Relation(f"k{relation.id}", relation.type, f"/{target}"))
    if kind in ("header", "footer"):
        _keep_header(work, kind, target)
    elif kind == "fontTable":
        work.kept[target] = _without_fonts(target, work)
        return
    else:
        work.kept[target] = _checked_picture(target, work.parts[target]) if kind == "image" else work.parts[target]
    inner = _relations(work, target) if kind != "image" else []
    for one in inner:
        inside = _target(target, one)
        if inside and inside not in work.parts:
            raise LetterheadError(f"The letterhead lacks its part {inside}. Open it in Word and save it again.")
        if inside:
            work.kept[inside] = _checked_picture(inside, work.parts[inside])
    if inner:
        name = posixpath.join(posixpath.dirname(target), "_rels", posixpath.basename(target) + ".rels")
        kept = [one if one.external else Relation(one.id, one.type, f"/{_target(target, one)}") for one in inner]
        work.kept[name] = relations_part(kept).encode()


def _without_fonts(target: str, work: _Work) -> bytes:
    """The list of fonts without fonts that come along: one may draw other letters than the text has."""
    root = _parsed(target, work.parts[target])
    for one in [one for one in root.iter() if str(one.tag).startswith(f"{W}embed")]:
        parent = one.getparent()
        if parent is not None:
            parent.remove(one)
            work.left_out.append("the fonts that it brings along (the reader's own are used)")
    return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True))


def _checked_picture(name: str, content: bytes) -> bytes:
    if is_xml(name):
        raise LetterheadError(f"The part {name} is not what a letterhead has. Make the letterhead anew.")
    if name.casefold().endswith(".svg") and re.search(rb"<script|<foreignObject|href\s*=\s*[\"'](?!#|data:)", content):
        raise LetterheadError(f"The picture {name} holds a program or loads something. Use a PNG in its place.")
    return content


def _keep_header(work: _Work, kind: str, target: str) -> None:
    root = _parsed(target, work.parts[target])
    work.left_out += clean(root, f"its {kind}")
    for paragraph in root.iter(f"{W}p"):
        _mark_in_line(paragraph, work, f"the {kind}")
    pieces = _pieces(root, renumber=False)
    if len(pieces) == 1 and isinstance(pieces[0], str):
        work.kept[target] = pieces[0].encode()
    else:
        work.marked[target] = pieces


def _package(
    work: _Work, types: dict[str, str], even: bool
) -> tuple[tuple[Relation, ...], tuple[tuple[str, str], ...], tuple[tuple[str, bytes], ...]]:
    """Return the document's relations, the content types, and the constant parts."""
    ours = {
        "/word/document.xml": f"{WORD_TYPE}.document.main+xml",
        "/word/styles.xml": f"{WORD_TYPE}.styles+xml",
        "/word/numbering.xml": f"{WORD_TYPE}.numbering+xml",
        "/word/settings.xml": f"{WORD_TYPE}.settings+xml",
        "/docProps/core.xml": CORE_TYPE,
    }
    relations = [
        Relation("rStyles", f"{OFFICE}/styles", "styles.xml"),
        Relation("rNumbering", f"{OFFICE}/numbering", "numbering.xml"),
        Relation("rSettings", f"{OFFICE}/settings", "settings.xml"),
        *work.relations,
    ]
    names = [*work.kept, *work.marked]
    for kind, name, made in (("theme", "word/theme/theme1.xml", THEME), ("fontTable", "word/fontTable.xml", FONTS)):
        if not any(one.type.endswith(f"/{kind}") for one in work.relations):
            relations.append(Relation(f"r{kind}", f"{OFFICE}/{kind}", f"/{name}"))
            work.kept[name] = made.encode()
            types[f"/{name}"] = OWN_TYPES[kind]
            names.append(name)
    for name in names:
        extension = name.rpartition(".")[2].casefold()
        kind = types.get(f"/{name}") or next((v for k, v in types.items() if k.casefold() == f"/{name}".casefold()), "")
        if kind:
            ours[f"/{name}"] = kind
        elif extension in types and extension not in ("xml", "rels"):
            ours[extension] = types[extension]
        elif not name.endswith(".rels"):
            raise LetterheadError(f"The file does not say what its part {name} is. Save it anew from Word.")
    ours |= {
        "rels": "application/vnd.openxmlformats-package.relationships+xml",
        "xml": "application/xml",
        "png": "image/png",
    }
    settings = SETTINGS.replace("<w:compat>", "<w:evenAndOddHeaders/><w:compat>") if even else SETTINGS
    constant = (("word/settings.xml", settings.encode()), *sorted(work.kept.items()))
    return tuple(relations), tuple(sorted(ours.items())), constant


# --- marks ---------------------------------------------------------------------------------------------------------


def _place_marks(root: etree._Element, work: _Work) -> list[str]:
    """Put places where the marks are; what has none gets its usual place, and is named in the sentences returned."""
    body = root.find(f"{W}body")
    if body is None:
        raise LetterheadError("The file has no text part. Save the letterhead as .docx from Word.")
    for paragraph in list(body.iter(f"{W}p")):
        mark = _MARK.fullmatch(_own_words(paragraph).strip())
        name = mark[1].strip().casefold() if mark else ""
        if name in PLACES:
            _place(paragraph, name, work)
        else:
            _mark_in_line(paragraph, work, "the page")
    return _add_missing(body, work)


def _own_runs(paragraph: etree._Element) -> Iterator[etree._Element]:
    """The text elements of a paragraph, without those of a text box that stands in it."""
    for words in paragraph.iter(f"{W}t"):
        if next(words.iterancestors(f"{W}p")) is paragraph:
            yield words


def _own_words(paragraph: etree._Element) -> str:
    return "".join(words.text or "" for words in _own_runs(paragraph))


def _known(name: str) -> str:
    folded = name.casefold()
    if folded not in PLACEHOLDERS:
        known = ", ".join(f"{{{{ {mark} }}}}" for mark in PLACEHOLDERS)
        raise LetterheadError(f"There is no mark {{{{ {name[:60]} }}}}. These can be used: {known}.")
    return folded


def _place(paragraph: etree._Element, name: str, work: _Work) -> None:
    if name in work.marks and name != "date":
        raise LetterheadError(f"The mark {{{{ {name} }}}} stands in it twice. Take one of them out.")
    if any(True for _ in paragraph.iterancestors(f"{W}txbxContent")) and name in ("body", "signatories", "logos"):
        raise LetterheadError(f"The mark {{{{ {name} }}}} stands in a text box. Put it on the page itself.")
    work.marks.add(name)
    work.placed.add(name)
    properties = paragraph.find(f"{W}pPr")
    looks = next((run.find(f"{W}rPr") for run in paragraph.iter(f"{W}r")), None)
    section = properties.find(f"{W}sectPr") if properties is not None else None
    if section is not None:
        raise LetterheadError(f"A section ends in the line of {{{{ {name} }}}}. Put the break into a line of its own.")
    for child in list(paragraph):
        if child is not properties:
            paragraph.remove(child)
    if properties is None:
        properties = etree.SubElement(paragraph, f"{W}pPr")
    if properties.find(f"{W}pStyle") is None:
        style = etree.Element(f"{W}pStyle")
        style.set(f"{W}val", _STYLES[name])
        properties.insert(0, style)
    run = etree.SubElement(paragraph, f"{W}r")
    if looks is not None:
        run.append(looks)
    words = etree.SubElement(run, f"{W}t")
    words.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    words.text = _OPEN + "words" + _CLOSE
    start = etree.ProcessingInstruction("letter", f"{name} {_measure(paragraph)}")
    paragraph.addprevious(start)
    paragraph.addnext(etree.ProcessingInstruction("letter-end"))


def _measure(paragraph: etree._Element) -> int:
    """The length of a line where a paragraph stands: its table cell's, or its page's."""
    for cell in paragraph.iterancestors(f"{W}tc"):
        width = cell.find(f"{W}tcPr/{W}tcW")
        if width is not None and width.get(f"{W}type") == "dxa" and (width.get(f"{W}w") or "").isdigit():
            return max(1000, int(width.get(f"{W}w") or 0) - 216)
    sections = list(paragraph.getroottree().getroot().iter(f"{W}sectPr"))
    return page_of(sections[-1]).measure if sections else A4.measure


def page_of(section: etree._Element) -> Page:
    """Return the page of a section, as far as it says."""
    size, margins = section.find(f"{W}pgSz"), section.find(f"{W}pgMar")

    def length(element: etree._Element | None, name: str, usual: int) -> int:
        said = element.get(f"{W}{name}", "") if element is not None else ""
        return int(float(said)) if re.fullmatch(r"-?\d{1,6}(\.\d+)?", said) else usual

    width = length(size, "w", A4.width)
    sides = length(margins, "left", 1440) + length(margins, "right", 1440)
    return Page(width, length(size, "h", A4.height), min(sides // 2, width // 2 - 500))


def _mark_in_line(paragraph: etree._Element, work: _Work, where: str) -> None:
    """Put places amid words; a mark that Word has torn over several runs is joined in the first of them."""
    runs = list(_own_runs(paragraph))
    whole = "".join(run.text or "" for run in runs)
    if not _LEFT_BRACES.search(whole):
        return
    bare = _MARK.sub("", whole)
    if _LEFT_BRACES.search(bare):
        raise LetterheadError(
            f"In {where} stands “{whole.strip()[:80]}”. Marks are written {{{{ body }}}}; there are no commands."
        )
    for match in reversed(list(_MARK.finditer(whole))):
        name = _known(match[1].strip())
        if name not in IN_LINE:
            raise LetterheadError(
                f"The mark {{{{ {name} }}}} stands amid words or in {where}: put it on the page, in a line of its own."
            )
        work.marks.add(name)
        _replace(runs, match.start(), match.end(), f"{_OPEN}{name}{_CLOSE}")


def _replace(runs: list[etree._Element], start: int, end: int, by: str) -> None:
    at = 0
    for run in runs:
        words = run.text or ""
        first, last = max(start - at, 0), min(end - at, len(words))
        if first < last:
            run.text = words[:first] + by + words[last:]
            by = ""
        at += len(words)


def _add_missing(body: etree._Element, work: _Work) -> list[str]:
    if not work.placed:
        last = body.find(f"{W}sectPr")
        for name in (name for name in (*_ABOVE, "body", *_BELOW) if name not in work.marks):
            paragraph = etree.Element(f"{W}p")
            if last is None:
                body.append(paragraph)
            else:
                last.addprevious(paragraph)
            _place(paragraph, name, work)
        return ["It has no marks, so the letter is set after what stands on the page."]
    if "body" not in work.marks:
        raise LetterheadError("The mark {{ body }} is missing: put it where the letter's text is to stand.")
    anchor = next(one for one in body.iter(etree.ProcessingInstruction) if str(one.text).startswith("body "))
    end = anchor.getnext().getnext()
    sentences = []
    for name in _ABOVE:
        if name not in work.marks:
            anchor.addprevious(paragraph := etree.Element(f"{W}p"))
            _place(paragraph, name, work)
            sentences.append(f"It has no {{{{ {name} }}}}: {SAID[name]} is set before the text.")
    for name in reversed(_BELOW):
        if name not in work.marks:
            end.addnext(paragraph := etree.Element(f"{W}p"))
            _place(paragraph, name, work)
            sentences.append(f"It has no {{{{ {name} }}}}: {SAID[name]} is set after the text.")
    return sentences


def _found(root: etree._Element, work: _Work) -> Iterator[str]:
    yield "Marks: " + ", ".join(f"{{{{ {name} }}}}" for name in PLACEHOLDERS if name in work.marks) + "."
    section = list(root.iter(f"{W}sectPr"))
    if section:
        page = page_of(section[-1])
        yield f"A page of {round(page.width / 56.7)} × {round(page.height / 56.7)} mm."
    pictures = sum(name.startswith("word/media/") for name in work.kept)
    if pictures:
        yield f"{pictures} pictures." if pictures > 1 else "One picture."
    headers = sum("/header" in name for name in (*work.kept, *work.marked) if not name.endswith(".rels"))
    footers = sum("/footer" in name for name in (*work.kept, *work.marked) if not name.endswith(".rels"))
    if headers or footers:
        yield f"Headers: {headers}. Footers: {footers}."
    yield from work.found


# --- pieces --------------------------------------------------------------------------------------------------------


def _pieces(root: etree._Element, *, renumber: bool) -> tuple[Piece, ...]:
    """Write a part out, cut at its places."""
    if renumber:
        for element in root.iter():
            for name in [name for name in element.attrib if name.startswith(R)]:
                element.set(name, f"k{element.get(name)}")
    for words in root.iter(f"{W}t"):
        words.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    xml = etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True).decode()
    found: list[Piece] = []
    at = 0
    for match in _SPLIT.finditer(xml):
        found.append(xml[at : match.start()])
        if match[1] in ("page", "pages"):
            found[-1] = str(found[-1]) + _field(match[1])
        elif match[1]:
            found.append(Placeholder(match[1]))
        else:
            before, _, after = match[4].partition(f"{_OPEN}words{_CLOSE}")
            found.append(Placeholder(match[2], before, after, int(match[3])))
        at = match.end()
    found.append(xml[at:])
    joined: list[Piece] = []
    for piece in found:
        if isinstance(piece, str) and joined and isinstance(joined[-1], str):
            joined[-1] += piece
        else:
            joined.append(piece)
    return tuple(joined)


def _field(mark: str) -> str:
    """A field amid the words of a run: `w:t` is closed for it and opened again."""
    name = {"page": "PAGE", "pages": "NUMPAGES"}[mark]
    return (
        '</w:t><w:fldChar w:fldCharType="begin"/><w:instrText xml:space="preserve"> '
        f'{name} </w:instrText><w:fldChar w:fldCharType="separate"/><w:t>1</w:t><w:fldChar w:fldCharType="end"/>'
        '<w:t xml:space="preserve">'
    )
