"""
What happened in the letters of a member of staff in a stretch of time, and what is due: for the email of a morning.

It reads the histories, which tell every act by its time, and the tables of what is asked for beside them. Only letters
of campaigns that somebody coordinates are read, so that nobody is told what they may not see.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select
from sqlalchemy.orm import joinedload, selectinload

from workflow.history import actions
from workflow.models import (
    ConditionalSignoff,
    Delivery,
    IncomingMail,
    Invitation,
    JoinRequest,
    Letter,
    LogEntry,
    LogHead,
    Membership,
    OfficeReply,
    Organisation,
    Proposal,
)
from workflow.transaction import Transaction

AHEAD = timedelta(days=3)
"""What is due within so many days is told each morning."""

NEEDS = ("undelivered", "returned", "time", "misplaced", "replies", "joins", "conditions", "suggestions", "comments")
"""What somebody should do something about, the most pressing first."""
DUE = ("deadline", "dispatch", "objections", "reply_due")
"""What a time brings that is near."""
NEWS = ("office", "sent", "retracted", "declined", "handed_over", "lapsed", "proposals", "signed", "corrected")
"""What is good to know."""
KINDS = (*NEEDS, *DUE, *NEWS)

ANSWERED = {
    **dict.fromkeys(actions.SIGNOFFS, "signed"),
    actions.InvitationDeclined.NAME: "declined",
    actions.SignatureWithdrawn.NAME: "retracted",
    actions.SignatureWithdrawnLate.NAME: "retracted",
    actions.InvitationLapsed.NAME: "lapsed",
}
"""Of these the last one of an organisation is told: what it has taken back since is not."""
SAID = {
    actions.CommentAdded.NAME: "comments",
    actions.SuggestionAdded.NAME: "suggestions",
    actions.TimeAsked.NAME: "time",
    actions.InvitationHandedOver.NAME: "handed_over",
    actions.SignoffCorrected.NAME: "corrected",
}
MAILED = {
    actions.DeliveryRejected.NAME: "returned",
    actions.DeliveryBounced.NAME: "returned",
    actions.DeliveryLost.NAME: "undelivered",
}
ANSWER = "reply"
"""What an incoming mail is that answers one of ours."""
DONE = {actions.LetterSent.NAME: "sent"}


@dataclass(slots=True)
class Told:
    """What there is of one kind in a letter: how many, and of whom."""

    count: int = 0
    who: dict[str, None] = field(default_factory=dict)
    """Names, in the order in which they acted; fewer than there are where one did several things."""
    at: datetime | None = None
    """When it is due."""

    def add(self, name: str = "") -> None:
        """Count one more, of somebody."""
        self.count += 1
        if name:
            self.who[name] = None


@dataclass(frozen=True, slots=True)
class InLetter:
    """What there is of a letter, by kind."""

    letter: Letter
    kinds: Mapping[str, Told]
    silent: int = 0
    """How many are asked and have not answered."""

    @property
    def urgency(self) -> tuple[int, float]:
        """What letters are put in order by: the most pressing first, then by what is due first."""
        due = (told.at.timestamp() for told in self.kinds.values() if told.at is not None)
        return min(map(KINDS.index, self.kinds)), min(due, default=float("inf"))


def happened(session: Transaction, user_id: str, since: datetime, until: datetime) -> list[InLetter]:
    """Return the letters of somebody's campaigns in which something happened from then until then, or is due after."""
    found: dict[str, dict[str, Told]] = defaultdict(lambda: defaultdict(Told))
    for letter_id, kind, name, number in _events(session, user_id, since, until):
        for _ in range(number):
            found[letter_id][kind].add(name)
    for letter_id, kind, at in _due(session, user_id, since, until):
        found[letter_id][kind].add()
        found[letter_id][kind].at = at
    letters = _letters(session, found)
    silent = _silent(session, [letter_id for letter_id, kinds in found.items() if "deadline" in kinds])
    told = [InLetter(letter, found[letter.id], silent.get(letter.id, 0)) for letter in letters]
    return sorted(told, key=lambda one: (*one.urgency, one.letter.created_at, one.letter.id))


