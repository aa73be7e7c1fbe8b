"""
Every column of every table: by what it is bound to the history, or why it need not be.

A test fails for a column that is not here, and for one that is called bound and whose change nothing notices.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bound:
    """What holds a column: the entries that tell its value, or what else it is checked against."""

    by: str
    told: bool = True
    """An entry tells its value; else it is checked in another way."""


@dataclass(frozen=True, slots=True)
class Free:
    """Why nothing need hold a column."""

    why: str


def _told(by: str) -> Bound:
    return Bound(by)


def _held(by: str) -> Bound:
    return Bound(by, told=False)


OWN = _held("the entries that name the row")
LETTER = _held("the log itself: its entries are those of one letter")
STATE = _held("the steps in the log, one by one")
DRAFT = _held("the digest of the draft: letter.created, letter.edited, suggestion.accepted")
WHEN_MADE = Free("When the row was made: shown to nobody who decides by it.")
ACCOUNTS = Free("Accounts: of no letter's history.")
ACCESS = Free("Who may see the letter: entries tell how that came about, and nothing that was decided hangs on it.")
LOG = _held("the hashes, the checkpoints and their signatures")
COMMON = _held("the log over all letters: its hashes, its heads and their signatures")
FOLDED = Free("What a search compares, made from other columns; nothing is shown or decided by it.")
ROUND = Free("Whom an act for all has reached; what was done of it stands in its entries, and by digest who counts.")
DIRECTORY = Free("The directory serves new letters; what stands on a letter is told by its own entries.")
WORKER = Free("When and by which worker a mail is tried next: never to whom it goes, or what it says.")

TERMS = ("deadline", "timezone", "minimum", "comments_shared", "code_required", "objection_hours")
LATER_TERMS = ("reminders", "at_deadline", "extend_days", "four_eyes", "late_names", "reply_days")
NOT_YET = Free("Nothing writes it yet.")

COLUMNS: dict[str, dict[str, Bound | Free]] = {
    "campaigns": {
        "id": OWN,
        "name": _told("letter.created, campaign.renamed"),
        "asks_as": Free("Who asks, in the words of emails and pages; the bytes of what was sent are bound."),
        "individuals": Free("Whether people may be invited in their own name; who was, stands in the entries."),
        **dict.fromkeys(
            (*TERMS, *LATER_TERMS),
            Free("What a new letter begins with; a letter's own terms are on its record."),
        ),
        **dict.fromkeys(("footer_code", "retention_days"), Free("What a new letter begins with; how long it is kept.")),
        "folded": FOLDED,
        "created_at": WHEN_MADE,
    },
    "letters": {
        "id": OWN,
        "campaign_id": _told("letter.created"),
        "state": STATE,
        "version": _told("letter.created, letter.edited, suggestion.accepted"),
        "language": DRAFT,
        "subject": DRAFT,
        "date": _told("letter.created, letter.edited, letter.approve"),
        "place": _told("letter.created, letter.edited"),
        "salutation": DRAFT,
        "body": DRAFT,
        "closing": DRAFT,
        "revision_number": _told("revision.frozen"),
        "reason": _told("letter.revise, letter.withdraw"),
        "letterhead": _told("paper.chosen"),
        "layout": _told("paper.chosen"),
        "ordering": _told("paper.chosen"),
        "objections_until": _told("letter.open_sign_off, letter.revise, letter.reopen"),
        "dispatch_at": _told("letter.scheduled, letter.dispatch, letter.revise, letter.reopen, letter.withdraw"),
        "previewed": _told("letter.scheduled, letter.revise, letter.reopen"),
        "round": ROUND,
        **dict.fromkeys((*TERMS, *LATER_TERMS), _told("letter.created, campaign.terms")),
        "extended": NOT_YET,
        **dict.fromkeys(("room_to_sign", "running_header", "fit_pages"), _told("paper.chosen")),
        "code": _told("letter.approve"),
        "footer_code": _told("letter.created, paper.chosen"),
        "legal_hold": _told("letter.created, letter.held, letter.released"),
        "erased_at": _told("letter.created, letter.erased"),
        **dict.fromkeys(("office_subject", "office_words", "copies"), _told("letter.created, office.covered")),
        "note_id": _told("letter.created, note.added, letter.circulate, letter.open_sign_off"),
        "note_draft": Free("Words that a coordinator is still writing: nobody has been sent them."),
        "folded": FOLDED,
        "created_at": WHEN_MADE,
    },
    "recipients": {
        "id": OWN,
        "letter_id": LETTER,
        "position": _told("letter.created, letter.edited"),
        "name": DRAFT,
        "title": DRAFT,
        "office": DRAFT,
        "address": DRAFT,
        "email": _told("letter.created, letter.edited, recipient.addressed"),
    },
    "revisions": {
        "id": Free("Nothing refers to it; a revision is named by its number."),
        "letter_id": LETTER,
        "number": OWN,
        "digest": _told("revision.frozen"),
        "canonical": _held("its SHA-256 is the digest"),
        "frozen_at": _told("revision.frozen"),
    },
    "known_organisations": dict.fromkeys(
        (
            "id",
            "campaign_id",
            "name",
            "names",
            "acronym",
            "country",
            "website",
            "logo_sha256",
            "language",
            "timezone",
            "four_eyes",
            "merged_into",
            "folded",
            "created_at",
        ),
        DIRECTORY,
    ),
    "contacts": dict.fromkeys(
        ("id", "organisation_id", "position", "name", "title", "email", "gets_link", "signs", "folded"), DIRECTORY
    ),
    "notes": {
        "id": OWN,
        "letter_id": LETTER,
        "act": _told("note.added"),
        "words": _told("note.added"),
        "created_at": WHEN_MADE,
    },
    "pasted_lists": dict.fromkeys(
        ("id", "letter_id", "user_id", "sealed", "changed_at"),
        Free("A list that is still looked through; what is saved of it is on the record, and it is gone after a day."),
    ),
    "intakes": dict.fromkeys(
        ("id", "letter_id", "name", "source", "parts", "doubts", "unsettled", "created_at"),
        Free("What a letter was taken in from; the draft that was made of it is on the record."),
    ),
    "organisations": {
        "id": OWN,
        "known_id": Free("Which one of the directory it is; what is printed stands on the letter itself."),
        "name": _told("invitation.created, invitation.corrected, organisation.renamed"),
        "acronym": _told("invitation.created, invitation.corrected, organisation.renamed"),
        "country": _told("invitation.placed, invitation.corrected"),
        "logo_sha256": _told("organisation.logo"),
        "folded": FOLDED,
    },
    "invitations": {
        "id": OWN,
        "letter_id": LETTER,
        "organisation_id": _told("invitation.created"),
        "position": _told("invitation.created, invitation.placed, invitation.removed"),
        "required": _told("invitation.created, invitation.corrected"),
        "founder": _told("invitation.placed"),
        "confidential": _told("invitation.placed"),
        "email": _told("invitation.created, invitation.corrected, invitation.contact, invitation.handed_over"),
        "second_email": _told("invitation.second_contact"),
        "contact_name": Free("How the contact is greeted; the address is on the record."),
        "individual": _told("invitation.created"),
        "signatory": _told("invitation.created, invitation.corrected, invitation.handed_over"),
        "signatory_title": _told("invitation.created, invitation.corrected, invitation.handed_over"),
        "state": STATE,
        "verdict": _told("invitation.verdict, invitation.sign, invitation.retract, invitation.reinvite"),
        "reason": _told("invitation.decline, invitation.retract, invitation.reinvite"),
        "reason_shared": _told("invitation.decline"),
        "more_time": Free("A request that the coordinator reads; time.asked commits to its words."),
        "round": ROUND,
        "language": _told("invitation.reader"),
        "timezone": _told("invitation.reader"),
        "folded": FOLDED,
        **dict.fromkeys(("deadline", "four_eyes", "no_reminders", "reminded", "reminded_at"), NOT_YET),
        "answered_at": Free("Shown beside an answer; the time that counts is that of the answer's entry."),
    },
    "links": {
        "id": _held("the sign-offs that were given with it"),
        "invitation_id": _held("the sign-offs that were given with it"),
        "token_hash": _held("made from the link's id and this instance's secret"),
        "created_at": Free("Until when it lives where there is no deadline; it opens the same invitation."),
        "revoked_at": _held("link.replaced, invitation.handed_over, invitation.revoke; one link lives at a time"),
        "fetched_at": Free("What counts of it stands in the sign-off's entry."),
        "fetched_by": Free("What counts of it stands in the sign-off's entry."),
        "networks": Free("What counts of it stands in the sign-off's entry."),
        **dict.fromkeys(("purpose", "contact_id", "email", "name"), NOT_YET),
    },
    "signoffs": {
        "id": Free("A sign-off is named by the number of its entry."),
        "invitation_id": _told("invitation.sign, invitation.stay"),
        "digest": _told("invitation.sign, invitation.stay"),
        "name": _told("invitation.sign, invitation.stay, signoff.corrected"),
        "title": _told("invitation.sign, invitation.stay, signoff.corrected"),
        "link_id": _told("invitation.sign, invitation.stay"),
        "sequence": OWN,
        "signed_at": _told("invitation.sign, invitation.stay"),
        "retracted_at": _told("invitation.retract, invitation.sign"),
        "image_sha256": _told("signoff.image, invitation.stay"),
        "basis": _told("invitation.sign, invitation.stay"),
        "objection_hours": _told("invitation.sign, invitation.stay"),
        "code_required": _told("invitation.sign, invitation.stay"),
        "folded": FOLDED,
        "late": NOT_YET,
        "odd": Free("What counts of it stands in the sign-off's entry."),
    },
    "comments": {
        "id": OWN,
        "invitation_id": _told("comment.added, suggestion.added, comment.answered"),
        "digest": _told("comment.added, suggestion.added, comment.answered"),
        "paragraph": _told("comment.added, suggestion.added, comment.answered"),
        "words": _told("comment.added, suggestion.added, comment.answered"),
        "reply_to": _told("comment.added, comment.answered"),
        "shared": _told("comment.added, suggestion.added, comment.answered"),
        "user_id": _told("comment.answered"),
        "replaces": _told("suggestion.added"),
        "replacement": _told("suggestion.added"),
        "settled": _told("suggestion.accepted, suggestion.dismissed"),
        "chosen": Free("What a coordinator means to accept; what was accepted is on the record."),
        "created_at": WHEN_MADE,
    },
    "codes": {
        "id": OWN,
        "link_id": _held("code.sent names the invitation; the sign-off that took the code names its link"),
        "purpose": Free("What it may be redeemed for, for ten minutes."),
        "browser": Free("Which browser may redeem it, for ten minutes."),
        "expires_at": Free("Which browser may redeem it, for ten minutes."),
        "tries": Free("Which browser may redeem it, for ten minutes."),
        "used_at": _held("the sign-off that took the code"),
    },
    "deliveries": {
        "id": OWN,
        "letter_id": LETTER,
        "invitation_id": _told("delivery.queued"),
        "recipient_id": _told("delivery.queued"),
        "kind": _told("delivery.queued"),
        "address": _told("delivery.queued"),
        "about": _told("delivery.queued"),
        "dedupe_key": Free("Keeps a mail from being queued twice; what was queued is on the record."),
        "message_id": _held("it bears the delivery's id"),
        "sealed": _held("its SHA-256 is mime_sha256; compared for the letter to an office"),
        "skeleton": Free("What its bytes are made from; once they are made, mime_sha256 binds them."),
        "fills": Free("What its bytes are made from; once they are made, mime_sha256 binds them."),
        "mime_sha256": _told("delivery.hand_over, delivery.accept, delivery.defer, delivery.reject, delivery.lose"),
        "state": STATE,
        "attempts": WORKER,
        "next_at": WORKER,
        "claimed_at": WORKER,
        "lease_until": WORKER,
        "lease_owner": WORKER,
        "epoch": WORKER,
        "answer": _told("delivery.accept, delivery.defer, delivery.reject, delivery.lose"),
        "queued_at": Free("The mail's date; its bytes are bound once they are made."),
        "settled_at": _told("delivery.accept, delivery.reject"),
        "cause": _held("the entry that queued it"),
    },
    "documents": {
        "sha256": OWN,
        "media_type": _held("what the entry says it is"),
        "content": _held("its SHA-256"),
        "created_at": WHEN_MADE,
    },
    "letterheads": {
        "id": OWN,
        "campaign_id": _told("letterhead.added"),
        "letter_id": LETTER,
        "name": Free("What the coordinator calls it."),
        "docx_sha256": _told("letterhead.added"),
        "found": Free("Sentences for the coordinator."),
        "created_at": WHEN_MADE,
    },
    "renderings": {
        "id": OWN,
        "letter_id": LETTER,
        "recipient_id": _told("document.rendered"),
        "fingerprint": _told("document.rendered"),
        "docx_sha256": _told("document.rendered"),
        "pdf_sha256": _told("document.rendered"),
        "no_pdf": Free("Told to the coordinator: why there is no PDF."),
        **dict.fromkeys(("names_root", "names_salt"), _told("document.rendered")),
        "too_large": Free("Told to the coordinator: why no mail takes the documents, which are not sent then."),
        "created_at": WHEN_MADE,
    },
    "mail_skeletons": dict.fromkeys(
        ("sha256", "content", "created_at"),
        Free("What mails are made from; once they are made, mime_sha256 binds them."),
    ),
    "invitation_contacts": dict.fromkeys(
        (
            "id",
            "invitation_id",
            "name",
            "email",
            "created_at",
            "removed_at",
        ),
        NOT_YET,
    ),
    "proposals": dict.fromkeys(
        (
            "id",
            "invitation_id",
            "digest",
            "name",
            "title",
            "link_id",
            "confirming_link_id",
            "sequence",
            "proposed_at",
            "outcome",
            "ended_at",
        ),
        NOT_YET,
    ),
    "conditional_signoffs": dict.fromkeys(
        (
            "id",
            "invitation_id",
            "comment_id",
            "digest",
            "name",
            "title",
            "link_id",
            "sequence",
            "signed_at",
            "objection_hours",
            "outcome",
            "ended_at",
        ),
        NOT_YET,
    ),
    "open_calls": dict.fromkeys(
        (
            "letter_id",
            "address",
            "words",
            "opened_at",
            "closed_at",
        ),
        NOT_YET,
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
        NOT_YET,
    ),
    "office_replies": dict.fromkeys(
        (
            "id",
            "letter_id",
            "recipient_id",
            "received_at",
            "words",
            "document_sha256",
            "file_name",
            "told_at",
            "created_at",
        ),
        NOT_YET,
    ),
    "addenda": dict.fromkeys(
        (
            "id",
            "letter_id",
            "fingerprint",
            "documents",
            "made_at",
            "sent_at",
        ),
        NOT_YET,
    ),
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
        NOT_YET,
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
        NOT_YET,
    ),
    "mail_pauses": dict.fromkeys(("id", "until", "answer", "in_a_row"), WORKER),
    "workers": dict.fromkeys(("name", "seen_at", "sends"), WORKER),
    "batches": dict.fromkeys(
        (
            "id",
            "letter_id",
            "act",
            "actor_role",
            "actor_key",
            "about",
            "total",
            "done",
            "created_at",
            "ended_at",
        ),
        Free("What is still to be done of an act; what was done of it stands in its entries."),
    ),
    "log_heads": {"letter_id": LOG, "size": LOG, "frontier": LOG, "vkey": LOG, "last_at": LOG},
    "log_subtrees": {"letter_id": LOG, "level": LOG, "number": LOG, "root": LOG},
    "log_entries": dict.fromkeys(
        ("letter_id", "sequence", "entry", "leaf", "action", "at", "invitation_id", "delivery_id", "cause"), LOG
    ),
    "common_entries": dict.fromkeys(("position", "entry", "leaf", "letter_id", "size"), COMMON) | {"at": WHEN_MADE},
    "common_subtrees": dict.fromkeys(("level", "number", "root"), COMMON),
    "common_head": dict.fromkeys(("id", "size", "frontier", "vkey"), COMMON),
    "common_checkpoints": {"size": COMMON, "note": COMMON, "at": WHEN_MADE},
    "sequenced": dict.fromkeys(("letter_id", "size", "frontier"), COMMON),
    "head_witnesses": {
        "size": COMMON,
        "witness": COMMON,
        "kind": COMMON,
        "content": _held("the signature of the witness"),
        "at": WHEN_MADE,
    },
    "witness_failures": dict.fromkeys(
        ("witness", "why", "since", "times", "next_at"),
        Free("When somebody outside is asked next: never what they have seen."),
    ),
    "checkpoints": {"letter_id": LOG, "size": LOG, "note": LOG},
    "disclosures": {
        "letter_id": Free("One in a wrong place opens nothing; what it opened is compared by its keyed hash."),
        "sequence": Free("One in a wrong place opens nothing; what it opened is compared by its keyed hash."),
        "salt": _held("the commitment of its entry"),
        "payload": _held("the commitment of its entry"),
    },
    "erasures": dict.fromkeys(
        (
            "id",
            "what",
            "mark",
            "sealed",
            "letter_id",
            "campaign_id",
            "documents",
            "ground",
            "actor_role",
            "actor_key",
            "begun_at",
            "ended_at",
            "done",
        ),
        Free("Which erasures there were, for whoever asks; what was erased of a letter stands in its own entries."),
    ),
    "instance_keys": dict.fromkeys(
        ("fingerprint", "name", "since", "until"), Free("Held against the keys at hand, at every start.")
    ),
    "users": dict.fromkeys(
        (
            "id",
            "email",
            "name",
            "organisation",
            "language",
            "timezone",
            "admin",
            "digest",
            "digested_on",
            "folded",
            "deactivated_at",
            "created_at",
        ),
        ACCOUNTS,
    ),
    "staff_sessions": dict.fromkeys(
        ("id", "user_id", "created_at", "seen_at", "expires_at", "ended_at", "browser", "network"), ACCOUNTS
    ),
    "sign_in_links": dict.fromkeys(("token_hash", "user_id", "expires_at", "used_at"), ACCOUNTS),
    "ledger_links": dict.fromkeys(
        ("token_hash", "invitation_id", "address", "expires_at"),
        Free("A link for an hour, by which an organisation reads what is on record of it: nothing is decided by it."),
    ),
    "memberships": dict.fromkeys(("campaign_id", "user_id", "role", "notices", "joined_at"), ACCESS),
    "auditor_links": dict.fromkeys(
        (
            "id",
            "campaign_id",
            "name",
            "email",
            "token_hash",
            "made_by",
            "created_at",
            "expires_at",
            "revoked_at",
            "used_at",
            "opened",
        ),
        ACCESS,
    ),
    "tries": dict.fromkeys(("key", "count", "expires_at"), Free("Counts for the rate limits.")),
}


def told(table: str) -> list[str]:
    """Return the columns of a table whose values entries tell."""
    return [name for name, bond in COLUMNS[table].items() if isinstance(bond, Bound) and bond.told]
