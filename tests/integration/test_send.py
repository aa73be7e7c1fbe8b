"""The tab on which a letter is sent: what goes with it, the last look, the copies, and what went out afterwards."""

from __future__ import annotations

import email
import email.policy
import hashlib

import pytest
from sqlalchemy import select

from emails.transport import Outcome
from tests.support.browsing import csrf, field, read, signed_in
from tests.support.factories import (
    ANNA,
    act,
    actions,
    approved,
    digest,
    dispatched,
    findings,
    fingerprint,
    link_ids,
    mails,
    open_sign_off,
    sign,
    state,
    store_documents,
    take_in,
    with_documents,
    words,
)
from tests.support.mailing import claim_all, deliver, mark, report
from workflow import documents, jobs
from workflow.campaigns import cover, dispatch, drafts, lifecycle
from workflow.campaigns.cover import Cover
from workflow.errors import InputError, RefusedError
from workflow.mails.writing import write_many
from workflow.models import Delivery, Letter
from workflow.signoffs import answers
from wsgi import create_app

COVER = Cover("Seventeen & more", "Dear <Secretary>,\n\nPlease see below.", ("cc@example.org", "press@example.org"))


@pytest.fixture
def app(settings, database):
    return create_app(settings, database)


def written(database, kind) -> list[tuple[Delivery, email.message.EmailMessage]]:
    with database.reading() as session:
        rows = list(session.scalars(select(Delivery).where(Delivery.kind == kind).order_by(Delivery.address)))
        made = write_many(session, [row.id for row in rows])
        assert [one.error for one in made.values() if one.error] == []
        return [(row, email.message_from_bytes(made[row.id].content, policy=email.policy.default)) for row in rows]


def attached(mail) -> list[str]:
    return [hashlib.sha256(part.get_payload(decode=True)).hexdigest() for part in mail.iter_attachments()]


def test_the_cover_goes_with_the_letter_and_each_address_gets_a_copy_of_it(database):
    letter_id = with_documents(database)
    act(database, cover.set_cover, letter_id, COVER, ANNA)
    act(database, dispatch.dispatch, letter_id, fingerprint(database, letter_id), ANNA)

    ((office, letter),) = written(database, "letter")
    copies = written(database, "office_copy")

    assert letter["Subject"] == "Seventeen & more"
    text, html = (letter.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "Dear <Secretary>," in text
    assert "Dear &lt;Secretary&gt;," in html
    assert "Please find attached" not in text + html
    assert "cc@example.org and press@example.org" in " ".join(text.split())
    assert [row.address for row, _ in copies] == ["cc@example.org", "press@example.org"]
    assert all(row.recipient_id is None for row, _ in copies)
    for _, copy in copies:
        assert copy["Subject"] == "Copy: Seventeen & more"
        assert "office@example.org" in copy.get_body(("plain",)).get_content()
        assert attached(copy) == attached(letter) != []
    assert "office.covered" in actions(database, letter_id)


def test_a_copy_that_is_refused_holds_nothing_up(database):
    letter_id = with_documents(database)
    act(database, cover.set_cover, letter_id, Cover(copies=("cc@example.org",)), ANNA)
    act(database, dispatch.dispatch, letter_id, fingerprint(database, letter_id), ANNA)
    for lease in claim_all(database, letter_id):
        act(database, mark, lease)
        accepted = Outcome("accepted", 250, "2.0.0 Ok")
        act(database, report, lease, accepted if lease.once else Outcome("rejected", 550, "5.1.1 Unknown"))
    act(database, dispatch.confirm, letter_id)

    assert [m.state for m in mails(database, letter_id, "office_copy")] == ["rejected"]
    assert state(database, letter_id) == "sent"


def test_what_goes_with_the_letter_is_on_the_record_to_the_word(database):
    letter_id = with_documents(database)
    act(database, cover.set_cover, letter_id, COVER, ANNA)
    assert not [one for one in findings(database, letter_id) if "office_" in one or "copies" in one]

    with database.writing() as session:
        session.get_one(Letter, letter_id).copies = ["spy@example.org"]

    assert any("copies" in one for one in findings(database, letter_id))


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        (Cover(copies=("office@example.org",)), "copies"),
        (Cover(copies=("a@example.org\nBcc: b@example.org",)), "copies"),
        (Cover(copies=tuple(f"a{n}@example.org" for n in range(21))), "copies"),
        (Cover(subject="x" * 501), "subject"),
        (Cover(words="http://localhost:5000/s/abc"), "words"),
    ],
)
def test_what_cannot_go_with_a_letter_is_refused_at_its_field(database, settings, given, wrong):
    settings.public_url = "http://localhost:5000"
    letter_id = take_in(database, 1)

    with pytest.raises(InputError) as refused:
        act(database, cover.set_cover, letter_id, given, ANNA)

    assert set(refused.value.fields) == {wrong}


def test_nothing_is_sent_where_an_address_changed_after_the_last_look(database):
    letter_id = with_documents(database)
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        mark, recipient = cover.mark(row), row.recipients[0].id
    act(database, drafts.set_recipient_email, letter_id, recipient, "elsewhere@example.org", ANNA)

    with pytest.raises(RefusedError, match="while you checked"):
        act(database, dispatch.dispatch, letter_id, fingerprint(database, letter_id), ANNA, covered=mark)

    assert mails(database, letter_id, "letter") == []


def test_an_office_is_written_to_in_the_language_of_the_letter(database):
    letter_id = take_in(database, 1, letter=words(language="fr"))
    open_sign_off(database, letter_id)
    sign(database, letter_id)
    act(database, lifecycle.approve, letter_id, ANNA)
    store_documents(database, letter_id)
    act(database, dispatch.dispatch, letter_id, fingerprint(database, letter_id), ANNA)

    ((_, letter),) = written(database, "letter")

    assert "signée par 1 organisation" in " ".join(letter.get_body(("plain",)).get_content().split())


