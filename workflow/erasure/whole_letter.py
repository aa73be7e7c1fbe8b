"""
Erasing a whole letter, once it is over: piece by piece, so that nobody waits, and a process that ends is gone on after.

One entry is appended before anything goes, one when all is gone: in between, each of it may be there or not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import CursorResult, delete, select, update

from workflow import blocked, deliveries, history
from workflow.erasure.in_letter import release_document
from workflow.history import Actor, actions
from workflow.history.audit.erased import EMPTY, ERASED
from workflow.models import (
    Base,
    BlockedAddress,
    Code,
    Contact,
    Delivery,
    Disclosure,
    Document,
    Intake,
    Invitation,
    InvitationContact,
    JoinRequest,
    KnownOrganisation,
    Letter,
    Link,
    MailSkeleton,
    OfficeReply,
    OpenCall,
    Organisation,
    PastedList,
    Rendering,
    Signoff,
    now,
)
from workflow.transaction import Transaction

MANY = 500
TABLES = Base.metadata.tables


def begin(session: Transaction, letter: Letter, ground: str, actor: Actor) -> None:
    """Say on the record that the letter is being erased, unless that was said; the letter is locked."""
    if not is_begun(session, letter.id):
        history.append(session, letter.id, actor, actions.LetterErased(ground=ground))


def is_begun(session: Transaction, letter_id: str) -> bool:
    """Whether a letter's history says that it is being erased."""
    t = TABLES["log_entries"].c
    query = select(t.sequence).where(t.letter_id == letter_id, t.action == actions.LetterErased.NAME)
    return session.scalar(query.limit(1)) is not None


def erase_some(session: Transaction, letter: Letter, ground: str, actor: Actor) -> dict[str, int]:
    """
    Erase some of a letter that is locked; returns how many of what, by table. Nothing is left when that is empty.

    Then the entry says so, and the letter is `erased_at`.
    """
    for what, some in _PIECES.items():
        number = some(session, letter.id)
        if number:
            session.expire_all()
            return {what: number}
    if letter.erased_at is None:
        moment = now()
        letter.erased_at, letter.legal_hold = moment, ""
        history.append(session, letter.id, actor, actions.LetterErased(ground=ground, done=True), moment)
    return {}


# --- what goes, some at a time ----------------------------------------------------------------------------------------


def _change(session: Transaction, table: str, which: Any, values: dict[str, Any]) -> int:
    """Give columns these values in rows that have others, in so many at most; returns in how many."""
    t = TABLES[table]
    key = t.c.sha256 if table == "documents" else t.c.id
    has_other = sa.or_(*(_differs(t.c[name], value) for name, value in values.items()))
    ids = list(session.scalars(select(key).where(which, has_other).limit(MANY)))
    if ids:
        emptied = {name: _emptied(t.c[name], value) for name, value in values.items()}
        session.execute(update(t).where(key.in_(ids)).values(emptied))
    return len(ids)


def _emptied(column: Any, value: Any) -> Any:
    """What held nothing goes on to hold nothing."""
    if value is None or not column.nullable:
        return value
    return sa.case((column.is_(None), sa.null()), else_=value)


def _differs(column: Any, value: Any) -> Any:
    if value is None:
        return column.is_not(None)
    if isinstance(value, (dict, list)):
        return sa.cast(column, sa.Text) != ("{}" if isinstance(value, dict) else "[]")
    return sa.and_(column.is_not(None), column != value)


def _remove(session: Transaction, model: Any, key: Any, *which: Any) -> int:
    """Delete so many rows at most; returns how many."""
    keys = list(session.scalars(select(key).where(*which).limit(MANY)))
    if not keys:
        return 0
    gone = delete(model).where(*which, key.in_(keys)).execution_options(synchronize_session=False)
    return cast("CursorResult[Any]", session.execute(gone)).rowcount


def _of(letter_id: str) -> Any:
    return select(Invitation.id).where(Invitation.letter_id == letter_id)


def _blanks(table: str, *besides: str, **more: Any) -> dict[str, Any]:
    """What the columns of a table hold once they were erased."""
    return {column: value for (of, column), value in EMPTY.items() if of == table and column not in besides} | more


def _asked(letter_id: str) -> Any:
    return select(Invitation.organisation_id).where(Invitation.letter_id == letter_id)


def _mails(session: Transaction, letter_id: str) -> int:
    deliveries.cancel_all(session, letter_id)
    keep: dict[str, Any] = {"sealed": None, "skeleton": None, "fills": {}}
    mine = TABLES["deliveries"].c.letter_id == letter_id
    known = TABLES["deliveries"].c
    named = update(TABLES["deliveries"]).where(mine, known.dedupe_key.not_like("erased:%"))
    session.execute(named.values(dedupe_key="erased:" + known.id))
    return _change(session, "deliveries", mine, _blanks("deliveries") | keep)


