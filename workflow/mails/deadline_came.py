"""What the coordinators are asked when the deadline comes, where their campaign says that they decide."""

from __future__ import annotations

from dataclasses import dataclass

from workflow.mails.audiences import COORDINATOR, coordinators, of_event
from workflow.mails.registry import mail
from workflow.mails.source import MailData, Source
from workflow.models import Delivery, Letter
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineCame(MailData):
    """What the mail says."""

    title: str
    addressees: str
    deadline: str
    signed: int
    waiting: int
    """How many have not answered, or not confirmed this version."""
    link: str
    """The page where it is decided: the parts of it are below this address."""


@mail("deadline_came", "question to the coordinator: the deadline has come", COORDINATOR)
def came(source: Source) -> DeadlineCame:
    """Say how many have signed, and how many still have to answer."""
    return DeadlineCame(
        title=source.title,
        addressees=source.addressees,
        deadline=source.one.deadline(source.about.get("zone") or "", source.language),
        signed=source.about["signed"],
        waiting=source.about["waiting"],
        link=f"{source.settings.public_url}/letters/{source.letter.id}/deadline",
    )


def queue(session: Transaction, letter: Letter, sequence: int, *, signed: int, waiting: int) -> list[Delivery]:
    """Queue it to every coordinator who wants notices, else to all of them: somebody has to decide."""
    campaign = letter.campaign_id
    wanted = coordinators(session, campaign) or coordinators(session, campaign, all_of_them=True)
    return [
        came.queue(
            session,
            user.email,
            of_event(sequence, letter.id, user.email),
            {
                "user": user.id,
                "language": user.language,
                "zone": user.timezone,
                "signed": signed,
                "waiting": waiting,
            },
            letter=letter,
        )
        for user in wanted
    ]
