"""The steps of a letter, from circulation to approval or withdrawal, as its machine allows them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from workflow import deliveries, documents, history
from workflow.campaigns import batches, conditions, four_eyes, notes, readers, telling
from workflow.campaigns.corrections import outlooks
from workflow.campaigns.lookup import has_left, locked_letter
from workflow.campaigns.notes import NO_WORDS
from workflow.campaigns.printing import fingerprint, footer_of, letterheads_printed, renderings, store
from workflow.campaigns.readers import Seen
from workflow.campaigns.tally import Tally, missing, tally, unaddressed
from workflow.campaigns.telling import Event
from workflow.clock import is_over
from workflow.errors import RefusedError
from workflow.history import Actor, actions
from workflow.letter import characters, code, typed
from workflow.mails import events
from workflow.models import Letter, Revision, now
from workflow.states import LetterFacts
from workflow.transaction import Transaction


def facts(
    session: Transaction, row: Letter, reason: str = "", previewed: str = "", counted: Tally | None = None
) -> LetterFacts:
    """Gather what the steps of a letter depend on; `counted` is its tally, where that is known already."""
    counted, print_ = counted or tally(session, row), fingerprint(row) if row.is_approved else ""
    asking = batches.asking(session, row.id) if row.is_open_for_sign_off else None
    left, accepted = has_left(session, row)
    return LetterFacts(
        text=bool(row.body.strip()),
        turned=any(map(characters.turns, _words(row))),
        recipients=len(row.recipients),
        unaddressed=tuple(r.label for r in row.recipients if not r.email)
        + unaddressed(session, row, counted.unaddressed),
        invitations=counted.listed,
        reason=reason,
        missing=missing(session, row, counted.missing),
        signed=counted.organisations,
        minimum=row.minimum,
        asked=asking.done if asking else 0,
        to_ask=asking.total if asking else 0,
        sent=left,
        documents=row.is_approved and len(renderings(session, row)) == len(row.recipients) > 0,
        previewed=bool(previewed) and previewed == print_,
        past_deadline=is_over(row.deadline),
        outstanding=tuple(r.label for r in row.recipients if r.id not in accepted),
    )


def _words(row: Letter) -> list[str]:
    printed = [line for recipient in row.recipients for line in recipient.printed().lines]
    return [row.subject, row.salutation, row.body, row.closing, *printed]


def circulate(
    session: Transaction, letter_id: str, actor: Actor, *, note: Mapping[str, str] = NO_WORDS, seen: Seen | None = None
) -> Letter:
    """
    Freeze the text and send it to the co-signers for review, with the coordinator's own words by language.

    `seen` is what was checked before; raises `ChangedError` where something else would be sent now.
    """
    row = locked_letter(session, letter_id)
    readers.check_seen(session, row, "circulate", seen)
    return _open(session, row, actions.LetterCirculated, actor, note)


def open_sign_off(
    session: Transaction,
    letter_id: str,
    actor: Actor,
    *,
    small_correction: bool = False,
    note: Mapping[str, str] = NO_WORDS,
    seen: Seen | None = None,
) -> Letter:
    """
    Freeze the text and ask the co-signers to sign it, with the coordinator's own words by language.

    With `small_correction`, those for whom it is one stay unless they object in time; the others are asked again.
    Raises `RefusedError` when there is no such rule, or it is a small correction for nobody; `ChangedError` where
    something else would be sent than was `seen`.
    """
    row = locked_letter(session, letter_id)
    readers.check_seen(session, row, "open_sign_off", seen)
    until = _objections_until(session, row) if small_correction else None
    return _open(session, row, actions.SignOffOpened, actor, note, until)


def _objections_until(session: Transaction, row: Letter) -> datetime:
    """Return when silence counts at the earliest; for each organisation its own hours must be over too."""
    hours = row.objection_hours
    why: list[str] = []
    if not hours:
        why.append("There is no rule for minor corrections. Set one under “Deadline and rules” first.")
    elif not row.is_draft:
        why.append("Only an edited version can be opened as a minor correction.")
    else:
        found = outlooks(session, row)
        if not any(outlook.stays for outlook in found):
            why.append("This is a minor correction for nobody who signed. Ask for signatures instead.")
            why += [f"{one.invitation.organisation.label}: {reason!s}" for one in found for reason in one.why]
    if why:
        raise RefusedError(*why)
    return history.moment(session) + timedelta(hours=hours)


def _open(
    session: Transaction,
    row: Letter,
    opened: type[actions.PutBefore],
    actor: Actor,
    note: Mapping[str, str],
    until: datetime | None = None,
) -> Letter:
    before = row.revision
    was_drafting = row.is_draft
    revision = _frozen(row) if was_drafting else before
    said = opened(
        revision=revision.number if revision else None,
        objections_until=until,
        objection_hours=None if until is None else row.objection_hours,
    )
    history.transition(session, row, said, facts(session, row), actor)
    row.objections_until = until
    if was_drafting:
        _freeze(session, row, actor)
    conditions.settle(session, row)
    act = opened.NAME.partition(".")[2]
    row.note_id = notes.add(session, row, act, note, actor)
    batches.begin(session, row, act, actor, "ask")
    return row


def _frozen(row: Letter) -> Revision | None:
    digest = row.text().digest()
    return next((r for r in row.revisions if r.digest == digest), None)


def _freeze(session: Transaction, row: Letter, actor: Actor) -> None:
    """Freeze the draft as a revision; the identical text of an earlier one is that revision again."""
    revision, moment = _frozen(row), history.moment(session)
    if revision is None:
        draft = row.text()
        revision = Revision(
            number=len(row.revisions) + 1, digest=draft.digest(), canonical=draft.canonical(), frozen_at=moment
        )
        row.revisions.append(revision)
        session.flush()
    row.revision_number = revision.number
    session.flush()
    session.expire(row, ["revision"])
    frozen = actions.RevisionFrozen(number=revision.number, digest=revision.digest)
    history.append(session, row.id, actor, frozen, at=moment)


def revise(session: Transaction, letter_id: str, reason: str, actor: Actor, *, seen: Seen | None = None) -> Letter:
    """
    Take the letter back to drafting; co-signers see that it is being revised, and why.

    Raises `ChangedError` where others would be told of it than was `seen`.
    """
    row = locked_letter(session, letter_id)
    telling.check_seen(session, row, "revise", seen)
    revise_locked(session, row, reason, actor)
    return row


def revise_locked(session: Transaction, row: Letter, reason: str, actor: Actor) -> None:
    """Take a letter back to drafting whose row is locked already."""
    reason = typed.block(reason, typed.REASON)
    revised = actions.LetterRevised(reason=reason)
    sequence = history.transition(session, row, revised, facts(session, row, reason=reason), actor)
    row.reason = reason
    row.dispatch_at, row.previewed, row.objections_until = None, "", None
    batches.end_asking(session, row)
    four_eyes.end_all(session, row)
    _let_go_of_mails(session, row)
    _tell(session, row, "revise", actor, Event(events.taken_back.kind, sequence or 0))


def approve(session: Transaction, letter_id: str, actor: Actor, *, seen: Seen | None = None) -> Letter:
    """
    Close sign-off; the documents are made next, by a job. Who was asked and has not answered is told.

    Raises `ChangedError` where others would be told of it than was `seen`.
    """
    row = locked_letter(session, letter_id)
    telling.check_seen(session, row, "approve", seen)
    dated = row.date or now().astimezone(ZoneInfo(row.timezone)).date()
    row.code = row.code or code.make()
    printed_on = sorted(store(session, sheet, documents.DOCX) for sheet in letterheads_printed(session, row))
    known = facts(session, row)
    footer = footer_of(row)
    approved = actions.LetterApproved(
        signed=known.signed,
        date=dated,
        letterheads=printed_on,
        code=row.code,
        qr=hashlib.sha256(documents.qr_code(footer.link)).hexdigest() if footer else "",
    )
    sequence = history.transition(session, row, approved, known, actor)
    row.date = dated
    _let_go_of_mails(session, row)
    session.enqueue("render", row.id)
    digest = row.revision.digest if row.revision else ""
    _tell(session, row, "approve", actor, Event(events.left_out.kind, sequence or 0, digest=digest))
    return row


def reopen(
    session: Transaction, letter_id: str, actor: Actor, *, note: Mapping[str, str] = NO_WORDS, seen: Seen | None = None
) -> Letter:
    """Go back from approved to sign-off; raises `ChangedError` where something else would be sent than was `seen`."""
    row = locked_letter(session, letter_id)
    readers.check_seen(session, row, "reopen", seen)
    reopen_locked(session, row, actor, note)
    # Whoever had lapsed and has time by a deadline that was moved meanwhile is told of it now.
    sequence = history.present_act(session, row.id) or 0
    _tell(session, row, "reopen", actor, Event(events.deadline_moved.kind, sequence, "reopened"))
    return row


def reopen_locked(session: Transaction, row: Letter, actor: Actor, note: Mapping[str, str] = NO_WORDS) -> None:
    """
    Reopen a letter whose row is locked already: also what a retraction does to an approved letter.

    Nobody could object while it was approved, so nobody's silence counts any more: they are asked.
    """
    history.transition(session, row, actions.SignOffReopened(), facts(session, row), actor)
    row.dispatch_at, row.previewed = None, ""
    row.note_id = notes.add(session, row, "reopen", note, actor) or row.note_id
    if row.objections_until is None:
        return
    row.objections_until = None
    batches.begin(session, row, "reopen", actor, "ask_again")


def withdraw(session: Transaction, letter_id: str, reason: str, actor: Actor, *, seen: Seen | None = None) -> Letter:
    """
    End the letter without sending it; everybody who was asked is told, with the reason.

    Raises `ChangedError` where others would be told of it than was `seen`.
    """
    row = locked_letter(session, letter_id)
    telling.check_seen(session, row, "withdraw", seen)
    reason = typed.block(reason, typed.REASON)
    withdrawn = actions.LetterWithdrawn(reason=reason)
    sequence = history.transition(session, row, withdrawn, facts(session, row, reason=reason), actor)
    row.reason = reason
    row.dispatch_at = None
    conditions.end_all(session, row)
    batches.end_asking(session, row)
    _let_go_of_mails(session, row)
    _tell(session, row, "withdraw", actor, Event(events.cancelled.kind, sequence or 0))
    return row


def told_of(row: Letter, trigger: str) -> Event | None:
    """Return what a step tells to whom it concerns besides those it asks; None: nothing."""
    kind = {"revise": events.taken_back, "withdraw": events.cancelled, "approve": events.left_out}.get(trigger)
    digest = row.revision.digest if row.revision and trigger == "approve" else ""
    return Event(kind.kind, 0, digest=digest) if kind else None


def _tell(session: Transaction, row: Letter, act: str, actor: Actor, event: Event) -> None:
    """Begin to tell an event, where it concerns anybody."""
    if telling.is_of_anybody(session, row, event):
        batches.begin(session, row, act, actor, "tell", telling=event.as_json())


def _let_go_of_mails(session: Transaction, row: Letter) -> None:
    """Cancel the mails that are not to be sent any more: a few now; of thousands the rest when mails are sent next."""
    session.flush()
    if deliveries.cancel_unwanted(session, row.id, batches.AT_ONCE) == batches.AT_ONCE:
        session.woken.add(row.id)
