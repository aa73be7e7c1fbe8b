"""What organisations agreed to before it was there: a text as it would be with a suggestion in, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from workflow.verify.entries import Entry

AGREEING = ("invited", "to_confirm", "retracted", "signed")
"""In these states of its invitation an organisation may agree to a text that is not there yet."""
ENDING = ("sign", "decline", "retract", "revoke", "contact", "handed_over")
"""Whatever an organisation answers, or whoever answers for it from then on: what it agreed to before ends with it."""
OUTCOMES = ("missed", "taken_back", "ended")


@dataclass
class Condition:
    """What one organisation agreed to, and whether that can still count."""

    entry: Entry
    is_open: bool = True
    met: bool = False

    @property
    def agreed(self) -> str:
        """The digest of the text that it agreed to."""
        return _named_in(self.entry, "agreed")


def _named_in(entry: Entry, field: str) -> str:
    """What an entry says under a name, as a text."""
    return str(entry.about.get(field))


def _agreed_hours(entry: Entry) -> int:
    """The rule of silence that was shown, in hours; 0: none."""
    hours = entry.about.get("objection_hours")
    return hours if type(hours) is int else 0


class Conditions:
    """Reads the entries in order and knows, at each moment, who has agreed to which text that is not there yet."""

    def __init__(self, whole: bool = True) -> None:
        self.whole = whole
        """The entries of all organisations are here, so that every suggestion is."""
        self.suggestions: dict[str, bool] = {}
        """Each suggestion, and whether it is neither accepted nor dismissed."""
        self.given: dict[int, Condition] = {}
        self.latest: dict[str, Condition] = {}
        self.digest = ""

    def apply(self, entry: Entry, letter: str, invitation: str) -> list[str]:
        """Take one entry, given the states of the letter and of the invitation before it; returns what is wrong."""
        thing, _, trigger = entry.action.partition(".")
        standing = self.latest.get(_named_in(entry, "invitation"))
        if entry.action == "revision.frozen":
            self.digest = _named_in(entry, "digest")
            self._missed()
        elif entry.action == "letter.open_sign_off" and letter == "in_review":
            self._missed()
        elif entry.action == "suggestion.added":
            self.suggestions[_named_in(entry, "comment")] = True
        elif entry.action in ("suggestion.accepted", "suggestion.dismissed"):
            self.suggestions[_named_in(entry, "comment")] = False
            if entry.action == "suggestion.dismissed":
                self._dismissed(_named_in(entry, "comment"))
        elif entry.action == "condition.agreed":
            return self._agreed(entry, letter, invitation)
        elif entry.action == "condition.ended":
            return self._ended(entry)
        elif entry.action == "invitation.fulfil":
            return self._fulfilled(entry)
        elif thing == "invitation" and trigger in ENDING and standing is not None:
            # The entry that says so comes along; that it ended does not hang on it.
            standing.is_open = False
        elif entry.action == "letter.approve":
            return self._passed_over(entry)
        elif entry.action in ("letter.withdraw", "letter.dispatch"):
            for condition in self.latest.values():
                condition.is_open = False
        return []

    def _missed(self) -> None:
        """A text was put before the co-signers: agreements to another one are over, whether an entry says so or not."""
        for condition in self.latest.values():
            condition.is_open = condition.is_open and condition.agreed == self.digest

    def _dismissed(self, suggestion: str) -> None:
        """A suggestion was dismissed: so is what was agreed to with it in."""
        for condition in self.latest.values():
            if _named_in(condition.entry, "comment") == suggestion:
                condition.is_open = False

    def _agreed(self, entry: Entry, letter: str, invitation: str) -> list[str]:
        about, organisation, found = entry.about, _named_in(entry, "invitation"), list[str]()
        standing = self.latest.get(organisation)
        if standing is not None and standing.is_open:
            found.append(f"that organisation had agreed to another text, in entry {standing.entry.seq}")
        if letter not in ("in_review", "sign_off"):
            found.append(f"the letter was {letter}")
        if invitation not in AGREEING:
            found.append(f"its invitation was {invitation}")
        if entry.role != "cosigner":
            found.append("only the organisation itself may")
        if about.get("digest") != self.digest:
            found.append("it had another text before it than the one that was open")
        if self.whole and not self.suggestions.get(_named_in(entry, "comment")):
            found.append("there is no such suggestion, or it was accepted or dismissed before")
        if about.get("authority_ticked") is not True or about.get("name_typed") is not True:
            found.append("no name was typed, or the authority to sign was not claimed")
        self.given[entry.seq] = self.latest[organisation] = Condition(entry)
        return [f"The agreement in entry {entry.seq} does not hold: {why}." for why in found]

    def _ended(self, entry: Entry) -> list[str]:
        about, condition = entry.about, self._named(entry, "condition")
        if condition is None:
            return [f"Entry {entry.seq} ends an agreement that there never was."]
        found = []
        if about.get("outcome") not in OUTCOMES:
            found.append(f"Entry {entry.seq} does not say how the agreement in entry {condition.entry.seq} ended.")
        if about.get("outcome") == "taken_back" and entry.role != "cosigner":
            found.append(f"Entry {entry.seq} takes back an agreement, which only whoever gave it may.")
        if condition.met:
            found.append(f"Entry {entry.seq} ends the agreement in entry {condition.entry.seq}, which counts.")
        condition.is_open = False
        return found

    def _fulfilled(self, entry: Entry) -> list[str]:
        """A signature counts by an agreement that was still open, to the very text that is before the co-signers."""
        about, condition, found = entry.about, self._named(entry, "follows"), list[str]()
        if condition is None:
            return [
                f"The sign-off in entry {entry.seq} counts by an agreement of that organisation that there never was."
            ]
        if not condition.is_open:
            found.append("had ended before")
        if not condition.agreed == about.get("digest") == self.digest:
            found.append("was to another text")
        if _agreed_hours(entry) != _agreed_hours(condition.entry):
            found.append("was given under another rule for minor corrections")
        condition.is_open, condition.met = False, True
        seq = condition.entry.seq
        return [
            f"The sign-off in entry {entry.seq} counts by the agreement in entry {seq}, which {why}." for why in found
        ]

    def _named(self, entry: Entry, field: str) -> Condition | None:
        """The agreement that an entry names, where it is the same organisation's."""
        seq = entry.about.get(field)
        condition = self.given.get(seq) if type(seq) is int else None
        same = condition is not None and _named_in(condition.entry, "invitation") == _named_in(entry, "invitation")
        return condition if same else None

    def _passed_over(self, entry: Entry) -> list[str]:
        """Whoever has agreed to the text that is approved has signed it."""
        return [
            f"Entry {entry.seq} approves the letter without the organisation that agreed to this very text in entry "
            f"{condition.entry.seq}."
            for condition in self.latest.values()
            if condition.is_open and condition.agreed == self.digest
        ]
