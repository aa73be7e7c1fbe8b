"""Every column of what co-signers, offices and strangers answer, and of what comes by mail."""

from __future__ import annotations

from workflow.history.audit.bonds import LETTER, OWN, REMINDERS, WHEN_MADE, Bound, Free, told_by

ANSWERING: dict[str, dict[str, Bound | Free]] = {
    "invitation_contacts": {
        "id": OWN,
        "invitation_id": told_by("contact.added"),
        "name": told_by("contact.added, contact.corrected, invitation.handed_over"),
        "email": told_by("contact.added, contact.corrected, invitation.handed_over"),
        "created_at": WHEN_MADE,
        "removed_at": told_by("contact.removed"),
        "no_reminders": REMINDERS,
    },
    "proposals": {
        "id": Free("A proposal is named by the number of its entry."),
        **dict.fromkeys(
            ("invitation_id", "digest", "name", "title", "link_id", "confirming_link_id", "proposed_at"),
            told_by("proposal.made"),
        ),
        "browser": Free("Compared once, as it is confirmed: the entry of that says what was found."),
        "sequence": OWN,
        "outcome": told_by(
            "proposal.made, proposal.refused, proposal.ended, invitation.sign, invitation.decline, letter.revise"
        ),
        "ended_at": Free("When it was closed; the entry that closed it has its time."),
    },
    "conditional_signoffs": {
        "id": Free("An agreement is named by the number of its entry."),
        "sequence": OWN,
        **dict.fromkeys(
            (
                "invitation_id",
                "comment_id",
                "base",
                "digest",
                "name",
                "title",
                "link_id",
                "signed_at",
                "objection_hours",
                "code_required",
            ),
            told_by("condition.agreed"),
        ),
        **dict.fromkeys(("outcome", "ended_at"), told_by("condition.agreed, condition.ended, invitation.fulfil")),
    },
    "open_calls": dict.fromkeys(
        ("letter_id", "address", "words", "opened_at", "closed_at"),
        Free("A public page: entries tell when it was opened and closed, and nothing that is signed hangs on it."),
    ),
    "join_requests": dict.fromkeys(
        (
            "id",
            "letter_id",
            "token_hash",
            "organisation",
            "acronym",
            "country",
            "website",
            "name",
            "title",
            "email",
            "language",
            "words",
            "state",
            "reason",
            "invitation_id",
            "created_at",
            "confirmed_at",
            "decided_at",
            "folded",
        ),
        Free("What a stranger asked for: whoever was accepted stands on an invitation, which its own entries tell."),
    ),
    "office_replies": {
        "id": OWN,
        "letter_id": LETTER,
        **dict.fromkeys(
            ("recipient_id", "received_at", "words", "document_sha256", "file_name"), told_by("office.replied")
        ),
        "told_at": told_by("office.replied, office.reply_told"),
        "created_at": WHEN_MADE,
    },
    "addenda": {
        "id": OWN,
        "letter_id": LETTER,
        **dict.fromkeys(("fingerprint", "asked_at"), told_by("addendum.asked")),
        **dict.fromkeys(("documents", "names_root", "names_salt"), told_by("addendum.asked, addendum.made")),
        "sent_at": told_by("addendum.asked, addendum.sent"),
        "delivered_at": told_by("addendum.asked, addendum.delivered"),
    },
    "blocked_addresses": dict.fromkeys(
        (
            "id",
            "address",
            "reason",
            "words",
            "delivery_id",
            "created_at",
            "lifted_at",
        ),
        Free("To whom nothing is sent: that it came about, and ended, is in the letter’s entries; it decides nothing."),
    ),
    "incoming_mails": dict.fromkeys(
        (
            "id",
            "sha256",
            "kind",
            "delivery_id",
            "letter_id",
            "invitation_id",
            "sender",
            "subject",
            "sealed",
            "found",
            "received_at",
            "seen_at",
        ),
        Free("What came by email decides nothing; the SHA-256 of each answer, and who wrote it, are on the record."),
    ),
}
