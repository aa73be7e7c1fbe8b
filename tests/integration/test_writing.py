"""Many mails written at once: each is the one that it would be alone, and none holds up the others."""

from __future__ import annotations

import hashlib

from sqlalchemy import select

from tests.support.factories import open_sign_off, take_in
from workflow import deliveries
from workflow.errors import LinkSecretChangedError
from workflow.mails.writing import keep_skeleton, write, write_many
from workflow.models import Delivery, Link


def test_many_mails_are_each_what_it_would_be_alone(database):
    open_sign_off(database, take_in(database, 4))

    with database.reading() as session:
        mails = {mail.id: mail for mail in session.scalars(select(Delivery))}
        written = write_many(session, mails)
        alone = {key: write(session, mail) for key, mail in mails.items()}

    assert len(mails) == 4
    assert {key: one.content for key, one in written.items()} == alone
    assert {key: one.address for key, one in written.items()} == {key: mail.address for key, mail in mails.items()}
    assert {one.sha256 for one in written.values()} == {hashlib.sha256(one).hexdigest() for one in alone.values()}


def test_a_mail_that_is_kept_whole_is_sent_as_it_was_kept(database):
    open_sign_off(database, take_in(database, 1))
    with database.writing() as session:
        mail = session.scalars(select(Delivery)).one()
        deliveries.keep_content(session, mail, b"As it was.\r\n")

    with database.reading() as session:
        written = write_many(session, [mail.id])[mail.id]

    assert (written.content, written.skeleton, written.error) == (b"As it was.\r\n", None, None)


def test_a_mail_that_cannot_be_made_says_why_and_the_others_are_made(database):
    open_sign_off(database, take_in(database, 3))
    with database.writing() as session:
        first, *others = session.scalars(select(Delivery)).all()
        session.get_one(Link, first.about["link"]).token_hash = "0" * 64

    with database.reading() as session:
        written = write_many(session, [first.id, *(mail.id for mail in others)])

    assert isinstance(written[first.id].error, LinkSecretChangedError)
    assert not written[first.id].pieces
    assert all(written[mail.id].error is None and written[mail.id].pieces for mail in others)


def test_the_skeleton_of_mails_is_kept_once(database):
    open_sign_off(database, take_in(database, 2))
    with database.reading() as session:
        written = write_many(session, session.scalars(select(Delivery.id)).all())
    for _ in range(2):
        with database.writing() as session:
            for one in written.values():
                keep_skeleton(session, one)
