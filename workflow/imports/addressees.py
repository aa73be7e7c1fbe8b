"""
Whom a letter goes to: the address blocks above the salutation become recipients.

Every line of a block ends up in a recipient, in order; nothing here is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from emails.message import UnsafeHeader, check_address
from workflow import text
from workflow.imports import features
from workflow.imports.lines import Line
from workflow.imports.words import POSTAL, plain, words_of

_TO = re.compile(
    r"^(?:(?:to|a|para|at\.?|destinataires?|destinatari[oa]s?)\s*:|attn?\.?\s*:|att(?:entio)?n\b\s*:?|(?:for|to) the attention of\b\s*:?|"  # noqa: E501
    r"a (?:l'attention de|la atencion de(?:l)?)\b\s*:?|(?:a la )?atencion\s*:)\s*"
)
_TO_SOMEONE = re.compile(
    r"^(?:to|a|al|a la|au|aux)\s+(?:(?:the|los|las|les)\s+(?=members|permanent|heads|ministers|governments|member)|"
    r"(?=(?:his|her|their|the hon|mr|ms|mrs|dr|h\.?e|su excelencia|s\.?e\.?\s|excm|excel|senor|sra?\b|monsieur|madame|son excellence)))"  # noqa: E501
)
_RANK = re.compile(
    r"^(?:(?:vice[- ])?president|prime minister|minister|secretary(?:[- ]general)?|commissioner|governor|chair(?:man|woman|person)?|"  # noqa: E501
    r"speaker|chancellor|judge|justice|bishop|administrator|ambassador|embajadora?|ambassadeur|ambassadrice|senador|senadora|senator|king|queen|premier|presidenta?|ministr[oae]|chief|high commissioner)\s"  # noqa: E501
)
_EMAIL_LABEL = re.compile(
    r"(?:\b(?:e-?mail|courriel|correo(?: electronico)?|mail|via e-?mail|by e-?mail)\s*:?\s*)?[<(]?$"
)
_RUNS_ON = re.compile(r"(?:,|\b(?:of|for|and|the|de|del|des|du|la|et|y|pour|para|e|to))$")


@dataclass(slots=True)
class _Draft:
    name: str = ""
    title: str = ""
    office: str = ""
    address: list[str] = field(default_factory=list)
    email: str = ""

    def done(self) -> text.Recipient:
        return text.Recipient(
            self.name, self.title.rstrip(","), self.office.rstrip(","), tuple(self.address), self.email
        )

    def empty(self) -> bool:
        return not (self.name or self.title or self.office or self.address)


def recipients(blocks: Sequence[Sequence[Line]]) -> list[text.Recipient]:
    """Return the recipients of the address blocks, in order; a block can hold several people."""
    drafts: list[_Draft] = []
    for block in blocks:
        lines = _whole_lines(list(filter(None, (_without_label(line.text) for line in block))))
        current = _Draft()
        for position, line in enumerate(lines):
            if _starts_another(current, line, lines[position + 1 :]):
                drafts.append(current)
                current = _Draft()
            _place(current, line, lines[position + 1 :])
        _add(drafts, current)
    return [draft.done() for draft in drafts]


def _add(drafts: list[_Draft], current: _Draft) -> None:
    """A block with neither person nor function nor office continues the address above it."""
    if not (current.name or current.title or current.office) and drafts:
        drafts[-1].address += current.address
        drafts[-1].email = drafts[-1].email or current.email
    elif not current.empty() or current.email:
        drafts.append(current)


def _whole_lines(lines: Sequence[str]) -> list[str]:
    """Join what was broken: an honorific on its own line, and a title or office that runs on."""
    whole: list[str] = []
    for line in lines:
        if whole and _continues(whole[-1], line):
            whole[-1] = f"{whole[-1]} {line}"
        else:
            whole.append(line)
    return whole


def _continues(before: str, line: str) -> bool:
    if is_honorific(before):
        return True
    if len(before) > 300 or features.EMAIL.search(line) or features.is_postal(before):
        return False
    return line[0].islower() or bool(_RUNS_ON.search(plain(before)) and not before.endswith(","))


def is_honorific(line: str) -> bool:
    """Tell whether a line is a form of respect alone (The Honorable), whose name stands on the next line."""
    folded = plain(line).strip()
    match = features.HONORIFIC.match(folded)
    return bool(match) and not folded[match.end() :].strip(" ,.:") if match else False


def _starts_another(current: _Draft, line: str, rest: Sequence[str]) -> bool:
    if current.empty():
        return False
    name, _ = _name_and_rest(line)
    polite = bool(features.HONORIFIC.match(plain(line)))
    if not name:
        return bool(features.is_title(line) and current.address and not features.is_postal(line))
    if polite:
        return True
    if current.address or (current.name and current.title):
        return bool(rest) and (features.is_title(rest[0]) or features.is_title(line)) and not features.is_postal(line)
    return bool(current.name) and (features.is_title(line) and "," in line)


def _is_someone(phrase: str) -> bool:
    """Tell whether a phrase is a person's name, perhaps behind a rank (President Jane Doe)."""
    rank = _RANK.match(plain(phrase))
    return features.is_person(phrase) or bool(rank and features.is_person(phrase[rank.end() :]))


