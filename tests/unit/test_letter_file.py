"""A letter file is read, refused with what to do, and read back as it was written."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.pasted.parts import recipient
from tests.unit.test_imports_by_chance import DATES
from workflow import imports
from workflow.errors import IncomingError
from workflow.imports import ImportedLetter
from workflow.letter import text

FILE = """---
subject: "Wells: the north"
place: Nairobi
date: 2021-03-04
language: en
campaign: Wells
deadline: 2021-03-01 18:00
timezone: Africa/Nairobi
minimum: 2
recipients:
  - name: Jane Doe
    title: Minister of Water
    office: Ministry of Water
    address: [12 River Street, Nairobi]
    email: office@ministry.example
salutation: Dear Minister,
closing: Yours sincerely,
cosigners:
  - {organisation: Lake Network, acronym: LN, signatory: Ann Lee, title: Director, email: ann@lake.example, required: true}
  - {organisation: River Watch, contact: river@watch.example}
---

We write about **the wells**.

They are closed.
"""  # noqa: E501


def test_a_letter_file_gives_every_field():
    imported = imports.read(FILE.encode(), "letter.md")

    assert imported.letter == text.Letter(
        "en", "Wells: the north",
        (recipient("Jane Doe", "Minister of Water", "Ministry of Water", "12 River Street", "Nairobi",
                   email="office@ministry.example"),),
        "Dear Minister,", "We write about **the wells**.\n\nThey are closed.", "Yours sincerely,",
    )  # fmt: skip
    assert (imported.place, imported.date) == ("Nairobi", date(2021, 3, 4))
    assert imported.deadline == datetime(2021, 3, 1, 15, 0, tzinfo=UTC)
    assert (imported.campaign, imported.timezone, imported.minimum) == ("Wells", "Africa/Nairobi", 2)
    assert imported.cosigners == (
        text.Cosigner("Lake Network", "LN", "Ann Lee", "Director", "ann@lake.example", True),
        text.Cosigner("River Watch", email="river@watch.example"),
    )
    assert imported.unsure == ()


def test_a_single_recipient_and_a_block_address_are_taken():
    source = (
        "---\nsubject: s\nrecipient:\n  office: Ministry\n  address: |\n    12 River Street\n    Nairobi\n---\nText.\n"
    )

    imported = imports.read_letter_file(source)

    assert imported.letter.recipients == (recipient("", "", "Ministry", "12 River Street", "Nairobi"),)
    assert any("Ministry" in sentence for sentence in imported.unsure)


@pytest.mark.parametrize(
    ("front", "words"),
    [
        ("subjekt: x", "subjekt"), ("subject: [a]", "subject"), ("date: tomorrow", "2016-01-24"), ("date: 2016-02-31", "Put the value"),  # noqa: E501
        ("minimum: none", "minimum"), ("minimum: 0", "minimum"), ("timezone: Mars", "Europe/Paris"), ("deadline: soon", "deadline"),  # noqa: E501
        ("recipients: {a: b}", "list"), ("recipients:\n  - Jane", "fields"), ("recipients:\n  - email: a@b.example", "neither"),  # noqa: E501
        ("recipients:\n  - {name: J, email: nobody}", "not an email address"),
        ('recipients:\n  - {name: J, email: "a@b.example\\nBcc: c@d.example"}', "line break"),
        ("cosigners:\n  - {signatory: J}", "organisation"), ("cosigners:\n  - {organisation: A, required: maybe}", "true or false"),  # noqa: E501
        ("cosigners:\n  - {organisation: A}\n  - {organisation: a}", "co-signer 2"),
        ("cosigners:\n  - {organisation: A, email: a@b.example}\n  - {organisation: B, email: A@b.example}", "co-signer 2"),  # noqa: E501
        ("subject: a: b", "Line 2"), ("subject: x\nsubject: y", "Line 3"), ("a: &a 1\nb: *a", "anchor"), ("- a", "no fields"),  # noqa: E501
        ("subject: 'x", "cannot be read"), ("language: English!", "language"), ("recipient: {name: a}\nrecipients: []", "both"),  # noqa: E501
        ("subject: !!python/object:os.system x", "cannot be read"),
    ],
)  # fmt: skip
def test_a_wrong_front_matter_is_refused_with_what_to_do(front, words):
    with pytest.raises(IncomingError) as refused:
        imports.read_letter_file(f"---\n{front}\n---\nText.\n")

    assert words in str(refused.value)


@pytest.mark.parametrize("source", ["---\nsubject: x\n", "---\nsubject: x\n---\n\n", "---"])
def test_a_letter_file_without_an_end_or_a_body_is_refused(source):
    with pytest.raises(IncomingError):
        imports.read_letter_file(source)


LINE = st.text(st.characters(exclude_categories=("C", "Z")), max_size=20).map(text.clean_line)
COSIGNERS = st.lists(
    st.builds(text.Cosigner, LINE.filter(bool), st.just(""), LINE, LINE, st.just(""), st.booleans()),
    max_size=4, unique_by=lambda c: c.organisation.casefold(),
).map(tuple)  # fmt: skip
RECIPIENTS = st.lists(
    st.builds(text.Recipient, LINE.filter(bool), LINE, LINE, st.lists(LINE.filter(bool), max_size=3).map(tuple),
              st.sampled_from(["", "office@ministry.example"])),
    max_size=3,
).map(tuple)  # fmt: skip
BODY = st.lists(LINE.filter(bool), min_size=1, max_size=5).map("\n\n".join).map(text.clean_block)


@pytest.mark.slow
@given(LINE, RECIPIENTS, LINE, BODY, LINE, COSIGNERS, st.none() | DATES,
       st.none() | st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1)), st.integers(1, 50))  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_a_letter_file_reads_back_as_it_was_written(
    subject, people, salutation, body, closing, signers, day, until, minimum
):
    letter = text.Letter("fr", subject, people, salutation, body, closing)
    deadline = until.replace(tzinfo=UTC) if until else None
    given_letter = ImportedLetter(
        letter, day, signers, deadline=deadline, timezone="Europe/Paris", minimum=minimum, place=closing[:60].strip()
    )

    again = imports.read_letter_file(imports.write_letter_file(given_letter))

    assert (again.letter, again.date, again.cosigners) == (letter, day, signers)
    assert again.place == given_letter.place
    assert (again.deadline, again.timezone, again.minimum) == (deadline, "Europe/Paris", minimum)
