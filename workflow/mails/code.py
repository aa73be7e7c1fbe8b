"""Six digits that a decision asks for."""

from __future__ import annotations

from dataclasses import dataclass

from workflow.mails.audiences import CONTACT
from workflow.mails.registry import mail
from workflow.mails.source import MailData, Source
from workflow.models import Code, Delivery, Link
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeToSign(MailData):
    """What the mail says."""

    code: str
    purpose: str
    """One of `signoffs.codes.PURPOSES`."""
    organisation: str
    addressees: str


@mail("code", "code to sign with", CONTACT, to_blocked="sent")
def code(source: Source) -> CodeToSign:
    """Make the digits again; codes were for signing alone once, and did not say so."""
    return CodeToSign(
        code=source.session.tokens.codes(source.about["code"])[0],
        purpose=source.about.get("purpose", "sign"),
        organisation=source.organisation,
        addressees=source.addressees,
    )


def queue(session: Transaction, link: Link, made: Code, address: str) -> Delivery:
    """Queue a code to the address that its link was sent to."""
    about = {"code": made.id, "purpose": made.purpose}
    if link.contact_id and link.purpose == "answer":
        about["contact"] = link.contact_id
    elif link.purpose != "answer":
        about["name"] = link.name
    return code.queue(session, address, f"code:{made.id}", about, invitation=link.invitation)
