"""What the entries about the letter itself tell of the tables: its text, its steps, how it is printed, its mails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workflow.history import actions
from workflow.history.audit.told import Column, Said, Secret, Told, named, tells, time
from workflow.history.audit.values import Anything, Is, Sha256, Value
from workflow.history.log import Entry

ASKING = ("circulate", "open_sign_off", "reopen", "write_to_rest")
"""Acts whose note goes with whatever asks for an answer to that text from then on."""

TERMS = ("timezone", "minimum", "comments_shared", "code_required", "objection_hours")
LATER_TERMS = {
    "reminders": [],
    "at_deadline": "close",
    "extend_days": 0,
    "four_eyes": False,
    "late_names": False,
    "reply_days": None,
}
"""Terms that an entry leaves out while they are these."""


@tells(actions.LetterCreated)
def _created(told: Told, entry: Entry) -> None:
    about = entry.about
    if entry.sequence == 0 and "whole" in about:
        told.whole = True
        told.secrets = [Secret(0, None, told.is_at_hand(about["whole"]))]
    campaign = named(entry, "campaign")
    told.make("campaigns", campaign, entry)
    told.make(
        "letters", told.letter, entry, campaign_id=campaign, version=1, revision_number=None, letterhead="plain",
        layout="automatic", ordering="agreed", objections_until=None, dispatch_at=None, previewed="", place="",
        room_to_sign=Anything(), running_header=False, fit_pages=None, footer_code=about.get("footer_code", False),
        note_id="", office_subject="", office_words="", copies=[], legal_hold="", erased_at=None, code=Anything(),
        extended=False, asked_at_deadline=None, unanswered_at=None,
    )  # fmt: skip
    if told.whole:
        told.say("letters", told.letter, entry, reason="")
        _terms(told, entry, about.get("terms") or {})
    _drafted(told, entry)
    recipients = _recipients(told, entry)
    place = ("letters", told.letter, "place")
    told.open(entry, campaign=("campaigns", campaign, "name"), place=place, **recipients)


@tells(actions.SecretChanged)
def _secret_changed(told: Told, entry: Entry) -> None:
    told.secrets.append(Secret(entry.sequence, entry.at, told.is_at_hand(entry.about.get("whole"))))


@tells(actions.LetterEdited)
def _edited(told: Told, entry: Entry) -> None:
    _drafted(told, entry)
    if "date" not in entry.about:
        # Older entries are silent on the addresses that an edit set.
        for row in [row for row in told.rows if row[0] == "recipients"]:
            told.rows[row].pop("email", None)
    recipients = _recipients(told, entry) if "recipients" in entry.about else {}
    told.say("letters", told.letter, entry, place="")
    if entry.commits:
        told.open(entry, place=("letters", told.letter, "place"), **recipients)


def _drafted(told: Told, entry: Entry) -> None:
    told.draft = Said(Is(entry.about.get("draft")), entry.sequence)
    said = {name: entry.about[name] for name in ("version", "date") if name in entry.about}
    told.say("letters", told.letter, entry, **said)


def _recipients(told: Told, entry: Entry) -> dict[str, Column]:
    """The recipients that there are from here on; each address is committed to under its recipient's id."""
    ids = [str(one) for one in entry.about.get("recipients", ())]
    for row in [row for row in told.made if row[0] == "recipients" and row[1] not in ids]:
        del told.made[row]
        told.rows.pop(row, None)
    for position, one in enumerate(ids, 1):
        told.make("recipients", one, entry, position=position)
    return {one: ("recipients", one, "email") for one in ids}


@tells(actions.RecipientAddressed)
def _addressed(told: Told, entry: Entry) -> None:
    told.open(entry, email=("recipients", named(entry, "recipient"), "email"))


@tells(actions.CampaignRenamed)
def _renamed(told: Told, entry: Entry) -> None:
    told.open(entry, name=("campaigns", _campaign(told), "name"))


def _campaign(told: Told) -> str:
    """The campaign that the letter came into."""
    said = told.rows["letters", told.letter]["campaign_id"].value
    return str(said.value) if isinstance(said, Is) else ""


