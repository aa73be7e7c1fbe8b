"""
A letterhead adjusted to one letter: with a header that runs from the second page on, a footer that says where to ask
whether it is genuine, or set tighter to save pages.

It stays a letterhead; step 0 is the letterhead itself.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Sequence
from typing import NamedTuple

from workflow.documents.uploads.footer import with_footer
from workflow.documents.uploads.letterhead import Letterhead, Piece, Placeholder
from workflow.documents.writing.footers import Footer
from workflow.documents.writing.opc import WORD_TYPE, Relation
from workflow.documents.writing.wordml import HEAD, NAMESPACES, OFFICE, OURS, Names, Paragraph, Run, run


class Step(NamedTuple):
    """How far a letter is tightened, in shares of what its letterhead says; `margin` in twentieths of a point."""

    size: float
    spacing: float
    line: float
    margin: int


STEPS = (
    Step(1, 1, 1, 1474),
    Step(1, 0.75, 0.96, 1304),
    Step(0.955, 0.65, 0.93, 1191),
    Step(0.91, 0.55, 0.9, 1077),
    Step(0.865, 0.5, 0.87, 1021),
)
"""From as it is to the smallest that is decent: 9.5 pt where it was 11, and margins of 18 mm."""
SMALLEST = 19
"""Half points: what is smaller stays as it is, and nothing becomes smaller."""
NARROWEST = 1021
"""A margin of 18 mm."""
LOWEST = 240
"""A line as high as its letters need."""
ROOM = 700
"""Space of so much is room for a signature, and stays."""

_SIZE = re.compile(r'(<w:sz(?:Cs)? w:val=")([0-9]{1,4})(?=")')
_SPACING = re.compile(r"<w:spacing [^>]{0,200}>")
_BLANK = re.compile(r'((?:before|after)=")([0-9]{1,5})(?=")')
_LINE = re.compile(r'(w:line=")([0-9]{1,5})(?=")')
_MARGINS = re.compile(r"<w:pgMar [^>]{0,300}>")
_SIDE = re.compile(r'(w:(?:top|bottom|left|right)=")([0-9]{1,5})(?=")')
_SECTION = re.compile(r"<w:sectPr(?: [^>]{0,300}[^/>])?>.*?</w:sectPr>", re.DOTALL)
_REFERENCE = re.compile(r"<w:(header|footer)Reference [^>]{0,200}>")
_OF_TYPE = re.compile(r'w:type="(\w{1,10})"')
_TITLE_PAGE = re.compile(r'<w:titlePg(?: w:val="(\w{1,5})")?/>')
_AFTER_TITLE_PAGE = re.compile(r"<w:(?:textDirection|bidi|rtlGutter|docGrid|printerSettings)\b|</w:sectPr>")
_HEADER_STYLE = re.compile(r'<w:style [^>]{0,200}w:styleId="([^"]{1,80})"[^>]{0,200}><w:name w:val="header"/>', re.I)
_RUNNING = "word/header-running.xml"
_RELATION = "rRunningHeader"
_STYLE = (
    '<w:style w:type="paragraph" w:styleId="Header"><w:name w:val="header"/><w:basedOn w:val="{normal}"/>'
    '<w:rPr><w:sz w:val="18"/><w:szCs w:val="18"/></w:rPr></w:style>'
)
_PAGE = (
    '<w:fldChar w:fldCharType="begin"/><w:instrText xml:space="preserve"> PAGE </w:instrText>'
    '<w:fldChar w:fldCharType="separate"/><w:t>2</w:t><w:fldChar w:fldCharType="end"/>'
)


def adjusted(
    letterhead: Letterhead, *, running_header: bool = False, tightness: int = 0, footer: Footer | None = None
) -> Letterhead:
    """Return a letterhead with a running header or a footer, as tight as a step of `STEPS`; the same for none."""
    if running_header or tightness:
        letterhead = _adjusted(letterhead, running_header, tightness)
    return with_footer(letterhead, footer) if footer else letterhead


@functools.lru_cache(maxsize=64)
def _adjusted(letterhead: Letterhead, running_header: bool, tightness: int) -> Letterhead:
    made = _tightened(letterhead, STEPS[tightness]) if tightness else letterhead
    return _with_running_header(made) if running_header else made


def running_line(words: str, names: Names = OURS, *, right_to_left: bool = False) -> str:
    """Return the running header's paragraph: its words, and the number of the page."""
    return Paragraph("Header", (run(words), Run("", element=_PAGE)), right_to_left=right_to_left).xml(names)


# --- tighter ----------------------------------------------------------------------------------------------------------


def _tightened(letterhead: Letterhead, step: Step) -> Letterhead:
    document = [_tighter_piece(piece, step) for piece in letterhead.document]
    gained = _width_gained(letterhead.document, document)
    return dataclasses.replace(
        letterhead,
        document=tuple(
            piece._replace(measure=piece.measure + gained[piece.measure])
            if isinstance(piece, Placeholder) and piece.measure in gained
            else piece
            for piece in document
        ),
        styles=(_tighter_styles(letterhead.styles[0], step), _tighter_styles(letterhead.styles[1], step)),
    )


def _tighter_piece(piece: Piece, step: Step) -> Piece:
    """Only what the letter is set in is made smaller, not what the letterhead prints itself."""
    if isinstance(piece, Placeholder):
        before, turned = (_smaller(words, step) for words in (piece.before, piece.turned))
        return piece._replace(before=before, turned=turned)
    return _MARGINS.sub(lambda found: _SIDE.sub(lambda side: _margin(side, step), found[0]), piece)


def _margin(side: re.Match[str], step: Step) -> str:
    return f"{side[1]}{max(min(int(side[2]), step.margin), min(int(side[2]), NARROWEST))}"


