"""
The actions of a history: one class for each kind of entry, with its name, its fields and its sentence for people.

Whoever appends an entry makes one of these; pages, exports, the evidence and the tables against the log read the same.
Names and fields were issued: they never change, and are told in docs/history.md.
"""

from workflow.history.actions.access import *
from workflow.history.actions.afterwards import *
from workflow.history.actions.asked import *
from workflow.history.actions.joining import *
from workflow.history.actions.keeping import *
from workflow.history.actions.keys import *
from workflow.history.actions.layout import *
from workflow.history.actions.letter import *
from workflow.history.actions.letter import NoteAdded, RevisionFrozen
from workflow.history.actions.mails import *
from workflow.history.actions.signoffs import *
from workflow.history.actions.signoffs import (
    ConditionEnded,
    InvitationFulfilled,
    InvitationRestored,
    InvitationSigned,
    InvitationStayed,
    InvitationSuperseded,
)
from workflow.history.actions.words import *

SIGNOFFS = (InvitationSigned.NAME, InvitationStayed.NAME, InvitationFulfilled.NAME)
"""
A sign-off is given by a person, follows from one under a rule that the person had agreed to, or was given to this very
text before it was there.
"""
COME_ALONG = (
    RevisionFrozen.NAME,
    NoteAdded.NAME,
    InvitationSuperseded.NAME,
    InvitationRestored.NAME,
    InvitationFulfilled.NAME,
    ConditionEnded.NAME,
)
"""What comes along with an act: the mails of that act are not theirs."""
