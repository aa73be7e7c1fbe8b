"""
What comes in by mail: what was returned, what machines answer, and what people write to us.

Nothing of it counts but what came to an address that this instance has signed for one mail of its own. A mail that
comes in decides nothing of a letter: what somebody wrote is shown, and passed on.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlalchemy import delete, func, select, update

from config.logs import logger
from emails import bounces
from emails.addresses import check_address
from emails.bounces import Incoming
from emails.errors import HeaderError
from emails.headers import MESSAGE_ID
from workflow import blocked, deliveries, history
from workflow.campaigns.lookup import locked_letter, part_of
from workflow.campaigns.office_replies import keep_reply
from workflow.errors import ConflictError, RefusedError
from workflow.history import SYSTEM, actions
from workflow.history.audit.erased import ERASED
from workflow.mails import came_back, came_in, heard
from workflow.mails.return_paths import mail_at
from workflow.models import Delivery, IncomingMail, Invitation, Letter, now
from workflow.transaction import Transaction

Kind = Literal["returned", "delayed", "automatic", "complaint", "reply", "office", "unknown", "seen"]
"""`seen`: it was taken in before."""

STILL_COUNTS = timedelta(days=10)
"""How long after a mail left it may come back: mail servers try for five days."""
MOST_PASSED_ON = 20
"""So many answers to the mails of one organisation are passed on in a day; more are kept, and shown."""
MOST_KEPT = 100
"""So many of them are kept in a day: what comes after that is noise."""
LONGEST_TEXT = 50_000
REPORTS = ("returned", "delayed", "complaint")
"""What is believed by the return path alone."""


class TooEarlyError(ConflictError):
    """A mail came back before its own server's answer was recorded: it is to be taken in again in a minute."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail as it came: its bytes, or the first of them, to whom, and the SHA-256 of all."""

    content: bytes
    sha256: str
    recipients: tuple[str, ...] = ()
    """To which addresses, as the mail server says; what its head says is looked at besides."""
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class _About:
    """A mail that came in, with the one of ours that it is about."""

    arrived: Arrived
    read: Incoming
    letter: Letter
    delivery: Delivery

    def row(self, kind: Kind, why: str = "") -> IncomingMail:
        worst = self.read.worst
        found = {"status": worst.status, "address": worst.address, "words": worst.words[:500], "why": why}
        return IncomingMail(
            sha256=self.arrived.sha256,
            kind=kind,
            delivery_id=self.delivery.id,
            letter_id=self.letter.id,
            invitation_id=self.delivery.invitation_id,
            sender=self.read.sender,
            subject=self.read.subject,
            found={name: value for name, value in found.items() if value},
        )


def take_in(session: Transaction, arrived: Arrived) -> Kind:
    """
    Take one mail in, once, whatever it is; returns what it was.

    Raises `TooEarlyError` where it is to be taken in again later.
    """
    if _was_taken_in(session, arrived):
        return "seen"
    read, delivery_id = _looked_up(session, arrived)
    known = session.get(Delivery, delivery_id) if delivery_id else None
    if known is None or known.letter_id is None:
        return _unknown(session, arrived, read, "" if known is None else "It is about no letter.")
    letter = locked_letter(session, known.letter_id)
    if _was_taken_in(session, arrived):
        return "seen"
    if letter.erased_at is not None:
        return _unknown(session, arrived, Incoming(read.kind), "Its letter was erased.")
    about = _About(arrived, read, letter, part_of(session, letter, Delivery, known.id))
    if read.kind in REPORTS and about.delivery.address == ERASED:
        return _unknown(session, arrived, Incoming(read.kind), "Whom it was sent to was erased.")
    return _DO[read.kind](session, about)


def _was_taken_in(session: Transaction, arrived: Arrived) -> bool:
    return session.scalar(select(IncomingMail.id).where(IncomingMail.sha256 == arrived.sha256)) is not None