# --- the tab ----------------------------------------------------------------------------------------------------------


def test_before_approval_it_says_what_is_missing_and_shows_the_names_in_brackets(app, database):
    client = signed_in(app, database)
    letter_id = take_in(database, 2)
    open_sign_off(database, letter_id)

    page = client.get(f"/letters/{letter_id}/send")

    assert "Not ready to send yet" in page.text
    assert "At least 1 signature is needed; none so far." in page.text
    assert "[Person A]" in page.text
    assert "Send to the recipient…" not in page.text


def test_it_says_who_is_printed_and_who_is_left_out_and_why(app, database):
    client = signed_in(app, database)
    letter_id = take_in(database, 4)
    open_sign_off(database, letter_id)
    links = link_ids(database, letter_id)
    sign(database, letter_id, 0)
    sign(database, letter_id, 1)
    act(database, answers.retract, links[1], "Our board")
    act(database, answers.decline, links[2], digest(database, letter_id), "No", shared=False)
    act(database, lifecycle.approve, letter_id, ANNA)

    said = " ".join(read(client.get(f"/letters/{letter_id}/send")).xpath("//section[@aria-labelledby='printed']")[0]
                    .text_content().split())  # fmt: skip

    assert "1 name printed" in said
    assert "ORGB (withdrew)" in said
    assert "ORGC (declined)" in said
    assert "ORGD (no reply)" in said


def test_the_last_look_sends_to_whom_it_says_and_once_however_often_it_is_pressed(app, database):
    client = signed_in(app, database)
    letter_id = with_documents(database)
    act(database, cover.set_cover, letter_id, COVER, ANNA)
    page = client.get(f"/letters/{letter_id}/send")
    given = dict(read(page).get_element_by_id("dispatch").form_values()) | {"looked": "y"}

    assert "Send to office@example.org?" in page.text
    assert "And 2 copies, to:" in page.text
    answered = [client.post(f"/letters/{letter_id}/dispatch", data=given).status_code for _ in range(2)]

    assert answered == [303, 409]
    assert len(mails(database, letter_id, "letter")) == 1
    assert len(mails(database, letter_id, "office_copy")) == 2


def test_to_schedule_takes_a_moment_and_keeps_what_was_chosen(app, database):
    client = signed_in(app, database)
    letter_id = with_documents(database)
    given = dict(read(client.get(f"/letters/{letter_id}/send")).get_element_by_id("dispatch").form_values())

    without = client.post(f"/letters/{letter_id}/dispatch", data=given | {"looked": "y", "how": "later"})
    later = client.post(
        f"/letters/{letter_id}/dispatch", data=given | {"looked": "y", "how": "later", "at": "2030-01-01T10:00"}
    )

    assert without.status_code == 400
    assert any("Enter a date and a time" in said for said in field(without, "dispatch", "at")[1])
    assert later.status_code == 303
    assert "Scheduled for Tuesday 1 January 2030" in client.get(f"/letters/{letter_id}/send").text
    assert state(database, letter_id) == "approved"


def test_what_was_typed_stays_where_the_cover_is_refused(app, database):
    client = signed_in(app, database)
    letter_id = take_in(database, 1)
    token = csrf(client.get(f"/letters/{letter_id}/send"))

    wrong = client.post(
        f"/letters/{letter_id}/send", data={"csrf_token": token, "words": "Dear you,", "copies": "not an address"}
    )
    right = client.post(
        f"/letters/{letter_id}/send",
        data={"csrf_token": token, "words": "Dear you,", "copies": "a@example.org, b@example.org\r\n"},
    )

    assert wrong.status_code == 400
    assert field(wrong, "send", "words")[0].strip() == "Dear you,"
    assert right.status_code == 303
    with database.reading() as session:
        assert session.get_one(Letter, letter_id).copies == ["a@example.org", "b@example.org"]


def test_after_sending_the_documents_that_went_out_are_there_for_auditors_too(app, database):
    from tests.integration.test_pages import joined_as_auditor

    letter_id = dispatched(database)
    deliver(database, letter_id, [])
    act(database, dispatch.confirm, letter_id)
    auditor = joined_as_auditor(app, database, letter_id)

    page = auditor.get(f"/letters/{letter_id}/send")

    sha256 = hashlib.sha256(b"PK docx").hexdigest()
    assert "As sent to Jane Doe" in page.text
    assert sha256 in page.text
    assert auditor.get(f"/letters/{letter_id}/documents/{sha256}").data == b"PK docx"
    assert "office@example.org" in page.text
    assert "Delivered" in page.text
    assert not read(page).xpath("//main//form")


@pytest.mark.skipif(not (documents.draws() and documents.libreoffice()), reason="Poppler or LibreOffice is missing.")
def test_the_pages_of_the_pdf_are_shown_as_pictures_to_who_may_read_the_letter(app, database):
    client = signed_in(app, database)
    letter_id = approved(database)
    jobs.render(database, letter_id)

    page = read(client.get(f"/letters/{letter_id}/send"))
    (picture,) = page.xpath("//img[@class='page-picture']")
    answer = client.get(picture.get("src"))

    assert picture.get("alt") == "Page 1 of the letter to Jane Doe"
    assert answer.data.startswith(b"\x89PNG")
    assert client.get(picture.get("src").replace("/1.png", "/2.png")).status_code == 404
    assert signed_in(app, database, "x@example.org", admin=False).get(picture.get("src")).status_code == 404
