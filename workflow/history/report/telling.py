"""
What the entries of a letter tell a person: its life, its versions, who was asked, who agreed to what, by which link.

Reads what the evidence holds and nothing else: entries, what opens their commitments, texts, mail servers' answers.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from workflow.history import actions
from workflow.history.action import ACTIONS
from workflow.letter import text

Entry = Mapping[str, Any]
CARRIES_LINK = ("invitation", "sign_off", "revised", "renamed", "reply", "time_answered", "receipt", "copy")
"""The kinds of email to an organisation's contact that hold its link."""
ASKS = CARRIES_LINK[:3]
TO_OFFICE, COPY = "letter", "office_copy"
STEPS = (
    actions.LetterCreated,
    actions.RevisionFrozen,
    actions.LetterCirculated,
    actions.SignOffOpened,
    actions.LetterRevised,
    actions.LetterApproved,
    actions.SignOffReopened,
    actions.DocumentRendered,
    actions.DispatchScheduled,
    actions.LetterDispatched,
    actions.LetterSent,
    actions.LetterWithdrawn,
    actions.KeyChanged,
    actions.PersonErased,
    actions.LetterErased,
)
"""What happens to the letter as a whole."""
PUTS_BEFORE = (actions.LetterCirculated.NAME, actions.SignOffOpened.NAME)
ENDS = (
    actions.InvitationDeclined.NAME,
    actions.SignatureWithdrawn.NAME,
    actions.InvitationRevoked.NAME,
    actions.InvitationLapsed.NAME,
)
"""What leaves an organisation without a signature."""
CHANGES_STATE = (
    *ENDS,
    *actions.SIGNOFFS,
    actions.InvitationRestored.NAME,
    actions.InvitationSuperseded.NAME,
    actions.InvitationReinvited.NAME,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the evidence of a letter holds, as far as it is told."""

    letter: str
    vkey: str
    entries: Mapping[int, Entry]
    disclosed: Mapping[int, Mapping[str, Any]]
    """What opens the commitments, by entry; nothing of what is withheld or erased."""
    revisions: Mapping[int, bytes]
    answers: Mapping[str, str]
    """The mail servers' own words, by email."""
    checkpoint: str = ""
    """The newest signed note over the entries."""
    head: str = ""
    """The newest head of the log over all letters; empty where the letter is in none yet."""
    stamps: int = 0
    """How many time stamps there are of such heads."""
    size: int = 0
    """How many entries the log has, where not all of them are here."""
    only: str = ""
    """The one invitation that is told of, where the others' entries are not here."""


@dataclass(slots=True)
class Post:
    """One email, as the entries tell it."""

    id: str
    kind: str
    invitation: str
    recipient: str
    queued: int
    queued_at: str
    address: str = ""
    documents: tuple[str, ...] = ()
    ended: str = ""
    """The action that ended it so far."""
    ended_at: str = ""
    by_person: bool = False
    """A coordinator said how it ended: the answer was lost."""
    server: str = ""
    """What its server answered, where that is what the entry has the SHA-256 of."""

    @property
    def accepted(self) -> bool:
        """Whether a mail server took it, and has not returned it."""
        return self.ended == actions.DeliveryAccepted.NAME


@dataclass(frozen=True, slots=True)
class Agreed:
    """When an organisation agreed to a text that was not there yet, and by which link."""

    seq: int
    at: str
    about: Mapping[str, Any]
    address: str
    mail: Post | None
    passed_on: str


@dataclass(slots=True)
class Signed:
    """One sign-off: of what, by whom, how."""

    seq: int
    at: str
    about: Mapping[str, Any]
    by_silence: bool
    name: str
    title: str
    organisation: str
    acronym: str
    address: str
    """Where the link was sent that it was given by; empty: withheld or erased."""
    mail: Post | None
    """The last email before it that held the link."""
    told: Post | None = None
    """What told it of a correction, where it did not object."""
    agreed: Agreed | None = None
    """When it agreed to this text before that was there, where it did."""
    withdrawn_at: str = ""
    """When it was withdrawn although what bears it was sent."""
    corrected: tuple[str, str] | None = None
    """How name and title are printed, where that was corrected."""
    renamed: str = ""
    passed_on: str = ""
    """To whom the invitation was passed on before, and when."""


@dataclass(slots=True)
class Party:
    """An organisation that was asked, or somebody in their own name."""

    invitation: str
    organisation: str = ""
    acronym: str = ""
    contact: str = ""
    individual: bool = False
    withheld: bool = False
    removed: bool = False
    asked: Post | None = None
    """The first email that asked it for something and was accepted."""
    mail: Post | None = None
    """The last that held its link, and asked for something."""
    since: int = -1
    """The entry from which on its link goes to this address."""
    last: str = ""
    """The action that its state comes from."""
    last_at: str = ""
    last_seq: int = 0
    words: str = ""
    """Why it declined or withdrew."""
    passed_on: str = ""
    signed: list[Signed] = field(default_factory=list)
    standing: dict[str, Signed] = field(default_factory=dict)

    @property
    def called(self) -> str:
        """Its name with the acronym, as a sentence has it; empty where it is withheld or erased."""
        return label(self.organisation, self.acronym)


@dataclass(slots=True)
class Office:
    """A recipient of the letter."""

    id: str
    lines: tuple[str, ...]
    address: str
    mails: list[Post] = field(default_factory=list)


@dataclass(slots=True)
class Step:
    """One step of the letter, with the emails that followed it up to the next."""

    seq: int
    action: str
    at: str
    about: Mapping[str, Any]
    words: str = ""
    """The coordinator's reason."""
    asked: list[Post] = field(default_factory=list)


@dataclass(slots=True)
class Version:
    """A text that was put before the co-signers."""

    number: int
    digest: str
    at: str
    letter: text.Letter | None


@dataclass
class Story:
    """All of it."""

    held: Held
    zone: str = "UTC"
    campaign: str = ""
    steps: list[Step] = field(default_factory=list)
    versions: dict[str, Version] = field(default_factory=dict)
    """By digest, in the order in which they were frozen first."""
    digest: str = ""
    parties: dict[str, Party] = field(default_factory=dict)
    offices: dict[str, Office] = field(default_factory=dict)
    mails: dict[str, Post] = field(default_factory=dict)
    coordinators: dict[str, str] = field(default_factory=dict)
    copies: tuple[str, ...] = ()
    counted: dict[str, int] = field(default_factory=dict)
    """How often each action comes up."""
    printed: tuple[int, ...] = ()
    """The sign-offs that the last document prints."""
    sent: tuple[str, ...] = ()
    """The SHA-256 of the documents that were dispatched."""
    signoffs: dict[int, Signed] = field(default_factory=dict)
    agreed: dict[int, Agreed] = field(default_factory=dict)
    first_at: str = ""
    last_at: str = ""

    @property
    def version(self) -> Version | None:
        """The text that is before the co-signers."""
        return self.versions.get(self.digest)

    def counting(self) -> list[Signed]:
        """The sign-offs that count for the text of now, in the order of the last document that prints them."""
        places = {seq: place for place, seq in enumerate(self.printed)}
        found = [
            party.standing[self.digest]
            for party in self.parties.values()
            if party.last in (*actions.SIGNOFFS, actions.InvitationRestored.NAME) and self.digest in party.standing
        ]
        # Whoever signed after the letter was sent is on its addendum.
        found = [one for one in found if one.about.get("late") is not True]
        return sorted(found, key=lambda one: (places.get(one.seq, len(places)), one.seq))

    def named(self, signed: Signed) -> bool:
        """Whether a sign-off may be told with its name, and it is known."""
        party = self.parties[str(signed.about["invitation"])]
        return bool(signed.organisation) and (not party.withheld or party.invitation == self.held.only)

    @property
    def unopened(self) -> tuple[int, int]:
        """How many entries commit to data that is not here: of organisations that are withheld, and of others."""
        withheld = {party.invitation for party in self.parties.values() if party.withheld}
        shut = [
            str(entry["about"].get("invitation")) in withheld
            for seq, entry in self.held.entries.items()
            if "commitment" in entry and seq not in self.held.disclosed
        ]
        return sum(shut), len(shut) - sum(shut)

    @property
    def root(self) -> tuple[int, str]:
        """How many entries were signed last, and their root in base64."""
        lines = self.held.checkpoint.split("\n")
        try:
            base64.b64decode(lines[2], validate=True)
            return int(lines[1]), lines[2]
        except (IndexError, ValueError):
            return 0, ""


def label(organisation: str, acronym: str) -> str:
    """Return an organisation's name with its acronym behind it."""
    return f"{organisation} ({acronym})" if organisation and acronym and acronym != organisation else organisation


def read(held: Held) -> Story:
    """Return what the entries tell; what is no entry, or of no kind that is known, is passed over."""
    reading = _Reading(Story(held))
    for seq, entry in sorted(held.entries.items()):
        reading.apply(seq, entry)
    reading.end()
    return reading.story


class _Reading:
    """Walks through the entries once."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.held = story.held
        self.order: list[str] = []
        self.role = ""

    def apply(self, seq: int, entry: Entry) -> None:
        action, about = str(entry.get("action")), entry.get("about")
        if not isinstance(about, Mapping) or action not in ACTIONS:
            return
        story, at, actor = self.story, str(entry.get("at")), entry.get("actor")
        self.role = str(actor.get("role")) if isinstance(actor, Mapping) else ""
        story.counted[action] = story.counted.get(action, 0) + 1
        story.first_at, story.last_at = story.first_at or at, at
        shown = self.held.disclosed.get(seq, {})
        thing = action.partition(".")[0]
        party = story.parties.get(str(about.get("invitation")))
        if action == actions.InvitationCreated.NAME:
            party = story.parties.setdefault(str(about.get("invitation")), Party(str(about.get("invitation"))))
        if any(action == step.NAME for step in STEPS):
            self._step(seq, at, action, about, shown)
        if thing == "delivery":
            self._mail(seq, at, action, about, shown)
        elif party is not None:
            self._of(party, seq, at, action, about, shown)
        else:
            self._letter(action, about, shown)

    def end(self) -> None:
        """Name the offices by the words of the text, in the order in which the letter has them."""
        version = self.story.version
        lines = [one.lines for one in version.letter.recipients] if version and version.letter else []
        if len(lines) == len(self.order):
            for recipient, said in zip(self.order, lines, strict=True):
                self.story.offices[recipient].lines = said

    def _step(self, seq: int, at: str, action: str, about: Mapping[str, Any], shown: Mapping[str, Any]) -> None:
        story = self.story
        step = Step(seq, action, at, about, str(shown.get("reason", "")))
        before = story.steps[-1].action if story.steps else ""
        # A text is fixed by what puts it before the organisations: it is told first.
        fixes = action == actions.RevisionFrozen.NAME and before in PUTS_BEFORE
        story.steps.insert(len(story.steps) - fixes, step)
        if action == actions.RevisionFrozen.NAME:
            story.digest = str(about.get("digest"))
            number = about.get("number")
            if story.digest not in story.versions and isinstance(number, int):
                content = self.held.revisions.get(number, b"")
                whole = hashlib.sha256(content).hexdigest() == story.digest
                words = text.from_canonical(content) if whole else None
                story.versions[story.digest] = Version(number, story.digest, at, words)
        elif action == actions.DocumentRendered.NAME:
            found = about.get("signoffs")
            story.printed = tuple(found) if isinstance(found, list) else ()
        elif action == actions.LetterDispatched.NAME:
            story.sent = tuple(map(str, about.get("documents", ())))

    def _letter(self, action: str, about: Mapping[str, Any], shown: Mapping[str, Any]) -> None:
        story = self.story
        if action in (actions.LetterCreated.NAME, actions.LetterEdited.NAME, actions.RecipientAddressed.NAME):
            self._addressed(about, shown)
        if action == actions.LetterCreated.NAME:
            story.campaign = str(shown.get("campaign", ""))
            terms = about.get("terms")
            story.zone = str(terms.get("timezone", "UTC")) if isinstance(terms, Mapping) else story.zone
        elif action == actions.CampaignTerms.NAME:
            story.zone = str(about.get("timezone", story.zone))
        elif action == actions.CampaignRenamed.NAME:
            story.campaign = str(shown.get("name", story.campaign))
        elif action in (actions.MemberAdded.NAME, actions.MemberRemoved.NAME):
            member, is_in = str(about.get("member")), action == actions.MemberAdded.NAME
            story.coordinators.pop(member, None)
            if is_in and about.get("role") == "coordinator":
                story.coordinators[member] = str(shown.get("address", ""))
        elif action == actions.OfficeCovered.NAME:
            story.copies = tuple(map(str, shown.get("copies", ())))

    def _addressed(self, about: Mapping[str, Any], shown: Mapping[str, Any]) -> None:
        named = about.get("recipients")
        if isinstance(named, list):
            self.order = [str(one) for one in named]
        for recipient in self.order:
            office = self.story.offices.setdefault(recipient, Office(recipient, (), ""))
            office.address = str(shown.get(recipient, office.address))
        alone = self.story.offices.get(str(about.get("recipient")))
        if alone is not None:
            alone.address = str(shown.get("email", alone.address))

    # --- organisations ---

    def _of(
        self, party: Party, seq: int, at: str, action: str, about: Mapping[str, Any], shown: Mapping[str, Any]
    ) -> None:
        if action in (actions.InvitationCreated.NAME, actions.InvitationCorrected.NAME):
            party.organisation = str(shown.get("organisation", party.organisation))
            party.acronym = str(shown.get("acronym", party.acronym))
            party.individual = party.individual or about.get("individual") is True
            self._moved(party, seq, shown)
        elif action in (actions.ContactChanged.NAME, actions.InvitationHandedOver.NAME):
            party.mail, party.since = None, seq
            self._moved(party, seq, shown)
            if action == actions.InvitationHandedOver.NAME:
                party.passed_on = at
        elif action == actions.LinkReplaced.NAME:
            party.mail, party.since = None, seq
        elif action == actions.InvitationPlaced.NAME:
            party.withheld = about.get("confidential") is True
        elif action == actions.InvitationRemoved.NAME:
            party.removed = True
        elif action == actions.ConditionAgreed.NAME:
            self.story.agreed[seq] = Agreed(seq, at, about, party.contact, party.mail, party.passed_on)
        elif action in actions.SIGNOFFS:
            self._signed(party, seq, at, action, about, shown)
        elif action in (actions.SignoffCorrected.NAME, actions.OrganisationRenamed.NAME):
            self._reworded(party, action, about, shown)
        if action == actions.SignatureWithdrawn.NAME:
            party.standing.clear()
        withdrawn = self.story.signoffs.get(about.get("signoff") or -1)
        if action == actions.SignatureWithdrawnLate.NAME and about.get("printed") and withdrawn is not None:
            withdrawn.withdrawn_at = at
        if action in CHANGES_STATE:
            party.last, party.last_at, party.last_seq = action, at, seq
            party.words = str(shown.get("reason", "")) if action in ENDS else ""

    @staticmethod
    def _moved(party: Party, seq: int, shown: Mapping[str, Any]) -> None:
        """Its link may go to another address from here on."""
        before, party.contact = party.contact, str(shown.get("contact", party.contact))
        if before != party.contact:
            party.mail, party.since = None, seq

    def _signed(
        self, party: Party, seq: int, at: str, action: str, about: Mapping[str, Any], shown: Mapping[str, Any]
    ) -> None:
        name, title, organisation, acronym = (
            str(shown.get(part, "")) for part in ("name", "title", "organisation", "acronym")
        )
        by_silence = action == actions.InvitationStayed.NAME
        signed = Signed(
            seq, at, about, by_silence, name, title, organisation, acronym, address=party.contact, mail=party.mail
        )
        signed.passed_on = party.passed_on
        told = self.held.entries.get(about.get("told") or -1, {}).get("about", {})
        signed.told = self.story.mails.get(str(told.get("delivery")))
        follows = self.story.signoffs.get(about.get("follows") or -1)
        if by_silence and follows is not None:
            signed.corrected, signed.renamed = follows.corrected, follows.renamed
        agreed = self.story.agreed.get(about.get("follows") or -1)
        if action == actions.InvitationFulfilled.NAME and agreed is not None:
            signed.agreed, signed.address, signed.mail = agreed, agreed.address, agreed.mail
            signed.passed_on = agreed.passed_on
        party.signed.append(signed)
        party.standing[str(about.get("digest"))] = signed
        self.story.signoffs[seq] = signed

    def _reworded(self, party: Party, action: str, about: Mapping[str, Any], shown: Mapping[str, Any]) -> None:
        if action == actions.OrganisationRenamed.NAME:
            party.organisation = str(shown.get("organisation", party.organisation))
            party.acronym = str(shown.get("acronym", party.acronym))
            for standing in party.standing.values():
                standing.renamed = party.called
        elif (signed := self.story.signoffs.get(about.get("signoff") or -1)) is not None and shown:
            signed.corrected = (str(shown.get("name", "")), str(shown.get("title", "")))

    # --- emails ---

    def _mail(self, seq: int, at: str, action: str, about: Mapping[str, Any], shown: Mapping[str, Any]) -> None:
        story, delivery = self.story, str(about.get("delivery"))
        if action == actions.DeliveryQueued.NAME:
            kind, invitation, recipient = (str(about.get(name) or "") for name in ("kind", "invitation", "recipient"))
            post = Post(delivery, kind, invitation, recipient, seq, at, str(shown.get("address", "")))
            post.documents = tuple(str(about[kind]) for kind in ("docx", "pdf") if about.get(kind))
            story.mails[delivery] = post
            if post.kind == TO_OFFICE and post.recipient in story.offices:
                story.offices[post.recipient].mails.append(post)
            if post.kind in ASKS and story.steps:
                story.steps[-1].asked.append(post)
            return
        post_of = story.mails.get(delivery)
        if post_of is None:
            return
        post_of.ended, post_of.ended_at = action, at
        post_of.by_person = self.role == "coordinator" and action == actions.DeliveryAccepted.NAME
        words = self.held.answers.get(delivery, "")
        if words and about.get("answer") == hashlib.sha256(words.encode()).hexdigest():
            post_of.server = words
        party = story.parties.get(post_of.invitation)
        if party is not None and action == actions.DeliveryAccepted.NAME:
            if post_of.kind in ASKS:
                party.asked = party.asked or post_of
            carries = post_of.kind in ASKS or (party.mail is None and post_of.kind in CARRIES_LINK)
            if carries and post_of.queued > party.since:
                party.mail = post_of


def moment_of(at: str) -> datetime | None:
    """Return the time of an entry, or None where it has none."""
    try:
        return datetime.fromisoformat(at)
    except ValueError:
        return None
