"""The documents: that they are those the log names, and print the text and the names that were signed."""

# ruff: noqa: B905 (what it asks for came with Python 3.10)
from __future__ import annotations

import hashlib
import html
import io
import re
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree import ElementTree

from workflow.verify.bundle import MEGABYTE, Bundle
from workflow.verify.entries import Entry
from workflow.verify.report import Fault, Report
from workflow.verify.story import Story

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
PRINTED_PARTS = ("word/document.xml", "word/footnotes.xml", "word/endnotes.xml")


def check_documents(bundle: Bundle, story: Story, texts: Mapping[str, dict[str, Any]], report: Report) -> None:
    """Check that the documents are those the log names, and print the text and the names that were signed."""
    named: dict[str, Entry] = {}
    for rendered in story.renderings:
        for kind in ("docx", "pdf"):
            if rendered.about.get(kind):
                named[f"{rendered.about[kind]}.{kind}"] = rendered
    for name, rendered in named.items():
        if name not in bundle.documents:
            report.invalid.append(f"The document {name}, made in entry {rendered.seq}, is missing.")
    for name, content in sorted(bundle.documents.items()):
        if hashlib.sha256(content).hexdigest() != name.partition(".")[0]:
            report.invalid.append(f"documents/{name} was changed: its bytes are not those of its name.")
        elif name not in named:
            report.invalid.append(f"documents/{name} is not a document of this letter: no entry names it.")
        elif name.endswith(".docx"):
            _check_words(name, content, named[name], story, texts, report)


def _check_words(
    name: str, content: bytes, rendered: Entry, story: Story, texts: Mapping[str, dict[str, Any]], report: Report
) -> None:
    """Compare a document's words with those of the signed text and of the sign-offs."""
    try:
        paper = docx_text(content)
    except Fault as fault:
        report.invalid.append(f"documents/{name} {fault}.")
        return
    text, printed = texts.get(rendered.about["digest"], {}), rendered.about["signoffs"]
    signed = {key: value for key, value in text.items() if key in ("body", "salutation", "closing")}
    missing = words(_plain(signed)) - words(paper)
    if missing:
        report.invalid.append(f"documents/{name} is not the text that was signed: it lacks {_listed(missing)}.")
    who = [story.disclosed[seq] for seq in printed if seq in story.disclosed]
    for seq, person in zip([seq for seq in printed if seq in story.disclosed], who):
        if not _stands_in(str(person.get("name", "")), paper):
            report.invalid.append(f"documents/{name} does not print the name of {story.name(seq)}.")
    extra = words(paper) - words(_plain(text)) - words("\n".join(str(v) for person in who for v in person.values()))
    if extra:
        report.remarks.append(
            f"documents/{name} prints words that neither the signed text nor the sign-offs hold. The date and the "
            f"letterhead are expected here, nothing else: {_listed(extra)}."
        )
    if len(who) < len(printed):
        report.remarks.append(
            f"documents/{name}: {len(printed) - len(who)} of {len(printed)} names are withheld or erased, not compared."
        )


def _listed(found: Counter[str]) -> str:
    shown = list(found.elements())
    return " ".join(shown[:40]) + (f" ... ({len(shown)} words)" if len(shown) > 40 else "")


def docx_text(content: bytes) -> str:
    """Return the words of a Word document, a line for each paragraph and break. Raises Fault."""
    lines: list[str] = []
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if len(set(names)) != len(names) or PRINTED_PARTS[0] not in names:
                raise Fault("has no text, or has it twice")
            for part in PRINTED_PARTS:
                if part in names:
                    with archive.open(part) as opened:
                        lines += _xml_text(opened.read(32 * MEGABYTE + 1))
    except (zipfile.BadZipFile, ElementTree.ParseError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise Fault(f"is not a Word document that can be read ({error})") from None
    return "".join(lines)


def _xml_text(xml: bytes) -> Iterable[str]:
    if len(xml) > 32 * MEGABYTE or b"<!DOCTYPE" in xml or b"\0" in xml:
        raise Fault("is not a Word document that can be read (too large, or with a document type)")
    breaks = {"p": "\n", "br": "\n", "cr": "\n", "tab": " ", "noBreakHyphen": "-"}
    for element in ElementTree.fromstring(xml).iter():
        kind = element.tag.removeprefix(WORD) if isinstance(element.tag, str) else ""
        yield (element.text or "") if kind == "t" else breaks.get(kind, "")


def _plain(value: Any) -> str:
    """Everything that a text says, without Markdown's link targets, list numbers, footnote marks and fences."""
    if not isinstance(value, str):
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return "\n".join(_plain(part) for part in parts)
    said = re.sub(r"(?m)^ {0,3}(?:\[[^\]^][^\]]*\]:|```|~~~).*$", "", value)
    said = re.sub(r"\]\([^)]*\)|\]\[[^\]]*\]", "]", said)
    said = re.sub(r"\w*\[\^[^\]]*\]:?", "", said)
    return html.unescape(re.sub(r"(?m)^[\s>]*[0-9]{1,9}[.)](?=\s)", "", said))


def words(text: str) -> Counter[str]:
    """Count the words of a text; marks that join or part letters in Markdown are not seen."""
    return Counter(re.findall(r"\w+", re.sub(r"[*_`\\\[\]]", "", unicodedata.normalize("NFC", text)).casefold()))


def _stands_in(name: str, paper: str) -> bool:
    """Whether a name is printed whole within one line."""
    wanted = re.escape(" ".join(unicodedata.normalize("NFC", name).split()))
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFC", paper).split("\n"))
    return bool(wanted) and any(re.search(rf"(?<!\w){wanted}(?!\w)", line) for line in lines)


def check_received(received: Mapping[str, bytes], story: Story, report: Report) -> None:
    """Say whether a document that somebody received is one that was sent."""
    for name, content in received.items():
        sha256 = hashlib.sha256(content).hexdigest()
        made = [
            rendered
            for rendered in story.renderings
            if sha256 in (rendered.about.get("docx"), rendered.about.get("pdf"))
        ]
        if made and made[-1].about["docx"] in story.dispatched:
            report.facts.append(f"Document {name}: it is the one of entry {made[-1].seq}, which was sent ({sha256}).")
        else:
            why = "was made, but never sent" if made else "is not a document of this letter"
            report.invalid.append(f"The document {name} {why} (its SHA-256 is {sha256}).")
