"""
The actions of a history: one class for each kind of entry, with its name, its fields and its sentence for people.

Whoever appends an entry makes one of these; pages, exports, the evidence and the tables against the log read the same.
Names and fields were issued: they never change, and are told in docs/history.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from workflow.history.action import Action, Committed, Personal, action
from workflow.languages import marked

# --- the letter -------------------------------------------------------------------------------------------------------


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


# --- how it is printed ------------------------------------------------------------------------------------------------


@action("letterhead.added", "setting", "Added a letterhead")
class LetterheadAdded(Action):
    letterhead: str
    docx: str


@action("paper.chosen", "setting", "Changed the layout")
class PaperChosen(Action):
    letterhead: str
    layout: str
    ordering: str
    room_to_sign: bool | None = None
    """These three are not said by entries of before there was a choice: it was as it was."""
    running_header: bool | None = None
    fit_pages: int | None = None
    footer_code: bool = False


@action("organisation.logo", "setting", "Set the logo of {who}")
class LogoSet(Action):
    invitation: str
    code: str = ""
    png: Personal
    """Committed to, for a known logo has a known digest: it would name an organisation whose name is withheld."""


@action("organisation.renamed", "setting", "Corrected the name of {who} on the letter")
class OrganisationRenamed(Action):
    invitation: str
    organisation_name: Annotated[str, Committed("organisation")]
    acronym: Personal


@action("document.rendered", "decision", "Made the document, with {names}")
class DocumentRendered(Action):
    rendering: str
    fingerprint: str
    recipient: str
    docx: str
    pdf: str | None
    digest: str
    signoffs: Sequence[int]
    paper: Sequence[str]
    letterhead: str | None = None
    headings: Annotated[Sequence[str] | None, Committed()] = None
    place: Personal = ""
    names: str = ""
    """The sorted tree of the names printed (`verify.printed_names`), with its salt; not in entries of before it."""
    names_salt: Personal = ""


# --- who is asked -----------------------------------------------------------------------------------------------------


@action("invitation.created", "setting", "Added {who}")
class InvitationCreated(Action):
    invitation: str
    organisation: str
    required: bool
    individual: bool = False
    """Somebody who is asked in their own name; the organisation's name is theirs."""
    organisation_name: Annotated[str, Committed("organisation")]
    acronym: Personal
    contact: Personal
    signatory: Personal
    title: Personal


@action("invitation.corrected", "setting", "Corrected what is known of {who}")
class InvitationCorrected(Action):
    """All that was known of it from then on, whichever of it was corrected."""

    invitation: str
    required: bool
    organisation_name: Annotated[str, Committed("organisation")]
    acronym: Personal
    contact: Personal
    signatory: Personal
    title: Personal
    country: Personal


@action("invitation.removed", "setting", "Removed an organisation that had not been invited")
class InvitationRemoved(Action):
    invitation: str


@action("invitation.contact", "setting", "Changed the contact of {who}")
class ContactChanged(Action):
    invitation: str
    contact: Personal


@action("invitation.second_contact", "setting", "Set who else of {who} is told of its signatures")
class SecondContactSet(Action):
    invitation: str
    contact: Personal


@action("invitation.reader", "setting", "Set the language and time zone of {who}")
class ReaderSet(Action):
    invitation: str
    language: Personal
    timezone: Personal
    """Committed to, for it all but names the country of an organisation whose name is withheld."""


@action("invitation.placed", "setting", "Set where {who} stands in the letter")
class InvitationPlaced(Action):
    invitation: str
    position: int
    founder: bool
    confidential: bool
    country: Annotated[str | None, Committed()] = None


@action("link.replaced", "setting", "Replaced the link of {who}")
class LinkReplaced(Action):
    invitation: str


@action("invitation.revoke", "decision", "Cancelled the invitation of {who}")
class InvitationRevoked(Action):
    invitation: str


@action("invitation.reinvite", "decision", "Invited {who} again")
class InvitationReinvited(Action):
    invitation: str


@action("invitation.handed_over", "setting", "{who} passed the invitation to a colleague")
class InvitationHandedOver(Action):
    invitation: str
    code: str = ""
    contact: Personal
    name: Personal


@action("time.asked", "comment", "{who} asked for more time")
class TimeAsked(Action):
    invitation: str
    words: Personal


@action("time.granted", "comment", "Gave {who} more time: the deadline is later")
class TimeGranted(Action):
    invitation: str
    deadline: datetime | None


@action("time.declined", "comment", "Declined the request of {who} for more time")
class TimeDeclined(Action):
    invitation: str
    reason: Personal


@action("code.sent", "mail", "Sent {who} a code by email")
class CodeSent(Action):
    invitation: str
    code: str
    purpose: str


# --- who signs --------------------------------------------------------------------------------------------------------


@action("invitation.sign", "decision", "{signed}")
class InvitationSigned(Action):
    invitation: str
    digest: str
    link: str
    name_typed: bool
    authority_ticked: bool
    code_required: bool
    confirms: int | None = None
    code: str = ""
    objection_hours: int = 0
    fetched_at: datetime | None = None
    fetched_by: str | None = None
    fast_decision: bool = False
    networks: int = 0
    name: Personal
    title: Personal
    organisation: Personal
    acronym: Personal


