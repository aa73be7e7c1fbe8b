"""
What a coordinator does: take a letter in, draft, invite, circulate, revise, approve, dispatch, withdraw.

Each act locks the letter, takes its steps, queues its mails; the caller's transaction commits all or nothing.
"""

from workflow.campaigns.comments import accept, answer, dismiss
from workflow.campaigns.decisions import readdress, settle
from workflow.campaigns.drafts import Terms, edit, set_recipient_email, set_terms, take_in
from workflow.campaigns.found import Conflict, NotFound
from workflow.campaigns.invitations import (
    invite,
    mail,
    reinvite,
    replace_links,
    resend,
    revoke,
    set_contact,
    set_reader,
    set_second_contact,
)
from workflow.campaigns.notices import notify
from workflow.campaigns.offices import deliveries_of
from workflow.campaigns.papers import fingerprint, keep_rendering, paper, renderings, store
from workflow.campaigns.stationery import (
    letterhead_says,
    DOCX,
    ORDERS,
    Choice,
    Standing,
    add_letterhead,
    choose,
    countries,
    letterhead_of,
    letterheads,
    logos_of,
    printing,
    set_logo,
    set_standing,
    signed_by_hand,
    withhold,
)
from workflow.campaigns.steps import (
    approve,
    circulate,
    confirm,
    dispatch,
    facts,
    open_sign_off,
    reopen,
    reopen_locked,
    revise,
    withdraw,
)

__all__ = [
    "DOCX",
    "ORDERS",
    "Choice",
    "Conflict",
    "NotFound",
    "Standing",
    "Terms",
    "accept",
    "add_letterhead",
    "answer",
    "approve",
    "choose",
    "circulate",
    "confirm",
    "countries",
    "deliveries_of",
    "dismiss",
    "dispatch",
    "edit",
    "facts",
    "fingerprint",
    "invite",
    "keep_rendering",
    "letterhead_says",
    "letterhead_of",
    "letterheads",
    "logos_of",
    "mail",
    "notify",
    "open_sign_off",
    "paper",
    "printing",
    "readdress",
    "reinvite",
    "renderings",
    "reopen",
    "reopen_locked",
    "replace_links",
    "resend",
    "revise",
    "revoke",
    "set_contact",
    "set_logo",
    "set_reader",
    "set_recipient_email",
    "set_second_contact",
    "set_standing",
    "set_terms",
    "settle",
    "signed_by_hand",
    "store",
    "take_in",
    "withdraw",
    "withhold",
]
