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
    "invited": lazy_gettext("Waiting"),
    "signed": lazy_gettext("Signed"),
    "to_confirm": lazy_gettext("Must confirm new version"),
    "declined": lazy_gettext("Declined"),
    "lapsed": lazy_gettext("No reply by deadline"),
    "revoked": lazy_gettext("Invitation cancelled"),
    "retracted": lazy_gettext("Signature withdrawn"),
}
DELIVERY = {
    "queued": lazy_gettext("Queued"),
    "sending": lazy_gettext("Sending"),
    "handed_over": lazy_gettext("Sending"),
    "accepted": lazy_gettext("Delivered"),
    "deferred": lazy_gettext("Retrying"),
    "rejected": lazy_gettext("Rejected"),
    "uncertain": lazy_gettext("Not confirmed"),
    "bounced": lazy_gettext("Returned"),
    "cancelled": lazy_gettext("Cancelled"),
}

VERDICTS = {"ready": lazy_gettext("Ready to sign"), "changes_requested": lazy_gettext("Changes needed")}
SETTLED = {"accepted": lazy_gettext("Accepted"), "dismissed": lazy_gettext("Dismissed")}
WITHHELD = lazy_gettext("An organisation, name withheld")
SILENT = lazy_gettext("No reply")
UNWRITTEN = lazy_gettext("Not invited")
EARLIER = lazy_gettext("Signed earlier version")
OPENED = lazy_gettext("Link opened")
BY_AGREEMENT = lazy_gettext("Agreed to this text before it was there")
BY_SILENCE = lazy_gettext("Did not object to the minor correction")

LAYOUTS = {
    "automatic": lazy_gettext("Automatic"),
    "one": lazy_gettext("One column"),
    "two": lazy_gettext("Two columns"),
    "three": lazy_gettext("Three columns"),
    "compact": lazy_gettext("One line each"),
    "country": lazy_gettext("By country"),
}
