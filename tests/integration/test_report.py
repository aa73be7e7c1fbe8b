"""The report in the evidence: what it tells of real letters, in both files; and nothing that the evidence lacks."""

from __future__ import annotations

import io
import time
import zipfile
from dataclasses import replace

import pytest

from tests.support import factories, reports, whole_lives
from tests.support.lived import lived
from tests.support.reports import read_html, read_word
from tests.support.sent_letters import whole_life as signed_life
from workflow import documents
from workflow.campaigns import lifecycle
from workflow.history import report
from workflow.history.report import HTML, WORD


def both(files):
    """What each file says; they must say the same."""
    return {"html": read_html(files), "word": read_word(files)}.values()


def test_it_tells_who_agreed_to_what_by_which_link_and_where_it_went(database):
    letter_id = signed_life(database)
    held = reports.held(database, letter_id)

    files = report.files(held)

    for said in both(files):
        assert "3 organisations were asked; 3 signatures count. It was sent, and accepted by the mail server" in said
        assert "Jane Doe, Minister, Ministry of Justice" in said
        assert "Bo Chan Director Organisation B (ORGB) Version 2" in said
        assert "Signed: the name was typed, and “I am authorised to sign” was ticked." in said
        assert "Sent to b@example.org" in said
        assert "office@example.org with the files (SHA-256):" in said
        assert "accepted" in said and "“250 2.0.0 Ok: queued as 4711”" in said
        assert "The letter was taken back to be changed, with these words: “Shorter, as asked”" in said
        assert "One sentence more, with **weight** and [a link](https://example.org)." in said
        assert "1 comment was made." in said
        assert held.checkpoint.split("\n")[2] in said
        assert "Nothing is withheld, and nothing has been erased." in said
    page = files[HTML].decode()
    assert "<ins> One sentence more, with **weight** and [a link](https://example.org).</ins>" in page


def test_who_declined_or_withdrew_is_told_with_the_words_and_a_withheld_name_is_a_number(database):
    letter_id = lived(database, whole_lives.whole_life)
    held = reports.held(database, letter_id)

    for said in both(report.files(held)):
        assert "Persson A Executive Director Organisation Å (ORGÅ)" in said
        assert "given was: Person A, Director." in said
        assert "signed was as: Organisation A (ORGA)." in said
        assert "The contact had passed the invitation on to a colleague" in said
        assert "Organisation E (ORGE)" in said and "its invitation was cancelled by the coordinator" in said
        assert "the answer was lost; the coordinator said that it had arrived" in said
        assert "refused" in said and "“550 5.1.1 No such user”" in said
        assert "Copies were addressed to copy@example.org. Accepted by the mail servers: 2." in said
        assert "And 1 signature of an organisation whose name is withheld or erased." in said
        assert "names are withheld." in said
    with database.reading() as session:
        hidden = reports.withheld(session, letter_id)
    named = {
        value
        for seq, payload in _all(database, letter_id)
        if held.entries[seq]["about"].get("invitation") in hidden
        for value in payload.values()
        if isinstance(value, str) and len(value) > 6
    }
    assert any("Organisation" in one for one in named)
    for content in _unpacked(report.files(held)):
        assert not [one for one in named if one.encode() in content and one not in ("Director", "Europe/Paris")]


def _all(database, letter_id):
    from workflow.models import Disclosure

    with database.reading() as session:
        found = session.query(Disclosure).filter_by(letter_id=letter_id)
        return [(one.sequence, one.payload) for one in found]


def _unpacked(files):
    with zipfile.ZipFile(io.BytesIO(files[WORD])) as archive:
        return [files[HTML], *(archive.read(name) for name in archive.namelist())]


