"""A copy of what was sent, for everybody whose name is on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from workflow.mails.audiences import CONTACT
from workflow.mails.registry import Post, mail
from workflow.mails.source import MailData, Personal, Source, WholeText
from workflow.models import Letter
from workflow.transaction import Transaction


class ToCopy(NamedTuple):
    """One sign-off whose organisation gets a copy."""

    invitation_id: str
    address: str
    signoff_id: str
    contact: str = ""
    """Which other contact gets it; empty: the first."""


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


@mail("copy", "final copy", CONTACT, to_all=True, to_blocked="waits")
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


def queue(session: Transaction, letter: Letter, signed: Sequence[ToCopy], docx: str, pdf: str | None) -> None:
    """Queue them to whoever was invited for an organisation that signed; the documents are named by their SHA-256."""
    posts = [
        Post(
            one.address,
            f"copy:{one.invitation_id}:{one.contact}" if one.contact else f"copy:{one.invitation_id}",
            {"docx": docx, "pdf": pdf, "signoff": one.signoff_id, **({"contact": one.contact} if one.contact else {})},
            one.invitation_id,
        )
        for one in signed
    ]
    final_copy.queue_many(session, letter, posts)
