"""Word documents made for the tests that take them in, their parts written by hand: each says what it is about."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from xml.sax.saxutils import escape

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
NAMES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    f'xmlns:r="{OFFICE}" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def run(words: str, looks: str = "") -> str:
    """Return a run."""
    return f'<w:r><w:rPr>{looks}</w:rPr><w:t xml:space="preserve">{escape(words)}</w:t></w:r>'


def paragraph(*runs: str, looks: str = "") -> str:
    """Return a paragraph of runs, or of plain words."""
    inner = "".join(one if one.startswith("<") else run(one) for one in runs)
    return f"<w:p><w:pPr>{looks}</w:pPr>{inner}</w:p>"


def table(*rows: tuple[str, ...]) -> str:
    """Return a table of cells, each some paragraphs or plain words."""
    cells = [[one if one.startswith("<") else paragraph(one) for one in row] for row in rows]
    inner = "".join("<w:tr>" + "".join(f"<w:tc>{cell}</w:tc>" for cell in row) + "</w:tr>" for row in cells)
    return f"<w:tbl><w:tblPr/>{inner}</w:tbl>"


def docx(
    body: str,
    parts: Mapping[str, str] | None = None,
    relations: Mapping[str, tuple[str, str]] | None = None,
    kind: str = MAIN,
    files: Mapping[str, bytes] | None = None,
) -> bytes:
    """
    Return a document with a body; `parts` are other parts of it by their kind, as `styles` and `footnotes` are.

    `relations` are those to what lies elsewhere: by their id, the kind and the address.
    """
    others = dict(parts or {})
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{kind}"/></Types>',
        )
        packed.writestr("_rels/.rels", _relations([("m", "officeDocument", "word/document.xml", "")]))
        packed.writestr("word/document.xml", f"<w:document {NAMES}><w:body>{body}</w:body></w:document>")
        own = [(f"p{n}", name.rstrip("0123456789"), f"{name}.xml", "") for n, name in enumerate(others)]
        other = [(name, said, target, ' TargetMode="External"') for name, (said, target) in (relations or {}).items()]
        packed.writestr("word/_rels/document.xml.rels", _relations([*own, *other]))
        for name, content in others.items():
            root = {"footnotes": "footnotes", "endnotes": "endnotes", "styles": "styles", "numbering": "numbering"}
            tag = root.get(name, "hdr")
            packed.writestr(f"word/{name}.xml", f"<w:{tag} {NAMES}>{content}</w:{tag}>")
        for name, data in (files or {}).items():
            packed.writestr(name, data)
    return made.getvalue()


def _relations(rows: list[tuple[str, str, str, str]]) -> str:
    inner = "".join(
        f'<Relationship Id="{name}" Type="{OFFICE}/{kind}" Target="{escape(target)}"{mode}/>'
        for name, kind, target, mode in rows
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{inner}</Relationships>'
