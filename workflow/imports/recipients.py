"""
Whom a letter goes to: the lines above the salutation become recipients, by the best reading of all of them.

Every line ends up in a recipient, or with the sender's own lines, or is handed back as unplaced; nothing is dropped.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from workflow.imports.classify import Line
from workflow.imports.joining import joined, runs_on, without_email
from workflow.imports.lexicon import WEIGHTS, behind, pattern, plain, words, words_of
from workflow.imports.phrases import HONORIFIC, is_polite, roles, weighed
from workflow.imports.places import numbers, whole
from workflow.imports.readings import plain_readings
from workflow.imports.viterbi import Step, decode
from workflow.letter import text

_WEIGHTS = WEIGHTS["recipient"]
_SENDER = WEIGHTS["sender"]
_LABEL = pattern(r"^(?:«to_label»\s*|«attention_label»\s*|«to_someone»)")
_TO = pattern(r"^«to_label»")
_ATTENTION = pattern(r"^«attention_label»")
_LONE_HONORIFIC = pattern(r"«lone_honorific»")
_CONTACT = pattern(r"https?://|www\.|\b«contact»\b\s*[.:]|^\+\d|@")
_WEB = re.compile(r"\||www|https?:")
_PORTFOLIO = re.compile(r"(?:[^,]+,\s)*[^,]*\s(?:y|et|and|e|&)\s[^,]+")
"""`Foreign Affairs, European Union and Cooperation`: fields of work."""
_BARE_OF = pattern(r"\b«bare_of»\b")
_HOLDERS = words("holders")
_OFFICES = words("offices")
_POLITE = words("polite")
_LONGEST_JOINED = 300
_ROLES = ("N", "T", "O", "P", "NT", "NTO", "TO", "NO", "ON", "ONT", "OT")
_COMPOSED = ("TO", "NTO", "OT", "ONT")
"""What a line of an address can hold; and what holds a function with its office."""


@dataclass(slots=True)
class Addressed:
    """The recipients with their lines, the sender's own lines, and the lines that fit nowhere."""

    recipients: list[text.Recipient] = field(default_factory=list)
    places: list[tuple[int, ...]] = field(default_factory=list)
    """The numbers of each recipient's lines."""
    sender: list[Line] = field(default_factory=list)
    left: list[Line] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Said:
    """
    A line above the salutation, without label and email.

    `apart` by space from the one before, `parted` by the date or the like; `above` the date; `last` of its block;
    `someone`: a person or function stands in its block.
    """

    line: Line
    words: str
    email: str
    apart: bool
    parted: bool
    above: bool
    last: bool
    someone: bool = False

    @property
    def attention(self) -> bool:
        """Whether it says for whose attention."""
        return bool(_ATTENTION.match(self.line.folded))

    @property
    def begins(self) -> bool:
        """Whether it can begin a block."""
        return self.apart or self.parted


@dataclass(frozen=True, slots=True)
class _State:
    """R within a recipient that has these parts by now (+: a function with its office), S the sender, U neither."""

    kind: str = ""
    has: frozenset[str] = frozenset()


_Label = tuple[str, bool]
"""What a line is, and whether a recipient begins there."""


def addressed(lines: Sequence[Line], dated: int, salutation: str, ours: Collection[str]) -> Addressed:
    """
    Return whom a letter goes to; `dated` is where the date stood among the lines (-1 for nowhere).

    `salutation` and the names of those who sign (`ours`) tell an addressee from a sender.
    """
    said = _with_people(_said_lines(lines, dated))
    greeted = {word for word in words_of(salutation) if word not in _POLITE and len(word) > 2}
    own = {plain(name) for name in ours}
    choices = [_choices(one, greeted, after) for one, after in itertools.zip_longest(said, said[1:])]
    sender = [_sender_points(one, said, own, greeted, choice) for one, choice in zip(said, choices, strict=True)]

    def steps(place: int, state: _State) -> Iterator[Step[_State, _Label]]:
        one = said[place]
        yield from _recipient_steps(state, one, choices[place])
        yield Step(1, state if state.kind == "R" else _State("U"), _WEIGHTS["unplaced"], ("U", False))
        if state.kind != "R" or one.begins:
            ended = _SENDER["after_recipient"] if state.kind == "R" else 0.0
            yield Step(1, _State("S"), sender[place] + ended, ("S", state.kind != "S"))

    found = _collected(said, decode(len(said), _State(), steps)[1], numbers(lines))
    for line, after in itertools.pairwise(lines):
        if not _without_label(line.text).strip():
            found.places = [tuple(sorted({*p, line.number})) if after.number in p else p for p in found.places]
    return found


# --- the lines -----------------------------------------------------------------------------------------------------


