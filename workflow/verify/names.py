"""The names below the letter: each line there is a sign-off's, and no sign-off's is missing."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from workflow.verify.bundle import Bundle
from workflow.verify.documents import PART, docx_text, words
from workflow.verify.entries import Entry
from workflow.verify.report import Fault, Report
from workflow.verify.story import Story

LINES_OF_ONE = 3
"""A name, a title, an organisation: what a sign-off whose data is withheld may print at most."""

NOTES = ("Notes", "Notas", "ملاحظات", "یادداشت‌ها", "Примечания", "កំណត់សម្គាល់", "မှတ်ချက်", "หมายเหตุ", "注释")
"""How notes that are no footnotes (a note on a note) are headed; they stand below the names."""


def check_names(bundle: Bundle, story: Story, texts: Mapping[str, dict[str, Any]], report: Report) -> None:
    """Hold what each document prints below the closing against the sign-offs that its entry names."""
    for rendered in story.renderings:
        name = f"{rendered.about['docx']}.docx"
        text = texts.get(rendered.about["digest"], {})
        try:
            paper = docx_text(bundle.documents[name])
        except (KeyError, Fault):
            continue  # Said already: it is missing, or no Word document.
        below = lines_below(paper, _line(str(text.get("closing", ""))), str(text.get("body", "")))
        if below is None:
            report.remarks.append(f"documents/{name}: no closing parts the text from the names, so look at them there.")
        else:
            below -= Counter(map(_line, _headings(rendered, story)))
            _compare(name, below, rendered.about["signoffs"], story, report)


def _headings(rendered: Entry, story: Story) -> list[str]:
    """The countries between the names: committed to; in entries of old they stand as they are."""
    found = story.disclosed.get(rendered.seq, rendered.about).get("headings")
    return [str(heading) for heading in found] if isinstance(found, list) else []


def _compare(name: str, strange: Counter[str], printed: list[int], story: Story, report: Report) -> None:
    people = [story.disclosed[seq] for seq in printed if seq in story.disclosed]
    missing: list[str] = []
    for person in people:
        lines = Counter(_signature(person))
        listed = Counter([", ".join(_signature(person))])
        found = next((form for form in (lines, listed) if form <= strange), None)
        missing += [] if found else (lines - strange).elements()
        strange -= found or lines
    withheld = len(printed) - len(people)
    if sum(strange.values()) > withheld * LINES_OF_ONE:
        for line in strange:
            report.invalid.append(
                f"documents/{name} prints a sign-off that never was: {line!r} stands below the letter."
            )
    for line in missing:
        report.invalid.append(f"documents/{name} does not print {line!r} below the letter, as it was signed.")


def lines_below(paper: str, closing: str, body: str) -> Counter[str] | None:
    """The lines that follow the closing, without the body's footnotes; None where there is no closing."""
    lines = [line for line in map(_line, paper.partition(PART)[0].split("\n")) if line]
    if not closing or closing not in lines:
        return None
    follow = lines[len(lines) - lines[::-1].index(closing) :]
    heads = [number for number, line in enumerate(follow) if line in NOTES and "[^" in body]
    known = set(words(body))
    if heads and not any(set(words(line)) - known for line in follow[heads[-1] + 1 :]):
        follow = follow[: heads[-1]]
    return Counter(follow)


def _signature(person: Mapping[str, Any]) -> Iterable[str]:
    """What a sign-off prints: the name, the title, the organisation with its acronym where that is not in it."""
    organisation, acronym = _line(str(person.get("organisation", ""))), _line(str(person.get("acronym", "")))
    if acronym and acronym.casefold() not in organisation.casefold():
        organisation = f"{organisation} ({acronym})" if organisation else acronym
    lines = (_line(str(person.get("name", ""))), _line(str(person.get("title", ""))), organisation)
    return [line for line in lines if line]


def _line(line: str) -> str:
    return " ".join(unicodedata.normalize("NFC", line).split())
