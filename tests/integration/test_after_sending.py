"""The pages of what comes after a letter was sent: the co-signer's, the coordinator's, and the one for everybody."""

from __future__ import annotations

import io

import pytest

from emails.transport import Outcome
from tests.support.browsing import signed_in
from tests.support.factories import ANNA, act, actions, link_ids, mails, sent, sign
from tests.support.mailing import deliver
from workflow import accounts, jobs
from workflow.campaigns import addenda, office_replies
from workflow.jobs.mailing import cancel_unwanted
from workflow.mails.writing import write_many
from workflow.models import Delivery, Letter, Link, now
from workflow.pages.rate_limits import limiter
from wsgi import create_app


@pytest.fixture
def app(settings, database, monkeypatch):
    monkeypatch.setattr("workflow.documents.libreoffice", lambda: None)
    app = create_app(settings, database)
    app.config["WTF_CSRF_ENABLED"] = False
    monkeypatch.setattr(limiter, "enabled", False)
    return app


def coordinates(database, letter_id: str) -> str:
    with database.writing() as session:
        user = accounts.user(session, "anna@example.org", "Anna")
        accounts.join(session, session.get_one(Letter, letter_id).campaign_id, user, "coordinator")
        return user.id


def words_of(session, mail: Delivery) -> bytes:
    """An email's bytes, each line after the other."""
    [written] = write_many(session, [mail.id]).values()
    assert written.error is None, written.error
    return written.content.replace(b"\r\n", b" ")


def staff(app, database, letter_id: str):
    coordinates(database, letter_id)
    return signed_in(app, database, "anna@example.org", admin=False)


def cosigner(app, database, letter_id: str, number: int):
    client = app.test_client()
    link_id = link_ids(database, letter_id)[number]
    with database.reading() as session:
        token = session.tokens.links(link_id)[0]
        invitation = session.get_one(Link, link_id).invitation_id
    client.get(f"/s/{token}")
    return client, f"/review/{invitation}"


def test_a_co_signer_signs_late_and_is_told_where_the_name_will_be(app, database):
    letter_id = sent(database, 2, silent=1, late_names=True)
    client, page = cosigner(app, database, letter_id, 2)

    shown = client.get(page).text
    assert "You can still sign it: your name will be in an addendum, not on the letter." in shown
    assert "our name will be in an addendum" in " ".join(shown.split())
    with database.reading() as session:
        digest = session.get_one(Letter, letter_id).revision.digest
    form = {"digest": digest, "choice": "sign", "name": "Person C", "authorised": "y"}
    assert client.post(f"{page}/answer", data=form).status_code == 303
    assert "your name will be in an addendum, not on the letter" in " ".join(client.get(f"{page}/receipt").text.split())
    [receipt] = [one for one in mails(database, letter_id, "receipt") if one.about["what"] == "late"]
    with database.reading() as session:
        assert b"your name will be in an addendum" in words_of(session, receipt)

    taken = {"word": "withdraw", "reason": ""}
    assert client.post(f"{page}/late-withdrawal", data=taken).status_code == 303
    assert "You can still sign it" in client.get(page).text


def test_without_late_names_nobody_is_offered_to_sign(app, database):
    letter_id = sent(database, 1, silent=1)
    client, page = cosigner(app, database, letter_id, 1)

    shown = client.get(page).text

    assert "is not among the signatories" in shown
    assert "Sign for the addendum" not in shown


def test_who_withdraws_after_it_was_sent_is_told_that_the_letter_stays_and_the_coordinator_may_tell_the_office(
    app, database
):
    letter_id = sent(database, 2)
    client, page = cosigner(app, database, letter_id, 0)
    form = {"word": "WITHDRAW", "reason": "Our board.", "tell_office": "y"}
    assert client.post(f"{page}/late-withdrawal", data={**form, "word": "yes"}).status_code == 400
    assert client.post(f"{page}/late-withdrawal", data=form).status_code == 303
    assert "has withdrawn its signature" in client.get(page).text

    anna = staff(app, database, letter_id)
    shown = anna.get(f"/letters/{letter_id}/afterwards").text
    assert "It asks that the recipient is told." in shown
    invitation = page.rpartition("/")[2]
    for status in (303, 409):
        told = anna.post(f"/letters/{letter_id}/afterwards/withdrawals/{invitation}")
        assert told.status_code == status
    [mail] = mails(database, letter_id, "withdrawal")
    with database.reading() as session:
        words = words_of(session, mail)
        code = session.get_one(Letter, letter_id).code
    deliver(database, letter_id, [Outcome("rejected", 550, "5.1.1 No such user")])
    refused = anna.get(f"/letters/{letter_id}/afterwards").text
    assert "The recipient was told" not in refused
    assert "Word of a withdrawn signature to Jane Doe" in refused
    assert f"/deliveries/{mail.id}/address" in refused
    assert b"has withdrawn its signature" in words
    assert b"Our board" not in words
    everybody = app.test_client().get(f"/genuine/{code}").text
    assert "Withdrawn after it was sent" in everybody
    assert "1 signature was withdrawn" in everybody


