"""What was proposed for an organisation, to whoever is to confirm it; that it was refused, to whoever proposed it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from workflow.mails.audiences import Audience, holder
from workflow.mails.registry import mail
from workflow.mails.source import MailData, Source
from workflow.models import Delivery, Disclosure, Invitation, Link, Proposal, Revision
from workflow.transaction import Transaction

SECOND = Audience(lambda source: str(source.about.get("name") or ""))
"""Whom somebody of the organisation has named to confirm."""
FIRST = Audience(lambda source: source.addressed)
"""Whoever proposed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToConfirm(MailData):
    """What the mail says to whoever is to confirm."""

    title: str
    confirmer: str
    organisation: str
    addressees: str
    proposer: str
    """Who proposes it, by name and address."""
    name: str
    """As it is to be printed."""
    name_title: str
    number: int
    short_digest: str
    deadline: str
    link: str
    to_confirm: str
    to_refuse: str


@mail("proposal", "request to confirm a signature", SECOND)
def proposal(source: Source) -> ToConfirm:
    """Say who proposes what, and where to read it, confirm it and refuse it: all three are one page."""
    made = source.session.get_one(Proposal, source.about["proposal"])
    link, revision = source.link, _revision(source, made)
    return ToConfirm(
        title=source.title,
        confirmer=source.apart(source.about.get("name") or ""),
        organisation=source.organisation,
        addressees=source.addressees,
        proposer=source.apart(_called(*holder(made.link))),
        name=source.apart(made.name),
        name_title=made.title,
        number=revision.number,
        short_digest=source.apart(revision.digest[:12]),
        deadline=source.deadline,
        link=link,
        to_confirm=f"{link}#confirm",
        to_refuse=f"{link}#refuse",
    )


def _called(address: str, name: str) -> str:
    return f"{name} ({address})" if name else address


def _revision(source: Source, made: Proposal) -> Revision:
    revision = source.one.revision(made.digest)
    assert revision is not None
    return revision


def ask(session: Transaction, invitation: Invitation, made: Proposal, name: str, address: str) -> Delivery:
    """Queue it to whoever is to confirm."""
    about = {"proposal": made.id, "link": made.confirming_link_id, "name": name, "digest": made.digest}
    return proposal.queue(session, address, f"proposal:{made.id}", about, invitation=invitation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(MailData):
    """What the mail says to whoever proposed."""

    organisation: str
    addressees: str
    confirmer: str
    reason: str
    link: str


@mail("proposal_refused", "note that a signature was not confirmed", FIRST)
def proposal_refused(source: Source) -> Refused:
    """Say who refused, and why, as the history has it; nothing is signed."""
    made = source.session.get_one(Proposal, source.about["proposal"])
    of = Disclosure.letter_id == source.row.letter_id, Disclosure.sequence == source.about["entry"]
    opened = source.session.scalar(select(Disclosure.payload).where(*of))
    return Refused(
        organisation=source.organisation,
        addressees=source.addressees,
        confirmer=source.apart(source.session.get_one(Link, made.confirming_link_id).name),
        reason=source.apart(str((opened or {}).get("reason") or "")),
        link=source.link,
    )


def tell(
    session: Transaction,
    invitation: Invitation,
    made: Proposal,
    sequence: int,
) -> Delivery | None:
    """Queue it to whoever proposed; None where nobody is there any more. `sequence` is of the entry that refuses."""
    proposer, (address, _) = made.link, holder(made.link)
    if not address or proposer.revoked_at is not None:
        return None
    about: dict[str, Any] = {"link": proposer.id, "proposal": made.id, "entry": sequence}
    about |= {"contact": proposer.contact_id} if proposer.contact_id else {}
    key = f"proposal_refused:{invitation.id}:{sequence}"
    return proposal_refused.queue(session, address, key, about, invitation=invitation)
