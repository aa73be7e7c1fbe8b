"""Thousands of co-signers in a letter file: read as YAML reads them, and what is wrong is said once for all."""

from __future__ import annotations

import time
import unicodedata

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from emails import addresses
from emails.errors import AddressError
from tests.support.letter_files import letter_file
from workflow import imports
from workflow.errors import IncomingError
from workflow.imports import plain_list
from workflow.imports.letter_file import _fields
from workflow.letter import characters, text, typed

VALUES = st.sampled_from(
    [
        "Lake Network", "'A: b'", '"A # b"', "true", "false", "yes", "No", "null", "~", "12", "12 wells", "1e3", "0x1f",
        "2026-01-24", "2026-01-24 18:00", "2026-01-24T18:00:00Z", ".5", "5.", "12@lake.example", "ann@lake.example", "",
        '""', "''", "'it''s'", '"a\\nb"', "a: b", "a #b", "a#b", "- a", "[a]", "{a: b}", "&a b", "*a", "!b c", "|", ">",
        "Élan vital", "水の会", "جمعية", "a\tb", "a  b", " a", "a ", "% a", "@a", "`a", "x?", "?", "x,", "\u00a0x",
        "Amis & Cie", "(A)", "A (B)", "“A”", "3 a", "3e", "3 Ee", "=", "<<", "1_000", "0b1", "y", "N", "on a",
    ]
) | st.text("abE1 .:#'\"-@é", max_size=6)  # fmt: skip
LINES = st.tuples(
    st.sampled_from(["  - ", "    ", "- ", "  ", "   - ", "  -   ", "", "  # "]),
    st.sampled_from(["organisation", "email", "required", "title"]),
    st.sampled_from([": ", ":", ":  ", " : "]),
    VALUES,
    st.sampled_from(["\n", " \n", "\n\n", " # aside\n"]),
).map("".join)
ITEMS = st.lists(LINES, max_size=6).map("".join)
PLAIN = st.lists(
    st.tuples(VALUES, VALUES).map(lambda two: f"  - organisation: {two[0]}\n    email: {two[1]}\n"), max_size=4
).map("".join)


@pytest.mark.slow
@given(
    st.sampled_from(["", "subject: x\n", 'subject: "x\n', "subject: |\n  a\n", "subject: (read apart)\n", "{a: b,\n"]),
    st.sampled_from(["cosigners:\n", "cosigners: \n", "cosigners: []\n", "x: y\n"]),
    ITEMS | PLAIN,
    st.sampled_from(["", "closing: y\n", '"\n', "cosigners: []\n", "  x: y\n", "place: A: b\n"]),
)
@settings(max_examples=4000, deadline=None)
def test_a_list_that_is_read_apart_is_what_yaml_reads(before, opening, items, after):
    front = before + opening + items + after

    assert read_by(_fields, front) == read_by(lambda front: plain_list.read_apart(front, _fields), front)


def read_by(read, front):
    try:
        return read(front)
    except IncomingError as refused:
        return refused.sentences


def test_a_plain_list_is_read_apart_and_any_other_by_yaml():
    def without_list(front):
        read.append(front)
        return yaml.safe_load(front)

    plain = "subject: x\ncosigners:\n  - organisation: A\n    required: true\n\n  - organisation: B b\nplace: C\n"
    for front, lists in ((plain, 0), (plain.replace("B b", "B: b"), 1), (plain.replace("  - org", "  -\n    org"), 1)):
        read: list[str] = []
        with_marks = None
        try:
            with_marks = plain_list.read_apart(front, without_list)
        except yaml.YAMLError:
            assert "B: b" in front
        assert sum("organisation" in one for one in read) == lists
        assert with_marks is None or [one["organisation"] for one in with_marks["cosigners"]] == ["A", "B b"]


def test_what_is_plain_is_kept_as_it_stands():
    for code in range(0x20, 0x30000):
        if 0xD800 <= code < 0xE000 or not characters.is_plain(chr(code)):
            continue
        for words in (chr(code), f"a{chr(code)}b {chr(code)}"):
            assert text.clean_line(characters.naming(text.clean_line(words))) == words, hex(code)


