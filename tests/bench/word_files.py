"""How long a Word document of twenty pages takes to be read, against mammoth, which makes Markdown of it."""

from __future__ import annotations

import io

import mammoth
from docx import Document

from tests.bench.figures import in_turn, record, timed
from workflow import imports
from workflow.imports import word

PAGES, RUNS = 20, 7
SENTENCE = "We write to you about the rivers of the north, which have been dry since the spring of last year. "


def twenty_pages() -> bytes:
    """Return a letter of some twenty pages: paragraphs, headings, lists, a table a page, bold and italic words."""
    document = Document()
    document.add_paragraph("Dear Minister,")
    for page in range(PAGES):
        document.add_heading(f"Part {page}", 1)
        for number in range(4):
            paragraph = document.add_paragraph(SENTENCE * 3)
            paragraph.add_run(f"Number {number} ").bold = True
            paragraph.add_run("of them").italic = True
            paragraph.add_run(", " + SENTENCE)
        for number in range(4):
            document.add_paragraph(f"Item {number} of page {page}", style="List Bullet")
        table = document.add_table(4, 3)
        for cell in table._cells:
            cell.text = f"Cell {page}"
    document.add_paragraph("Sincerely,")
    for number in range(10):
        document.add_paragraph(f"Anna Berg {number}, Director, Rivers Trust {number}")
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def measure() -> None:
    """Print how many times as long as ours mammoth takes, and what the recognition of a letter's parts adds."""
    letter = twenty_pages()
    taken = in_turn(
        {
            "ours": lambda: timed(lambda: word.read(letter, "a.docx")),
            "mammoth": lambda: timed(lambda: mammoth.convert_to_markdown(io.BytesIO(letter))),
            "whole": lambda: timed(lambda: imports.read(letter, "a.docx")),
        },
        RUNS,
    )
    record("docx_in/20_pages/vs_mammoth", taken["ours"], taken["mammoth"], "ms", RUNS)
    print(f"  with the parts of the letter recognised and checked: {taken['whole']:.0f} ms")
