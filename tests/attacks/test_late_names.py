"""Names that come after a letter was sent: never the letter's, on the addendum once, and only while they stand."""

from __future__ import annotations

import io
import threading
import zipfile

import docx
import pytest

from emails.transport import Outcome
from tests.support.browsing import invitation_id as invitation
from tests.support.factories import (
    ANNA,
    act,
    actions,
    answer,
    findings,
    invitation_states,
    link_ids,
    mails,
    sent,
    sign,
)
from tests.support.mailing import deliver
from workflow import erasure, history, jobs, verify
from workflow.campaigns import addenda, after_sending, afterwards, batches, contacts, dispatch, printing
from workflow.campaigns.lookup import locked_letter
from workflow.campaigns.office_replies import keep_reply
from workflow.campaigns.roster import late, roster
from workflow.errors import RefusedError
from workflow.history import one_signoff
from workflow.models import Delivery, Document, Letter, Link, now
from workflow.signoffs import answers


@pytest.fixture
def letter(database, monkeypatch):
    """Two have signed, two have not; names that come late are taken."""
    monkeypatch.setattr("workflow.documents.libreoffice", lambda: None)
    return sent(database, 2, silent=2, late_names=True)


def made(database, letter_id: str) -> str:
    """The addendum, asked for and made; returns what the coordinator looks at."""
    act(database, addenda.ask, letter_id, ANNA)
    jobs.render_addendum(database, letter_id)
    with database.reading() as session:
        kept = addenda.of(session, session.get_one(Letter, letter_id))
        assert kept.documents
        return kept.fingerprint


def printed(database, letter_id: str, of=roster) -> list[int]:
    with database.reading() as session:
        return [one.sequence for one in of(session, session.get_one(Letter, letter_id)).printed]


def test_a_late_name_is_on_the_addendum_and_never_on_the_letter(database, letter):
    with database.reading() as session:
        before = printing.fingerprint(session.get_one(Letter, letter))
    on_letter = printed(database, letter)

    signoff = sign(database, letter, 2)

    assert signoff.late
    assert invitation_states(database, letter) == ["signed", "signed", "signed", "invited"]
    assert printed(database, letter) == on_letter
    assert printed(database, letter, late) == [signoff.sequence]
    with database.reading() as session:
        assert printing.fingerprint(session.get_one(Letter, letter)) == before
    look = made(database, letter)
    act(database, addenda.send, letter, look, ANNA)
    deliver(database, letter, [])
    act(database, dispatch.confirm, letter)
    assert actions(database, letter)[-1] != "addendum.sent"
    assert "addendum.delivered" in actions(database, letter)
    [mail] = mails(database, letter, "addendum")
    assert (mail.state, mail.recipient_id is not None) == ("accepted", True)
    assert len(mails(database, letter, "addendum_copy")) == 3
    assert findings(database, letter) == []


def test_what_does_not_take_late_names_is_not_signed_late(database, monkeypatch):
    monkeypatch.setattr("workflow.documents.libreoffice", lambda: None)
    letter_id = sent(database, 1, silent=1)

    with pytest.raises(RefusedError, match="cannot be signed now"):
        sign(database, letter_id, 1)
    with pytest.raises(RefusedError, match="take no names"):
        act(database, addenda.ask, letter_id, ANNA)


def test_who_is_on_the_letter_signs_no_second_time_even_after_withdrawing(database, letter):
    act(database, answers.retract_late, link_ids(database, letter)[0], "A mistake.", tell_office=True)

    with pytest.raises(RefusedError, match="bears this name already"):
        sign(database, letter, 0)
    assert invitation_states(database, letter)[0] == "retracted"
    assert len(printed(database, letter)) == 2, "what was sent goes on to bear the name"
    assert findings(database, letter) == []
    with database.writing() as session:
        withheld = session.get_one(Letter, letter).invitations[0]
        withheld.confidential, who = True, withheld.id
    with pytest.raises(RefusedError, match="was never told"):
        act(database, afterwards.tell_office, letter, who, ANNA)