@tells(actions.CampaignTerms)
def _terms_set(told: Told, entry: Entry) -> None:
    _terms(told, entry, entry.about)


def _terms(told: Told, entry: Entry, terms: Mapping[str, Any]) -> None:
    said = {name: terms[name] for name in TERMS if name in terms}
    said |= {name: terms.get(name, without) for name, without in LATER_TERMS.items()}
    if "deadline" in terms:
        said["deadline"] = time(terms["deadline"])
    told.say("letters", told.letter, entry, **said)


@tells(actions.DeadlineExtended)
def _extended(told: Told, entry: Entry) -> None:
    told.say("letters", told.letter, entry, deadline=time(entry.about.get("deadline")), extended=True)


@tells(actions.DeadlineCame)
def _came(told: Told, entry: Entry) -> None:
    told.say("letters", told.letter, entry, asked_at_deadline=time(entry.about.get("deadline")))


@tells(actions.SuggestionAccepted)
def _accepted(told: Told, entry: Entry) -> None:
    _drafted(told, entry)
    told.say("comments", named(entry, "comment"), entry, settled="accepted")


@tells(actions.SuggestionDismissed)
def _dismissed(told: Told, entry: Entry) -> None:
    told.say("comments", named(entry, "comment"), entry, settled="dismissed")


# --- its steps --------------------------------------------------------------------------------------------------------


@tells(actions.RevisionFrozen)
def _frozen(told: Told, entry: Entry) -> None:
    number = entry.about.get("number")
    told.say("letters", told.letter, entry, revision_number=number)
    if ("revisions", str(number)) not in told.made:
        frozen_at = told.moment(entry)
        told.make("revisions", str(number), entry, digest=entry.about.get("digest"), frozen_at=frozen_at)


@tells(actions.LetterCirculated)
def _circulated(told: Told, entry: Entry) -> None:
    told.say("letters", told.letter, entry, note_id="")


@tells(actions.SignOffOpened)
def _opened(told: Told, entry: Entry) -> None:
    told.say("letters", told.letter, entry, objections_until=time(entry.about.get("objections_until")), note_id="")


@tells(actions.OfficeCovered)
def _covered(told: Told, entry: Entry) -> None:
    kept = {"subject": "office_subject", "words": "office_words", "copies": "copies"}
    told.open(entry, **{name: ("letters", told.letter, column) for name, column in kept.items()})


@tells(actions.NoteAdded)
def _note_added(told: Told, entry: Entry) -> None:
    key, act = named(entry, "note"), named(entry, "act")
    told.make("notes", key, entry, act=act)
    told.open(entry, words=("notes", key, "words"))
    if act in ASKING:
        told.say("letters", told.letter, entry, note_id=key)


@tells(actions.LetterRevised)
def _revised(told: Told, entry: Entry) -> None:
    _reason(told, entry)
    told.say("letters", told.letter, entry, dispatch_at=None, previewed="", objections_until=None)
    told.close_proposals(entry, "ended")


@tells(actions.SignOffReopened)
def _reopened(told: Told, entry: Entry) -> None:
    # What was recorded by an older version let the time to object run on.
    until = None if told.whole else Anything()
    told.say("letters", told.letter, entry, dispatch_at=None, previewed="", objections_until=until)


@tells(actions.LetterWithdrawn)
def _withdrawn(told: Told, entry: Entry) -> None:
    _reason(told, entry)
    told.say("letters", told.letter, entry, dispatch_at=None)


def _reason(told: Told, entry: Entry) -> None:
    if told.whole:
        told.open(entry, reason=("letters", told.letter, "reason"))


@tells(actions.LetterApproved)
def _approved(told: Told, entry: Entry) -> None:
    if "date" in entry.about:
        told.say("letters", told.letter, entry, date=entry.about["date"])
    if "code" in entry.about:
        told.say("letters", told.letter, entry, code=entry.about["code"])
    for letterhead in entry.about.get("letterheads") or ():
        told.store(entry, letterhead, "docx")