def _name_and_rest(line: str) -> tuple[str, str]:
    """Split a line that opens with a person's name (and perhaps the function, after a comma)."""
    if _is_someone(line):
        return line.rstrip(","), ""
    for cut in re.finditer(r"\s*,\s+|\s+[–—-]\s+", line):
        head, tail = line[: cut.start()], line[cut.end() :]
        if _is_someone(head) and not features.is_place(line):
            return head, tail
    polite = None if features.is_org(line) else features.HONORIFIC.match(plain(line))
    if (
        polite
        and len(plain(line)) == len(line)
        and len(line) > polite.end()
        and not features.is_title(line[polite.end() :])
    ):
        return line.rstrip(","), ""
    return "", line


def _place(draft: _Draft, line: str, rest: Sequence[str]) -> None:
    line = _without_email(draft, line)
    if not line:
        return
    name, after = _name_and_rest(line)
    if name and not draft.name and not draft.address and not draft.office:
        draft.name, line = name, after
    if line:
        _place_function(draft, line, rest)


def _place_function(draft: _Draft, line: str, rest: Sequence[str]) -> None:
    if features.is_phone(line) or draft.address or (features.is_postal(line) and not _names_institution(line)):
        draft.address.append(line)
    elif features.is_title(line) and not draft.office:
        title, office = _title_and_office(line)
        draft.title = (
            f"{draft.title} {title}" if draft.title.endswith(",") else ", ".join(filter(None, (draft.title, title)))
        )
        draft.office = office
    elif features.is_org(line) or _looks_like_office(draft, line, rest):
        draft.office = ", ".join(filter(None, (draft.office.rstrip(","), line)))
    else:
        draft.address.append(line)


def _names_institution(line: str) -> bool:
    words = words_of(line)
    return (
        words[:1] != []
        and words[0] not in POSTAL
        and features.is_org(line)
        and not re.search(r"\d", line)
        and not features.is_place(line)
    )


def _looks_like_office(draft: _Draft, line: str, rest: Sequence[str]) -> bool:
    if draft.office or features.is_place(line):
        return False
    return len(line.split()) > 2 or any(features.is_postal(other) for other in rest)


def _title_and_office(line: str) -> tuple[str, str]:
    """`Minister of Justice, Ministry of Justice`: cut where an institution begins after a comma."""
    parts = [part.strip() for part in line.split(",")]
    for cut in range(1, len(parts)):
        if features.is_org(parts[cut]) and not features.is_title(parts[cut]):
            return ", ".join(parts[:cut]), ", ".join(parts[cut:])
    return line, ""


def _without_label(line: str) -> str:
    label = _TO.match(plain(line)) or _TO_SOMEONE.match(plain(line))
    return line[label.end() :] if label and len(plain(line)) == len(line) else line


def _without_email(draft: _Draft, line: str) -> str:
    found = features.EMAIL.search(line)
    if not found or draft.email or not usable(found[0]):
        return line
    before = line[: found.start()]
    label = _EMAIL_LABEL.search(plain(before))
    draft.email = found[0]
    kept = before[: label.start()] if label and len(plain(before)) == len(before) else before
    return f"{kept.strip(' ,;:<(')} {line[found.end() :].strip(' ,;:>)')}".strip()


def usable(address: str) -> bool:
    """Tell whether an address that stands in a text can be written to."""
    try:
        check_address(address)
    except UnsafeHeader:
        return False
    return True
