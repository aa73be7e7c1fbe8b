"""A document that somebody received, against the evidence of one sign-off: its bytes, its words against the text."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from workflow.verify.composing import compose
from workflow.verify.documents import check_looks, compare_notes, is_section, likely_recipients, margin_words
from workflow.verify.entries import Entry
from workflow.verify.expected import Compared, Given
from workflow.verify.loose import PARTS, compare_loosely
from workflow.verify.replay import Replay
from workflow.verify.report import Report, VerificationError
from workflow.verify.word import read_pages


def check_received_of_one(
    received: Mapping[str, bytes], replay: Replay, texts: Mapping[str, dict[str, Any]], report: Report
) -> None:
    """Say of each document whether entries that are here name it as sent, and whether it says what was signed."""
    for name, content in received.items():
        sha256 = hashlib.sha256(content).hexdigest()
        made = [one for one in replay.renderings if sha256 in (one.about.get("docx"), one.about.get("pdf"))]
        if not made or made[-1].about["docx"] not in replay.dispatched:
            why = (
                f"was made in entry {made[-1].seq}, and no entry here sends it" if made else "is named by no entry here"
            )
            report.unusable.append(
                f"The document {name} {why} (its SHA-256 is {sha256}): whether it was sent, the whole evidence shows."
            )
            continue
        report.facts.append(f"Document {name}: it is the one of entry {made[-1].seq}, which was sent ({sha256}).")
        text = texts.get(made[-1].about["digest"])
        if sha256 != made[-1].about["docx"]:
            report.unchecked.append(f"what is printed in {name}: its bytes are on record, its words were not read")
        elif text is None:
            report.unchecked.append(f"what is printed in {name}: the text that it is of is not here")
        else:
            _check_words(name, content, made[-1], text, report)


def _check_words(name: str, content: bytes, rendered: Entry, text: dict[str, Any], report: Report) -> None:
    try:
        pages = read_pages(content)
    except VerificationError as fault:
        report.invalid.append(f"{name} {fault}.")
        return
    lines = [one for one in pages.lines if not is_section(one)]
    margins = [one.line.words for part in pages.margins.values() for one in part]
    body = compose(str(text.get("body") or ""))
    best: Compared | None = None
    for recipient in likely_recipients(text, pages):
        given = Given(text, body, recipient, [], 0, [], {}, set())
        # A letterhead may print the subject in its headers alone.
        above = any(given.line("subject") in words for words in margins)
        found = compare_loosely(lines, given, [one for one in PARTS if one != "subject" or not above], with_names=False)
        compare_notes(pages, given, found)
        if best is None or len(found.wrong) < len(best.wrong):
            best = found
    assert best is not None
    report.invalid += [f"{name} is not what was signed: {wrong}." for wrong in best.wrong]
    if not best.wrong:
        check_looks(name, pages, best, None, report)
    for part, there in pages.margins.items():
        if words := margin_words(there):
            best.remarks.append(f"says in {part}, which was not signed: {'; '.join(words)}")
    report.remarks += [f"{name} {remark}" for remark in best.remarks]
    report.unchecked.append(
        f"what else is printed in {name}, of entry {rendered.seq}: its letterhead and the other names are not here"
    )
