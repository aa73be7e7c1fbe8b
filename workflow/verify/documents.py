"""The documents: that they are those the log names, and print the text and the names that were signed."""

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

from workflow.verify.bundle import MEGABYTE, Bundle, unpacked
from workflow.verify.entries import Entry
from workflow.verify.report import Fault, Report, Unusable
from workflow.verify.story import Story

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
PRINTED_PARTS = ("word/document.xml", "word/footnotes.xml", "word/endnotes.xml")
RELATIONS = "_rels/.rels"
LARGEST_PART = 32 * MEGABYTE
UNREAD = {
    "AlternateContent",
    "altChunk",
    "contentPart",
    "control",
    "drawing",
    "fldSimple",
    "instrText",
    "oMath",
    "object",
}
UNREAD |= {"pict", "subDoc", "sym", "vanish", "webHidden"}
"""What a Word document may hold that shows words, or hides them, and is not compared: pictures, fields and the like."""


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
        paper, unread = docx_text(content), docx_unread(content)
    except Fault as fault:
        report.invalid.append(f"documents/{name} {fault}.")
        return
    if unread:
        report.remarks.append(f"documents/{name} holds what is not compared here, so look at it: {', '.join(unread)}.")
    text = texts.get(rendered.about["digest"], {})
    missing = words(_plain([text.get(part) for part in ("salutation", "body", "closing")])) - words(paper)
    if missing:
        report.invalid.append(f"documents/{name} is not the text that was signed: it lacks {_listed(missing)}.")
    people = _check_names(name, paper, rendered.about["signoffs"], story, report)
    extra = words(paper) - words(_plain([text, people]))
    if extra:
        report.remarks.append(
            f"documents/{name} prints words that neither the signed text nor the sign-offs hold. The date and the "
            f"letterhead are expected here, nothing else: {_listed(extra)}."
        )


def _check_names(name: str, paper: str, printed: list[int], story: Story, report: Report) -> list[dict[str, Any]]:
    """Check that each name that is disclosed is printed; returns what is disclosed of the sign-offs."""
    people = {seq: story.disclosed[seq] for seq in printed if seq in story.disclosed}
    for seq, person in people.items():
        if not _stands_in(str(person.get("name", "")), paper):
            report.invalid.append(f"documents/{name} does not print the name of {story.name(seq)}.")
    if len(people) < len(printed):
        withheld = len(printed) - len(people)
        report.remarks.append(
            f"documents/{name}: {withheld} of {len(printed)} names are withheld; look for them there."
        )
    return list(people.values())


def _listed(found: Counter[str]) -> str:
    shown = list(found.elements())
    return " ".join(shown[:40]) + (f" ... ({len(shown)} words)" if len(shown) > 40 else "")


PART = "\n\f\n"
"""Stands between the words of the page and those of its footnotes."""


def docx_text(content: bytes) -> str:
    """Return the words of a Word document, a line for each paragraph and break. Raises Fault."""
    try:
        return PART.join("".join(_xml_text(part)) for part in _printed_parts(content))
    except SyntaxError as error:
        raise Fault(f"is not a Word document that can be read ({error})") from None


def docx_unread(content: bytes) -> list[str]:
    """Name what a Word document holds that can show or hide words and that `docx_text` does not see. Raises Fault."""
    found = (re.findall(rb"<(?:[\w.-]+:)?(\w+)[\s/>]", part) for part in _printed_parts(content))
    return sorted({kind.decode() for kinds in found for kind in kinds} & UNREAD)


def _printed_parts(content: bytes) -> list[bytes]:
    """The parts of a Word document that Word prints in the page's body. Raises Fault."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {member.filename.casefold(): member for member in archive.infolist()}
            if len(members) != len(archive.infolist()) or not {RELATIONS, *PRINTED_PARTS[:1]} <= members.keys():
                raise Fault("is not a Word document that can be read: a part is missing, or there twice")
            _check_opens(unpacked(archive, members[RELATIONS], LARGEST_PART))
            return [unpacked(archive, members[part], LARGEST_PART) for part in PRINTED_PARTS if part in members]
    except (OSError, ValueError, LookupError, EOFError, RuntimeError, NotImplementedError, SyntaxError) as error:
        raise Fault(f"is not a Word document that can be read ({error})") from None
    except (Unusable, zipfile.BadZipFile, zlib.error) as error:
        raise Fault(f"is not a Word document that can be read ({error})") from None


def _check_opens(relations: bytes) -> None:
    """Make sure that Word opens the part that is read here: a package may name another as its document."""
    opened = [
        relation.get("Target", "").lstrip("/")
        for relation in _parsed(relations).iter()
        if relation.get("Type", "").endswith("/officeDocument")
    ]
    if opened != [PRINTED_PARTS[0]]:
        raise Fault("is not a Word document that can be read: Word would open another part of it")


def _parsed(xml: bytes) -> ElementTree.Element:
    if b"<!DOCTYPE" in xml or b"\0" in xml:
        raise Fault("is not a Word document that can be read: it declares a document type, or is not UTF-8")
    return ElementTree.fromstring(xml)


def _xml_text(xml: bytes) -> Iterable[str]:
    breaks = {"p": "\n", "br": "\n", "cr": "\n", "tab": " ", "noBreakHyphen": "-"}
    for element in _parsed(xml).iter():
        kind = element.tag.removeprefix(WORD) if isinstance(element.tag, str) else ""
        yield (element.text or "") if kind == "t" else breaks.get(kind, "")


def _plain(value: Any) -> str:
    """Everything that a text says, without Markdown's link targets, list numbers, footnote marks and fences."""
    if not isinstance(value, str):
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return "\n".join(_plain(part) for part in parts)
    said = re.sub(r"(?m)^ {0,3}(?:```|~~~).*$", "", value)
    said = re.sub(r"\]\((?:[^()]|\([^()]*\))*\)", "]", said)
    said = re.sub(r"(?<!\w)\w*\[\^[^\[\]]*\]:?", "", said)
    return html.unescape(re.sub(r"(?m)^(?:[^\S\n]|>)*[0-9]{1,9}[.)](?=\s)", "", said))


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