@action("invitation.stay", "decision", "{who} did not object to the correction in time: its signature counts for it")
class InvitationStayed(Action):
    invitation: str
    digest: str
    basis: str
    follows: int
    told: int | None
    objection_hours: int
    name: Personal
    title: Personal
    organisation: Personal
    acronym: Personal


@action("invitation.decline", "decision", "{who} declined")
class InvitationDeclined(Action):
    invitation: str
    digest: str
    misplaced: bool = False
    shared: bool = False
    code: str = ""
    name: Personal
    reason: Personal


@action("invitation.retract", "decision", "{who} withdrew its signature")
class SignatureWithdrawn(Action):
    invitation: str
    digest: str
    link: str
    code: str = ""
    reason: Personal


@action("invitation.supersede", "decision", "The text changed, so {who} has to confirm")
class InvitationSuperseded(Action):
    invitation: str
    digest: str


@action("invitation.restore", "decision", "The text is again the one that {who} signed: its signature counts")
class InvitationRestored(Action):
    invitation: str
    digest: str


@action("invitation.lapse", "decision", "The deadline passed without an answer from {who}")
class InvitationLapsed(Action):
    invitation: str


@action("signoff.image", "setting", "{who} added the image of a signature")
class SignatureImageAdded(Action):
    invitation: str
    signoff: int
    png: str
    code: str = ""


@action("signoff.corrected", "setting", "{who} corrected how the name of its signatory is printed")
class SignoffCorrected(Action):
    invitation: str
    signoff: int
    code: str = ""
    name: Personal
    title: Personal


# --- what is said -----------------------------------------------------------------------------------------------------


@action("invitation.verdict", "comment", "{who} asked for changes")
class VerdictGiven(Action):
    invitation: str
    digest: str
    verdict: str

    @classmethod
    def sentence(cls, about: Mapping[str, Any]) -> str:
        """Say which verdict it was."""
        return marked("{who} is ready to sign") if about.get("verdict") == "ready" else cls.SENTENCE


@action("comment.added", "comment", "{who} commented")
class CommentAdded(Action):
    invitation: str
    comment: str
    digest: str
    paragraph: int | None
    shared: bool
    reply_to: str | None = None
    words: Personal


@action("comment.answered", "comment", "Answered a comment of {who}")
class CommentAnswered(Action):
    invitation: str
    comment: str
    reply_to: str
    author: str
    shared: bool
    words: Personal


@action("suggestion.added", "comment", "{who} suggested other words")
class SuggestionAdded(Action):
    invitation: str
    comment: str
    digest: str
    paragraph: int | None
    shared: bool
    words: Personal
    replaces: Personal
    replacement: Personal


@action("suggestion.accepted", "comment", "Accepted a suggestion: the draft has it now")
class SuggestionAccepted(Action):
    comment: str
    draft: str
    version: int


@action("suggestion.dismissed", "comment", "Dismissed a suggestion")
class SuggestionDismissed(Action):
    comment: str


# --- mails ------------------------------------------------------------------------------------------------------------


@action("delivery.queued", "mail", "{mail}: to be sent")
class DeliveryQueued(Action):
    delivery: str
    kind: str
    to: str
    made_from: str
    invitation: str | None = None
    recipient: str | None = None
    docx: str | None = None
    pdf: str | None = None
    digest: str | None = None
    objection_hours: int | None = None
    cause: int | None = None
    """The entry of the act that it belongs to; its own, where no act of the letter brought it."""
    address: Annotated[str | None, Committed()] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryStep(Action):
    """A step of a mail, which has been tried so often."""

    delivery: str
    kind: str
    attempt: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredStep(DeliveryStep):
    """
    A step that a mail server's words led to; the entry has their SHA-256, and that of the bytes that were sent.

    Of a mail that is sent once, the entry before the dot has the bytes.
    """

    answer: str | None = None
    mime: str | None = None


@action("delivery.claim", "mail", "{mail}: being prepared")
class DeliveryClaimed(DeliveryStep):
    pass


@action("delivery.hand_over", "mail", "{mail}: handed to the mail server")
class DeliveryHandedOver(DeliveryStep):
    mime: str | None = None


@action("delivery.accept", "mail", "{mail}: accepted by the mail server")
class DeliveryAccepted(AnsweredStep):
    pass


@action("delivery.defer", "mail", "{mail}: put off, to be tried again")
class DeliveryDeferred(AnsweredStep):
    pass


@action("delivery.reject", "mail", "{mail}: refused by the mail server")
class DeliveryRejected(AnsweredStep):
    pass


@action("delivery.lose", "mail", "{mail}: the answer was lost, so it is uncertain whether it arrived")
class DeliveryLost(AnsweredStep):
    pass


@action("delivery.requeue", "mail", "{mail}: to be sent again")
class DeliveryRequeued(DeliveryStep):
    pass


