"""
One event told to everybody whom it concerns, as the letter and each organisation stand: each person once.

Whoever is the contact of several organisations gets one email, that of the organisation with most to do. Here is who is
told, counted before and written to afterwards, piece by piece where they are many (`batches`).
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, exists, func, or_, select, true, union

from workflow.campaigns import contacts, rounds
from workflow.campaigns.readers import Seen, compare, mark
from workflow.history import actions
from workflow.mails import events
from workflow.mails.addendum import addendum_copy
from workflow.mails.afterwards import office_replied
from workflow.mails.events import GROUPS, Group, ToTell
from workflow.mails.registry import MAILS
from workflow.models import (
    AGREED,
    Delivery,
    Invitation,
    InvitationContact,
    Letter,
    Link,
    LogEntry,
    Organisation,
    Signoff,
    now,
)
from workflow.states.deadlines import due
from workflow.states.invitation import ASKED, LAPSED, SIGNED, TO_CONFIRM
from workflow.transaction import Transaction

AFTERWARDS = (addendum_copy.kind, office_replied.kind)
"""What those are told whose signatures stand on what was sent."""

STANDS = {**dict.fromkeys(ASKED, "asked"), **dict.fromkeys(TO_CONFIRM, "to_confirm"), **dict.fromkeys(SIGNED, "signed")}


class Of(NamedTuple):
    """An invitation that was written to, as it stands."""

    id: str
    organisation: str
    email: str
    state: str
    deadline: datetime | None
    has_signed: bool
    """It has given a sign-off, for whichever text, and neither taken it back nor said no since."""
    agreed: bool
    """It has agreed to sign with a change."""


@dataclass(frozen=True, slots=True)
class Event:
    """What is told: the kind of email, the number of its entry, and what decides who is concerned."""

    kind: str
    sequence: int
    how: str = ""
    before: str = ""
    """Of a deadline: the letter's that held before; empty: none."""
    digest: str = ""
    """Of an approval: the text that was approved."""
    only: str = ""
    """The invitation that it is about; empty: all of the letter."""
    about: Mapping[str, Any] = field(default_factory=dict)
    """Of what comes after a letter was sent: what its email says besides."""
    supposed: tuple[datetime | None, ...] = ()
    """Of a deadline that is not moved yet: where it would be; empty: where the letter has it."""

    def as_json(self) -> dict[str, Any]:
        """Return it as a batch keeps it."""
        names = ("kind", "sequence", "how", "before", "digest", "only", "about")
        return {name: getattr(self, name) for name in names}

    def as_if(self, deadline: datetime | None) -> Event:
        """Return the same, as if the deadline of the letter were this one."""
        return dataclasses.replace(self, supposed=(deadline,))

    def concerns(self, row: Letter, one: Of) -> Group | None:
        """Return as what an organisation is told; None: it is not concerned."""
        return CONCERNED[self.kind](self, row, one) if self.only in ("", one.id) else None

    def own(self, row: Letter, one: Of) -> dict[str, Any]:
        """Return what the email to one organisation says besides."""
        if self.kind in AFTERWARDS:
            return dict(self.about)
        if self.kind not in (events.deadline_moved.kind, events.confirm_soon.kind):
            # As it is told: the reason of a letter may be another one when the email is written.
            reason = {} if self.kind == events.left_out.kind else {"reason": row.reason}
            return reason | ({"digest": self.digest} if self.digest else {})
        before, after = self.moments(row, one)
        agreed = {"agreed": True} if one.agreed else {}
        if self.kind == events.confirm_soon.kind:
            return {"after": _said(after), **agreed}
        return agreed | {"how": self.how, "before": _said(before), "after": _said(after)}

    def moments(self, row: Letter, one: Of) -> tuple[datetime | None, datetime | None]:
        """Return by when an organisation had to answer before a deadline moved, and has to now."""
        before = datetime.fromisoformat(self.before) if self.before else None
        after = due(self.supposed[0] if self.supposed else row.deadline, one.deadline)
        return (before if self.only else due(before, one.deadline)), after