def _smaller(xml: str, step: Step) -> str:
    return _SIZE.sub(lambda found: f"{found[1]}{_size(int(found[2]), step)}", xml)


def _size(half_points: int, step: Step) -> int:
    return max(min(half_points, SMALLEST), int(half_points * step.size + 0.5))


def _tighter_styles(xml: str, step: Step) -> str:
    return _SPACING.sub(lambda found: _closer(found[0], step), _smaller(xml, step))


def _closer(spacing: str, step: Step) -> str:
    def blank(found: re.Match[str]) -> str:
        measure = int(found[2])
        return f"{found[1]}{measure if measure >= ROOM else int(measure * step.spacing + 0.5)}"

    def line(found: re.Match[str]) -> str:
        measure = int(found[2])
        return f"{found[1]}{max(min(measure, LOWEST), int(measure * step.line + 0.5))}"

    closer = _BLANK.sub(blank, spacing)
    return _LINE.sub(line, closer) if 'w:lineRule="exact"' not in closer else closer


def _width_gained(before: Sequence[Piece], after: Sequence[Piece]) -> dict[int, int]:
    """How much longer a line is, by the length that it had; one in a cell of a table stays as it is."""
    found: dict[int, int] = {}
    for one, other in zip(before, after, strict=True):
        if isinstance(one, str) and isinstance(other, str):
            for old, new in zip(_MARGINS.findall(one), _MARGINS.findall(other), strict=True):
                (old_sides, new_sides) = (_sides(old), _sides(new))
                for width in re.findall(r'<w:pgSz [^>]{0,200}w:w="([0-9]{1,6})"', one):
                    found[int(width) - 2 * (old_sides // 2)] = 2 * (old_sides // 2) - 2 * (new_sides // 2)
    return found


def _sides(margins: str) -> int:
    return sum(int(found) for found in re.findall(r'w:(?:left|right)="([0-9]{1,6})"', margins))


# --- with a running header --------------------------------------------------------------------------------------------


def _with_running_header(letterhead: Letterhead) -> Letterhead:
    """The letterhead's own headers stay on the first page; from the second on there is the running one."""
    even = any(b"evenAndOddHeaders" in content for name, content in letterhead.constant if name == "word/settings.xml")
    sections = 0

    def turned(found: re.Match[str]) -> str:
        nonlocal sections
        sections += 1
        return _section(found[0], even=even, first=sections == 1)

    document = [_SECTION.sub(turned, piece) if isinstance(piece, str) else piece for piece in letterhead.document]
    if not sections and isinstance(last := document[-1], str):
        document[-1] = last.replace("</w:body>", f"{_section('<w:sectPr></w:sectPr>', even=even, first=True)}</w:body>")
    styles, style = _with_header_style(letterhead)
    part = (f"{HEAD}<w:hdr {NAMESPACES}>", Placeholder("running"), "</w:hdr>")
    relation = Relation(_RELATION, f"{OFFICE}/header", f"/{_RUNNING}")
    return dataclasses.replace(
        letterhead,
        document=tuple(document),
        styles=styles,
        headers=(*letterhead.headers, (_RUNNING, part)),
        relations=(*letterhead.relations, relation),
        types=tuple(sorted({*letterhead.types, (f"/{_RUNNING}", f"{WORD_TYPE}.header+xml")})),
        renamed=letterhead.renamed if style == "Header" else (*letterhead.renamed, ("Header", style)),
    )


def _section(section: str, *, even: bool, first: bool) -> str:
    title = _TITLE_PAGE.search(section)
    titled = title is not None and (title[1] or "1") not in ("0", "false", "off")
    own = {(found[1], _type(found[0])): found[0] for found in _REFERENCE.finditer(section)}
    bare = _TITLE_PAGE.sub("", _REFERENCE.sub("", section))
    kept = {place: one for place, one in own.items() if place[0] == "footer"}
    if titled:
        kept |= {place: one for place, one in own.items() if place == ("header", "first")}
    elif first:
        # What stood on every page stands on the first one, and its footer still on all.
        for kind in ("header", "footer"):
            kept.pop((kind, "first"), None)
            if (kind, "default") in own:
                kept[kind, "first"] = _of_type(own[kind, "default"], "first")
    if first:
        running = f'<w:headerReference w:type="default" r:id="{_RELATION}"/>'
        kept |= {("header", kind): _of_type(running, kind) for kind in (("default", "even") if even else ("default",))}
    head, _, rest = bare.partition(">")
    if titled or first:
        end = _AFTER_TITLE_PAGE.search(rest)
        at = end.start() if end else len(rest)
        rest = f"{rest[:at]}<w:titlePg/>{rest[at:]}"
    return f"{head}>{''.join(kept[place] for place in sorted(kept))}{rest}"


def _type(reference: str) -> str:
    found = _OF_TYPE.search(reference)
    return found[1] if found else "default"


def _of_type(reference: str, kind: str) -> str:
    if _OF_TYPE.search(reference):
        return _OF_TYPE.sub(f'w:type="{kind}"', reference)
    return reference.replace("Reference ", f'Reference w:type="{kind}" ', 1)


def _with_header_style(letterhead: Letterhead) -> tuple[tuple[str, str], str]:
    """Return styles that have one for headers, and its id."""
    before, after = letterhead.styles
    found = _HEADER_STYLE.search(before) or _HEADER_STYLE.search(after)
    if found:
        return letterhead.styles, found[1]
    normal = dict(letterhead.renamed).get("Normal", "Normal")
    style = _STYLE.format(normal=normal)
    return (before, after.replace("</w:styles>", f"{style}</w:styles>", 1)), "Header"
