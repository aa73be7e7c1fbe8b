"""Where two have to sign for an organisation: what one proposed, and whether another confirmed it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workflow.verify.entries import Entry
from workflow.verify.machines import REACHED
from workflow.verify.persons import same_mailbox


@dataclass
class Proposed:
    """What somebody of an organisation proposed, and whether it can still be confirmed."""

    entry: Entry
    is_open: bool = True


def _text_in(entry: Entry, field: str) -> str:
    """What an entry says under a name, as a text; empty where it does not."""
    said = entry.about.get(field)
    return said if isinstance(said, str) else ""


class FourEyes:
    """Reads the entries in order and knows, at each moment, for whom two have to sign, and what is proposed."""

    def __init__(self) -> None:
        self.everybody = False
        """The campaign wants it of each organisation."""
        self.wanting: set[str] = set()
        self.individuals: set[str] = set()
        self.proposals: dict[int, Proposed] = {}
        self.latest: dict[str, Proposed] = {}
        self.addresses: dict[tuple[str, str], str] = {}
        """Where each contact of an organisation was written to, as far as that is disclosed; empty: the first."""
        self.by_two: set[int] = set()
        """The sign-offs that one proposed and another confirmed."""
        self.digest = ""

    def apply(self, entry: Entry, letter: str, invitation: str, shown: Mapping[str, Any]) -> list[str]:
        """Take one entry, given the states before it, and what it commits to; returns what is wrong."""
        self._contact(entry, shown)
        organisation = _text_in(entry, "invitation")
        if entry.action == "revision.frozen":
            self.digest = _text_in(entry, "digest")
        elif entry.action in ("letter.created", "campaign.terms"):
            terms = entry.about.get("terms") if entry.action == "letter.created" else entry.about
            self.everybody = isinstance(terms, dict) and terms.get("four_eyes") is True
        elif entry.action == "invitation.created" and entry.about.get("individual") is True:
            self.individuals.add(organisation)
        elif entry.action == "invitation.four_eyes":
            return self._wanted(entry, organisation)
        elif entry.action == "proposal.made":
            return self._made(entry, letter, invitation, shown)
        elif entry.action in ("proposal.refused", "proposal.ended"):
            return self._closed(entry)
        elif entry.action == "invitation.sign":
            return self._signed(entry)
        elif entry.action == "invitation.fulfil":
            return self._alone(entry)
        elif entry.action == "invitation.stay":
            return self._stayed(entry)
        elif entry.action == "invitation.decline":
            self._end(organisation)
        elif entry.action == "letter.revise":
            for standing in self.latest.values():
                standing.is_open = False
        return []

    def _wanted(self, entry: Entry, organisation: str) -> list[str]:
        """Somebody of an organisation asks for a second; a coordinator alone lets one sign alone again."""
        if entry.about.get("wanted") is True:
            self.wanting.add(organisation)
            return []
        self.wanting.discard(organisation)
        why = f"Entry {entry.seq} lets one alone sign for an organisation, and no coordinator said so."
        return [] if entry.role == "coordinator" else [why]

    def _end(self, organisation: str) -> None:
        if organisation in self.latest:
            self.latest[organisation].is_open = False

    def _contact(self, entry: Entry, shown: Mapping[str, Any]) -> None:
        """Take down to which address a contact is written to."""
        organisation = _text_in(entry, "invitation")
        if entry.action in ("contact.added", "contact.corrected"):
            place, address = (organisation, _text_in(entry, "contact")), shown.get("email")
        elif entry.action == "invitation.handed_over":
            place, address = (organisation, _text_in(entry, "of")), shown.get("contact")
        elif entry.action in ("invitation.created", "invitation.corrected", "invitation.contact"):
            place, address = (organisation, ""), shown.get("contact")
        else:
            return
        if isinstance(address, str):
            self.addresses[place] = address
        else:
            self.addresses.pop(place, None)

    def _made(self, entry: Entry, letter: str, invitation: str, shown: Mapping[str, Any]) -> list[str]:
        about, organisation, found = entry.about, _text_in(entry, "invitation"), list[str]()
        if entry.role != "cosigner":
            found.append("only the organisation itself may")
        if letter not in ("sign_off", "sent"):
            found.append(f"the letter was {letter}")
        if invitation not in REACHED["sign"][0]:
            found.append(f"its invitation was {invitation}")
        if about.get("digest") != self.digest:
            found.append("it is of another text than the one that was open")
        if not _text_in(entry, "confirming") or about.get("confirming") == about.get("link"):
            found.append("whoever proposed it was to confirm it")
        if about.get("authority_ticked") is not True or about.get("name_typed") is not True:
            found.append("no name was typed, or the authority to sign was not claimed")
        own, to = self.addresses.get((organisation, _text_in(entry, "contact"))), shown.get("to")
        if own is not None and isinstance(to, str) and same_mailbox(own, to):
            found.append("the link to confirm it went to the very mailbox that it came from")
        self._end(organisation)
        self.proposals[entry.seq] = self.latest[organisation] = Proposed(entry)
        return [f"The proposal in entry {entry.seq} does not hold: {why}." for why in found]

    def _closed(self, entry: Entry) -> list[str]:
        proposed, found = self._of(entry), list[str]()
        if proposed is None:
            return [f"Entry {entry.seq} is about a proposal that never was."]
        if entry.action == "proposal.refused":
            if entry.role != "cosigner" or entry.about.get("link") != proposed.entry.about.get("confirming"):
                found.append(
                    f"Entry {entry.seq} refuses a proposal by another link than the one that was to confirm it."
                )
        elif entry.role == "cosigner" and not _text_in(entry, "link"):
            found.append(f"Entry {entry.seq} does not say by which link a proposal was withdrawn.")
        proposed.is_open = False
        return found

    def _of(self, entry: Entry) -> Proposed | None:
        seq = entry.about.get("proposal")
        proposed = self.proposals.get(seq) if type(seq) is int else None
        same = proposed is not None and _text_in(proposed.entry, "invitation") == _text_in(entry, "invitation")
        return proposed if same else None

    def _signed(self, entry: Entry) -> list[str]:
        """Where two have to sign, one confirms by a link of their own what another proposed."""
        if entry.about.get("proposal") is None:
            return self._alone(entry)
        self.by_two.add(entry.seq)
        found = self._confirmed(entry)
        self._end(_text_in(entry, "invitation"))
        return [f"The sign-off in entry {entry.seq} does not hold: {why}." for why in found]

    def _stayed(self, entry: Entry) -> list[str]:
        """Silence goes on with what two have signed; with what one has, only where two need not."""
        follows = entry.about.get("follows")
        return [] if type(follows) is int and follows in self.by_two else self._alone(entry)

    def _alone(self, entry: Entry) -> list[str]:
        """One alone signs only where two need not."""
        organisation = _text_in(entry, "invitation")
        self._end(organisation)
        wanted = (self.everybody or organisation in self.wanting) and organisation not in self.individuals
        why = "two have to sign for that organisation, and nobody had proposed it"
        return [f"The sign-off in entry {entry.seq} does not hold: {why}."] if wanted else []

    def _confirmed(self, entry: Entry) -> list[str]:
        proposed, found = self._of(entry), list[str]()
        if proposed is None:
            return ["it confirms a proposal that never was"]
        made = proposed.entry
        if not proposed.is_open:
            found.append(f"the proposal in entry {made.seq} had ended before")
        if entry.role != "cosigner":
            found.append("only the organisation itself may confirm")
        if made.about.get("digest") != entry.about.get("digest"):
            found.append(f"the proposal in entry {made.seq} was of another text")
        if entry.about.get("link") != made.about.get("confirming") or entry.about.get("link") == made.about.get("link"):
            found.append(f"it was not confirmed by the link that the proposal in entry {made.seq} names")
        return found
