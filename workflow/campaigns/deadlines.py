"""
A deadline that moves: whom that concerns, counted before; who is told of it; who had lapsed and can answer again.

What lapses and what revives is decided under the lock of the letter, each time by the deadline that holds then: a job
that lets invitations lapse stops where the deadline has moved, and whom it had reached is revived by the move.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from workflow import history
from workflow.campaigns import batches, more_time, readers, reviving, rounds, telling
from workflow.campaigns.lookup import locked_invitation
from workflow.campaigns.readers import Seen
from workflow.campaigns.telling import Event, Person
from workflow.clock import is_over
from workflow.errors import InputError, RefusedError
from workflow.history import Actor, actions
from workflow.languages import lazy_gettext
from workflow.mails import events
from workflow.mails.events import Group
from workflow.models import Invitation, Letter, now
from workflow.moments import AHEAD, EARLIEST, in_reach
from workflow.states import check
from workflow.transaction import Transaction

PAST = lazy_gettext("This deadline is in the past. Enter a later one.")
PASSED = lazy_gettext("The deadline of the letter has passed. Set a later one for this organisation instead.")


@dataclass(frozen=True, slots=True)
class Concerned:
    """Who is told when a deadline moves: each person once."""

    persons: tuple[Person, ...]
    is_earlier: bool

    @property
    def number(self) -> int:
        """How many emails that is."""
        return len(self.persons)

    def organisations(self, *groups: Group) -> int:
        """How many organisations stand so."""
        return len({of for one in self.persons if one.group in groups for of in one.of})


def moved_event(before: datetime | None, sequence: int = 0, how: str = "moved", only: str = "") -> Event:
    """Return what is told of a deadline that was another one before, to all or to one invitation's people."""
    return Event(events.deadline_moved.kind, sequence, how, before.isoformat() if before else "", only=only)


def concerned(session: Transaction, row: Letter, deadline: datetime | None) -> Concerned:
    """Return who would be told if the deadline of a letter were this one; nobody while it is not before co-signers."""
    if row.deadline == deadline or not row.is_with_cosigners:
        return Concerned((), is_earlier(row.deadline, deadline))
    found = telling.concerned(session, row, moved_event(row.deadline).as_if(deadline))
    return Concerned(tuple(found), is_earlier(row.deadline, deadline))


def is_earlier(before: datetime | None, after: datetime | None) -> bool:
    """Whether a deadline takes time away."""
    return after is not None and (before is None or after < before)


def check_seen(session: Transaction, row: Letter, deadline: datetime | None, seen: Seen | None) -> None:
    """Raise `ChangedError` where moving the deadline of a letter that is locked would tell others than was seen."""
    if seen is not None:
        readers.compare(seen, concerned(session, row, deadline).number, readers.mark(row))


def waiting(session: Transaction, row: Letter) -> tuple[int, str]:
    """Return how many organisations have not answered by a deadline that has come, and the `mark` of that."""
    found = concerned(session, row, None)
    count = found.organisations("asked", "to_confirm")
    return count, readers.mark(row, also=count)


def check_ahead(row: Letter, deadline: datetime | None) -> None:
    """Raise `InputError` for another deadline that is over, or out of reach."""
    if deadline is None or deadline == row.deadline:
        return
    if not in_reach(deadline):
        raise InputError(
            deadline=lazy_gettext(
                "Enter a deadline from %(first)s on, and at most %(years)s years ahead.", first=EARLIEST, years=AHEAD
            )
        )
    if row.is_with_cosigners and is_over(deadline):
        raise InputError(deadline=PAST)


def moved(
    session: Transaction, row: Letter, before: datetime | None, sequence: int, actor: Actor, how: str = "moved"
) -> None:
    """
    Bring a deadline that was moved, by the entry of this number, to everybody whom it concerns.

    The letter is locked. Who asked for more time has the answer; who had lapsed can answer again, by their own link.
    """
    if row.deadline == before:
        return
    session.flush()
    if not is_earlier(before, row.deadline):
        more_time.grant(session, row, actor, sequence)
    if row.is_before_approval:
        event = moved_event(before, sequence, how)
        batches.begin(session, row, "move_deadline", actor, "tell", telling=event.as_json())


def give(
    session: Transaction, letter_id: str, invitation_id: str, deadline: datetime | None, actor: Actor
) -> Invitation:
    """
    Give one organisation more time than the others have, and tell its people; whoever asked for it has the answer.

    None takes that back: the letter's deadline holds for it again. Raises `InputError` at the deadline for one that is
    no later than that of all, and `RefusedError` where taking it back would close its answer at once.
    """
    row, invitation = locked_invitation(session, letter_id, invitation_id)
    check("give_time", row.state, invitation.state)
    rounds.settle(session, row, [invitation])
    if invitation.deadline == deadline:
        return invitation
    if deadline is not None:
        check_own(row, deadline)
    elif is_over(row.deadline):
        raise RefusedError(PASSED)
    before = invitation.due
    sequence = history.append(
        session, row.id, actor, actions.OwnDeadlineSet(invitation=invitation.id, deadline=deadline)
    )
    invitation.deadline = deadline
    session.flush()
    if not is_earlier(before, invitation.due):
        more_time.answer(session, row, invitation, actor, sequence)
    if row.is_with_cosigners:
        how = "own" if deadline else "shared"
        telling.tell(session, row, [invitation.id], moved_event(before, sequence, how, invitation.id))
    reviving.revive(session, row, [invitation.id], actor)
    return invitation


def check_own(row: Letter, deadline: datetime) -> None:
    """Raise `InputError` for a deadline of one organisation that gives it no more time than the others have."""
    if row.deadline is None:
        raise InputError(deadline=lazy_gettext("There is no deadline, so there is no need for more time."))
    if not in_reach(deadline):
        check_ahead(row, deadline)
    if deadline <= row.deadline:
        raise InputError(deadline=lazy_gettext("Enter a time after the deadline of the letter."))
    if deadline <= now():
        raise InputError(deadline=PAST)