@action("delivery.cancel", "mail", "{mail}: cancelled")
class DeliveryCancelled(DeliveryStep):
    pass


@action("delivery.bounce", "mail", "{mail}: returned")
class DeliveryBounced(DeliveryStep):
    pass


# --- who may see it ---------------------------------------------------------------------------------------------------


@action("member.added", "setting", "Let {who} in on the campaign")
class MemberAdded(Action):
    member: str
    """The id that the entries of what they do as a coordinator have as their actor."""
    role: str
    address: Personal

    @classmethod
    def sentence(cls, about: Mapping[str, Any]) -> str:
        """Say as what; who was in already is that from here on."""
        known = {"coordinator": marked("Made {who} a coordinator"), "auditor": marked("Made {who} an auditor")}
        return known.get(about.get("role", ""), cls.SENTENCE)


@action("member.removed", "setting", "Took {who} off the campaign")
class MemberRemoved(Action):
    member: str
    role: str
    address: Personal


@action("auditor_link.made", "setting", "Made a link by which {who} can read")
class AuditorLinkMade(Action):
    link: str
    ends: datetime
    name: Personal
    address: Personal


@action("auditor_link.revoked", "setting", "Revoked the link of {who}")
class AuditorLinkRevoked(Action):
    link: str


@action("auditor.opened", "setting", "{who} opened the letter by a link to read it")
class AuditorOpened(Action):
    link: str


# --- what is kept ----------------------------------------------------------------------------------------------------


@action("letter.held", "setting", "Put the letter under a legal hold: nothing of it is erased")
class LetterHeld(Action):
    reason: Personal


@action("letter.released", "setting", "Lifted the legal hold")
class LetterReleased(Action):
    pass


@action("person.erased", "decision", "Erased somebody’s personal data")
class PersonErased(Action):
    """What opened these entries is gone, and what their columns held; the rest of what they said is said again."""

    entries: Sequence[int]
    ground: str
    """A key of `erasure.GROUNDS`."""
    deliveries: Sequence[str] = ()
    """Emails to this person: their addresses and their bytes are gone."""
    mails: Sequence[str] = ()
    """Emails to others in which this person is named: their bytes are gone."""
    documents: Sequence[str] = ()
    """SHA-256 of stored bytes that are gone: images of signatures, and documents where that was asked for."""
    kept: Annotated[Mapping[str, Any] | None, Committed(each=True)] = None
    """By the number of an entry, what it said besides."""


@action("letter.erased", "decision", "Erased the letter: texts, documents, names, addresses, comments and emails")
class LetterErased(Action):
    """Two entries: the first before anything goes, the one that says `done` when everything is gone."""

    ground: str
    done: bool = False


@action("history.exported", "setting", "Took entries of this history along as a file")
class HistoryExported(Action):
    what: str
    """`history`; `agreed`: who agreed to what; `evidence` of the letter; `signoff`: the evidence of one sign-off."""
    form: str
    show: str
    rows: int
    first: int = 0
    end: int | None = None
    link: str | None = None
    """By which link to read it was, where it was by one."""
    invitations: int | None = None
    """How many organisations it was narrowed to."""
    search: Personal = ""
    organisation: Personal = ""

    @classmethod
    def sentence(cls, about: Mapping[str, Any]) -> str:
        """Say what it was."""
        said = {
            "agreed": marked("Took the list of who agreed to what along as a file"),
            "evidence": marked("Took the evidence of this letter along as a file"),
            "signoff": marked("Took the evidence of one sign-off along as a file"),
        }
        return said.get(about.get("what", ""), cls.SENTENCE)


# --- time and keys ----------------------------------------------------------------------------------------------------


@action("clock.jumped", "setting", "The server’s clock was set by hand or put right")
class ClockJumped(Action):
    seconds: int
    """By how much it was suddenly ahead of the time that had gone by; less than nothing: behind."""

    @classmethod
    def sentence(cls, about: Mapping[str, Any]) -> str:
        """Say in which direction."""
        ahead, back = marked("The server’s clock jumped ahead"), marked("The server’s clock jumped back")
        return ahead if about.get("seconds", 0) > 0 else back


@action("key.changed", "setting", "Replaced the key that signs this history")
class KeyChanged(Action):
    from_: str
    to: str
    lost: bool

    @classmethod
    def sentence(cls, about: Mapping[str, Any]) -> str:
        """Say whether the old key had a part in it."""
        lost = marked("Said that this history’s key is lost: a new one signs from here on")
        return lost if about["lost"] else cls.SENTENCE


@action("secret.changed", "setting", "Replaced the secret key that links are made with")
class SecretChanged(Action):
    lost: bool
    whole: str


SIGNOFFS = (InvitationSigned.NAME, InvitationStayed.NAME)
"""A sign-off is given by a person, or follows from one under a rule that the person had agreed to."""
COME_ALONG = (RevisionFrozen.NAME, NoteAdded.NAME, InvitationSuperseded.NAME, InvitationRestored.NAME)
"""What comes along with an act: the mails of that act are not theirs."""
