"""What the entries about co-signers tell of the tables: who is asked, who signs, what they say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from workflow.history import actions
from workflow.history.audit.told import Ended, Told, named, tells, time
from workflow.history.audit.values import Anything, Is, Value
from workflow.history.log import Entry


def _organisation(told: Told, entry: Entry) -> str:
    of = told.said("invitations", entry.about.get("invitation")).get("organisation_id")
    return str(of.value.value) if of and isinstance(of.value, Is) else ""


@tells(actions.InvitationCreated)
def _created(told: Told, entry: Entry) -> None:
    key, organisation = named(entry, "invitation"), named(entry, "organisation")
    told.make("organisations", organisation, entry, country="", logo_sha256=None)
    told.make(
        "invitations", key, entry, organisation_id=organisation, required=entry.about.get("required"), founder=False,
        confidential=False, four_eyes=False, second_email="", verdict="", language="", timezone="", deadline=None,
        contact_by_hand=False, individual=bool(entry.about.get("individual")), no_reminders="",
    )  # fmt: skip
    told.order.append(key)
    told.say("invitations", key, entry, position=len(told.order))
    columns = {
        "organisation": ("organisations", organisation, "name"),
        "acronym": ("organisations", organisation, "acronym"),
        "contact": ("invitations", key, "email"),
    }
    if told.whole:
        told.say("invitations", key, entry, reason="", reason_shared=False)
        columns |= {"signatory": ("invitations", key, "signatory"), "title": ("invitations", key, "signatory_title")}
    else:
        # Countries were set without a word of them.
        told.rows["organisations", organisation].pop("country")
    told.open(entry, **columns)


@tells(actions.InvitationCorrected)
def _corrected(told: Told, entry: Entry) -> None:
    key, organisation = named(entry, "invitation"), _organisation(told, entry)
    told.say("invitations", key, entry, required=entry.about.get("required"))
    told.open(
        entry,
        organisation=("organisations", organisation, "name"),
        acronym=("organisations", organisation, "acronym"),
        country=("organisations", organisation, "country"),
        contact=("invitations", key, "email"),
        signatory=("invitations", key, "signatory"),
        title=("invitations", key, "signatory_title"),
    )


@tells(actions.InvitationRemoved)
def _removed(told: Told, entry: Entry) -> None:
    key, organisation = named(entry, "invitation"), _organisation(told, entry)
    place = told.order.index(key)
    told.order.remove(key)
    for row in (("invitations", key), ("organisations", organisation)):
        del told.made[row]
        told.rows.pop(row, None)
    for position, one in enumerate(told.order[place:], place + 1):
        told.say("invitations", one, entry, position=position)


@tells(actions.ContactChanged)
def _contact(told: Told, entry: Entry) -> None:
    told.say("invitations", named(entry, "invitation"), entry, contact_by_hand=bool(entry.about.get("invited")))
    _to_dispute(told, entry, None)
    told.open(entry, contact=("invitations", named(entry, "invitation"), "email"))


def _to_dispute(told: Told, entry: Entry, contact: str | None) -> None:
    """A link by which somebody can say that this is wrong; of one more contact where it names one."""
    if entry.about.get("link"):
        told.say("links", named(entry, "link"), entry, purpose="dispute", contact_id=contact, email="", name="")


@tells(actions.SecondContactSet)
def _second_contact(told: Told, entry: Entry) -> None:
    told.open(entry, contact=("invitations", named(entry, "invitation"), "second_email"))


@tells(actions.InvitationHandedOver)
def _handed_over(told: Told, entry: Entry) -> None:
    key, of = named(entry, "invitation"), entry.about.get("of")
    if of:
        told.open(
            entry, contact=("invitation_contacts", str(of), "email"), name=("invitation_contacts", str(of), "name")
        )
        _end(told, entry, [str(of)])
        return
    told.open(entry, contact=("invitations", key, "email"), name=("invitations", key, "signatory"))
    told.say("invitations", key, entry, signatory_title="", contact_by_hand=False)
    _end(told, entry, [None])


@tells(actions.InvitationRevoked, actions.LinkReplaced)
def _links_ended(told: Told, entry: Entry) -> None:
    _end(told, entry, [None] if entry.about.get("first") else [None, *_others(told, named(entry, "invitation"))])


def _end(told: Told, entry: Entry, contacts: Iterable[str | None]) -> None:
    for contact in contacts:
        told.ended[named(entry, "invitation"), contact] = Ended(entry.at, entry.sequence)


def _others(told: Told, invitation: str) -> list[str]:
    """The contacts besides the first that an invitation ever had."""
    rows = ((key, said) for (table, key), said in told.rows.items() if table == "invitation_contacts")
    return [key for key, said in rows if said["invitation_id"].value.holds(invitation)]


@tells(actions.ContactAdded)
def _contact_added(told: Told, entry: Entry) -> None:
    key = named(entry, "contact")
    told.make("invitation_contacts", key, entry, invitation_id=entry.about.get("invitation"), removed_at=None)
    _to_dispute(told, entry, key)
    told.open(entry, **{name: ("invitation_contacts", key, name) for name in ("name", "email")})


@tells(actions.ContactCorrected)
def _contact_corrected(told: Told, entry: Entry) -> None:
    key = named(entry, "contact")
    opened, before = told.opened.get(entry.sequence), told.said("invitation_contacts", key).get("email")
    if opened is not None and before is not None and not before.value.holds(opened.get("email")):
        _end(told, entry, [key])
    _to_dispute(told, entry, None)
    told.open(entry, **{name: ("invitation_contacts", key, name) for name in ("name", "email")})


@tells(actions.ContactRemoved)
def _contact_removed(told: Told, entry: Entry) -> None:
    key = named(entry, "contact")
    told.say("invitation_contacts", key, entry, removed_at=told.moment(entry))
    _end(told, entry, [key])


@tells(actions.FourEyesSet)
def _two_wanted(told: Told, entry: Entry) -> None:
    told.say("invitations", named(entry, "invitation"), entry, four_eyes=entry.about.get("wanted"))


@tells(actions.ProposalMade)
def _proposed(told: Told, entry: Entry) -> None:
    about, key, confirming = entry.about, str(entry.sequence), named(entry, "confirming")
    told.close_proposals(entry, "ended", with_link=True)
    told.make(
        "proposals", key, entry, invitation_id=about.get("invitation"), digest=about.get("digest"),
        link_id=about.get("link"), confirming_link_id=confirming, proposed_at=told.moment(entry), outcome="",
    )  # fmt: skip
    told.say("links", confirming, entry, purpose="confirm", contact_id=about.get("contact") or None)
    told.open(
        entry, name=("proposals", key, "name"), title=("proposals", key, "title"),
        to=("links", confirming, "email"), confirmer=("links", confirming, "name"),
    )  # fmt: skip
    organisation = _organisation(told, entry)
    if entry.sequence in told.sealed:
        told.sealed[entry.sequence].columns.update(
            organisation=("organisations", organisation, "name"), acronym=("organisations", organisation, "acronym")
        )


@tells(actions.ProposalRefused)
def _refused(told: Told, entry: Entry) -> None:
    told.close_proposals(entry, "refused")


@tells(actions.ProposalEnded)
def _proposal_ended(told: Told, entry: Entry) -> None:
    told.close_proposals(entry, "ended", with_link=True)


@tells(actions.ReaderAdded)
def _reader_added(told: Told, entry: Entry) -> None:
    key = named(entry, "link")
    told.say("links", key, entry, purpose="read", contact_id=entry.about.get("contact") or None)
    told.open(entry, **{name: ("links", key, name) for name in ("name", "email")})


@tells(actions.ReaderEnded)
def _reader_ended(told: Told, entry: Entry) -> None:
    told.over[named(entry, "link")] = entry.sequence


@tells(actions.ReaderSet)
def _reader(told: Told, entry: Entry) -> None:
    key, names = named(entry, "invitation"), ("language", "timezone")
    if entry.commits:
        told.open(entry, **{name: ("invitations", key, name) for name in names})
    else:
        told.say("invitations", key, entry, **{name: entry.about.get(name) for name in names})


@tells(actions.OwnDeadlineSet)
def _own_deadline(told: Told, entry: Entry) -> None:
    told.say("invitations", named(entry, "invitation"), entry, deadline=time(entry.about.get("deadline")))


@tells(actions.InvitationPlaced)
def _placed(told: Told, entry: Entry) -> None:
    about, key = entry.about, named(entry, "invitation")
    told.say("invitations", key, entry, founder=about.get("founder"), confidential=about.get("confidential"))
    if key in told.order and isinstance(about.get("position"), int):
        before = list(told.order)
        told.order.remove(key)
        told.order.insert(about["position"] - 1, key)
        for position, (one, was) in enumerate(zip(told.order, before, strict=True), 1):
            if one != was:
                told.say("invitations", one, entry, position=position)
    if entry.commits:
        told.open(entry, country=("organisations", _organisation(told, entry), "country"))


@tells(actions.LogoSet)
def _logo(told: Told, entry: Entry) -> None:
    organisation = _organisation(told, entry)
    if "png" in entry.about:
        told.say("organisations", organisation, entry, logo_sha256=entry.about["png"])
    else:
        told.open(entry, png=("organisations", organisation, "logo_sha256"))
    told.store(entry, entry.about.get("png") or told.opened.get(entry.sequence, {}).get("png"), "png")


@tells(actions.RemindersSet)
def _reminders(told: Told, entry: Entry) -> None:
    if not {"contact", "link"} & entry.about.keys():
        told.say("invitations", named(entry, "invitation"), entry, no_reminders=entry.about.get("stopped_by", ""))


@tells(actions.CodeSent)
def _code(told: Told, entry: Entry) -> None:
    told.make("codes", named(entry, "code"), entry)


# --- who signs --------------------------------------------------------------------------------------------------------


@tells(actions.InvitationSigned)
def _signed(told: Told, entry: Entry) -> None:
    about = entry.about
    told.close_proposals(entry, "ended" if about.get("proposal") is None else "confirmed")
    _silence_ended(told, entry)
    _sign(
        told, entry, link_id=about.get("link"), basis="confirmed", objection_hours=about.get("objection_hours") or 0,
        image_sha256=None, code_required=bool(about.get("code_required")), agreed_in=None,
        late=bool(about.get("late")),
    )  # fmt: skip
    told.say("invitations", named(entry, "invitation"), entry, verdict="ready")
    _code_taken(told, entry)


def _silence_ended(told: Told, entry: Entry) -> None:
    """What silence has kept rests on the sign-off by hand before it: this one is newer."""
    for key in told.standing.get(named(entry, "invitation"), {}).values():
        if told.rows["signoffs", key]["basis"].value == Is("not_objected"):
            told.say("signoffs", key, entry, retracted_at=told.moment(entry))


def _code_taken(told: Told, entry: Entry) -> None:
    if entry.about.get("code"):
        told.codes[str(entry.about["code"])] = (entry.sequence, str(entry.about.get("link")))


@tells(actions.ConditionAgreed)
def _agreed(told: Told, entry: Entry) -> None:
    about, key = entry.about, str(entry.sequence)
    told.make(
        "conditional_signoffs", key, entry, invitation_id=named(entry, "invitation"), comment_id=about.get("comment"),
        base=about.get("digest"), digest=about.get("agreed"), link_id=about.get("link"), signed_at=told.moment(entry),
        objection_hours=about.get("objection_hours") or 0, code_required=bool(about.get("code_required")),
        outcome="", ended_at=None,
    )  # fmt: skip
    table = "conditional_signoffs"
    told.open(entry, name=(table, key, "name"), title=(table, key, "title"))
    _with_its_name(told, entry)
    _code_taken(told, entry)


@tells(actions.ConditionEnded)
def _condition_ended(told: Told, entry: Entry) -> None:
    key = named(entry, "condition")
    told.say("conditional_signoffs", key, entry, outcome=entry.about.get("outcome"), ended_at=told.moment(entry))


@tells(actions.InvitationFulfilled)
def _fulfilled(told: Told, entry: Entry) -> None:
    about, key = entry.about, named(entry, "follows")
    told.say("conditional_signoffs", key, entry, outcome="met", ended_at=told.moment(entry))
    _silence_ended(told, entry)
    link = told.said("conditional_signoffs", key).get("link_id")
    _sign(
        told, entry, basis="confirmed", objection_hours=about.get("objection_hours") or 0, image_sha256=None,
        code_required=bool(about.get("code_required")), agreed_in=about.get("follows"), late=False,
        **({"link_id": link.value} if link else {}),
    )  # fmt: skip
    told.say("invitations", named(entry, "invitation"), entry, verdict="ready")


@tells(actions.InvitationStayed)
def _stayed(told: Told, entry: Entry) -> None:
    before = told.said("signoffs", entry.about.get("follows"))
    kept = {name: before[name].value for name in ("link_id", "objection_hours", "image_sha256") if name in before}
    _sign(told, entry, basis="not_objected", code_required=False, agreed_in=None, late=False, **kept)


def _sign(told: Told, entry: Entry, **columns: Any) -> None:
    key, invitation, digest = str(entry.sequence), named(entry, "invitation"), entry.about.get("digest")
    told.make(
        "signoffs", key, entry, invitation_id=invitation, digest=digest, signed_at=told.moment(entry),
        retracted_at=None, withdrawn_at=None, **columns,
    )  # fmt: skip
    told.open(entry, name=("signoffs", key, "name"), title=("signoffs", key, "title"))
    _with_its_name(told, entry)
    standing = told.standing.setdefault(invitation, {})
    if digest in standing:
        told.say("signoffs", standing[digest], entry, retracted_at=told.moment(entry))
    standing[str(digest)] = key


def _with_its_name(told: Told, entry: Entry) -> None:
    """A sign-off commits to the organisation's name too, and does not set it."""
    organisation = _organisation(told, entry)
    if entry.sequence in told.sealed:
        told.sealed[entry.sequence].columns.update(
            organisation=("organisations", organisation, "name"), acronym=("organisations", organisation, "acronym")
        )


