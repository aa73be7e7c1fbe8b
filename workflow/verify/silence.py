"""What an organisation's silence rests on, as the entries tell it: to the product before, to the verifier after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from workflow.verify.entries import Entry
from workflow.verify.machines import REACHED

FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"
MOST_HOURS = 10_000
"""More than any rule can say: an entry with a larger number agreed to nothing that can be counted."""

ANSWERS = (
    *("comment.added", "suggestion.added", "time.asked"),
    *("condition.agreed", "proposal.made", "proposal.refused"),
)
"""Whoever has said something of a text is not silent about it."""

WROTE = ("mail.received", "address.blocked")
"""Nor is who has written by mail, for whatever that says; and who cannot be written to any more is asked."""

CHANGED = ("contact.corrected", "contact.removed")
"""What a coordinator does to a contact that an organisation has besides its first."""


@dataclass
class Consent:
    """One organisation: its last sign-off by hand, and what has happened to it since."""

    invitation: str
    state: str = "invited"
    by_hand: Entry | None = None
    """The last sign-off that a person gave and nobody has taken back."""
    moved: bool = False
    """Its contact was changed for it since then: whoever agreed to the rule may never hear of a correction."""
    spoke: bool = False
    """It has said something of the text that is before it."""
    wants_changes: bool = False
    told: Entry | None = None
    """Its mail server took the mail that told it of the present correction, and has not returned it."""
    told_at: str = ""

    @property
    def hours(self) -> int:
        """How long it is to have to object, as it agreed when it last signed by hand; 0: silence never counts."""
        hours = self.by_hand.about.get("objection_hours") if self.by_hand else None
        return hours if type(hours) is int and 0 < hours <= MOST_HOURS else 0

    @property
    def signed_text(self) -> str:
        """The digest of the text that it last signed by hand."""
        return str(self.by_hand.about.get("digest", "")) if self.by_hand else ""

    @property
    def silent(self) -> bool:
        """Whether it has said nothing of the text that is before it."""
        return not (self.spoke or self.wants_changes)


def later(at: str, hours: int, minutes: int = 0) -> str:
    """Return the time so much later, as entries write it; empty where there is no such time."""
    try:
        return (datetime.strptime(at, FORMAT) + timedelta(hours=hours, minutes=minutes)).strftime(FORMAT)
    except (ValueError, OverflowError):
        return ""


class Silence:
    """Reads the entries in order and knows, at each moment, whose silence could count, and from when on."""

    def __init__(self) -> None:
        self.consents: dict[str, Consent] = {}
        self.digest = ""
        self.opened: Entry | None = None
        """What opened sign-off for a small correction, for as long as it is open without a break."""
        self._waiting: dict[str, str] = {}
        """The mails under way that tell of it: whom each is for."""
        self._clock = ""

    def until(self, consent: Consent) -> str:
        """Until when an organisation may object; empty where it has not been told yet."""
        if self.opened is None or consent.told is None or not consent.hours:
            return ""
        own = later(consent.told_at, consent.hours)
        return max(own, self._floor()) if own else ""

    def apply(self, entry: Entry) -> None:
        """Take one entry."""
        # A clock that goes back between two entries takes no time from anybody.
        self._clock = max(self._clock, entry.at)
        thing, _, trigger = entry.action.partition(".")
        if entry.action == "revision.frozen":
            self.digest = str(entry.about.get("digest", ""))
            self._begin()
        elif thing == "letter":
            self._letter(entry, trigger)
        elif thing == "delivery":
            self._mail(entry, trigger)
        else:
            self._organisation(entry, trigger)

    def _letter(self, entry: Entry, trigger: str) -> None:
        if trigger not in ("circulate", "open_sign_off", "revise", "approve", "reopen", "dispatch", "withdraw"):
            return
        # Whatever the letter does but being open for sign-off ends the time to object: it never runs on behind a door.
        self.opened = entry if trigger == "open_sign_off" and entry.about.get("objections_until") else None
        self._begin()

    def _begin(self) -> None:
        """Nobody has been told of the text of now, or has said anything of it."""
        self._waiting.clear()
        for consent in self.consents.values():
            consent.told, consent.spoke = None, False

    def _mail(self, entry: Entry, trigger: str) -> None:
        delivery = str(entry.about.get("delivery", ""))
        consent = self.consents.get(self._waiting.get(delivery, ""))
        if trigger == "queued":
            if self._tells(entry):
                self._waiting[delivery] = str(entry.about["invitation"])
        elif consent is None:
            return
        elif trigger == "accept" and entry.role == "system" and consent.told is None:
            consent.told, consent.told_at = entry, self._clock
        elif trigger == "bounce" and consent.told and consent.told.about.get("delivery") == delivery:
            consent.told = None

    def _tells(self, queued: Entry) -> bool:
        """Whether a mail tells an organisation of the present correction, and that its silence counts."""
        about = queued.about
        consent = self.consents.get(str(about.get("invitation", "")))
        if self.opened is None or consent is None or about.get("kind") != "revised":
            return False
        if "contact" in about:
            # Silence rests on the mail to whom the organisation was asked through first: others may be added later.
            return False
        if "digest" not in about:
            return not self.is_named
        return (about.get("digest"), about.get("objection_hours")) == (self.digest, consent.hours or None)

    @property
    def is_named(self) -> bool:
        """Whether the opening is of the kind whose mails and stays name what they rest on."""
        return self.opened is not None and "objection_hours" in self.opened.about

    def _floor(self) -> str:
        return str(self.opened.about.get("objections_until")) if self.opened else ""

    def _organisation(self, entry: Entry, trigger: str) -> None:
        name = str(entry.about.get("invitation", ""))
        if entry.action == "invitation.created":
            self.consents[name] = Consent(name)
        consent = self.consents.get(name)
        if consent is None:
            return
        if entry.action in WROTE or (entry.action in ANSWERS and entry.role == "cosigner"):
            consent.spoke = True
        elif entry.action == "link.replaced":
            self._tell_anew(consent)
        elif entry.action in CHANGED:
            # It may have been whoever agreed to the rule: an entry does not say which contact signed.
            consent.moved = True
        elif entry.action.startswith("invitation."):
            self._answered(consent, entry, trigger)

    def _tell_anew(self, consent: Consent) -> None:
        """The link that it was told of works no more: only a mail with the new one counts."""
        consent.told = None
        self._waiting = {mail: name for mail, name in self._waiting.items() if name != consent.invitation}

    def _answered(self, consent: Consent, entry: Entry, trigger: str) -> None:
        consent.state = REACHED[trigger][1] if trigger in REACHED else consent.state
        if trigger in ("sign", "fulfil"):
            consent.by_hand, consent.moved, consent.wants_changes = entry, False, False
        elif trigger == "retract":
            consent.by_hand, consent.wants_changes = None, False
        elif trigger == "reinvite":
            consent.wants_changes = False
        elif trigger == "revive":
            # While it had lapsed it could not object: it is asked.
            consent.spoke = True
        elif trigger == "verdict":
            consent.wants_changes = entry.about.get("verdict") == "changes_requested"
        elif trigger == "contact":
            consent.moved = True
            self._tell_anew(consent)
        elif trigger == "handed_over" and not entry.about.get("of"):
            self._tell_anew(consent)


Compare = Callable[[str, str], bool]
"""Takes two digests; says whether the text of the second is a small correction of that of the first."""


def faults(known: Silence, stay: Entry, is_small: Compare) -> list[str]:
    """Say what a sign-off by silence lacks, given what the entries before it told."""
    consent = known.consents.get(str(stay.about.get("invitation")), Consent(""))
    by_hand, told = consent.by_hand, consent.told
    found = []
    if by_hand is None or stay.about.get("follows") != by_hand.seq:
        found.append("it follows no sign-off of that organisation that is its last by hand")
    if not consent.hours:
        found.append("the organisation never agreed that silence counts")
    elif stay.about.get("objection_hours") != consent.hours:
        found.append("it does not say the hours that the organisation agreed to")
    if consent.state != "to_confirm":
        found.append("the organisation was not asked to confirm a corrected text")
    if not is_small(consent.signed_text, str(stay.about.get("digest"))):
        found.append("the text is not a small correction of the one that the organisation itself signed")
    if consent.moved:
        found.append("the contact of the organisation was changed since it signed")
    if not consent.silent:
        found.append("the organisation was not silent: it has commented on this text, or asked for something")
    if told is None or stay.about.get("told") != told.seq:
        found.append("no mail server had accepted the mail that told the organisation of this correction")
    until = known.until(consent)
    if not until or stay.at < until:
        found.append("it was recorded before the time to object was over")
    return found
