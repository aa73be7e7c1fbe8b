"""What a coordinator is told at once: the letter may not have reached a recipient, so somebody must decide."""

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

    is_uncertain: bool
    """Nobody knows whether it arrived; else it did not."""
    title: str
    recipient: str
    address: str
    answer: str
    """The mail server's own words."""
    link: str


@mail("undelivered", "notice of a letter that was not delivered", COORDINATOR)
def undelivered(source: Source) -> Undelivered:
    """Say what became of it, as it was when this was queued."""
    failed = source.session.get_one(Delivery, source.about["delivery"])
    recipient = failed.recipient
    return Undelivered(
        is_uncertain=source.about["uncertain"],
        title=source.title,
        recipient=source.apart(recipient.label if recipient else failed.address),
        address=failed.address,
        answer=failed.answer,
        link=f"{source.settings.public_url}/letters/{source.letter.id}/send",
    )


def queue(session: Transaction, letter: Letter, failed: Delivery, user: User) -> Delivery:
    """Queue it to one coordinator, once for each time that it failed; the letter is locked."""
    about = {"delivery": failed.id, "uncertain": failed.is_uncertain, "user": user.id, "language": user.language}
    key = f"undelivered:{failed.id}:{failed.epoch}:{user.id}"
    return undelivered.queue(session, user.email, key, about, letter=letter)
