"""The log, replayed for what it tells of the tables; an entry that was recorded by an older version tells less."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workflow.history.audit import afterwards_entries, cosigner_entries, erased, joining_entries, letter_entries
from workflow.history.audit.log import Log
from workflow.history.audit.told import Told
from workflow.history.log import Entry
from workflow.tokens import Tokens

__all__ = ["afterwards_entries", "cosigner_entries", "erased", "joining_entries", "letter_entries", "replay"]


def replay(tokens: Tokens, log: Log, opened: Mapping[int, Mapping[str, Any]]) -> Told:
    """Return what a log tells; `opened` is what its commitments hold, by entry, where that is kept."""
    told = Told(tokens, log.letter_id, opened)
    for sequence, fields in log.read.items():
        try:
            entry = Entry.read(sequence, fields)
        except (KeyError, TypeError, ValueError):
            continue  # The verifier says which entry is none.
        try:
            told.apply(entry)
        except (KeyError, TypeError, AttributeError):
            told.strange.append(sequence)
    return told
