"""Documents of thousands, and what is wrong with them: said before the letter leaves, beside what is checked."""

from __future__ import annotations

import dataclasses
import time
from datetime import date

import pytest

from emails import mailbox
from emails.transport import Server
from tests.support.browsing import signed_in
from tests.support.factories import ANNA, act, fingerprint, mails, open_sign_off, sign, state, take_in, words
from workflow import documents, jobs
from workflow.campaigns import dispatch, lifecycle, printing
from workflow.errors import RefusedError, RoundTripError
from workflow.letter import text
from workflow.models import Document, Letter
from wsgi import create_app


@pytest.fixture
def letter_id(database):
    made = take_in(database, 2)
    open_sign_off(database, made)
    for number in range(2):
        sign(database, made, number)
    act(database, lifecycle.approve, made, ANNA)
    return made


def job(count: int, layout: documents.Layout = documents.Layout.AUTOMATIC) -> documents.PrintJob:
    signed = tuple(
        text.Signature(f"Émilie Durand {number}", "Directrice", f"Organisation {number}", f"ORG{number}", "France")
        for number in range(count)
    )
    letter = words()
    return documents.PrintJob(letter, letter.recipients[0], date(2026, 12, 1), signed, layout=layout)


def seconds(count: int) -> float:
    began = time.process_time()
    documents.check_round_trip(documents.render_docx(job(count)), job(count))
    return time.process_time() - began


def test_ten_times_as_many_names_are_printed_and_proofread_in_ten_times_the_time():
    seconds(50)
    few, many = (min(seconds(count) for _ in range(2)) for count in (500, 5_000))
    assert many < 20 * few


@pytest.mark.parametrize("layout", list(documents.Layout))
def test_of_five_thousand_names_the_one_that_has_not_signed_is_noticed(layout):
    printed, signed = job(5_000, layout), job(5_000, layout)
    odd = dataclasses.replace(printed.signatures[4_321], name="Somebody Else")
    printed = dataclasses.replace(printed, signatures=(*printed.signatures[:4_321], odd, *printed.signatures[4_322:]))

    with pytest.raises(RoundTripError, match="other signatories"):
        documents.check_round_trip(documents.render_docx(printed), signed)


def test_why_there_is_no_pdf_stands_beside_the_document(database, settings, letter_id, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("workflow.office._ELSEWHERE", ())

    jobs.render(database, letter_id)

    page = signed_in(create_app(settings, database), database).get(f"/letters/{letter_id}/send")
    assert "There is no PDF, so the Word document goes alone. LibreOffice is not installed on the server." in page.text


def test_documents_that_no_mail_takes_are_said_before_dispatch_and_never_leave(database, settings, letter_id):
    jobs.render(database, letter_id, 20_000)

    page = signed_in(create_app(settings, database), database).get(f"/letters/{letter_id}/send")
    assert "the mail server takes 0.0 MB" in page.text
    for at in (None, dispatch.now() + dispatch.PAST):
        with pytest.raises(RefusedError, match="The email with these documents would have"):
            act(database, dispatch.dispatch, letter_id, fingerprint(database, letter_id), ANNA, at)
    assert state(database, letter_id) == "approved"
    assert mails(database, letter_id, "letter") == []


def test_a_mail_has_about_the_size_that_was_foretold(database, office, letter_id):
    jobs.render(database, letter_id)
    act(database, dispatch.dispatch, letter_id, fingerprint(database, letter_id), ANNA)
    jobs.deliver(database, letter_id, Server.parse(office.url), "worker")

    [letter] = [mail for mail in mailbox.received(office.folder) if mail.recipients == ("office@example.org",)]
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        made = printing.renderings(session, row)[0]
        docx, pdf = (sha and session.get_one(Document, sha).content for sha in (made.docx_sha256, made.pdf_sha256))
        foretold = printing.mail_size(printing.paper(row, row.recipients[0]), docx, pdf)
    assert 0.8 * foretold < len(letter.raw) < 1.1 * foretold


@pytest.mark.parametrize(
    ("size", "largest", "fits"),
    [
        (9_000_000, None, True),
        (11_000_000, None, False),
        (11_000_000, 50_000_000, False),
        (5_000_001, 5_000_000, False),
        (5_000_000, 5_000_000, True),
    ],
)
def test_a_mail_is_as_large_as_the_server_and_every_provider_take_at_most(size, largest, fits):
    assert (printing.too_large(size, largest) == "") is fits
