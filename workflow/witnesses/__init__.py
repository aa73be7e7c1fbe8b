"""
Heads of the common log outside: shown to witnesses, stamped with a time, appended to a file on another host.

Whoever has the database and its key can write another history; not one that continues what others have seen. Each of
them is asked in a job of its own (`showing`), so that a slow one holds nothing up, neither an act nor an email; what it
answers is checked before it is kept.
"""

from workflow.witnesses.checking import check
from workflow.witnesses.seen import ContradictedError, Head, OutsideError, Place
from workflow.witnesses.showing import Standing, due, places, show, standings

__all__ = [
    "ContradictedError",
    "Head",
    "OutsideError",
    "Place",
    "Standing",
    "check",
    "due",
    "places",
    "show",
    "standings",
]
