"""How staff's pages name states, emails and choices."""

from __future__ import annotations

from workflow.languages import lazy_gettext

LETTER = {
    "drafting": lazy_gettext("Draft"),
    "in_review": lazy_gettext("In review"),
    "sign_off": lazy_gettext("Open for signature"),
    "approved": lazy_gettext("Approved"),
    "sending": lazy_gettext("Sending"),
    "sent": lazy_gettext("Sent"),
    "withdrawn": lazy_gettext("Cancelled"),
}
INVITATION = {
    "invited": "Waiting",
    "signed": "Signed",
    "to_confirm": "Must confirm new version",
    "declined": "Declined",
    "lapsed": "No reply by deadline",
    "revoked": "Invitation cancelled",
    "retracted": "Signature withdrawn",
}
DELIVERY = {
    "queued": "Queued",
    "sending": "Sending",
    "handed_over": "Sending",
    "accepted": "Delivered",
    "deferred": "Retrying",
    "rejected": "Rejected",
    "uncertain": "Not confirmed",
    "bounced": "Bounced",
    "cancelled": "Cancelled",
}

VERDICTS = {"ready": "Ready to sign", "changes_requested": "Changes needed"}
SETTLED = {"accepted": "Accepted", "dismissed": "Dismissed"}
WITHHELD = "An organisation, name withheld"

LAYOUTS = {
    "automatic": lazy_gettext("Automatic"),
    "one": lazy_gettext("One column"),
    "two": lazy_gettext("Two columns"),
    "three": lazy_gettext("Three columns"),
    "compact": lazy_gettext("One line each"),
    "country": lazy_gettext("By country"),
}
