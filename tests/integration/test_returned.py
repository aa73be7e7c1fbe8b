"""Mails that come back, complaints, and answers by mail: what each does, and that nothing else does anything."""

from __future__ import annotations

import email
import email.policy
import json

import pytest
from sqlalchemy import select, update

from emails import mailbox
from emails.transport import Outcome, Server
from tests.support import returned
from tests.support.factories import (
    ANNA,
    act,
    approved,
    fingerprint,
    link_ids,
    open_sign_off,
    sign,
    take_in,
    tell,
)
from tests.support.incoming import come, mails, reads_mail, reply_to, return_path
from tests.support.mailing import claim_all, mark, report
from workflow import accounts, blocked, deliveries, jobs
from workflow.campaigns import dispatch, invitations
from workflow.campaigns import returned as campaign_returned
from workflow.errors import RefusedError
from workflow.jobs import deliver
from workflow.mails import writing
from workflow.models import (
    BlockedAddress,
    Delivery,
    IncomingMail,
    Invitation,
    Letter,
    LogEntry,
    Membership,
    User,
    now,
)
from workflow.signoffs import requests


@pytest.fixture(name="letter_id")
def with_a_mailbox(database):
    """A letter that two organisations were asked to sign, and whose mails come back to a signed address."""
    reads_mail(database)
    with database.writing() as session:
        accounts.user(session, "anna@example.org", "Anna")
    made = take_in(database, 2)
    with database.writing() as session:
        user = session.scalars(select(User)).one()
        campaign = session.get_one(Letter, made).campaign_id
        if session.get(Membership, (campaign, user.id)) is None:
            session.add(Membership(campaign_id=campaign, user_id=user.id, role="coordinator"))
    open_sign_off(database, made)
    return made


def asked(database, number: int = 0) -> Delivery:
    return next(one for one in mails(database, "invitation") if one.address == f"{'ab'[number]}@example.org")


def failed(database, delivery, status="5.1.1", code="550 5.1.1 No such user", action="failed") -> bytes:
    return returned.dsn(
        words="It failed.", action=action, status=status, diagnostic=f"smtp; {code}", who=delivery.address,
        to=return_path(database, delivery),
    )  # fmt: skip


def again(database, delivery) -> Delivery:
    with database.reading() as session:
        return session.get_one(Delivery, delivery.id)


def blocks(database) -> list[tuple[str, str]]:
    with database.reading() as session:
        living = select(BlockedAddress.address, BlockedAddress.reason).where(BlockedAddress.lifted_at.is_(None))
        return [tuple(row) for row in session.execute(living)]


def came_in(database) -> list[IncomingMail]:
    with database.reading() as session:
        return list(session.scalars(select(IncomingMail).order_by(IncomingMail.received_at)))


def actions_of(database, letter_id) -> list[str]:
    with database.reading() as session:
        return list(
            session.scalars(select(LogEntry.action).where(LogEntry.letter_id == letter_id).order_by(LogEntry.sequence))
        )


def test_an_address_that_is_not_there_gets_nothing_more_and_a_coordinator_is_told(database, letter_id):
    tell(database, letter_id)
    delivery = asked(database)

    with database.writing() as session:
        session.execute(update(User).values(language="es"))
    failure = failed(database, delivery)
    assert [come(database, failure), come(database, failure)] == ["returned", "seen"]

    assert again(database, delivery).state == "bounced"
    assert again(database, delivery).answer == "5.1.1 550 5.1.1 No such user"
    assert blocks(database) == [("a@example.org", "returned")]
    (told,) = mails(database, "came_back")
    with database.reading() as session:
        data = writing.gather(session, session.get_one(Delivery, told.id))
    assert data.which == "invitación"
    assert (told.address, data.who, data.address, data.is_blocked) == (
        "anna@example.org",
        "ORGA",
        "a@example.org",
        True,
    )
    assert {"delivery.bounce", "address.blocked"} <= set(actions_of(database, letter_id))


