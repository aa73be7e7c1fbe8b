"""By when each organisation had to answer, as the entries tell it: none lapses before, none revives for nothing."""

from __future__ import annotations

from workflow.verify.entries import Entry


class Deadlines:
    """The deadline of the letter, those of single organisations, and by which one each had lapsed."""

    def __init__(self) -> None:
        self.known = False
        self.letters: str | None = None
        self.own: dict[str, str] = {}
        self.lapsed: dict[str, str | None] = {}
        self.unsure: set[str] = set()
        """Lapsed before the server's clock had jumped: by a clock that may have been wrong."""
        self.closes = True
        """Whether the deadline closes answers, as the rules of the letter are."""
        self.extends = False
        self.extended = False

    def apply(self, entry: Entry) -> list[str]:
        """Take one entry, and say what of it breaks a rule of deadlines."""
        if entry.action == "letter.created":
            terms = entry.about.get("terms")
            return self._terms(terms) if isinstance(terms, dict) else []
        if entry.action == "campaign.terms":
            return self._terms(entry.about)
        if entry.action == "deadline.extended":
            return self._extended(entry)
        if entry.action == "clock.jumped":
            self.unsure.update(self.lapsed)
            return []
        named = str(entry.about.get("invitation", ""))
        if entry.action == "invitation.deadline":
            return self._given(entry, named)
        if entry.action == "invitation.lapse":
            return self._lapse(entry, named)
        if entry.action in ("invitation.revive", "invitation.reinvite"):
            return self._revive(entry, named)
        return []

    def due(self, named: str) -> str | None:
        """By when an organisation answers; None: there is no deadline. Its own is more time, never less."""
        return None if self.letters is None else max(self.letters, self.own.get(named, ""))

    def _terms(self, terms: dict[str, object]) -> list[str]:
        if "deadline" in terms:
            self.known, self.letters = True, _told_time(terms["deadline"])
        days = terms.get("extend_days", 0)
        self.extends = terms.get("at_deadline") == "extend" and type(days) is int and days > 0
        self.closes = terms.get("at_deadline", "close") != "ask"
        return []

    def _extended(self, entry: Entry) -> list[str]:
        said, before = f"Entry {entry.seq} extends the deadline", self.letters
        until = _told_time(entry.about.get("deadline"))
        wrong = []
        if entry.role != "system" or not self.extends or self.extended:
            wrong.append(f"{said} by itself, and the rules do not say so, or it was extended before.")
        if before is None or until is None or until <= before or entry.at < before:
            wrong.append(
                f"{said} from {before or 'none'} to {until or 'none'}, before it had come, or to no later time."
            )
        self.known, self.letters, self.extended = True, until, True
        return wrong

    def _given(self, entry: Entry, named: str) -> list[str]:
        self.own[named] = _told_time(entry.about.get("deadline")) or ""
        if entry.role != "coordinator":
            return [f"Entry {entry.seq} gives an organisation a deadline of its own, which only a coordinator may do."]
        return []

    def _lapse(self, entry: Entry, named: str) -> list[str]:
        due = self.lapsed[named] = self.due(named)
        self.unsure.discard(named)
        said = f"Entry {entry.seq} lets an invitation lapse"
        if not self.known:
            return []
        if due is None or entry.at < due:
            return [f"{said}, and its deadline, {due or 'none'}, had not come."]
        if not self.closes or (self.extends and not self.extended):
            return [f"{said}, and the rules do not say that the deadline closes it."]
        return []

    def _revive(self, entry: Entry, named: str) -> list[str]:
        if named not in self.lapsed:
            return []
        before, due = self.lapsed.pop(named), self.due(named)
        by_hand = entry.action == "invitation.reinvite" and named in self.unsure
        if before is None or due is None or due > before or by_hand:
            return []
        return [
            f"Entry {entry.seq} records {entry.action} of an organisation that had lapsed, without a later deadline."
        ]


def _told_time(said: object) -> str | None:
    """Return a time as entries write it, all of one length in UTC, so that they compare as they are."""
    return said if isinstance(said, str) else None
