"""
Who signs: the names, functions and organisations below the closing become co-signers.

Lines are first read one by one, then put together into entries; what does not fit is handed back, never dropped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from workflow import text
from workflow.imports import features
from workflow.imports.addressees import usable
from workflow.imports.lines import Line
from workflow.imports.name_lists import MARK, WIDE, flowing_list
from workflow.imports.words import is_country, plain

_LABEL = re.compile(
    r"^(?:name|nom|nombre|title|titre|titulo|cargo|fonction|organi[sz]ations?|organizacion|e-?mail|courriel|correo(?: electronico)?|for|pour|por)\s*:\s*"  # noqa: E501
)
_RUNS_ON = re.compile(r"(?:\b(?:of|for|and|the|de|del|des|du|la|las|los|et|y|pour|para|on|in|en|to|sur|sobre)|&)$")
_DEGREES = re.compile(r"^(?:ph\.?\s?d\.?|m\.?d\.?|jr\.?|sr\.?|esq\.?|m\.?a\.?|ll\.?m\.?|ii|iii|obe|cbe)$")
_CUT_OF = re.compile(r"\s+(?:of the|of|for the|for|at|de la|de l['’]|du|del|des|de|d['’])\s*")


@dataclass(slots=True)
class Entry:
    """What is known so far of one who signs; `gap` says that blank lines stood before it."""

    name: str = ""
    title: str = ""
    organisation: str = ""
    email: str = ""
    gap: int = 0
    source: str = ""
    sure: bool = True


@dataclass(slots=True)
class Signatories:
    """The co-signers in order, the lines that fit nowhere, and sentences about doubts and headings."""

    cosigners: list[text.Cosigner] = field(default_factory=list)
    left: list[Line] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)
    recognised: list[str] = field(default_factory=list)


def signatories(lines: Sequence[Line]) -> Signatories:
    """Return who signs, from the lines below the closing."""
    result = Signatories()
    names: list[Line] = []
    whole = _one_name_a_line(_whole_lines(lines))
    for position, line in enumerate(whole):
        if _is_region(whole, position):
            result.recognised.append(f"A heading among the signatories: “{line.text}”.")
        elif features.is_signatories_heading(line.text):
            after = _after_heading(line.text)
            result.recognised.append(f"A heading of the signatories: “{line.text}”.")
            names += [replace(line, text=after, raw=after)] if after else []
        else:
            names.append(line)
    if names:
        _read(names, result)
    return result


def _is_region(lines: Sequence[Line], position: int) -> bool:
    """A country or region on a line of its own above names is a heading of them."""
    if not is_country(lines[position].text) or position + 1 == len(lines):
        return False
    return position == 0 or lines[position].gap > lines[position + 1].gap


def _one_name_a_line(lines: Sequence[Line]) -> list[Line]:
    """Part names that stand on one line between bars, dots or semicolons, where other lines are whole by themselves."""
    parted: list[Line] = []
    for line in lines:
        mark = next((m for m in (" | ", " • ", " · ", "; ") if line.text.strip(" ;").count(m)), "")
        alone = (
            len(lines) == 1
            or features.is_signatories_heading(lines[0].text)
            or line.gap > 0
            or features.is_org(line.text)
        )
        named_here = (
            re.split(rf"{re.escape(mark)}(?:(?:and|et|y)\s)?", line.text.strip(" ;."))
            if mark and alone and not MARK.match(line.text)
            else []
        )
        if len(named_here) > 1 and not any(features.is_title(name) for name in named_here):
            parted += [
                replace(line, text=name.strip(), raw=name.strip(), gap=0 if i else line.gap)
                for i, name in enumerate(named_here)
            ]
        else:
            parted.append(line)
    return parted


def _after_heading(line: str) -> str:
    head, colon, after = line.partition(":")
    return after.strip() if colon and features.is_signatories_heading(head + ":") else ""


def _whole_lines(lines: Sequence[Line]) -> list[Line]:
    """Join a name of an organisation that runs on into the next line."""
    whole: list[Line] = []
    for line in lines:
        if whole and _continues(whole[-1], line):
            glue = "" if re.search(r"[^\W_]-$", whole[-1].text) else " "
            joined = f"{whole[-1].text}{glue}{line.text}"
            whole[-1] = replace(whole[-1], text=joined, raw=joined)
        else:
            whole.append(line)
    return whole


def _continues(before: Line, line: Line) -> bool:
    if (
        WIDE.search(before.raw)
        or WIDE.search(line.raw)
        or MARK.match(line.text)
        or line.gap > 1
        or len(before.text) > 300
    ):
        return False
    if features.EMAIL.match(line.text) or features.is_signatories_heading(before.text):
        return False
    if before.text.count("(") > before.text.count(")"):
        return True
    return (line.text[0].islower() and len(before.text) > 25) or bool(_RUNS_ON.search(plain(before.text)))


def _read(lines: Sequence[Line], result: Signatories) -> None:
    flowing = flowing_list(lines)
    if flowing:
        entries = [_as_listed(_single(name, 1)) for name in flowing]
    else:
        entries = _entries(_rows(lines))
    for entry in entries:
        _keep(entry, result)


def _keep(entry: Entry, result: Signatories) -> None:
    cosigner = _cosigner(entry)
    if cosigner.organisation:
        result.cosigners.append(cosigner)
        if not entry.sure:
            result.unsure.append(f"I read “{entry.source}” as {_said(cosigner)}. Please check.")
    elif cosigner.signatory:
        result.cosigners.append(replace(cosigner, organisation=cosigner.signatory))
        result.unsure.append(
            f"“{entry.source}” names no organisation; the person stands as the co-signer. Please check."
        )
    elif entry.source:
        result.left.append(Line(entry.source, entry.source))


def _said(cosigner: text.Cosigner) -> str:
    parts = [
        ("the organisation", cosigner.organisation),
        ("the person", cosigner.signatory),
        ("the title", cosigner.title),
    ]
    return ", ".join(f"{what} “{value}”" for what, value in parts if value)


# --- rows and columns ----------------------------------------------------------------------------------------------


def _rows(lines: Sequence[Line]) -> list[Line]:
    """Put columns one below the other; a row of a table that is an entry of its own becomes one line."""
    rows: list[Line] = []
    block: list[Line] = []
    usual = _usual_gap(lines)
    for line in lines:
        if block and line.gap > usual:
            rows += _columns(block)
            block = []
        block.append(line)
    return rows + _columns(block)


def _usual_gap(lines: Sequence[Line]) -> int:
    return min((line.gap for line in lines[1:]), default=0)


def _columns(block: Sequence[Line]) -> list[Line]:
    cells = [WIDE.split(line.raw) for line in block]
    if max(len(row) for row in cells) == 1:
        return list(block)
    if _rows_are_entries(cells):
        return [replace(line, text=", ".join(filter(None, row))) for line, row in zip(block, cells, strict=True)]
    if len(block) == 1 or _all_alike(cells):
        return [
            Line(cell, cell, line.number, 1, False, 0)
            for line, row in zip(block, cells, strict=True)
            for cell in row
            if cell
        ]
    found: list[Line] = []
    for column in range(max(len(row) for row in cells)):
        column_cells = [
            (line, row[column]) for line, row in zip(block, cells, strict=True) if column < len(row) and row[column]
        ]
        found += [Line(cell, cell, line.number, 2 if i == 0 else 0) for i, (line, cell) in enumerate(column_cells)]
    return found


def _rows_are_entries(cells: Sequence[Sequence[str]]) -> bool:
    """A row that goes from a person to an organisation is one entry; a row of two people is two columns."""

    def across(row: Sequence[str]) -> bool:
        return len(row) > 1 and _kind(row[0]) == "name" and _kind(row[1]) in ("title", "organisation", "both")

    def organisation_first(row: Sequence[str]) -> bool:
        return len(row) > 1 and features.is_org(row[0]) and _kind(row[1]) == "name"

    return all(across(row) for row in cells) or all(organisation_first(row) for row in cells)


def _all_alike(cells: Sequence[Sequence[str]]) -> bool:
    kinds = [_kind(cell) for row in cells for cell in row if cell]
    return all(kind in ("organisation", "name", "other") for kind in kinds) and kinds.count("organisation") * 2 >= len(
        kinds
    )


def _kind(cell: str) -> str:
    entry = _single(cell, 0)
    if entry.name and not (entry.title or entry.organisation):
        return "name"
    if entry.title and entry.organisation and not entry.name:
        return "both"
    if entry.title and not entry.name:
        return "title"
    if entry.organisation and not entry.name:
        return "organisation" if features.is_org(entry.organisation) else "other"
    return "full"


# --- one line ------------------------------------------------------------------------------------------------------


def _single(line: str, gap: int) -> Entry:
    """Read one line by itself: which of name, function and organisation it holds."""
    bare = MARK.sub("", line).strip(" ,;")
    label = _LABEL.match(plain(bare))
    bare = bare[label.end() :] if label and len(plain(bare)) == len(bare) else bare
    email = features.EMAIL.search(bare)
    address = email[0] if email and usable(email[0]) else ""
    if address:
        bare = re.sub(
            r"(?i)\b(?:e-?mail|courriel|correo(?: electr[oó]nico)?)\s*:\s*$",
            "",
            bare.replace(address, "").strip(" ,;<>()–-"),
        )
        bare = bare.strip(" ,;<>–-")
    entry = _parts(bare)
    entry.email, entry.gap, entry.source = address, gap, line
    return entry


def _parts(bare: str) -> Entry:
    dashed = re.split(r"\s+[–—-]\s+|\s+\|\s+", bare, maxsplit=1)
    if len(dashed) == 2 and features.is_person(dashed[0]) and not features.is_acronym(dashed[0]):
        after = _title_and_organisation(dashed[1])
        return Entry(name=dashed[0], title=after.title, organisation=after.organisation)
    bracket = re.fullmatch(r"([^()]+?)\s*\((.+)\)", bare)
    if bracket and features.is_person(bracket[1]) and len(bracket[2].split()) > 1:
        after = _title_and_organisation(bracket[2])
        if after.title or not is_country(bracket[2]):
            return Entry(name=bracket[1], title=after.title, organisation=after.organisation)
    segments = [part.strip() for part in re.split(r",(?![^()]*\))", bare) if part.strip()]
    if not segments:
        return Entry()
    name = _name(segments)
    if not name:
        return _title_and_organisation(", ".join(segments))
    entry = _title_and_organisation(", ".join(segments[len(name) :]))
    entry.name = ", ".join(name)
    return entry


def _name(segments: Sequence[str]) -> list[str]:
    """Return the segments that are the person's name, with degrees; none when an organisation comes first."""
    if not features.is_person(segments[0]) or (len(segments) == 2 and is_country(segments[1])):
        return []
    taken = 1
    while taken < len(segments) and _DEGREES.match(plain(segments[taken])):
        taken += 1
    return list(segments[:taken])