def _words(session: Transaction, letter_id: str) -> int:
    """Words that many emails shared, which no email is made from any more."""
    used = select(Delivery.skeleton).where(Delivery.skeleton == MailSkeleton.sha256)
    return _remove(session, MailSkeleton, MailSkeleton.sha256, ~used.exists())


def _documents(session: Transaction, letter_id: str) -> int:
    """The documents, and the images that no other letter shows."""
    made = sa.union(
        select(Rendering.docx_sha256).where(Rendering.letter_id == letter_id),
        select(Rendering.pdf_sha256).where(Rendering.letter_id == letter_id, Rendering.pdf_sha256.is_not(None)),
        select(Signoff.image_sha256).where(
            Signoff.invitation_id.in_(_of(letter_id)), Signoff.image_sha256.is_not(None)
        ),
        select(Organisation.logo_sha256).where(
            Organisation.id.in_(_asked(letter_id)), Organisation.logo_sha256.is_not(None)
        ),
        select(OfficeReply.document_sha256).where(
            OfficeReply.letter_id == letter_id, OfficeReply.document_sha256.is_not(None)
        ),
    ).subquery()
    elsewhere = (
        select(Signoff.id).where(Signoff.image_sha256 == Document.sha256, Signoff.invitation_id.not_in(_of(letter_id))),
        select(Organisation.id).where(
            Organisation.logo_sha256 == Document.sha256, Organisation.id.not_in(_asked(letter_id))
        ),
        select(KnownOrganisation.id).where(KnownOrganisation.logo_sha256 == Document.sha256),
        select(OfficeReply.id).where(
            OfficeReply.document_sha256 == Document.sha256, OfficeReply.letter_id != letter_id
        ),
    )
    query = select(Document.sha256).where(
        Document.sha256.in_(select(made.c[0])) | Document.sha256.in_(_added(session, letter_id)),
        sa.func.length(Document.content) > 0,
        *(~shown.exists() for shown in elsewhere),
    )  # fmt: skip
    found = list(session.scalars(query.limit(MANY)))
    for sha256 in found:
        release_document(session, sha256)
    return len(found)


def _added(session: Transaction, letter_id: str) -> list[str]:
    """The documents of its addendum, as often as it was made."""
    t = TABLES["log_entries"].c
    made = select(t.sequence).where(t.letter_id == letter_id, t.action == actions.AddendumMade.NAME)
    entries = history.entries_at(session, letter_id, list(session.scalars(made))).values()
    sets = [one for entry in entries for one in entry.about["documents"].values()]
    return [one[kind] for one in sets for kind in ("docx", "pdf") if one.get(kind)]


def _texts(session: Transaction, letter_id: str) -> int:
    mine = TABLES["revisions"].c.letter_id == letter_id
    return _change(session, "revisions", mine, {"canonical": b""})


def _letter(session: Transaction, letter_id: str) -> int:
    more = {"note_draft": {}, "folded": ""}
    return _change(session, "letters", TABLES["letters"].c.id == letter_id, _blanks("letters", **more))


def _recipients(session: Transaction, letter_id: str) -> int:
    return _change(session, "recipients", TABLES["recipients"].c.letter_id == letter_id, _blanks("recipients"))


def _organisations(session: Transaction, letter_id: str) -> int:
    mine = _asked(letter_id)
    values = _blanks("organisations", folded="", known_id=None)
    return _change(session, "organisations", TABLES["organisations"].c.id.in_(mine), values)


def _invitations(session: Transaction, letter_id: str) -> int:
    values = _blanks("invitations", contact_name="", more_time="", folded="")
    return _change(session, "invitations", TABLES["invitations"].c.letter_id == letter_id, values)


def _links(session: Transaction, letter_id: str) -> int:
    t = TABLES["links"]
    mine = t.c.invitation_id.in_(_of(letter_id))
    session.execute(update(t).where(mine, t.c.revoked_at.is_(None)).values(revoked_at=now()))
    return _change(session, "links", mine, _blanks("links", networks=[], fetched_at=None, fetched_by=""))


def _proposals(session: Transaction, letter_id: str) -> int:
    mine = TABLES["proposals"].c.invitation_id.in_(_of(letter_id))
    return _change(session, "proposals", mine, _blanks("proposals"))


def _other_contacts(session: Transaction, letter_id: str) -> int:
    mine = TABLES["invitation_contacts"].c.invitation_id.in_(_of(letter_id))
    return _change(session, "invitation_contacts", mine, _blanks("invitation_contacts"))


