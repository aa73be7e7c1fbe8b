"""
The actions of a history: one class for each kind of entry, with its name, its fields and its sentence for people.

Whoever appends an entry makes one of these; pages, exports, the evidence and the tables against the log read the same.
Names and fields were issued: they never change, and are told in docs/history.md.
"""

from workflow.history.actions.access import *
from workflow.history.actions.afterwards import *
from workflow.history.actions.asked import *
from workflow.history.actions.keeping import *
from workflow.history.actions.keys import *
from workflow.history.actions.layout import *
from workflow.history.actions.letter import *
from workflow.history.actions.letter import NoteAdded, RevisionFrozen
from workflow.history.actions.mails import *
from workflow.history.actions.signoffs import *
from workflow.history.actions.signoffs import (
    InvitationRestored,
    InvitationSigned,
    InvitationStayed,
    InvitationSuperseded,
)
from workflow.history.actions.words import *

SIGNOFFS = (InvitationSigned.NAME, InvitationStayed.NAME)
"""A sign-off is given by a person, or follows from one under a rule that the person had agreed to."""
COME_ALONG = (RevisionFrozen.NAME, NoteAdded.NAME, InvitationSuperseded.NAME, InvitationRestored.NAME)
"""What comes along with an act: the mails of that act are not theirs."""
