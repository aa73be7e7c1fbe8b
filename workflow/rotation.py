"""A new key in the place of an old one, on the record of every letter; and what still hangs on a replaced secret."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from config.settings import seed_of
from workflow import history, keys, sessions
from workflow.database import Database
from workflow.errors import WrongKeyError
from workflow.history import SYSTEM, Actor, common
from workflow.keys import HISTORY, SECRET
from workflow.models import Code, Delivery, InstanceKey, Invitation, Letter, Link, LogHead, now
from workflow.signoffs.codes import LASTS
from workflow.signoffs.links import lives
from workflow.tokens import Tokens, fingerprint, hash_token
from workflow.transaction import Transaction, lock_letter


def replace(session: Transaction, name: str, key: str, actor: Actor, *, lost: bool) -> int:
    """
    Put a new key on record and the change into every log, in the order in which letters are locked anywhere.

    `key` is as it stands in a file or a setting. Returns how many logs there are. Raises `WrongKeyError` for a key
    that was in use before, and NotAsSignedError where the log over all letters does not continue what was signed.
    """
    keys.succeed(session, name, key)
    letters = session.scalars(select(Letter.id).join(LogHead, LogHead.letter_id == Letter.id).order_by(Letter.id)).all()
    for letter_id in letters:
        lock_letter(session, letter_id)
        if name == HISTORY:
            history.change_key(session, letter_id, seed_of(key), actor, lost=lost)
        else:
            history.record_secret(session, letter_id, actor, lost=lost)
    if name == HISTORY:
        common.change_key(session, seed_of(key), lost=lost)
    return len(letters)


def begin_with_new_secret(database: Database) -> None:
    """Put the first secret on record where it is new, and the one that it follows is at hand too."""
    settings = database.settings
    with database.reading() as session:
        if not keys.has_new_secret(session, settings):
            return
    try:
        with database.patient().changing_keys() as session:
            replace(session, SECRET, settings.secrets()[0], SYSTEM, lost=False)
    except WrongKeyError:
        with database.reading() as session:
            if keys.has_new_secret(session, settings):
                raise
        # Another process was quicker.


@dataclass(frozen=True, slots=True)
class Replaced:
    """A secret at hand that another one has taken the place of, and what would be lost with it."""

    fingerprint: str
    links: int
    """Living links: without it they open, but cannot be mailed again."""
    mails: int
    """Mails that wait, and were written while it made."""
    codes: int
    """Codes that may still be typed."""
    signed_in_until: datetime
    """Until when cookies may be signed by it."""
    letters: int
    """Letters whose histories hold keyed hashes that it has made."""

    @property
    def is_needed(self) -> bool:
        """Whether something would not go on without it. Histories can be compared again whenever it is at hand."""
        return bool(self.links or self.mails or self.codes) or self.signed_in_until > now()


def replaced(session: Transaction) -> Iterator[Replaced]:
    """Return the older secrets that are at hand, each with what hangs on it."""
    for secret in session.settings.secrets():
        row = session.get(InstanceKey, fingerprint(secret))
        if row is not None and row.until is not None:
            yield Replaced(
                fingerprint=row.fingerprint,
                links=sum(_is_of(secret, link) and lives(link) for link in _open_links(session)),
                mails=_count(session, Delivery.is_unsettled, Delivery.queued_at <= row.until),
                codes=_count(
                    session, Code.used_at.is_(None), Code.expires_at > now(), Code.expires_at <= row.until + LASTS
                ),
                signed_in_until=row.until + sessions.LIFETIME,
                letters=_count(session, Letter.created_at <= row.until),
            )


def _open_links(session: Transaction) -> Iterator[Link]:
    whole = joinedload(Link.invitation).joinedload(Invitation.letter).joinedload(Letter.campaign)
    yield from session.scalars(select(Link).where(Link.revoked_at.is_(None)).options(whole))


def _is_of(secret: str, link: Link) -> bool:
    return hash_token(Tokens((secret,)).links(link.id)[0]) == link.token_hash


def _count(session: Transaction, *which: object) -> int:
    return session.scalar(select(func.count()).where(*which)) or 0  # type: ignore[arg-type]
