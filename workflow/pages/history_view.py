"""A history in plain words: each entry as the sentence of its action, with the names that this instance may show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from workflow import history
from workflow.history import Entry, actions
from workflow.history.action import ACTIONS
from workflow.languages import in_zone
from workflow.mails.registry import is_about_its_organisation, label_of
from workflow.models import Delivery, Invitation, Letter, Signoff
from workflow.signoffs.link_usage import in_words
from workflow.transaction import Transaction

ACTORS = {"coordinator": "Coordinator", "cosigner": "Co-signer", "auditor": "Auditor", "system": "This service"}


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as an auditor reads it."""

    sequence: int
    at: str
    actor: str
    sentence: str
    note: str
    """What else is on the record of a signature: how its link was used."""
    digest: str
    number: int | None
    """The version of the text that it is about, by its digest."""
    kind: str


def lines(session: Transaction, letter: Letter) -> list[Line]:
    """Return a letter's history, oldest first."""
    names = _Names(session, letter)
    numbers = {revision.digest: revision.number for revision in letter.revisions}
    return [
        Line(
            sequence=entry.sequence,
            at=in_zone(entry.at, letter.campaign.timezone),
            actor=ACTORS.get(entry.role, entry.role),
            sentence=names.sentence(entry),
            note=in_words(entry.about) if entry.action == actions.InvitationSigned.NAME else "",
            digest=entry.about.get("digest", "") or "",
            number=numbers.get(entry.about.get("digest", "")),
            kind=ACTIONS[entry.action].KIND if entry.action in ACTIONS else "",
        )
        for entry in history.entries(session, letter.id)
    ]


class _Names:
    """Who and what the entries of one letter speak of, as an auditor may know it: nothing of who is withheld."""

    def __init__(self, session: Transaction, letter: Letter) -> None:
        self.organisations = {
            i.id: "an organisation whose name is withheld" if i.confidential else i.organisation.label
            for i in letter.invitations
        }
        self.recipients = {recipient.id: recipient.label for recipient in letter.recipients}
        mails = session.scalars(select(Delivery).where(Delivery.letter_id == letter.id))
        self.mails = {delivery.id: delivery for delivery in mails}
        signed = select(Signoff.sequence, Signoff.name, Signoff.title).join(Invitation)
        signed = signed.where(Invitation.letter_id == letter.id, Invitation.confidential.is_(False))
        self.signatories = {
            sequence: ", ".join(part for part in (name, title) if part)
            for sequence, name, title in session.execute(signed)
        }

    def sentence(self, entry: Entry) -> str:
        """Return what an entry says."""
        row = ACTIONS.get(entry.action)
        if row is None:
            return entry.action
        about = entry.about
        who = self.organisations.get(about.get("invitation", ""), "an organisation")
        signatory = self.signatories.get(entry.sequence)
        count = len(about.get("signoffs", ()))
        said = row.sentence(about).format(
            who=who,
            # Nobody is named whose organisation is withheld, or whose name was erased.
            signed=f"{signatory} signed for {who}" if signatory else f"{who} signed",
            mail=self._mail(about) if "delivery" in about else "",
            names=f"{count} name{'' if count == 1 else 's'}",
            number=about.get("number"),
        )
        return f"{said[0].upper()}{said[1:]}."

    def _mail(self, about: dict[str, Any]) -> str:
        kind, delivery = about.get("kind", ""), self.mails.get(about["delivery"])
        what = label_of(kind)
        if delivery is None:
            return f"Email ({what})"
        if delivery.recipient_id:
            return f"Email to {self.recipients.get(delivery.recipient_id, 'a recipient')} ({what})"
        who = self.organisations.get(delivery.invitation_id or "", "an organisation")
        if is_about_its_organisation(kind):
            return f"Email to the coordinator (about {who})"
        return f"Email to {who} ({what})"
