"""The steps of a letter and of an invitation, and when what else is recorded may be."""

from __future__ import annotations

BEFORE_APPROVAL = ("drafting", "in_review", "sign_off")
BEFORE_DISPATCH = (*BEFORE_APPROVAL, "approved")
MOVES = {
    "circulate": (("drafting",), "in_review"),
    "open_sign_off": (("drafting", "in_review"), "sign_off"),
    "revise": (("in_review", "sign_off", "approved"), "drafting"),
    "approve": (("sign_off",), "approved"),
    "reopen": (("approved",), "sign_off"),
    "dispatch": (("approved",), "sending"),
    "confirm": (("sending",), "sent"),
    "withdraw": (BEFORE_DISPATCH, "withdrawn"),
}
"""Each step of the letter: from where, and to where it leads."""

REACHED = {
    "sign": (("invited", "to_confirm", "retracted", "declined", "lapsed"), "signed"),
    "stay": (("to_confirm",), "signed"),
    "restore": (("to_confirm",), "signed"),
    "supersede": (("signed",), "to_confirm"),
    "reinvite": (("declined", "lapsed", "revoked"), "invited"),
    "fulfil": (("invited", "to_confirm", "retracted"), "signed"),
    "retract": (("signed",), "retracted"),
    "retract_late": (("signed",), "retracted"),
    "decline": (("invited", "to_confirm"), "declined"),
    "revoke": (("invited", "to_confirm"), "revoked"),
    "lapse": (("invited", "to_confirm"), "lapsed"),
    "revive": (("lapsed",), "to_confirm"),
}
"""The same of an invitation."""

ONLY_WHILE = {
    "letter.edited": ("drafting",),
    "revision.frozen": ("in_review", "sign_off"),
    "invitation.created": (*BEFORE_APPROVAL, "sent"),
    "invitation.corrected": BEFORE_APPROVAL,
    "invitation.removed": BEFORE_APPROVAL,
    "invitation.sign": ("sign_off", "sent"),
    "invitation.retract_late": ("sending", "sent"),
    "invitation.stay": ("sign_off",),
    "invitation.fulfil": ("sign_off",),
    "document.rendered": ("approved",),
    **{f"letter.{trigger}": sources for trigger, (sources, _) in MOVES.items()},
}
"""In which states of the letter such entries are made."""

_OTHERS = {
    "letter": "scheduled held released erased",
    "campaign": "terms renamed",
    "invitation": "contact second_contact handed_over placed verdict deadline reminders reader four_eyes",
    "contact": "added corrected removed disputed",
    "reader": "added ended",
    "link": "replaced",
    "code": "sent",
    "time": "asked granted declined",
    "comment": "added answered",
    "suggestion": "added accepted dismissed",
    "condition": "agreed ended",
    "proposal": "made refused ended",
    "call": "opened closed",
    "join": "confirmed accepted refused expired",
    "deadline": "extended came",
    "reminders": "sent",
    "delivery": "claim hand_over defer reject lose requeue bounce unbounce cancel",
    "mail": "received",
    "address": "blocked freed",
    "letterhead": "added",
    "paper": "chosen",
    "organisation": "logo",
    "signoff": "image",
    "office": "covered replied reply_told unanswered",
    "addendum": "asked made sent delivered",
    "withdrawal": "passed_on",
    "names": "asked",
    "member": "added removed",
    "auditor_link": "made revoked",
    "auditor": "opened",
    "history": "exported",
    "key": "changed",
    "secret": "changed",
    "note": "added",
    "clock": "jumped",
    "person": "erased",
}
PASSED_OVER = frozenset(
    (
        *(f"letter.{trigger}" for trigger in MOVES),
        *(f"invitation.{trigger}" for trigger in REACHED),
        *(f"{thing}.{what}" for thing, done in _OTHERS.items() for what in done.split()),
    )
)
"""Actions that tell no more of who signed, what was printed and what was sent than that a step was taken, if any."""
