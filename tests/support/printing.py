"""Letters to print, and what a document says, read by python-docx."""

from __future__ import annotations

import datetime
import io
import zipfile

import docx
from lxml import etree

from workflow import documents
from workflow.letter import text

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
KERRY = text.Recipient(
    "John F. Kerry", "Secretary of State", "Department of State", ("2201 C Street NW", "Washington, DC 20520", "US")
)
LYON = text.Recipient("Mme Claire Dubois", "Directrice", "Agence de l’eau", ("12, rue de la République", "69002 Lyon"))


def signature(n: int) -> text.Signature:
    return text.Signature(f"Person{n:04d} Surname", "President", f"House of Rivers {n:04d}", f"HR{n:04d}")


def paper(body: str = "Water is short.", signatures: int = 3, **other: object) -> documents.PrintJob:
    recipient = other.pop("recipient", KERRY)
    date = other.pop("date", datetime.date(2016, 1, 24))
    fields = {"salutation": "Dear Mr. Secretary,", "closing": "Sincerely,", **other}
    letter = text.Letter(recipients=(recipient,), body=body, **fields)
    return documents.PrintJob(letter, recipient, date, tuple(signature(n) for n in range(signatures)))


def signed_by(*signatures: text.Signature) -> documents.PrintJob:
    plain = paper()
    return documents.PrintJob(plain.letter, plain.recipient, plain.date, signatures)


def opened(printed: documents.PrintJob) -> docx.document.Document:
    return docx.Document(io.BytesIO(documents.render_docx(printed)))


def part(printed: documents.PrintJob, name: str) -> etree._Element:
    return etree.fromstring(zipfile.ZipFile(io.BytesIO(documents.render_docx(printed))).read(name))


def printed_lines(printed: documents.PrintJob) -> list[str]:
    """Every line of the document in reading order, those in tables where the table stands."""
    body = part(printed, "word/document.xml")[0]
    lines: list[str] = []
    for paragraph in body.iter(f"{W}p"):
        pieces = [{f"{W}t": e.text or "", f"{W}br": "\n", f"{W}tab": "\t"}.get(e.tag, "") for e in paragraph.iter()]
        lines.extend("".join(pieces).split("\n"))
    return [line for line in lines if line]


def of_style(printed: documents.PrintJob, style: str) -> list[str]:
    return [paragraph.text for paragraph in opened(printed).paragraphs if paragraph.style.name == style]


def numbered(printed: documents.PrintJob) -> list[tuple[int, int, str]]:
    """Each list item as (number of its list, level, words)."""
    found = []
    for paragraph in opened(printed).paragraphs:
        number = paragraph._p.pPr.numPr if paragraph._p.pPr is not None else None
        if number is not None:
            found.append((number.numId.val, number.ilvl.val, paragraph.text))
    return found
