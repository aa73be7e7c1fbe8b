"""What a coordinator is told of an organisation: something that should be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select

from workflow.mails.audiences import COORDINATOR
from workflow.mails.registry import mail
from workflow.mails.source import MailData, Source
from workflow.models import Delivery, Invitation, Membership, User
from workflow.transaction import Transaction

What = Literal["declined", "misplaced", "retracted", "handed_over", "time", "networks", "corrected"]
"""
`misplaced`: it is not the right one to ask. `time`: it asks for more. `networks`: its link came from too many.
`corrected`: how the signatory’s name is printed.
"""


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
        deadline=source.one.deadline(source.about.get("zone") or "", source.language),
        contact=invitation.email,
        link=f"{source.settings.public_url}/letters/{invitation.letter_id}",
    )


def queue(session: Transaction, invitation: Invitation, what: What, sequence: int | None) -> list[Delivery]:
    """Queue it to every coordinator of the campaign who wants it; `sequence` is of the entry that it is about."""
    wanted = select(User).join(Membership, Membership.user_id == User.id)
    wanted = wanted.where(
        Membership.campaign_id == invitation.letter.campaign_id,
        Membership.role == "coordinator",
        Membership.notices,
        User.deactivated_at.is_(None),
    )
    return [
        notice.queue(
            session,
            user.email,
            f"notice:{what}:{invitation.id}:{sequence}:{user.id}",
            {"what": what, "user": user.id, "language": user.language, "zone": user.timezone},
            invitation=invitation,
        )
        for user in session.scalars(wanted.order_by(Membership.joined_at, User.id))
    ]
