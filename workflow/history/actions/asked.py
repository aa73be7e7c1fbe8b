"""Who is asked to sign, by which address and until when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from workflow.history.action import Action, Committed, Personal, action
from workflow.languages import marked


@action("invitation.created", "setting", "Added {who}")
class InvitationCreated(Action):
    invitation: str
    organisation: str
    required: bool
    individual: bool = False
    """Somebody who is asked in their own name; the organisation's name is theirs."""
    request: str = ""
    """The request to join that it came by; empty: the coordinator thought of it."""
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
    invited: bool = False
    """It had been written to before, at another address or none."""
    link: str = ""
    """By which whoever was the contact before can say that this is wrong."""
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
    """The links of all its contacts, and those that they made; of the first contact alone where it says so."""

    invitation: str
    first: bool = False


@action("contact.added", "setting", "Added one more contact of {who}")
class ContactAdded(Action):
    """One more person who is written to, and who answers by a link of their own."""

    invitation: str
    contact: str
    link: str = ""
    """By which those who were contacts already can say that this is wrong."""
    name: Personal
    email: Personal


@action("contact.corrected", "setting", "Corrected a contact of {who}")
class ContactCorrected(Action):
    """With another address, the link that went to the one before has ended."""

    invitation: str
    contact: str
    link: str = ""
    """By which whoever reads at the address before can say that this is wrong."""
    name: Personal
    email: Personal


@action("contact.removed", "setting", "Removed a contact of {who}: its link has ended")
class ContactRemoved(Action):
    invitation: str
    contact: str


@action("invitation.four_eyes", "setting", "Set that two have to sign for {who}: one proposes, another confirms")
class FourEyesSet(Action):
    invitation: str
    wanted: bool
    link: str = ""
    """By which somebody of the organisation asked for it; empty: a coordinator set it."""
    code: str = ""

    @classmethod
    def sentence(cls, about: Mapping[str, Any]) -> str:
        """Say which it is, and whether the organisation asked for it itself."""
        if not about.get("wanted"):
            return marked("Set that one person signs alone for {who} again")
        return (
            marked("{who} asked that two sign for it: one proposes, another confirms")
            if about.get("link")
            else cls.SENTENCE
        )


@action("reader.added", "setting", "{who} made a link by which colleagues read the letter")
class ReaderAdded(Action):
    """A link that shows the letter and can answer nothing, made by a contact (none named: the first)."""

    invitation: str
    link: str
    contact: str = ""
    name: Personal
    email: Personal


@action("reader.ended", "setting", "Ended a link by which colleagues of {who} read the letter")
class ReaderEnded(Action):
    invitation: str
    link: str


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
    of: str = ""
    """Which other contact passed it on; empty: the first."""
    contact: Personal
    name: Personal


@action("invitation.deadline", "setting", "Gave {who} a deadline of its own")
class OwnDeadlineSet(Action):
    invitation: str
    deadline: datetime | None
    """None: the letter's deadline holds for it again."""

    @classmethod
    def sentence(cls, about: Mapping[str, Any]) -> str:
        """Say whether it has one."""
        return cls.SENTENCE if about.get("deadline") else marked("Set the letter’s deadline for {who} again")


@action("contact.disputed", "comment", "Whoever was the contact of {who} before said that the change is wrong")
class ContactDisputed(Action):
    invitation: str
    contact: str = ""
    """Which other contact they say is wrong; empty: it is about their own place."""
    words: Personal

    @classmethod
    def sentence(cls, about: Mapping[str, Any]) -> str:
        """Say who said it of whom."""
        return (
            marked("A contact of {who} said that one more contact is wrong") if about.get("contact") else cls.SENTENCE
        )


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


@action("invitation.reminders", "setting", "Set that {who} gets reminders")
class RemindersSet(Action):
    invitation: str
    stopped_by: str = ""
    """`coordinator`, `contact` or `both`; empty: it gets them. Of another contact, or of a link, `contact` or empty."""
    contact: str | None = None
    link: str | None = None

    @classmethod
    def sentence(cls, about: Mapping[str, Any]) -> str:
        """Say whether it is all of the organisation or one contact, and whether they get them."""
        stopped = about.get("stopped_by", "")
        if stopped in ("coordinator", "both"):
            return marked("Set that {who} gets no reminders")
        if stopped:
            return marked("Set that a contact of {who} gets no reminders")
        one = about.get("contact") or about.get("link")
        return marked("Set that a contact of {who} gets reminders") if one else cls.SENTENCE


@action("code.sent", "mail", "Sent {who} a code by email")
class CodeSent(Action):
    invitation: str
    code: str
    purpose: str
