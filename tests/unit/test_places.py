"""Where each part of an imported letter comes from: every line of a letter is accounted for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from workflow import imports
from workflow.imports.doubts import ADDRESSES, KINDS, Doubt, told
from workflow.languages import lazy_gettext, lazy_ngettext
from workflow.letter import text

LETTERS = sorted((Path(__file__).parents[1] / "letters").glob("*.txt"))
WORD = re.compile(r"[^\W_]+")


@pytest.mark.parametrize("path", LETTERS, ids=lambda path: path.stem[:2])
def test_each_line_with_words_is_that_of_a_part_or_said_to_be_left_out(path):
    read = imports.read(path.read_bytes(), path.name)
    lines = read.source.split("\n")

    there = {number for part in read.parts for number in part.lines}
    said = {number for doubt in read.doubts for number in doubt.lines}
    quoted = " ".join((*read.unsure, *read.recognised))
    left = [n for n, line in enumerate(lines, 1) if WORD.search(line) and n not in there | said]
    assert [lines[n - 1] for n in left if " ".join(lines[n - 1].split()) not in quoted] == []
    assert all(1 <= number <= len(lines) for number in there | said)


@pytest.mark.parametrize("path", LETTERS, ids=lambda path: path.stem[:2])
def test_each_part_stands_in_its_lines(path):
    read = imports.read(path.read_bytes(), path.name)
    lines = read.source.split("\n")

    def of(kind):
        parts = [part.lines for part in read.parts if part.kind == kind]
        return ["\n".join(lines[number - 1] for number in numbers) for numbers in parts]

    def holds(source, words):
        there = re.sub(r"\W", "", source)
        return all(re.sub(r"\W", "", word) in there for word in words.split())

    blocks = text.paragraphs(read.letter.body)
    assert len(of("body")) == len(blocks)
    assert all(
        holds(s, re.sub(r"(?m)^\d+[.)]", "", text.to_plain(b, 10_000))) for s, b in zip(of("body"), blocks, strict=True)
    )  # noqa: E501
    recipients = [" ".join(one.lines) for one in read.letter.recipients]
    assert all(holds(s, words) for s, words in zip(of("recipient"), recipients, strict=True))
    signing = [f"{one.organisation} {one.acronym} {one.signatory} {one.title}" for one in read.cosigners]
    assert all(holds(s, words) for s, words in zip(of("cosigner"), signing, strict=True))
    assert all(holds(s, read.letter.salutation) for s in of("salutation"))
    assert all(holds(s, read.letter.closing) for s in of("closing"))


def test_lines_are_counted_from_the_top_of_what_was_pasted_also_below_the_head_of_a_mail():
    letter = "Dear Minister,\n\nWe write to you.\n\nSincerely,\n\nJohn Smith\nDirector, Rights Watch (RW)\n"
    head = "---------- Forwarded message ---------\nFrom: A <a@b.org>\nDate: Mon, 4 May\nSubject: letter\n\n"

    alone, below = (imports.read(source.encode()) for source in (letter, head + letter))

    def greeted(read):
        return next(part.lines for part in read.parts if part.kind == "salutation")

    assert (greeted(alone), greeted(below)) == ((1,), (6,))
    assert next(doubt.lines for doubt in below.doubts if doubt.kind == "mail_head") == (1, 2, 3, 4)


@pytest.mark.parametrize("kind", KINDS)
def test_each_doubt_is_said_in_a_sentence_with_all_that_it_is_filled_with(kind):
    filled = {name: f"<{name}>" for name in re.findall(r"%\((\w+)\)s", KINDS[kind].sentence.id)}

    said = str(Doubt(kind, values={**filled, "before": "x"}))

    assert all(value in said for value in filled.values())
    assert said.endswith(".") and "%(" not in said
    assert KINDS[kind].choices[-1] == "fine"


def test_a_sentence_of_its_own_is_kept_with_what_fills_it():
    assert str(told("Two comments were left out.")) == "Two comments were left out."
    assert str(told(lazy_gettext("%(n)s comments", n=3))) == "3 comments"
    assert [str(told(lazy_ngettext("%(num)s note", "%(num)s notes", n))) for n in (1, 2)] == ["1 note", "2 notes"]
    assert set(ADDRESSES) <= set(KINDS)
