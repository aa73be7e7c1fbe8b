"""What is done with a letter itself: its terms, its text, its steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from workflow.history.action import Action, Committed, Personal, action


@action("campaign.terms", "setting", "Set the deadline and how many must sign")
class CampaignTerms(Action):
    deadline: datetime | None
    timezone: str
    minimum: int
    comments_shared: bool
    code_required: bool
    objection_hours: int
    reminders: Sequence[int] = ()
    at_deadline: str = "close"
    extend_days: int = 0
    four_eyes: bool = False
    late_names: bool = False
    reply_days: int | None = None


@action("deadline.extended", "decision", "The deadline came, and was extended once, as the rules say")
class DeadlineExtended(Action):
    deadline: datetime
    before: datetime


@action("deadline.came", "decision", "The deadline came: asked the coordinators what to do")
class DeadlineCame(Action):
    deadline: datetime


@action("campaign.renamed", "setting", "Renamed the campaign")
class CampaignRenamed(Action):
    name: Personal


@action("letter.created", "decision", "Imported the letter")
class LetterCreated(Action):
    campaign: str
    draft: str
    whole: str
    """A keyed hash by which the log knows its secret again: from here on all that is compared is on the record."""
    date: date | None
    terms: CampaignTerms
    recipients: Sequence[str]
    footer_code: bool = False
    campaign_name: Annotated[str, Committed("campaign")]
    place: Personal = ""
    addresses: Annotated[Mapping[str, str], Committed(each=True)]


@action("letter.edited", "setting", "Changed the draft")
class LetterEdited(Action):
    draft: str
    version: int
    date: date | None
    place: Personal = ""
    recipients: Sequence[str] | None = None
    addresses: Annotated[Mapping[str, str] | None, Committed(each=True)] = None


@action("recipient.addressed", "setting", "Changed a recipient’s email address")
class RecipientAddressed(Action):
    recipient: str
    email: Personal


@action("revision.frozen", "decision", "Locked version {number}")
class RevisionFrozen(Action):
    number: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBefore(Action):
    """The text goes to the co-signers; the rest is said where silence is to count for a small correction."""

    revision: int | None
    objections_until: datetime | None = None
    objection_hours: int | None = None


@action("letter.circulate", "decision", "Sent the text to the co-signers for review")
class LetterCirculated(PutBefore):
    pass


@action("letter.open_sign_off", "decision", "Opened the letter for signature")
class SignOffOpened(PutBefore):
    pass


@action("letter.revise", "decision", "Took the letter back to drafting")
class LetterRevised(Action):
    reason: Personal


@action("letter.approve", "decision", "Closed signing and approved the letter")
class LetterApproved(Action):
    signed: int
    date: date
    letterheads: Sequence[str]
    code: str = ""
    """By which anybody can ask whether it is genuine."""
    qr: str = ""
    """The SHA-256 of the picture of it in the footers, where they have one."""


@action("letter.reopen", "decision", "Reopened the letter for signature")
class SignOffReopened(Action):
    pass


@action("letter.scheduled", "decision", "Set when the letter is to be sent")
class DispatchScheduled(Action):
    at: datetime
    previewed: str


@action("letter.dispatch", "decision", "Sent the letter off to every recipient")
class LetterDispatched(Action):
    documents: Sequence[str]


@action("letter.confirm", "decision", "All deliveries confirmed: the letter is sent")
class LetterSent(Action):
    pass


@action("letter.withdraw", "decision", "Cancelled the letter")
class LetterWithdrawn(Action):
    reason: Personal


@action("note.added", "decision", "Added the coordinator’s own words to the emails")
class NoteAdded(Action):
    note: str
    act: str
    words: Annotated[Mapping[str, str], Committed()]


@action("office.covered", "setting", "Set what goes with the letter: subject, covering text and copies")
class OfficeCovered(Action):
    subject: Personal
    words: Personal
    copies: Annotated[Sequence[str], Committed()]
