"""
What a source says of its words besides the words: bold, italic, links, notes; and how that is written in Markdown.

What Markdown would misread is escaped, and marks that it would not see are left out: the words read as they did.
"""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from workflow.letter import markdown

STRONG, EMPHASIS, LINK, NOTE = "strong", "emphasis", "link", "note"


class Mark(NamedTuple):
    """What is said of a line's words from `start` to `end`; a link has its address as `target`, a note its label."""

    start: int
    end: int
    kind: str
    target: str = ""


def shifted(marks: Iterable[Mark], by: int) -> list[Mark]:
    """Return marks moved along a line; what would stand before its beginning is left out."""
    moved = (Mark(max(0, mark.start + by), mark.end + by, mark.kind, mark.target) for mark in marks)
    return [mark for mark in moved if mark.end > mark.start or (mark.kind == NOTE and mark.end >= 0)]


def within(marks: Iterable[Mark], start: int, end: int) -> list[Mark]:
    """Return the marks of a part of a line, counted from its beginning."""
    cut = (mark._replace(start=max(mark.start, start), end=min(mark.end, end)) for mark in marks)
    return shifted(
        [mark for mark in cut if mark.end > mark.start or (mark.kind == NOTE and mark.end == mark.start)], -start
    )


def escaped(line: str) -> str:
    """Return a line of plain text as Markdown that reads as that text."""
    line = re.sub(r"([\\`*<\[\]])", r"\\\1", line)
    line = re.sub(r"(?<![^\W_])_|_(?![^\W_])", r"\\_", line)
    line = re.sub(r"&(?=#?\w+;)", r"\\&", line)
    line = re.sub(r"(?<!#)(#+)$", lambda m: "\\" + m[1] if line.startswith("#") is False else m[1], line)
    return opened(line)


def opened(line: str) -> str:
    """Return Markdown of which nothing at its beginning is a mark: no list, heading or quote opens there."""
    line = re.sub(r"^(\d{1,9})([.)])(?=\s|$)", r"\1\\\2", line)
    return re.sub(r"^([#+>=~-])", r"\\\1", line)


def marked(line: str, marks: Sequence[Mark] = ()) -> str:
    """Return a line as Markdown with its marks; bold and italic are left out where Markdown would not read them."""
    if not marks:
        return _no_rule(escaped(line))
    least = [mark for mark in marks if mark.kind == NOTE]
    links = [mark for mark in marks if mark.kind in (NOTE, LINK)]
    bold = [mark for mark in marks if mark.kind != EMPHASIS]
    for kept in dict.fromkeys(map(tuple, (marks, bold, links))):
        written = _written(line, kept)
        if _reads_as(written, line):
            return written
    return _written(line, least)


def _no_rule(line: str) -> str:
    """A line of bars and colons alone could make a table of the line before it."""
    return "\\" + line if re.fullmatch(r"[|:][|:\s-]*", line) else line


def _reads_as(written: str, line: str) -> bool:
    """Whether Markdown reads as the line, without the marks of its notes (which stand for nothing here)."""
    tokens = markdown.parse(_NOTE_MARK.sub("", written))
    if [token.type for token in tokens] != ["paragraph_open", "inline", "paragraph_close"]:
        return False
    children = tokens[1].children or []
    said = "".join(child.content for child in children if child.type in ("text", "code_inline"))
    opened = sum(child.type in ("strong_open", "em_open", "link_open") for child in children)
    return said == line and opened > 0


_NOTE_MARK = re.compile(r"(?<!\\)\[\^\w+\]")
_OPEN = {STRONG: "**", EMPHASIS: "*"}
_ORDER = {LINK: 0, STRONG: 1, EMPHASIS: 2}


def _written(line: str, marks: Sequence[Mark]) -> str:
    """Write a line piece by piece: at each place the marks that end are closed, inner ones first, and others opened."""
    spans = [span for mark in _parted(marks) if (span := _fitted(line, mark))]
    notes = sorted((mark.start, mark.target) for mark in marks if mark.kind == NOTE)
    places = sorted({0, len(line), *(m.start for m in spans), *(m.end for m in spans), *(at for at, _ in notes)})
    whole = _escaped_pieces(line, places)
    spans.sort(key=lambda m: (m.start, _ORDER[m.kind]))
    written: list[str] = []
    open_now: list[Mark] = []
    coming = waiting = 0
    for number, place in enumerate(places):
        ended = [mark for mark in open_now if mark.end <= place]
        if ended:
            first = min(open_now.index(mark) for mark in ended)
            again = [mark for mark in open_now[first:] if mark.end > place]
            written += [_close(mark) for mark in reversed(open_now[first:])]
            written += [_open(mark) for mark in again]
            open_now = [*open_now[:first], *again]
        while waiting < len(notes) and notes[waiting][0] <= place:
            written.append(f"[^{notes[waiting][1]}]")
            waiting += 1
        while coming < len(spans) and spans[coming].start <= place:
            written.append(_open(spans[coming]))
            open_now.append(spans[coming])
            coming += 1
        if number < len(whole):
            written.append(whole[number])
    return _no_rule("".join(written))


def _parted(marks: Sequence[Mark]) -> Iterator[Mark]:
    """Part marks where those begin or end that stand around them: they would cross."""
    around: set[int] = set()
    for kind in (LINK, STRONG, EMPHASIS):
        cuts = sorted(around)
        for mark in (mark for mark in marks if mark.kind == kind):
            inside = cuts[bisect.bisect_right(cuts, mark.start) : bisect.bisect_left(cuts, mark.end)]
            for start, end in itertools.pairwise((mark.start, *inside, mark.end)):
                yield mark._replace(start=start, end=end)
            around |= {mark.start, mark.end}


def _open(mark: Mark) -> str:
    return "[" if mark.kind == LINK else _OPEN[mark.kind]


def _close(mark: Mark) -> str:
    return f"]({address(mark.target)})" if mark.kind == LINK else _OPEN[mark.kind]


def address(target: str) -> str:
    """Return an address as it stands in a link of Markdown: no blank, bracket or quotation mark ends it."""
    coded = re.sub(r"[\s()<>\\\"`]", lambda m: "".join(f"%{byte:02X}" for byte in m[0].encode()), target)
    return re.sub(r"&(?=#?\w+;)", "&amp;", coded)


def _fitted(line: str, mark: Mark) -> Mark | None:
    """Move the ends of bold and italic to where Markdown sees them: past blanks, and signs that touch letters."""
    start, end = mark.start, min(mark.end, len(line))
    while start < end and line[start].isspace():
        start += 1
    while start < end and line[end - 1].isspace():
        end -= 1
    if mark.kind != LINK:
        while start < end and not line[start].isalnum() and start > 0 and line[start - 1].isalnum():
            start += 1
        while start < end and not line[end - 1].isalnum() and end < len(line) and line[end].isalnum():
            end -= 1
    return mark._replace(start=start, end=end) if start < end else None


def _escaped_pieces(line: str, places: Sequence[int]) -> list[str]:
    """Escape a line as a whole, then cut it at the places: what a sign means depends on what stands beside it."""
    if any(c in line for c in _CUT):
        line = line.replace(_CUT, " ")
    parted = _CUT.join(line[start:end] for start, end in itertools.pairwise(places))
    return escaped(parted).replace("\\" + _CUT, _CUT).split(_CUT)


_CUT = "\ue000"
"""A character that no text has, where a line is cut."""
