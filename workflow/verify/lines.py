"""The lines of a text in Markdown, with what of each belongs to the block that is being read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Lines:
    """The lines of a text with their indents: what of a line belongs to the block that is being read."""

    source: list[str]
    begins: list[int]
    shifts: list[int]
    counts: list[int]
    before: list[int]

    def text(self, line: int) -> str:
        """A line from its first letter on."""
        return self.source[line][self.begins[line] + self.shifts[line] :]

    def is_empty(self, line: int) -> bool:
        """Whether nothing of a line is left; so is every line after the last."""
        return line >= len(self.source) or self.begins[line] + self.shifts[line] >= len(self.source[line])

    def saved(self, line: int) -> tuple[int, int, int, int]:
        """What a block may change of a line, to be put back."""
        return self.begins[line], self.shifts[line], self.counts[line], self.before[line]

    def restore(self, line: int, saved: tuple[int, int, int, int]) -> None:
        """Put a line back as it was."""
        self.begins[line], self.shifts[line], self.counts[line], self.before[line] = saved


def split_lines(text: str) -> Lines:
    """Take a text apart into its lines."""
    source = text.split("\n")
    if source and (not source[-1].strip(" \t")):
        source.pop()
    shifts = [len(line) - len(line.lstrip(" \t")) for line in source]
    counts = [columns_of(line[:shift], 0) for line, shift in zip(source, shifts)]  # noqa: B905 (Python 3.9)
    return Lines(source, [0] * len(source), shifts, counts, [0] * len(source))


def columns_of(blanks: str, offset: int) -> int:
    """The columns that blanks reach from an offset, tabs expanded."""
    for blank in blanks:
        offset += 4 - offset % 4 if blank == "\t" else 1
    return offset