def _title_and_organisation(line: str) -> Entry:
    segments = [part.strip() for part in re.split(r",(?![^()]*\))", line) if part.strip()]
    titles = 0
    while titles < len(segments) and features.is_title(segments[titles]):
        titles += 1
    if titles == 0 and len(segments) > 1 and features.is_person(segments[1]) and features.is_org(segments[0]):
        after = _title_and_organisation(", ".join(segments[2:]))
        return Entry(name=segments[1], title=after.title, organisation=segments[0])
    if titles == 0 and len(segments) > 1 and features.is_title(segments[-1]):
        return Entry(organisation=", ".join(segments[:-1]), title=segments[-1])
    title, organisation = ", ".join(segments[:titles]), ", ".join(segments[titles:])
    if titles and not organisation:
        return _dashed(title)
    return Entry(title=title, organisation=organisation)


def _dashed(title: str) -> Entry:
    parts = re.split(r"\s+[–—-]\s+", title, maxsplit=1)
    if len(parts) == 2 and not features.is_title(parts[1]):
        return Entry(title=parts[0], organisation=parts[1])
    return Entry(title=title)


# --- several lines are one entry -----------------------------------------------------------------------------------


def _entries(lines: Sequence[Line]) -> list[Entry]:
    usual = _usual_gap(lines)
    pieces = [_single(line.text, line.gap > usual) for line in lines]
    pieces = [piece for piece in pieces if piece.name or piece.title or piece.organisation or piece.email]
    if _is_list(pieces):
        return [_as_listed(piece) for piece in _with_emails(pieces)]
    if _organisation_first(pieces):
        return _folded_organisation_first(pieces)
    return _folded(pieces)


