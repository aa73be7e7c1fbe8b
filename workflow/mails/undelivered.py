"""What a coordinator is told at once: nobody knows whether the letter has reached a recipient, so they must decide."""

from __future__ import annotations

from dataclasses import dataclass

from workflow.mails.audiences import COORDINATOR
from workflow.mails.registry import mail
from workflow.mails.source import MailData, Source
from workflow.models import Delivery, Letter, User
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered(MailData):
    """What the mail says."""

    title: str
    recipient: str
    address: str
    answer: str
    """The mail server's own words."""
    link: str


@mail("undelivered", "notice that a letter may not have arrived", COORDINATOR)
def undelivered(source: Source) -> Undelivered:
    """Say to whom it was sent, and what there is to decide."""
    lost = source.session.get_one(Delivery, source.about["delivery"])
    recipient = lost.recipient
    return Undelivered(
        title=source.title,
        recipient=source.apart(recipient.label if recipient else lost.address),
        address=lost.address,
        answer=lost.answer,
        link=f"{source.settings.public_url}/letters/{source.letter.id}/send",
    )


def queue(session: Transaction, letter: Letter, lost: Delivery, user: User) -> Delivery:
    """Queue it to one coordinator, once for each time that its answer was lost; the letter is locked."""
    about = {"delivery": lost.id, "user": user.id, "language": user.language}
    key = f"undelivered:{lost.id}:{lost.epoch}:{user.id}"
    return undelivered.queue(session, user.email, key, about, letter=letter)
