"""An operator who forges names, pictures or the letterhead of a Word document, and the log with it."""

import dataclasses
import io

import pytest
from PIL import Image

from tests.support.forging import VKEY, person, sha256
from tests.support.received import DATE, LETTER, PLAIN, evidence, rendered
from tests.support.tampering import (
    forged,
    judged,
    own,
    swap,
)
from workflow import documents, verify
from workflow.documents import Layout, PrintJob
from workflow.letter import text

# --- names -----------------------------------------------------------------------------------------------------------


def test_names_in_another_order_are_named():
    assert judged(rendered(people=("B", "A"))).invalid


def test_withheld_names_are_counted():
    assert judged(rendered(withheld=2), withheld=2).invalid == []
    assert judged(rendered(withheld=2), withheld=2).remarks == []
    assert judged(rendered(withheld=1), withheld=2).invalid
    assert judged(rendered(), withheld=2).invalid
    assert judged(rendered(people=("A", "B", "W0"), withheld=1), withheld=2).invalid


@pytest.mark.parametrize("layout", list(Layout))
def test_every_layout_of_the_names_is_read(layout):
    people = tuple("ABCDEFGH")
    countries = dict(zip(people, ["France", "Kenya", "", "France", "Åland", "", "Kenya", "Chile"], strict=True))
    whole = tuple(text.Signature(**person(one), country=countries[one]) for one in people)
    docx = documents.render_docx(PrintJob(LETTER, LETTER.recipients[0], DATE, whole, layout), PLAIN)
    about = {"paper": ["plain", layout.value], "headings": documents.headings(whole, layout, "en")}

    assert judged(docx, people=people, **about).invalid == []
    assert judged(forged(swap("Person G", "Person H"), docx), people=people, **about).invalid
    if layout is Layout.BY_COUNTRY:
        assert judged(forged(swap("Kenya", "Nowhere"), docx), people=people, **about).invalid


def test_two_that_are_printed_alike_in_two_countries_are_in_order():
    people, countries = tuple("ABCD"), ("Kenya", "Kenya", "Chile", "Chile")

    def called(one):
        return person("A" if one == "C" else one)

    whole = tuple(text.Signature(**called(one), country=of) for one, of in zip(people, countries, strict=True))
    docx = documents.render_docx(PrintJob(LETTER, LETTER.recipients[0], DATE, whole, Layout.BY_COUNTRY), PLAIN)
    given = {"people": people, "called": called, "paper": ["plain", "country"]}
    given["headings"] = documents.headings(whole, Layout.BY_COUNTRY, "en")

    assert judged(docx, **given).invalid == []
    assert judged(forged(swap("Person B", "Person A"), docx), **given).invalid, "three of them"
    turned = (*whole[:2], whole[3], whole[2])
    docx = documents.render_docx(PrintJob(LETTER, LETTER.recipients[0], DATE, turned, Layout.BY_COUNTRY), PLAIN)
    assert judged(docx, **given).invalid, "in another order in one of the countries"


def test_logos_and_signatures_by_hand_are_those_that_the_log_names():
    logo, hand, other = picture("red"), picture("blue"), picture("green")

    def tell(told, signed):
        told.add("organisation.logo", invitation="A", png=sha256(logo.png))
        told.add("signoff.image", invitation="B", signoff=signed[1], png=sha256(hand.png))

    sheet = documents.built_in("logos")
    given = {"tell": tell, "paper": ["logos", "automatic"]}
    genuine = rendered(letterhead=sheet, logos=(logo,), signed_by_hand=((1, hand),))

    assert judged(genuine, **given).invalid == judged(genuine, **given).remarks == []
    assert judged(rendered(letterhead=sheet, logos=(other,)), **given).invalid
    assert judged(rendered(letterhead=sheet, signed_by_hand=((0, hand),)), **given).invalid


def test_a_logo_that_the_log_commits_to_is_known_from_what_opens_it():
    logo, other = picture("red"), picture("green")

    def tell(told, signed):
        told.add("organisation.logo", {"png": sha256(logo.png)}, invitation="A")

    given = {"tell": tell, "paper": ["logos", "automatic"]}
    sheet = documents.built_in("logos")

    assert judged(rendered(letterhead=sheet, logos=(logo,)), **given).invalid == []
    assert judged(rendered(letterhead=sheet, logos=(other,)), **given).invalid