def _with_emails(pieces: Sequence[Entry]) -> list[Entry]:
    kept: list[Entry] = []
    for piece in pieces:
        if kept and piece.email and not (piece.name or piece.title or piece.organisation):
            kept[-1].email = piece.email
        else:
            kept.append(piece)
    return kept


def _is_list(pieces: Sequence[Entry]) -> bool:
    """A list of organisations: each line by itself, hardly a function among them, no rhythm of name and organisation."""  # noqa: E501
    whole = [p for p in pieces if p.name or p.title or p.organisation]
    if any(p.title and not (p.name and p.organisation) and not p.organisation for p in whole):
        return False
    alone = [p for p in whole if p.name and not p.organisation]
    if not alone:
        return all(p.name or not p.title for p in whole)
    return not _alternates(whole)


def _alternates(pieces: Sequence[Entry]) -> bool:
    """Name and organisation in turn: by the gaps when there are any, else strictly by what the lines look like."""
    if any(p.gap for p in pieces[1:]):
        starts = [i for i, p in enumerate(pieces) if i == 0 or p.gap]
        sizes = {b - a for a, b in zip(starts, [*starts[1:], len(pieces)], strict=True)}
        return sizes <= {2, 3} and all(pieces[i].name for i in starts)
    evens, odds = pieces[::2], pieces[1::2]
    return (
        len(pieces) % 2 == 0
        and all(p.name and not p.organisation for p in evens)
        and all(not p.name and features.is_org(p.organisation) for p in odds)
    )


