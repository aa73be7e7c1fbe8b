"""The letter leaves for its offices, once by a machine; a person decides what nobody can know; it is closed."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from workflow import blocked, deliveries, history, states
from workflow.campaigns import addenda, batches, conditions, cover
from workflow.campaigns.lifecycle import facts
from workflow.campaigns.lookup import locked_delivery, locked_letter
from workflow.campaigns.printing import renderings
from workflow.errors import InputError, RefusedError
from workflow.history import SYSTEM, Actor, actions, remembered
from workflow.languages import lazy_gettext
from workflow.letter import typed
from workflow.mails import office
from workflow.mails.addendum import addendum
from workflow.mails.afterwards import queue_withdrawal_to, withdrawal
from workflow.mails.registry import sent_once
from workflow.models import Delivery, Letter, now
from workflow.moments import AHEAD, in_reach
from workflow.transaction import Transaction

PAST = timedelta(minutes=10)
"""How long past a time of dispatch may be: it was chosen by the minute, and the page stood open for some."""


def dispatch(
    session: Transaction,
    letter_id: str,
    previewed: str,
    actor: Actor,
    at: datetime | None = None,
    covered: str | None = None,
) -> Letter:
    """
    Send the letter to every recipient's office, now or at a time set ahead, and copies of it to whom they are due.

    `previewed` is the fingerprint of the documents that the coordinator has looked at, `covered` the mark of the
    covering words and the addresses (`cover.mark`), where those were shown too.
    """
    row = locked_letter(session, letter_id)
    if covered is not None and covered != cover.mark(row):
        raise RefusedError(cover.CHANGED)
    if remembered.is_older(session, row.id):
        raise RefusedError(remembered.HELD.format(letter=row.id))
    if at is not None and not (in_reach(at) and at > now() - PAST):
        raise InputError(
            at=lazy_gettext(
                "Enter a time in the future, at most %(years)s years ahead; or none, to send now.", years=AHEAD
            )
        )
    documents = renderings(session, row)
    if wrong := [made.too_large for made in documents if made.too_large]:
        raise RefusedError(*dict.fromkeys(wrong))
    known = facts(session, row, previewed=previewed)
    if at is not None and at > now():
        refused = states.refusals(states.LETTER, row.state, "dispatch", known)
        if refused:
            raise RefusedError(*refused)
        row.dispatch_at, row.previewed = at, previewed
        history.append(session, row.id, actor, actions.DispatchScheduled(at=at, previewed=previewed))
        return row
    sent = actions.LetterDispatched(documents=sorted(made.docx_sha256 for made in documents))
    history.transition(session, row, sent, known, actor)
    row.dispatch_at = None
    conditions.end_all(session, row)
    for made in documents:
        recipient = next(r for r in row.recipients if r.id == made.recipient_id)
        office.queue(session, row, recipient, made, "1")
        office.queue_copies(session, row, recipient, made)
    return row


def confirm(session: Transaction, letter_id: str) -> bool:
    """
    Close a letter whose every recipient's delivery is accepted, and queue the signatories' copies.

    Of one that is sent already, the same of its addendum. Returns whether it is sent now.
    """
    row = locked_letter(session, letter_id)
    if row.is_sent:
        addenda.confirm_locked(session, row)
    return _confirm(session, row)


def _confirm(session: Transaction, row: Letter) -> bool:
    known = facts(session, row)
    if not row.is_being_sent or known.outstanding:
        return row.is_sent
    history.transition(session, row, actions.LetterSent(), known, SYSTEM)
    made = renderings(session, row)[0]
    batches.begin(session, row, "confirm", SYSTEM, "copy", docx=made.docx_sha256, pdf=made.pdf_sha256)
    return True


def settle_as_sent(session: Transaction, letter_id: str, delivery_id: str, actor: Actor) -> Delivery:
    """Record that an uncertain letter to an office did arrive: a person has found that out."""
    row, delivery = locked_delivery(session, letter_id, delivery_id)
    deliveries.settle_as_sent(session, delivery, actor)
    session.flush()
    _confirm(session, row)
    addenda.confirm_locked(session, row)
    return delivery


def send_again(session: Transaction, letter_id: str, delivery_id: str, actor: Actor) -> Delivery:
    """Send an uncertain letter to an office again: a person has decided that."""
    _, delivery = locked_delivery(session, letter_id, delivery_id)
    deliveries.send_again(session, delivery, actor)
    return delivery


def readdress(session: Transaction, letter_id: str, delivery_id: str, email: str, actor: Actor) -> Delivery:
    """
    Send what an office's mail server refused, or what waits as nothing is sent there, to another address of it.

    That is the letter, its addendum, or the word of a withdrawn signature: none that has arrived goes once more.
    """
    row, refused = locked_delivery(session, letter_id, delivery_id)
    recipient = next((r for r in row.recipients if r.id == refused.recipient_id), None)
    is_held = refused.is_waiting and blocked.now_at(session, refused.address) is not None
    if recipient is None or refused.kind not in sent_once() or not (refused.is_returned or is_held):
        raise RefusedError(lazy_gettext("Only an email that was rejected can go to another address."))
    states.check("readdress", row.state)
    if _has_arrived(session, refused):
        raise RefusedError(lazy_gettext("%(recipient)s already has it.", recipient=recipient.label))
    mark = f"after:{refused.id}"
    again = select(Delivery.id).where(Delivery.recipient_id == recipient.id, Delivery.dedupe_key.endswith(f":{mark}"))
    if session.scalar(again):
        raise RefusedError(lazy_gettext("Someone else has already sent it to another address. Check that email."))
    if is_held and not deliveries.cancel_one(session, refused):
        raise RefusedError(lazy_gettext("This email is on its way. Wait for what becomes of it."))
    email = recipient.email = typed.address(email)
    history.append(session, row.id, actor, actions.RecipientAddressed(recipient=recipient.id, email=email))
    if refused.kind == addendum.kind:
        return addenda.queue_again(session, row, recipient, mark)
    if refused.kind == withdrawal.kind:
        return queue_withdrawal_to(session, row, recipient, refused.about, mark)
    made = next(d for d in renderings(session, row) if d.recipient_id == recipient.id)
    return office.queue(session, row, recipient, made, mark)


def _has_arrived(session: Transaction, refused: Delivery) -> bool:
    """Whether the server of its recipient has accepted the very same meanwhile; words differ by their signature."""
    accepted = select(Delivery.about).where(
        Delivery.recipient_id == refused.recipient_id, Delivery.kind == refused.kind, Delivery.is_accepted
    )
    return any(about.get("signoff") == refused.about.get("signoff") for about in session.scalars(accepted))