def test_silence_is_told_with_its_rule_and_the_email_that_told_it(database, later):
    letter_id = whole_lives.other_life(database, later)

    for said in both(report.files(reports.held(database, letter_id))):
        assert "The letter was cancelled on" in said
        assert "The key that signs the history was replaced." in said
        assert "signed an earlier version, and has not confirmed" in said or "did not answer before" in said
        assert (
            "whoever was the contact before said that the change of contact is wrong: “I am still the contact.”" in said
        )
        assert "The deadline had come; it was extended once, as the rules say: to" in said
        assert "The deadline had come, and the coordinators were asked what it brings." in said
        assert "The deadline was moved to" in said and "It had a deadline of its own:" in said


def test_a_name_that_stays_by_silence_is_on_the_letter_with_what_it_did_not_object_to(database, later):
    letter_id = factories.take_in(database, 2, objection_hours=1)
    factories.open_sign_off(database, letter_id)
    factories.tell(database, letter_id)
    factories.sign(database, letter_id, 0)
    factories.correct(database, letter_id)
    factories.tell(database, letter_id)
    later(hours=2)
    assert factories.stay_by_silence(database) == 1

    for said in both(report.files(reports.held(database, letter_id))):
        assert "Did not object to a minor correction of version 1, which it had signed itself" in said
        assert "under the rule of 1 hours that the page showed then. It was told by an email" in said
        assert "No link was used: see the signature that it goes back to. Sent to a@example.org" in said


def test_the_same_evidence_gives_the_same_bytes(database):
    letter_id = signed_life(database)

    assert report.files(reports.held(database, letter_id)) == report.files(reports.held(database, letter_id))


def test_what_is_erased_is_a_number(database):
    held = reports.held(database, signed_life(database))
    left = {seq: shown for seq, shown in held.disclosed.items() if "organisation" not in shown}

    for said in both(report.files(replace(held, disclosed=left))):
        assert "And 3 signatures of organisations whose names are withheld or erased." in said
        assert "other entries say of persons is erased" in said
        assert "Organisation B" not in said and "Bo Chan" not in said


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_it_is_in_the_language_of_the_letter(database, language):
    letter_id = factories.take_in(database, 1, letter=factories.words(language=language, body="<b>Un</b> & deux."))
    factories.act(database, lifecycle.circulate, letter_id, factories.ANNA)

    files = report.files(reports.held(database, letter_id))

    page = files[HTML].decode()
    direction = "rtl" if language == "ar" else "ltr"
    assert f'<html lang="{language}" dir="{direction}">' in page
    assert "<b>" not in page.partition("<main>")[2]
    with zipfile.ZipFile(io.BytesIO(files[WORD])) as archive:
        assert (b"<w:bidiVisual/>" in archive.read("word/document.xml")) == (language == "ar")


def test_the_page_stands_alone(database):
    page = report.files(reports.held(database, signed_life(database)))[HTML].decode()

    assert not [one for one in ("<script", "<link", "<img", "url(", "@import", "src=", "href=") if one in page]
    assert "default-src 'none'" in page


def test_words_of_a_letter_make_no_tag_and_hide_nothing():
    wicked = "<script>alert(1)</script>\u202eevil\u0007 & 'x'\" </w:t>"
    held = reports.of_many(1)
    held.disclosed[1].update(organisation=wicked)
    held.disclosed[max(held.disclosed)].update(name=wicked, organisation=wicked)

    files = report.files(held)

    page = files[HTML].decode()
    assert "<script" not in page and "\u202e" not in page and "\u0007" not in page
    assert "<script>alert(1)</script>" in read_html(files)
    assert "<script>alert(1)</script>" in read_word(files)


def test_thousands_are_told_quickly():
    held = reports.of_many(5000)
    began = time.process_time()

    files = report.files(held)

    assert time.process_time() - began < 4
    assert "Person 4999 Director Organisation 4999 (O4999)" in read_html(files)
    assert sum(map(len, files.values())) < 8_000_000


@pytest.mark.slow
@pytest.mark.skipif(documents.libreoffice() is None, reason="needs LibreOffice")
def test_word_opens_it(database):
    """LibreOffice prints it: four pages or so."""
    letter_id = signed_life(database)
    pdf = documents.render_pdf(report.files(reports.held(database, letter_id))[WORD])

    assert pdf.startswith(b"%PDF")
