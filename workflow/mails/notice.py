"""What a coordinator is told of an organisation: something that should be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, select

from workflow.mails.audiences import COORDINATOR, coordinators
from workflow.mails.pressing import is_near
from workflow.mails.registry import mail
from workflow.mails.source import MailData, Source
from workflow.mails.time_answered import asked_for
from workflow.models import Delivery, Invitation, Letter, Signoff
from workflow.transaction import Transaction

What = Literal[
    "declined", "misplaced", "retracted", "handed_over", "time", "networks", "corrected", "disputed", "withdrawn"
]
"""
`misplaced`: it is not the right one to ask. `time`: it asks for more. `networks`: its link came from too many.
`corrected`: how the signatory’s name is printed. `disputed`: the contact before says that
the change of contact is wrong. `withdrawn`: its signature, after the letter was sent.
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
        reason=source.apart(source.about.get("said", invitation.reason)),
        more_time=asked_for(invitation.more_time, source.language),
        deadline=source.one.deadline(source.about.get("zone") or "", source.language, source.row.own_deadline),
        contact=source.about.get("to") or invitation.email,
        link=f"{source.settings.public_url}/letters/{invitation.letter_id}",
    )


def queue(
    session: Transaction,
    invitation: Invitation,
    what: What,
    sequence: int | None,
    to: str = "",
    *,
    reopened: bool = False,
    said: str | None = None,
) -> list[Delivery]:
    """
    Queue it to every coordinator of the campaign who wants it; `sequence` is of the entry that it is about.

    Whoever gets an email each morning is told there of what can wait so long. `reopened` says that the letter is open
    for signature again by this. `to` is the address that an invitation was handed to, where that is not the first
    contact’s; `said` is what somebody gave as their words, where that is not the reason of the invitation’s answer.
    """
    own = {} if said is None else {"said": said}
    at_once = reopened or is_pressing(session, invitation, what)
    more = {"to": to} if to and to != invitation.email else {}
    return [
        notice.queue(
            session,
            user.email,
            f"notice:{what}:{invitation.id}:{sequence}:{user.id}",
            {"what": what, "user": user.id, "language": user.language, "zone": user.timezone, **more, **own},
            invitation=invitation,
        )
        for user in coordinators(session, invitation.letter.campaign_id)
        if at_once or not user.digest
    ]


AT_ONCE = ("networks", "disputed", "withdrawn")
WAITS = ("corrected",)
"""Nobody need do anything about it."""


def is_pressing(session: Transaction, invitation: Invitation, what: What) -> bool:
    """
    Whether it needs somebody before the next morning.

    A signature that looks odd; whatever comes when the deadline or the dispatch is near; a no from an organisation
    without which the letter does not go, or by which there are too few.
    """
    if what in AT_ONCE or what in WAITS:
        return what in AT_ONCE
    letter = invitation.letter
    if is_near(letter, invitation):
        return True
    if what == "retracted":
        return invitation.required or _signed(session, letter) < letter.minimum
    return what in ("declined", "misplaced") and invitation.required


def _signed(session: Transaction, letter: Letter) -> int:
    """How many signatures count for the text of now."""
    counting = select(func.count()).select_from(Signoff).join(Invitation, Invitation.id == Signoff.invitation_id)
    return (
        session.scalar(
            counting.where(
                Invitation.letter_id == letter.id,
                Invitation.can_count,
                Signoff.retracted_at.is_(None),
                Signoff.digest == (letter.revision.digest if letter.revision else ""),
            )
        )
        or 0
    )
