"""
Six digits by mail: a forwarded link then opens the letter, and signs nothing.

Whatever signs, stops a sign-off, passes the invitation on or changes what is printed of it takes the same proof.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from datetime import timedelta

from sqlalchemy import func, select

from workflow import history
from workflow.errors import CodeNeededError, RefusedError
from workflow.history import actions
from workflow.languages import lazy_gettext
from workflow.letter import typed
from workflow.mails import code as code_mail
from workflow.models import Code, Link, now
from workflow.signoffs.links import actor, holder, locked
from workflow.states.invitation import CODE_MISSING
from workflow.transaction import Transaction

LASTS = timedelta(minutes=10)
MOST_TRIES = 5
MOST_AN_HOUR = 5
"""So 25 guesses of a million for every hour, whichever browsers they come from."""

ACTING = ("answer", "confirm")
"""The links that do something for which a code may be asked."""

PURPOSES = (
    "sign",
    "decline",
    "retract",
    "hand_over",
    "logo",
    "signature",
    "correct",
    "agree",
    "take_back",
    "propose",
    "stop",
    "two",
)
"""What a code can be asked for: it lets that happen, and nothing else."""


def send_code(session: Transaction, link_id: str, browser: str, purpose: str = "sign") -> Code:
    """
    Mail six digits to the address that the link was sent to, for this browser and one of `PURPOSES`.

    Raises `RefusedError` after five in an hour.
    """
    link, invitation, letter = locked(session, link_id, ACTING)
    assert purpose in PURPOSES
    hour_ago = now() + LASTS - timedelta(hours=1)
    # Each contact for itself, whichever of its links: nobody uses up what another needs.
    same = (
        Link.invitation_id == invitation.id,
        Link.purpose == link.purpose,
        Link.contact_id.is_not_distinct_from(link.contact_id),
    )
    recent = select(func.count()).select_from(Code).join(Link).where(*same)
    if (session.scalar(recent.where(Code.expires_at > hour_ago)) or 0) >= MOST_AN_HOUR:
        why = lazy_gettext("We’ve sent five codes within an hour. Wait a while, then try again.")
        raise RefusedError(why)
    code = Code(link_id=link.id, browser=_hash(browser), purpose=purpose, expires_at=now() + LASTS)
    session.add(code)
    session.flush()
    sent = actions.CodeSent(invitation=invitation.id, code=code.id, purpose=purpose)
    history.append(session, letter.id, actor(invitation), sent)
    code_mail.queue(session, link, code, holder(link)[0])
    return code


def redeem(session: Transaction, link_id: str, browser: str, digits: str, purpose: str = "sign") -> str:
    """
    Return the id of the code that was typed, or nothing.

    Nothing is for one that is wrong, too old, tried too often, another browser's, or was asked for something else.
    To be committed on its own, so that a wrong one counts as a try.
    """
    locked(session, link_id, ACTING)
    # An Arabic keyboard has other digits.
    given = "".join(str(unicodedata.decimal(c)) for c in typed.line(digits, typed.CODE) if c.isdecimal())
    newest = (
        select(Code)
        .where(Code.link_id == link_id, Code.browser == _hash(browser), Code.used_at.is_(None))
        .where(Code.purpose == purpose)
        .order_by(Code.expires_at.desc())
        .limit(1)
    )
    code = session.scalars(newest.execution_options(populate_existing=True)).first()
    if code is None or code.expires_at <= now() or code.tries >= MOST_TRIES:
        return ""
    code.tries += 1
    if not any(hmac.compare_digest(given, digits) for digits in session.tokens.codes(code.id)):
        return ""
    code.used_at = now()
    return code.id


def redeemed(session: Transaction, link: Link, purpose: str, code: str) -> str:
    """Return a code's id where it was redeemed just now, through this link, for this act; else nothing."""
    found = session.get(Code, code) if code else None
    if found is None or found.used_at is None or found.used_at <= now() - LASTS:
        return ""
    return found.id if (found.link_id, found.purpose) == (link.id, purpose) else ""


def check_code(session: Transaction, link: Link, purpose: str, code: str) -> str:
    """Return the id of the code as the record says it; raises `CodeNeededError` where one is asked for."""
    found = redeemed(session, link, purpose, code)
    invitation = link.invitation
    if invitation.asks_for_code and not found:
        raise CodeNeededError(CODE_MISSING)
    return found


def _hash(browser: str) -> str:
    return hashlib.sha256(browser.encode()).hexdigest()
