"""The addendum with the names that were signed after a letter was sent: asked for, made, looked at, sent once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from workflow import deliveries, documents, history, states
from workflow.campaigns import batches, printing
from workflow.campaigns.lookup import has_accepted, locked_letter
from workflow.campaigns.roster import Roster, late
from workflow.campaigns.telling import Event
from workflow.clock import now
from workflow.errors import RefusedError
from workflow.history import SYSTEM, Actor, actions, remembered
from workflow.languages import lazy_gettext
from workflow.letter import code as codes
from workflow.mails import addendum as mails
from workflow.mails.afterwards import late_invitation
from workflow.models import Addendum, Delivery, Letter, LogEntry, Recipient, Rendering, new_id
from workflow.moments import local
from workflow.transaction import Transaction
from workflow.verify import printed_names

CHANGED = lazy_gettext(
    "Somebody signed or withdrew since the addendum was prepared. Nothing was sent: prepare it again."
)
SENT = lazy_gettext("The addendum was sent already. It goes out once.")
NOBODY_LATE = lazy_gettext("Nobody has signed since the letter was sent.")


class Made(NamedTuple):
    """The addendum to one recipient."""

    docx: bytes
    pdf: bytes | None
    letterhead: bytes


@dataclass(frozen=True, slots=True)
class Paper:
    """What the addendum to one recipient is made of."""

    recipient_id: str
    job: documents.PrintJob
    letterhead: documents.Letterhead


def fingerprint(session: Transaction, row: Letter) -> str:
    """Return what the addendum depends on (hex SHA-256): the letter's own documents, and who has signed since."""
    signed = late(session, row)
    parts = (" ".join(_dispatched(session, row)).encode(), signed.canonical, str(signed.withheld).encode())
    return hashlib.sha256(b"\n".join(parts)).hexdigest()


def _dispatched(session: Transaction, row: Letter) -> list[str]:
    """Return the SHA-256 of the Word documents that the letter was sent as."""
    of_letter = (LogEntry.letter_id == row.id, LogEntry.action == actions.LetterDispatched.NAME)
    query = select(LogEntry.sequence).where(*of_letter).order_by(LogEntry.sequence.desc()).limit(1)
    found = history.entries_at(session, row.id, list(session.scalars(query)))
    return [str(sha256) for entry in found.values() for sha256 in entry.about["documents"]]


def of(session: Transaction, row: Letter) -> Addendum | None:
    """Return a letter's addendum, as it was asked for last, or sent; None where it was never asked for."""
    query = select(Addendum).where(Addendum.letter_id == row.id)
    return session.scalar(query.execution_options(populate_existing=True))


def kind_of(session: Transaction, row: Letter, sha256: str) -> str:
    """Return which kind of file of a letter's addendum a document is, as it was made last; empty: it is none."""
    kept = of(session, row)
    sets = kept.documents.values() if kept is not None else ()
    return next((kind for one in sets for kind in ("docx", "pdf") if one.get(kind) == sha256), "")


def sent_at(session: Transaction, row: Letter) -> datetime | None:
    """Return when the letter was sent: when all its offices had it."""
    of_letter = (LogEntry.letter_id == row.id, LogEntry.action == actions.LetterSent.NAME)
    return session.scalar(select(LogEntry.at).where(*of_letter).order_by(LogEntry.sequence.desc()).limit(1))


def ask(session: Transaction, letter_id: str, actor: Actor) -> Addendum:
    """Have the addendum made of those who have signed since the letter was sent; a job does that."""
    row = locked_letter(session, letter_id)
    states.check("add_names", row.state)
    if not row.late_names:
        raise RefusedError(lazy_gettext("The rules of this letter take no names after it was sent."))
    kept = of(session, row)
    if kept is not None and kept.sent_at is not None:
        raise RefusedError(SENT)
    if not late(session, row).counting:
        raise RefusedError(NOBODY_LATE)
    now_due, moment = fingerprint(session, row), history.moment(session)
    if kept is not None and kept.fingerprint == now_due:
        session.enqueue("addendum", row.id)
        return kept
    if kept is None:
        kept = Addendum(id=new_id(), letter_id=row.id)
        session.add(kept)
    kept.fingerprint, kept.asked_at = now_due, moment
    kept.documents, kept.names_root, kept.names_salt = {}, "", None
    asked = actions.AddendumAsked(addendum=kept.id, fingerprint=now_due)
    history.append(session, row.id, actor, asked, at=moment)
    session.enqueue("addendum", row.id)
    return kept


