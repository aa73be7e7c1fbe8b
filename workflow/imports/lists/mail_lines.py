"""
Lines of emails: `FIDH, Karim Lahidji <k@fidh.example>`, several to a line, people and organisations in any order.

Each address begins an entry; what is said beside it is read as the lines below a letter are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from workflow.imports.phrases import roles
from workflow.imports.readings import Reading, readings
from workflow.imports.signatories import parted_name
from workflow.letter.text import Cosigner

MARK = re.compile(
    r"[\s>]*(?:[-•*·‣▪–]\s+|\(?\d{1,4}[.)]\s+)?(?:(?:to|cc|bcc|from|à|de|para|a|إلى)\s*:\s*)?", re.IGNORECASE
)
"""What stands before an entry: a bullet, a number, `To:`."""
_WORD = r"[^\s<>\"',;:()\[\]|@]"
ADDRESS = re.compile(rf"<([^<>]*+)>|(?<!{_WORD[:-2]}])({_WORD}++@(?:{_WORD}|@)*+)", re.IGNORECASE)
"""An address in angle brackets, whatever it is, or a word with an @."""
_PARTING = re.compile(r"\s*[,;،؛]+\s*")
_AROUND = " \t,;:،؛|–—-"
_QUOTED = re.compile(r"""["“'](.*?)["”']""")
_TURNED = re.compile(r"([^,]+),\s*([^,]+)")
_BRACKET = re.compile(r"([^()]+?)\s*\(([^()]+)\)")
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Entry:
    """One who is named in a line."""

    number: int
    source: str
    cosigner: Cosigner
    more: tuple[str, ...] = ()


def entries(text: str) -> Iterator[Entry]:
    """Return who is named in lines; one who stands over several is one entry."""
    for number, line in _joined(text):
        last: Entry | None = None
        for words, address in _parted(MARK.sub("", line, count=1)):
            if not words and last is not None and "<" not in line:
                last = Entry(last.number, last.source, last.cosigner, (*last.more, address))
                continue
            if last is not None:
                yield last
            source = f"{words} <{address}>" if words and address else words or address
            last = Entry(number, source, _read(words, address))
        if last is not None:
            yield last


def _joined(text: str) -> Iterator[tuple[int, str]]:
    """Yield lines with their numbers; where entries are blocks with an address each, a block is one line."""
    lines = [(number, line.strip().replace("mailto:", "")) for number, line in enumerate(text.splitlines(), 1)]
    blocks: list[list[tuple[int, str]]] = [[]]
    for number, line in lines:
        if line:
            blocks[-1].append((number, line))
        elif blocks[-1]:
            blocks.append([])
    if _are_blocks(blocks):
        for block in filter(None, blocks):
            yield block[0][0], ", ".join(line.strip(_AROUND) for _, line in block)
        return
    held: tuple[int, str] | None = None
    for number, line in (one for block in blocks for one in block):
        alone = ADDRESS.fullmatch(MARK.sub("", line, count=1).strip(_AROUND))
        if held and alone and not ADDRESS.search(held[1]):
            yield held[0], f"{held[1]} {line}"
            held = None
            continue
        if held:
            yield held
        held = (number, line)
    if held:
        yield held


def _are_blocks(blocks: list[list[tuple[int, str]]]) -> bool:
    several = [block for block in blocks if len(block) > 1]
    return bool(several) and all(
        sum(line.count("@") for _, line in block) <= 1 and len(block) <= 6 and "@" in block[-1][1] for block in several
    )


def _parted(line: str) -> Iterator[tuple[str, str]]:
    """Yield the words and the address of each entry of a line."""
    found = list(ADDRESS.finditer(line))
    if len(found) < 2:
        words = f"{line[: found[0].start()]} {line[found[0].end() :]}" if found else line
        yield words.strip(_AROUND), address_of(found[0]) if found else ""
        return
    leading = not line[: found[0].start()].strip(_AROUND)
    for at, address in enumerate(found):
        if leading:
            words = line[address.end() : found[at + 1].start() if at + 1 < len(found) else len(line)]
        else:
            words = line[found[at - 1].end() if at else 0 : address.start()]
        yield words.strip(_AROUND), address_of(address)
    if not leading and (rest := line[found[-1].end() :].strip(_AROUND)):
        yield rest, ""


def address_of(found: re.Match[str]) -> str:
    """Return the address of a match of `ADDRESS`."""
    return (found[1] if found[1] is not None else found[2]).strip().rstrip(".")


def _read(words: str, address: str) -> Cosigner:
    """Return what the words beside an address say."""
    words = " ".join(words.replace("،", ", ").replace("؛", ", ").split())
    quoted = _QUOTED.fullmatch(words)
    if quoted:
        words = quoted[1].strip()
        turned = _TURNED.fullmatch(words)
        if turned and roles(f"{turned[2]} {turned[1]}").name > 0:
            words = f"{turned[2]} {turned[1]}"
    words = words.strip('"“”')
    if not words or len(words) > _LONGEST:
        return Cosigner(organisation=words, email=address)
    bracket = _BRACKET.fullmatch(words)
    if bracket and roles(bracket[1]).name > max(0.0, roles(bracket[1]).office) and _is_no_place(bracket[2]):
        words = f"{bracket[1]}, {bracket[2]}"
    best = _best(_PARTING.sub(", ", words).replace(": ", ", "))
    organisation, acronym = parted_name(", ".join(filter(None, (best.organisation, best.place))))
    return Cosigner(organisation, acronym, best.name, best.title, address)


def _is_no_place(words: str) -> bool:
    return roles(words).place < 3


def _best(words: str) -> Reading:
    """Return the likeliest reading; where nothing is known of the words, the first part is the organisation."""
    known = readings(words)
    likely = max(known.items(), key=lambda one: one[1].points + (len(one[0]) == 1 and one[0] == "O") * 0.1)
    first, _, rest = words.partition(", ")
    if rest and likely[1].points < 1 and not likely[1].name:
        person, _, title = rest.partition(", ")
        return Reading(0, person, title, first)
    return likely[1]
