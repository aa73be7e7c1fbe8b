"""
Erasing: a person, everywhere or in one letter; a whole letter; and what keeps either from it.

What goes is gone from the tables, from what opens the history's commitments, from stored emails and from the local
mailbox. The history itself stays: an entry says what was erased, by its numbers, and verifiers say so.
"""

from workflow.erasure.acts import begin_letter, begin_person, begin_reply, go_on, unfinished
from workflow.erasure.holds import hold, release
from workflow.erasure.looking import Plan, look_at_letter, look_for

__all__ = [
    "Plan",
    "begin_letter",
    "begin_person",
    "begin_reply",
    "go_on",
    "hold",
    "look_at_letter",
    "look_for",
    "release",
    "unfinished",
]
