"""From deliveries to the bytes of their mails: what `deliveries` keeps and sends at every attempt."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import select

from config.settings import Settings
from emails.dkim import DkimKey
from emails.headers import Head
from emails.message import build
from workflow.languages import catalogue, direction
from workflow.mails.audiences import Audience
from workflow.mails.registry import mail_of
from workflow.mails.source import MailData, Part, Source
from workflow.models import Delivery, User
from workflow.transaction import Transaction

TEMPLATES = Path(__file__).parents[2] / "templates" / "emails"


@dataclass(frozen=True)
class Written:
    """
    One mail, made or not.

    With a `skeleton` it is made again from that and `fills` (`keep_skeleton`, then both into the delivery's row);
    without one its bytes are to be kept whole, unless they were already. With an `error` it has no bytes.
    """

    address: str = ""
    pieces: tuple[bytes, ...] = ()
    """What its bytes are joined from; the mails of a mailing share what is the same."""
    skeleton: str | None = None
    fills: dict[str, Any] = field(default_factory=dict)
    """What stands in the holes of the skeleton; never a token."""
    error: Exception | None = None

    @property
    def content(self) -> bytes:
        """Its MIME bytes, joined anew: to be held only as long as it is being sent."""
        return b"".join(self.pieces)

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of its bytes, in hex."""
        digest = hashlib.sha256()
        for piece in self.pieces:
            digest.update(piece)
        return digest.hexdigest()


def write_many(session: Transaction, delivery_ids: Iterable[str]) -> dict[str, Written]:
    """
    Return the mails of deliveries, in a transaction that reads; the same bytes every time.

    One that was made before is made again from what is kept. Of one that cannot be made, it returns why.
    """
    query = select(Delivery).where(Delivery.id.in_(list(delivery_ids)))
    return {delivery.id: _written(session, delivery) for delivery in session.scalars(query)}


def _written(session: Transaction, delivery: Delivery) -> Written:
    try:
        sealed = delivery.sealed
        content = session.tokens.decrypt(sealed) if sealed is not None else write(session, delivery)
        return Written(delivery.address, (content,))
    except Exception as error:
        return Written(delivery.address, error=error)


def keep_skeleton(session: Transaction, written: Written) -> None:
    """Keep the skeleton that a mail is made from, unless it is kept already; of a mail without one, do nothing."""


def write(session: Transaction, delivery: Delivery) -> bytes:
    """
    Return the MIME bytes of a delivery, made from what is stored; the same every time.

    Raises `LinkSecretChangedError` when its link can't be made any more, and what `emails.message.build` raises.
    """
    mail = mail_of(delivery)
    language, data = _language(delivery, mail.to), gather(session, delivery)
    told = {"mail_language": language, "direction": direction(language), **_given(data)}
    head = _head(session.settings, delivery, mail.to)
    key, translations = dkim_key(session.settings), catalogue(language)
    return build(TEMPLATES, mail.kind, told, head, data.attachments, key, translations)


def gather(session: Transaction, delivery: Delivery) -> MailData:
    """Return what the templates of a delivery are given; raises `LinkSecretChangedError`."""
    mail = mail_of(delivery)
    return mail.write(Source(session, delivery, _language(delivery, mail.to)))


def _language(delivery: Delivery, to: Audience) -> str:
    """What the office and staff get is in one language; a co-signer's mails are in that co-signer's."""
    return delivery.invitation.reads if delivery.invitation and to.own_language else "en"


def _given(data: Part) -> dict[str, object]:
    """Return what the templates are given, by name."""
    names: dict[str, object] = {}
    for one in fields(data):
        value = getattr(data, one.name)
        names |= _given(value) if isinstance(value, Part) else {one.name: value}
    return names


def _head(settings: Settings, delivery: Delivery, to: Audience) -> Head:
    coordinator = delivery.letter.campaign.coordinator if delivery.letter and to.from_coordinator else None
    return Head(
        sender=settings.mail_from,
        sender_name=_sender_name(settings, coordinator, to),
        recipient=delivery.address,
        recipient_name=to.named(delivery),
        message_id=delivery.message_id,
        date=delivery.queued_at.replace(microsecond=0),
        reply_to=coordinator.email if coordinator else None,
        auto_submitted=to.automatic,
    )


def _sender_name(settings: Settings, coordinator: User | None, to: Audience) -> str:
    if coordinator is None or not coordinator.name:
        return settings.mail_from_name
    return f"{coordinator.name} via {settings.mail_from_name}" if to.automatic else coordinator.name


def dkim_key(settings: Settings) -> DkimKey | None:
    """Return the DKIM key of this instance, if one is set."""
    if not settings.dkim_domain or settings.dkim_key_file is None:
        return None
    return DkimKey(settings.dkim_domain, settings.dkim_selector, settings.dkim_key_file.read_bytes())
