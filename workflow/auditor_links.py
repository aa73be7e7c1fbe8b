"""Links by which somebody without an account reads a campaign's letters until a day, or until they are revoked."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from workflow import history, members
from workflow.campaigns import access
from workflow.campaigns.lookup import locked_campaign
from workflow.errors import InputError, NotFoundError
from workflow.history import Actor, actions
from workflow.languages import lazy_gettext
from workflow.letter import characters, typed
from workflow.mails import let_in as mail
from workflow.models import AuditorLink, Letter, User, new_id, now
from workflow.tokens import hash_token
from workflow.transaction import Transaction, hold_letter

LASTS = timedelta(days=30)
"""How long one is good for where nothing else is said."""

LONGEST = timedelta(days=366)
MOST = 100
"""So many of a campaign live at a time."""


def of(session: Transaction, campaign_id: str) -> list[AuditorLink]:
    """Return the links of a campaign, those that live first, then the newest."""
    found = session.scalars(select(AuditorLink).where(AuditorLink.campaign_id == campaign_id))
    return sorted(found, key=lambda link: (not lives(link), -link.created_at.timestamp(), link.id))


def lives(link: AuditorLink) -> bool:
    """Whether a link still opens its campaign's letters."""
    return link.revoked_at is None and link.expires_at > now()


def make(
    session: Transaction,
    campaign_id: str,
    actor: Actor,
    *,
    by: User,
    name: str,
    address: str = "",
    ends: datetime,
    language: str = "",
    zone: str = "UTC",
) -> AuditorLink:
    """Make a link for somebody, and mail it where there is an address; only the SHA-256 of its token is kept."""
    locked_campaign(session, campaign_id)
    name, address = typed.name(name), typed.address(address.strip()).lower()
    if not characters.is_name(name):
        raise InputError(name=lazy_gettext("Enter whom the link is for."))
    if not now() < ends <= now() + LONGEST:
        raise InputError(ends=lazy_gettext("Enter a day from today on, and at most a year ahead."))
    if address:
        members.check_rate(session, address)
    if sum(map(lives, of(session, campaign_id))) >= MOST:
        raise InputError(lazy_gettext("There are %(most)s links to read by already. Revoke some first.", most=MOST))
    link_id = new_id()
    token = session.tokens.auditor_links(link_id)[0]
    row = AuditorLink(
        id=link_id,
        campaign_id=campaign_id,
        name=name,
        email=address,
        token_hash=hash_token(token),
        made_by=by.id,
        expires_at=ends,
        opened={},
    )
    session.add(row)
    session.flush()
    access.record(session, campaign_id, actor, access.made(row))
    if address:
        mail.queue_link(session, row, language, zone)
    return row


def revoke(session: Transaction, campaign_id: str, link_id: str, actor: Actor) -> AuditorLink:
    """End a link at once; does nothing to one that was ended before."""
    locked_campaign(session, campaign_id)
    row = session.get(AuditorLink, link_id, populate_existing=True)
    if row is None or row.campaign_id != campaign_id:
        raise NotFoundError("There is no such link.")
    if row.revoked_at is None:
        row.revoked_at = now()
        access.record(session, campaign_id, actor, actions.AuditorLinkRevoked(link=row.id))
    return row


def address(session: Transaction, link: AuditorLink) -> str:
    """Return the address that opens a link, made again; raises `LinkSecretChangedError`."""
    return f"{session.settings.public_url}/a/{session.tokens.auditor_link(link.id, link.token_hash)}"


# --- how it is used ---------------------------------------------------------------------------------------------------


def find(session: Transaction, token: str) -> AuditorLink | None:
    """Return the living link of a token, or None: unknown, over and revoked look the same."""
    link = session.scalar(select(AuditorLink).where(AuditorLink.token_hash == hash_token(token)))
    return link if link is not None and lives(link) else None


def was_sent(session: Transaction, token: str) -> bool:
    """Whether a token was ever given to somebody: who shows one that is over is late, and no guesser."""
    return session.scalar(select(AuditorLink.id).where(AuditorLink.token_hash == hash_token(token))) is not None


def living(session: Transaction, link_id: str) -> AuditorLink | None:
    """Return a link that was opened in a browser before, if it still lives."""
    link = session.get(AuditorLink, link_id, options=[joinedload(AuditorLink.campaign, innerjoin=True)])
    return link if link is not None and lives(link) else None


def campaign_of(session: Transaction, letter_id: str) -> str | None:
    """Return which campaign a letter is of."""
    return session.scalar(select(Letter.campaign_id).where(Letter.id == letter_id))


def _today() -> str:
    return now().date().isoformat()


def is_to_note(link: AuditorLink, letter_id: str) -> bool:
    """Whether it is not on the record yet that a letter was opened today by a link: once a day it is."""
    return link.opened.get(letter_id) != _today()


def is_new(session: Transaction, opening: str) -> bool:
    """Whether an opening (`LINK LETTER`) is still to be put on the record."""
    link_id, letter_id = opening.split()
    link = living(session, link_id)
    return link is not None and is_to_note(link, letter_id)


def note(session: Transaction, opening: str) -> None:
    """Put on the record that a letter was opened by a link (`LINK LETTER`), unless that is done for today."""
    link_id, letter_id = opening.split()
    hold_letter(session, letter_id)
    query = select(AuditorLink).where(AuditorLink.id == link_id).with_for_update()
    link = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if link is None or not is_to_note(link, letter_id) or campaign_of(session, letter_id) != link.campaign_id:
        return
    link.opened, link.used_at = {**link.opened, letter_id: _today()}, now()
    history.append(session, letter_id, Actor("auditor", link.id), actions.AuditorOpened(link=link.id))
