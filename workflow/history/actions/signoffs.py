"""Who signs, declines, withdraws, and whose signature counts."""

from __future__ import annotations

from datetime import datetime

from workflow.history.action import Action, Personal, action


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