def _conditions(session: Transaction, letter_id: str) -> int:
    mine = TABLES["conditional_signoffs"].c.invitation_id.in_(_of(letter_id))
    return _change(session, "conditional_signoffs", mine, _blanks("conditional_signoffs"))


def _signoffs(session: Transaction, letter_id: str) -> int:
    values = _blanks("signoffs", odd="", folded="")
    return _change(session, "signoffs", TABLES["signoffs"].c.invitation_id.in_(_of(letter_id)), values)


def _comments(session: Transaction, letter_id: str) -> int:
    return _change(session, "comments", TABLES["comments"].c.invitation_id.in_(_of(letter_id)), _blanks("comments"))


def _codes(session: Transaction, letter_id: str) -> int:
    links = select(Link.id).where(Link.invitation_id.in_(_of(letter_id)))
    session.execute(delete(Code).where(Code.link_id.in_(links), Code.used_at.is_(None)))
    return _change(session, "codes", TABLES["codes"].c.link_id.in_(links), {"browser": ""})


def _notes(session: Transaction, letter_id: str) -> int:
    return _change(session, "notes", TABLES["notes"].c.letter_id == letter_id, _blanks("notes"))


def _replies(session: Transaction, letter_id: str) -> int:
    mine = TABLES["office_replies"].c.letter_id == letter_id
    return _change(session, "office_replies", mine, _blanks("office_replies"))


def _salts(session: Transaction, letter_id: str) -> int:
    of_letter = {table: TABLES[table].c.letter_id == letter_id for table in ("renderings", "addenda")}
    return sum(_change(session, table, mine, {"names_salt": None}) for table, mine in of_letter.items())


def _requests(session: Transaction, letter_id: str) -> int:
    """Who asked to join, and what the public page said."""
    call = session.get(OpenCall, letter_id)
    if call is not None and call.words:
        call.words = ""
    said = ("acronym", "country", "website", "title", "email", "language", "words", "reason", "folded")
    values = {"organisation": ERASED, "name": ERASED, **dict.fromkeys(said, "")}
    mine = TABLES["join_requests"].c.letter_id == letter_id
    return _change(session, "join_requests", mine, values)


def _incoming(session: Transaction, letter_id: str) -> int:
    """What came in by mail: that something did, the history tells."""
    values: dict[str, Any] = {"sender": "", "subject": "", "sealed": None, "found": {}}
    return _change(session, "incoming_mails", TABLES["incoming_mails"].c.letter_id == letter_id, values)


def _blocks(session: Transaction, letter_id: str) -> int:
    """Addresses that nothing is sent to, and that stand nowhere any more; what a mail server said of its mails."""
    mine = select(Delivery.id).where(Delivery.letter_id == letter_id)
    said = update(BlockedAddress).where(BlockedAddress.delivery_id.in_(mine), BlockedAddress.words != "")
    session.execute(said.values(words=""))
    address = BlockedAddress.address
    columns = (
        Delivery.address, Invitation.email, Invitation.second_email, InvitationContact.email, Link.email, Contact.email,
        JoinRequest.email,
    )  # fmt: skip
    elsewhere = [~select(column).where(sa.func.lower(column) == address).exists() for column in columns]
    left = select(BlockedAddress).where(address.like("%@%"), *elsewhere)
    found = session.scalars(left.limit(MANY)).all()
    for one in found:
        blocked.erase(session, one)
    return len(found)


def _pasted(session: Transaction, letter_id: str) -> int:
    lists = _remove(session, PastedList, PastedList.id, PastedList.letter_id == letter_id)
    return lists + _remove(session, Intake, Intake.id, Intake.letter_id == letter_id)


def _openings(session: Transaction, letter_id: str) -> int:
    return _remove(session, Disclosure, Disclosure.sequence, Disclosure.letter_id == letter_id)


_PIECES: dict[str, Callable[[Transaction, str], int]] = {
    "emails": _mails,
    "shared words": _words,
    "documents": _documents,
    "texts": _texts,
    "recipients": _recipients,
    "signatures": _signoffs,
    "agreements": _conditions,
    "comments": _comments,
    "links": _links,
    "codes": _codes,
    "contacts": _other_contacts,
    "proposals": _proposals,
    "invitations": _invitations,
    "organisations": _organisations,
    "notes": _notes,
    "replies": _replies,
    "salts": _salts,
    "requests to join": _requests,
    "emails that came in": _incoming,
    "blocked addresses": _blocks,
    "sources": _pasted,
    "letter": _letter,
    "openings": _openings,
}
"""What goes, in this order: what opens the history last, so that what goes before it can still be looked up."""
