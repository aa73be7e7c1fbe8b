"""Who is let in on a campaign is told by whom, and gets a link: to sign in, or to read without an account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workflow.languages import in_zone
from workflow.mails.audiences import STAFF
from workflow.mails.registry import mail
from workflow.mails.sign_in import link_of
from workflow.mails.source import MailData, Source
from workflow.models import AuditorLink, Campaign, Delivery, User
from workflow.transaction import Transaction

What = Literal["let_in", "handed_on"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LetIn(MailData):
    """What the mail says."""

    what: What
    by: str
    """Who did it; empty: whoever runs the service."""
    role: str
    campaign: str
    link: str
    again: str
    """Where another link can be asked for."""


@mail("let_in", "invitation to work on a campaign", STAFF)
def let_in(source: Source) -> LetIn:
    """Say who has let whom in on what."""
    return LetIn(
        what=source.about["what"],
        by=_who(source),
        role=source.about["role"],
        campaign=source.apart(source.session.get_one(Campaign, source.about["campaign"]).name),
        link=link_of(source),
        again=f"{source.settings.public_url}/sign-in",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ToRead(MailData):
    """What the mail says."""

    name: str
    by: str
    campaign: str
    ends: str
    link: str


@mail("auditor_link", "link to read a campaign’s letters", STAFF)
def auditor_link(source: Source) -> ToRead:
    """Say who lets whom read what, and until when; raises `LinkSecretChangedError`."""
    row = source.session.get_one(AuditorLink, source.about["link"])
    return ToRead(
        name=source.apart(row.name),
        by=_who(source),
        campaign=source.apart(row.campaign.name),
        ends=in_zone(row.expires_at, source.about["zone"], source.language),
        link=f"{source.settings.public_url}/a/{source.session.tokens.auditor_link(row.id, row.token_hash)}",
    )


def _who(source: Source) -> str:
    by = source.session.get(User, source.about["by"]) if source.about["by"] else None
    return source.apart(", ".join(filter(None, (by.called, by.organisation)))) if by else ""


def queue_let_in(
    session: Transaction,
    member: User,
    nonce: str,
    campaign_id: str,
    role: str,
    what: What,
    by: User | None,
    language: str,
) -> Delivery:
    """Queue the invitation of a member of staff, with a link that was made from `nonce`."""
    about = {"nonce": nonce, "campaign": campaign_id, "role": role, "what": what, "by": by.id if by else ""}
    return let_in.queue(session, member.email, f"let_in:{nonce}", about | {"language": language})


def queue_link(session: Transaction, link: AuditorLink, language: str, zone: str) -> Delivery:
    """Queue an auditor's link to the address that it is for."""
    about = {"link": link.id, "by": link.made_by, "language": language, "zone": zone}
    return auditor_link.queue(session, link.email, f"auditor_link:{link.id}", about)
