"""Mails of a letter, marked and answered without a server."""

from __future__ import annotations

from emails.transport import Outcome
from workflow import deliveries
from workflow.deliveries import Lease
from workflow.mails.writing import Written
from workflow.transaction import Transaction


def mark(session: Transaction, lease: Lease, content: bytes = b"a mail") -> bool:
    """Mark one mail with these bytes; says whether it may go."""
    [may_go], _ = deliveries.mark_and_report(session, [(lease, Written("", (content,)))], [])
    return may_go


def report(session: Transaction, lease: Lease, outcome: Outcome) -> bool:
    """Record one answer; says whether it was believed."""
    _, [believed] = deliveries.mark_and_report(session, [], [(lease, outcome)])
    return believed


def claim_all(database, letter_id: str, owner: str = "here") -> list[Lease]:
    """Claim all that is due of a letter: those to offices, which are claimed one by one, and the others."""
    leases: list[Lease] = []
    while claimed := _in_one(database, deliveries.claim, letter_id, owner):
        leases += claimed
    return leases


def _in_one(database, what, *given):
    with database.writing() as session:
        return what(session, *given)


def deliver(database, letter_id: str, offices: list[Outcome]) -> None:
    """Every waiting mail is made and accepted; the letters to offices end as they should, one after the other."""
    for lease in claim_all(database, letter_id):
        assert _in_one(database, mark, lease, f"Mail {lease.delivery_id}".encode())
        accepted = Outcome("accepted", 250, "2.0.0 Ok")
        _in_one(database, report, lease, offices.pop() if lease.once and offices else accepted)