@tells(actions.SignatureWithdrawn)
def _withdrawn(told: Told, entry: Entry) -> None:
    _reason(told, entry)
    invitation = named(entry, "invitation")
    for key in told.standing.pop(invitation, {}).values():
        told.say("signoffs", key, entry, retracted_at=told.moment(entry))
    told.say("invitations", invitation, entry, verdict="")


@tells(actions.SignatureWithdrawnLate)
def _withdrawn_late(told: Told, entry: Entry) -> None:
    invitation, key = named(entry, "invitation"), named(entry, "signoff")
    told.open(entry, reason=("invitations", invitation, "reason"))
    ended = "withdrawn_at" if entry.about.get("printed") else "retracted_at"
    told.say("signoffs", key, entry, **{ended: told.moment(entry)})
    if not entry.about.get("printed"):
        told.standing.pop(invitation, None)
    told.say("invitations", invitation, entry, verdict="")


@tells(actions.InvitationDeclined)
def _declined(told: Told, entry: Entry) -> None:
    _reason(told, entry)
    told.close_proposals(entry, "ended")
    if told.whole:
        told.say("invitations", named(entry, "invitation"), entry, reason_shared=bool(entry.about.get("shared")))


def _reason(told: Told, entry: Entry) -> None:
    """A reason that was committed to beside a name, which no column has, cannot be compared once it is erased."""
    key = named(entry, "invitation")
    if told.whole and (entry.sequence in told.opened or entry.action == actions.SignatureWithdrawn.NAME):
        told.open(entry, reason=("invitations", key, "reason"))
    elif told.whole:
        told.say("invitations", key, entry, reason=Anything())
    else:
        told.said("invitations", key).pop("reason", None)


