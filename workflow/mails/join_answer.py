"""What became of a request to join that was confirmed and not accepted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workflow.mails.audiences import SOMEBODY_ELSE
from workflow.mails.registry import mail
from workflow.mails.source import MailData, Source
from workflow.models import Delivery, JoinRequest, Letter
from workflow.transaction import Transaction

What = Literal["refused", "over"]
"""`refused` by the coordinator; `over`: the letter ended before there was an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinAnswer(MailData):
    """What the mail says."""

    what: What
    title: str
    organisation: str
    coordinator: str
    addressees: str
    reason: str


@mail("join_answer", "answer to a request to join", SOMEBODY_ELSE)
def join_answer(source: Source) -> JoinAnswer:
    """Say what was decided, with the coordinator's reason."""
    request = source.session.get_one(JoinRequest, source.about["request"])
    return JoinAnswer(
        what=source.about["what"],
        title=source.title,
        organisation=source.apart(request.organisation),
        coordinator=source.coordinator_name,
        addressees=source.addressees,
        reason=source.apart(request.reason),
    )


def queue(session: Transaction, letter: Letter, request: JoinRequest, what: What, sequence: int | None) -> Delivery:
    """Queue it to who asked; `sequence` is of the entry that answers."""
    about = {"request": request.id, "what": what, "language": request.language}
    key = f"join_answer:{request.id}:{sequence}"
    return join_answer.queue(session, request.email, key, about, letter=letter)