@tells(actions.DispatchScheduled)
def _scheduled(told: Told, entry: Entry) -> None:
    told.say("letters", told.letter, entry, dispatch_at=time(entry.about.get("at")))
    if "previewed" in entry.about:
        told.say("letters", told.letter, entry, previewed=entry.about["previewed"])
    else:
        told.rows["letters", told.letter].pop("previewed", None)


@tells(actions.LetterDispatched)
def _dispatched(told: Told, entry: Entry) -> None:
    told.say("letters", told.letter, entry, dispatch_at=None)


# --- how it is printed ------------------------------------------------------------------------------------------------


@tells(actions.PaperChosen)
def _paper_chosen(told: Told, entry: Entry) -> None:
    chosen = {name: entry.about.get(name) for name in ("letterhead", "layout", "ordering")}
    told.say("letters", told.letter, entry, **chosen, footer_code=entry.about.get("footer_code", False))
    if "room_to_sign" in entry.about:
        on_paper = {name: entry.about.get(name) for name in ("room_to_sign", "running_header", "fit_pages")}
        told.say("letters", told.letter, entry, **on_paper)


@tells(actions.LetterheadAdded)
def _letterhead_added(told: Told, entry: Entry) -> None:
    docx = named(entry, "docx")
    told.make("letterheads", named(entry, "letterhead"), entry, docx_sha256=docx, campaign_id=_campaign(told))
    told.store(entry, docx, "docx")


@tells(actions.DocumentRendered)
def _rendered(told: Told, entry: Entry) -> None:
    about = entry.about
    key = str(about.get("rendering") or f"entry {entry.sequence}")
    said = {"recipient_id": about.get("recipient"), "docx_sha256": about.get("docx"), "pdf_sha256": about.get("pdf")}
    if "fingerprint" in about:
        said["fingerprint"] = about["fingerprint"]
    said |= {"names_root": str(about.get("names") or ""), "names_salt": names_salt(told, entry)}
    told.make("renderings", key, entry, **said)
    for kind in ("docx", "pdf"):
        told.store(entry, about.get(kind), kind)
    told.store(entry, about.get("letterhead"), "docx")


def names_salt(told: Told, entry: Entry) -> Value:
    """Return what names are salted with: committed to; where that was erased, so is the salt."""
    opened = told.opened.get(entry.sequence)
    if opened is None and entry.commits:
        return Anything()
    salt = str((opened or {}).get("names_salt") or "")
    return Is(bytes.fromhex(salt) if salt else None)


# --- its mails --------------------------------------------------------------------------------------------------------


@tells(actions.DeliveryQueued)
def _queued(told: Told, entry: Entry) -> None:
    about, key = entry.about, named(entry, "delivery")
    told.make(
        "deliveries", key, entry, kind=about.get("kind"), invitation_id=about.get("invitation"),
        recipient_id=about.get("recipient"), mime_sha256=Anything(), settled_at=None, answer="",
    )  # fmt: skip
    if "to" in about:
        address, made_from = told.keyed(entry, "to", "to", key), told.keyed(entry, "made_from", "made_from", key)
        told.say("deliveries", key, entry, address=address, about=made_from)
    for kind in ("docx", "pdf"):
        told.store(entry, about.get(kind), kind)


@tells(actions.DeliveryHandedOver)
def _handed_over(told: Told, entry: Entry) -> None:
    if told.whole or "mime" in entry.about:
        told.say("deliveries", named(entry, "delivery"), entry, mime_sha256=entry.about.get("mime"))


@tells(actions.DeliveryDeferred, actions.DeliveryLost, actions.DeliveryBounced, actions.DeliveryUnbounced)
def _answered(told: Told, entry: Entry) -> None:
    key = named(entry, "delivery")
    if "answer" in entry.about:
        told.say("deliveries", key, entry, answer=Sha256(str(entry.about["answer"])))
    elif "attempt" in entry.about:
        told.say("deliveries", key, entry, answer="")
    if "mime" in entry.about:
        told.say("deliveries", key, entry, mime_sha256=entry.about["mime"])


@tells(actions.DeliveryAccepted, actions.DeliveryRejected)
def _settled(told: Told, entry: Entry) -> None:
    _answered(told, entry)
    told.say("deliveries", named(entry, "delivery"), entry, settled_at=told.moment(entry))