@tells(actions.InvitationReinvited)
def _reinvited(told: Told, entry: Entry) -> None:
    told.say("invitations", named(entry, "invitation"), entry, verdict="", reason="")


@tells(actions.SignoffCorrected)
def _name_corrected(told: Told, entry: Entry) -> None:
    key = named(entry, "signoff")
    told.open(entry, name=("signoffs", key, "name"), title=("signoffs", key, "title"))


@tells(actions.OrganisationRenamed)
def _renamed(told: Told, entry: Entry) -> None:
    organisation = _organisation(told, entry)
    told.open(
        entry, organisation=("organisations", organisation, "name"), acronym=("organisations", organisation, "acronym")
    )


@tells(actions.SignatureImageAdded)
def _image(told: Told, entry: Entry) -> None:
    png = named(entry, "png")
    told.say("signoffs", named(entry, "signoff"), entry, image_sha256=png)
    told.store(entry, png, "png")


# --- what they say ----------------------------------------------------------------------------------------------------


@tells(actions.VerdictGiven)
def _verdict(told: Told, entry: Entry) -> None:
    told.say("invitations", named(entry, "invitation"), entry, verdict=entry.about.get("verdict"))


@tells(actions.CommentAdded, actions.SuggestionAdded)
def _commented(told: Told, entry: Entry) -> None:
    about, key = entry.about, named(entry, "comment")
    told.make(
        "comments", key, entry, invitation_id=about.get("invitation"), digest=about.get("digest"),
        paragraph=about.get("paragraph"), reply_to=about.get("reply_to"), user_id=None, settled="", replaces=None,
        replacement=None, shared=_shared(about),
    )  # fmt: skip
    suggests = entry.action == actions.SuggestionAdded.NAME
    names = ("words", "replaces", "replacement") if suggests else ("words",)
    told.open(entry, **{name: ("comments", key, name) for name in names})


@tells(actions.CommentAnswered)
def _replied(told: Told, entry: Entry) -> None:
    about, key = entry.about, named(entry, "comment")
    root = told.said("comments", about.get("reply_to"))
    same = {name: root[name].value for name in ("digest", "paragraph") if name in root}
    told.make(
        "comments", key, entry, invitation_id=about.get("invitation"), reply_to=about.get("reply_to"),
        replaces=None, replacement=None, settled="", shared=_shared(about), **same,
    )  # fmt: skip
    if "author" in about:
        told.say("comments", key, entry, user_id=told.keyed(entry, "author", "author", key))
    told.open(entry, words=("comments", key, "words"))


def _shared(about: Mapping[str, Any]) -> Value:
    """Whether others read a comment; older entries are silent on it."""
    return Is(about["shared"]) if "shared" in about else Anything()
