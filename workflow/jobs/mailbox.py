"""The mailbox to which undelivered mails and answers come: read in turns, one worker at a time."""

from __future__ import annotations

import hashlib
from typing import Literal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from config.logs import logger
from emails import imap
from emails.imap import Found, Mailbox, MailboxError
from workflow import clock
from workflow.campaigns import incoming
from workflow.campaigns.incoming import Arrived, Kind, TooEarlyError
from workflow.database import Database
from workflow.models import RateLimitCounter
from workflow.trouble import in_words, logged

AT_ONCE = 200
"""So many mails are read in one turn."""
EVERY_SECONDS = 30
AFTER_TROUBLE_SECONDS = 120
TURN_SECONDS = 600
"""How long a turn lasts at most: so long a worker that was ended holds up the next one."""
TURN = "mailbox:turn"

Became = Kind | Literal["too_early"]


def is_due(database: Database) -> bool:
    """Whether a mailbox is to be read now."""
    if not database.settings.imap:
        return False
    with database.reading() as session:
        until = session.scalar(select(RateLimitCounter.expires_at).where(RateLimitCounter.key == TURN))
    return until is None or _is_over(until)


def _is_over(until: int) -> bool:
    """Whether a turn has ended; one that ends further ahead than any can was taken by a clock that ran fast."""
    return not clock.seconds() < until <= clock.seconds() + TURN_SECONDS


def read_mailbox(database: Database) -> dict[str, int]:
    """
    Read what is in the mailbox, where it is this worker's turn; returns how many mails it was, by what they were.

    A mail is put aside when what it led to is committed. What cannot be read now is read in the next turn.
    """
    if not database.settings.imap or not _take_turn(database, TURN_SECONDS, only_if_over=True):
        return {}
    after = AFTER_TROUBLE_SECONDS
    try:
        found = _read_all(database, Mailbox.parse(database.settings.imap))
        after = 0 if sum(found.values()) == AT_ONCE else EVERY_SECONDS
    except MailboxError as error:
        logger().error("mailbox_not_read", why=str(error))
        return {}
    finally:
        _take_turn(database, after)
    return found


def _read_all(database: Database, mailbox: Mailbox) -> dict[str, int]:
    counted: dict[str, int] = {}
    for session, mail in imap.read(mailbox, AT_ONCE):
        became = _taken_in(database, mail)
        if became == "unknown":
            session.look_away(mail.uid)
        elif became != "too_early":
            session.put_aside(mail.uid)
        counted[became] = counted.get(became, 0) + 1
        _take_turn(database, TURN_SECONDS)
    if counted:
        logger().info("mailbox_read", **counted)
    return counted


def _taken_in(database: Database, mail: Found) -> Became:
    digest = hashlib.sha256(mail.content)
    if not mail.is_whole:
        digest.update(b"\0%d" % mail.size)
    try:
        return take_in(database, Arrived(mail.content, digest.hexdigest(), is_whole=mail.is_whole))
    except TooEarlyError:
        return "too_early"
    except Exception as error:
        if in_words(error) is not None:
            raise
        # It holds up no other: it stays in the mailbox, for a person to look at.
        logged("incoming_failed", error, uid=mail.uid)
        return "unknown"


def take_in(database: Database, arrived: Arrived) -> Kind:
    """Take one mail in, in a transaction of its own; the same one at the same time elsewhere counts once."""
    try:
        with database.writing() as session:
            return incoming.take_in(session, arrived)
    except IntegrityError:
        with database.writing() as session:
            return incoming.take_in(session, arrived)


def _take_turn(database: Database, seconds: int, *, only_if_over: bool = False) -> bool:
    """Hold the turn for so long; whether it is this worker's."""
    until = int(clock.seconds()) + seconds
    try:
        with database.writing() as session:
            query = select(RateLimitCounter).where(RateLimitCounter.key == TURN).with_for_update()
            known = session.scalar(query)
            if known is None:
                session.add(RateLimitCounter(key=TURN, count=1, expires_at=until))
            elif only_if_over and not _is_over(known.expires_at):
                return False
            else:
                known.expires_at = until
    except IntegrityError:
        return False
    return True
