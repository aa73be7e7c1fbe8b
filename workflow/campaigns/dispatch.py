"""The letter leaves for its offices, once by a machine; a person decides what nobody can know; it is closed."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from workflow import blocked, deliveries, history, states
from workflow.campaigns import addenda, batches, conditions, cover
from workflow.campaigns.lifecycle import facts
from workflow.campaigns.lookup import has_accepted, locked_delivery, locked_letter
from workflow.campaigns.printing import renderings
from workflow.errors import InputError, RefusedError
from workflow.history import SYSTEM, Actor, actions, remembered
from workflow.languages import lazy_gettext
from workflow.letter import typed
from workflow.mails import office
from workflow.mails.afterwards import withdrawal
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
    """Send a letter to another address of an office whose mail server refused it, or to which nothing is sent."""
    row, refused = locked_delivery(session, letter_id, delivery_id)
    if refused.kind == withdrawal.kind:
        raise RefusedError(lazy_gettext("Only the letter and its addendum can go to another address."))
    if refused.kind != office.office.kind:
        return addenda.readdress(session, row, refused, email, actor)
    recipient = next((r for r in row.recipients if r.id == refused.recipient_id), None)
    is_held = refused.is_waiting and blocked.now_at(session, refused.address) is not None
    if recipient is None or not (refused.is_returned or is_held):
        raise RefusedError(lazy_gettext("Only a letter that was rejected can go to another address."))
    states.check("readdress", row.state)
    if has_accepted(session, recipient):
        raise RefusedError(f"{recipient.label} already has the letter.")
    mark = f"after:{refused.id}"
    if session.scalar(select(Delivery.id).where(Delivery.dedupe_key == office.key_of(row, recipient, mark))):
        why = "Someone else has already sent it to another address. Check that email."
        raise RefusedError(why)
    if is_held:
        deliveries.cancel_to(session, select(Letter.id).where(Letter.id == row.id), refused.kind, refused.address)
    made = next(d for d in renderings(session, row) if d.recipient_id == recipient.id)
    email = recipient.email = typed.address(email)
    history.append(session, row.id, actor, actions.RecipientAddressed(recipient=recipient.id, email=email))
    return office.queue(session, row, recipient, made, mark)
