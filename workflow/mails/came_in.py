"""What somebody wrote to us, passed on to the coordinators: whole, with all that came with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from emails.errors import MailTooLargeError
from emails.message import LARGEST, Attachment
from workflow.mails import writing
from workflow.mails.audiences import COORDINATOR, coordinators
from workflow.mails.registry import mail
from workflow.mails.source import MailData, Source
from workflow.models import Delivery, IncomingMail, Invitation, Letter
from workflow.transaction import Transaction

LARGEST_PASSED_ON = LARGEST * 7 // 10
"""So large a mail can go along as a file of another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameIn(MailData):
    """What the mail says."""

    is_office: bool
    title: str
    who: str
    """The organisation, or the recipient; empty: whoever got a copy."""
    sender: str
    written_on: str
    """The subject of what they wrote."""
    link: str
    attached: bool
    """What they wrote goes along; else it is too large."""


@mail("came_in", "answer by email, passed on", COORDINATOR)
def came_in(source: Source) -> CameIn:
    """Say who wrote, and what became of it."""
    incoming = source.session.get_one(IncomingMail, source.about["incoming"])
    invitation = source.session.get(Invitation, incoming.invitation_id) if incoming.invitation_id else None
    recipients = {one.id: one.label for one in source.letter.recipients}
    who = invitation.organisation.label if invitation else recipients.get(source.about.get("recipient", ""), "")
    page = f"/invitations/{invitation.id}#replies" if invitation else ""
    page = "/afterwards" if incoming.kind == "office" and source.letter.has_gone_out else page
    return CameIn(
        is_office=incoming.kind == "office",
        title=source.title,
        who=source.apart(who),
        sender=incoming.sender,
        written_on=source.apart(incoming.subject),
        link=f"{source.settings.public_url}/letters/{source.letter.id}{page}",
        attached=source.about.get("attached", True),
    )


def queue(session: Transaction, letter: Letter, incoming: IncomingMail, whole: bytes, recipient_id: str | None) -> None:
    """Queue it to every coordinator; `whole` goes along as it came, for nothing of it is kept but its words."""
    attached = len(whole) <= LARGEST_PASSED_ON
    for user in coordinators(session, letter.campaign_id, all_of_them=True):
        about: dict[str, Any] = {"incoming": incoming.id, "user": user.id, "language": user.language}
        about |= {"recipient": recipient_id or "", "attached": attached}
        queued = came_in.queue(session, user.email, f"came_in:{incoming.id}:{user.id}", about, letter=letter)
        session.flush()
        _take_along(session, queued, whole if attached else b"")


def _take_along(session: Transaction, queued: Delivery, whole: bytes) -> None:
    """Make the mail now: what it takes along is kept in it alone."""
    files = (Attachment("email.eml", "application/octet-stream", whole),) if whole else ()
    try:
        made = writing.write(session, queued, files=files)
    except MailTooLargeError:
        made = writing.write(session, queued)
    queued.sealed = session.tokens.encrypt(made)
    session.flush()
