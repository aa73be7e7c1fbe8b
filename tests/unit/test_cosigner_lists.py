"""Lists of organisations are read as people have them: lines of emails, columns, CSV and sheets."""

import csv
import datetime
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.sheets import sheet
from workflow import csv_out
from workflow.errors import IncomingError
from workflow.imports import cosigner_lists
from workflow.imports.cosigner_lists import MOST_ROWS, read, read_text
from workflow.letter.text import Cosigner


def who(found):
    return [(c.organisation, c.acronym, c.signatory, c.title, c.email) for c in (row.cosigner for row in found.rows)]


LINES = {
    "FIDH, Karim Lahidji <k@fidh.org>": [("FIDH", "", "Karim Lahidji", "", "k@fidh.org")],
    "Karim Lahidji (FIDH) <k@fidh.org>; Thun Saray, ADHOC <s@adhoc.org>": [
        ("FIDH", "", "Karim Lahidji", "", "k@fidh.org"),
        ("ADHOC", "", "Thun Saray", "", "s@adhoc.org"),
    ],
    "1. ADHOC – Thun Saray, President – s@adhoc.org": [("ADHOC", "", "Thun Saray", "President", "s@adhoc.org")],
    "• Cambodian League for Human Rights (LICADHO): mailto:i@licadho.org": [
        ("Cambodian League for Human Rights", "LICADHO", "", "", "i@licadho.org")
    ],
    "FIDH\nKarim Lahidji\nPresident\nk@fidh.org\n\nADHOC\nThun Saray\ns@adhoc.org": [
        ("FIDH", "", "Karim Lahidji", "President", "k@fidh.org"),
        ("ADHOC", "", "Thun Saray", "", "s@adhoc.org"),
    ],
    "Amnesty International\na@amnesty.org\nFront Line Defenders": [
        ("Amnesty International", "", "", "", "a@amnesty.org"),
        ("Front Line Defenders", "", "", "", ""),
    ],
    "To: Amnesty International <a@amnesty.org>,\n Red Agua Clara <r@agua.org>": [
        ("Amnesty International", "", "", "", "a@amnesty.org"),
        ("Red Agua Clara", "", "", "", "r@agua.org"),
    ],
    "المركز السوري للإعلام، مازن درويش <m@scm.bz>": [("المركز السوري للإعلام", "", "مازن درويش", "", "m@scm.bz")],
}


@pytest.mark.parametrize("text", LINES)
def test_lines_of_an_email_are_read(text):
    found = read_text(text)

    assert who(found) == LINES[text]
    assert not any(row.wrong for row in found.rows)


FIDH = ("FIDH", "", "Karim Lahidji", "President", "k@fidh.org")
ADHOC = ("ADHOC", "", "Thun Saray", "President", "s@adhoc.org")
TABLES = {
    "a comma": "Karim Lahidji,FIDH,President,k@fidh.org,France\nThun Saray,ADHOC,President,s@adhoc.org,Kenya",
    "a tab": "FIDH\tKarim Lahidji\tPresident\tk@fidh.org\nADHOC\tThun Saray\tPresident\ts@adhoc.org",
    "headings": "Partners 2026;;;\nOrganisme;Nom;Fonction;Courriel\nFIDH;Karim Lahidji;President;k@fidh.org\n"
    "ADHOC;Thun Saray;President;s@adhoc.org",
    "halves of names": "First name,Surname,NGO,Role,Contact\nKarim,Lahidji,FIDH,President,k@fidh.org\n"
    "Thun,Saray,ADHOC,President,s@adhoc.org",
    "a hint": "sep=|\r\norganizacion|firmante|cargo|correo electrónico\r\n"
    "FIDH|Karim Lahidji|President|k@fidh.org\r\nADHOC|Thun Saray|President|s@adhoc.org",
    "names with addresses": "Organisation,Email,Title\nFIDH,Karim Lahidji <k@fidh.org>,President\n"
    "ADHOC,Thun Saray <s@adhoc.org>,President",
    "Arabic": "المنظمة;الموقع;المنصب;البريد الإلكتروني\nFIDH;Karim Lahidji;President;k@fidh.org\n"
    "ADHOC;Thun Saray;President;s@adhoc.org",
}


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_columns_are_recognised_by_their_headings_or_by_what_stands_in_them(kind, encoding):
    assert who(read(TABLES[kind].encode(encoding), "list.csv")) == [FIDH, ADHOC]


def test_a_file_in_an_old_encoding_is_read_and_doubted():
    found = read("Organisme;Courriel\nComité d’été;c@ete.org\n".encode("cp1252"))

    assert who(found) == [("Comité d’été", "", "", "", "c@ete.org")]
    assert "Windows-1252" in str(found.notes[0])