def test_a_late_name_that_is_withdrawn_is_on_no_addendum(database, letter):
    sign(database, letter, 2)
    stays = sign(database, letter, 3)
    look = made(database, letter)
    act(database, answers.retract_late, link_ids(database, letter)[2])

    with pytest.raises(RefusedError, match="prepare it again"):
        act(database, addenda.send, letter, look, ANNA)
    act(database, addenda.send, letter, made(database, letter), ANNA)

    assert printed(database, letter, late) == [stays.sequence]
    assert findings(database, letter) == []


def test_who_withdraws_while_the_addendum_is_made_is_on_none_that_is_kept(database, letter):
    sign(database, letter, 2)
    stays = sign(database, letter, 3)
    act(database, addenda.ask, letter, ANNA)
    with database.reading() as session:
        made_for, papers = addenda.papers(session, session.get_one(Letter, letter))
    act(database, answers.retract_late, link_ids(database, letter)[2])

    empty = {one.recipient_id: addenda.Made(b"docx", None, b"letterhead") for one in papers}
    assert not act(database, addenda.keep, letter, made_for, empty)
    jobs.render_addendum(database, letter)
    with database.reading() as session:
        assert not addenda.of(session, session.get_one(Letter, letter)).documents
    act(database, addenda.send, letter, made(database, letter), ANNA)
    assert printed(database, letter, late) == [stays.sequence]
    assert findings(database, letter) == []


def test_with_nobody_left_nothing_is_sent(database, letter):
    sign(database, letter, 2)
    look = made(database, letter)
    act(database, answers.retract_late, link_ids(database, letter)[2])

    with pytest.raises(RefusedError):
        act(database, addenda.send, letter, look, ANNA)
    with pytest.raises(RefusedError, match="Nobody has signed"):
        act(database, addenda.ask, letter, ANNA)
    assert mails(database, letter, "addendum") == []


def test_once_it_is_sent_nobody_signs_late_and_it_goes_no_second_time(database, letter):
    sign(database, letter, 2)
    look = made(database, letter)
    act(database, addenda.send, letter, look, ANNA)

    with pytest.raises(RefusedError, match="cannot be signed now"):
        sign(database, letter, 3)
    for again in (
        lambda: act(database, addenda.send, letter, look, ANNA),
        lambda: act(database, addenda.ask, letter, ANNA),
    ):
        with pytest.raises(RefusedError, match="goes out once"):
            again()
    assert len(mails(database, letter, "addendum")) == 1
    act(database, answers.retract_late, link_ids(database, letter)[2])
    assert len(printed(database, letter, late)) == 1, "what was sent goes on to bear the name"
    assert findings(database, letter) == []


def test_two_presses_at_once_send_it_once(database, letter):
    sign(database, letter, 2)
    look, met = made(database, letter), []

    def press() -> None:
        try:
            act(database, addenda.send, letter, look, ANNA)
        except RefusedError as refused:
            met.append(refused)

    pressing = [threading.Thread(target=press) for _ in range(4)]
    for one in pressing:
        one.start()
    for one in pressing:
        one.join()

    assert len(met) == 3
    assert len(mails(database, letter, "addendum")) == 1
    assert actions(database, letter).count("addendum.sent") == 1


def test_a_withdrawal_and_the_sending_at_once_send_no_name_that_was_taken_back(database, letter):
    sign(database, letter, 2)
    sign(database, letter, 3)
    look, link = made(database, letter), link_ids(database, letter)[2]
    met: list[RefusedError] = []

    def send() -> None:
        try:
            act(database, addenda.send, letter, look, ANNA)
        except RefusedError as refused:
            met.append(refused)

    sending = threading.Thread(target=send)
    sending.start()
    act(database, answers.retract_late, link)
    sending.join()

    with database.reading() as session:
        row = session.get_one(Letter, letter)
        [of_it] = [s for i in row.invitations for s in i.signoffs if s.late and i.has_retracted]
        assert (of_it.retracted_at is None) == (not met), "either it was sent before, or it was not sent"
    assert findings(database, letter) == []


