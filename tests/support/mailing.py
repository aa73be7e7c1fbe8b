"""Mails of a letter, accepted or not, without a server."""

from __future__ import annotations

from emails.transport import Outcome
from tests.support.factories import (
    act,
)
from workflow import deliveries


def deliver(database, letter_id: str, offices: list[Outcome]) -> None:
    """Every waiting mail is made and accepted; the letters to offices end as they should, one after the other."""
    with database.writing() as session:
        leases = deliveries.claim(session, letter_id, "here", 100)
    for lease in leases:
        with database.writing() as session:
            mail = deliveries.under_lease(session, lease)
            deliveries.keep_content(session, mail, f"Mail {mail.id}".encode())
            kind = mail.kind
        act(database, deliveries.mark_submitted, lease)
        accepted = Outcome("accepted", 250, "2.0.0 Ok")
        act(database, deliveries.report, lease, offices.pop() if kind == "letter" and offices else accepted)
