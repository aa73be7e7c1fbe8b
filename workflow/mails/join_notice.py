"""What coordinators are told of those who ask to join: once a day that some wait, or that no more are taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, select

from workflow.mails.audiences import COORDINATOR, coordinators
from workflow.mails.pressing import is_near
from workflow.mails.registry import mail
from workflow.mails.source import MailData, Source
from workflow.models import Delivery, JoinRequest, Letter, now
from workflow.transaction import Transaction

What = Literal["waiting", "full"]
"""`full`: so many have asked within an hour that no more are taken for now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinNotice(MailData):
    """What the mail says."""

    what: What
    title: str
    addressees: str
    waiting: int
    link: str
    """Where they are answered."""


@mail("join_notice", "notice of requests to join", COORDINATOR)
def join_notice(source: Source) -> JoinNotice:
    """Say how many wait now."""
    letter_id = source.letter.id
    waiting = select(func.count()).where(JoinRequest.letter_id == letter_id, JoinRequest.waits)
    return JoinNotice(
        what=source.about["what"],
        title=source.title,
        addressees=source.addressees,
        waiting=source.session.scalar(waiting) or 0,
        link=f"{source.settings.public_url}/letters/{letter_id}/call",
    )


def queue(session: Transaction, letter: Letter, what: What) -> list[Delivery]:
    """
    Queue it to every coordinator of a letter's campaign who wants notices, once a day; the letter is locked.

    Whoever gets an email each morning reads there that some wait, unless there is no time for that.
    """
    day = now().date().isoformat()
    waits = what == "waiting" and not is_near(letter)
    wanted = [user for user in coordinators(session, letter.campaign_id) if not (waits and user.digest)]
    keys = {f"join_{what}:{letter.id}:{day}:{user.id}": user for user in wanted}
    told = set(session.scalars(select(Delivery.dedupe_key).where(Delivery.dedupe_key.in_(keys))))
    return [
        join_notice.queue(
            session, user.email, key, {"what": what, "user": user.id, "language": user.language}, letter=letter
        )
        for key, user in keys.items()
        if key not in told
    ]
