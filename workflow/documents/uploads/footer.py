"""
A letterhead whose footers say where anybody can ask whether the letter is genuine: an address, its code, a QR code.

It stays a letterhead: what is added is the same in every document of a letter, and named by its approval with the rest.
"""

from __future__ import annotations

import dataclasses
import functools
import posixpath
import re

from workflow.documents.pictures import EMU_PER_MM
from workflow.documents.uploads.letterhead import Letterhead, Piece
from workflow.documents.writing.drawingml import drawn
from workflow.documents.writing.footers import Footer, qr_code
from workflow.documents.writing.opc import WORD_TYPE, Relation, relations_part
from workflow.documents.writing.wordml import HEAD, NAMESPACES, OFFICE, escaped, reads_right_to_left

QR_SIZE = 17 * EMU_PER_MM
"""With the quiet zone around it; its squares are about a third of a millimetre then."""
_HALF_POINTS = 17
_OFF = ("0", "false", "off")
_DRAWING = 8990
"""The id of what is drawn: below those of a letter's own pictures, above a letterhead's."""
_PART = "word/footer-genuine.xml"
_PICTURE = "word/media/genuine.png"
_RELATION = "rGenuine"
_SECTION = re.compile(r"<w:sectPr(?: [^>]{0,300}[^/>])?>.*?</w:sectPr>", re.DOTALL)
_REFERENCE = re.compile(r"<w:footerReference [^>]{0,200}>")
_OF_TYPE = re.compile(r'w:type="(\w{1,10})"')
_TITLE_PAGE = re.compile(r'<w:titlePg(?: w:val="(\w{1,5})")?/>')
_FOOTER_STYLE = re.compile(r'<w:style [^>]{0,200}w:styleId="([^"]{1,80})"[^>]{0,200}><w:name w:val="footer"/>', re.I)


@functools.lru_cache(maxsize=256)
def with_footer(letterhead: Letterhead, footer: Footer) -> Letterhead:
    """Return a letterhead that says so at the foot of each page, below what stands there already."""
    line = _line(footer, letterhead)
    constant, headers = dict(letterhead.constant), dict(letterhead.headers)
    parts = [_part(one) for one in letterhead.relations if one.type == f"{OFFICE}/footer"]
    for part in dict.fromkeys(parts):
        if part in headers:
            headers[part] = _appended(headers[part], line)
        elif part in constant:
            constant[part] = constant[part].replace(b"</w:ftr>", f"{line}</w:ftr>".encode(), 1)
        constant |= _with_picture(part, constant)
    document, added = _with_references(letterhead)
    if added:
        constant[_PART] = f"{HEAD}<w:ftr {NAMESPACES}>{line}</w:ftr>".encode()
        constant |= _with_picture(_PART, constant)
    constant[_PICTURE] = qr_code(footer.link)
    types = {*letterhead.types, ("png", "image/png"), *([(f"/{_PART}", f"{WORD_TYPE}.footer+xml")] if added else [])}
    relation = Relation(_RELATION, f"{OFFICE}/footer", f"/{_PART}")
    return dataclasses.replace(
        letterhead,
        constant=tuple(constant.items()),
        headers=tuple(headers.items()),
        document=document,
        relations=(*letterhead.relations, *([relation] if added else [])),
        types=tuple(sorted(types)),
    )


def _part(relation: Relation) -> str:
    """The part that the document refers to."""
    return posixpath.normpath(posixpath.join("/word", relation.target)).lstrip("/")


def _line(footer: Footer, letterhead: Letterhead) -> str:
    """One line at the edge where lines end: the words, the address with the code, the QR code."""
    found = _FOOTER_STYLE.search("".join(letterhead.styles))
    style = found[1] if found else escaped(dict(letterhead.renamed).get("Normal", "Normal"))
    picture = drawn(_RELATION, QR_SIZE, QR_SIZE, _DRAWING, footer.link)
    picture = picture.replace("<w:drawing>", f'<w:drawing xmlns:r="{OFFICE}">', 1)
    turned = "<w:bidi/>" if footer.right_to_left else ""
    words = "".join(
        _run(said, right_to_left=reads_right_to_left(said)) for said in (f"{footer.words} ", footer.address)
    )
    return (
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{turned}<w:jc w:val="right"/><w:textAlignment w:val="center"/></w:pPr>'
        f'{words}<w:r><w:t xml:space="preserve"> </w:t></w:r><w:r>{picture}</w:r></w:p>'
    )


def _run(words: str, *, right_to_left: bool) -> str:
    turned = "<w:rtl/>" if right_to_left else ""
    looks = f'<w:rPr><w:sz w:val="{_HALF_POINTS}"/><w:szCs w:val="{_HALF_POINTS}"/>{turned}</w:rPr>'
    return f'<w:r>{looks}<w:t xml:space="preserve">{escaped(words)}</w:t></w:r>'


def _appended(pieces: tuple[Piece, ...], line: str) -> tuple[Piece, ...]:
    *before, last = pieces
    assert isinstance(last, str)
    return (*before, last.replace("</w:ftr>", f"{line}</w:ftr>", 1))


def _with_picture(part: str, constant: dict[str, bytes]) -> dict[str, bytes]:
    """The relations of a footer, with the picture among them."""
    name = posixpath.join(posixpath.dirname(part), "_rels", f"{posixpath.basename(part)}.rels")
    picture = Relation(_RELATION, f"{OFFICE}/image", f"/{_PICTURE}")
    if name not in constant:
        return {name: relations_part([picture]).encode()}
    return {name: constant[name].replace(b"</Relationships>", f"{picture.xml()}</Relationships>".encode(), 1)}


def _with_references(letterhead: Letterhead) -> tuple[tuple[Piece, ...], bool]:
    """The document with a footer for each kind of page of its first section; whether it had not all of them."""
    even = any(b"evenAndOddHeaders" in content for name, content in letterhead.constant if name == "word/settings.xml")
    seen: set[str] = set()
    added = False

    def filled(found: re.Match[str]) -> str:
        nonlocal added
        head, _, rest = found[0].partition(">")
        title = _TITLE_PAGE.search(rest)
        due = (
            {"default"}
            | ({"first"} if title and (title[1] or "1") not in _OFF else set())
            | ({"even"} if even else set())
        )
        seen.update(_type(one[0]) for one in _REFERENCE.finditer(rest))
        missing = sorted(due - seen)
        seen.update(missing)
        added = added or bool(missing)
        own = "".join(f'<w:footerReference w:type="{kind}" r:id="{_RELATION}"/>' for kind in missing)
        return f"{head}>{own}{rest}"

    document = [_SECTION.sub(filled, piece) if isinstance(piece, str) else piece for piece in letterhead.document]
    if not seen and isinstance(last := document[-1], str):
        section = _SECTION.sub(filled, "<w:sectPr></w:sectPr>")
        document[-1] = last.replace("</w:body>", f"{section}</w:body>")
    return tuple(document), added


def _type(reference: str) -> str:
    found = _OF_TYPE.search(reference)
    return found[1] if found else "default"
