"""
Many organisations at once: a list is kept beside the letter, looked through and put right, then saved as a whole.

Nothing of it is on the letter before. What is known of each row is asked of the letter and the directory whenever it is
shown, so it holds for the moment at which it is saved.
"""

from workflow.campaigns.lists.judged import KINDS, Judged, counted, judge
from workflow.campaigns.lists.kept import (
    LIFETIME,
    Draft,
    Edit,
    add,
    edited,
    forget,
    keep,
    of_cosigners,
    of_letter,
    read,
    recognised,
    said_in,
    taken,
)
from workflow.campaigns.lists.saving import Saved, save

__all__ = [
    "KINDS",
    "LIFETIME",
    "Draft",
    "Edit",
    "Judged",
    "Saved",
    "add",
    "counted",
    "edited",
    "forget",
    "judge",
    "keep",
    "of_cosigners",
    "of_letter",
    "read",
    "recognised",
    "said_in",
    "save",
    "taken",
]