def _said(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _of_deadline(event: Event, row: Letter, one: Of) -> Group | None:
    """Whose deadline it is: a later one of its own stays."""
    before, after = event.moments(row, one)
    if event.how == "reopened" and one.state not in LAPSED:
        return None
    if one.state in LAPSED:
        return "revived" if after is None or after > now() else None
    return _stands(one) if before != after else None


def _of_lapse(event: Event, row: Letter, one: Of) -> Group | None:
    return "to_confirm" if one.state in TO_CONFIRM else None


def _of_end(event: Event, row: Letter, one: Of) -> Group | None:
    """Everybody who was asked, whatever they have answered."""
    return _stands(one) or "asked"


def _of_taking_back(event: Event, row: Letter, one: Of) -> Group | None:
    return "signed" if one.has_signed and _stands(one) in ("signed", "to_confirm") else None


def _of_approval(event: Event, row: Letter, one: Of) -> Group | None:
    """Who was asked and has neither signed this text nor said no."""
    if one.state in LAPSED:
        return "to_confirm" if one.has_signed else "agreed" if one.agreed else "asked"
    group = _stands(one)
    return group if group != "signed" else None


def _of_news(event: Event, row: Letter, one: Of) -> Group | None:
    """Whose signature stands."""
    return "signed" if one.state in SIGNED else None


def _stands(one: Of) -> Group | None:
    found = STANDS.get(one.state)
    group: Group | None = next((group for group in GROUPS if group == found), None)
    return "agreed" if group == "asked" and one.agreed else group


CONCERNED = {
    events.deadline_moved.kind: _of_deadline,
    events.confirm_soon.kind: _of_lapse,
    events.cancelled.kind: _of_end,
    events.taken_back.kind: _of_taking_back,
    events.left_out.kind: _of_approval,
    **dict.fromkeys(AFTERWARDS, _of_news),
}
"""Whom each event concerns."""


# --- who it is --------------------------------------------------------------------------------------------------------


LINKED = exists().where(Link.invitation_id == Invitation.id, Link.purpose == "answer")
"""Whether an invitation was written to: it has had a link."""
_INVITED_AGAIN = (
    select(func.max(LogEntry.sequence))
    .where(LogEntry.letter_id == Invitation.letter_id, LogEntry.invitation_id == Invitation.id)
    .where(LogEntry.action == actions.InvitationReinvited.NAME)
    .correlate(Invitation)
    .scalar_subquery()
)
STOOD = exists().where(
    Signoff.invitation_id == Invitation.id,
    Signoff.retracted_at.is_(None),
    Signoff.sequence > func.coalesce(_INVITED_AGAIN, -1),
)
"""Whether a sign-off was given for it, for whichever text, and not taken back, since it was last invited again."""


class Person(NamedTuple):
    """Somebody who is told, once."""

    address: str
    one: Of
    group: Group
    of: tuple[str, ...]
    is_first: bool
    contact_id: str | None
    """Which of the other contacts of the organisation they are."""


def _written_to(letter_id: str, *these: ColumnElement[bool]) -> Any:
    """Those of a letter that were written to, and whose invitation was not taken back."""
    columns = (Invitation.id, Organisation.name, Invitation.email, Invitation.state, Invitation.deadline, STOOD, AGREED)
    query = select(*columns).join(Organisation, Organisation.id == Invitation.organisation_id)
    return query.where(Invitation.letter_id == letter_id, Invitation.is_listed, LINKED, *these).order_by(
        Invitation.position
    )


def read(session: Transaction, row: Letter, *these: ColumnElement[bool]) -> list[Of]:
    """Return the organisations of a letter that were written to, in their order."""
    session.flush()
    return [Of(*one) for one in session.execute(_written_to(row.id, *these))]


def concerned(session: Transaction, row: Letter, event: Event) -> list[Person]:
    """Return everybody whom an event concerns, each once."""
    return _persons(session, row, event, read(session, row))


def _persons(session: Transaction, row: Letter, event: Event, found: Sequence[Of]) -> list[Person]:
    """Gather organisations by who is written to, with the one first of which there is most to say."""
    groups = {one.id: group for one in found if (group := event.concerns(row, one))}
    known = contacts.addresses(session, list(groups))
    others = contacts.others(session, list(groups))
    by_address: defaultdict[str, list[tuple[int, int, str, Of]]] = defaultdict(list)
    for place, one in enumerate(found):
        for email in known.get(one.id, ()):
            by_address[email.lower()].append((GROUPS.index(groups[one.id]), place, email, one))
    persons = []
    for these in by_address.values():
        _, _, email, one = min(these, key=lambda each: each[:2])
        of = tuple(each[3].id for each in sorted(these, key=lambda each: each[1]))
        is_first = email.lower() == one.email.lower()
        who = [other.id for other in others.get(one.id, ()) if other.email.lower() == email.lower() and not is_first]
        persons.append(Person(email, one, groups[one.id], of, is_first, who[0] if who else None))
    return persons


def _who_share(session: Transaction, row: Letter, ids: Sequence[str]) -> ColumnElement[bool]:
    """These invitations, and those of the letter that have a contact of theirs."""
    emails = {email.lower() for emails in contacts.addresses(session, ids).values() for email in emails}
    others = select(InvitationContact.invitation_id).join(InvitationContact.invitation)
    others = others.where(Invitation.letter_id == row.id, InvitationContact.removed_at.is_(None))
    others = others.where(func.lower(InvitationContact.email).in_(emails)).correlate(None)
    own = or_(func.lower(Invitation.email).in_(emails), func.lower(Invitation.second_email).in_(emails))
    return or_(Invitation.id.in_(ids), own, Invitation.id.in_(others))


def is_of_anybody(session: Transaction, row: Letter, event: Event) -> bool:
    """Whether an event concerns anybody."""
    return any(event.concerns(row, one) is not None for one in read(session, row))


def numbers(session: Transaction, row: Letter) -> dict[str, int]:
    """Return how many people hear of a letter that is taken back, cancelled or approved, by the step."""
    unanswered = or_(Invitation.is_invited, Invitation.is_to_confirm, Invitation.has_lapsed)
    who = {"revise": STOOD & Invitation.can_count, "withdraw": true(), "approve": unanswered}
    asked = select(*(_addressed(row, these).label(step) for step, these in who.items()))
    return dict(session.execute(asked).one()._mapping)


def check_seen(session: Transaction, row: Letter, step: str, seen: Seen | None) -> None:
    """Raise `ChangedError` where a step on a letter that is locked would tell others than was seen."""
    if seen is not None:
        compare(seen, numbers(session, row)[step], mark(row))


def _addressed(row: Letter, these: ColumnElement[bool]) -> Any:
    """How many different addresses the people of these invitations have that were written to."""
    of = (Invitation.letter_id == row.id, Invitation.is_listed, LINKED, these)
    emails = (Invitation.email, Invitation.second_email)
    others = select(func.lower(InvitationContact.email).label("email")).join(InvitationContact.invitation)
    every = union(
        *(select(func.lower(email).label("email")).where(*of, email != "") for email in emails),
        others.where(*of, InvitationContact.removed_at.is_(None)),
    ).subquery()
    return select(func.count()).select_from(every).scalar_subquery()


# --- telling ----------------------------------------------------------------------------------------------------------


def tell(session: Transaction, row: Letter, ids: Sequence[str], event: Event, under: str = "") -> int:
    """
    Queue what an event has to tell to the people of these invitations, who were not told of it; returns how many.

    The letter is locked. Whoever has a link gets no other one; an organisation that has none gets one. `under` is what
    the dedupe keys begin with where no entry tells the event.
    """
    if not ids:
        return 0
    found = read(session, row, _who_share(session, row, ids))
    persons = _persons(session, row, event, found)
    under = under or f"event:{event.sequence}:{row.id}"
    keyed = {f"{under}:{one.address.lower()}": one for one in persons}
    told = set(session.scalars(select(Delivery.dedupe_key).where(Delivery.dedupe_key.in_(list(keyed)))))
    heard = _heard_before(session, event, [of for one in persons for of in one.of])
    due_now = {
        key: one
        for key, one in keyed.items()
        if key not in told and heard.isdisjoint((of, one.address.lower()) for of in one.of)
    }
    links = own_links(session, row, [one.one.id for one in due_now.values()])
    posts = [
        (
            key,
            ToTell(
                one.address,
                one.one.id,
                one.group,
                links.get((one.one.id, one.address.lower()), ""),
                one.is_first,
                one.of,
                one.contact_id,
                event.own(row, one.one),
            ),
        )
        for key, one in due_now.items()
    ]
    events.queue(session, MAILS[event.kind], row, posts)
    return len(posts)


def _heard_before(session: Transaction, event: Event, ids: Sequence[str]) -> set[tuple[str | None, str]]:
    """
    Return who was told the same of the same text before, by invitation and address in small letters.

    That is of approval alone: approved, reopened and approved again.
    """
    if event.kind != events.left_out.kind:
        return set()
    before = select(Delivery.invitation_id, func.lower(Delivery.address)).where(
        Delivery.invitation_id.in_(ids),
        Delivery.kind == event.kind,
        Delivery.about["digest"].as_string() == event.digest,
    )
    return {(of, address) for of, address in session.execute(before)}


def own_links(session: Transaction, row: Letter, ids: Iterable[str]) -> Mapping[tuple[str, str], str]:
    """
    Return the living links by which the contacts of invitations answer, by invitation and address in small letters.

    Where a letter is before the co-signers, a first contact without one gets one.
    """
    wanted = list(dict.fromkeys(ids))
    if row.is_with_cosigners:
        rounds.new_links(session, rounds.without_link(session, wanted))
    session.flush()
    living = (
        select(Link.invitation_id, func.coalesce(InvitationContact.email, Invitation.email), Link.id)
        .join(Invitation, Invitation.id == Link.invitation_id)
        .outerjoin(InvitationContact, InvitationContact.id == Link.contact_id)
        .where(Link.invitation_id.in_(wanted), Link.revoked_at.is_(None), Link.purpose == "answer")
        .where(or_(Link.contact_id.is_(None), InvitationContact.removed_at.is_(None)))
    )
    return {(of, email.lower()): link for of, email, link in session.execute(living.order_by(Link.created_at))}