def _letters(session: Transaction, ids: Iterable[str]) -> Sequence[Letter]:
    loaded = (joinedload(Letter.campaign), selectinload(Letter.recipients))
    return session.scalars(select(Letter).where(Letter.id.in_(list(ids))).options(*loaded)).all()


def _silent(session: Transaction, letters: Sequence[str]) -> dict[str, int]:
    counted = select(Invitation.letter_id, func.count()).where(
        Invitation.letter_id.in_(letters), Invitation.is_to_answer
    )
    return dict(session.execute(counted.group_by(Invitation.letter_id)).all())


def _mine(user_id: str) -> ColumnElement[bool]:
    """Whether a letter is of a campaign that somebody coordinates, and has not been erased."""
    campaigns = select(Membership.campaign_id).where(Membership.user_id == user_id, Membership.role == "coordinator")
    return and_(Letter.campaign_id.in_(campaigns), Letter.erased_at.is_(None))


Event = tuple[str, str, str, int]
"""The letter, the kind, the organisation's name, and how many."""


def _events(session: Transaction, user_id: str, since: datetime, until: datetime) -> Iterator[Event]:
    """Everything that happened, in the order in which it did."""
    answered: dict[str, Event] = {}
    for row in session.execute(_entries(user_id, since, until)):
        name = row.acronym or row.name or ""
        if row.action in ANSWERED:
            kind = ANSWERED[row.action]
            if kind == "declined" and json.loads(row.entry)["about"].get("misplaced"):
                kind = "misplaced"
            answered.pop(row.invitation_id, None)
            answered[row.invitation_id] = (row.letter_id, kind, name, 1)
        else:
            yield row.letter_id, SAID.get(row.action) or DONE[row.action], name, 1
    yield from answered.values()
    yield from _mails(session, user_id, since, until)
    yield from _asked(session, user_id, since, until)


def _entries(user_id: str, since: datetime, until: datetime) -> Select[*tuple[Any, ...]]:
    columns = (LogEntry.letter_id, LogEntry.action, LogEntry.invitation_id, LogEntry.entry)
    return (
        select(*columns, Organisation.acronym, Organisation.name)
        .join(LogHead, LogHead.letter_id == LogEntry.letter_id)
        .join(Letter, Letter.id == LogEntry.letter_id)
        .outerjoin(Invitation, Invitation.id == LogEntry.invitation_id)
        .outerjoin(Organisation, Organisation.id == Invitation.organisation_id)
        .where(
            _mine(user_id),
            LogHead.last_at > since,
            LogEntry.action.in_((*ANSWERED, *SAID, *DONE)),
            LogEntry.at > since,
            LogEntry.at <= until,
        )
        .order_by(LogEntry.at, LogEntry.letter_id, LogEntry.sequence)
    )


def _mails(session: Transaction, user_id: str, since: datetime, until: datetime) -> Iterator[Event]:
    """Mails that did not reach an organisation, and letters that may not have reached an office: each mail once."""
    query = (
        select(Letter.id, LogEntry.action, Delivery.recipient_id, Organisation.acronym, Organisation.name)
        .join(LogHead, LogHead.letter_id == LogEntry.letter_id)
        .join(Letter, Letter.id == LogEntry.letter_id)
        .join(Delivery, Delivery.id == LogEntry.delivery_id)
        .outerjoin(Invitation, Invitation.id == Delivery.invitation_id)
        .outerjoin(Organisation, Organisation.id == Invitation.organisation_id)
        .where(
            _mine(user_id),
            LogHead.last_at > since,
            LogEntry.action.in_(tuple(MAILED)),
            LogEntry.at > since,
            LogEntry.at <= until,
            or_(
                and_(Delivery.recipient_id.is_not(None), Delivery.is_undecided),
                and_(Delivery.invitation_id.is_not(None), Delivery.is_returned),
            ),
        )
        .order_by(LogEntry.at, LogEntry.letter_id, LogEntry.sequence)
    )
    seen = set()
    for letter_id, _, recipient_id, acronym, name in session.execute(query):
        kind, who = ("undelivered", "") if recipient_id else ("returned", acronym or name or "")
        if (letter_id, recipient_id, who) not in seen:
            seen.add((letter_id, recipient_id, who))
            yield letter_id, kind, who, 1


