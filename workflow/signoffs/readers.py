"""“Let colleagues read it”: links that show a letter and can answer nothing, made by an organisation itself."""

from __future__ import annotations

from sqlalchemy import func, select

from workflow import history
from workflow.campaigns import reading_links, rounds
from workflow.campaigns.reading_links import living
from workflow.errors import InputError, RefusedError
from workflow.history import actions
from workflow.languages import lazy_gettext
from workflow.letter import typed
from workflow.mails import to_read
from workflow.models import Link
from workflow.signoffs.links import actor, locked
from workflow.states import check
from workflow.transaction import Transaction

MOST = 20
"""So many of one organisation may live at a time."""

MOST_EVER = 100
"""So many one organisation may make for a letter."""

ENOUGH = lazy_gettext("There are %(most)s links to read already. End one first.", most=str(MOST))
NO_MORE = lazy_gettext("No more links can be made for this letter.")
ADDRESSED = lazy_gettext("This address gets its own link already. Enter a colleague’s, or leave it empty.")


def add(session: Transaction, link_id: str, name: str = "", email: str = "") -> Link:
    """
    Make a link to read for colleagues, mailed to an address where one is given; returns it. Raises `InputError`.

    It lives as long as the link of whoever made it, until it is ended.
    """
    link, invitation, letter = locked(session, link_id)
    check("let_read", letter.state)
    name, email = typed.name(name), typed.address(email)
    written_to = (invitation.email, *(one.email for one in invitation.others))
    if email and email.casefold() in map(str.casefold, written_to):
        raise InputError(email=ADDRESSED)
    if len(living(session, invitation.id)) >= MOST:
        raise RefusedError(ENOUGH)
    made = select(func.count()).select_from(Link).where(Link.invitation_id == invitation.id, Link.purpose == "read")
    if (session.scalar(made) or 0) >= MOST_EVER:
        raise RefusedError(NO_MORE)
    made_id = rounds.new_other_link(session, invitation, "read", email=email, name=name, contact_id=link.contact_id)
    session.flush()
    added = actions.ReaderAdded(
        invitation=invitation.id, link=made_id, contact=link.contact_id or "", name=name, email=email
    )
    history.append(session, letter.id, actor(invitation), added)
    reader = session.get_one(Link, made_id)
    if email:
        to_read.queue(session, reader)
    return reader


def end(session: Transaction, link_id: str, reader_id: str) -> None:
    """End a link to read that somebody of the organisation made; raises `NotFoundError` for another's."""
    _, invitation, letter = locked(session, link_id)
    reading_links.end(session, letter, invitation, reader_id, actor(invitation))


def address(session: Transaction, reader: Link) -> str:
    """Return the address that a link to read opens by; raises `LinkSecretChangedError`."""
    return f"{session.settings.public_url}/s/{session.tokens.link(reader.id, reader.token_hash)}"
