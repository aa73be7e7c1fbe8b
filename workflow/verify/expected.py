"""A document as it must be: the letterhead's own words with what was signed at its marks, compared line by line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from workflow.verify.composing import CLOSE, OPEN, Composed, Line, Piece
from workflow.verify.dates import is_date, is_dateline
from workflow.verify.names import (
    INDIVIDUALS,
    LEFT_TO_RIGHT,
    NOTES,
    Name,
    cleaned,
    grouped,
    running_form,
    spoken,
    withheld_lines,
)
from workflow.verify.word import Printed

PLACE = re.compile(r"\{\{ (recipient|date|subject|salutation|body|closing|signatories|logos) \}\}")
IN_LINE = re.compile(r"\{\{ (date|subject|title|running) \}\}")
ONCE = ("recipient", "salutation", "body", "closing", "signatories")
PICTURES = re.compile(f"(?:{OPEN}picture [0-9a-f]{{64}}{CLOSE}|[\u2003 ])+")
MARK = re.compile(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}")
MOST_SAID = 4


@dataclass
class Given:
    """What one document must print: the text, its body set, whom it is to, the names."""

    text: Mapping[str, Any]
    body: Composed
    recipient: tuple[str, ...]
    names: Sequence[Name]
    withheld: int
    headings: Sequence[str]
    by_hand: Mapping[str, set[int]]
    pictures: set[str]
    place: str = ""
    people: Sequence[Name] = ()
    """Those who signed in their own name."""

    def line(self, name: str) -> str:
        """A line of the text, such as its subject."""
        return cleaned(str(self.text.get(name) or ""))


@dataclass
class Item:
    """What must stand at one place: a line, and how it is told; `own` where it is the letterhead's own."""

    line: Line
    holds: Callable[[Line], bool]
    own: bool = False
    what: str = ""
    place: Printed | None = None
    """The letterhead's own paragraph that it stands for."""


class Taken(NamedTuple):
    """A paragraph that says what it must: what that is, and where it stands."""

    item: Item
    found: Printed
    where: str
    number: int


@dataclass
class Compared:
    """What a comparison found: which paragraphs are the letter's, what differs, and what it says of the date."""

    letter: list[Printed] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def missing_places(page: Sequence[Line], margins: Mapping[str, Sequence[Line]]) -> list[str]:
    """The places that a letterhead has not, or has twice."""
    found = [match[1] for line in page for match in [PLACE.fullmatch(line.words.strip())] if match]
    everywhere = " ".join(line.words for lines in (page, *margins.values()) for line in lines)
    wrong = [name for name in ONCE if found.count(name) != 1]
    wrong += [] if "{{ subject }}" in everywhere or "{{ title }}" in everywhere else ["subject"]
    order = [name for name in found if name in ("body", "closing", "signatories")]
    return wrong or ([] if order == ["body", "closing", "signatories"] else order)


def items(page: Sequence[Printed], given: Given) -> Iterator[Item]:
    """What must stand on the page, in order."""
    for one in page:
        for item in _in_place(one.line, given):
            item.place = one
            yield item


def places(marks: Iterable[str], cells: str = "") -> list[Printed]:
    """A page with these marks and nothing else, of which no looks are known."""
    return [Printed(Line(f"{{{{ {mark} }}}}", cells=cells)) for mark in marks]


def _in_place(line: Line, given: Given) -> Iterator[Item]:
    place = PLACE.fullmatch(line.words.strip())
    if place is None:
        yield filled(line, given)
    elif place[1] == "recipient":
        yield from (exact(Line(one), "the addressee") for one in given.recipient)
    elif place[1] == "body":
        yield from _body(line.cells, given)
    elif place[1] == "signatories":
        yield from _names(given)
    elif place[1] == "date":
        yield _date_item(spoken(given.text), given.place)
    elif place[1] == "logos":
        yield Item(Line(""), lambda found: False, False, "logos")
    elif given.line(place[1]):
        yield exact(Line(given.line(place[1])), f"the {place[1]}")


def _date_item(language: str, place: str) -> Item:
    return Item(Line("{{ date }}"), lambda found: is_dateline(found.words, language, place), False, "date")


