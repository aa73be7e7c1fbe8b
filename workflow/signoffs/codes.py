"""Six digits by mail before signing: a forwarded link then opens the letter, and signs nothing."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflow import deliveries, history
from workflow.languages import sentence
from workflow.mails import code_digits
from workflow.models import Code, Link, now
from workflow.signoffs.links import actor, locked
from workflow.states import Refused

LASTS = timedelta(minutes=10)
MOST_TRIES = 5
MOST_AN_HOUR = 5


def send_code(session: Session, link_id: str, browser: str) -> Code:
    """Mail six digits to the invited address, for this browser alone; raises `Refused` after five in an hour."""
    link, invitation, letter = locked(session, link_id)
    hour_ago = now() + LASTS - timedelta(hours=1)
    recent = select(func.count()).select_from(Code).join(Link).where(Link.invitation_id == invitation.id)
    if (session.scalar(recent.where(Code.expires_at > hour_ago)) or 0) >= MOST_AN_HOUR:
        why = sentence("Five codes were mailed within the hour. Wait a while, then try again.")
        raise Refused("code", invitation.state, (why,))
    code = Code(link_id=link.id, browser=_hash(browser), expires_at=now() + LASTS)
    session.add(code)
    session.flush()
    history.append(session, letter.id, actor(invitation), "code.sent", {"invitation": invitation.id, "code": code.id})
    deliveries.queue(
        session,
        "code",
        invitation.email,
        f"code:{code.id}",
        letter=letter,
        invitation=invitation,
        about={"code": code.id},
    )
    return code


def redeem(session: Session, link_id: str, browser: str, typed: str) -> str:
    """
    Return the id of the code that was typed, or nothing: wrong, too old, tried too often, or another browser's.

    To be committed on its own, so that a wrong one counts as a try.
    """
    locked(session, link_id)
    newest = (
        select(Code)
        .where(Code.link_id == link_id, Code.browser == _hash(browser), Code.used_at.is_(None))
        .order_by(Code.expires_at.desc())
        .limit(1)
    )
    code = session.scalars(newest.execution_options(populate_existing=True)).first()
    if code is None or code.expires_at <= now() or code.tries >= MOST_TRIES:
        return ""
    code.tries += 1
    digits = "".join(c for c in typed if c.isdigit())
    if not hmac.compare_digest(digits, code_digits(session.info["database"].settings, code.id)):
        return ""
    code.used_at = now()
    return code.id


def _hash(browser: str) -> str:
    return hashlib.sha256(browser.encode()).hexdigest()