def test_nothing_leaves_for_that_address_and_a_receipt_waits_until_somebody_says_so(database, letter_id):
    tell(database, letter_id)
    come(database, failed(database, asked(database)))
    sign(database, letter_id, 0)
    invitation_id = asked(database).invitation_id
    (receipt,) = mails(database, "receipt")

    act(database, invitations.resend, letter_id, asked(database, 1).invitation_id, ANNA)
    leases = {lease.delivery_id for lease in claim_all(database, letter_id)}

    assert receipt.id not in leases
    assert again(database, receipt).state == "queued"
    with database.writing() as session:
        freed = campaign_returned.works_after_all(session, letter_id, invitation_id, ANNA)
        assert (freed.id, session.woken) == (invitation_id, {letter_id})
    assert again(database, asked(database)).state == "accepted"
    assert blocks(database) == []
    assert {lease.delivery_id for lease in claim_all(database, letter_id)} == {receipt.id}
    assert {"delivery.unbounce", "address.freed"} <= set(actions_of(database, letter_id))


def test_what_asks_a_blocked_address_is_cancelled_on_the_record_even_before_the_final_dot(database, letter_id):
    leases = {lease.delivery_id: lease for lease in claim_all(database, letter_id)}
    lease = leases[asked(database, 1).id]
    with database.writing() as session:
        blocked.block(session, "B@example.org", "not_me")

    assert act(database, mark, lease) is False
    with database.writing() as session:
        deliveries.put_back(session, [lease], now())
    with database.reading() as session:
        assert deliveries.has_unwanted(session, letter_id)
    act(database, deliveries.cancel_unwanted, letter_id)
    assert again(database, asked(database, 1)).state == "cancelled"
    assert "delivery.cancel" in actions_of(database, letter_id)


@pytest.mark.parametrize(
    ("outcome", "is_blocked"),
    [
        (Outcome("rejected", 550, "5.1.1 No such user", "after_mail", "5.1.1"), True),
        (Outcome("rejected", 550, "unknown user", "after_mail"), True),
        (Outcome("rejected", 552, "5.3.4 Too big", "after_mail", "5.3.4"), False),
        (Outcome("rejected", 554, "5.6.0 Content", "dot_sent", "5.6.0"), False),
    ],
)
def test_a_refusal_at_once_is_treated_as_what_comes_back(database, letter_id, outcome, is_blocked):
    lease = next(one for one in claim_all(database, letter_id) if one.delivery_id == asked(database).id)
    act(database, mark, lease)
    act(database, report, lease, outcome)

    assert again(database, asked(database)).state == "rejected"
    assert blocks(database) == ([("a@example.org", "returned")] if is_blocked else [])
    assert len(mails(database, "came_back")) == 1


def test_what_passes_blocks_nothing_until_it_came_back_three_times(database, letter_id):
    tell(database, letter_id)
    full = ("5.2.2", "552 5.2.2 Mailbox full")
    for time in range(3):
        with database.reading() as session:
            of = select(Delivery).where(Delivery.address == "a@example.org", Delivery.is_accepted)
            one = session.scalars(of.order_by(Delivery.queued_at.desc())).first()
        assert come(database, failed(database, one, *full)) == "returned"
        assert blocks(database) == ([("a@example.org", "returned")] if time == 2 else [])
        if time < 2:
            act(database, invitations.resend, letter_id, one.invitation_id, ANNA)
            tell(database, letter_id)


def test_delayed_mails_and_machines_change_nothing(database, letter_id):
    tell(database, letter_id)
    one = asked(database)
    assert come(database, failed(database, one, "4.4.1", "", "delayed")) == "delayed"
    away = returned.written("Automatic reply: x", "I am away.", f"A <{one.address}>", to=reply_to(database, one))
    assert come(database, away) == "automatic"
    assert come(database, returned.complaint("not-spam"), return_path(database, one)) == "automatic"

    assert again(database, one).state == "accepted"
    assert [mails(database, kind) for kind in ("came_back", "came_in", "heard")] == [[], [], []]


