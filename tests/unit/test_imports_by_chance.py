"""Letters, words and bytes put together by chance come in whole, or are refused."""

from __future__ import annotations

import re
import sys
from datetime import date

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.support.pasted.parts import ONE, TWO, flat, lost_words, recipient
from workflow import imports
from workflow.errors import IncomingError
from workflow.imports import ImportedLetter
from workflow.imports.markup import escaped
from workflow.letter import text

SENTENCES = st.sampled_from(
    [
        ONE,
        TWO,
        "We are told that nothing has been decided, although the rains are near.",
        "It is our view that the law must be kept by those who made it.",
        "Nobody in the four villages was asked before the gates were locked and the guards were posted.",
        "The price that is asked at the river has doubled, and the old cannot pay it.",
    ]
)
PARAGRAPHS = st.lists(st.lists(SENTENCES, min_size=1, max_size=4).map(" ".join), min_size=2, max_size=5)
PEOPLE = st.lists(st.sampled_from(["Ann Lee", "Omar Diallo", "Mary O'Brien", "Juan Pérez", "Li Wei"]), unique=True)
ORGANISATIONS = [
    "River Watch Network",
    "Union of Fishers (UF)",
    "Centre for Open Wells",
    "Lake Association",
    "Agua Foundation",
]
DATES = st.dates(date(1990, 1, 1), date(2035, 12, 31))
DATE_FORMS = st.sampled_from(["%d %B %Y", "%B %d, %Y", "Geneva, %d %B %Y", "%Y-%m-%d", "%A, %d %b %Y"])


def signatures(form: str, people: list[str]) -> str:
    pairs = list(zip(people, ORGANISATIONS, strict=False))
    blocks = {
        "lines": "\n\n".join(f"{person}\nExecutive Director\n{organisation}" for person, organisation in pairs),
        "comma": "\n".join(f"{person}, Director, {organisation}" for person, organisation in pairs),
        "two": "\n\n".join(f"{person}\nPresident, {organisation}" for person, organisation in pairs),
        "spread": "\n\n\n".join(f"{person}\n\nPresident, {organisation}" for person, organisation in pairs),
        "list": "\n".join(f"- {organisation}" for _, organisation in pairs),
    }
    return blocks[form]


@pytest.mark.slow
@given(PARAGRAPHS, PEOPLE.filter(lambda p: len(p) >= 2), DATES, DATE_FORMS, st.integers(45, 100), st.booleans(),
       st.sampled_from(["lines", "comma", "two", "spread", "list"]), st.booleans())  # fmt: skip
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_letter_put_together_by_chance_is_recognised(paragraphs, people, day, form, width, wrapped, signing, above):
    dated = day.strftime(form)
    office = "Jane Doe\nMinister of Water\nMinistry of Water\n12 River Street\nNairobi, Kenya"
    head = f"{dated}\n\n{office}" if above else f"{office}\n\n{dated}"
    body = "\n\n".join(fill(p, width) if wrapped else p for p in paragraphs)
    assume(not wrapped or re.search(r"[a-z,]\n[a-z]", body))
    source = f"{head}\n\nDear Minister,\n\n{body}\n\nYours sincerely,\n\n{signatures(signing, people)}\n"

    imported = imports.read_plain_text(source)

    assert imported.date == day
    assert imported.letter.recipients == (
        recipient("Jane Doe", "Minister of Water", "Ministry of Water", "12 River Street", "Nairobi, Kenya"),
    )
    assert text.paragraphs(imported.letter.body) == paragraphs
    assert [c.signatory for c in imported.cosigners] == ([""] * len(people) if signing == "list" else people)
    assert [c.organisation for c in imported.cosigners] == [
        organisation.removesuffix(" (UF)") for _, organisation in zip(people, ORGANISATIONS, strict=False)
    ]
    assert not lost_words(source, imported)


def fill(paragraph: str, width: int) -> str:
    import textwrap

    return textwrap.fill(paragraph, width, break_long_words=False, break_on_hyphens=False)


@pytest.mark.slow
@given(PARAGRAPHS, st.integers(60, 100))
@settings(max_examples=60, deadline=None)
def test_lines_with_a_blank_line_after_each_are_joined_and_no_word_moves(paragraphs, width):
    body = "\n\n".join(line for p in paragraphs for line in fill(p, width).split("\n"))
    source = f"Ministry of Water\n\nNairobi\n\n\n4 March 2021\n\n\nDear Minister,\n\n{body}\n\nSincerely,\n\n\nLake Network\n"  # noqa: E501

    imported = imports.read_plain_text(source)

    assert flat(" ".join(text.paragraphs(imported.letter.body))) == flat(" ".join(paragraphs))
    sentence_ends = sum(p.count(". ") + 1 for p in paragraphs)
    assert len(text.paragraphs(imported.letter.body)) <= sentence_ends


@pytest.mark.slow
@given(st.text(alphabet="ab Z*_`<>[]()#+-=~&;:!|\\.1\"'{}^$@/", min_size=1, max_size=60))
@settings(max_examples=400, deadline=None)
def test_plain_words_read_the_same_after_they_became_markdown(words):
    said = flat(words)

    assert flat(text.to_plain(escaped(said), 10_000)) == said


WORDS = st.lists(
    st.one_of(
        st.sampled_from(["Dear Minister,", "Sincerely,", "Re: wells", "4 March 2021", "", "- one", "1. two", "cc: us", "\f2",  # noqa: E501
                         "To:", "The Honorable", "Jane Doe", "Director, Lake Network (LN)", "Ministry of Water", ONE, "§ 4"]),  # noqa: E501
        st.text(st.characters(exclude_categories=("Cs", "Cf")), max_size=80),
    ),
    max_size=30,
)  # fmt: skip


@pytest.mark.slow
@given(WORDS)
@settings(max_examples=300, deadline=None)
def test_whatever_is_pasted_no_word_is_lost(lines):
    source = "\n".join(lines)
    try:
        imported = imports.read_plain_text(source)
    except IncomingError:
        return
    assert not {word for word in lost_words(source, imported) if word.isascii() and word.isalpha()}


@pytest.mark.slow
@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_a_letter_or_a_refusal(data):
    try:
        assert isinstance(imports.read(data), ImportedLetter)
    except IncomingError as refused:
        assert str(refused).endswith((".", "text."))


@pytest.mark.slow
@given(st.text(alphabet="abc:-[]{}&*!|>'\"\n #,?%@`0123456789~", max_size=120))
@settings(max_examples=400, deadline=None)
def test_any_front_matter_is_a_letter_or_a_refusal(front):
    try:
        imports.read(f"---\n{front}\n---\nText.\n".encode())
    except IncomingError as refused:
        assert str(refused)


@pytest.mark.slow
@pytest.mark.parametrize(
    "line", [ONE, "- " + ONE, "Jane Doe, Director, Lake Network", "(((((((((((((((((((", "a" * 500]
)
@pytest.mark.parametrize("ending", ["\n", "\n\n", " "])
def test_twice_as_long_a_text_takes_about_twice_the_work(line, ending):
    def calls(length: int) -> int:
        made = 0

        def count(frame, event, argument):
            nonlocal made
            made += 1

        lines = (line + ending) * (length // (len(line) + len(ending)))
        sys.setprofile(count)
        try:
            imports.read_plain_text(f"Dear Minister,\n\n{ONE}\n\n{lines}\nSincerely,\n")
        finally:
            sys.setprofile(None)
        return made

    calls(10_000)  # fills what is kept between letters
    assert calls(60_000) < 2.5 * calls(30_000)
