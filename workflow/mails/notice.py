"""What a coordinator is told of an organisation: something that should be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workflow.mails.audiences import COORDINATOR
from workflow.mails.registry import mail
from workflow.mails.source import MailData, Source
from workflow.models import Delivery, Invitation
from workflow.transaction import Transaction

What = Literal["declined", "misplaced", "retracted", "handed_over", "time", "networks"]
"""`misplaced`: it is not the right one to ask. `time`: it asks for more. `networks`: its link came from too many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(MailData):
    """What the mail says."""

    what: What
    title: str
    organisation: str
    addressees: str
    reason: str
    more_time: str
    deadline: str
    contact: str
    link: str
    """The address of the letter's page, for staff."""


@mail("notice", "notice to the coordinator", COORDINATOR)
def notice(source: Source) -> Notice:
    """Say what happened, as it stands now."""
    invitation = source.invitation
    return Notice(
        what=source.about["what"],
        title=source.title,
        organisation=source.organisation,
        addressees=source.addressees,
        reason=source.apart(invitation.reason),
        more_time=invitation.more_time,
        deadline=source.deadline,
        contact=invitation.email,
        link=f"{source.settings.public_url}/letters/{invitation.letter_id}",
    )


def queue(session: Transaction, invitation: Invitation, what: What, sequence: int | None) -> Delivery | None:
    """Queue it to who answers for the letter, if anybody does; `sequence` is of the entry that it is about."""
    coordinator = invitation.letter.campaign.coordinator
    if coordinator is None:
        return None
    key = f"notice:{what}:{invitation.id}:{sequence}"
    return notice.queue(session, coordinator.email, key, {"what": what}, invitation=invitation)
