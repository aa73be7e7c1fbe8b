"""What a check found, how it is said, and the exit status."""

from __future__ import annotations

from dataclasses import dataclass, field


class VerificationError(Exception):
    """Something in the evidence that does not hold; the sentence says what and where."""


class InputError(Exception):
    """An input that cannot be read at all, so nothing can be said about it."""


HOLDS, INVALID, DIVERGED, UNUSABLE = 0, 1, 2, 3

NOT_PROVED = """What this does not prove:
- that the person named is the person who pressed the button: the log shows through which link, not by whose hand;
- that everything was recorded: what the operator left out before a head went out in a mail cannot be missed;
- anything after the signing key was stolen, until the next head lies in a mailbox out of the thief's reach;
- the times, which are the server's own clock, but for a time stamp's;
- what README.txt, letter.json, servers.json and the reports tell: they are for people, and trusted for nothing;
- anything at all, if this verifier came with the evidence and nowhere else: compare it with the project's copy."""


@dataclass
class Report:
    """What was found: `invalid` and `diverged` say what is wrong and where; `remarks` are for a person to look at."""

    letter: str = ""
    facts: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    invalid: list[str] = field(default_factory=list)
    diverged: list[str] = field(default_factory=list)
    unusable: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    """What was not checked, and why."""
    stamps: list[str] = field(default_factory=list)
    """Time stamps that hold: by whom, and of when."""
    cosigners: list[str] = field(default_factory=list)
    """Witnesses whose signature of the head holds."""
    matches: int = 0
    """How many heads from outside are of this history."""
    own: int = 0
    """How many of those that were given as such only the evidence itself carries."""
    reached: int = 0
    """How many of the letter's entries the furthest of them is over."""
    key_checked: bool = False
    of: str = ""
    """What the verdict is of, where it is not of a whole letter."""

    @property
    def exit_code(self) -> int:
        """0 holds, 1 invalid, 2 diverged, 3 an input could not be used."""
        if self.diverged:
            return DIVERGED
        return INVALID if self.invalid else UNUSABLE if self.unusable else HOLDS

    @property
    def ok(self) -> bool:
        """Whether everything that was given holds."""
        return self.exit_code == HOLDS

    @property
    def problems(self) -> list[str]:
        """Every sentence on what is wrong, and where."""
        return [*self.diverged, *self.invalid, *self.unusable]

    @property
    def notes(self) -> list[str]:
        """What was found in order, and what a person should look at."""
        return [*self.facts, *self.remarks]

    @property
    def verdict(self) -> str:
        """The verdict in one line: of what does not hold, what and where; of what does, who vouches for it."""
        if not self.ok:
            word = ("", "INVALID", "DIVERGED", "UNDECIDED, an input cannot be used")[self.exit_code]
            more = f" (and {len(self.problems) - 1} more)" if len(self.problems) > 1 else ""
            first = self.problems[0].split("\n")[0].rstrip(".")
            return shown(f"{word}: {first}{more}")
        vouching = [f"with time stamp ({'; '.join(self.stamps)})"] if self.stamps else []
        vouching += [f"cosigned by {', '.join(self.cosigners)}"] if self.cosigners else []
        vouching += [f"matching {self.matches} outside head{'s' if self.matches > 1 else ''}"] if self.matches else []
        own = f"; not counted: {self.own} that the evidence itself carries" if self.own else ""
        unchecked = "" if self.key_checked else " (key not checked)"
        return shown(f"VALID{self.of}, {', '.join(vouching) or 'signed by the operator only'}{own}{unchecked}")

    def to_text(self) -> str:
        """Return the whole report for a terminal; nothing in it can move the cursor or hide a character."""
        lines = [*self.facts, *(f"LOOK: {remark}" for remark in self.remarks)]
        lines += [f"UNUSABLE: {sentence}" for sentence in self.unusable]
        lines += [f"INVALID: {sentence}" for sentence in self.invalid]
        lines += [f"DIVERGED: {sentence}" for sentence in self.diverged]
        if self.diverged:
            lines.append("Two histories of this letter were shown. Keep both notes: they prove it.")
        parts = ["\n".join(map(shown, lines)), self.verdict]
        unchecked = [*([] if self.key_checked else [KEY_NOT_CHECKED]), *self.unchecked]
        if unchecked:
            parts.append("Not checked:\n" + ";\n".join(f"- {shown(what)}" for what in unchecked) + ".")
        return "\n\n".join([*parts, NOT_PROVED, ""])


KEY_NOT_CHECKED = (
    "the key, against anything outside: it was taken from the evidence itself, and whoever can write evidence can "
    "write a key. Take it from a receipt, and give it with --vkey"
)


def shown(text: str) -> str:
    """Return a text in which nothing can move the cursor, hide a character or turn the line around."""
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text)