def _said_lines(lines: Sequence[Line], dated: int) -> list[_Said]:
    usual = min((line.gap for line in lines[1:]), default=0)
    whole = _whole_lines(lines, dated, usual)
    found: list[_Said] = []
    for (line, index), after in itertools.zip_longest(whole, whole[1:]):
        said, email = without_email(_without_label(line.text))
        last = after is None or after[0].gap > usual or after[1] == dated
        if said or not found:
            apart = index == 0 or line.gap > usual
            found.append(_Said(line, said, email, apart, index == dated, index < dated, last))
        else:
            found[-1] = replace(found[-1], email=found[-1].email or email)
    return [one for one in found if one.words or one.email]


def _with_people(said: Sequence[_Said]) -> list[_Said]:
    """Note of each line whether a person or function stands in its block."""
    blocks: list[list[_Said]] = []
    for one in said:
        if one.begins or not blocks:
            blocks.append([])
        blocks[-1].append(one)
    return [replace(one, someone=any(map(_is_someone, block))) for block in blocks for one in block]


def _is_someone(one: _Said) -> bool:
    first = roles(re.split(r",\s", one.words)[0])
    return one.attention or first.title > 2 or first.name > 3.5


def _whole_lines(lines: Sequence[Line], dated: int, usual: int) -> list[tuple[Line, int]]:
    """Join what was broken: an honorific on its own line, and a title or office that runs on."""
    whole: list[tuple[Line, int]] = []
    for index, line in enumerate(lines):
        if whole and index != dated and line.gap <= usual and _continues(whole[-1][0], line):
            before, first = whole[-1]
            joined = f"{before.text} {line.text}"
            whole[-1] = (replace(before, text=joined, raw=joined), first)
        else:
            whole.append((line, index))
    return whole


def _continues(before: Line, line: Line) -> bool:
    said = _without_label(before.text)
    if len(before.text) > _LONGEST_JOINED:
        return False
    if _is_honorific(said):
        return line.roles.office < 2 or line.roles.name > 0
    if line.email or not said or before.roles.place > 2 or _TO.match(line.folded) or _ATTENTION.match(line.folded):
        return False
    return runs_on(before.text, line.text)


def _is_honorific(said: str) -> bool:
    folded = plain(said).strip()
    match = HONORIFIC.match(folded)
    alone = bool(match) and not folded[match.end() :].strip(" ,.:") if match else False
    return alone or bool(_LONE_HONORIFIC.fullmatch(folded.strip(" .,")))


def _without_label(line: str) -> str:
    said = behind(_LABEL, line)
    return line if said is None else said


# --- how each line can be read -------------------------------------------------------------------------------------


def _choices(one: _Said, greeted: set[str], after: _Said | None) -> dict[str, float]:
    """Return the points of each way to read a line of an address."""
    if not one.words:
        return {"P": 0.0}
    known = plain_readings(one.words)
    found = {role: known[role].points for role in _ROLES if role in known and known[role].points > -8}
    greeting = min(_WEIGHTS["greeted_most"], _WEIGHTS["greeted"] * len(greeted & set(words_of(one.words))))
    found = {role: points + greeting * bool({"N", "T"} & {*role}) for role, points in found.items()}
    _weigh_office(one, found, after)
    _weigh_portfolio(one, found, after)
    return found


def _weigh_office(one: _Said, found: dict[str, float], after: _Said | None) -> None:
    """Nothing speaks for an office: the last line of a block is a town then, a line above a street an office."""
    seen = roles(one.words)
    if one.last and not one.apart and one.words.isupper() and re.fullmatch(r"[^\W\d_]{5,}", one.words):
        found["O"], found["P"] = found.get("O", 0.0) + _WEIGHTS["no_town"], _WEIGHTS["town_in_capitals"]
    if seen.office <= 1.2 and "O" in found:
        street = after is not None and not one.last and roles(after.words).place >= 2
        found["O"] += _WEIGHTS["above_street" if street and seen.place < 1 else "no_office"]
        if one.last and len(one.words.split()) <= 3 and "P" in found:
            found["P"] += _WEIGHTS["last_short"]


def _weigh_portfolio(one: _Said, found: dict[str, float], after: _Said | None) -> None:
    """`Minister of Foreign Affairs, European Union and Cooperation` is one function, however many commas."""
    held = plain_readings(one.words).get("TO")
    if held is None or "T" not in found:
        return
    office = words_of(held.organisation)
    listed = "," in one.words and _PORTFOLIO.fullmatch(held.organisation) and office and office[0] not in _OFFICES
    if listed and _HOLDERS & set(words_of(one.words)[:4]):
        found["T"] = max(found["T"], found.get("TO", 0.0) + _WEIGHTS["portfolio"])
    below = roles(after.words).office if after is not None and not one.last else 0.0
    if below > 2 and roles(held.title).title > 2 and not _BARE_OF.search(plain(held.title)):
        found["T"] = max(found["T"], found.get("TO", 0.0) + _WEIGHTS["office_below"])


