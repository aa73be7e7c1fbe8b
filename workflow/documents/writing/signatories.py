"""
The signatories below a letter, in the agreed order: with room to sign, in columns, as a compact list, or by country.

Every name is in a paragraph of its own that no page break can tear.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from workflow.documents.writing.phrases import elsewhere, individuals_heading, withheld_line
from workflow.documents.writing.wordml import (
    LINE_BREAK,
    OURS,
    Names,
    Paragraph,
    Run,
    clean,
    escaped,
    reads_right_to_left,
    run,
    table,
)
from workflow.letter import text


class Layout(enum.StrEnum):
    """How the signatories are set. `AUTOMATIC` chooses by their number."""

    AUTOMATIC = "automatic"
    ONE_COLUMN = "one"
    TWO_COLUMNS = "two"
    THREE_COLUMNS = "three"
    COMPACT = "compact"
    BY_COUNTRY = "country"


ONE_COLUMN, TWO_COLUMNS, THREE_COLUMNS = 3, 60, 150
"""Up to so many signatures stand in one column, in two, in three, read line by line; more are a compact list."""
ONE_COLUMN_WITH_ROOM = 6
"""With room to sign, one column looks well for longer."""
ROOM_TO_SIGN = 24
"""Up to so many signatures have room for a signature by hand above the name; more are a list of names."""
TIGHT = 3
"""From this degree of tightness on, the names are a line each."""
STYLES = ("Signature", "SignatureListed", "SignatureCompact")
LEFT_TO_RIGHT_MARK = "\u200e"
"""Beside a sign at either end of Latin words, it keeps the sign there in a line that runs from right to left."""


def chosen(layout: Layout, count: int, *, room_to_sign: bool = False, tightness: int = 0) -> Layout:
    """Return the layout itself, or the one that suits so many signatures."""
    if layout is not Layout.AUTOMATIC:
        return layout
    if tightness >= TIGHT and count > ONE_COLUMN:
        return Layout.COMPACT
    for most, suits in (
        (ONE_COLUMN_WITH_ROOM if room_to_sign else ONE_COLUMN, Layout.ONE_COLUMN),
        (TWO_COLUMNS, Layout.TWO_COLUMNS),
        (THREE_COLUMNS, Layout.THREE_COLUMNS),
    ):
        if count <= most:
            return suits
    return Layout.COMPACT


def headings(signatures: Sequence[text.Signature], layout: Layout, language: str) -> list[str]:
    """Return the lines that a layout puts between the organisations: the countries, in their order."""
    asked = [one for one in signatures if not one.individual]
    return [country for country, _ in by_country(asked, language)] if layout is Layout.BY_COUNTRY else []


def read_out(signatures: Sequence[text.Signature], language: str) -> tuple[tuple[str, ...], ...]:
    """Return the lines of each signature as pages and mails show them, with the heading of the second list."""
    alone = next((n for n, one in enumerate(signatures) if one.individual), len(signatures))
    lines = [one.lines for one in signatures]
    return (*lines[:alone], *([(individuals_heading(language),)] if alone < len(lines) else []), *lines[alone:])


@dataclass(frozen=True, slots=True)
class Signed:
    """What stands below a letter: the signatures in their order, and how they are set."""

    signatures: Sequence[text.Signature]
    """Those of organisations, then those of people who sign in their own name."""
    layout: Layout
    language: str
    withheld: int = 0
    images: Mapping[int, Run] = field(default_factory=dict)
    """The runs of signatures by hand, by the position of the signature."""
    room_to_sign: bool = False
    """Whether there is room for one above each name, also where there is no image."""
    right_to_left: bool = False
    """Whether the letter is: every signatory stands at its edge then, whatever the letters of the name."""
    tightness: int = 0

    def xml(self, measure: int, names: Names = OURS) -> str:
        """Return it as WordprocessingML; `measure` is the length of a line in twentieths of a point."""
        count = sum(not one.individual for one in self.signatures)
        words = withheld_line(self.withheld, self.language)
        blocks = [*self._list(0, count, measure, names, followed=bool(words))]
        if words:
            blocks.append(self._line("Withheld", words).xml(names))
        if count < len(self.signatures):
            blocks.append(self._line("SignatoryHeading", individuals_heading(self.language)).xml(names))
            blocks += self._list(count, len(self.signatures), measure, names)
        return "".join(blocks)

    def _list(self, first: int, end: int, measure: int, names: Names, *, followed: bool = False) -> Iterable[str]:
        """Set those from `first` to `end`; `followed`: a line belongs to them that no page break must part."""
        some = self.signatures[first:end]
        if not some:
            return ()
        images = {number - first: image for number, image in self.images.items() if first <= number < end}
        suits = chosen(self.layout, len(some), room_to_sign=self.room_to_sign, tightness=self.tightness)
        if suits is Layout.BY_COUNTRY and not some[0].individual:
            return self._by_country(some, names)
        if suits in (Layout.COMPACT, Layout.BY_COUNTRY):
            kept = _kept(len(some), followed)
            return self._many(some, "SignatureCompact", names, ", ", kept)
        if suits is Layout.ONE_COLUMN:
            style, kept = self._block_style(len(some)), _kept(len(some), followed)
            return [
                self._signature(one, style, keep_next=number in kept, image=images.get(number)).xml(names)
                for number, one in enumerate(some)
            ]
        return [self._columns(some, images, 2 if suits is Layout.TWO_COLUMNS else 3, measure, names, followed)]

    def _columns(
        self,
        some: Sequence[text.Signature],
        images: Mapping[int, Run],
        count: int,
        measure: int,
        names: Names,
        followed: bool,
    ) -> str:
        style = self._block_style(len(some))
        rows = _kept(-(-len(some) // count), followed)
        kept = {number for row in rows for number in range(row * count, min((row + 1) * count, len(some)))}
        cells = self._many(some, style, names, kept=kept)
        for number, image in images.items():
            signature = self._signature(some[number], style, image=image, keep_next=number in kept)
            cells[number] = signature.xml(names)
        cells += [Paragraph(style, ()).xml(names)] * (-len(cells) % count)
        by_hand = {number // count for number in images}
        return _table(cells, count, measure // count, names, by_hand, mirrored=self.right_to_left)

    def _by_country(self, some: Sequence[text.Signature], names: Names) -> Iterable[str]:
        for country, theirs in by_country(some, self.language):
            yield self._line("SignatoryHeading", country).xml(names)
            yield from self._many(theirs, "SignatureCompact", names, ", ", _kept(len(theirs)))

    def _block_style(self, count: int) -> str:
        return "Signature" if self.room_to_sign and count <= ROOM_TO_SIGN else "SignatureListed"

    def _line(self, style: str, words: str) -> Paragraph:
        return Paragraph(style, (run(words),), right_to_left=self.right_to_left)

    def _signature(
        self,
        signature: text.Signature,
        style: str,
        between: str = "\n",
        *,
        keep_next: bool = False,
        image: Run | None = None,
    ) -> Paragraph:
        """Set one signature as one paragraph, so that no page break can tear it."""
        said = [line for line in map(clean, signature.lines) if line] or [""]
        first, *rest = map(_held, said) if self.right_to_left else said
        above = [image, Run("\n")] if image else []
        below = [run(between + between.join(rest))] if rest else []
        runs = (*above, run(first, "SignatureName"), *below)
        return Paragraph(style, runs, keep_next=keep_next, right_to_left=self.right_to_left)

    def _many(
        self,
        signatures: Sequence[text.Signature],
        style: str,
        names: Names,
        between: str = "\n",
        kept: Collection[int] = (),
    ) -> list[str]:
        """Set many signatures: all at once, three times as fast, where none has anything to clean or turn around."""
        said: list[str] = []
        count = 0
        for signature in signatures:  # no list of lists: 5,000 of them would have the garbage collector look at all
            lines = signature.lines
            count += len(lines)
            said.append("\n".join(lines))
        whole = "\n\n".join(said)
        words = " ".join(said).replace("\n", " ")
        broken = whole.count("\n") != count + len(said) - 2
        if self.right_to_left or broken or "" in said or words != clean(words) or reads_right_to_left(words):
            return [
                self._signature(signature, style, between, keep_next=number in kept).xml(names)
                for number, signature in enumerate(signatures)
            ]
        pattern = self._signature(text.Signature("NAME", "TITLE", ""), style, between).xml(names)
        before, middle, after = re.split("NAME|TITLE", pattern)
        joint = LINE_BREAK if between == "\n" else between
        blocks: list[str] = []
        for block in escaped(whole).split("\n\n"):
            name, _, rest = block.partition("\n")
            set_rest = middle + rest.replace("\n", joint) if rest else ""
            blocks.append(f"{before}{name}{set_rest}{after}")
        for number in kept:
            blocks[number] = self._signature(signatures[number], style, between, keep_next=True).xml(names)
        return blocks


def by_country(signatures: Sequence[text.Signature], language: str) -> list[tuple[str, list[text.Signature]]]:
    """The signatures by country, in alphabetical order; those without one come last."""
    found: dict[str, list[text.Signature]] = {}
    for one in signatures:
        found.setdefault(clean(one.country), []).append(one)
    named = sorted((country for country in found if country), key=text.sorting_key)
    last = [(elsewhere(language), found[""])] if "" in found else []
    return [*((country, found[country]) for country in named), *last]


def _kept(count: int, followed: bool = False) -> set[int]:
    """
    Which of so many rows must not be the last of a page: no page begins or ends with a single one of several.

    The last three stay together, so that no page is left with two; where a line follows, so does it.
    """
    kept = {0, count - 3, count - 2} if count > 1 else set()
    return {row for row in {*kept, *([count - 1] if followed else [])} if row >= 0}


def _held(line: str) -> str:
    """Keep the signs at either end of Latin words where they are, in a line that runs from right to left."""
    if not line or reads_right_to_left(line):
        return line
    before = "" if line[0].isalpha() else LEFT_TO_RIGHT_MARK
    return f"{before}{line}{'' if line[-1].isalpha() else LEFT_TO_RIGHT_MARK}"


def _table(
    cells: list[str], columns: int, width: int, names: Names, by_hand: Collection[int], *, mirrored: bool
) -> str:
    """Set cells in rows; beside the image of a signature the names stand at the foot of theirs."""
    share = f'<w:tcW w:w="{width}" w:type="dxa"/>'
    rows: list[str] = []
    for row in range(-(-len(cells) // columns)):
        foot = '<w:vAlign w:val="bottom"/>' if row in by_hand else ""
        cell = f"<w:tc><w:tcPr>{share}{foot}</w:tcPr>"
        inner = f"</w:tc>{cell}".join(cells[row * columns : (row + 1) * columns])
        rows.append(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cell}{inner}</w:tc></w:tr>")
    whole = f'<w:tblW w:w="{columns * width}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
    return table(names.get("Signatures", "Signatures"), whole, [width] * columns, "".join(rows), names, mirrored)
