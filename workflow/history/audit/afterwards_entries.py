"""What the entries tell of the tables that come after a letter was sent: replies, late names, the addendum."""

from __future__ import annotations

from workflow.history import actions
from workflow.history.audit.letter_entries import names_salt
from workflow.history.audit.told import Told, named, tells, time
from workflow.history.log import Entry


@tells(actions.OfficeReplied)
def _replied(told: Told, entry: Entry) -> None:
    about, key = entry.about, named(entry, "reply")
    told.make(
        "office_replies", key, entry, recipient_id=about.get("recipient"), received_at=time(about.get("received_at")),
        document_sha256=about.get("document"), told_at=None,
    )  # fmt: skip
    told.open(entry, **{name: ("office_replies", key, name) for name in ("words", "file_name")})
    if about.get("document"):
        told.store(entry, about["document"], str(about.get("form")))


@tells(actions.OfficeReplyTold)
def _told_of(told: Told, entry: Entry) -> None:
    told.say("office_replies", named(entry, "reply"), entry, told_at=told.moment(entry))


@tells(actions.OfficeUnanswered)
def _unanswered(told: Told, entry: Entry) -> None:
    told.say("letters", told.letter, entry, unanswered_at=told.moment(entry))


@tells(actions.AddendumAsked)
def _asked(told: Told, entry: Entry) -> None:
    told.make(
        "addenda", named(entry, "addendum"), entry, fingerprint=entry.about.get("fingerprint"), documents={},
        names_root="", names_salt=None, asked_at=told.moment(entry), sent_at=None, delivered_at=None,
    )  # fmt: skip


@tells(actions.AddendumMade)
def _made(told: Told, entry: Entry) -> None:
    about = entry.about
    documents = about.get("documents") or {}
    told.say(
        "addenda", named(entry, "addendum"), entry, documents=documents, names_root=about.get("names"),
        names_salt=names_salt(told, entry),
    )  # fmt: skip
    for one in documents.values():
        for kind in ("docx", "pdf"):
            told.store(entry, one.get(kind), kind)
    told.store(entry, about.get("letterhead"), "docx")


@tells(actions.AddendumSent)
def _sent(told: Told, entry: Entry) -> None:
    told.say("addenda", named(entry, "addendum"), entry, sent_at=told.moment(entry))


@tells(actions.AddendumDelivered)
def _delivered(told: Told, entry: Entry) -> None:
    told.say("addenda", named(entry, "addendum"), entry, delivered_at=told.moment(entry))