def test_what_is_wrong_or_doubtful_is_said_in_its_row_with_what_was_surely_meant():
    found = read_text(
        "organisation,signatory,email,country,language,time zone\n"
        'A,,"k@fidh,org",FR,français,Europe/Paris\n'
        "B,,k (at) b.org,Atlantis,Klingon,Paris\n"
        "C,,x@gmial.com,,,\n"
        ",Karim Lahidji,k@c.org,,,\n"
        'D,,"a@d.org\n\x00",,,\n'
        "E,,a\u202e@e.org,,,\n"
        f"{'F' * 501},,f@f.org,,,\n"
        '"G\nH",,"g@g.org; h@g.org",,,\n'
    )
    said = {row.cosigner.organisation[:9]: ([*row.wrong], [*row.doubtful]) for row in found.rows}
    fields = {name: [(p.field, p.instead) for p in (*wrong, *doubtful)] for name, (wrong, doubtful) in said.items()}

    assert fields == {
        "A": [("email", "k@fidh.org"), ("country", "France")],
        "B": [("email", "k@b.org"), ("language", ""), ("timezone", ""), ("country", "")],
        "C": [("email", "x@gmail.com")],
        "": [("organisation", "Karim Lahidji")],
        "D": [("email", "")],
        "E": [("email", "")],
        "F" * 9: [("organisation", "")],
        "G H": [("email", "")],
    }
    assert [row.number for row in found.rows] == [2, 3, 4, 5, 6, 8, 9, 10]
    assert found.rows[0].cosigner.language == "fr"
    assert found.rows[-1].cosigner.email == "g@g.org" and found.rows[-1].more == ("h@g.org",)
    assert not said["C"][0] and not said["G H"][0], "doubtful alone"


def test_a_sheet_with_merged_and_hidden_cells_formulas_dates_and_numbers():
    def edit(book):
        one = book.active
        one.merge_cells("A5:A6")
        one.row_dimensions[6].hidden = True
        book.create_sheet("Other")

    found = read(
        sheet(
            ["Partners"],
            ["Organisation", "Contact person", "E-mail", "Country", "Notes"],
            ["FIDH", "Karim", '=CONCAT("k","@fidh.org")', "France", "=1+1"],
            [350.0, None, "a@350.org", datetime.datetime(2026, 5, 1), True],
            ["Red Agua", "A", "a@agua.org"],
            [None, "B", "b@agua.org"],
            edit=edit,
        )
    )

    one, two, three, four = found.rows
    assert (one.wrong[0].field, "formula" in str(one.wrong[0].said), len(one.wrong)) == ("email", True, 1)
    assert (two.cosigner.organisation, two.cosigner.country, two.other) == ("350", "2026-05-01", {"notes": "yes"})
    assert any("date" in str(doubt.said) for doubt in two.doubtful)
    assert (three.cosigner.organisation, four.cosigner.organisation) == ("Red Agua", "Red Agua")
    assert four.cosigner.contact_name == "B" and "hidden" in str(four.doubtful[0].said)
    assert [row.number for row in found.rows] == [3, 4, 5, 6]
    assert "“Sheet”" in str(found.notes[0])


def test_what_a_formula_was_saved_with_is_its_value():
    from tests.support.sheets import SHEET, part, with_part

    data = sheet(["Organisation", "Email"], ["FIDH", '=CONCAT("k","@fidh.org")'])
    source = part(data, SHEET).replace(b"<v></v>", b"<v>k@fidh.org</v>").replace(b"<v />", b"<v>k@fidh.org</v>")
    found = read(with_part(data, SHEET, source.replace(b'<c r="B2"', b'<c r="B2" t="str"')))

    assert who(found) == [("FIDH", "", "", "", "k@fidh.org")] and not found.rows[0].wrong


@pytest.mark.slow
def test_more_rows_than_a_list_takes_are_counted():
    for many in (
        "\n".join(f"Union {n}, u{n}@u.org" for n in range(MOST_ROWS + 1)),
        "\n".join(f"Union {n}" for n in range(2 * MOST_ROWS)),
        "\n".join(f"- Union {n}" for n in range(2 * MOST_ROWS + 1)),
    ):
        with pytest.raises(IncomingError, match="a list takes 5,000 at once"):
            read_text(many)


def test_as_many_as_a_list_takes_are_read():
    assert len(read_text("\n".join(f"Union {n}\tu{n}@u.org" for n in range(MOST_ROWS))).rows) == MOST_ROWS


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@pytest.mark.slow
@given(st.lists(st.tuples(words, words, words), min_size=1), st.sampled_from(["en", "fr", "ar"]))
def test_a_table_that_is_written_reads_back_word_for_word_and_no_cell_is_run(rows, language):
    written = csv_out.write([("organisation", "acronym", "email"), *rows], language)

    with io.StringIO(written.decode("utf-8-sig"), newline="") as source:
        cells = [*csv.reader(source, delimiter=csv_out.SEPARATORS.get(language, ","))]
    assert [tuple(map(csv_out.unsafe, row)) for row in cells[1:]] == rows
    assert not any(cell[:1] in set("=+-@\t\r\n＝＋－＠") for row in cells[1:] for cell in row if cell)


names = st.text(st.characters(categories=["Lu", "Ll", "Lo", "Nd"]), min_size=1, max_size=12)
cosigners = st.builds(
    Cosigner,
    organisation=st.one_of(names, names.map(lambda name: f"={name}"), names.map(lambda name: f'"{name}", a;b')),
    acronym=names,
    signatory=names,
    title=names,
    email=st.integers(0, 999).map("a{}@example.org".format),
)


@pytest.mark.slow
@given(st.lists(cosigners, min_size=1, max_size=8), st.sampled_from(["en", "fr"]))
def test_organisations_that_are_written_read_back_the_same(asked, language):
    fields = ("organisation", "acronym", "signatory", "title", "email")
    rows = [tuple(getattr(one, field) for field in fields) for one in asked]
    found = read(csv_out.write([fields, *rows], language), "list.csv")

    kept = [cosigner_lists.checked(0, "", one).cosigner for one in asked]
    assert [row.cosigner for row in found.rows] == kept
