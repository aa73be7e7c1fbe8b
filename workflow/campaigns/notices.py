"""What a coordinator is told by mail: what an organisation did that the coordinator should look at."""

from __future__ import annotations

from workflow import deliveries
from workflow.models import Invitation, Letter
from workflow.transaction import Transaction


def notify(session: Transaction, row: Letter, invitation: Invitation, what: str, sequence: int | None) -> None:
    """Queue a mail to the coordinator: `declined`, `misplaced`, `retracted`, `handed_over`, or `time` was asked for."""
    coordinator = row.campaign.coordinator
    if coordinator is None:
        return
    deliveries.queue(
        session,
        "notice",
        coordinator.email,
        f"notice:{what}:{invitation.id}:{sequence}",
        letter=row,
        invitation=invitation,
        about={"what": what},
    )
