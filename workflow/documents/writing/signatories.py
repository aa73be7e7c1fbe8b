"""
The signatories below a letter, in the agreed order: with room to sign, in columns, as a compact list, or by country.

Every name is in a paragraph of its own that no page break can tear.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping, Sequence

from workflow.documents.writing.phrases import elsewhere, withheld_line
from workflow.documents.writing.wordml import LINE_BREAK, Paragraph, clean, escaped, reads_right_to_left, run
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


def signatories(
    signatures: tuple[text.Signature, ...],
    layout: Layout,
    measure: int,
    language: str,
    withheld: int = 0,
    images: Mapping[int, str] | None = None,
) -> Iterable[str]:
    """
    Set the signatures in their order.

    `measure` is the length of a line in twentieths of a point, `images` the runs of signatures by hand, by the
    position of the signature.
    """
    suits = chosen(layout, len(signatures))
    yield from _SET[suits](signatures, measure, language, images or {})
    if withheld:
        words = withheld_line(withheld, language)
        yield Paragraph("Withheld", run(words), right_to_left=reads_right_to_left(words)).xml()


def _one_column(
    signatures: Sequence[text.Signature], measure: int, language: str, images: Mapping[int, str]
) -> Iterable[str]:
    """In one column no page has a single one of several."""
    style = _block_style(len(signatures))
    keep_next = {0, len(signatures) - 2} if len(signatures) > 1 else set()
    for number, one in enumerate(signatures):
        yield _signature(one, style, keep_next=number in keep_next, image=images.get(number, ""))


def _columns(
    count: int, signatures: Sequence[text.Signature], measure: int, images: Mapping[int, str]
) -> Iterable[str]:
    if not signatures:
        return
    style = _block_style(len(signatures))
    blocks = [
        _signature(one, style, image=images[number]) if number in images else block
        for number, (one, block) in enumerate(zip(signatures, _many(signatures, style), strict=True))
    ]
    mirrored = reads_right_to_left("".join(line[:1] for line in signatures[0].lines))
    yield _table(blocks, count, measure // count, style, mirrored=mirrored)


def _two_columns(
    signatures: Sequence[text.Signature], measure: int, language: str, images: Mapping[int, str]
) -> Iterable[str]:
    return _columns(2, signatures, measure, images)


def _three_columns(
    signatures: Sequence[text.Signature], measure: int, language: str, images: Mapping[int, str]
) -> Iterable[str]:
    return _columns(3, signatures, measure, images)


def _compact(
    signatures: Sequence[text.Signature], measure: int, language: str, images: Mapping[int, str]
) -> Iterable[str]:
    """One line for each: name, title, organisation."""
    return _many(signatures, "SignatureCompact", between=", ")


def _by_countries(
    signatures: Sequence[text.Signature], measure: int, language: str, images: Mapping[int, str]
) -> Iterable[str]:
    for country, theirs in by_country(signatures, language):
        yield Paragraph("SignatoryHeading", run(country), right_to_left=reads_right_to_left(country[:1])).xml()
        yield from _many(theirs, "SignatureCompact", between=", ")


_SET = {
    Layout.ONE_COLUMN: _one_column,
    Layout.TWO_COLUMNS: _two_columns,
    Layout.THREE_COLUMNS: _three_columns,
    Layout.COMPACT: _compact,
    Layout.BY_COUNTRY: _by_countries,
}


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


def _signature(
    signature: text.Signature, style: str, *, keep_next: bool = False, image: str = "", between: str = "\n"
) -> str:
    """Set one signature as one paragraph, so that no page break can tear it."""
    first, *rest = [line for line in map(clean, signature.lines) if line] or [""]
    runs = (f"{image}<w:r><w:br/></w:r>" if image else "") + run(first, '<w:rStyle w:val="SignatureName"/>')
    if rest:
        runs += run(between + between.join(rest))
    return Paragraph(style, runs, keep_next=keep_next, right_to_left=reads_right_to_left(first[:1])).xml()


def _many(signatures: Sequence[text.Signature], style: str, between: str = "\n") -> list[str]:
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
        return [_signature(signature, style, between=between) for signature in signatures]
    before, middle, after = re.split(
        "NAME|TITLE", _signature(text.Signature("NAME", "TITLE", ""), style, between=between)
    )
    joint = LINE_BREAK if between == "\n" else between
    blocks: list[str] = []
    for block in escaped(whole).split("\n\n"):
        name, _, rest = block.partition("\n")
        set_rest = middle + rest.replace("\n", joint) if rest else ""
        blocks.append(f"{before}{name}{set_rest}{after}")
    return blocks


def _table(blocks: list[str], columns: int, width: int, style: str, *, mirrored: bool) -> str:
    cell = f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>'
    empty = f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr></w:p>'
    filled = [*blocks, *[empty] * (-len(blocks) % columns)]
    rows = "".join(
        f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cell}{f'</w:tc>{cell}'.join(filled[n : n + columns])}</w:tc></w:tr>"
        for n in range(0, len(filled), columns)
    )
    grid = f'<w:gridCol w:w="{width}"/>' * columns
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="Signatures"/>{"<w:bidiVisual/>" if mirrored else ""}'
        f'<w:tblW w:w="{columns * width}" w:type="dxa"/><w:tblLayout w:type="fixed"/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>"
        '<w:p><w:pPr><w:pStyle w:val="TableEnd"/></w:pPr></w:p>'
    )
