"""What came after the letter was sent, and is not the letter's: late sign-offs, withdrawn ones, the addendum."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from workflow.verify.entries import Entry
from workflow.verify.report import VerificationError


@dataclass
class Afterwards:
    """Follows them through the entries; what it finds wrong is said in sentences."""

    whole: bool = True
    """The entries of all organisations are here, and what the addendum is made of."""
    late_names: bool = False
    """The letter takes late names, by its terms."""
    standing: dict[str, int] = field(default_factory=dict)
    """The late sign-offs that stand, by invitation."""
    late: set[int] = field(default_factory=set)
    """All of them, by their entries."""
    withdrawn: dict[int, int] = field(default_factory=dict)
    """The sign-offs that were withdrawn after what bears them was sent, each with the entry that says so."""
    made: Entry | None = None
    """The addendum as it was made last."""
    every: list[tuple[Entry, str, str]] = field(default_factory=list)
    """Its documents, as often as it was made: the entry, the SHA-256 and the kind."""
    sent: Entry | None = None
    """The entry by which it left."""
    carried: dict[str, str] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)

    def apply(self, entry: Entry, state: str, on_letter: Mapping[str, Collection[int]]) -> list[str]:
        """
        Take one entry, while the letter was in a state; returns what is wrong with it.

        `on_letter` are the sign-offs of each invitation that the letter that was sent prints. Raises VerificationError.
        """
        takes = {
            "letter.created": self._created,
            "campaign.terms": self._terms,
            "delivery.accept": self._accepted,
        }.get(entry.action)
        if takes is not None:
            takes(entry)
            return []
        judged = {
            "invitation.created": self._invited,
            "invitation.sign": self._signed,
            "invitation.retract_late": self._withdrawn_late,
            "addendum.made": self._made,
            "addendum.sent": self._sent,
            "addendum.delivered": self._delivered,
        }.get(entry.action)
        return judged(entry, state, on_letter) if judged is not None else []

    @property
    def documents(self) -> dict[str, str]:
        """The documents of the addendum as it was made last: each with the kind that it is."""
        return _documents_of(self.made) if self.made is not None else {}

    @property
    def lasting(self) -> set[int]:
        """The late sign-offs that stand, or stood when the addendum was sent."""
        return set(self.standing.values()) | (self.late & self.withdrawn.keys())

    def _created(self, entry: Entry) -> None:
        terms = entry.about.get("terms")
        self.late_names = isinstance(terms, dict) and terms.get("late_names") is True

    def _terms(self, entry: Entry) -> None:
        self.late_names = entry.about.get("late_names") is True

    def _is_open(self, state: str) -> bool:
        return state == "sent" and self.late_names and self.sent is None

    def _invited(self, entry: Entry, state: str, on_letter: Mapping[str, Collection[int]]) -> list[str]:
        if state != "sent" or self._is_open(state):
            return []
        return [f"Entry {entry.seq} invites somebody to sign a letter that was sent and takes no late names."]

    def _signed(self, entry: Entry, state: str, on_letter: Mapping[str, Collection[int]]) -> list[str]:
        is_late, invitation = entry.about.get("late") is True, entry.says("invitation")
        if is_late != (state == "sent"):
            how = "says that it is late" if is_late else "does not say that it is late"
            return [f"The sign-off in entry {entry.seq} {how}, while the letter was {state}."]
        if not is_late:
            return []
        self.late.add(entry.seq)
        self.standing[invitation] = entry.seq
        found = []
        if not self._is_open(state):
            found.append(f"The late sign-off in entry {entry.seq} was given to a letter that takes none any more.")
        if on_letter.get(invitation):
            found.append(f"The late sign-off in entry {entry.seq} is of an organisation that is on the letter already.")
        return found

    def _withdrawn_late(self, entry: Entry, state: str, on_letter: Mapping[str, Collection[int]]) -> list[str]:
        signoff, invitation = entry.says("signoff", int), entry.says("invitation")
        is_late = self.standing.get(invitation) == signoff
        printed = not is_late or self.sent is not None
        if not is_late and signoff not in on_letter.get(invitation, ()):
            return [f"Entry {entry.seq} withdraws a sign-off, {signoff}, that stands on nothing that was sent."]
        found = []
        if printed != (entry.about.get("printed") is True):
            found.append(f"Entry {entry.seq} does not say truly whether what was sent bears the sign-off {signoff}.")
        if printed:
            self.withdrawn[signoff] = entry.seq
        self.standing.pop(invitation, None)
        return found

    def _made(self, entry: Entry, state: str, on_letter: Mapping[str, Collection[int]]) -> list[str]:
        found = self._unfit(entry, entry, state)
        if not _documents_of(entry):
            raise VerificationError(f"Entry {entry.seq} names no document of the addendum.")
        if self.sent is not None:
            found.append(f"Entry {entry.seq} makes an addendum, though entry {self.sent.seq} has sent one already.")
            return found
        self.made = entry
        self.every += [(entry, sha256, kind) for sha256, kind in _documents_of(entry).items()]
        return found

    def _sent(self, entry: Entry, state: str, on_letter: Mapping[str, Collection[int]]) -> list[str]:
        if self.sent is not None:
            return [f"Entry {entry.seq} sends the addendum that entry {self.sent.seq} has sent already."]
        self.sent = entry
        if not self.whole:
            return []
        if self.made is None or entry.about.get("made") != self.made.seq:
            return [f"Entry {entry.seq} sends an addendum that was not made last."]
        return self._unfit(entry, self.made, state)

    def _unfit(self, entry: Entry, made: Entry, state: str) -> list[str]:
        """What an addendum prints are the late sign-offs that stand, all of them and no others."""
        printed = made.says("signoffs", list)
        if any(type(seq) is not int for seq in printed):
            raise VerificationError(f"Entry {made.seq} does not name the sign-offs that the addendum prints.")
        found = []
        if state != "sent":
            found.append(f"Entry {entry.seq} records {entry.action} while the letter was {state}.")
        for seq in printed:
            if seq not in self.late:
                found.append(f"The addendum of entry {made.seq} prints the entry {seq}, which is no late sign-off.")
            elif seq not in self.standing.values():
                found.append(
                    f"Entry {entry.seq}: the addendum prints the sign-off in entry {seq}, which did not stand."
                )
        left_out = sorted(set(self.standing.values()) - set(printed))
        found += [f"Entry {entry.seq}: the addendum leaves out the late sign-off in entry {seq}." for seq in left_out]
        if not printed or len(set(printed)) != len(printed):
            found.append(f"The addendum of entry {made.seq} prints nobody, or somebody twice.")
        return found

    def carries(self, entry: Entry, document: object) -> bool:
        """Whether an email carries the addendum; raises VerificationError where that had not been sent by then."""
        is_there = isinstance(document, str) and document in self.documents
        if not is_there and (self.whole or entry.about.get("kind") != "addendum_copy"):
            return False
        if self.sent is None:
            raise VerificationError(f"Entry {entry.seq} mails the addendum, which had not been sent.")
        if entry.about.get("kind") == "addendum":
            self.carried[entry.says("delivery")] = str(document)
        return True

    def _accepted(self, entry: Entry) -> None:
        self.accepted.add(self.carried.get(str(entry.about.get("delivery")), ""))

    def _delivered(self, entry: Entry, state: str, on_letter: Mapping[str, Collection[int]]) -> list[str]:
        due = [sha256 for sha256, kind in self.documents.items() if kind == "docx"]
        return [
            f"Entry {entry.seq} says that the addendum was delivered; no server accepted the document {sha256[:12]}."
            for sha256 in due
            if sha256 not in self.accepted
        ]


def _documents_of(made: Entry) -> dict[str, str]:
    found = made.about.get("documents")
    sets = [one for one in found.values() if isinstance(one, dict)] if isinstance(found, dict) else []
    return {one[kind]: kind for one in sets for kind in ("docx", "pdf") if isinstance(one.get(kind), str)}