def unmade(session: Transaction) -> list[str]:
    """Return the letters whose addendum was asked for and is not made."""
    query = select(Addendum.letter_id, Addendum.documents).where(Addendum.sent_at.is_(None))
    return [letter_id for letter_id, made in session.execute(query) if not made]


# --- how it is made ---------------------------------------------------------------------------------------------------


def papers(session: Transaction, row: Letter) -> tuple[str, list[Paper]]:
    """Return for which state of the names the addendum is to be made, and of what; nothing where none is due."""
    kept = of(session, row)
    if kept is None or kept.sent_at is not None or kept.documents or kept.fingerprint != fingerprint(session, row):
        return "", []
    signed = late(session, row)
    return kept.fingerprint, [_paper(session, row, recipient, signed, kept) for recipient in row.recipients]


def _paper(session: Transaction, row: Letter, recipient: Recipient, signed: Roster, kept: Addendum) -> Paper:
    bare = printing.paper(row, recipient)
    letter = _letter_of(session, row, recipient)
    sent = sent_at(session, row) or kept.asked_at
    said = documents.Addendum(
        letter=bare,
        dated=local(kept.asked_at, row.timezone).date(),
        sent=local(sent, row.timezone).date(),
        docx=letter["docx"],
        pdf=letter.get("pdf") or "",
        code=codes.shown(row.code) if row.code else "",
        address=f"{session.settings.origin.partition('://')[2]}/genuine",
        signatures=tuple(one.printed() for one in signed.printed),
        withheld=signed.withheld,
    )
    job = documents.addendum_of(said)
    return Paper(recipient.id, job, printing.letterhead_of(session, row, american=bare.for_the_united_states))


def _letter_of(session: Transaction, row: Letter, recipient: Recipient) -> dict[str, str]:
    of_recipient = (Rendering.letter_id == row.id, Rendering.recipient_id == recipient.id)
    query = select(Rendering).where(*of_recipient, Rendering.docx_sha256.in_(_dispatched(session, row)))
    made = session.scalars(query.order_by(Rendering.created_at.desc()).limit(1)).one()
    return {"docx": made.docx_sha256, "pdf": made.pdf_sha256 or ""}


def keep(session: Transaction, letter_id: str, made_for: str, made: Mapping[str, Made]) -> bool:
    """Store the addendum as it was made, for every recipient; False when somebody signed or withdrew meanwhile."""
    row = locked_letter(session, letter_id)
    kept = of(session, row)
    is_due = kept is not None and kept.sent_at is None and not kept.documents and kept.fingerprint == made_for
    if kept is None or not is_due or made_for != fingerprint(session, row):
        return False
    signed, stored, sheet = late(session, row), {}, ""
    for recipient in row.recipients:
        one, letter = made[recipient.id], _letter_of(session, row, recipient)
        sheet = printing.store(session, one.letterhead, documents.DOCX)
        stored[recipient.id] = {
            "docx": printing.store(session, one.docx, documents.DOCX),
            **({"pdf": printing.store(session, one.pdf, "application/pdf")} if one.pdf else {}),
            "letter": letter["docx"],
        }
    salt = secrets.token_bytes(32)
    kept.documents, kept.names_salt = stored, salt
    kept.names_root = printed_names.names_of(salt, printed_names.name_keys(salt, printing.forms_of(signed)))
    printed = [one.sequence for one in signed.printed]
    recorded = actions.AddendumMade(
        addendum=kept.id,
        fingerprint=made_for,
        documents=stored,
        signoffs=[*printed, *sorted({one.sequence for one in signed.counting} - set(printed))],
        letterhead=sheet,
        names=kept.names_root,
        names_salt=salt.hex(),
        headings=_headings(row, signed),
    )
    history.append(session, row.id, SYSTEM, recorded)
    return True


