"""The names of a letter's signatories as a list in Word, in the order in which they are printed."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from workflow.languages import direction
from workflow.letter.text import Signature


@dataclass(frozen=True, slots=True)
class NameList:
    """What the list says: its title, each signatory, and a sentence on those who are counted only."""

    title: str
    language: str
    signatures: Sequence[Signature]
    withheld: str = ""


def write(listed: NameList) -> bytes:
    """Return the list as a Word document."""
    from docx import Document
    from docx.oxml.parser import OxmlElement

    made = Document()
    made.core_properties.title, made.core_properties.author = listed.title, ""
    made.core_properties.language = listed.language
    made.add_heading(listed.title, level=1)
    for signature in listed.signatures:
        paragraph = made.add_paragraph(style="List Number")
        name, *rest = signature.lines or ("",)
        paragraph.add_run(name).bold = True
        if rest:
            paragraph.add_run(f", {', '.join(rest)}")
        if signature.country:
            paragraph.add_run(f" – {signature.country}")
    if listed.withheld:
        made.add_paragraph(listed.withheld)
    if direction(listed.language) == "rtl":
        for paragraph in made.paragraphs:
            paragraph._p.get_or_add_pPr().append(OxmlElement("w:bidi"))
            for run in paragraph.runs:
                run._r.get_or_add_rPr().append(OxmlElement("w:rtl"))
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()
