"""
What of a campaign needs somebody now: how many of each kind, in which letters, and where it is done.

By few statements for any number of campaigns and letters. What the histories tell is kept until one of them grows.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    and_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)

from workflow.blocked import is_blocked
from workflow.clock import now
from workflow.languages import Message, lazy_ngettext
from workflow.models import (
    Comment,
    Delivery,
    IncomingMail,
    Intake,
    Invitation,
    JoinRequest,
    Letter,
    LogHead,
    Revision,
    Signoff,
)
from workflow.models.base import UtcDateTime
from workflow.pages.kept import Kept
from workflow.pages.staff import known_pages
from workflow.pages.staff.cosigner_list import is_open
from workflow.pages.staff.head import CALL, CHECK, COMMENTS, COSIGNERS, SEND, TEXT
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Something that needs somebody: what it is, in how many letters, and where it is done."""

    name: str
    label: Message
    address: str


@dataclass(frozen=True, slots=True)
class Kind:
    """What may need somebody: how it is said of a number, and the page of a letter where it is done."""

    label: Callable[[int], Message]
    pages: tuple[str, ...]
    show: str = ""
    """The filter of the page that shows it."""
    anchor: str = ""


TOLD = {
    "undelivered": Kind(
        lambda num: lazy_ngettext("%(num)s letter not delivered", "%(num)s letters not delivered", num), (TEXT,)
    ),
    "bounced": Kind(
        lambda num: lazy_ngettext("%(num)s email returned", "%(num)s emails returned", num), (COSIGNERS,), "bounced"
    ),
    "more_time": Kind(
        lambda num: lazy_ngettext("%(num)s asks for more time", "%(num)s ask for more time", num), (COSIGNERS,), "asked"
    ),
    "joining": Kind(
        lambda num: lazy_ngettext("%(num)s organisation wants to join", "%(num)s organisations want to join", num),
        (CALL,),
    ),
    "suggestions": Kind(
        lambda num: lazy_ngettext("%(num)s open suggestion", "%(num)s open suggestions", num), (COMMENTS,)
    ),
    "comments": Kind(lambda num: lazy_ngettext("%(num)s open comment", "%(num)s open comments", num), (COMMENTS,)),
    "odd": Kind(
        lambda num: lazy_ngettext("%(num)s signature to check", "%(num)s signatures to check", num), (COSIGNERS,), "odd"
    ),
}
"""What the histories tell: nothing of it changes without an entry."""

DUE = {
    "doubts": Kind(
        lambda num: lazy_ngettext("%(num)s letter to check", "%(num)s letters to check", num), (CHECK, TEXT)
    ),
    "replies": Kind(
        lambda num: lazy_ngettext("%(num)s email to read", "%(num)s emails to read", num), (COSIGNERS,), "asked"
    ),
    "to_send": Kind(
        lambda num: lazy_ngettext("%(num)s letter approved, not sent", "%(num)s letters approved, not sent", num),
        (SEND, TEXT),
    ),
    "to_close": Kind(
        lambda num: lazy_ngettext("%(num)s letter ready to close", "%(num)s letters ready to close", num),
        (TEXT,),
        anchor="step",
    ),
    "to_open": Kind(
        lambda num: lazy_ngettext("%(num)s letter reviewed by all", "%(num)s letters reviewed by all", num),
        (TEXT,),
        anchor="step",
    ),
    "drafts": Kind(lambda num: lazy_ngettext("%(num)s draft to finish", "%(num)s drafts to finish", num), (TEXT,)),
}
"""Letters whose next step is the coordinator's: some by time alone."""

KINDS = {**TOLD, **DUE}

Found = tuple[str, str, int, int, str]
"""A kind, a campaign, how many there are in how many letters, and one of these."""

_kept: Kept[tuple[str, int, int], tuple[Found, ...]] = Kept(256)


def of(session: Transaction, campaign_ids: Sequence[str]) -> dict[str, tuple[Need, ...]]:
    """Return what needs somebody in each of some campaigns, the most pressing first."""
    if not campaign_ids:
        return {}
    grown = {row.campaign_id: (row.campaign_id, row.letters, row.size or 0) for row in _sizes(session, campaign_ids)}
    keys = list(grown.values())
    told = _kept.get_all(keys, lambda missing: _told(session, missing))
    due = session.execute(_due(), {"campaigns": campaign_ids, "now": now()}).all()
    found: dict[tuple[str, str], Found] = {}
    for one in (*(row for rows in told.values() for row in rows), *map(tuple, due)):
        found[one[1], one[0]] = one
    return {
        campaign_id: tuple(_need(found[campaign_id, name]) for name in KINDS if (campaign_id, name) in found)
        for campaign_id in campaign_ids
    }


def letters_with(kind: str) -> ColumnElement[bool]:
    """Return the condition that a letter has something of a kind; `now` is a parameter of it."""
    rows = _rows()[kind].subquery()
    return Letter.id.in_(select(rows.c.letter_id))


def _need(found: Found) -> Need:
    name, campaign_id, number, letters, letter_id = found
    kind = KINDS[name]
    return Need(
        name=name,
        label=kind.label(number),
        address=_address(kind, letter_id)
        if letters == 1
        else url_for("campaigns.show", campaign_id=campaign_id, show=name, _anchor="letters"),
    )


