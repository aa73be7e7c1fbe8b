"""
Whom a letter goes to: the lines above the salutation become recipients, by the best reading of all of them.

Every line ends up in a recipient, or with the sender's own lines, or is handed back as unplaced; nothing is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from emails.errors import HeaderError
from emails.message import check_address
from workflow.imports import features
from workflow.imports.entries import plain_readings
from workflow.imports.lines import Line
from workflow.imports.roles import roles
from workflow.imports.words import plain, words_of
from workflow.letter import text

_TO = re.compile(
    r"^(?:(?:to|a|a/a|para|at\.?|addressees?|destinataires?|destinatari[oa]s?)\s*:|"
    r"(?:for|to) the attention of\b\s*:?|a (?:l'attention de|la atencion de(?:l)?)\b\s*:?)\s*"
)
_ATTENTION = re.compile(r"^(?:attn?\.?\s*:|att(?:entio)?n\b\s*[:.]?|(?:a la )?at(?:encion|t?n?)\s*[:.]|c/o\b)\s*")
_TO_SOMEONE = re.compile(
    r"^(?:to|a|al|a la|au|aux)\s+(?:(?:the|los|las|les)\s+(?=members|permanent|heads|ministers|governments|member)|"
    r"(?=(?:his|her|their|the hon|mr|ms|mrs|dr|h\.?e|su excelencia|s\.?e\.?\s|excm|excel|senor|sra?\b|monsieur|"
    r"madame|mme|"
    r"son excellence)))"
)
_EMAIL_LABEL = re.compile(
    r"(?:\b(?:e-?mail|courriel|correo(?: electronico)?|mail|via e-?mail|by e-?mail)\s*(?::\s*)?)?[<(]?$"
)
_RUNS_ON = re.compile(r"(?:\b(?:of|for|and|the|de|del|des|du|la|et|y|pour|para|e|to|on|sur)|&)$")
_PORTFOLIO = re.compile(r"(?:[^,]+,\s)*[^,]*\s(?:y|et|and|e|&)\s[^,]+")
_BARE_OF = re.compile(r"\b(?:of|for|de|del|des|du|d')\b")
_HOLDERS = frozenset(
    ["minister", "ministers", "ministre", "ministra", "ministro", "viceministro", "secretary", "secretario",
     "secretaria", "secretaire"]
)  # fmt: skip
_INSTITUTION = frozenset(
    ["ministry", "ministere", "ministerio", "department", "departement", "departamento", "office", "embassy",
     "government", "gouvernement", "gobierno", "commission", "comision", "committee", "council", "parliament",
     "congress", "senate", "house"]
)  # fmt: skip
_POLITE = frozenset(
    ["dear", "mrs", "sir", "madam", "your", "excellency", "monsieur", "madame", "senor", "senora", "estimado",
     "estimada", "and", "the", "sra", "hon", "honourable", "honorable"]
)  # fmt: skip
_CONTACT = re.compile(
    r"https?://|www\.|\b(?:tel|telephone|phone|fax|tfno|telefono|mob(?:ile)?|whatsapp)\b\s*[.:]|^\+\d|@"
)


@dataclass(slots=True)
class Addressed:
    """The recipients, the sender's own lines, and the lines that fit nowhere."""

    recipients: list[text.Recipient] = field(default_factory=list)
    sender: list[Line] = field(default_factory=list)
    left: list[Line] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _HeadLine:
    """A line above the salutation: without label and email; `apart` by space, `parted` by the date or the like."""

    line: Line
    said: str
    apart: bool
    parted: bool
    above: bool
    attention: bool
    last: bool
    email: str = ""
    someone: bool = False


@dataclass(frozen=True, slots=True)
class _State:
    """What the recipient in hand has by now; `kind` is R within a recipient, S among the sender's lines, U else."""

    kind: str = ""
    name: bool = False
    title: bool = False
    office: bool = False
    address: bool = False
    composed: bool = False


@dataclass(slots=True)
class _Path:
    points: float
    role: str
    new: bool
    before: _Path | None


def addressed(lines: Sequence[Line], dated: int, salutation: str, ours: Collection[str]) -> Addressed:
    """
    Return whom a letter goes to; `dated` is where the date stood among the lines (-1 for nowhere).

    `salutation` and the names of those who sign (`ours`) tell an addressee from a sender.
    """
    heads = _head_lines(lines, dated)
    if not heads:
        return Addressed()
    greeted = _telling(salutation)
    own = {plain(name) for name in ours if name}
    paths: dict[_State, _Path] = {_State(): _Path(0.0, "", False, None)}
    for position in range(len(heads)):
        paths = _after(heads, position, paths, greeted, own)
    best = max(paths.values(), key=lambda path: path.points)
    return _collected(heads, best)


