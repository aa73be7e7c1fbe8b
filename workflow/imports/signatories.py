"""
Who signs: the names, functions and organisations below the closing become co-signers.

Headings are set apart, lines laid out, and the reading that suits them all best is taken; nothing is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from workflow.imports import features
from workflow.imports.addressees import usable
from workflow.imports.columns import MARK, WIDE, layouts, names_apart
from workflow.imports.entries import Entry, Piece, best_entries
from workflow.imports.lines import Line
from workflow.imports.organisations import named
from workflow.imports.roles import roles
from workflow.imports.words import is_country, plain
from workflow.letter import text

_LABEL = re.compile(
    r"^(?:name|nom|nombre|title|titre|titulo|cargo|fonction|function|position|organi[sz]ations?|organizacion|"
    r"organisme|e-?mail|"
    r"courriel|correo(?: electronico)?)\s*:\s*"
)
_BEHALF = re.compile(
    r"^(?:(?:signed )?(?:for and )?on behalf of|for\s*:|for|pour|por|au nom d[eu']|en nombre de)\s+(?:the\s|la\s|le\s|"
    r"el\s)?"
)
_RUNS_ON = re.compile(
    r"(?:\b(?:of|for|and|the|de|del|des|du|la|las|los|et|y|pour|para|on|in|en|to|sur|sobre|against)|&)$"
)
_NOISE = re.compile(r"[\W_]*(?:(?:signed|signature|signe|signee|firmado|firma|sgd|original signed by)[\W_]*)?")
_EMAIL_LABEL = re.compile(r"(?i)[\s,;<(|–-]*\b(?:e-?mail|courriel|correo(?: electr[oó]nico)?|contact|mail|e|m)\s*:\s*$")
_GENERIC = re.compile(
    r"\b(?:undersigned|organi[sz]ations?|organizaciones|signator\w+|coalition|soussigne\w*|signataires?|"
    r"firmantes?|members)\b"
)
_COLUMN = re.compile(
    r"(?:(?:full |first |last )?name|nom|nombre|prenom|apellidos?|title|titre|titulo|cargo|position|fonction|function|"
    r"organi[sz]ations?|organizacion|organisme|institution|institucion|country|pays|pais|signature|firma|date|fecha|"
    r"n[o°º]\.?|#)"
)
_MOST = 1_000
"""Beyond so many lines, each is taken by itself: nobody sets thousands of names in columns by hand."""


@dataclass(slots=True)
class Signatories:
    """The co-signers in order, the lines that fit nowhere, headings that are not kept, and sentences about doubts."""

    cosigners: list[text.Cosigner] = field(default_factory=list)
    left: list[Line] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)


def signatories(lines: Sequence[Line]) -> Signatories:
    """Return who signs, from the lines below the closing."""
    result = Signatories()
    pieces: list[Piece] = []
    for section in _sections(_whole_lines(lines), result):
        pieces += _best_pieces(section)
    _, entries = best_entries(pieces)
    for entry in entries:
        _keep(entry, result)
    return result


# --- headings and lines --------------------------------------------------------------------------------------------


def _sections(lines: Sequence[Line], result: Signatories) -> list[list[Line]]:
    """Part the lines at their headings, which are set apart."""
    sections: list[list[Line]] = [[]]
    for position, line in enumerate(lines):
        if _NOISE.fullmatch(plain(line.text)):
            result.headings += [line.text] if any(c.isalpha() for c in line.text) else []
            sections.append([])
        elif _is_heading(lines, position):
            head, after = _parted_heading(line.text)
            result.headings.append(head)
            sections.append([replace(line, text=after, raw=after)] if after else [])
        else:
            sections[-1].append(line)
    return [section for section in sections if section]


def _is_heading(lines: Sequence[Line], position: int) -> bool:
    line = lines[position]
    if _is_region(lines, position) or _names_columns(line):
        return True
    behalf = _BEHALF.match(plain(line.text))
    if behalf and not _GENERIC.search(plain(line.text)) and line.text[behalf.end() :].strip():
        return False
    return features.is_signatories_heading(_parted_heading(line.text)[0])


def _names_columns(line: Line) -> bool:
    """`Name   Title   Organisation` above a table says what stands in its columns."""
    cells = [cell.strip(" :") for cell in re.split(r"\t+| {2,}|[|;,]", plain(line.raw)) if cell.strip()]
    return len(cells) > 1 and all(_COLUMN.fullmatch(cell) for cell in cells)


def _is_region(lines: Sequence[Line], position: int) -> bool:
    """A country or region on a line of its own above names is a heading of them."""
    if not is_country(lines[position].text.strip(" :")) or position + 1 == len(lines):
        return False
    return position == 0 or lines[position].text.endswith(":") or lines[position].gap > lines[position + 1].gap


def _parted_heading(line: str) -> tuple[str, str]:
    """A heading can stand on one line with the names: `Signatories: A, B and C`."""
    head, colon, after = line.partition(":")
    if colon and after.strip() and features.is_signatories_heading(head + ":"):
        return f"{head}:", after.strip()
    return line, ""


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
    wide = WIDE.search(before.raw) or WIDE.search(line.raw)
    if wide or MARK.match(line.text) or line.gap > 1 or len(before.text) > 300 or features.EMAIL.match(line.text):
        return False
    if features.is_signatories_heading(before.text):
        return False
    if before.text.count("(") > before.text.count(")") or re.fullmatch(r"\([^()]{2,20}\)[.,;]?", line.text):
        return True
    if line.text[0].islower() and len(before.text) > 25 and roles(line.text).title < 1:
        return True
    return bool(_RUNS_ON.search(plain(before.text))) and not before.text.split()[-1][0].isupper()


# --- pieces --------------------------------------------------------------------------------------------------------


def _best_pieces(section: Sequence[Line]) -> list[Piece]:
    """Lay a section out in the way that reads best."""
    if len(section) > _MOST:
        return _pieces(section)
    choices = [_pieces(laid) for laid in layouts(section)]
    if len(choices) == 1:
        return choices[0]
    return max(choices, key=lambda pieces: best_entries(pieces)[0])


def _pieces(lines: Sequence[Line]) -> list[Piece]:
    usual = min((line.gap for line in lines[1:]), default=0)
    found: list[Piece] = []
    for position, line in enumerate(names_apart(lines)):
        apart = position == 0 or line.gap > usual or bool(MARK.match(line.text))
        piece = _piece(line, apart)
        if piece.text:
            found.append(piece)
        elif piece.email and found:
            found[-1] = replace(
                found[-1], email=found[-1].email or piece.email, source=f"{found[-1].source} / {line.text}"
            )
    return found


def _piece(line: Line, apart: bool) -> Piece:
    bare = MARK.sub("", line.text).strip(" ,;")
    folded = plain(bare)
    label = _LABEL.match(folded) or _BEHALF.match(folded)
    if (
        label
        and len(folded) == len(bare)
        and bare[label.end() :].strip()
        and (_LABEL.match(folded) or roles(bare[label.end() :]).office > 1)
    ):
        bare = bare[label.end() :]
    found = features.EMAIL.search(bare)
    address = found[0] if found and usable(found[0]) else ""
    if found and address:
        before = _EMAIL_LABEL.sub("", bare[: found.start()].rstrip(" <("))
        bare = f"{before.strip(' ,;<>()|–-')} {bare[found.end() :].strip(' ,;<>()|–-')}".strip()
    return Piece(bare.rstrip(" ,;"), apart, line.number, address, line.text.removeprefix("• "))


# --- co-signers ----------------------------------------------------------------------------------------------------


def _keep(entry: Entry, result: Signatories) -> None:
    organisation, acronym = named(entry.organisation)
    cosigner = text.Cosigner(organisation, acronym, entry.name.strip(" ,"), entry.title.strip(" ,"), entry.email)
    source = " / ".join(entry.sources)
    if cosigner.organisation:
        result.cosigners.append(cosigner)
        if not entry.sure:
            result.unsure.append(f"I read “{source}” as {_said(cosigner)}. Please check.")
    elif cosigner.signatory:
        result.cosigners.append(replace(cosigner, organisation=cosigner.signatory))
        result.unsure.append(f"“{source}” names no organisation; the person stands as the co-signer. Please check.")
    elif source:
        result.left.append(Line(source, source))


def _said(cosigner: text.Cosigner) -> str:
    parts = [
        ("the organisation", cosigner.organisation),
        ("the person", cosigner.signatory),
        ("the title", cosigner.title),
    ]
    return ", ".join(f"{what} “{value}”" for what, value in parts if value)