def test_an_answer_that_was_lost_is_decided_by_a_person_and_never_sent_again_by_itself(database, letter):
    sign(database, letter, 2)
    act(database, addenda.send, letter, made(database, letter), ANNA)
    deliver(database, letter, [Outcome("uncertain", None, "broken")])

    jobs.keep_time(database, lambda: True)

    [mail] = mails(database, letter, "addendum")
    assert mail.state == "uncertain"
    act(database, dispatch.settle_as_sent, letter, mail.id, ANNA)
    assert "addendum.delivered" in actions(database, letter)
    assert findings(database, letter) == []


def test_one_that_was_refused_goes_to_another_address_of_that_office(database, letter):
    sign(database, letter, 2)
    act(database, addenda.send, letter, made(database, letter), ANNA)
    deliver(database, letter, [Outcome("rejected", 550, "5.1.1 No such user")])

    [refused] = mails(database, letter, "addendum")
    act(database, dispatch.readdress, letter, refused.id, "archive@office.example", ANNA)
    deliver(database, letter, [])

    with database.reading() as session:
        sent_to = session.query(Delivery).filter_by(letter_id=letter, kind="addendum", state="accepted").one()
        assert sent_to.address == "archive@office.example"
    assert findings(database, letter) == []


def test_word_of_a_withdrawal_that_was_refused_goes_to_another_address_each_once(database, letter):
    links = link_ids(database, letter)
    for number in (0, 1):
        act(database, answers.retract_late, links[number], tell_office=True)
        act(database, afterwards.tell_office, letter, invitation(database, letter, number), ANNA)
    deliver(database, letter, [Outcome("rejected", 550, "5.1.1 No such user")] * 2)
    refused = mails(database, letter, "withdrawal")

    for one in refused:
        act(database, dispatch.readdress, letter, one.id, "archive@office.example", ANNA)
        with pytest.raises(RefusedError, match="already sent it to another address"):
            act(database, dispatch.readdress, letter, one.id, "third@office.example", ANNA)
    deliver(database, letter, [])
    with pytest.raises(RefusedError, match="already has it"):
        act(database, dispatch.readdress, letter, refused[0].id, "third@office.example", ANNA)

    with database.reading() as session:
        there = session.query(Delivery).filter_by(letter_id=letter, kind="withdrawal", state="accepted").all()
        assert {one.address for one in there} == {"archive@office.example"}
        assert {one.about["signoff"] for one in there} == {one.about["signoff"] for one in refused}
        assert len(there) == 2
    assert findings(database, letter) == []


def test_many_are_written_to_in_pieces_each_person_once_and_each_by_their_own_link(database, letter, monkeypatch):
    with database.writing() as session:
        row = locked_letter(session, letter)
        for one, email in zip(row.invitations, ("bea@example.org", "BEA@example.org"), strict=False):
            contacts.put_beside(session, row, one.id, "Bea", email, ANNA)
    monkeypatch.setattr(batches, "AT_ONCE", 1)
    act(database, afterwards.ask_for_names, letter, ANNA)
    assert mails(database, letter, "late") == []
    with pytest.raises(RefusedError, match="nobody to email"):
        act(database, afterwards.ask_for_names, letter, ANNA)
    act(database, batches.piece, letter, 3)
    sign(database, letter, 3)
    jobs.batch(database, letter)
    assert [one.invitation_id for one in mails(database, letter, "late")] == [invitation(database, letter, 2)]
    act(database, addenda.send, letter, made(database, letter), ANNA)
    deliver(database, letter, [])
    act(database, dispatch.confirm, letter)
    replies = [act(database, keep_reply, letter, None, now(), words, None, ANNA) for words in ("One", "Two")]
    with database.reading() as session:
        seen = after_sending.readers(session, session.get_one(Letter, letter))
    assert seen == 4, "two of the letter, one of the addendum, and one person more, beside two of them"

    act(database, batches.piece, letter, 1)
    for reply in replies:
        act(database, afterwards.tell_of_reply, letter, reply.id, seen, ANNA)
        act(database, batches.piece, letter, 1)
    assert len(mails(database, letter, "office_replied")) < 2 * seen, "one piece after the other"
    jobs.batch(database, letter)

    told = [(one.about["reply"], one.address.lower()) for one in mails(database, letter, "office_replied")]
    assert len(set(told)) == len(told) == 2 * seen
    copies = [one.address.lower() for one in mails(database, letter, "addendum_copy")]
    assert len(set(copies)) == len(copies) == seen
    with database.reading() as session:
        own = [session.get_one(Link, link) for link in _links_of(session, letter)]
    assert [one.contact_id is not None for one in own].count(True) == 2, "both replies to Bea"
    assert findings(database, letter) == []


