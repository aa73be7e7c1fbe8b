"""What comes in as an office's reply: files that would do something, floods, other letters' recipients."""

from __future__ import annotations

import io
import time
import zipfile
from base64 import b64encode
from datetime import timedelta

import pytest
from sqlalchemy import select

from emails.parsing import said_in
from tests.support.factories import ANNA, act, actions, findings, open_sign_off, sent, take_in
from tests.support.mailing import deliver
from workflow import erasure
from workflow.campaigns import after_sending, afterwards, office_replies
from workflow.campaigns.office_replies import LARGEST, MOST_KEPT, WORDS, keep_reply
from workflow.errors import InputError, NotFoundError, RefusedError
from workflow.models import Delivery, Document, Letter, OfficeReply, now

PDF = ("Our reply.pdf", "application/pdf", b"%PDF-1.7 We have read your letter.")
EML = b"From: office@state.example\r\nSubject: Re: Letter\r\n\r\n<script>alert(1)</script> Thank you."


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"\0" * 50_000_000)
    return packed.getvalue()


def kept(database, letter_id: str) -> list[OfficeReply]:
    with database.reading() as session:
        return office_replies.replies(session, session.get_one(Letter, letter_id))


def test_a_reply_is_kept_as_it_came_on_the_record_and_once(database):
    letter_id = sent(database)

    first = act(database, keep_reply, letter_id, None, now(), "Thank you.", PDF)
    again = act(database, keep_reply, letter_id, None, now(), "Thank you.", PDF)

    assert [one.id for one in kept(database, letter_id)] == [first.id] == [again.id]
    assert actions(database, letter_id).count("office.replied") == 1
    with database.reading() as session:
        assert bytes(session.get_one(Document, first.document_sha256).content) == PDF[2]
    assert findings(database, letter_id) == []


def test_nothing_is_kept_of_a_letter_that_was_not_sent(database):
    letter_id = take_in(database)
    open_sign_off(database, letter_id)

    with pytest.raises(RefusedError, match="once the letter was sent"):
        act(database, keep_reply, letter_id, None, now(), "Thank you.", None)


def test_the_recipient_of_another_letter_answers_none_of_this_one(database):
    letter_id, other = sent(database), sent(database)
    with database.reading() as session:
        theirs = session.get_one(Letter, other).recipients[0].id

    with pytest.raises(NotFoundError):
        act(database, keep_reply, letter_id, theirs, now(), "Thank you.", None)
    reply_id = act(database, keep_reply, other, theirs, now(), "Thank you.", None).id
    with database.reading() as session, pytest.raises(NotFoundError):
        office_replies.reply_of(session, session.get_one(Letter, letter_id), reply_id)


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        ("reply.pdf", b"%PDF-1.7", "pdf"),
        ("reply.html", b"<html><script>alert(1)</script>", "txt"),
        ("reply.pdf", b"<svg onload=alert(1)>", "txt"),
        ("reply.eml", EML, "eml"),
        ("bomb.docx", bomb(), "docx"),
        ("photo.jpg.exe", b"\xff\xd8\xff\xe0 a picture", "jpeg"),
    ],
)
def test_a_file_is_what_its_bytes_say_whatever_it_is_called(database, name, content, form):
    """Nothing of it is opened: a bomb stays as small as it came."""
    letter_id = sent(database)

    reply = act(database, keep_reply, letter_id, None, now(), "", (name, "text/html", content), ANNA)

    with database.reading() as session:
        assert session.get_one(Document, reply.document_sha256).media_type == office_replies.FORMS[form]
    assert reply.file_name.endswith({"jpeg": ".jpg"}.get(form, f".{form}"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MZ\x90\0 a program",
        b"PK\x03\x04 an archive",
        b"PK\x03\x04word/document.xml word/vbaProject.bin",
        b"%!PS\0",
        b"\xff\xfe not UTF-8",
        b"x" * (LARGEST + 1),
    ],
)
def test_what_is_no_reply_is_refused_at_its_field(database, content):
    letter_id = sent(database)

    with pytest.raises(InputError) as refused:
        act(database, keep_reply, letter_id, None, now(), "See the file.", ("a.pdf", "application/pdf", content), ANNA)

    assert set(refused.value.fields) == {"file"}
    assert kept(database, letter_id) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../../etc/passwd", "passwd.txt"),
        ('C:\\a\\b".pdf\r\nX-Evil: 1', "b.txt"),
        ("", "reply.txt"),
        ("\u202efdp.exe", "fdp.txt"),
        ("é" * 400, "é" * 120 + ".txt"),
        ("\ud800", "reply.txt"),
    ],
)
def test_a_files_name_leads_nowhere_and_ends_no_header(name, said):
    assert office_replies.file_name(name, "txt") == said


def test_an_email_with_more_words_than_are_kept_is_cut_and_a_person_is_asked_to(database):
    letter_id = sent(database)
    long = "\ud800Word " * 10_000

    reply = act(database, keep_reply, letter_id, None, now(), long, ("mail.eml", "message/rfc822", EML))

    assert len(reply.words) <= WORDS.most
    assert reply.words.endswith("[…]")
    with pytest.raises(InputError) as refused:
        act(database, keep_reply, letter_id, None, now(), "Word " * 10_000, None, ANNA)
    assert set(refused.value.fields) == {"words"}