def picture(colour):
    saved = io.BytesIO()
    Image.new("RGB", (60, 20), colour).save(saved, "PNG")
    return documents.normalise(saved.getvalue(), "Logo")


def test_people_in_their_own_name_stand_below_the_organisations_under_their_heading():
    def called(one):
        return person(one) | ({"organisation": person(one)["name"], "acronym": ""} if one in "CD" else {})

    people = tuple("ABCD")
    whole = tuple(text.Signature(**called(one), individual=one in "CD") for one in people)
    docx = documents.render_docx(PrintJob(LETTER, LETTER.recipients[0], DATE, whole, withheld=1), PLAIN)
    given = {"people": people, "called": called, "withheld": 1}

    assert judged(docx, alone="CD", **given).invalid == judged(docx, alone="CD", **given).remarks == []
    assert judged(docx, **given).invalid, "nobody of them signed in their own name"
    assert judged(docx, alone="D", **given).invalid
    assert judged(forged(swap("Individuals", "Organisations"), docx), alone="CD", **given).invalid
    among = tuple(text.Signature(**called(one)) for one in people)
    docx = documents.render_docx(PrintJob(LETTER, LETTER.recipients[0], DATE, among, withheld=1), PLAIN)
    assert judged(docx, alone="CD", **given).invalid, "they must not look like organisations"


@pytest.mark.parametrize("language", ["en", "ar", "zh", "de"])
def test_names_in_a_line_and_their_headings_are_read_in_every_direction(language):
    letter = dataclasses.replace(LETTER, language=language)
    for layout in (Layout.TWO_COLUMNS, Layout.COMPACT, Layout.BY_COUNTRY):
        signed = tuple(text.Signature(**person(one), country="Chile") for one in "AB")
        signed += (text.Signature("(Prof.) Roe (†)", "Oslo", "", individual=True),)
        job = PrintJob(letter, letter.recipients[0], DATE, signed, layout, running_header=True)
        docx = documents.render_docx(job, PLAIN)
        documents.check_round_trip(docx, job)
        report = judged(
            docx,
            letter=letter,
            people="ABR",
            alone="R",
            called=lambda one: {"name": "(Prof.) Roe (†)", "title": "Oslo"} if one == "R" else person(one),
            letterhead=documents.blank(PLAIN, running_header=True),
            headings=documents.headings(signed, layout, "en"),
        )
        assert (report.invalid, report.remarks) == ([], []), layout


# --- letterheads -----------------------------------------------------------------------------------------------------


def test_the_words_of_a_letterhead_are_told_and_are_no_forgery():
    sheet = own(header="Tel. 12 34")
    report = judged(rendered(letterhead=sheet), letterhead=documents.blank(sheet), paper=["0b54", "automatic"])

    assert (report.invalid, report.remarks) == ([], [])
    said = next(fact for fact in report.facts if "The letterhead" in fact)
    assert "'Union of Rivers, 1 Quay, Port Town / Registered in Port Town.'" in said and "Tel. 12 34" in said


@pytest.mark.parametrize("part", ["word/document.xml", "word/footer.xml"])
def test_a_subject_amid_the_letterheads_words_is_seen_or_named(part):
    sheet = own(words="Our letter: {{ title }}") if part == "word/document.xml" else own(header="On {{ title }}")
    blank, about = documents.blank(sheet), {"paper": ["0b54", "automatic"]}
    genuine = rendered(letterhead=sheet)
    words = "Our letter: Free the nineteen" if part == "word/document.xml" else "On Free the nineteen"

    def hide(parts):
        start = parts[part].rindex("<w:r>", 0, parts[part].index(words))
        parts[part] = f"{parts[part][:start]}<w:r><w:rPr><w:vanish/></w:rPr>{parts[part][start + 5 :]}"

    assert judged(genuine, letterhead=blank, **about).invalid == []
    assert any("hidden" in found for found in judged(forged(hide, genuine), letterhead=blank, **about).invalid)


def test_what_stands_around_the_text_beyond_the_letterhead_is_named():
    sheet, blank = own(), documents.blank(own())
    for other in (own(words="Union of Lies"), own(below="We take it all back."), own(header="No."), PLAIN):
        report = judged(rendered(letterhead=other), letterhead=blank, paper=["0b54", "automatic"])

        assert any("is not what was signed" in found for found in report.invalid)
    assert not judged(rendered(letterhead=sheet), letterhead=blank, paper=["0b54", "automatic"]).invalid