def _as_listed(piece: Entry) -> Entry:
    if piece.name and not piece.organisation and not piece.title:
        return replace(piece, name="", organisation=piece.name)
    return piece


def _organisation_first(pieces: Sequence[Entry]) -> bool:
    """Blocks that begin with the organisation, the person below it."""
    starts = [i for i, p in enumerate(pieces) if i == 0 or p.gap]
    heads = [pieces[i] for i in starts]
    return (
        len(pieces) > len(starts)
        and all(not head.name and not head.title and head.organisation for head in heads)
        and any(p.name for p in pieces)
    )


def _folded_organisation_first(pieces: Sequence[Entry]) -> list[Entry]:
    entries: list[Entry] = []
    for position, piece in enumerate(pieces):
        begins = not piece.name and not piece.title and piece.organisation
        if begins and (piece.gap or position == 0 or entries[-1].name):
            entries.append(replace(piece))
        else:
            _fill(entries[-1], piece)
    return entries


def _folded(pieces: Sequence[Entry]) -> list[Entry]:
    entries: list[Entry] = []
    for position, piece in enumerate(pieces):
        after = pieces[position + 1] if position + 1 < len(pieces) else None
        if not entries or _begins(entries[-1], piece, after):
            entries.append(replace(piece))
        else:
            _fill(entries[-1], piece)
    return entries


