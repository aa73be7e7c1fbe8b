"""What coordinators are told when an email came back, or whoever reads an address wants none: somebody has to act."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select

from workflow.languages import catalogue
from workflow.mails.audiences import COORDINATOR, coordinators
from workflow.mails.pressing import is_near
from workflow.mails.registry import label_of, mail
from workflow.mails.source import MailData, Source
from workflow.models import Delivery, Invitation, InvitationContact, Letter, now
from workflow.transaction import Transaction

What = Literal["returned", "complaint", "not_me"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CameBack(MailData):
    """What the mail says."""

    what: What
    is_office: bool
    """It was the letter itself, to a recipient."""
    title: str
    who: str
    address: str
    which: str
    """What kind of email it was."""
    said: str
    """The other mail server’s own words."""
    is_blocked: bool
    link: str


@mail("came_back", "note that an email came back", COORDINATOR)
def came_back(source: Source) -> CameBack:
    """Say of whom, which email, and why."""
    about = source.about
    of = source.session.get(Delivery, about["delivery"]) if about.get("delivery") else None
    invitation = source.session.get(Invitation, about["invitation"]) if about.get("invitation") else None
    contact = source.session.get(InvitationContact, about["contact"]) if about.get("contact") else None
    recipient = next((one for one in source.letter.recipients if of and one.id == of.recipient_id), None)
    who = invitation.organisation.label if invitation else recipient.label if recipient else ""
    page = f"/invitations/{invitation.id}" if invitation else "/send" if recipient else ""
    return CameBack(
        what=about["what"],
        is_office=recipient is not None,
        title=source.title,
        who=source.apart(who),
        address=of.address if of else contact.email if contact else invitation.email if invitation else "",
        which=catalogue(source.language).gettext(label_of(of.kind)) if of else "",
        said=of.answer if of and about["what"] == "returned" else "",
        is_blocked=bool(about.get("blocked")),
        link=f"{source.settings.public_url}/letters/{source.letter.id}{page}",
    )


def queue(
    session: Transaction,
    letter: Letter,
    what: What,
    delivery: Delivery | None = None,
    invitation_id: str | None = None,
    *,
    contact_id: str | None = None,
    blocked: bool,
) -> None:
    """
    Queue it to the coordinators who want notices, of a letter to an office to all of them.

    Of organisations one goes to each in an hour: the list has the others on top. Whoever gets an email each morning
    reads there what was returned, unless there is no time for that.
    """
    is_office = delivery is not None and delivery.recipient_id is not None
    hour = now().strftime("%Y%m%d%H")
    one = f"{delivery.id}:{delivery.epoch}" if is_office and delivery else f"{what}:{hour}"
    about = {"what": what, "delivery": delivery.id if delivery else "", "blocked": blocked}
    if invitation_id:
        about["invitation"] = invitation_id
    if contact_id:
        about["contact"] = contact_id
    session.flush()
    waits = what == "returned" and not is_office and not is_near(letter)
    for user in coordinators(session, letter.campaign_id, all_of_them=is_office):
        if waits and user.digest:
            continue
        key = f"came_back:{letter.id}:{one}:{user.id}"
        if session.scalar(select(Delivery.id).where(Delivery.dedupe_key == key)) is None:
            to = {"user": user.id, "language": user.language}
            came_back.queue(session, user.email, key, about | to, letter=letter)
