"""
The signatories below a letter, in the agreed order: with room to sign, in columns, as a compact list, or by country.

Every name is in a paragraph of its own that no page break can tear.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from workflow.documents.writing.phrases import elsewhere, withheld_line
from workflow.documents.writing.wordml import (
    LINE_BREAK,
    OURS,
    Names,
    Paragraph,
    Run,
    clean,
    escaped,
    line,
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


ONE_COLUMN, TWO_COLUMNS, THREE_COLUMNS = 6, 60, 150
"""Up to so many signatures stand in one column, in two, in three, read line by line; more are a compact list."""
ROOM_TO_SIGN = 24
"""Up to so many signatures have room for a signature by hand above the name; more are a list of names."""
STYLES = ("Signature", "SignatureListed", "SignatureCompact")


def chosen(layout: Layout, count: int) -> Layout:
    """Return the layout itself, or the one that suits so many signatures."""
    if layout is not Layout.AUTOMATIC:
        return layout
    for most, suits in (
        (ONE_COLUMN, Layout.ONE_COLUMN), (TWO_COLUMNS, Layout.TWO_COLUMNS), (THREE_COLUMNS, Layout.THREE_COLUMNS)
    ):  # fmt: skip
        if count <= most:
            return suits
    return Layout.COMPACT


def headings(signatures: Sequence[text.Signature], layout: Layout, language: str) -> list[str]:
    """Return the lines that a layout puts between the names: the countries, in their order."""
    return [country for country, _ in by_country(signatures, language)] if layout is Layout.BY_COUNTRY else []


@dataclass(frozen=True, slots=True)
class Signed:
    """What stands below a letter: the signatures in their order, and how they are set."""

    signatures: Sequence[text.Signature]
    layout: Layout
    language: str
    withheld: int = 0
    images: Mapping[int, Run] = field(default_factory=dict)
    """The runs of signatures by hand, by the position of the signature."""

    def xml(self, measure: int, names: Names = OURS) -> str:
        """Return it as WordprocessingML; `measure` is the length of a line in twentieths of a point."""
        suits = chosen(self.layout, len(self.signatures))
        if suits is Layout.ONE_COLUMN:
            blocks = self._one_column(names)
        elif suits is Layout.COMPACT:
            blocks = _many(self.signatures, "SignatureCompact", names, ", ")
        elif suits is Layout.BY_COUNTRY:
            blocks = self._by_country(names)
        else:
            blocks = self._columns(2 if suits is Layout.TWO_COLUMNS else 3, measure, names)
        words = withheld_line(self.withheld, self.language)
        last = [line("Withheld", words).xml(names)] if words else []
        return "".join([*blocks, *last])

    def _one_column(self, names: Names) -> Iterable[str]:
        """In one column no page has a single one of several."""
        style, count = _block_style(len(self.signatures)), len(self.signatures)
        keep_next = {0, count - 2} if count > 1 else set()
        for number, one in enumerate(self.signatures):
            yield _signature(one, style, keep_next=number in keep_next, image=self.images.get(number)).xml(names)

    def _columns(self, count: int, measure: int, names: Names) -> Iterable[str]:
        if not self.signatures:
            return
        style = _block_style(len(self.signatures))
        cells = _many(self.signatures, style, names)
        for number, image in self.images.items():
            cells[number] = _signature(self.signatures[number], style, image=image).xml(names)
        cells += [Paragraph(style, ()).xml(names)] * (-len(cells) % count)
        yield _table(cells, count, measure // count, names, mirrored=_mirrored(self.signatures[0]))

    def _by_country(self, names: Names) -> Iterable[str]:
        for country, theirs in by_country(self.signatures, self.language):
            yield line("SignatoryHeading", country).xml(names)
            yield from _many(theirs, "SignatureCompact", names, ", ")


def by_country(signatures: Sequence[text.Signature], language: str) -> list[tuple[str, list[text.Signature]]]:
    """The signatures by country, in alphabetical order; those without one come last."""
    found: dict[str, list[text.Signature]] = {}
    for one in signatures:
        found.setdefault(clean(one.country), []).append(one)
    named = sorted((country for country in found if country), key=text.sorting_key)
    last = [(elsewhere(language), found[""])] if "" in found else []
    return [*((country, found[country]) for country in named), *last]


def _block_style(count: int) -> str:
    return "Signature" if count <= ROOM_TO_SIGN else "SignatureListed"


def _mirrored(signature: text.Signature) -> bool:
    return reads_right_to_left("".join(line[:1] for line in signature.lines))


def _signature(
    signature: text.Signature, style: str, between: str = "\n", *, keep_next: bool = False, image: Run | None = None
) -> Paragraph:
    """Set one signature as one paragraph, so that no page break can tear it."""
    first, *rest = [line for line in map(clean, signature.lines) if line] or [""]
    above = [image, Run("\n")] if image else []
    below = [run(between + between.join(rest))] if rest else []
    runs = (*above, run(first, "SignatureName"), *below)
    return Paragraph(style, runs, keep_next=keep_next, right_to_left=reads_right_to_left(first[:1]))


def _many(signatures: Sequence[text.Signature], style: str, names: Names, between: str = "\n") -> list[str]:
    """Set many signatures: all at once, three times as fast, where none has anything to clean or to turn around."""
    said: list[str] = []
    count = 0
    for signature in signatures:  # no list of lists: 5,000 of them would have the garbage collector look at everything
        lines = signature.lines
        count += len(lines)
        said.append("\n".join(lines))
    whole = "\n\n".join(said)
    words = " ".join(said).replace("\n", " ")
    broken = whole.count("\n") != count + len(said) - 2
    if broken or "" in said or words != clean(words) or reads_right_to_left(words):
        return [_signature(signature, style, between).xml(names) for signature in signatures]
    pattern = _signature(text.Signature("NAME", "TITLE", ""), style, between).xml(names)
    before, middle, after = re.split("NAME|TITLE", pattern)
    joint = LINE_BREAK if between == "\n" else between
    blocks: list[str] = []
    for block in escaped(whole).split("\n\n"):
        name, _, rest = block.partition("\n")
        set_rest = middle + rest.replace("\n", joint) if rest else ""
        blocks.append(f"{before}{name}{set_rest}{after}")
    return blocks


def _table(cells: list[str], columns: int, width: int, names: Names, *, mirrored: bool) -> str:
    cell = f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>'
    rows = "".join(
        f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cell}{f'</w:tc>{cell}'.join(cells[n : n + columns])}</w:tc></w:tr>"
        for n in range(0, len(cells), columns)
    )
    whole = f'<w:tblW w:w="{columns * width}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
    return table(names.get("Signatures", "Signatures"), whole, [width] * columns, rows, names, mirrored)