def _begins(current: Entry, piece: Entry, after: Entry | None) -> bool:
    if not (piece.name or piece.title or piece.organisation):
        return False
    if piece.gap and (current.organisation or not (piece.title or piece.organisation)):
        return True
    if piece.name and not piece.organisation and not piece.title:
        return _is_next_person(current, piece, after)
    if piece.name:
        return True
    if piece.title and current.title and current.organisation:
        return True
    return bool(piece.organisation and current.organisation and not piece.title) and not features.is_place(
        piece.organisation
    )


def _is_next_person(current: Entry, piece: Entry, after: Entry | None) -> bool:
    """A line like a name below a name: the next person, or an organisation that looks like a person's name."""
    if current.organisation or not current.name:
        return True
    if after is None or after.gap:
        return False
    return bool(after.title) or (not current.title and bool(after.organisation))


def _fill(entry: Entry, piece: Entry) -> None:
    entry.source = f"{entry.source} / {piece.source}"
    entry.email = entry.email or piece.email
    organisation = piece.organisation
    if piece.name and entry.name and not entry.organisation:
        organisation = ", ".join(filter(None, (piece.name, piece.title, piece.organisation)))
        entry.organisation, entry.sure = organisation, bool(entry.title)
        return
    entry.name = entry.name or piece.name
    entry.title = ", ".join(filter(None, (entry.title, piece.title)))
    entry.organisation = ", ".join(filter(None, (entry.organisation, organisation)))


def _cosigner(entry: Entry) -> text.Cosigner:
    if entry.title and not entry.organisation:
        _cut_organisation(entry)
    organisation, acronym = named(entry.organisation)
    return text.Cosigner(organisation, acronym, entry.name.strip(" ,"), entry.title.strip(" ,"), entry.email)


def _cut_organisation(entry: Entry) -> None:
    """`Director of Human Rights Watch` holds both: cut where the institution begins."""
    for cut in _CUT_OF.finditer(entry.title):
        rest = entry.title[cut.end() :]
        if features.is_org(rest) and not features.is_title(rest) and features.is_title(entry.title[: cut.start()]):
            entry.title, entry.organisation, entry.sure = entry.title[: cut.start()], rest, False
            return


def named(organisation: str) -> tuple[str, str]:
    """Part the acronym from an organisation's name: `Long Name (ACR)`, `ACR (Long Name)`, `ACR – Long Name`."""
    bracket = re.fullmatch(r"(.*?\S)\s*\(([^()]+)\)\s*", organisation)
    if bracket:
        outside, inside = bracket[1].strip(" ,"), bracket[2].strip()
        if features.is_acronym(outside) and len(inside.split()) > 1 and not is_country(inside):
            return inside, outside
        if len(outside.split()) > 1 and (features.is_acronym(inside) or _initials(inside, outside)):
            return outside, inside
        return organisation.strip(), ""
    country = re.fullmatch(r"(.*\S\s*\([^()]+\))(,\s*|\s+[–—-]\s+)([^()]+)", organisation.strip(" ,"))
    if country and is_country(country[3]):
        name, acronym = named(country[1])
        return f"{name}{country[2]}{country[3]}", acronym
    dashed = re.split(r"\s+[–—-]\s+|,\s+(?=[^\s,]+$)", organisation.strip(" ,"))
    if len(dashed) == 2:
        for short, long in (dashed, dashed[::-1]):
            if features.is_acronym(short) and len(long.split()) > 1 and not is_country(long):
                return long, short
    return organisation.strip(" ,;"), ""


def _initials(inside: str, outside: str) -> bool:
    """A word in brackets is the acronym when it begins as the words of the name do."""
    if not re.fullmatch(r"[^\W\d_][\w-]{1,14}", inside) or is_country(inside):
        return False
    firsts = iter("".join(word[0] for word in plain(outside).split()))
    return len(inside) >= 3 and all(letter in firsts for letter in plain(inside)[:3])