def _headings(row: Letter, signed: Roster) -> list[str] | None:
    signatures = tuple(one.printed() for one in signed.printed)
    return documents.headings(signatures, documents.Layout(row.layout), row.language) or None


# --- how it is sent ---------------------------------------------------------------------------------------------------


def send(session: Transaction, letter_id: str, previewed: str, actor: Actor) -> Addendum:
    """
    Send the addendum to every recipient, once; whoever is on it must still stand by the signature.

    `previewed` is the fingerprint of what the coordinator has looked at. From here on nobody signs late.
    """
    row = locked_letter(session, letter_id)
    states.check("add_names", row.state)
    kept = of(session, row)
    if remembered.is_older(session, row.id):
        raise RefusedError(remembered.HELD.format(letter=row.id))
    if kept is not None and kept.sent_at is not None:
        raise RefusedError(SENT)
    if kept is None or not kept.documents:
        raise RefusedError(lazy_gettext("The addendum is not made yet."))
    if not kept.fingerprint == previewed == fingerprint(session, row):
        raise RefusedError(CHANGED)
    if not late(session, row).counting:
        raise RefusedError(NOBODY_LATE)
    moment = history.moment(session)
    sent = actions.AddendumSent(addendum=kept.id, made=_made_in(session, row))
    history.append(session, row.id, actor, sent, at=moment)
    kept.sent_at = moment
    session.flush()
    session.expire(row, ["addendum"])
    deliveries.cancel_kind(session, row.id, late_invitation.kind)
    for recipient in row.recipients:
        mails.queue(session, row, recipient, _about(session, row, kept, recipient.id))
    return kept


def _made_in(session: Transaction, row: Letter) -> int:
    query = select(LogEntry.sequence).where(LogEntry.letter_id == row.id, LogEntry.action == actions.AddendumMade.NAME)
    return session.scalars(query.order_by(LogEntry.sequence.desc()).limit(1)).one()


def _about(session: Transaction, row: Letter, kept: Addendum, recipient_id: str) -> mails.About:
    made, sent = kept.documents[recipient_id], sent_at(session, row)
    return mails.About(
        docx=made["docx"],
        pdf=made.get("pdf", ""),
        letter=made["letter"],
        added=len(late(session, row).counting),
        sent=history.timestamp(sent or now()),
    )


def confirm(session: Transaction, letter_id: str) -> bool:
    """Note that every recipient's mail server has taken the addendum, and tell whoever signed; whether it has now."""
    return confirm_locked(session, locked_letter(session, letter_id))


def confirm_locked(session: Transaction, row: Letter) -> bool:
    """Do the same of a letter whose row is locked."""
    kept = of(session, row)
    if kept is None or kept.sent_at is None or kept.delivered_at is not None:
        return kept is not None and kept.delivered_at is not None
    session.flush()
    if not all(has_accepted(session, recipient, mails.addendum.kind) for recipient in row.recipients):
        return False
    moment = history.moment(session)
    delivered = history.append(session, row.id, SYSTEM, actions.AddendumDelivered(addendum=kept.id), at=moment)
    kept.delivered_at = moment
    said = _about(session, row, kept, row.recipients[0].id)._asdict()
    batches.tell_news(session, row, "confirm", SYSTEM, Event(mails.addendum_copy.kind, delivered, about=said))
    return True


def unconfirmed(session: Transaction) -> list[str]:
    """Return the letters whose addendum was sent and is not known to have arrived."""
    query = select(Addendum.letter_id).where(Addendum.sent_at.is_not(None), Addendum.delivered_at.is_(None))
    return list(session.scalars(query))


def queue_again(session: Transaction, row: Letter, recipient: Recipient, mark: str) -> Delivery:
    """Queue the addendum that was sent to the address that a recipient has now; the letter is locked."""
    kept = of(session, row)
    assert kept is not None
    return mails.queue(session, row, recipient, _about(session, row, kept, recipient.id), mark)
