"""What somebody took along of a letter's history, on the record of it."""

from __future__ import annotations

import json

from workflow import history
from workflow.history import Actor, actions
from workflow.models import Letter
from workflow.transaction import Transaction, hold_letter


def told(letter_id: str, actor: Actor, action: actions.HistoryExported) -> str:
    """Return an export as words from which `note` records it: who reads waits for no writer."""
    fields = {one.attribute: getattr(action, one.attribute) for one in actions.HistoryExported.fields()}
    return json.dumps({"letter": letter_id, "role": actor.role, "key": actor.key, "action": fields})


def is_there(session: Transaction, export: str) -> bool:
    """Whether there is the letter that an export is of."""
    return session.get(Letter, json.loads(export)["letter"]) is not None


def note(session: Transaction, export: str) -> int:
    """Put an export (`told`) on the record of its letter; returns the entry's number."""
    said = json.loads(export)
    hold_letter(session, said["letter"])
    if session.get_one(Letter, said["letter"], populate_existing=True).erased_at is not None:
        # Erased since, or before: no words come to stay.
        said["action"] |= {"search": "", "organisation": ""}
    action = actions.HistoryExported(**said["action"])
    return history.append(session, said["letter"], Actor(said["role"], said["key"]), action)
