"""Mails that are due, sent: a letter's mails over one connection, each marked before SMTP's final dot."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from config.logs import logger
from emails.errors import DkimKeyError, HeaderError, MailTooLargeError
from emails.transport import Client, Outcome, Server
from workflow import deliveries
from workflow.campaigns import dispatch
from workflow.database import Database
from workflow.deliveries import Lease
from workflow.errors import LinkSecretChangedError, OtherSecretError, RefusedError
from workflow.history import remembered
from workflow.mails.writing import write
from workflow.models import Delivery
from workflow.transaction import Transaction
from workflow.trouble import logged

Watch = Callable[[str], None]


def _unwatched(step: str) -> None:
    """Nobody looks on."""


def deliver(
    database: Database, letter_id: str | None, server: Server | None, owner: str, watch: Watch = _unwatched
) -> None:
    """
    Send every mail of a letter that is due; without a mail server they wait.

    `watch` is told each step: tests end the process inside it.
    """
    if server is None:
        return
    connection = Client(server)
    try:
        while True:
            watch("before_claim")
            with database.writing() as session:
                leases = deliveries.claim(session, letter_id, owner)
            watch("after_claim")
            if not leases or not _send_all(database, connection, leases, watch):
                break
    finally:
        connection.close()
    watch("after_quit")


def _send_all(database: Database, connection: Client, leases: list[Lease], watch: Watch) -> bool:
    """Send the claimed mails; False when the mail server refuses us and the rest has to wait."""
    for number, lease in enumerate(leases):
        outcome = _send_one(database, connection, lease, watch)
        if outcome is not None and outcome.verdict == "sender_refused":
            logger().error("mail_refused_by_server", answer=outcome.text, code=outcome.code, delivery=lease.delivery_id)
            for waiting in leases[number + 1 :]:
                give_up(database, waiting, f"The mail server refuses us: {outcome.text}")
            return False
    return True


def _send_one(database: Database, connection: Client, lease: Lease, watch: Watch) -> Outcome | None:
    try:
        address, content = content_of(database, lease)
    except RefusedError:
        return None
    except (HeaderError, MailTooLargeError, DkimKeyError, LinkSecretChangedError, OtherSecretError) as error:
        logger().error("mail_cannot_be_made", delivery=lease.delivery_id, why=str(error))
        give_up(database, lease, str(error))
        return None
    except Exception as error:
        # One mail that cannot be made must not hold up the others; what went wrong stands with it.
        why = logged("mail_cannot_be_made", error, delivery=lease.delivery_id)
        give_up(database, lease, f"The mail could not be made: {why}"[:1000])
        return None
    settings = database.settings
    outcome = connection.send(settings.mail_from, address, content, lambda: mark(database, lease), watch)
    if outcome.verdict == "abandoned":
        give_up(database, lease, outcome.text)
        return None
    with contextlib.suppress(RefusedError), database.writing() as session:
        _record(session, deliveries.report(session, lease, outcome))
    watch("after_outcome")
    logger().info("mail", delivery=lease.delivery_id, verdict=outcome.verdict, code=outcome.code)
    return outcome


def _record(session: Transaction, delivery: Delivery) -> None:
    if delivery.recipient_id and delivery.is_accepted and delivery.letter_id:
        dispatch.confirm(session, delivery.letter_id)


def content_of(database: Database, lease: Lease) -> tuple[str, bytes]:
    """Return the address and the bytes of a mail: built once, kept, and the same at every attempt."""
    with database.reading() as session:
        delivery = session.get_one(Delivery, lease.delivery_id)
        if delivery.sealed is not None:
            return delivery.address, session.tokens.decrypt(delivery.sealed)
        content = write(session, delivery)
    with database.writing() as session:
        delivery = deliveries.under_lease(session, lease)
        deliveries.keep_content(session, delivery, content)
    return delivery.address, content


def mark(database: Database, lease: Lease) -> bool:
    """Mark a mail before the final dot; returns whether it may go. What an office gets is remembered elsewhere too."""
    try:
        with database.writing() as session:
            deliveries.mark_submitted(session, lease)
    except RefusedError:
        return False
    if lease.letter_id is not None and lease.once:
        with database.reading() as session:
            remembered.remember(session, lease.letter_id)
    return True


def give_up(database: Database, lease: Lease, why: str) -> None:
    """Let go of a mail that was not sent, unless another worker has taken it over."""
    with contextlib.suppress(RefusedError), database.writing() as session:
        deliveries.give_up(session, lease, why)
