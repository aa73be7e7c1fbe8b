"""Erasing somebody in one letter: some of it in each transaction, with the entry that says which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import delete, select, update

from workflow import deliveries, history
from workflow.campaigns import lists
from workflow.erasure.person import Person
from workflow.erasure.share import Reading, Share, known_in, share_of
from workflow.history import Actor, actions
from workflow.history.audit.erased import ERASED, due
from workflow.history.audit.replay import replay
from workflow.letter import text as texts
from workflow.models import (
    Base,
    Code,
    Delivery,
    Disclosure,
    Document,
    IncomingMail,
    Intake,
    Invitation,
    InvitationContact,
    JoinRequest,
    Letter,
    Link,
    MailSkeleton,
    OpenCall,
    Organisation,
    PastedList,
    Signoff,
    now,
)
from workflow.transaction import Transaction

MANY = 400
"""So many entries, and emails, in one transaction at most: an entry names each of them."""

HOLD, OPEN, SENDING, WAITING = "hold", "open", "sending", "waiting"
"""
Why a letter, or something of it, is left as it is: a legal hold; somebody is still asked there; an email to them is
just being sent; one to somebody else that names them waits to be.
"""


def why_left(letter: Letter, person: Person, session: Transaction) -> str:
    """Return why nothing of somebody is erased in a letter, a word of the program; empty: it may be."""
    if letter.legal_hold:
        return HOLD
    if letter.is_sent or letter.is_withdrawn:
        return ""
    asked = select(Invitation.id).where(Invitation.letter_id == letter.id)
    asked = asked.where(sa.or_(Invitation.is_to_answer, Invitation.can_count))
    others = select(InvitationContact.invitation_id).where(
        sa.func.lower(InvitationContact.email) == person.address, InvitationContact.removed_at.is_(None)
    )
    mine = (sa.func.lower(one) == person.address for one in _ADDRESSES)
    asked = asked.where(sa.or_(*mine, Invitation.id.in_(others)))
    recipient = any(person.is_at(one.email) for one in letter.recipients)
    copied = any(map(person.is_at, letter.copies))
    if recipient or copied or session.scalar(asked.limit(1)) is not None or _stands(session, letter, person):
        return OPEN
    return ""


def _stands(session: Transaction, letter: Letter, person: Person) -> bool:
    """Whether they signed where another is the contact by now: that name is going to be printed."""
    signed = share_of(Reading(session, letter), person, documents=False).signoffs
    query = select(Signoff.id).join(Invitation, Invitation.id == Signoff.invitation_id)
    query = query.where(Invitation.letter_id == letter.id, sa.or_(Invitation.is_to_answer, Invitation.can_count))
    return (
        session.scalar(query.where(Signoff.sequence.in_(signed), Signoff.retracted_at.is_(None)).limit(1)) is not None
    )


_ADDRESSES: tuple[Any, ...] = (Invitation.email, Invitation.second_email)


def erase_some(
    session: Transaction, letter: Letter, person: Person, ground: str, actor: Actor, *, documents: bool
) -> tuple[bool, Share]:
    """
    Erase somebody in a letter that is locked, as much as one transaction does; returns whether all was, and what.

    `why_left` was asked in the same transaction.
    """
    deliveries.cancel_all_to(session, letter.id, person.address)
    reading = Reading(session, letter)
    person = known_in(reading, person)
    share = share_of(reading, person, documents=documents)
    whole = len(share.entries) <= MANY and max(len(share.deliveries), len(share.mails)) <= MANY
    some = share if whole else _first(share)
    _erase_besides(session, reading, share, person)
    if not some.is_empty:
        erase_told(session, reading, some)
        record(session, letter, some, ground, actor)
    if whole:
        _drop_words(session, person)
    return whole, some


def _first(share: Share) -> Share:
    """Return as much as one transaction does."""
    entries = set(sorted(share.entries)[:MANY])
    kept = {number: parts for number, parts in share.kept.items() if int(number) in entries}
    return Share(
        entries=entries, kept=kept, deliveries=share.deliveries[:MANY], mails=share.mails[:MANY],
        documents=share.documents, held=share.held, signoffs=share.signoffs,
    )  # fmt: skip


def record(session: Transaction, letter: Letter, share: Share, ground: str, actor: Actor) -> None:
    """Say in the history what was erased."""
    erased = actions.PersonErased(
        entries=sorted(share.entries),
        ground=ground,
        deliveries=tuple(share.deliveries),
        mails=tuple(share.mails),
        documents=tuple(sorted(share.documents)),
        kept=share.kept or None,
    )
    history.append(session, letter.id, actor, erased)


# --- what entries tell ------------------------------------------------------------------------------------------------


def erase_told(session: Transaction, reading: Reading, share: Share) -> None:
    """Empty each column that these entries told last, delete what opens them, and the bytes of emails and documents."""
    opened = {number: told for number, told in reading.opened.items() if number not in share.entries}
    told = replay(session.tokens, reading.log, opened)
    session.flush()
    changed: dict[tuple[str, str], dict[str, Any]] = {}
    for (table, key, column), value in due(told, share.entries, share.kept, share.documents).items():
        changed.setdefault((table, key), {})[column] = value
    for (table, key), values in changed.items():
        _write(session, reading.letter, table, key, values)
    _erase_mails(session, share)
    gone = delete(Disclosure).where(Disclosure.letter_id == reading.letter.id)
    _in_parts(session, gone, Disclosure.sequence, sorted(share.entries))
    for sha256 in sorted(share.documents):
        release_document(session, sha256)
    session.expire_all()


def _write(session: Transaction, letter: Letter, table: str, key: str, values: dict[str, Any]) -> None:
    t = Base.metadata.tables[table]
    which = t.c.id == key
    if table in ("signoffs", "conditional_signoffs", "proposals"):
        mine = select(Invitation.id).where(Invitation.letter_id == letter.id)
        which = sa.and_(t.c.sequence == int(key), t.c.invitation_id.in_(mine))
    session.execute(update(t).where(which).values(values))
    folded = FOLDED_FROM.get(table)
    if folded is not None:
        row = session.execute(select(t.c.id, *(t.c[name] for name in folded)).where(which)).one_or_none()
        if row is not None:
            again = texts.folded(*(one or "" for one in row[1:]))
            session.execute(update(t).where(t.c.id == row.id).values(folded=again))


FOLDED_FROM = {
    "organisations": ("name", "acronym"),
    "invitations": ("signatory", "email", "second_email"),
    "signoffs": ("name",),
}
"""What a search compares is made from these."""


def _erase_mails(session: Transaction, share: Share) -> None:
    without_bytes: dict[str, Any] = {"sealed": None, "skeleton": None, "fills": {}}
    # What keeps a mail from being queued twice may name whom it was to.
    emptied = {**without_bytes, "address": ERASED, "about": {}, "answer": "", "dedupe_key": "erased:" + Delivery.id}
    for ids, values in ((share.deliveries, emptied), (share.mails, without_bytes)):
        _in_parts(session, update(Delivery).values(values), Delivery.id, ids)


def _in_parts(session: Transaction, statement: Any, column: Any, ids: Sequence[Any]) -> None:
    for begin in range(0, len(ids), MANY):
        some = statement.where(column.in_(ids[begin : begin + MANY]))
        session.execute(some.execution_options(synchronize_session=False))


def release_document(session: Transaction, sha256: str) -> None:
    """Delete stored bytes, and take them off the rows that show them; what names them by their SHA-256 stays."""
    hold = {"synchronize_session": False}
    for shows in (Signoff.image_sha256, Organisation.logo_sha256):
        session.execute(update(shows.class_).where(shows == sha256).values({shows: None}), execution_options=hold)
    session.execute(update(Document).where(Document.sha256 == sha256).values(content=b""), execution_options=hold)


def _drop_words(session: Transaction, person: Person) -> None:
    """Delete the words that many emails shared, where they name somebody: no email is made from them any more."""
    used = select(Delivery.id).where(Delivery.skeleton == MailSkeleton.sha256)
    left = select(MailSkeleton.sha256, MailSkeleton.content).where(~used.exists())
    naming = [
        sha256
        for sha256, content in session.execute(left)
        if person.is_named_in(bytes(content).decode("utf-8", "replace"))
    ]
    _in_parts(session, delete(MailSkeleton), MailSkeleton.sha256, naming)


# --- what no entry tells ----------------------------------------------------------------------------------------------


def _forget_links(session: Transaction, ids: Sequence[str]) -> None:
    """Forget how links were used, and end them; so of the codes that were asked for by them."""
    forgotten: dict[str, Any] = {"networks": [], "fetched_at": None, "fetched_by": ""}
    session.execute(update(Link).where(Link.id.in_(ids)).values(forgotten))
    session.execute(update(Link).where(Link.id.in_(ids), Link.revoked_at.is_(None)).values(revoked_at=now()))
    session.execute(delete(Code).where(Code.link_id.in_(ids), Code.used_at.is_(None)))
    session.execute(update(Code).where(Code.link_id.in_(ids)).values(browser=""))
    session.execute(update(Signoff).where(Signoff.link_id.in_(ids)).values(odd=""))


def _erase_besides(session: Transaction, reading: Reading, share: Share, person: Person) -> None:
    """How links were used, codes, requests, what was pasted or taken in, words that are still being written."""
    letter = reading.letter
    for invitation_id, until in share.held.items():
        links = [Link.invitation_id == invitation_id]
        if until is None:
            current = update(Invitation).where(Invitation.id == invitation_id)
            session.execute(current.values(contact_name="", more_time=""))
        else:
            links.append(Link.created_at <= until)
        ids = list(session.scalars(select(Link.id).where(*links)))
        _forget_links(session, ids)
    _forget_links(session, sorted(share.links))
    named = update(Invitation).where(Invitation.letter_id == letter.id, Invitation.contact_name != "")
    for name in set(session.scalars(select(Invitation.contact_name).where(Invitation.letter_id == letter.id))):
        if name and person.is_named_in(name):
            session.execute(named.where(Invitation.contact_name == name).values(contact_name=""))
    _erase_requests(session, letter, person)
    _erase_incoming(session, letter, person)
    if person.is_named_in(letter.note_draft):
        letter.note_draft = {}
    for pasted in session.scalars(select(PastedList).where(PastedList.letter_id == letter.id)):
        if person.is_named_in(lists.said_in(session, pasted)):
            session.delete(pasted)
    for intake in session.scalars(select(Intake).where(Intake.letter_id == letter.id)):
        if any(map(person.is_named_in, (intake.source, intake.parts, intake.doubts, intake.name))):
            session.delete(intake)
    session.flush()


def _erase_requests(session: Transaction, letter: Letter, person: Person) -> None:
    """What somebody asked when their organisation was to join, and what names them on the public page."""
    call = session.get(OpenCall, letter.id)
    if call is not None and person.is_named_in(call.words):
        call.words = ""
    for request in session.scalars(select(JoinRequest).where(JoinRequest.letter_id == letter.id)):
        if person.is_at(request.email):
            _forget_request(session, request)
        elif person.is_named_in((request.name, request.words, request.reason)):
            request.words, request.reason = "", ""
            request.name = ERASED if person.is_named_in(request.name) else request.name
            request.folded = texts.folded(request.organisation, request.acronym, request.name, request.email)


def _erase_incoming(session: Transaction, letter: Letter, person: Person) -> None:
    """What somebody wrote by mail, and what others wrote that names them; that it came, the history tells."""
    for incoming in session.scalars(select(IncomingMail).where(IncomingMail.letter_id == letter.id)):
        words = session.tokens.decrypt(incoming.sealed).decode() if incoming.sealed else ""
        said = (incoming.sender, incoming.subject, incoming.found, words)
        if any(map(person.is_named_in, said)):
            incoming.sender, incoming.subject, incoming.sealed, incoming.found = "", "", None, {}


def _forget_request(session: Transaction, request: JoinRequest) -> None:
    """Delete a request that nobody has confirmed; of another, which the history names, empty what it says."""
    if request.is_unconfirmed:
        session.delete(request)
        return
    request.organisation, request.name = ERASED, ERASED
    for column in ("acronym", "country", "website", "title", "email", "language", "words", "reason", "folded"):
        setattr(request, column, "")
