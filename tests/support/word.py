"""Letterheads as people make them in Word."""

import io
from datetime import date

import docx
from docx.shared import Mm, Pt
from PIL import Image

from tests.support.factories import words
from workflow import documents
from workflow.documents import compile_letterhead
from workflow.letter import text


def png(size=(60, 30)):
    saved = io.BytesIO()
    Image.new("RGB", size, "navy").save(saved, "PNG")
    saved.seek(0)
    return saved


def saved(document):
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


def in_word(*lines, header="Coalition for Rivers", footer="Page {{ page }} of {{ pages }}, {{ date }}"):
    """A letterhead as people make them in Word: logo and name in the header, a footer, lines with marks."""
    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height, section.left_margin = Mm(210), Mm(297), Mm(30)
    head = section.header.paragraphs[0]
    head.add_run().add_picture(png(), width=Mm(20))
    head.add_run(header).font.size = Pt(18)
    section.footer.paragraphs[0].text = footer
    document.styles["Normal"].font.name = "Georgia"
    document.core_properties.author = "Somebody Private"
    for line in lines:
        document.add_paragraph(line)
    return saved(document)


PARAGRAPHS = ("Free the seventeen.", "We ask for:", "A list, and an answer.")
MARKED = in_word(
    "{{ recipient }}", "Our letter of {{ date }}", "{{ subject }}", "{{ salutation }}", "{{ body }}", "{{ closing }}",
    "{{ signatories }}", "Registered charity no. 1234",
)  # fmt: skip


def paper(count=3, **changes):
    signatures = tuple(text.Signature(f"Person {n}", "Director", f"Org {n}", f"O{n}") for n in range(count))
    body = "\n\n".join(("# Why", *PARAGRAPHS, "1. one\n2. two", "As said[^1].\n\n[^1]: In May.", "| A |\n| - |\n| b |"))
    return documents.PrintJob(words(body=body), words().recipients[0], date(2026, 11, 24), signatures, **changes)


def rendered(source, **changes):
    return documents.render_docx(paper(**changes), compile_letterhead(source).letterhead)
