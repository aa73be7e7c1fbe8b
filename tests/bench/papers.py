"""Documents: ours against docxtpl, python-docx's `add_row`, and the least that can be done (strings and a zip)."""

from __future__ import annotations

import functools
import io
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from datetime import date
from pathlib import Path

from docx import Document
from docxtpl import DocxTemplate

from tests.bench.figures import in_turn, record, timed
from tests.support.factories import words
from workflow import documents
from workflow.letter import text

RUNS = {5: 40, 100: 20, 1000: 11, 5000: 9}


def people(count: int) -> tuple[text.Signature, ...]:
    """So many signatories."""
    return tuple(text.Signature(f"Person {n}", "Director", f"Organisation {n}", f"O{n}") for n in range(count))


def ours(count: int) -> Callable[[], bytes]:
    """The letter by the product."""
    paper = documents.PrintJob(words(), words().recipients[0], date(2026, 11, 24), people(count))
    return lambda: documents.render_docx(paper)


@functools.cache
def _template() -> Path:
    """The same letter as a Word document with docxtpl's tags, signatories in a table of two columns."""
    document = Document()
    for line in ("{{ name }}", "{{ title }}", "{{ office }}", "{{ date }}", "{{ subject }}", "{{ salutation }}"):
        document.add_paragraph(line)
    document.add_paragraph("{%p for paragraph in body %}")
    document.add_paragraph("{{ paragraph }}")
    document.add_paragraph("{%p endfor %}")
    document.add_paragraph("{{ closing }}")
    table = document.add_table(3, 2)
    table.rows[0].cells[0].text = "{%tr for pair in pairs %}"
    for number, cell in enumerate(table.rows[1].cells):
        who = f"pair[{number}]"
        cell.text = f"{{{{ {who}.name }}}}"
        cell.add_paragraph(f"{{{{ {who}.title }}}}")
        cell.add_paragraph(f"{{{{ {who}.organisation }}}} ({{{{ {who}.acronym }}}})")
    table.rows[2].cells[0].text = "{%tr endfor %}"
    kept = Path(tempfile.mkdtemp()) / "letter.docx"
    document.save(str(kept))
    return kept


def by_docxtpl(count: int) -> Callable[[], bytes]:
    """The letter by docxtpl, from a template that is opened for each letter, as its documentation has it."""
    letter, signed = words(), [*people(count), text.Signature("", "", "", "")]
    to = letter.recipients[0]
    content = {
        "name": to.name, "title": to.title, "office": to.office, "date": "24 November 2026", "subject": letter.subject,
        "salutation": letter.salutation, "body": letter.body.split("\n\n"), "closing": letter.closing,
        "pairs": [(signed[n], signed[n + 1]) for n in range(0, count, 2)],
    }  # fmt: skip

    def render() -> bytes:
        template = DocxTemplate(str(_template()))
        template.render(content, autoescape=True)
        saved = io.BytesIO()
        template.save(saved)
        return saved.getvalue()

    return render


def by_add_row(count: int) -> Callable[[], bytes]:
    """The letter by python-docx, a table that grows row by row."""

    def render() -> bytes:
        document = Document()
        for block in words().body.split("\n\n"):
            document.add_paragraph(block)
        table = document.add_table(0, 2)
        for n in range(0, count, 2):
            for cell, number in zip(table.add_row().cells, (n, n + 1), strict=True):
                for line in (f"Person {number}", "Director", f"Organisation {number} (O{number})"):
                    cell.add_paragraph(line)
        saved = io.BytesIO()
        document.save(saved)
        return saved.getvalue()

    return render


def least(count: int) -> Callable[[], bytes]:
    """
    The least that can be done: one string of XML, deflated at level 6, beside parts that were deflated before.

    The string is that of our own document with the signatories' words set into it one by one.
    """
    whole = zipfile.ZipFile(io.BytesIO(ours(2)()))
    others = [(name, whole.read(name)) for name in whole.namelist() if name != "word/document.xml"]
    kept = [(name.encode(), zlib.crc32(raw), len(raw), _deflated(raw)) for name, raw in others]
    xml = zipfile.ZipFile(io.BytesIO(ours(count)())).read("word/document.xml").decode()
    opens, closes, across = ("<w:tr>", "</w:tr>", 3) if "<w:tbl>" in xml else ("<w:p>", "</w:p>", 1)
    start = xml.rindex(opens, 0, xml.index("Person 0"))
    end = xml.index(closes, xml.index(f"Person {count - 1}<")) + len(closes)
    unit = xml[start : xml.index(closes, start) + len(closes)]
    for n in range(across):
        for old, name in ((f"Organisation {n}", "organisation"), (f"(O{n})", "acronym"), (f"Person {n}", "name")):
            unit = unit.replace(old, f"{{{n}.{name}}}" if name != "acronym" else f"({{{n}.{name}}})")
    signed = [*people(count), *[text.Signature("", "", "", "")] * across]

    def render() -> bytes:
        rows = [unit.format(*signed[n : n + across]) for n in range(0, count, across)]
        return _zipped([*kept, _part(b"word/document.xml", f"{xml[:start]}{''.join(rows)}{xml[end:]}")])

    return render


def _deflated(raw: bytes) -> bytes:
    deflater = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflater.compress(raw) + deflater.flush()


def _part(name: bytes, xml: str) -> tuple[bytes, int, int, bytes]:
    raw = xml.encode()
    return name, zlib.crc32(raw), len(raw), _deflated(raw)


def _zipped(parts: list[tuple[bytes, int, int, bytes]]) -> bytes:
    from workflow.documents.writing.opc import Entry, pack

    return pack(Entry(*part) for part in parts)


def _warm(way: Callable[[], bytes]) -> float:
    """Time a way right after it has run, so that none pays for the memory that the one before gave back."""
    way()
    return timed(way)


def measure() -> None:
    """Print and record the figures of documents."""
    times: dict[int, float] = {}
    for count, runs in RUNS.items():
        ways = {"ours": ours(count), "docxtpl": by_docxtpl(count), "bound": least(count), "add_row": by_add_row(count)}
        for way in ways.values():
            way()
        taken = in_turn({name: functools.partial(_warm, way) for name, way in ways.items()}, runs)
        times[count] = taken["ours"]
        record(f"docx/{count}/vs_docxtpl", taken["ours"], taken["docxtpl"], "ms", runs)
        record(f"docx/{count}/vs_bound", taken["ours"], taken["bound"], "ms", runs)
        record(f"docx/{count}/vs_add_row", taken["ours"], taken["add_row"], "ms", runs)
    from math import log

    grown = log(times[5000] / times[100]) / log(50)
    print(f"growth from 100 to 5,000 signatories: exponent {grown:.2f}")
