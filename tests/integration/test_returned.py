"""Mails that come back, complaints, and answers by mail: what each does, and that nothing else does anything."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.support import returned
from tests.support.factories import open_sign_off, take_in, tell
from tests.support.incoming import come, mails, reads_mail, return_path
from workflow import accounts
from workflow.mails import writing
from workflow.models import BlockedAddress, Delivery, IncomingMail, LogEntry


@pytest.fixture(name="letter_id")
def with_a_mailbox(database):
    """A letter that two organisations were asked to sign, and whose mails come back to a signed address."""
    reads_mail(database)
    with database.writing() as session:
        accounts.user(session, "anna@example.org", "Anna")
    made = take_in(database, 2)
    with database.writing() as session:
        from workflow.models import Letter, Membership, User

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

    assert come(database, failed(database, delivery)) == "returned"
    assert come(database, failed(database, delivery)) == "seen"

    assert again(database, delivery).state == "bounced"
    assert again(database, delivery).answer == "5.1.1 550 5.1.1 No such user"
    assert blocks(database) == [("a@example.org", "returned")]
    (told,) = mails(database, "came_back")
    with database.reading() as session:
        data = writing.gather(session, session.get_one(Delivery, told.id))
    assert (told.address, data.who, data.address, data.is_blocked) == (
        "anna@example.org",
        "ORGA",
        "a@example.org",
        True,
    )
    assert {"delivery.bounce", "address.blocked"} <= set(actions_of(database, letter_id))