def _links_of(session, letter: str) -> list[str]:
    told = session.query(Delivery).filter_by(letter_id=letter, kind="office_replied").all()
    return [one.about["link"] for one in told]


def test_the_addendum_says_who_signed_since_and_which_letter_it_belongs_to(database, letter):
    act(database, answers.sign, link_ids(database, letter)[2], answer(database, letter, "Zoë Ünal"))
    made(database, letter)

    with database.reading() as session:
        row = session.get_one(Letter, letter)
        [kept] = addenda.of(session, row).documents.values()
        content = bytes(session.get_one(Document, kept["docx"]).content)
    said = "\n".join(one.text for one in docx.Document(io.BytesIO(content)).element.body.iter() if one.text)
    assert "Zoë Ünal" in said
    assert kept["letter"] in said
    assert "Person A" not in said
    assert findings(database, letter) == []


def test_where_two_have_to_sign_nobody_signs_late_alone(database, monkeypatch):
    monkeypatch.setattr("workflow.documents.libreoffice", lambda: None)
    letter_id = sent(database, 1, silent=1, late_names=True)
    with database.writing() as session:
        session.get_one(Letter, letter_id).invitations[1].four_eyes = True

    with pytest.raises(RefusedError, match="cannot be signed now"):
        sign(database, letter_id, 1)
    assert invitation_states(database, letter_id)[1] == "invited"


def test_what_is_erased_of_a_letter_is_its_addendum_too_and_each_signs_proof_stands_alone(database, letter):
    sign(database, letter, 2)
    act(database, addenda.send, letter, made(database, letter), ANNA)
    deliver(database, letter, [])
    act(database, answers.retract_late, link_ids(database, letter)[0])
    with database.reading() as session:
        given = [(i.id, s.sequence) for i in session.get_one(Letter, letter).invitations for s in i.signoffs]
        bundles = [one_signoff.bundle(session, letter, *one) for one in given]
    for bundle in bundles:
        with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
            assert verify.verify({name: archive.read(name) for name in archive.namelist()}).invalid == []

    erasure.go_on(database, act(database, erasure.begin_letter, letter, "request", ANNA).id, scrubs=False)

    with database.reading() as session:
        kept = addenda.of(session, session.get_one(Letter, letter))
        [one] = kept.documents.values()
        assert (kept.names_salt, bytes(session.get_one(Document, one["docx"]).content)) == (None, b"")
    assert findings(database, letter) == []


def test_each_can_prove_its_own_part_once_the_addendum_was_sent(database, letter):
    """Who is on the letter and got a copy, and who is on the addendum and withdrew since."""
    sign(database, letter, 2)
    act(database, addenda.send, letter, made(database, letter), ANNA)
    deliver(database, letter, [])
    act(database, addenda.confirm, letter)
    act(database, answers.retract_late, link_ids(database, letter)[2])

    with database.reading() as session:
        asked = [one.id for one in session.get_one(Letter, letter).invitations]
        files = [one_signoff.files(session, letter, one) for one in asked]
    assert len(mails(database, letter, "addendum_copy")) == 3
    for one in files:
        assert verify.verify(one, history.vkey(database.settings)).problems == []