# --- the lines -----------------------------------------------------------------------------------------------------


def _head_lines(lines: Sequence[Line], dated: int) -> list[_HeadLine]:
    usual = min((line.gap for line in lines[1:]), default=0)
    whole = _whole_lines(lines, dated, usual)
    found: list[_HeadLine] = []
    for position, (line, index) in enumerate(whole):
        attention = bool(_ATTENTION.match(plain(line.text)))
        said, email = _without_email(_without_label(line.text))
        if email and not said and found:
            found[-1] = replace(found[-1], email=found[-1].email or email)
            continue
        apart = position == 0 or line.gap > usual
        after = whole[position + 1] if position + 1 < len(whole) else None
        last = after is None or after[0].gap > usual or after[1] == dated
        if said or email:
            found.append(_HeadLine(line, said, apart, index == dated, index < dated, attention, last, email))
    return _with_people(found)


def _with_people(heads: Sequence[_HeadLine]) -> list[_HeadLine]:
    """Note of each line whether a person or function stands in its block."""
    starts = [i for i, head in enumerate(heads) if head.apart or head.parted] or [0]
    marked: list[_HeadLine] = []
    for start, end in zip(starts, [*starts[1:], len(heads)], strict=True):
        someone = any(_is_someone(head) for head in heads[start:end])
        marked += [replace(head, someone=someone) for head in heads[start:end]]
    return marked


def _is_someone(head: _HeadLine) -> bool:
    if head.attention:
        return True
    first = roles(re.split(r",\s", head.said)[0]) if head.said else None
    return first is not None and (first.title > 2 or first.name > 3.5)


def _whole_lines(lines: Sequence[Line], dated: int, usual: int) -> list[tuple[Line, int]]:
    """Join what was broken: an honorific on its own line, and a title or office that runs on."""
    whole: list[tuple[Line, int]] = []
    for index, line in enumerate(lines):
        before = whole[-1][0] if whole else None
        if before is not None and index != dated and line.gap <= usual and _continues(before, line):
            joined = f"{before.text} {line.text}"
            whole[-1] = (replace(before, text=joined, raw=joined), whole[-1][1])
        else:
            whole.append((line, index))
    return whole


def _continues(before: Line, line: Line) -> bool:
    if len(before.text) > 300:
        return False
    if _is_honorific(_without_label(before.text)):
        return roles(line.text).office < 2 or roles(line.text).name > 0
    if features.EMAIL.search(line.text) or _without_label(before.text) == "" or roles(before.text).place > 2:
        return False
    if _TO.match(plain(line.text)) or _ATTENTION.match(plain(line.text)):
        return False
    return line.text[0].islower() or bool(_RUNS_ON.search(plain(before.text)))


def _is_honorific(line: str) -> bool:
    folded = plain(line).strip()
    match = features.HONORIFIC.match(folded)
    if folded.strip(" .,") in (
        "doctor",
        "doctora",
        "senores",
        "senoras",
        "profesor",
        "profesora",
        "ingeniero",
        "licenciado",
        "licenciada",
    ):
        return True
    return bool(match) and not folded[match.end() :].strip(" ,.:") if match else False


def _without_label(line: str) -> str:
    folded = plain(line)
    if len(folded) != len(line):
        return line
    label = _TO.match(folded) or _ATTENTION.match(folded) or _TO_SOMEONE.match(folded)
    return line[label.end() :] if label else line


def _without_email(line: str) -> tuple[str, str]:
    found = features.EMAIL.search(line)
    if not found or not usable(found[0]):
        return line, ""
    before = line[: found.start()]
    label = _EMAIL_LABEL.search(plain(before))
    kept = before[: label.start()] if label and len(plain(before)) == len(before) else before
    return f"{kept.strip(' ,;:<(|')} {line[found.end() :].strip(' ,;:>)|')}".strip(), found[0]


def usable(address: str) -> bool:
    """Tell whether an address that stands in a text can be written to."""
    try:
        check_address(address)
    except HeaderError:
        return False
    return True


def _telling(salutation: str) -> set[str]:
    return {word for word in words_of(salutation) if word not in _POLITE and len(word) > 2}


# --- the best reading ----------------------------------------------------------------------------------------------

_RECIPIENT_ROLES = ("N", "T", "O", "P", "NT", "NTO", "TO", "NO", "OP", "ON", "ONT", "OT")
_NEW, _NEW_UNFINISHED, _UNPLACED = -1.5, -5.0, -3.5


