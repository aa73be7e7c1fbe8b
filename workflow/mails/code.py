"""Six digits that a decision asks for."""

from __future__ import annotations

from dataclasses import dataclass

from workflow.mails.audiences import CONTACT
from workflow.mails.registry import mail
from workflow.mails.source import MailData, Source
from workflow.models import Code, Delivery, Invitation
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeToSign(MailData):
    """What the mail says."""

    code: str
    purpose: str
    """One of `signoffs.codes.PURPOSES`."""
    organisation: str
    addressees: str


@mail("code", "code to sign with", CONTACT)
def code(source: Source) -> CodeToSign:
    """Make the digits again; codes were for signing alone once, and did not say so."""
    return CodeToSign(
        code=source.session.tokens.codes(source.about["code"])[0],
        purpose=source.about.get("purpose", "sign"),
        organisation=source.organisation,
        addressees=source.addressees,
    )


def queue(session: Transaction, invitation: Invitation, made: Code) -> Delivery:
    """Queue a code to the address that was invited."""
    about = {"code": made.id, "purpose": made.purpose}
    key = f"code:{made.id}"
    return code.queue(session, invitation.email, key, about, invitation=invitation)
