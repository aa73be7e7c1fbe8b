"""A coordinator reminds those who are silent, all or some, by hand: what was shown before is what is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workflow import history
from workflow.campaigns import batches, notes, readers, reminders
from workflow.campaigns.lookup import locked_letter
from workflow.campaigns.notes import NO_WORDS
from workflow.campaigns.readers import Seen
from workflow.errors import RefusedError
from workflow.history import Actor, actions
from workflow.languages import lazy_gettext
from workflow.states import check
from workflow.transaction import Transaction

NOBODY = lazy_gettext("There is nobody to remind now.")
"""Why reminders can't be sent by hand where everybody has answered, or was just reminded."""


def remind(
    session: Transaction,
    letter_id: str,
    actor: Actor,
    *,
    note: Mapping[str, str] = NO_WORDS,
    seen: Seen | None = None,
    some: Sequence[str] | None = None,
) -> int:
    """
    Remind everybody who is silent and may be reminded now, or those of `some`; returns how many people.

    Raises `ChangedError` where something else would be sent than was `seen`, and `RefusedError` where it is nobody.
    """
    row = locked_letter(session, letter_id)
    check("remind", row.state)
    if batches.is_reminding(session, letter_id):
        raise RefusedError(lazy_gettext("The last reminders are still being written. Wait a moment."))
    found = reminders.by_hand(session, row, some)
    readers.compare(seen, len(found.people), readers.mark(row))
    if not found.people:
        raise RefusedError(NOBODY)
    words = notes.add(session, row, "remind", note, actor)
    history.append(session, row.id, actor, actions.RemindersSent(number=len(found.people)))
    only = None if some is None else found.organisations
    batches.begin(session, row, "remind", actor, "remind", remind_note=words, remind_some=only)
    return len(found.people)