def _asked(session: Transaction, user_id: str, since: datetime, until: datetime) -> Iterator[Event]:
    """What is asked for beside the history: to join, with a condition, to be confirmed by a colleague, by email."""
    label = func.coalesce(func.nullif(Organisation.acronym, ""), Organisation.name)
    of_letter = select(Letter.id, label).select_from(Letter).where(_mine(user_id))
    invited = of_letter.join(Invitation, Invitation.letter_id == Letter.id)
    invited = invited.join(Organisation, Organisation.id == Invitation.organisation_id)
    without = select(Letter.id, literal("")).where(_mine(user_id))
    parts: tuple[tuple[str, Select[*tuple[Any, ...]], ColumnElement[Any], tuple[ColumnElement[bool], ...]], ...] = (
        (
            "joins",
            select(Letter.id, JoinRequest.organisation)
            .where(_mine(user_id))
            .join(JoinRequest, JoinRequest.letter_id == Letter.id),
            JoinRequest.confirmed_at.expression,
            (JoinRequest.decided_at.is_(None),),
        ),
        (
            "conditions",
            invited.join(ConditionalSignoff, ConditionalSignoff.invitation_id == Invitation.id),
            ConditionalSignoff.signed_at.expression,
            (ConditionalSignoff.outcome == "",),
        ),
        (
            "proposals",
            invited.join(Proposal, Proposal.invitation_id == Invitation.id),
            Proposal.proposed_at.expression,
            (Proposal.outcome == "",),
        ),
        (
            "replies",
            invited.join(IncomingMail, IncomingMail.invitation_id == Invitation.id),
            IncomingMail.received_at.expression,
            (IncomingMail.kind == ANSWER, IncomingMail.seen_at.is_(None)),
        ),
        (
            "office",
            without.join(OfficeReply, OfficeReply.letter_id == Letter.id),
            OfficeReply.created_at.expression,
            (),
        ),
    )
    for kind, query, at, more in parts:
        for letter_id, name in session.execute(query.where(at > since, at <= until, *more).order_by(at)):
            yield letter_id, kind, name, 1


def _due(
    session: Transaction, user_id: str, since: datetime, until: datetime
) -> Iterator[tuple[str, str, datetime | None]]:
    """What is due in the next days, and what became overdue since."""
    soon = until + AHEAD
    dates = (
        ("deadline", Letter.deadline.expression, Letter.is_with_cosigners),
        ("dispatch", Letter.dispatch_at.expression, Letter.is_approved),
        ("objections", Letter.objections_until.expression, Letter.is_open_for_sign_off),
    )
    for kind, at, stands in dates:
        query = select(Letter.id, at).where(_mine(user_id), stands, at > since, at <= soon)
        for letter_id, moment in session.execute(query):
            yield letter_id, kind, moment
    yield from _replies_due(session, user_id, since, soon)


def _replies_due(
    session: Transaction, user_id: str, since: datetime, soon: datetime
) -> Iterator[tuple[str, str, datetime]]:
    """Letters that were sent so many days ago that the office's reply is due, and none has come."""
    replied = select(OfficeReply.letter_id).where(OfficeReply.letter_id == Letter.id).exists()
    query = (
        select(Letter.id, Letter.reply_days, func.max(LogEntry.at))
        .join(LogEntry, LogEntry.letter_id == Letter.id)
        .where(
            _mine(user_id),
            Letter.is_sent,
            Letter.reply_days.is_not(None),
            ~replied,
            LogEntry.action == actions.LetterSent.NAME,
        )
        .group_by(Letter.id, Letter.reply_days)
    )
    for letter_id, days, sent_at in session.execute(query):
        assert days is not None
        assert sent_at is not None
        due = sent_at + timedelta(days=days)
        if since < due <= soon:
            yield letter_id, "reply_due", due
