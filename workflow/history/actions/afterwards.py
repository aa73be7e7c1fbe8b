"""What comes after a letter was sent: what the office answers, and the names that were signed late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from workflow.history.action import Action, Committed, Personal, action


@action("office.replied", "decision", "Kept a reply of the recipient’s office")
class OfficeReplied(Action):
    reply: str
    received_at: datetime
    recipient: str | None = None
    document: str = ""
    """The SHA-256 of the file that came."""
    form: str = ""
    """What kind of file it is."""
    words: Personal
    file_name: Personal


@action("office.reply_told", "decision", "Told the signatories of the office’s reply")
class OfficeReplyTold(Action):
    reply: str


@action("office.unanswered", "decision", "No reply of the office had come: the coordinators were reminded")
class OfficeUnanswered(Action):
    days: int


@action("withdrawal.passed_on", "decision", "Told the recipient that {who} has withdrawn its signature")
class WithdrawalPassedOn(Action):
    invitation: str
    signoff: int
    """Its entry."""


@action("names.asked", "decision", "Asked those who have not signed for their names for the addendum")
class LateNamesAsked(Action):
    number: int


@action("addendum.asked", "decision", "Asked for the addendum with the names that were signed late")
class AddendumAsked(Action):
    addendum: str
    fingerprint: str


@action("addendum.made", "decision", "Made the addendum with the names that were signed late")
class AddendumMade(Action):
    addendum: str
    fingerprint: str
    documents: Mapping[str, Mapping[str, str]]
    """By recipient: the SHA-256 of its `docx` and its `pdf`, and of the `letter` that it is an addendum to."""
    signoffs: Sequence[int]
    """The entries printed, in order; then those whose names are withheld."""
    letterhead: str
    names: str
    names_salt: Annotated[str, Committed()]
    headings: Annotated[Sequence[str] | None, Committed()] = None
    """The countries between the names, where they are grouped so."""


@action("addendum.sent", "decision", "Sent the addendum to every recipient")
class AddendumSent(Action):
    addendum: str
    made: int
    """The entry by which it was made."""


@action("addendum.delivered", "decision", "All deliveries of the addendum are confirmed")
class AddendumDelivered(Action):
    addendum: str