def _after(
    heads: Sequence[_HeadLine], position: int, paths: dict[_State, _Path], greeted: set[str], own: set[str]
) -> dict[_State, _Path]:
    head = heads[position]
    later = any(not other.above for other in heads)
    elsewhere = not head.someone and any(other.someone for other in heads)
    choices = _read(head, greeted, heads[position + 1] if position + 1 < len(heads) else None)
    sender = (
        _sender_points(head, own, greeted, choices)
        + (0.8 if head.above and later else 0.0)
        + (0.8 if elsewhere else 0.0)
    )
    found: dict[_State, _Path] = {}
    for state, path in paths.items():
        steps = [*_steps(state, head, choices), (_State("U") if state.kind != "R" else state, "U", False, _UNPLACED)]
        if state.kind != "R" or head.apart or head.parted:
            steps.append((_State("S"), "S", state.kind != "S", sender - (1.5 if state.kind == "R" else 0.0)))
        for after, role, new, points in steps:
            total = path.points + points
            if after not in found or total > found[after].points:
                found[after] = _Path(total, role, new, path)
    return found


def _read(head: _HeadLine, greeted: set[str], after: _HeadLine | None) -> dict[str, float]:
    """Return the points of each way to read a line of an address."""
    if not head.said:
        return {"P": 0.0}
    known = plain_readings(head.said)
    found = {role: known[role].points for role in _RECIPIENT_ROLES if role in known and known[role].points > -8}
    if "OP" in found:
        found["OP"] = min(found["OP"], roles(known["OP"].fields[0]).office + 1.0)
    greeting = min(3.0, 1.5 * len(greeted & set(words_of(head.said))))
    for role in found:
        if "N" in role or "T" in role:
            found[role] += greeting
    _weigh_office(head, found, after)
    _weigh_portfolio(head, found, after)
    return found


def _weigh_office(head: _HeadLine, found: dict[str, float], after: _HeadLine | None) -> None:
    """Nothing speaks for an office: the last line of a block is a town then, a line above a street an office."""
    seen = roles(head.said)
    if head.last and not head.apart and re.fullmatch(r"[^\W\d_]{5,}", head.said) and head.said.isupper():
        found["O"], found["P"] = found.get("O", 0.0) - 4.0, 3.0
    if seen.office <= 1.2 and "O" in found:
        street = after is not None and not head.last and roles(after.said).place >= 2
        found["O"] += 0.5 if street and seen.place < 1 else -1.5
        if head.last and len(head.said.split()) <= 3 and "P" in found:
            found["P"] += 1.5


def _weigh_portfolio(head: _HeadLine, found: dict[str, float], after: _HeadLine | None) -> None:
    """`Minister of Foreign Affairs, European Union and Cooperation` is one function, however many commas."""
    held = plain_readings(head.said).get("TO")
    words = words_of(head.said)
    if held is None or "T" not in found or not words:
        return
    office = words_of(held.fields[2])
    holder = _HOLDERS & set(words[:4])
    listed = _PORTFOLIO.fullmatch(held.fields[2]) and "," in head.said
    if holder and listed and office and office[0] not in _INSTITUTION:
        found["T"] = max(found["T"], found.get("TO", 0.0) + 1.0)
    below = roles(after.said).office if after is not None and not head.last else 0.0
    if roles(held.fields[1]).title > 2 and below > 2 and not _BARE_OF.search(plain(held.fields[1])):
        found["T"] = max(found["T"], found.get("TO", 0.0) - 1.0)


def _sender_points(head: _HeadLine, own: set[str], greeted: set[str], choices: dict[str, float]) -> float:
    points = max([0.0, *(choices[role] for role in ("N", "O", "P") if role in choices)]) - 1.5
    if plain(head.said) in own or plain(head.said).strip("()") in own:
        points += 6.0
    if _CONTACT.search(plain(head.line.text)):
        points += 3.5 if "@" not in head.line.text or re.search(r"\||www|https?:", head.line.text) else 0.5
    points -= min(4.0, 2.0 * len(greeted & set(words_of(head.said))))
    points -= 2.0 if features.HONORIFIC.match(plain(head.said)) else 0.0
    return points + (0.5 if head.said.isupper() and roles(head.said).office > 1 else 0.0)


def _steps(state: _State, head: _HeadLine, choices: dict[str, float]) -> Iterator[tuple[_State, str, bool, float]]:
    for role, points in choices.items():
        if state.kind == "R":
            cost = _cost(state, role, head)
            if cost is not None:
                yield _joined(state, role), role, False, points + cost
        if role != "P" and not head.attention and (head.apart or head.parted or _begins_well(role, head)):
            yield _joined(_State("R"), role), role, True, points + _cost_of_new(state, role, head)
    if state.kind == "R" and state.address:
        yield state, "P", False, max(choices.get("P", -1.0), -1.0) + _cost_of_gap(head)


