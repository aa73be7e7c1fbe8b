"""What was proposed for an organisation, to whoever is to confirm it; that it was refused, to whoever proposed it."""

from __future__ import annotations

from dataclasses import dataclass

from workflow.mails.audiences import Audience
from workflow.mails.registry import mail
from workflow.mails.source import MailData, Source
from workflow.models import Delivery, Invitation, Link, Proposal, Revision
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
    coordinator: str
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
        coordinator=source.coordinator_name,
        proposer=source.apart(source.about["by"]),
        name=source.apart(made.name),
        name_title=made.title,
        number=revision.number,
        short_digest=source.apart(revision.digest[:12]),
        deadline=source.deadline,
        link=link,
        to_confirm=f"{link}#confirm",
        to_refuse=f"{link}#refuse",
    )


def _revision(source: Source, made: Proposal) -> Revision:
    revision = source.one.revision(made.digest)
    assert revision is not None
    return revision


def ask(
    session: Transaction, invitation: Invitation, made: Proposal, name: str, address: str, by: tuple[str, str]
) -> Delivery:
    """Queue it to whoever is to confirm; `by` is the address and the name of who proposes."""
    about = {
        "proposal": made.id,
        "link": made.confirming_link_id,
        "name": name,
        "by": f"{by[1]} ({by[0]})" if by[1] else by[0],
        "digest": made.digest,
    }
    return proposal.queue(session, address, f"proposal:{made.id}", about, invitation=invitation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(MailData):
    """What the mail says to whoever proposed."""

    title: str
    organisation: str
    addressees: str
    confirmer: str
    reason: str
    link: str


@mail("proposal_refused", "note that a signature was not confirmed", FIRST)
def proposal_refused(source: Source) -> Refused:
    """Say who refused, and why; nothing is signed."""
    return Refused(
        title=source.title,
        organisation=source.organisation,
        addressees=source.addressees,
        confirmer=source.apart(source.about["by"]),
        reason=source.apart(source.about["reason"]),
        link=source.link,
    )


def tell(
    session: Transaction,
    invitation: Invitation,
    proposer: Link,
    to: tuple[str, str],
    by: str,
    reason: str,
    sequence: int,
) -> Delivery | None:
    """Queue it to whoever proposed, at their address of now; None where nobody is there any more."""
    if not to[0] or proposer.revoked_at is not None:
        return None
    about = {"link": proposer.id, "by": by, "reason": reason}
    about |= {"contact": proposer.contact_id} if proposer.contact_id else {}
    key = f"proposal_refused:{invitation.id}:{sequence}"
    return proposal_refused.queue(session, to[0], key, about, invitation=invitation)