def test_what_is_reported_as_unwanted_stops_mails_to_that_person_for_good(database, letter_id):
    tell(database, letter_id)
    one = asked(database)

    assert come(database, returned.complaint(to=return_path(database, one), who=one.address)) == "complaint"

    assert blocks(database) == [("a@example.org", "complaint")]
    assert len(mails(database, "came_back")) == 1
    with pytest.raises(RefusedError, match="asked for no more emails"):
        act(database, campaign_returned.works_after_all, letter_id, one.invitation_id, ANNA)


def test_a_co_signer_stops_what_is_mailed_to_them_and_can_take_that_back(database, letter_id):
    link = link_ids(database, letter_id)[1]
    act(database, requests.stop_writing, link)
    act(database, requests.stop_writing, link)

    assert blocks(database) == [("b@example.org", "not_me")]
    assert len(mails(database, "came_back")) == 1
    act(database, requests.write_again, link)
    assert blocks(database) == []
    assert actions_of(database, letter_id)[-2:] != ["address.blocked", "address.blocked"]


def test_what_somebody_writes_is_kept_and_passed_on_whole_and_they_are_told_once(database, letter_id):
    tell(database, letter_id)
    one = asked(database)
    to = reply_to(database, one)

    wrote = returned.with_a_file(to, f"Mara <{one.address}>")
    assert come(database, wrote) == "reply"
    assert come(database, returned.written(sender=f"Mara <{one.address}>", to=to)) == "reply"

    first, second = came_in(database)
    with database.reading() as session:
        row = session.get_one(IncomingMail, first.id)
        kept = json.loads(session.tokens.decrypt(row.sealed))
        invitation = session.get_one(Invitation, one.invitation_id)
    assert kept == {"text": "We sign.\nMara", "files": ["board.pdf"]}
    assert (first.invitation_id, invitation.state) == (one.invitation_id, "invited")
    assert len(mails(database, "heard")) == 1
    assert len(mails(database, "came_in")) == 2
    passed_on = whole_of(database, mails(database, "came_in")[0])
    (file,) = passed_on.iter_attachments()
    assert file.get_payload(decode=True) == wrote
    assert actions_of(database, letter_id).count("mail.received") == 2
    note = whole_of(database, mails(database, "heard")[0])
    assert (note["Auto-Submitted"], note["In-Reply-To"]) == ("auto-replied", "<answer-1@recipient.example>")
    assert note["To"] == one.address


def whole_of(database, delivery):
    with database.reading() as session:
        (written,) = writing.write_many(session, [delivery.id]).values()
    assert written.error is None
    return email.message_from_bytes(written.content, policy=email.policy.default)


def test_the_answer_of_an_office_is_kept_as_such_and_passed_on(database):
    reads_mail(database)
    letter_id = approved(database, 1)
    jobs.render(database, letter_id)
    act(database, dispatch.dispatch, letter_id, fingerprint(database, letter_id), ANNA)
    tell(database, letter_id)
    (office,) = mails(database, "letter")

    answered = returned.written(sender="Office <office@example.org>", to=reply_to(database, office))
    assert come(database, answered) == "office"

    assert mails(database, "heard") == []
    (row,) = came_in(database)
    assert (row.kind, row.sender) == ("office", "office@example.org")


def test_mails_bear_a_signed_return_path_and_an_address_for_answers(database, letter_id, office):
    deliver(database, letter_id, Server.parse(office.url), "here")

    for mail in mailbox.received(office.folder):
        if "@example.org" in mail.recipients[0] and "a@" in mail.recipients[0]:
            one = asked(database)
            assert mail.sender == return_path(database, one)
            assert email.message_from_bytes(mail.raw)["Reply-To"] == reply_to(database, one)
            break
    else:
        raise AssertionError("It did not arrive.")
