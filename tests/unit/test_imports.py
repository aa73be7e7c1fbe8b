"""A letter comes in: plain text as people paste it in three languages, its contacts, and what is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.support.pasted import LETTERS
from tests.support.pasted.parts import ONE, UNO, flat, lost_words, names, recipient
from workflow import imports
from workflow.errors import IncomingError
from workflow.letter import text

SEED = Path(__file__).parents[3] / "shared/letters/phnom-penh-2016.txt"


@pytest.mark.parametrize("name", LETTERS)
def test_a_pasted_letter_is_recognised(name):
    source, expected = LETTERS[name]

    imported = imports.read(source.encode())

    letter = imported.letter
    assert imported.date == expected["date"]
    assert letter.language == expected.get("language", "en")
    assert letter.subject == expected["subject"]
    assert letter.salutation == expected["salutation"]
    if "recipients" in expected:
        assert list(letter.recipients) == expected["recipients"]
    assert [flat(block.replace("\\\n", "\n")) for block in text.paragraphs(letter.body)] == expected["body"]
    assert letter.closing == expected["closing"]
    assert names(imported) == expected["cosigners"]
    if "emails" in expected:
        assert [c.email for c in imported.cosigners] == expected["emails"]


@pytest.mark.parametrize("name", LETTERS)
def test_no_word_of_a_pasted_letter_is_lost(name):
    source = LETTERS[name][0]

    missing = lost_words(source, imports.read(source.encode()))

    assert not missing


# --- the real letter -----------------------------------------------------------------------------------------------


@pytest.fixture
def seed():
    if not SEED.exists():
        pytest.skip("The reference letter is not on this machine.")
    return imports.read(SEED.read_bytes(), SEED.name)


def test_the_reference_letter_is_recognised_whole(seed):
    assert seed.letter.recipients == (
        recipient("John F. Kerry", "Secretary of State", "Department of State",
                  "2201 C Street NW", "Washington, DC 20520", "US"),
    )  # fmt: skip
    assert seed.date == date(2016, 1, 24)
    assert (seed.letter.salutation, seed.letter.closing) == ("Dear Mr. Secretary,", "Sincerely,")
    assert [(c.signatory, c.title, c.acronym) for c in seed.cosigners] == [
        ("Karim Lahidji", "President", "FIDH"),
        ("Thun Saray", "President", "ADHOC"),
        ("Naly Pilorge", "Director", "LICADHO"),
        ("Evelyn Balais-Serrano", "Executive Director", "FORUM-ASIA"),
        ("Chak Sopheap", "Executive Director", "CCHR"),
    ]
    assert seed.cosigners[0].organisation == "International Federation for Human Rights"


def test_every_paragraph_of_the_reference_letter_is_whole_and_in_order(seed):
    ends = [(block.split()[:2], block.split()[-1]) for block in text.paragraphs(seed.letter.body)]

    assert ends == [
        (["On", "the"], "freedoms."), (["In", "November"], "movement."), (["In", "October"], "Assembly."),
        (["We", "urge"], "imprisoned."), (["During", "the"], "protestors."), (["We", "urge"], "officials."),
        (["Finally,", "we"], "forces."), (["Repression,", "human"], "Penh."), (["We", "thank"], "matter."),
    ]  # fmt: skip
    assert "outside the National Assembly" in seed.letter.body
    assert "dual Cambodian-US citizenship" in seed.letter.body
    assert "trumped-up charges" in seed.letter.body


def test_no_word_of_the_reference_letter_is_lost(seed):
    assert not lost_words(SEED.read_text(), seed)


def test_the_reference_letter_asks_for_the_addresses_it_lacks(seed):
    assert any("John F. Kerry" in sentence for sentence in seed.unsure)
    assert any("FIDH" in sentence and "CCHR" in sentence for sentence in seed.unsure)


# --- dates ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("24 January 2016", date(2016, 1, 24)), ("January 24, 2016", date(2016, 1, 24)),
        ("24th of January 2016", date(2016, 1, 24)), ("Sunday, January 24th, 2016", date(2016, 1, 24)),
        ("Washington, DC, 24 January 2016", date(2016, 1, 24)), ("24/01/2016", date(2016, 1, 24)),
        ("24.1.2016", date(2016, 1, 24)), ("2016-01-24", date(2016, 1, 24)), ("01/24/2016", date(2016, 1, 24)),
        ("Date: 24 Jan. 2016", date(2016, 1, 24)), ("24-Jan-2016", date(2016, 1, 24)),
        ("1er février 2021", date(2021, 2, 1)), ("Paris, le 3 mars 2021", date(2021, 3, 3)),
        ("Fait à Lomé, le 15 août 2019", date(2019, 8, 15)), ("mardi 14 juil. 2020", date(2020, 7, 14)),
        ("Madrid, 5 de mayo de 2020", date(2020, 5, 5)), ("Lima, 03 de abril del 2018", date(2018, 4, 3)),
        ("martes, 1º de septiembre de 2020", date(2020, 9, 1)), ("5. May 2016", date(2016, 5, 5)),
        ("Bogotá D.C., 7 de agosto de 2022", date(2022, 8, 7)), ("Sept. 3rd 2020", date(2020, 9, 3)),
    ],
)  # fmt: skip
def test_a_date_in_any_usual_form_is_read(line, day):
    assert dated(line) == day


def dated(line):
    return dated_in(line).date


def dated_in(line):
    """A letter with this line where its date stands."""
    source = f"Ministry of Water\nNairobi\n\n{line}\n\nDear Minister,\n\n{ONE}\n\nSincerely,\n\nRiver Watch\n"
    return imports.read_plain_text(source)


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("Geneva, 3 March 2026", "Geneva"), ("Genève, le 3 mars 2026", "Genève"),
        ("Fait à Lomé, le 15 août 2019", "Lomé"), ("Washington, DC, Sunday, January 24th, 2016", "Washington, DC"),
        ("03.03.2026, Geneva", "Geneva"),
        ("En Valencia, a 4 de febrero de 2026", "Valencia"), ("Bogotá D. C., 12 de marzo de 2025", "Bogotá D. C."),
        ("Montréal, le jeudi 14 novembre 2024", "Montréal"), ("Wednesday 14th May 2025", ""), ("Date: 08.01.2024", ""),
        ("Le mardi 22 avril 2025", ""), ("24 January 2016", ""), ("2016-01-24", ""),
    ],
)  # fmt: skip
def test_the_place_of_a_dateline_is_kept(line, place):
    assert dated_in(line).place == place


@pytest.mark.parametrize("line", ["31 February 2016", "5 May", "room 12, 3 floors", "", "99/99/2016", "1 2 3"])
def test_what_is_no_day_is_no_date(line):
    assert dated(line) is None


def test_a_sentence_with_a_date_in_it_is_not_the_letters_date():
    assert dated("The wells of the north were closed on 3 March 2020 by order of the office.") is None


def test_an_ambiguous_date_is_read_day_first_and_said():
    imported = imports.read_plain_text(
        f"Ministry of Water\nNairobi\n\n03/04/2020\n\nDear Minister,\n\n{ONE}\n\nSincerely,\n"
    )

    assert imported.date == date(2020, 4, 3)
    assert any("03/04/2020" in sentence for sentence in imported.unsure)


def test_an_ambiguous_date_to_an_american_office_is_read_month_first():
    source = (
        f"Department of Water\n1 C Street\nWashington, DC 20520\n\n03/04/2020\n\nDear Sir,\n\n{ONE}\n\nSincerely,\n"
    )

    assert imports.read_plain_text(source).date == date(2020, 3, 4)


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"), (b" \n\n\t ", "empty"), (b"PK\x03\x04rest", "save it as .docx"), (b"%PDF-1.7", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "Word"), (b"{\\rtf1 x}", "rich text"), (b"abc\x00def", "not text"),
        (b"\xff\xfe\x00", "UTF-16"), (b"x" * 4_000_001, "4 MB"), (b"<html><body>x", "web page"),
    ],
)  # fmt: skip
def test_what_is_no_text_is_refused_with_what_to_do(data, words):
    with pytest.raises(IncomingError) as refused:
        imports.read(data, "letter.docx")

    assert words.casefold() in str(refused.value).casefold()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_common_encodings_are_read(encoding):
    source = LETTERS["spanish, Excmo. Sr., place and date, organisations under a heading"][0]

    imported = imports.read(source.encode(encoding))

    assert imported.letter.salutation == "Excelentísimo Señor:"
    assert not any("Windows-1252" in sentence for sentence in imported.unsure)


def test_windows_text_is_read_and_said():
    source = LETTERS["spanish, Excmo. Sr., place and date, organisations under a heading"][0].replace("•", "-")

    imported = imports.read(source.encode("cp1252"))

    assert imported.letter.salutation == "Excelentísimo Señor:"
    assert "Windows-1252" in imported.unsure[0]


@pytest.mark.parametrize("front", ["", "---\nsubject: x\n---\n\n"])
def test_a_text_that_is_too_hard_to_set_is_refused_with_the_reason(front):
    with pytest.raises(IncomingError) as refused:
        imports.read((front + f"Dear Sir,\n\n{ONE}\n\n" + "[^1]: a\n\n" * 2_000 + "*a" * 2_400).encode())

    assert "The letter cannot be taken in. " in str(refused.value)


# --- contacts ------------------------------------------------------------------------------------------------------


@pytest.fixture
def two_organisations():
    return imports.read_plain_text(
        LETTERS["english, date below the address, blocks of name, title and organisation"][0]
    )


def test_contacts_are_given_by_acronym_or_name_in_any_case(two_organisations):
    contacts = {"wrn": "mary@water.example", "LAKE villages association": "peter@lake.example"}

    imported = imports.with_contacts(two_organisations, contacts, ["office@water.example"])

    assert [c.email for c in imported.cosigners] == ["mary@water.example", "peter@lake.example"]
    assert imported.letter.recipients[0].email == "office@water.example"
    assert not any("address" in sentence for sentence in imported.unsure)


def test_contacts_that_are_still_missing_are_named(two_organisations):
    imported = imports.with_contacts(two_organisations, {"WRN": "mary@water.example"}, [])

    missing = [sentence for sentence in imported.unsure if "contact address" in sentence]
    assert len(missing) == 1
    assert "Lake Villages Association" in missing[0] and "WRN" not in missing[0]


@pytest.mark.parametrize(
    ("contacts", "emails", "words"),
    [
        ({"XYZ": "a@b.example"}, [], "WRN"),
        ({"WRN": "nobody"}, [], "not an email address"),
        ({"WRN": "a@b.example\nBcc: x@y.example"}, [], "line break"),
        ({"WRN": "a@b.example", "Lake Villages Association": "A@b.example"}, [], "stands at co-signer 1"),
        ({}, ["a@b.example", "c@d.example"], "1 recipient"),
        ({}, ["nobody"], "recipient 1"),
    ],
)
def test_wrong_contacts_are_refused_in_words(two_organisations, contacts, emails, words):
    with pytest.raises(IncomingError) as refused:
        imports.with_contacts(two_organisations, contacts, emails)

    assert words in str(refused.value)


def test_ranks_brackets_and_several_names_on_a_line_are_read():
    source = (
        "Ginebra, 3 de marzo de 2019\n\nEmbajador Coly Seck, Presidente del Consejo de Derechos Humanos\nNaciones Unidas\n\n"  # noqa: E501
        f"Excelencia:\n\n{UNO}\n\nReciba un atento saludo,\n\nFirman:\nAna López, Directora del Centro de Derechos Humanos\n"  # noqa: E501
        "José Ruiz (Red Agua)\nAmnistía Internacional México; Artículo 19\n"
    )

    imported = imports.read_plain_text(source)

    assert imported.letter.recipients == (
        recipient("Embajador Coly Seck", "Presidente del Consejo de Derechos Humanos", "Naciones Unidas"),
    )
    assert names(imported) == [
        ("Ana López", "Directora", "Centro de Derechos Humanos", ""),
        ("José Ruiz", "", "Red Agua", ""),
        ("", "", "Amnistía Internacional México", ""),
        ("", "", "Artículo 19", ""),
    ]


def test_a_letter_out_of_a_forwarded_mail_loses_its_marks():
    plain = (
        "Jane Doe\nMinister of Justice\nMinistry of Justice\n\n24 January 2016\n\nDear Minister,\n\n"
        "We write to you about a matter\nthat cannot wait.\n\nSincerely,\n\nJohn Smith\nDirector, Rights Watch (RW)\n"
    )
    quoted = "".join(f"> {line}\n" if line else ">\n" for line in plain.splitlines())

    assert imports.read(quoted.encode()) == imports.read(plain.encode())