def test_a_flood_ends(database, monkeypatch):
    monkeypatch.setattr(office_replies, "MOST_KEPT", 3)
    letter_id = sent(database)
    for number in range(3):
        act(database, keep_reply, letter_id, None, now(), f"Number {number}", None)

    with pytest.raises(RefusedError, match="No more replies"):
        act(database, keep_reply, letter_id, None, now(), "One more", None)
    assert MOST_KEPT > 3


def test_what_comes_from_tomorrow_is_refused(database):
    letter_id = sent(database)

    with pytest.raises(InputError):
        act(database, keep_reply, letter_id, None, now() + timedelta(days=3), "Thank you.", None, ANNA)


def test_a_reply_that_is_changed_by_hand_is_found(database):
    letter_id = sent(database)
    reply = act(database, keep_reply, letter_id, None, now(), "No.", PDF)

    with database.writing() as session:
        session.get_one(OfficeReply, reply.id).words = "Yes."

    assert any("words is not the one" in one for one in findings(database, letter_id))


def test_a_letter_that_is_erased_keeps_no_reply_and_another_letters_file_stays(database):
    letter_id, other = sent(database), sent(database)
    for one in (letter_id, other):
        act(database, keep_reply, one, None, now(), "Thank you, Person A.", PDF)
    erasure.go_on(database, act(database, erasure.begin_letter, letter_id, "request", ANNA).id, scrubs=False)

    [gone] = kept(database, letter_id)
    assert (gone.words, gone.file_name) == ("", "")
    with database.reading() as session:
        assert bytes(session.scalars(select(Document.content).where(Document.sha256 == gone.document_sha256)).one())
    assert findings(database, letter_id) == []
    with pytest.raises(RefusedError, match="erased"):
        act(database, keep_reply, letter_id, None, now(), "Late.", None)


def test_a_file_that_nobody_can_search_is_named_and_one_reply_is_erased_alone(database):
    letter_id, other = sent(database), sent(database)
    mine = act(database, keep_reply, letter_id, None, now(), "Dear Mara.", PDF, ANNA)
    act(database, keep_reply, letter_id, None, now(), "See the email.", ("a.eml", "message/rfc822", EML), ANNA)
    same = act(database, keep_reply, other, None, now(), "", PDF, ANNA)
    with database.reading() as session:
        row = session.get_one(Letter, letter_id)
        address, seen = row.invitations[0].email, after_sending.readers(session, row)
        [plan] = [one for one in erasure.look_for(session, address).letters if one.id == letter_id]
        assert [one.file_name for one in plan.unread] == ["Our reply.pdf"]
    act(database, afterwards.tell_of_reply, letter_id, mine.id, seen, ANNA)
    begin = (database, erasure.begin_reply, letter_id, mine.id, "request", ANNA)

    waits = erasure.go_on(database, act(*begin).id, scrubs=False)
    assert waits.done == {"left": {letter_id: "waiting"}}, "an email that quotes it is on its way"
    deliver(database, letter_id, [])
    erasure.go_on(database, act(*begin).id, scrubs=False)

    [gone] = [one for one in kept(database, letter_id) if one.is_erased]
    assert (gone.id, gone.document_sha256) == (mine.id, same.document_sha256)
    with database.reading() as session:
        assert session.get_one(Document, same.document_sha256).content, "another letter has the same file"
        quoting = session.query(Delivery).filter_by(letter_id=letter_id, kind="office_replied").all()
        assert [(one.sealed, one.skeleton) for one in quoting] == [(None, None)] * seen
    erasure.go_on(database, act(database, erasure.begin_reply, other, same.id, "request", ANNA).id, scrubs=False)
    with database.reading() as session:
        assert session.get_one(Document, same.document_sha256).content == b""
    assert findings(database, letter_id) == findings(database, other) == []
    with pytest.raises(RefusedError, match="was erased"):
        act(database, afterwards.tell_of_reply, letter_id, mine.id, seen, ANNA)


HOSTILE = {
    "comments": b"From: " + b"(" * 5000,
    "id": b"Message-ID: <a@",
    "address": b"From: a@[",
    "parameters": b"Content-Type: text/plain" + b";a" * 200_000,
    "deep": b"Content-Type: message/rfc822\r\n\r\n" * 5000,
    "lines": b"From: =?utf-8?q?=0Ax?= <a@b.example>",
}


@pytest.mark.parametrize("head", HOSTILE.values(), ids=HOSTILE)
def test_no_reply_keeps_anybody_from_being_erased(head):
    """Who is named in it is looked for when anybody is erased: nothing that it holds makes that fail."""
    begun = time.perf_counter()
    said = " ".join(said_in(head + b"\r\nSubject: =?iso-8859-1?q?Zo=EB?=\r\n\r\nDear Mara"))

    assert "Mara" in said
    assert time.perf_counter() - begun < 1


def test_a_mail_that_is_the_file_of_another_is_looked_through():
    inner = b"From: mara@rivers.example\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b64encode(b"Mara Reyes")
    whole = b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
    whole += b'Content-Disposition: attachment; filename="email.eml"\r\n\r\n' + b64encode(inner)

    assert "Mara Reyes" in " ".join(said_in(whole))
