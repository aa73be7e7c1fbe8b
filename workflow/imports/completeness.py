"""
No word of a letter is lost unsaid: each line of which something stands nowhere is quoted in a sentence.

Looks only at what was read; changes nothing in the letter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from workflow.imports.imported import ImportedLetter
from workflow.imports.lines import Line

_WORD = re.compile(r"[^\W_]+")
UNSURE_LINE = "I did not know where “{}” belongs"


def with_every_word(imported: ImportedLetter, lines: Sequence[Line]) -> ImportedLetter:
    """Quote each line of which a word (a label, a mark) stands nowhere in what was read: nothing is lost unsaid."""
    there = set(_WORD.findall(" ".join(_everything(imported))))
    partly: list[str] = []
    unplaced: list[str] = []
    divided = False
    for line in lines:
        words = _WORD.findall(line.text)
        words, divided = words[divided : -1 if line.text.endswith("-") else None], line.text.endswith("-")
        gone = sum(word not in there for word in words)
        if gone and line.text:
            (unplaced if gone * 2 > len(words) else partly).append(line.text)
    shown = "; ".join(f"“{line}”" for line in partly)
    said = [f"The labels and numbers of these lines are not kept: {shown}."] if partly else []
    left = [f"{UNSURE_LINE.format(line)}; it is not in the letter." for line in unplaced]
    return replace(imported, recognised=(*imported.recognised, *said), unsure=(*left, *imported.unsure))


def _everything(imported: ImportedLetter) -> list[str]:
    letter = imported.letter
    people = [line for r in letter.recipients for line in (*r.lines, r.email)]
    signing = [part for c in imported.cosigners for part in (c.organisation, c.acronym, c.signatory, c.title, c.email)]
    body = re.sub(r"\\(?=[^\w\s])", "", letter.body)
    text_parts = [letter.subject, letter.salutation, body, letter.closing]
    return [*text_parts, *people, *signing, *imported.unsure, *imported.recognised]
