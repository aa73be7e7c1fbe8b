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
- that everything was recorded: what the operator left out before a checkpoint went out in a mail cannot be missed;
- anything after the signing key was stolen, until the next receipt lies in a mailbox out of the thief's reach;
- the times, which are the server's own clock; what the README, letter.json and servers.json tell;
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
    matches: int = 0
    key_checked: bool = False

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
        """The verdict in a few words."""
        if not self.ok:
            return ("", "INVALID", "DIVERGED", "UNDECIDED, an input cannot be used")[self.exit_code]
        seen = f"matches {self.matches} outside receipt{'s' if self.matches > 1 else ''}"
        unchecked = "" if self.key_checked else " (key not checked)"
        return f"VALID, {seen if self.matches else 'operator-signed only'}{unchecked}"

    def to_text(self) -> str:
        """Return the whole report for a terminal; nothing in it can move the cursor or hide a character."""
        lines = [*self.facts, *(f"LOOK: {remark}" for remark in self.remarks)]
        lines += [f"UNUSABLE: {sentence}" for sentence in self.unusable]
        lines += [f"INVALID: {sentence}" for sentence in self.invalid]
        lines += [f"DIVERGED: {sentence}" for sentence in self.diverged]
        if not self.key_checked:
            lines.append(
                "The key was taken from the evidence itself and was not checked against anything outside. Whoever can "
                "write evidence can write a key: take it from a receipt, and give it with --vkey."
            )
        if self.diverged:
            lines.append("Two histories of this letter were shown. Keep both notes: they prove it.")
        return "\n\n".join(["\n".join(shown(line) for line in lines), self.verdict, NOT_PROVED, ""])


def shown(text: str) -> str:
    """Return a text in which nothing can move the cursor, hide a character or turn the line around."""
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text)