def filled(line: Line, given: Given) -> Item:
    """A line of the letterhead's own, with what is set amid its words."""
    if not IN_LINE.search(line.words):
        return Item(line, line.says_like, True)
    subject, addressee = given.line("subject"), given.recipient[0] if given.recipient else ""
    forms = {
        "date": "[^\n\x01]{0,48}",
        "subject": re.escape(subject),
        "title": re.escape(subject) or f"[^\n\x01]{{0,24}}{re.escape(addressee)}",
    }
    forms["running"] = running_form(addressee, spoken(given.text))
    pattern, seen = "", set()
    for number, part in enumerate(IN_LINE.split(line.words)):
        # What a mark stands for is the same wherever it stands: otherwise ten of them could be read in endless ways.
        known = f"(?P={part})" if part in seen else f"(?P<{part}>{forms.get(part, '')})"
        pattern += known if number % 2 else re.escape(part)
        seen |= {part} if number % 2 else set()
    found_in = re.compile(pattern)

    def holds(found: Line) -> bool:
        match = found_in.fullmatch(found.words)
        dates = [date for name, date in match.groupdict().items() if name.endswith("date") and date] if match else []
        return match is not None and all(is_date(date, spoken(given.text)) for date in dates)

    return Item(line, holds, True, "amid" if {"subject", "title", "running"} & seen else "")


def exact(line: Line, what: str) -> Item:
    """A line that stands there as it is; `what` says of what it is a part."""
    return one_of((line,), what)


def one_of(lines: tuple[Line, ...], what: str) -> Item:
    """One of several lines that stands there as it is."""
    return Item(lines[0], lambda found: any(line.says_like(found) for line in lines), False, what)


def _styled(words: str, style: str) -> Line:
    """A line of plain words in a style."""
    return Line(words, style=style, pieces=(Piece(words),))


def _body(cells: str, given: Given) -> Iterator[Item]:
    for number, line in enumerate(given.body.lines):
        yield _of_body(line, cells if number == 0 else "")


def _of_body(line: Line, before: str) -> Item:
    def holds(found: Line) -> bool:
        placed = found.cells.endswith(before + line.cells) if before else found.cells == line.cells
        # A letterhead may have cells of its own before the text.
        placed = placed or (bool(before) and found.cells.endswith(line.cells))
        return placed and line.says_like(found)

    return Item(line, holds, False, "the text")


def _names(given: Given) -> Iterator[Item]:
    if given.headings:
        yield Item(Line(""), lambda found: False, False, "countries")
    else:
        for name in given.names:
            yield _name(name, given)
    withheld = withheld_lines(given.withheld, spoken(given.text))
    if withheld:
        yield one_of(tuple(_styled(one, "withheld") for one in withheld), "how many names are withheld")
    if given.people:
        heading = INDIVIDUALS.get(spoken(given.text), INDIVIDUALS["en"])
        yield exact(_styled(heading, "signatory heading"), "the heading of the individuals")
        for name in given.people:
            yield _name(name, given)
    if given.body.notes:
        yield exact(_styled(NOTES.get(spoken(given.text), "Notes"), "notes heading"), "the notes")
        yield from (exact(line, "the notes") for line in given.body.notes)


def _name(name: Name, given: Given) -> Item:
    def holds(found: Line) -> bool:
        return not found.label and not found.targets and name.is_in(without_hand(found.words, name.seq, given))

    return Item(_signature(name.lines or ()), holds, False, "names" if name.lines is not None else "unnamed")


def _signature(lines: Sequence[str]) -> Line:
    """A name as it is set: its first line stands out."""
    first = (Piece(lines[0], "signature name"), Piece("\n".join(("", *lines[1:])))) if lines else ()
    return Line("\n".join(lines), style="name", pieces=first)


def without_hand(words: str, seq: int, given: Given) -> str:
    """The words of a signature without the image of it that its own entry names."""
    found = re.match(f"{OPEN}picture ([0-9a-f]{{64}}){CLOSE}\n", words)
    return words[found.end() :] if found and seq in given.by_hand.get(found[1], set()) else words