def _sender_points(
    one: _Said, said: Sequence[_Said], own: set[str], greeted: set[str], choices: dict[str, float]
) -> float:
    folded = plain(one.words)
    contact, web = _CONTACT.search(one.line.folded), _WEB.search(one.line.text)
    greeting = len(greeted & set(words_of(one.words)))
    observed = {
        "base": 1,
        "above": one.above and any(not other.above for other in said),
        "nobody": not one.someone and any(other.someone for other in said),
        "signs": folded in own or folded.strip("()") in own,
        "contact" if "@" not in one.line.text or web else "address": bool(contact),
        "greeted": min(2, greeting),
        "honorific": is_polite(one.words),
        "capitals": one.words.isupper() and roles(one.words).office > 1,
    }
    return weighed("sender", observed) + max(0.0, *(choices.get(role, 0.0) for role in ("N", "O", "P")))


# --- the recipients ------------------------------------------------------------------------------------------------


def _recipient_steps(state: _State, one: _Said, choices: dict[str, float]) -> Iterator[Step[_State, _Label]]:
    gap = _WEIGHTS["parted"] if one.parted else _WEIGHTS["gap"] if one.apart else 0.0
    for role, points in choices.items():
        if state.kind == "R" and _can_go_on(state, role):
            yield Step(1, _with_role(state, role), points + gap + _cost(state, role, one.attention), (role, False))
        if role != "P" and not one.attention and (one.begins or _begins_well(role, one.words)):
            yield Step(1, _with_role(_State(), role), points + _cost_of_new(state, role, one), (role, True))
    if state.kind == "R" and "P" in state.has:
        yield Step(1, state, max(choices.get("P", -1.0), -1.0) + gap, ("P", False))


def _with_role(state: _State, role: str) -> _State:
    return _State("R", state.has | {*role} | ({"+"} if role in _COMPOSED else set()))


def _begins_well(role: str, said: str) -> bool:
    """In the middle of a block, only what is clearly a person, function or institution begins another recipient."""
    held = plain_readings(said)[role]
    first = {"N": roles(held.name or said).name, "T": roles(held.title or said).title,
             "O": roles(held.organisation or said).office}[role[0]]  # fmt: skip
    return first >= _WEIGHTS["begins"]


def _can_go_on(state: _State, role: str) -> bool:
    if "P" in state.has:
        return role == "P"
    return not ("N" in role and "N" in state.has)


def _cost(state: _State, role: str, attention: bool) -> float:
    """Return what it costs that a line belongs to the recipient in hand."""
    has = state.has
    observed = {
        "name_attention" if attention else "name_late": "N" in role and bool(has & {"T", "O"}),
        "title_twice": "T" in role and "T" in has,
        "title_late": "T" in role and "O" in has and not (attention or "N" in role),
        "office_twice_composed" if "+" in has else "office_twice": "O" in role and "O" in has,
    }
    return weighed("recipient", observed)


def _cost_of_new(state: _State, role: str, one: _Said) -> float:
    """Return what it costs that a recipient begins with a line."""
    has = state.has
    if state.kind != "R":
        return _WEIGHTS["after_sender"] if state.kind == "S" and not one.begins else 0.0
    whole = "P" in has or {"N", "T"} <= has or {"T", "O"} <= has
    if not one.begins:
        another = {"N", "T"} <= has and {"N", "T"} <= {*role}
        return _WEIGHTS["new" if "P" in has or (whole and another) else "new_unfinished"]
    if role[0] in "TO" and role[0] not in has and "P" not in has:
        return _WEIGHTS["new_awaited"]
    return 0.0 if whole else _WEIGHTS["new"]


def _collected(said: Sequence[_Said], labels: Sequence[_Label], every: Sequence[int]) -> Addressed:
    result = Addressed()
    begun: list[list[int]] = []
    others: list[list[int]] = []
    for one, (role, new) in zip(said, labels, strict=True):
        if role == "S":
            result.sender.append(one.line)
            others.append([one.line.number])
        elif role == "U" or (role == "P" and not result.recipients):
            result.left.append(one.line)
            others.append([one.line.number])
        else:
            begun += [[]] if new or not begun else []
            begun[-1].append(one.line.number)
            before = text.Recipient() if new or not result.recipients else result.recipients.pop()
            result.recipients.append(_filled(before, one, role))
    result.places = whole([*begun, *others], every)[: len(begun)]
    return result


def _filled(recipient: text.Recipient, one: _Said, role: str) -> text.Recipient:
    if not one.words:
        return replace(recipient, email=recipient.email or one.email)
    name, title, office, place = _fields(one.words, role)
    if recipient.office and office and not runs_on(recipient.office, office):
        office, place = "", ", ".join(filter(None, (office, place)))
    return text.Recipient(
        recipient.name or name,
        joined(recipient.title, title),
        joined(recipient.office, office),
        (*recipient.address, *([place] if place else [])),
        recipient.email or one.email,
    )


def _fields(said: str, role: str) -> tuple[str, str, str, str]:
    if len(role) == 1:
        name, title, office, place = (said.rstrip(" ,") if role == which else "" for which in "NTOP")
        return name, title, office, place
    held = plain_readings(said)[role]
    return held.name, held.title, held.organisation, held.place
