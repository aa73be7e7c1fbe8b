"""How staff's pages name states, emails and choices."""

from __future__ import annotations

LETTER = {
    "drafting": "Draft",
    "in_review": "In review",
    "sign_off": "Open for signature",
    "approved": "Approved",
    "sending": "Sending",
    "sent": "Sent",
    "withdrawn": "Cancelled",
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
    "automatic": "Automatic",
    "one": "One column with space for signatures",
    "two": "Two columns",
    "three": "Three columns",
    "compact": "One line each",
    "country": "By country",
}