def _address(kind: Kind, letter_id: str) -> str:
    return known_pages.address(*kind.pages, letter_id=letter_id, show=kind.show or None, _anchor=kind.anchor or None)


# --- asked of the database --------------------------------------------------------------------------------------------

CAMPAIGNS = bindparam("campaigns", expanding=True, type_=String())
NOW = bindparam("now", type_=UtcDateTime())


def _sizes(session: Transaction, campaign_ids: Sequence[str]) -> Sequence[Any]:
    """How many letters each campaign has, and how many entries their histories have together."""
    return session.execute(_sized(), {"campaigns": campaign_ids}).all()


@functools.cache
def _sized() -> Select[str, int, int]:
    return (
        select(Letter.campaign_id, func.count().label("letters"), func.sum(LogHead.size).label("size"))
        .outerjoin(LogHead, LogHead.letter_id == Letter.id)
        .where(Letter.campaign_id.in_(CAMPAIGNS))
        .group_by(Letter.campaign_id)
    )


def _told(
    session: Transaction, missing: Sequence[tuple[str, int, int]]
) -> Mapping[tuple[str, int, int], tuple[Found, ...]]:
    rows = session.execute(_asked(), {"campaigns": [key[0] for key in missing]}).all()
    return {key: tuple(tuple(row) for row in rows if row[1] == key[0]) for key in missing}


@functools.cache
def _asked() -> CompoundSelect[*tuple[Any, ...]]:
    return union_all(*(_counted(kind) for kind in TOLD))


@functools.cache
def _due() -> CompoundSelect[*tuple[Any, ...]]:
    return union_all(*(_counted(kind) for kind in DUE))


def _counted(kind: str) -> Select[*tuple[Any, ...]]:
    rows = _rows()[kind].where(Letter.campaign_id.in_(CAMPAIGNS)).subquery()
    return select(
        literal(kind),
        rows.c.campaign_id,
        func.count(),
        func.count(rows.c.letter_id.distinct()),
        func.min(rows.c.letter_id),
    ).group_by(rows.c.campaign_id)


@functools.cache
def _rows() -> dict[str, Select[*tuple[Any, ...]]]:
    """Return, for each kind, a row for each that there is of it."""
    of_letter = select(Letter.campaign_id, Letter.id.label("letter_id"))
    goes_on = ~Letter.is_closed
    invited = of_letter.join(Invitation, Invitation.letter_id == Letter.id)
    said = invited.join(Comment, Comment.invitation_id == Invitation.id).where(is_open(), goes_on)
    signed = invited.join(Signoff, Signoff.invitation_id == Invitation.id).join(
        Revision, and_(Revision.letter_id == Letter.id, Revision.number == Letter.revision_number)
    )
    asked = exists().where(Invitation.letter_id == Letter.id)
    is_over = and_(Letter.deadline.is_not(None), Letter.deadline <= NOW)
    to_check = exists().where(Intake.letter_id == Letter.id, Intake.unsettled > 0)
    is_new = and_(Letter.is_draft, Letter.revision_number.is_(None))
    return {
        "undelivered": of_letter.join(Delivery, Delivery.letter_id == Letter.id).where(
            Delivery.recipient_id.is_not(None), Delivery.is_undecided
        ),
        "bounced": _bounced(of_letter).where(goes_on),
        "more_time": invited.where(Letter.is_before_approval, Invitation.is_listed, Invitation.more_time != ""),
        "joining": of_letter.join(JoinRequest, JoinRequest.letter_id == Letter.id).where(JoinRequest.waits, goes_on),
        "suggestions": said.where(Comment.replaces.is_not(None)),
        "comments": said.where(Comment.replaces.is_(None)),
        "odd": signed.where(
            goes_on, Signoff.odd != "", Signoff.retracted_at.is_(None), Signoff.digest == Revision.digest
        ),
        "doubts": of_letter.where(is_new, to_check),
        "replies": of_letter.join(IncomingMail, IncomingMail.letter_id == Letter.id).where(
            IncomingMail.is_reply, IncomingMail.seen_at.is_(None), goes_on
        ),
        "to_send": of_letter.where(Letter.is_approved, Letter.dispatch_at.is_(None)),
        "to_close": of_letter.where(
            Letter.is_open_for_sign_off, or_(is_over, and_(asked, ~asked.where(Invitation.is_to_answer)))
        ),
        "to_open": of_letter.where(
            Letter.is_in_review,
            or_(is_over, and_(asked, ~asked.where(Invitation.is_invited, Invitation.verdict == ""))),
        ),
        "drafts": of_letter.where(Letter.is_draft, ~and_(is_new, to_check)),
    }


def _bounced(of_letter: Select[str, str]) -> Select[*tuple[Any, ...]]:
    """To whom an email to an address that it still has was refused, or came back: each once."""
    mailed = of_letter.add_columns(Invitation.id).join(Delivery, Delivery.letter_id == Letter.id)
    return (
        mailed.join(Invitation, Invitation.id == Delivery.invitation_id)
        .where(
            or_(Delivery.is_returned, is_blocked()),
            Delivery.address.in_((Invitation.email, Invitation.second_email)),
            Invitation.is_listed,
        )
        .distinct()
    )
