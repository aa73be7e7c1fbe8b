"""
What the entries of a letter tell of its rows: which there are, and what each column holds, by which entry.

The log is replayed; nothing is read from the tables. An entry that was recorded by an older version tells less.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from workflow.history import actions
from workflow.history.audit.log import Log
from workflow.history.audit.values import Anything, Is, Keyed, Sealed, Sha256, Since, Value
from workflow.tokens import Tokens

Place = tuple[str, str]
"""A row: its table, and what names it there."""

Column = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Said:
    """What a column must hold, and the entry that says so."""

    value: Value
    sequence: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry, with what opens its commitment where that is kept."""

    sequence: int
    action: str
    at: datetime
    role: str
    about: Mapping[str, Any]
    opened: Mapping[str, Any] | None
    commits: bool


@dataclass(slots=True)
class Ended:
    """When an invitation's links were ended, and by which entry."""

    at: datetime
    sequence: int


@dataclass(frozen=True, slots=True)
class Secret:
    """The secret that keyed hashes were made under, from an entry and its moment (None: from the first) on."""

    since: int
    at: datetime | None
    at_hand: bool


@dataclass
class Told:
    """The rows of a letter, as its entries tell them."""

    tokens: Tokens
    letter: str
    whole: bool = False
    """From its first entry on, everything was recorded that is compared."""
    secrets: list[Secret] = field(default_factory=lambda: [Secret(0, None, True)])
    """Under which secrets the keyed hashes were made, oldest first."""
    rows: dict[Place, dict[str, Said]] = field(default_factory=dict)
    made: dict[Place, int] = field(default_factory=dict)
    """Which rows there must be, each with the entry that made it."""
    strange: list[int] = field(default_factory=list)
    """Entries that speak of what no entry has made."""
    draft: Said | None = None
    order: list[str] = field(default_factory=list)
    standing: dict[str, dict[str, str]] = field(default_factory=dict)
    """The sign-offs that stand, by invitation and digest."""
    ended: dict[str, Ended] = field(default_factory=dict)
    sealed: dict[int, tuple[str, dict[str, Column]]] = field(default_factory=dict)
    """Commitments that cannot be opened: the keyed hash of what they hold, and which columns that is."""
    codes: dict[str, tuple[int, str]] = field(default_factory=dict)
    """The codes that sign-offs took: the entry, and the link."""
    documents: dict[str, tuple[int, str]] = field(default_factory=dict)
    """The stored bytes that entries name: the entry, and their kind."""

    def tell(self, entry: Entry) -> None:
        """Take one entry."""
        telling = TELLING.get(entry.action)
        if telling is not None:
            telling(self, entry)

    def say(self, table: str, key: str, sequence: int, **columns: Any) -> None:
        """Take down what an entry says of a row's columns: a plain value, or a `Value`."""
        row = self.rows.setdefault((table, key), {})
        for column, value in columns.items():
            row[column] = Said(value if hasattr(value, "holds") else Is(value), sequence)

    def _make(self, table: str, key: str, entry: Entry, **columns: Any) -> None:
        self.made.setdefault((table, key), entry.sequence)
        self.say(table, key, entry.sequence, **columns)

    def _opened(self, entry: Entry, **columns: Column) -> None:
        """Take down what the entry commits to: each part of it is a column."""
        if entry.opened is None and entry.commits:
            self.sealed[entry.sequence] = (str(entry.about.get("mark") or ""), columns)
        for name, (table, key, column) in columns.items():
            if entry.opened is None:
                self.say(table, key, entry.sequence, **{column: Sealed(entry.sequence)})
            elif name in entry.opened:
                self.say(table, key, entry.sequence, **{column: entry.opened[name]})

    def _moment(self, entry: Entry) -> Value:
        return Is(entry.at) if self.whole else Since(entry.at)

    def _keyed(self, entry: Entry, field: str, *parts: str) -> Keyed:
        return Keyed(self.tokens, parts, str(entry.about.get(field)))

    # --- the letter ---

    def _letter_created(self, entry: Entry) -> None:
        about = entry.about
        if entry.sequence == 0 and "whole" in about:
            self.whole = True
            self.secrets = [Secret(0, None, self._is_at_hand(about["whole"]))]
        campaign = str(about.get("campaign"))
        self._make("campaigns", campaign, entry)
        self._make(
            "letters", self.letter, entry, campaign_id=campaign, version=1, revision_number=None, letterhead="plain",
            layout="automatic", ordering="agreed", objections_until=None, dispatch_at=None, previewed="", place="",
        )  # fmt: skip
        if self.whole:
            self.say("letters", self.letter, entry.sequence, reason="")
            self._terms(campaign, entry, about.get("terms") or {})
        self._drafted(entry)
        recipients = self._recipients(entry)
        place = ("letters", self.letter, "place")
        self._opened(entry, campaign=("campaigns", campaign, "name"), place=place, **recipients)

    def _secret_changed(self, entry: Entry) -> None:
        self.secrets.append(Secret(entry.sequence, entry.at, self._is_at_hand(entry.about.get("whole"))))

    def _is_at_hand(self, whole: object) -> bool:
        return self.tokens.has_keyed(whole, "whole", self.letter)

    def is_comparable(self, sequence: int) -> bool:
        """Whether the keyed hashes of an entry were made under a secret that is at hand."""
        return [secret for secret in self.secrets if secret.since <= sequence][-1].at_hand

    def is_held(self, made: datetime) -> bool:
        """Whether what was made at a moment was made under a secret that is at hand."""
        return [secret for secret in self.secrets if secret.at is None or secret.at < made][-1].at_hand

    def _letter_edited(self, entry: Entry) -> None:
        self._drafted(entry)
        if "date" not in entry.about:
            # Older entries are silent on the addresses that an edit set.
            for place in [place for place in self.rows if place[0] == "recipients"]:
                self.rows[place].pop("email", None)
        recipients = self._recipients(entry) if "recipients" in entry.about else {}
        if entry.commits:
            self._opened(entry, place=("letters", self.letter, "place"), **recipients)

    def _drafted(self, entry: Entry) -> None:
        self.draft = Said(Is(entry.about.get("draft")), entry.sequence)
        if "version" in entry.about:
            self.say("letters", self.letter, entry.sequence, version=entry.about["version"])
        if "date" in entry.about:
            self.say("letters", self.letter, entry.sequence, date=entry.about["date"])

    def _recipients(self, entry: Entry) -> dict[str, Column]:
        """The recipients that there are from here on; each address is committed to under its recipient's id."""
        ids = [str(one) for one in entry.about.get("recipients", ())]
        for place in [place for place in self.made if place[0] == "recipients" and place[1] not in ids]:
            del self.made[place]
            self.rows.pop(place, None)
        for position, one in enumerate(ids, 1):
            self._make("recipients", one, entry, position=position)
        return {one: ("recipients", one, "email") for one in ids}

    def _recipient_addressed(self, entry: Entry) -> None:
        self._opened(entry, email=("recipients", str(entry.about.get("recipient")), "email"))

    def _campaign_terms(self, entry: Entry) -> None:
        for place in [place for place in self.made if place[0] == "campaigns"]:
            self._terms(place[1], entry, entry.about)

    def _terms(self, campaign: str, entry: Entry, terms: Mapping[str, Any]) -> None:
        known = ("timezone", "minimum", "comments_shared", "code_required", "objection_hours")
        said = {name: terms[name] for name in known if name in terms}
        if "deadline" in terms:
            said["deadline"] = _time(terms["deadline"])
        self.say("campaigns", campaign, entry.sequence, **said)

    def _suggestion_accepted(self, entry: Entry) -> None:
        self._drafted(entry)
        self.say("comments", str(entry.about.get("comment")), entry.sequence, settled="accepted")

    def _suggestion_dismissed(self, entry: Entry) -> None:
        self.say("comments", str(entry.about.get("comment")), entry.sequence, settled="dismissed")

    def _letter_open_sign_off(self, entry: Entry) -> None:
        self.say("letters", self.letter, entry.sequence, objections_until=_time(entry.about.get("objections_until")))

    def _letter_revise(self, entry: Entry) -> None:
        self._reason(entry)
        self.say("letters", self.letter, entry.sequence, dispatch_at=None, previewed="", objections_until=None)

    def _letter_reopen(self, entry: Entry) -> None:
        # What was recorded by an older version let the time to object run on.
        until = None if self.whole else Anything()
        self.say("letters", self.letter, entry.sequence, dispatch_at=None, previewed="", objections_until=until)

    def _letter_withdraw(self, entry: Entry) -> None:
        self._reason(entry)
        self.say("letters", self.letter, entry.sequence, dispatch_at=None)

    def _reason(self, entry: Entry) -> None:
        if self.whole:
            self._opened(entry, reason=("letters", self.letter, "reason"))

    def _letter_approve(self, entry: Entry) -> None:
        if "date" in entry.about:
            self.say("letters", self.letter, entry.sequence, date=entry.about["date"])

    def _letter_scheduled(self, entry: Entry) -> None:
        self.say("letters", self.letter, entry.sequence, dispatch_at=_time(entry.about.get("at")))
        if "previewed" in entry.about:
            self.say("letters", self.letter, entry.sequence, previewed=entry.about["previewed"])
        else:
            self.rows["letters", self.letter].pop("previewed", None)

    def _letter_dispatch(self, entry: Entry) -> None:
        self.say("letters", self.letter, entry.sequence, dispatch_at=None)

    def _revision_frozen(self, entry: Entry) -> None:
        number, digest = entry.about.get("number"), entry.about.get("digest")
        self.say("letters", self.letter, entry.sequence, revision_number=number)
        if ("revisions", str(number)) not in self.made:
            self._make("revisions", str(number), entry, digest=digest, frozen_at=self._moment(entry))

    # --- how it is printed ---

    def _paper_chosen(self, entry: Entry) -> None:
        chosen = {name: entry.about.get(name) for name in ("letterhead", "layout", "ordering")}
        self.say("letters", self.letter, entry.sequence, **chosen)

    def _letterhead_added(self, entry: Entry) -> None:
        key, docx = str(entry.about.get("letterhead")), str(entry.about.get("docx"))
        campaign = self.rows["letters", self.letter]["campaign_id"].value
        self._make("letterheads", key, entry, docx_sha256=docx, campaign_id=campaign)
        self._stored(entry, docx, "docx")

    def _organisation_logo(self, entry: Entry) -> None:
        organisation = self._organisation(entry)
        if "png" in entry.about:
            self.say("organisations", organisation, entry.sequence, logo_sha256=entry.about["png"])
        else:
            self._opened(entry, png=("organisations", organisation, "logo_sha256"))
        png = {**entry.about, **(entry.opened or {})}.get("png")
        if png:
            self._stored(entry, str(png), "png")

    def _document_rendered(self, entry: Entry) -> None:
        about = entry.about
        key = str(about.get("rendering") or f"entry {entry.sequence}")
        said = {"recipient_id": about.get("recipient"), "docx_sha256": about.get("docx")}
        said["pdf_sha256"] = about.get("pdf")
        if "fingerprint" in about:
            said["fingerprint"] = about["fingerprint"]
        self._make("renderings", key, entry, **said)
        for kind in ("docx", "pdf"):
            if about.get(kind):
                self._stored(entry, str(about[kind]), kind)

    def _stored(self, entry: Entry, sha256: str, kind: str) -> None:
        self.documents.setdefault(sha256, (entry.sequence, kind))

    # --- co-signers ---

    def _organisation(self, entry: Entry) -> str:
        told = self.rows.get(("invitations", str(entry.about.get("invitation"))), {}).get("organisation_id")
        return str(told.value.value) if told and isinstance(told.value, Is) else ""

    def _invitation_created(self, entry: Entry) -> None:
        about = entry.about
        key, organisation = str(about.get("invitation")), str(about.get("organisation"))
        self._make("organisations", organisation, entry, country="", logo_sha256=None)
        self._make(
            "invitations", key, entry, organisation_id=organisation, required=about.get("required"), founder=False,
            confidential=False, second_email="", verdict="", language="", timezone="",
        )  # fmt: skip
        if self.whole:
            self.say("invitations", key, entry.sequence, reason="", reason_shared=False)
        else:
            # Countries were set without a word of them.
            self.rows["organisations", organisation].pop("country")
        self.order.append(key)
        self.say("invitations", key, entry.sequence, position=len(self.order))
        columns = {
            "organisation": ("organisations", organisation, "name"),
            "acronym": ("organisations", organisation, "acronym"),
            "contact": ("invitations", key, "email"),
        }
        if self.whole:
            columns |= {
                "signatory": ("invitations", key, "signatory"),
                "title": ("invitations", key, "signatory_title"),
            }
        self._opened(entry, **columns)

    def _invitation_contact(self, entry: Entry) -> None:
        self._opened(entry, contact=("invitations", str(entry.about.get("invitation")), "email"))

    def _invitation_second_contact(self, entry: Entry) -> None:
        self._opened(entry, contact=("invitations", str(entry.about.get("invitation")), "second_email"))

    def _invitation_handed_over(self, entry: Entry) -> None:
        key = str(entry.about.get("invitation"))
        self._opened(entry, contact=("invitations", key, "email"), name=("invitations", key, "signatory"))
        self.say("invitations", key, entry.sequence, signatory_title="")
        self._links_ended(entry)

    def _links_ended(self, entry: Entry) -> None:
        self.ended[str(entry.about.get("invitation"))] = Ended(entry.at, entry.sequence)

    def _invitation_reader(self, entry: Entry) -> None:
        key = str(entry.about.get("invitation"))
        if entry.commits:
            self._opened(entry, **{name: ("invitations", key, name) for name in ("language", "timezone")})
        else:
            said = {name: entry.about.get(name) for name in ("language", "timezone")}
            self.say("invitations", key, entry.sequence, **said)

    def _invitation_placed(self, entry: Entry) -> None:
        about = entry.about
        key = str(about.get("invitation"))
        said = {name: about.get(name) for name in ("founder", "confidential")}
        self.say("invitations", key, entry.sequence, **said)
        if key in self.order and isinstance(about.get("position"), int):
            before = list(self.order)
            self.order.remove(key)
            self.order.insert(about["position"] - 1, key)
            for position, (one, was) in enumerate(zip(self.order, before, strict=True), 1):
                if one != was:
                    self.say("invitations", one, entry.sequence, position=position)
        if entry.commits:
            self._opened(entry, country=("organisations", self._organisation(entry), "country"))

    def _invitation_verdict(self, entry: Entry) -> None:
        self.say("invitations", str(entry.about.get("invitation")), entry.sequence, verdict=entry.about.get("verdict"))

    def _invitation_reinvite(self, entry: Entry) -> None:
        key = str(entry.about.get("invitation"))
        self.say("invitations", key, entry.sequence, verdict="", reason="")

    def _invitation_decline(self, entry: Entry) -> None:
        self._reasoned(entry)
        if self.whole:
            key = str(entry.about.get("invitation"))
            self.say("invitations", key, entry.sequence, reason_shared=bool(entry.about.get("shared")))

    def _reasoned(self, entry: Entry) -> None:
        """A reason that was committed to beside a name, which no column has, cannot be compared once it is erased."""
        key = str(entry.about.get("invitation"))
        if self.whole and (entry.opened is not None or entry.action == "invitation.retract"):
            self._opened(entry, reason=("invitations", key, "reason"))
        elif self.whole:
            self.say("invitations", key, entry.sequence, reason=Anything())
        else:
            self.rows.get(("invitations", key), {}).pop("reason", None)

    # --- sign-offs ---

    def _invitation_sign(self, entry: Entry) -> None:
        about = entry.about
        for key in self.standing.get(str(about.get("invitation")), {}).values():
            if self.rows["signoffs", key]["basis"].value == Is("not_objected"):
                # What silence has kept rests on the sign-off by hand before it: this one is newer.
                self.say("signoffs", key, entry.sequence, retracted_at=self._moment(entry))
        self._signed(
            entry, link_id=about.get("link"), basis="confirmed", objection_hours=about.get("objection_hours") or 0,
            image_sha256=None, code_required=bool(about.get("code_required")),
        )  # fmt: skip
        self.say("invitations", str(about.get("invitation")), entry.sequence, verdict="ready")
        if about.get("code"):
            self.codes[str(about["code"])] = (entry.sequence, str(about.get("link")))

    def _invitation_stay(self, entry: Entry) -> None:
        before = self.rows.get(("signoffs", str(entry.about.get("follows"))), {})
        kept = {name: before[name].value for name in ("link_id", "objection_hours", "image_sha256") if name in before}
        self._signed(entry, basis="not_objected", code_required=False, **kept)

    def _signed(self, entry: Entry, **columns: Any) -> None:
        key, invitation, digest = str(entry.sequence), str(entry.about.get("invitation")), entry.about.get("digest")
        self._make(
            "signoffs", key, entry, invitation_id=invitation, digest=digest, signed_at=self._moment(entry),
            retracted_at=None, **columns,
        )  # fmt: skip
        organisation = self._organisation(entry)
        self._opened(entry, name=("signoffs", key, "name"), title=("signoffs", key, "title"))
        if entry.sequence in self.sealed:
            self.sealed[entry.sequence][1].update(
                organisation=("organisations", organisation, "name"), acronym=("organisations", organisation, "acronym")
            )
        standing = self.standing.setdefault(invitation, {})
        if digest in standing:
            self.say("signoffs", standing[digest], entry.sequence, retracted_at=self._moment(entry))
        standing[str(digest)] = key

    def _invitation_retract(self, entry: Entry) -> None:
        self._reasoned(entry)
        invitation = str(entry.about.get("invitation"))
        for key in self.standing.pop(invitation, {}).values():
            self.say("signoffs", key, entry.sequence, retracted_at=self._moment(entry))
        self.say("invitations", invitation, entry.sequence, verdict="")

    def _signoff_image(self, entry: Entry) -> None:
        png = str(entry.about.get("png"))
        self.say("signoffs", str(entry.about.get("signoff")), entry.sequence, image_sha256=png)
        self._stored(entry, png, "png")

    def _code_sent(self, entry: Entry) -> None:
        self._make("codes", str(entry.about.get("code")), entry)

    # --- what is said ---

    def _comment_added(self, entry: Entry) -> None:
        about = entry.about
        key = str(about.get("comment"))
        self._make(
            "comments", key, entry, invitation_id=about.get("invitation"), digest=about.get("digest"),
            paragraph=about.get("paragraph"), reply_to=about.get("reply_to"), user_id=None, settled="", replaces=None,
            replacement=None, shared=_shared(about),
        )  # fmt: skip
        names = ("words", "replaces", "replacement") if entry.action == "suggestion.added" else ("words",)
        self._opened(entry, **{name: ("comments", key, name) for name in names})

    def _comment_answered(self, entry: Entry) -> None:
        about = entry.about
        key, root = str(about.get("comment")), self.rows.get(("comments", str(about.get("reply_to"))), {})
        same = {name: root[name].value for name in ("digest", "paragraph") if name in root}
        self._make(
            "comments", key, entry, invitation_id=about.get("invitation"), reply_to=about.get("reply_to"),
            replaces=None, replacement=None, settled="", shared=_shared(about), **same,
        )  # fmt: skip
        if "author" in about:
            self.say("comments", key, entry.sequence, user_id=self._keyed(entry, "author", "author", key))
        self._opened(entry, words=("comments", key, "words"))

    # --- mails ---

    def _delivery_queued(self, entry: Entry) -> None:
        about = entry.about
        key = str(about.get("delivery"))
        self._make(
            "deliveries", key, entry, kind=about.get("kind"), invitation_id=about.get("invitation"),
            recipient_id=about.get("recipient"), mime_sha256=Anything(), settled_at=None, answer="",
        )  # fmt: skip
        if "to" in about:
            address, made_from = self._keyed(entry, "to", "to", key), self._keyed(entry, "made_from", "made_from", key)
            self.say("deliveries", key, entry.sequence, address=address, about=made_from)
        for kind in ("docx", "pdf"):
            if about.get(kind):
                self._stored(entry, str(about[kind]), kind)

    def _delivery_hand_over(self, entry: Entry) -> None:
        key = str(entry.about.get("delivery"))
        if self.whole or "mime" in entry.about:
            self.say("deliveries", key, entry.sequence, mime_sha256=entry.about.get("mime"))

    def _answered(self, entry: Entry) -> None:
        key = str(entry.about.get("delivery"))
        if "answer" in entry.about:
            self.say("deliveries", key, entry.sequence, answer=Sha256(str(entry.about["answer"])))
        elif "attempt" in entry.about:
            self.say("deliveries", key, entry.sequence, answer="")
        if entry.action in ("delivery.accept", "delivery.reject"):
            self.say("deliveries", key, entry.sequence, settled_at=self._moment(entry))