def _begins_well(role: str, head: _HeadLine) -> bool:
    """In the middle of a block, only what is clearly a person, function or institution begins another recipient."""
    held = plain_readings(head.said).get(role)
    if held is None:
        return False
    first = roles(held.fields["NTO".index(role[0])] or head.said)
    return {"N": first.name, "T": first.title, "O": first.office}[role[0]] >= 1.5


def _joined(state: _State, role: str) -> _State:
    return _State(
        "R", state.name or "N" in role, state.title or "T" in role, state.office or "O" in role,
        state.address or "P" in role, state.composed or role in ("TO", "NTO", "OT", "ONT"),
    )  # fmt: skip


def _cost_of_gap(head: _HeadLine) -> float:
    return -4.0 if head.parted else -0.8 if head.apart else 0.0


def _cost_of_new(state: _State, role: str, head: _HeadLine) -> float:
    if state.kind != "R":
        return 0.0 if head.apart or head.parted or state.kind != "S" else -2.5
    whole = state.address or (state.name and state.title) or (state.title and state.office)
    if not (head.apart or head.parted):
        another = state.name and state.title and "N" in role and "T" in role
        return _NEW if whole and (state.address or another) else _NEW_UNFINISHED
    awaited = {"T": not state.title, "O": not state.office}.get(role[0], False) and not state.address
    return -3.0 if awaited else 0.0 if whole else _NEW


def _cost(state: _State, role: str, head: _HeadLine) -> float | None:
    """Return what it costs that a line belongs to the recipient in hand; None when it cannot."""
    if state.address and role != "P":
        return None
    cost = _cost_of_gap(head)
    if "N" in role:
        if state.name:
            return None
        cost += (3.0 if head.attention else -1.2) if state.title or state.office else 0.0
    if "T" in role:
        cost += -0.6 if state.title else 0.0
        cost -= 1.2 if state.office and not (head.attention or "N" in role) else 0.0
    if "O" in role and state.office:
        cost -= 6.5 if state.composed else 0.8
    return cost


# --- what it gives -------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Draft:
    name: str = ""
    title: str = ""
    office: str = ""
    address: list[str] = field(default_factory=list)
    email: str = ""

    def done(self) -> text.Recipient:
        return text.Recipient(self.name, self.title, self.office, tuple(self.address), self.email)


def _collected(heads: Sequence[_HeadLine], best: _Path) -> Addressed:
    steps: list[_Path] = []
    path: _Path | None = best
    while path is not None and path.before is not None:
        steps.append(path)
        path = path.before
    result = Addressed()
    drafts: list[_Draft] = []
    for head, step in zip(heads, reversed(steps), strict=True):
        if step.role == "S":
            result.sender.append(head.line)
        elif step.role == "U" or (step.role == "P" and not drafts):
            result.left.append(head.line)
        else:
            if step.new or not drafts:
                drafts.append(_Draft())
            _fill(drafts[-1], head, step.role)
    result.recipients = [draft.done() for draft in drafts]
    return result


def _fill(draft: _Draft, head: _HeadLine, role: str) -> None:
    draft.email = draft.email or head.email
    if not head.said:
        return
    if role in ("N", "T", "O", "P"):
        name, title, office, place = (head.said.rstrip(" ,") if role == which else "" for which in "NTOP")
    else:
        name, title, office, place = plain_readings(head.said)[role].fields
        if role == "OP":
            office, place = _cut_place(head.said)
    draft.name = draft.name or name
    draft.title = _together(draft.title, title)
    if draft.office and office and not _runs_on(draft.office, office):
        office, place = "", ", ".join(filter(None, (office, place)))
    draft.office = _together(draft.office, office)
    draft.address += [place] if place else []


def _cut_place(said: str) -> tuple[str, str]:
    """`European Parliament, Brussels`: the office, and the first line of its address."""
    cut = next((match for match in re.finditer(r",\s+", said) if roles(said[match.end() :]).place > 2), None)
    return (said[: cut.start()], said[cut.end() :]) if cut else (said, "")


def _together(one: str, other: str) -> str:
    if not one or not other:
        return one or other
    return f"{one} {other}" if _runs_on(one, other) else f"{one}, {other}"


def _runs_on(one: str, other: str) -> bool:
    return other[0].islower() or bool(_RUNS_ON.search(plain(one)))
