"""What the contacts of an organisation are told: that another can answer for it, or how many have to sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from workflow.mails.audiences import TOLD, Reached, everybody, holder, of_event
from workflow.mails.registry import mail
from workflow.mails.source import MailData, Source
from workflow.models import Delivery, Invitation, InvitationContact, Link
from workflow.transaction import Transaction

What = Literal["added", "two", "one"]
"""One more contact was added; two have to sign from now on; one signs alone again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoSigns(MailData):
    """What the mail says."""

    what: What
    title: str
    organisation: str
    addressees: str
    coordinator: str
    who: str
    """Whom the coordinator added, or who of the organisation asked that two sign; empty: the coordinator set it."""
    link: str
    """Where to say that a new contact is wrong; else where to answer."""


@mail("who_signs", "note of who signs for an organisation", TOLD)
def who_signs(source: Source) -> WhoSigns:
    """Say it as it stands now: a contact who was corrected or erased since is called as they are by now."""
    return WhoSigns(
        what=source.about["what"],
        title=source.title,
        organisation=source.organisation,
        addressees=source.addressees,
        coordinator=source.coordinator_name,
        who=source.apart(_who(source)),
        link=source.link,
    )


def _who(source: Source) -> str:
    if "added" in source.about:
        found = source.session.get_one(InvitationContact, source.about["added"])
        address, name = found.email, found.name
    elif source.about.get("by"):
        address, name = holder(source.session.get_one(Link, source.about["by"]))
    else:
        return ""
    return f"{name} ({address})" if name and address else name or address


def added(
    session: Transaction, invitation: Invitation, contact_id: str, link_id: str, to: Sequence[Reached], sequence: int
) -> list[Delivery]:
    """Queue it to those who were contacts before this one; by the link they say that it is wrong."""
    return _queue(session, invitation, to, {"what": "added", "added": contact_id}, sequence, link_id)


def how_many(session: Transaction, invitation: Invitation, two: bool, by: str, sequence: int) -> list[Delivery]:
    """Queue it to all contacts; `by` is the link of whoever of them asked for it, empty for a coordinator."""
    about = {"what": "two" if two else "one", "by": by}
    return _queue(session, invitation, everybody(invitation), about, sequence)


def _queue(
    session: Transaction,
    invitation: Invitation,
    to: Sequence[Reached],
    about: dict[str, str],
    sequence: int,
    link_id: str = "",
) -> list[Delivery]:
    return [
        who_signs.queue(
            session,
            one.address,
            of_event(sequence, invitation.letter_id, one.address),
            about | one.about | ({"link": link_id} if link_id else {}),
            invitation=invitation,
        )
        for one in to
    ]
