"""Who signs, declines, withdraws, and whose signature counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workflow.history.action import Action, Personal, action
from workflow.languages import marked


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
    contact_by_hand: bool = False
    """A coordinator had given it this contact after it was written to."""
    contact_of_member: str = ""
    """The contact's address belongs to who works on the campaign (`address`), or is at the same place (`domain`)."""
    late: bool = False
    """After the letter was sent: for its addendum."""
    proposal: int | None = None
    """The entry in which another had proposed it, where two are asked for."""
    same_browser: bool = False
    """It was confirmed in the very browser in which it was proposed."""
    other_domain: bool = False
    """Who confirmed it was written to at another domain than who proposed it."""
    name: Personal
    title: Personal
    organisation: Personal
    acronym: Personal

    @classmethod
    def sentence(cls, about: Mapping[str, Any]) -> str:
        """Say of a late one that the letter was sent without it."""
        return "{signed}, after the letter was sent" if about.get("late") else cls.SENTENCE


@action("proposal.made", "decision", "{who} proposed to sign; another is to confirm it")
class ProposalMade(Action):
    """One proposes a signature, for another to confirm by a link of their own; one before it ends."""

    invitation: str
    digest: str
    link: str
    confirming: str
    name_typed: bool
    authority_ticked: bool
    code_required: bool
    code: str = ""
    contact: str = ""
    """Which other contact proposes it; empty: the first."""
    name: Personal
    title: Personal
    organisation: Personal
    acronym: Personal
    to: Personal
    confirmer: Personal


@action("proposal.refused", "decision", "What was proposed for {who} was refused")
class ProposalRefused(Action):
    invitation: str
    proposal: int
    link: str
    code: str = ""
    reason: Personal


@action("proposal.ended", "decision", "What was proposed for {who} is not to be confirmed any more")
class ProposalEnded(Action):
    """Withdrawn by whose link it names; else it ended with a contact or with a link."""

    invitation: str
    proposal: int
    link: str = ""
    code: str = ""


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


@action("condition.agreed", "decision", "{who} agreed to sign with a suggested change")
class ConditionAgreed(Action):
    invitation: str
    comment: str
    digest: str
    agreed: str
    link: str
    name_typed: bool
    authority_ticked: bool
    code_required: bool
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


@action("condition.ended", "decision", "The agreement of {who} to sign with a change ended: it will not count")
class ConditionEnded(Action):
    invitation: str
    condition: int
    outcome: str
    code: str = ""

    @classmethod
    def sentence(cls, about: Mapping[str, Any]) -> str:
        """Say what ended it."""
        return {
            "taken_back": marked("{who} took back its agreement to sign with a change"),
            "missed": marked("The change that {who} agreed to did not come as agreed: its agreement does not count"),
        }.get(str(about.get("outcome")), cls.SENTENCE)


@action("invitation.fulfil", "decision", "The text is now the one that {who} had agreed to: its signature counts")
class InvitationFulfilled(Action):
    invitation: str
    digest: str
    basis: str
    follows: int
    code_required: bool
    objection_hours: int = 0
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
    link: str = ""
    name: Personal
    reason: Personal


@action("invitation.retract", "decision", "{who} withdrew its signature")
class SignatureWithdrawn(Action):
    invitation: str
    digest: str
    link: str
    code: str = ""
    reason: Personal


@action("invitation.retract_late", "decision", "{who} withdrew its signature after the letter was sent")
class SignatureWithdrawnLate(Action):
    invitation: str
    signoff: int
    """Its entry."""
    printed: bool
    """What was sent bears the name, and goes on to: the letter, or the addendum."""
    link: str
    code: str = ""
    tell_office: bool = False
    """The organisation asks that the recipient is told."""
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


@action(
    "invitation.revive",
    "decision",
    "There is more time: the signature of {who} for an earlier version can be confirmed",
)
class InvitationRevived(Action):
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