def test_a_letterhead_chosen_after_somebody_signed_is_pointed_out():
    blank = documents.blank(own())

    def later(told, signed):
        told.add("paper.chosen", letterhead="0b54", layout="automatic", ordering="agreed")

    for tell in (later, None):
        given = {"letterhead": blank, "paper": ["0b54", "automatic"], "tell": tell, "chosen": False}
        report = judged(rendered(letterhead=own()), **given)

        assert report.invalid == []
        assert any("after the first sign-off" in remark and "Union of Rivers" in remark for remark in report.remarks)


def test_a_letterhead_other_than_the_approved_one_is_named():
    ours = documents.blank(own())
    report = judged(rendered(letterhead=own()), letterhead=ours, approved_on=documents.blank(PLAIN))

    assert any("which is not the one it was approved on" in found for found in report.invalid)


def test_a_letterhead_without_the_places_of_a_letter_is_named():
    for gone in ("body", "closing", "salutation", "recipient", "signatories"):
        blank = forged(swap(f"{{{{ {gone} }}}}", "Nothing."), documents.blank(PLAIN))

        assert any("places are missing" in found for found in judged(rendered(), letterhead=blank).invalid)


def test_a_letterhead_that_was_changed_or_is_missing_or_strange_is_named():
    blank = documents.blank(PLAIN)
    files = evidence(rendered(), letterhead=blank)
    name = f"letterheads/{sha256(blank)}.docx"

    def found(changed):
        return " ".join(verify.verify(changed, VKEY).invalid)

    assert "was changed" in found(files | {name: blank + b"x"})
    assert "which is missing" in found({one: content for one, content in files.items() if one != name})
    assert "no entry names it" in found(files | {f"letterheads/{sha256(b'x')}.docx": b"x"})


def test_a_mark_in_a_footnote_is_words_and_no_place_for_a_date():
    letter = dataclasses.replace(LETTER, body="As we said[^1].\n\n[^1]: In our letter of {{ date }}.")
    docx = rendered(letter)
    dated = forged(swap("{{ date }}", "23 November 2026", "word/footnotes.xml"), docx)

    assert judged(docx, letter=letter).invalid == []
    assert any("footnote 1" in found for found in judged(dated, letter=letter).invalid)


def test_what_a_mark_stands_for_is_the_same_in_all_of_a_line():
    sheet = own(words="{{ date }} to {{ date }}, {{ title }}, {{ title }}")
    docx, given = rendered(letterhead=sheet), {"letterhead": documents.blank(sheet), "paper": ["0b54", "automatic"]}
    twice = forged(swap("23 November 2026 to", "24 November 2026 to"), docx)

    assert judged(docx, **given).invalid == []
    assert any("paragraph 1" in found for found in judged(twice, **given).invalid)


# --- set tighter, with a running header ------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [0, 2, len(documents.STEPS) - 1])
@pytest.mark.parametrize("sheet", [PLAIN, own(header="Tel. 12 34")], ids=["plain", "own"])
def test_a_running_header_and_a_tighter_page_are_the_letterheads_own(sheet, step):
    on_paper = {"running_header": True, "tightness": step}
    docx, blank = rendered(letterhead=sheet, **on_paper), documents.blank(sheet, **on_paper)
    about = {"paper": ["0b54", "automatic"], "letterhead": blank}
    part = "word/header-running.xml"

    report = judged(docx, **about)
    assert (report.invalid, report.remarks) == ([], [])
    assert not any("running" in fact for fact in report.facts), "it prints no words of its own"
    for old, new in (("To Jane Doe", "To John Doe"), ("23 November 2026", "or else"), ("page ", "page nine ")):
        assert judged(forged(swap(old, new, part), docx), **about).invalid, old
    assert judged(forged(swap("<w:r><w:t", "<w:r><w:rPr><w:vanish/></w:rPr><w:t", part), docx), **about).invalid
    for other in (documents.blank(sheet), documents.blank(sheet, tightness=1)):
        assert judged(docx, paper=["0b54", "automatic"], letterhead=other).invalid
        assert judged(docx, approved_on=other, **about).invalid
