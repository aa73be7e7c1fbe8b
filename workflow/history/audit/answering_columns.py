"""Every column of what co-signers, offices and strangers answer, and of what comes by mail."""

from __future__ import annotations

from workflow.history.audit.bonds import FOLDED, LETTER, OWN, REMINDERS, WHEN_MADE, Bound, Free, held_by, told_by

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
    "open_calls": {
        "letter_id": LETTER,
        **dict.fromkeys(("address", "words", "opened_at"), told_by("call.opened")),
        "closed_at": told_by("call.opened, call.closed"),
    },
    "join_requests": {
        "id": OWN,
        "letter_id": LETTER,
        **dict.fromkeys(
            ("organisation", "acronym", "country", "website", "name", "title", "email", "words"),
            held_by("the keyed hash of join.confirmed, and what invitation.created opens for whoever was accepted"),
        ),
        "state": told_by("join.confirmed, join.accepted, join.refused, join.expired"),
        "reason": held_by("the keyed hash of join.refused"),
        "invitation_id": told_by("join.confirmed, join.accepted"),
        "confirmed_at": told_by("join.confirmed"),
        "decided_at": told_by("join.confirmed, join.accepted, join.refused, join.expired"),
        "token_hash": Free("Of the link that confirms it; of one that was confirmed it does nothing more."),
        "language": Free("In which language it is written to them."),
        "folded": FOLDED,
        "created_at": WHEN_MADE,
    },
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
        Free(
            "To whom nothing is sent, of whatever letter: it decides nothing. That it came about, and ended, is in the "
            "entries; so is every mail that leaves, and every one that does not."
        ),
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
        Free(
            "What came by email decides nothing: a mail that came back has its own step on the record, and of an "
            "answer its SHA-256 and a keyed hash of who wrote it."
        ),
    ),
}