def _looked_up(session: Transaction, arrived: Arrived) -> tuple[Incoming, str | None]:
    """Return what a mail is, and the id of ours that it is about, as a signed address says."""
    settings, tokens = session.settings, session.tokens
    read = bounces.read(arrived.content)
    to = (*arrived.recipients, *read.addresses)
    returned_to = mail_at(settings, tokens, "return path", to)
    if returned_to is not None:
        return bounces.read(arrived.content, to_return_path=True), returned_to
    if read.kind in REPORTS:
        # Some send reports to another address; what they return bears the return path in its head. The address for
        # answers proves nothing here: whoever got a copy of an answer knows it.
        return read, mail_at(settings, tokens, "return path", read.inside)
    return read, mail_at(settings, tokens, "reply", to)


def _unknown(session: Transaction, arrived: Arrived, read: Incoming, why: str = "") -> Kind:
    """Keep that something came which counts for nothing; nothing of it is read out, and nobody is told."""
    bears = "return path" if read.kind in REPORTS else "address"
    because = why or f"It bears no {bears} that was made here."
    row = IncomingMail(
        sha256=arrived.sha256, kind="unknown", sender=read.sender, subject=read.subject, found={"why": because}
    )
    session.add(row)
    logger().info("incoming_unknown", why=because, read=read.kind)
    return "unknown"


# --- what comes back --------------------------------------------------------------------------------------------------


def _returned(session: Transaction, about: _About) -> Kind:
    delivery = about.delivery
    if delivery.is_leased:
        raise TooEarlyError("The answer of this mail’s own server is not recorded yet.")
    if why := _why_not(session, delivery):
        session.add(about.row("unknown", why))
        return "unknown"
    deliveries.bounce(session, delivery, about.read.worst, about.arrived.sha256)
    blocked.came_back(session, about.letter, delivery, about.read.worst)
    session.add(about.row("returned"))
    return "returned"


def _why_not(session: Transaction, delivery: Delivery) -> str:
    """Say why a mail that came back counts for nothing; empty: it counts."""
    if delivery.is_returned or _is_known(session, delivery, "returned"):
        return KNOWN
    if not delivery.may_come_back:
        return "It is about a mail that was not sent."
    left = delivery.settled_at or delivery.claimed_at or delivery.queued_at
    if now() - left > STILL_COUNTS:
        return "It came too late to be true."
    answered = session.scalar(select(Invitation.answered_at).where(Invitation.id == delivery.invitation_id))
    if answered is not None and answered > left:
        return "The organisation has answered since."
    return ""


KNOWN = "It was known already."


def _is_known(session: Transaction, delivery: Delivery, kind: Kind) -> bool:
    """Whether as much was taken in of this mail before: it comes back once, whatever was said of its address since."""
    of_it = select(IncomingMail.id).where(IncomingMail.delivery_id == delivery.id, IncomingMail.kind == kind)
    return session.scalar(of_it.limit(1)) is not None


def _delayed(session: Transaction, about: _About) -> Kind:
    session.add(about.row("delayed"))
    return "delayed"


def _automatic(session: Transaction, about: _About) -> Kind:
    session.add(about.row("automatic"))
    return "automatic"


def _complaint(session: Transaction, about: _About) -> Kind:
    """Whoever reads the address wants no mail: nothing more goes there, and a coordinator is told."""
    delivery = about.delivery
    if not delivery.may_have_left:
        session.add(about.row("unknown", "It is about a mail that was not sent."))
        return "unknown"
    if _is_known(session, delivery, "complaint"):
        session.add(about.row("unknown", KNOWN))
        return "unknown"
    row = about.row("complaint")
    session.add(row)
    session.flush()
    _record(session, about, row)
    blocked.stop(session, about.letter, delivery.address, "complaint", delivery)
    came_back.queue(session, about.letter, "complaint", delivery, delivery.invitation_id, blocked=True)
    return "complaint"


def _record(session: Transaction, about: _About, row: IncomingMail) -> None:
    received = actions.MailReceived(
        incoming=row.id,
        kind=row.kind,
        delivery=about.delivery.id,
        sha256=row.sha256,
        invitation=about.delivery.invitation_id,
        recipient=about.delivery.recipient_id,
        sender=row.sender,
    )
    history.append(session, about.letter.id, SYSTEM, received)


# --- what people write ------------------------------------------------------------------------------------------------


