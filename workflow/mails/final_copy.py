"""A copy of what was sent, for everybody whose name is on it."""

from __future__ import annotations

from dataclasses import dataclass

from workflow.mails.audiences import CONTACT
from workflow.mails.registry import mail
from workflow.mails.source import MailData, Personal, Source, WholeText
from workflow.models import Delivery, Rendering, Signoff
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalCopy(MailData):
    """What the mail says."""

    title: str
    organisation: Personal
    addressees: str
    coordinator: str
    docx_sha256: str
    pdf_sha256: str
    text: WholeText


@mail("copy", "final copy", CONTACT, to_all=True)
def final_copy(source: Source) -> FinalCopy:
    """Attach the documents as they were sent."""
    return FinalCopy(
        title=source.title,
        organisation=source.organisation,
        addressees=source.addressees,
        coordinator=source.coordinator_name,
        docx_sha256=source.about.get("docx") or "",
        pdf_sha256=source.about.get("pdf") or "",
        text=WholeText.of(source),
        attachments=source.documents(source.title),
    )


def queue(session: Transaction, signoff: Signoff, made: Rendering) -> Delivery:
    """Queue it to whoever was invited for an organisation that signed."""
    invitation = signoff.invitation
    about = {"docx": made.docx_sha256, "pdf": made.pdf_sha256, "signoff": signoff.id}
    key = f"copy:{invitation.id}"
    return final_copy.queue(session, invitation.email, key, about, invitation=invitation)