def test_the_coordinator_prepares_looks_and_sends_the_addendum(app, database):
    letter_id = sent(database, 1, silent=2, late_names=True)
    sign(database, letter_id, 1)
    anna, here = staff(app, database, letter_id), f"/letters/{letter_id}/afterwards"
    assert anna.post(f"{here}/addendum").status_code == 303
    jobs.render_addendum(database, letter_id)
    with database.reading() as session:
        kept = addenda.of(session, session.get_one(Letter, letter_id))
        look, [made], code = kept.fingerprint, kept.documents.values(), session.get_one(Letter, letter_id).code
    assert anna.get(f"/letters/{letter_id}/documents/{made['docx']}").status_code == 200
    assert anna.post(f"{here}/addendum/sending", data={"fingerprint": look}).status_code == 400
    assert app.test_client().get(f"/genuine?sha256={made['docx']}").status_code == 404, "not before it was sent"
    sending = anna.post(f"{here}/addendum/sending", data={"fingerprint": look, "looked": "y"})
    assert sending.status_code == 303
    [mail] = mails(database, letter_id, "addendum")
    with database.reading() as session:
        assert b"addendum to the joint letter" in words_of(session, mail)
    assert "this very addendum was sent" in app.test_client().get(f"/genuine?sha256={made['docx']}").text
    assert "1 signature was added" in app.test_client().get(f"/genuine/{code}").text
    assert anna.post(f"{here}/names").status_code == 409


def test_whoever_is_silent_is_asked_for_a_name_and_one_more_can_be_added(app, database):
    letter_id = sent(database, 1, silent=2, late_names=True)
    anna, here = staff(app, database, letter_id), f"/letters/{letter_id}/afterwards"

    assert anna.post(f"{here}/names").status_code == 303
    assert anna.post(f"{here}/names").status_code == 409, "once a day"
    form = {"organisation": "Organisation New", "email": "new@example.org"}
    assert anna.post(f"{here}/invitations", data={"organisation": "X"}).status_code == 400
    assert anna.post(f"{here}/invitations", data=form).status_code == 303

    asked = mails(database, letter_id, "late")
    assert [one.address for one in asked][-1] == "new@example.org"
    assert len(asked) == 3
    sign(database, letter_id, 1)
    cancel_unwanted(database, letter_id)
    assert [one.state for one in mails(database, letter_id, "late")] == ["cancelled", "queued", "queued"]
    with database.reading() as session:
        assert b"your name will be in an addendum" in words_of(session, asked[-1])


@pytest.mark.parametrize("content", [b"<script>alert(1)</script> our reply", b"%PDF-1.7 <script>"])
def test_a_reply_is_downloaded_as_a_file_and_its_words_run_nothing(app, database, content):
    letter_id = sent(database, 1)
    anna, here = staff(app, database, letter_id), f"/letters/{letter_id}/afterwards"
    given = {"words": "<b>No</b>", "file": (io.BytesIO(content), "x.html"), "received": ""}
    assert anna.post(f"{here}/replies", data=given, content_type="multipart/form-data").status_code == 303

    shown = anna.get(here).text
    assert "&lt;b&gt;No&lt;/b&gt;" in shown
    with database.reading() as session:
        [reply] = office_replies.replies(session, session.get_one(Letter, letter_id))
    got = anna.get(f"{here}/replies/{reply.id}/file")
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert "html" not in got.content_type
    assert got.data == content


def test_signatories_are_told_of_a_reply_once_and_only_they_read_it(app, database):
    letter_id = sent(database, 2, silent=1)
    reply = act(database, office_replies.keep_reply, letter_id, None, now(), "We will.", ("a.txt", "", b"Text"), ANNA)
    client, page = cosigner(app, database, letter_id, 0)
    stranger, theirs = cosigner(app, database, letter_id, 2)
    assert "We will." not in client.get(page).text
    assert client.get(f"{page}/replies/{reply.id}").status_code == 404

    anna, here = staff(app, database, letter_id), f"/letters/{letter_id}/afterwards"
    assert anna.post(f"{here}/replies/{reply.id}/telling", data={"seen": "1"}).status_code == 409
    assert anna.post(f"{here}/replies/{reply.id}/telling", data={"seen": "2"}).status_code == 303
    assert anna.post(f"{here}/replies/{reply.id}/telling", data={"seen": "2"}).status_code == 409

    told = mails(database, letter_id, "office_replied")
    assert len(told) == 2
    with database.reading() as session:
        assert b"We will." in words_of(session, told[0])
    assert "We will." in client.get(page).text
    assert client.get(f"{page}/replies/{reply.id}").data == b"Text"
    assert "We will." not in stranger.get(theirs).text
    assert stranger.get(f"{theirs}/replies/{reply.id}").status_code == 404


def test_coordinators_are_reminded_once_where_no_reply_has_come(app, database, later):
    waits, has_one = (sent(database, 1, reply_days=14) for _ in range(2))
    coordinates(database, waits)
    act(database, office_replies.keep_reply, has_one, None, now(), "Yes.", None, ANNA)
    for days in (13, 2, 30):
        jobs.keep_time(database, lambda: True)
        assert "office.unanswered" not in actions(database, has_one)
        later(days=days)
    jobs.keep_time(database, lambda: True)
    jobs.keep_time(database, lambda: True)

    assert actions(database, waits).count("office.unanswered") == 1
    [mail] = mails(database, waits, "afterwards")
    with database.reading() as session:
        assert b"No reply for 14 days" in words_of(session, mail)


def test_nothing_is_shown_of_a_letter_that_was_not_sent(app, database):
    from tests.support.factories import approved

    letter_id = approved(database)
    assert staff(app, database, letter_id).get(f"/letters/{letter_id}/afterwards").status_code == 404