@given(st.text("aé ا水—'\u0301\u200b\u00a0\t", max_size=8))
@settings(deadline=None)
def test_a_name_is_kept_the_same_whether_it_is_plain_or_not(words):
    assert typed.name(words) == text.clean_line(characters.naming(text.clean_line(words)))


@pytest.mark.slow
@given(
    st.text("aB09.-_+@é", max_size=12) | st.from_regex(r"[a-z.+_-]{1,9}@[a-z0-9.-]{1,12}\.(test|local|org|c2|onion)")
)
@settings(max_examples=1500, deadline=None)
def test_an_address_that_is_seen_at_once_to_be_one_is_one_in_its_normal_form(address):
    from email_validator import validate_email

    try:
        taken = addresses.check_address(address)
    except AddressError:
        return
    assert (
        validate_email(address.strip(" \t\xa0"), check_deliverability=False, test_environment=True).normalized == taken
    )


# --- what is wrong --------------------------------------------------------------------------------------------------


def refused(source: str) -> tuple[str, ...]:
    with pytest.raises(IncomingError) as error:
        imports.read(source.encode(), "letter.md")
    return error.value.sentences


def test_all_that_is_wrong_is_said_at_once_each_with_its_line():
    source = letter_file(6)
    source = source.replace("Organisation 2\n", "Organisation 5\n").replace("contact3@", "contact3 at ")
    source = source.replace("email: contact4@", "emial: contact4@").replace("contact6@org-6", "contact5@org-5")
    lines = source.split("\n")

    said = refused(source)

    where = [int(one.partition(":")[0].removeprefix("Line ")) for one in said]
    assert where == sorted(where)
    assert [lines[line - 1].strip().removeprefix("- organisation: ") for line in where] == [
        f"Organisation {n}" for n in (3, 4, 5, 6)
    ]
    assert "not an email address" in said[0] and "emial" in said[1]
    assert "“Organisation 5” stands at co-signer 2 and at co-signer 5" in said[2]
    assert "“contact5@org-5.example” stands at co-signer 5 and at co-signer 6" in said[3]


def test_of_hundreds_of_mistakes_three_dozens_are_said_and_how_many_more_there_are():
    said = refused(letter_file(400).replace("@org", " at org"))

    assert len(said) == 37
    assert said[-1] == "… and 364 more."


def test_an_organisation_that_may_stand_twice_is_said_and_taken():
    source = (
        letter_file(3).replace("Organisation 3", "Médecins du Monde").replace("Organisation 1", "Medecins du monde")
    )

    read = imports.read(source.encode())

    assert len(read.cosigners) == 3
    assert any(
        "“Medecins du monde”, co-signer 1, and “Médecins du Monde”, co-signer 3, may be the same" in one
        for one in read.unsure
    )


def test_of_thousands_without_an_address_three_dozens_are_named():
    source = "\n".join(line for line in letter_file(2_000).split("\n") if "email: contact" not in line)

    (said,) = [one for one in imports.read(source.encode()).unsure if one.startswith("No contact address")]

    assert "and 1,964 more" in said
    assert len(said) < 1_000


@pytest.mark.slow
def test_ten_times_as_many_are_read_in_ten_times_the_time():
    def seconds(count: int) -> float:
        source = letter_file(count).encode()
        began = time.process_time()
        assert len(imports.read(source).cosigners) == count
        return time.process_time() - began

    seconds(10)
    few, many = (min(seconds(count) for _ in range(3)) for count in (1_000, 10_000))
    assert many < 20 * few


def test_names_in_every_script_are_read():
    names = [
        "Ligue des droits",
        "Лига",
        "جمعية حقوق الإنسان",
        "人権の会",
        "मानवाधिकार संघ",
        unicodedata.normalize("NFD", "Élan"),
    ]
    source = letter_file(len(names))
    for number, name in enumerate(names, 1):
        source = source.replace(f"Organisation {number}\n", f"{name}\n")

    read = imports.read(source.encode()).cosigners

    assert [one.organisation for one in read] == [unicodedata.normalize("NFC", name) for name in names]
