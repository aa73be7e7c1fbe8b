"""What proves a sign-off, for whoever gave it; and what a second contact is told of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Self

from emails.message import Attachment
from workflow import canonical, history
from workflow.languages import in_zone
from workflow.mails.addendum import day_of
from workflow.mails.audiences import CONTACT, SOMEBODY_ELSE, everybody
from workflow.mails.registry import mail
from workflow.mails.source import MailData, Part, Personal, Source, Stored, WholeText
from workflow.models import Delivery, Link, Signoff
from workflow.transaction import Transaction

What = Literal["signed", "stayed", "retracted", "corrected", "met", "late", "late_withdrawn", "withdrawn"]
"""
`stayed`: it did not object to a small correction. `corrected`: the name of the signatory is printed otherwise. `met`:
the text is now the one that it had agreed to. `late`: after the letter was sent, for the addendum; `late_withdrawn`:
taken back from there. `withdrawn`: after what it stands on was sent.
"""
ENDED = ("retracted", "late_withdrawn", "withdrawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed(Part):
    """What both mails say of a sign-off."""

    what: What
    organisation: Personal
    addressees: str
    name: Personal
    name_title: Personal
    signed_at: Personal
    signed_number: int
    signed_digest: str
    sent_on: str
    """When the letter was sent, where it was signed after that."""
    text: WholeText

    @classmethod
    def of(cls, source: Source) -> Self:
        """Gather it."""
        signoff = source.signoff
        return cls(
            what=source.about["what"],
            organisation=source.organisation,
            addressees=source.addressees,
            name=source.apart(signoff.name),
            name_title=signoff.title,
            signed_at=in_zone(signoff.signed_at, source.zone, source.language),
            signed_number=_number(source, signoff),
            signed_digest=signoff.digest,
            sent_on=day_of(source, source.about["sent"]) if source.about.get("sent") else "",
            text=WholeText.of(source),
        )


def _number(source: Source, signoff: Signoff) -> int:
    revision = source.one.revision(signoff.digest)
    assert revision is not None
    return revision.number


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt(MailData):
    """What the receipt says."""

    signed: Signed
    link: Personal
    sequence: Personal
    """The number of its entry."""
    proof: Personal
    vkey: str


@mail("receipt", "receipt", CONTACT, to_blocked="waits")
def receipt(source: Source) -> Receipt:
    """Prove the sign-off's entry under the checkpoint of that moment; attach what a checker needs."""
    proof, sequence = _proof(source), source.signoff.sequence
    return Receipt(
        signed=Signed.of(source),
        link=source.link,
        sequence=str(sequence),
        proof=proof.strip("\n"),
        vkey=source.one.vkey(sequence + 1),
        attachments=tuple(_files(source, proof)),
    )


def _proof(source: Source) -> str:
    sequence = source.signoff.sequence
    return history.proof(source.session, source.letter.id, sequence, sequence + 1)


def _files(source: Source, proof: str) -> Iterator[Attachment | Stored]:
    signoff = source.signoff
    key = (source.letter.id, signoff.sequence)
    yield Attachment("entry.json", "application/json", source.mailing.entries[key])
    yield Attachment("proof.tlog-proof", "application/octet-stream", proof.encode())
    yield Stored("text.json", "application/json", signoff.digest)
    if key in source.mailing.disclosures:
        salt, payload = source.mailing.disclosures[key]
        opened = canonical.dumps({"salt": salt.hex(), "payload": payload})
        yield Attachment("opening.json", "application/json", opened)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation(MailData):
    """What the second contact is told: no link, for that opens one contact's mail only."""

    signed: Signed


@mail("confirmation", "copy to the second contact", SOMEBODY_ELSE)
def confirmation(source: Source) -> Confirmation:
    """Tell what was signed, by whom; whoever signs with a link that was passed on is noticed."""
    return Confirmation(signed=Signed.of(source), attachments=tuple(_files(source, _proof(source))))


def queue(
    session: Transaction, signoff: Signoff, what: What, sequence: int | None = None, sent: datetime | None = None
) -> Delivery:
    """
    Queue the receipt of a sign-off to all contacts, and tell whoever is only told; of a retraction that one is not.

    Returns the first contact's. `sequence` is of the entry that it is about, where that is not the sign-off's own;
    `sent` is when the letter was.
    """
    invitation = signoff.invitation
    about = {"signoff": signoff.id, "what": what, "digest": signoff.digest}
    about |= {"sent": history.timestamp(sent)} if sent else {}
    one = signoff.id if sequence is None else f"{signoff.id}:{sequence}"
    if invitation.second_email and what not in ENDED:
        confirmation.queue(session, invitation.second_email, f"told:{what}:{one}", about, invitation=invitation)
    for other in everybody(invitation)[1:]:
        key = other.key(f"receipt:{what}:{one}")
        to = {"contact": other.about["contact"]}
        receipt.queue(session, other.address, key, about | to, invitation=invitation)
    _to_who_confirmed(session, signoff, what, one, about)
    return receipt.queue(session, invitation.email, f"receipt:{what}:{one}", about, invitation=invitation)


def _to_who_confirmed(session: Transaction, signoff: Signoff, what: What, one: str, about: dict[str, str]) -> None:
    """Queue it to who confirmed what another had proposed, where that is none of the contacts."""
    by, known = session.get(Link, signoff.link_id), signoff.invitation
    if what != "signed" or by is None or by.purpose != "confirm":
        return
    if by.email.casefold() not in (reached.address.casefold() for reached in everybody(known)):
        to = {"link": by.id, "name": by.name}
        receipt.queue(session, by.email, f"receipt:{what}:{one}:confirmed", about | to, invitation=known)
