"""
The rules: which step leads from which state to which, and which act is allowed in which states.

Pure: the tables are data; a step takes facts and gives the next state or a refusal in words; nothing here reads or
writes a database. `python -m workflow.states` prints docs/states.md.
"""

from workflow.states.delivery import DELIVERY, DeliveryFacts
from workflow.states.invitation import INVITATION, InvitationFacts
from workflow.states.letter import LETTER, LetterFacts
from workflow.states.machine import Table, fire, refusals
from workflow.states.permissions import check, may

TABLES = (LETTER, INVITATION, DELIVERY)

__all__ = [
    "DELIVERY",
    "INVITATION",
    "LETTER",
    "TABLES",
    "DeliveryFacts",
    "InvitationFacts",
    "LetterFacts",
    "Table",
    "check",
    "fire",
    "may",
    "refusals",
]
