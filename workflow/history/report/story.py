"""What a letter's history tells a person, as values: its steps, its versions, who was asked, who agreed to what."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from workflow.history import actions
from workflow.letter import text

Entry = Mapping[str, Any]
CARRIES_LINK = ("invitation", "sign_off", "revised", "renamed", "reply", "time_answered", "receipt", "copy")
"""The kinds of email to an organisation's contact that hold its link."""
ASKS = CARRIES_LINK[:3]
TO_OFFICE, COPY = "letter", "office_copy"


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
    deadline: str = ""
    """Its own; empty: that of the letter."""
    disputed: list[tuple[str, str]] = field(default_factory=list)
    """When whoever was its contact before said that the change is wrong, and in which words."""
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
    deadline: Any = None
    """As the entry that set it last says it."""
    reminders: int = 0
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


def moment_of(at: str) -> datetime | None:
    """Return the time of an entry, or None where it has none."""
    try:
        return datetime.fromisoformat(at)
    except ValueError:
        return None