def _written(session: Transaction, about: _About) -> Kind:
    """Keep what somebody wrote, and pass it on: it is no answer to the letter."""
    delivery, read = about.delivery, about.read
    if not delivery.may_have_left:
        session.add(about.row("unknown", "It answers a mail that was not sent."))
        return "unknown"
    kept = _today(session, about)
    if kept >= MOST_KEPT:
        session.add(about.row("unknown", "Too many came in a day."))
        return "unknown"
    kind: Kind = "office" if delivery.recipient_id else "reply"
    row = about.row(kind)
    words = {"text": read.text[:LONGEST_TEXT], "files": list(read.attachments)}
    row.sealed = session.tokens.encrypt(json.dumps(words, ensure_ascii=False).encode())
    session.add(row)
    session.flush()
    _record(session, about, row)
    is_told = kind == "office" and _is_kept_beside_the_letter(session, about)
    if kept < MOST_PASSED_ON and not is_told:
        came_in.queue(session, about.letter, row, about.arrived.content, delivery.recipient_id)
        if not read.may_be_automatic:
            _tell_them(session, about)
    return kind


def _is_kept_beside_the_letter(session: Transaction, about: _About) -> bool:
    """Keep what an office answered as its reply, of which coordinators are told; else it is passed on as any other."""
    arrived, delivery = about.arrived, about.delivery
    document = ("email.eml", "message/rfc822", arrived.content) if arrived.is_whole else None
    try:
        keep_reply(session, about.letter.id, delivery.recipient_id, now(), about.read.text, document)
    except RefusedError as refused:
        logger().info("office_reply_not_kept", why=str(refused), letter=about.letter.id)
        return False
    return document is not None


def _today(session: Transaction, about: _About) -> int:
    """Return how many came from the same ones in a day."""
    delivery = about.delivery
    same = IncomingMail.invitation_id == delivery.invitation_id
    if delivery.invitation_id is None:
        same = IncomingMail.delivery_id == delivery.id
    query = select(func.count()).select_from(IncomingMail).where(same, IncomingMail.kind.in_(("reply", "office")))
    return session.scalar(query.where(IncomingMail.received_at > now() - timedelta(days=1))) or 0


def _tell_them(session: Transaction, about: _About) -> None:
    """Tell whoever wrote that it is no answer: once, and never an address of our own."""
    delivery, read = about.delivery, about.read
    if delivery.invitation_id is None or not MESSAGE_ID.fullmatch(read.message_id) or _is_ours(session, read.sender):
        return
    try:
        address = check_address(read.sender)
    except HeaderError:
        return
    invitation = part_of(session, about.letter, Invitation, delivery.invitation_id)
    known = select(Delivery.id).where(Delivery.dedupe_key == heard.key_of(invitation, address))
    if session.scalar(known) is None:
        heard.queue(session, invitation, address, read.message_id, asked=invitation.is_to_answer)


def _is_ours(session: Transaction, sender: str) -> bool:
    settings = session.settings
    names = {own.lower() for own in (settings.mail_from, settings.bounces, settings.replies) if own}
    name, _, domain = sender.lower().rpartition("@")
    return f"{name.partition('+')[0]}@{domain}" in names


_DO: dict[bounces.Kind, Callable[[Transaction, _About], Kind]] = {
    "returned": _returned,
    "delayed": _delayed,
    "delivered": _automatic,
    "automatic": _automatic,
    "unreadable": _automatic,
    "complaint": _complaint,
    "reply": _written,
}


# --- what is not kept -------------------------------------------------------------------------------------------------

KEPT = timedelta(days=30)
"""How long it is known what counted for nothing: so long the same mail is known again."""
UNTIL_SURE = timedelta(days=7)
"""How long what was passed on is kept whole, after the coordinator's mail server has taken it."""


def forget(session: Transaction) -> None:
    """Forget what counted for nothing and is old, and of what was passed on the bytes."""
    nothing = IncomingMail.kind.in_(("unknown", "delayed", "automatic"))
    session.execute(delete(IncomingMail).where(nothing, IncomingMail.received_at < now() - KEPT))
    passed_on = (Delivery.kind == came_in.came_in.kind, Delivery.settled_at < now() - UNTIL_SURE)
    session.execute(update(Delivery).where(*passed_on, Delivery.sealed.is_not(None)).values(sealed=None))
