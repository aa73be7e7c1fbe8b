"""
A letter's history: what is appended to it, how it is read back, and what holds it together.

`evidence` is what an auditor takes away, `audit` holds the tables against the log, `remembered` keeps outside the
database what was signed last: they are imported by whoever needs them.
"""

from workflow.history import actions
from workflow.history.action import timestamp
from workflow.history.log import (
    SYSTEM,
    Actor,
    Entry,
    act_of,
    append,
    belongs_to,
    change_key,
    commitment,
    coordinator,
    cosigner,
    entries,
    entries_at,
    leaves,
    log_name,
    moment,
    newest_checkpoint,
    origin,
    own_vkey,
    present_act,
    record_secret,
    transition,
    vkey,
    vkey_of,
)
from workflow.history.proofs import proof

__all__ = [
    "SYSTEM",
    "Actor",
    "Entry",
    "act_of",
    "actions",
    "append",
    "belongs_to",
    "change_key",
    "commitment",
    "coordinator",
    "cosigner",
    "entries",
    "entries_at",
    "leaves",
    "log_name",
    "moment",
    "newest_checkpoint",
    "origin",
    "own_vkey",
    "present_act",
    "proof",
    "record_secret",
    "timestamp",
    "transition",
    "vkey",
    "vkey_of",
]