def compare(wanted: Sequence[Item], found: Sequence[Printed], given: Given, where: str = "paragraph") -> Compared:
    """Hold the paragraphs of a document against what must stand there, in order."""
    made = Compared()
    at = 0
    for number, item in enumerate(wanted):
        if len(made.wrong) >= MOST_SAID:
            break
        if item.what == "logos":
            while at < len(found) and _are_logos(found[at].line.words, given):
                at += 1
            continue
        if item.what == "countries":
            at = _countries(found, at, given, made, item.place)
            continue
        if item.what == "date" and _is_undated(wanted[number + 1 :], found[at : at + 2], item):
            continue
        if at >= len(found):
            made.wrong.append(f"ends before {quoted(item.line)}")
            break
        line = found[at].line
        if item.holds(line):
            _take(item, found[at], made)
            made.taken.append(Taken(item, found[at], where, at + 1))
        else:
            made.wrong.append(f"{where} {at + 1} {differing(item, line)}")
            rest = sum(one.what != "logos" for one in wanted[number:])
            if rest != len(found) - at or given.headings:
                return made
        at += 1
    if at < len(found) and not made.wrong:
        made.wrong += [f"{where} {at + 1} says more than was signed: {quoted(found[at].line)}"]
    return made


def _is_undated(following: Sequence[Item], found: Sequence[Printed], date: Item) -> bool:
    """Whether a letter bears no date: what comes after it stands in its place."""
    if not found or not following:
        return not found
    holds = [following[0].holds(one.line) for one in found]
    return holds[0] and not (len(holds) > 1 and holds[1] and date.holds(found[0].line))


def _take(item: Item, found: Printed, made: Compared) -> None:
    if not item.own or item.what == "amid":
        made.letter.append(found)
    if item.what == "date":
        made.dates.append(found.line.words)
    if item.what == "unnamed":
        made.unnamed.append(found.line.words)


def _countries(found: Sequence[Printed], at: int, given: Given, made: Compared, place: Printed | None) -> int:
    end = at + len(given.names) + len(given.headings)
    wrong = grouped([one.line.words for one in found[at:end]], given.names, given.headings)
    made.wrong += [wrong] if wrong else []
    made.letter += found[at:end]
    known = {form: _signature(name.lines or ()) for name in given.names for form in name.forms()}
    for number, one in enumerate(found[at:end], at + 1):
        words = one.line.words.replace(LEFT_TO_RIGHT, "")
        line = known.get(words)
        # Where a country is called as an organisation is, nobody knows which of both it is; nor of a name withheld.
        if (line is None) == (words in given.headings):
            line = line or _styled(words, "signatory heading")
            made.taken.append(Taken(Item(line, line.says_like, place=place), one, "paragraph", number))
    made.unnamed += ["names"] if any(name.lines is None for name in given.names) else []
    return end


def _are_logos(words: str, given: Given) -> bool:
    pictures = set(re.findall("picture ([0-9a-f]{64})", words))
    return bool(pictures) and PICTURES.fullmatch(words) is not None and pictures <= given.pictures


def differing(item: Item, found: Line) -> str:
    """Say how a paragraph differs from the one that must stand there."""
    if item.what == "date":
        return f"stands where the date must stand: {quoted(found)}"
    wanted = item.line
    if wanted.words == found.words and wanted.label == found.label:
        if wanted.targets != found.targets:
            return f"has a link to {found.targets!r}, and not to {wanted.targets!r}"
        return f"stands in another cell of a table, or in none: {quoted(found)}"
    one, other = (MARK.sub(r"[\1]", f"{line.label} {line.words}").split() for line in (wanted, found))
    begin = next((n for n, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))  # noqa: B905
    end = 0
    while end < min(len(one), len(other)) - begin and one[-1 - end] == other[-1 - end]:
        end += 1
    before = max(0, begin - 3)
    said = " ".join(other[before : len(other) - end] + other[len(other) - end :][:3])
    due = " ".join(one[before : len(one) - end] + one[len(one) - end :][:3])
    if said == due:
        return f"has other blanks or line breaks: {quoted(found)}"
    whose = "the letterhead has" if item.own else f"it must say ({item.what})"
    return f"says {plain(said)!r} where {whose} {plain(due)!r}"


def quoted(line: Line) -> str:
    """A paragraph's words for a sentence, shortened."""
    return repr(plain(f"{line.label} {line.words}".strip()))


def plain(words: str) -> str:
    """Words for people: what is no letter is named in brackets, and a long text is cut."""
    said = " ".join(MARK.sub(r"[\1]", words).split())
    return said if len(said) <= 200 else f"{said[:200]} …"