TELLING: dict[str, Callable[[Told, Entry], None]] = {
    actions.SecretChanged.NAME: Told._secret_changed,
    "letter.created": Told._letter_created,
    "letter.edited": Told._letter_edited,
    "recipient.addressed": Told._recipient_addressed,
    "campaign.terms": Told._campaign_terms,
    "suggestion.accepted": Told._suggestion_accepted,
    "suggestion.dismissed": Told._suggestion_dismissed,
    "letter.open_sign_off": Told._letter_open_sign_off,
    "letter.revise": Told._letter_revise,
    "letter.reopen": Told._letter_reopen,
    "letter.withdraw": Told._letter_withdraw,
    "letter.approve": Told._letter_approve,
    "letter.scheduled": Told._letter_scheduled,
    "letter.dispatch": Told._letter_dispatch,
    "revision.frozen": Told._revision_frozen,
    "paper.chosen": Told._paper_chosen,
    "letterhead.added": Told._letterhead_added,
    "organisation.logo": Told._organisation_logo,
    "document.rendered": Told._document_rendered,
    "invitation.created": Told._invitation_created,
    "invitation.contact": Told._invitation_contact,
    "invitation.second_contact": Told._invitation_second_contact,
    "invitation.handed_over": Told._invitation_handed_over,
    "invitation.reader": Told._invitation_reader,
    "invitation.placed": Told._invitation_placed,
    "invitation.verdict": Told._invitation_verdict,
    "invitation.reinvite": Told._invitation_reinvite,
    "invitation.decline": Told._invitation_decline,
    "invitation.sign": Told._invitation_sign,
    "invitation.stay": Told._invitation_stay,
    "invitation.retract": Told._invitation_retract,
    "signoff.image": Told._signoff_image,
    "code.sent": Told._code_sent,
    "comment.added": Told._comment_added,
    "comment.answered": Told._comment_answered,
    "delivery.queued": Told._delivery_queued,
    "delivery.hand_over": Told._delivery_hand_over,
    "suggestion.added": Told._comment_added,
    "invitation.revoke": Told._links_ended,
    "link.replaced": Told._links_ended,
    "delivery.accept": Told._answered,
    "delivery.defer": Told._answered,
    "delivery.reject": Told._answered,
    "delivery.lose": Told._answered,
}
"""What each action tells; of the others nothing stands in a table but a state."""


def _shared(about: Mapping[str, Any]) -> Value:
    """Whether others read a comment; older entries are silent on it."""
    return Is(about["shared"]) if "shared" in about else Anything()


def _time(said: Any) -> datetime | None:
    return datetime.fromisoformat(said) if isinstance(said, str) else None


def replay(tokens: Tokens, log: Log, opened: Mapping[int, Mapping[str, Any]]) -> Told:
    """Return what a log tells; `opened` is what its commitments hold, by entry, where that is kept."""
    told = Told(tokens, log.letter_id)
    for sequence, fields in log.read.items():
        try:
            at, actor = datetime.fromisoformat(fields["at"]), fields["actor"]
            entry = Entry(
                sequence, str(fields["action"]), at, str(actor["role"]), fields["about"], opened.get(sequence),
                "commitment" in fields,
            )  # fmt: skip
        except (KeyError, TypeError, ValueError):
            continue  # The verifier says which entry is none.
        try:
            told.tell(entry)
        except (KeyError, TypeError, AttributeError):
            told.strange.append(sequence)
    return told
