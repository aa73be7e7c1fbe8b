"""
What somebody is written who asked for their organisation to join: to be confirmed with one button.

Anybody may type anybody's address, so nothing of what was typed is in it: it carries nobody's words to a third person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workflow.mails.audiences import TYPED
from workflow.mails.registry import mail
from workflow.mails.source import MailData, Source
from workflow.models import Delivery, JoinRequest
from workflow.transaction import Transaction

What = Literal["confirm", "known"]
"""`confirm`: it asks to confirm the request. `known`: the address has a request already, which is not changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Join(MailData):
    """What the mail says."""

    what: What
    title: str
    coordinator: str
    """Empty: nobody coordinates the campaign just now."""
    addressees: str
    link: str


@mail("join", "request to join, to be confirmed", TYPED)
def join(source: Source) -> Join:
    """Say what was asked for, and give the link; raises `LinkSecretChangedError`."""
    request = source.session.get_one(JoinRequest, source.about["request"])
    letter = source.mailing.letter(request.letter_id)
    what: What = source.about["what"]
    token = source.session.tokens.join_link(request.id, request.token_hash) if what == "confirm" else ""
    return Join(
        what=what,
        title=source.apart(letter.row.title),
        coordinator=source.apart(letter.asked_by),
        addressees=letter.addressees(None, source.language),
        link=f"{source.settings.public_url}/join/confirm/{token}" if token else "",
    )


def queue(session: Transaction, request: JoinRequest, what: What, mark: str = "") -> Delivery:
    """Queue it: of no letter, so that whoever asks makes no letter's history grow. `mark`: one more of the same."""
    about = {"request": request.id, "what": what, "language": request.language}
    return join.queue(session, request.email, f"join:{request.id}:{what}:{mark}", about)
