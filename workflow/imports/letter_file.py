"""
The letter file: a YAML front matter with the facts, and a Markdown body; read and written.

Nothing is guessed here: an unknown key or a wrong type is refused with the key's name and what to do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from yaml.composer import Composer

from workflow.errors import IncomingError, the_first
from workflow.imports.doubts import Doubt
from workflow.imports.imported import (
    ImportedLetter,
    alike,
    check_count,
    checked,
    quoted,
    said_twice,
    with_missing_addresses,
)
from workflow.imports.lexicon import language as language_of
from workflow.imports.places import BODY, Part
from workflow.imports.plain_list import read_apart
from workflow.letter import characters, text
from workflow.moments import AHEAD, EARLIEST, in_reach, zones

_KEYS = (
    "subject", "place", "date", "language", "campaign", "deadline", "timezone", "minimum", "recipients", "recipient",
    "salutation", "closing", "cosigners",
)  # fmt: skip
_RECIPIENT_KEYS = ("name", "title", "office", "address", "email")
_COSIGNER_KEYS = ("organisation", "acronym", "signatory", "title", "email", "required", "contact_email", "contact")
_FENCE = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")

_STRANGE = re.compile("[\x00\ud800-\udfff]")
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}")
MOST_RECIPIENTS = 100
LONGEST_TAG = 16

Fields = Mapping[str, Any]


class _Loader(Composer, yaml.CSafeLoader):
    """YAML as a person writes it: no anchors, no key twice, and dates left as they are written. Parsed by libyaml."""

    def __init__(self, source: str) -> None:
        yaml.CSafeLoader.__init__(self, source)
        Composer.__init__(self)

    def compose_node(self, parent: Any, index: Any) -> Any:
        event: Any = self.peek_event()
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise IncomingError(
                f"Line {event.start_mark.line + 2} of the letter file uses a YAML anchor or alias (& or *). "
                "Write the value out, or put it in quotation marks."
            )
        return super().compose_node(parent, index)

    def construct_scalar(self, node: Any) -> Any:
        said = super().construct_scalar(node)
        strange = _STRANGE.search(said) if isinstance(said, str) else None
        if strange:
            raise IncomingError(
                f"Line {node.start_mark.line + 2} of the letter file has a character that is none "
                f"(U+{ord(strange[0]):04X}). Take it out."
            )
        return said

    def construct_number(self, node: Any) -> Any:
        """A whole number that is one; longer ones, and hours with colons, are words."""
        said = self.construct_scalar(node)
        return int(said) if _NUMBER.fullmatch(said) else said

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen: set[str] = set()
        for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            if not isinstance(key, yaml.ScalarNode):
                raise IncomingError(
                    f"Line {key.start_mark.line + 2} of the letter file has a field whose name is no word. "
                    "Write each field as “name: value”."
                )
            if key.value in seen:
                raise IncomingError(
                    f"Line {key.start_mark.line + 2} of the letter file has {quoted(str(key.value))} a second time. "
                    "Keep one of them."
                )
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_number)


def is_letter_file(source: str) -> bool:
    """Tell whether a text opens with the `---` of a front matter."""
    return bool(re.match(r"---[ \t]*(?:\r?\n|$)", source.lstrip("\ufeff")))


def read_letter_file(source: str) -> ImportedLetter:
    """
    Read a letter file: YAML between two lines `---`, then the body in Markdown.

    Raises `IncomingError` with a sentence that names the line or the key and says what to do.
    """
    source = source.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    front, body = _split(source)
    fields = read_apart(front, _fields)
    _known(fields, _KEYS, "the letter file")
    body = text.clean_block(body)
    if not body.strip():
        raise IncomingError("The letter file has no body. Write the letter's text below the second line ---.")
    zone = _zone(fields)
    said: list[str] = [f"A letter file with {len(fields)} fields."]
    doubts = [] if fields.get("subject") else [Doubt("no_subject")]
    letter = text.Letter(
        language=_language(fields, body),
        subject=_line(fields, "subject"),
        recipients=tuple(_recipients(fields)),
        salutation=_line(fields, "salutation"),
        body=body,
        closing=_line(fields, "closing"),
    )
    doubts += [] if letter.recipients else [Doubt("no_recipient")]
    cosigners = _cosigners(fields, front)
    doubts += alike(cosigners)
    return with_missing_addresses(
        ImportedLetter(
            letter, _date(fields), cosigners, tuple(doubts), tuple(said), campaign=_line(fields, "campaign"),
            deadline=_deadline(fields, zone), timezone=zone, minimum=_minimum(fields), place=_line(fields, "place"),
            source=_STRANGE.sub(" ", source), parts=_parts(source, body),
        )
    )  # fmt: skip


def _split(source: str) -> tuple[str, str]:
    first = source.find("\n")
    end = _FENCE.search(source, first + 1) if first >= 0 else None
    if end is None:
        raise IncomingError("The front matter opens with --- in line 1 but is not closed. Put a line --- after it.")
    return source[first + 1 : end.start()], source[end.end() :]


def _parts(source: str, body: str) -> tuple[Part, ...]:
    """Return where each paragraph of the body stands in the file."""
    lines = [line.rstrip() for line in source.split("\n")]
    place = source.count("\n", 0, len(source) - len(_split(source)[1])) + 1
    found: list[Part] = []
    for block in text.paragraphs(body):
        length = block.count("\n") + 1
        while place < len(lines) and not lines[place - 1].strip():
            place += 1
        found.append(Part(BODY, tuple(range(place, min(place + length, len(lines) + 1)))))
        place += length
    return tuple(found)


def _fields(front: str) -> Fields:
    try:
        fields = yaml.load(front, _Loader)
    except yaml.YAMLError as error:
        raise IncomingError(_yaml_sentence(error)) from error
    except (ValueError, RecursionError, ArithmeticError, LookupError, AttributeError, TypeError) as error:
        if isinstance(error, IncomingError):
            raise
        raise IncomingError(
            f"The front matter cannot be read: {str(error)[:120]}. Put the value in quotation marks."
        ) from error
    if not isinstance(fields, dict):
        raise IncomingError("The front matter holds no fields. Write lines such as “subject: ...” between the two ---.")
    return {str(key): value for key, value in fields.items()}


def _yaml_sentence(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = str(getattr(error, "problem", "") or "it is not YAML")
    where = f"Line {mark.line + 2}, column {mark.column + 1}" if mark else "The front matter"
    return (
        f"{where} of the letter file cannot be read: {problem}. "
        "Check the indentation, and put a value that contains a colon, # or a quotation mark in quotation marks."
    )


def _known(fields: Fields, keys: tuple[str, ...], where: str) -> None:
    for key in fields:
        if key not in keys:
            raise IncomingError(f"{quoted(key)} is not a field of {where}. The fields are: {', '.join(keys)}.")


def _line(fields: Fields, key: str, where: str = "the letter file") -> str:
    value = fields.get(key)
    if value is None:
        return ""
    if isinstance(value, str) and characters.is_plain(value):
        return value
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise IncomingError(f"{quoted(key)} in {where} must be text on one line; put it in quotation marks.")
    line = text.clean_line(str(value).strip("\n"))
    if "\n" in str(value).strip("\n") and key in ("email", "contact", "contact_email"):
        raise IncomingError(f"{quoted(key)} in {where} has a line break. Write one address on one line.")
    return line


def _list(fields: Fields, key: str) -> list[Any]:
    value = fields.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise IncomingError(f"{quoted(key)} must be a list: each entry begins with a dash (-) on a line of its own.")
    return value


def _mapping(item: Any, keys: tuple[str, ...], where: str) -> Fields:
    if not isinstance(item, dict):
        raise IncomingError(f"{where} must have fields such as “{keys[0]}: ...”.")
    fields = {str(key): value for key, value in item.items()}
    _known(fields, keys, where)
    return fields


def _recipients(fields: Fields) -> list[text.Recipient]:
    single = fields.get("recipient")
    if single is not None and fields.get("recipients") is not None:
        raise IncomingError("The letter file has both “recipient” and “recipients”. Put all in “recipients”.")
    items = [single] if single is not None else _list(fields, "recipients")
    if len(items) > MOST_RECIPIENTS:
        raise IncomingError(f"The letter file has {len(items)} recipients; a letter has {MOST_RECIPIENTS} at most.")
    return [_recipient(item, f"recipient {n}") for n, item in enumerate(items, 1)]


def _recipient(item: Any, where: str) -> text.Recipient:
    fields = _mapping(item, _RECIPIENT_KEYS, where)
    name, title, office = (_line(fields, key, where) for key in ("name", "title", "office"))
    if not (name or title or office):
        raise IncomingError(f"{where.capitalize()} has neither a name, a title nor an office. Give at least one.")
    return text.Recipient(name, title, office, _address(fields, where), _email(fields, "email", where))


def _address(fields: Fields, where: str) -> tuple[str, ...]:
    value = fields.get("address")
    lines = value.split("\n") if isinstance(value, str) else value if value is not None else []
    if not isinstance(lines, list):
        raise IncomingError(f"“address” in {where} must be a list of lines, or a block that begins with |.")
    cleaned = [_line({"address": line}, "address", where) for line in lines]
    return tuple(line for line in cleaned if line)


def _email(fields: Fields, key: str, where: str) -> str:
    address = _line(fields, key, where)
    return checked(address, where) if address else ""


def _cosigners(fields: Fields, front: str) -> tuple[text.Cosigner, ...]:
    """Return those who are to be asked; raises `IncomingError` with all that is wrong with any of them, by its line."""
    found: list[text.Cosigner] = []
    wrong: list[tuple[int, str]] = []
    items = _list(fields, "cosigners")
    check_count(items)
    for number, item in enumerate(items, 1):
        try:
            found.append(_cosigner(item, f"co-signer {number}"))
        except IncomingError as error:
            found.append(text.Cosigner())
            wrong.append((number, str(error)))
    wrong += said_twice(found, "organisation", "acronym", "email")
    if wrong:
        lines = _lines_of(front, "cosigners")
        raise IncomingError(*the_first([f"Line {lines[number - 1]}: {said}" for number, said in sorted(wrong)]))
    return tuple(found)


def _lines_of(front: str, key: str) -> list[int]:
    """The line of the letter file at which each item of a list begins."""
    fields: Any = _Loader(front).get_single_node()
    items = next(value.value for name, value in fields.value if name.value == key)
    return [item.start_mark.line + 2 for item in items]


def _cosigner(item: Any, where: str) -> text.Cosigner:
    fields = _mapping(item, _COSIGNER_KEYS, where)
    organisation, acronym, signatory, title = (_line(fields, k, where) for k in _COSIGNER_KEYS[:4])
    if not organisation:
        raise IncomingError(f"{where.capitalize()} has no organisation. Add “organisation: ...”.")
    given = [key for key in ("email", "contact_email", "contact") if fields.get(key) is not None]
    if len(given) > 1:
        raise IncomingError(f"{where.capitalize()} has both {quoted(given[0])} and {quoted(given[1])}. Keep one.")
    required = fields.get("required", False)
    if not isinstance(required, bool):
        raise IncomingError(f"“required” in {where} must be true or false.")
    return text.Cosigner(
        organisation, acronym, signatory, title, _email(fields, given[0], where) if given else "", required
    )


def _language(fields: Fields, body: str) -> str:
    value = _line(fields, "language")
    if value and not (len(value) <= LONGEST_TAG and _LANGUAGE.fullmatch(value)):
        raise IncomingError(f"“language” must be a code such as en, fr or es, not {quoted(value[:40])}.")
    return value or language_of(body)


def _date(fields: Fields) -> date | None:
    value = fields.get("date")
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    raise IncomingError("“date” must be a day such as 2016-01-24, without quotation marks and without a time.")


def _zone(fields: Fields) -> str:
    zone = _line(fields, "timezone") or "UTC"
    if zone not in zones():
        raise IncomingError(f"There is no time zone {quoted(zone[:60])}. Write one such as Europe/Paris or UTC.")
    return zone


def _deadline(fields: Fields, zone: str) -> datetime | None:
    value = fields.get("deadline")
    if value is None:
        return None
    if isinstance(value, str):
        value = _moment(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time(23, 59))
    if not isinstance(value, datetime):
        raise IncomingError("“deadline” must be a day and a time such as 2016-01-20 18:00.")
    if not in_reach(value):
        raise IncomingError(
            f"“deadline” is out of reach. Write a day and a time from {EARLIEST} on, and at most {AHEAD} years ahead."
        )
    return (value if value.tzinfo else value.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def _moment(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value.strip())
    except ValueError:
        return None


def _minimum(fields: Fields) -> int:
    value = fields.get("minimum", 1)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 100_000:
        raise IncomingError("“minimum” must be a whole number from 1 on: how many must sign at least.")
    return value


def write_letter_file(imported: ImportedLetter) -> str:
    """Return a letter file that reads back as the same letter, date, co-signers and terms."""
    letter = imported.letter
    fields: dict[str, Any] = {
        "subject": letter.subject,
        "place": imported.place,
        "date": imported.date,
        "language": letter.language,
        "campaign": imported.campaign,
        "deadline": imported.deadline.astimezone(UTC).isoformat() if imported.deadline else None,
        "timezone": imported.timezone,
        "minimum": imported.minimum,
        "recipients": [_filled(_printed(recipient)) for recipient in letter.recipients],
        "salutation": letter.salutation,
        "closing": letter.closing,
        "cosigners": [
            _filled({key: getattr(cosigner, key) for key in _COSIGNER_KEYS[:6]}) for cosigner in imported.cosigners
        ],
    }
    front = yaml.safe_dump(_filled(fields), allow_unicode=True, sort_keys=False, width=1000)
    return f"---\n{front}---\n\n{letter.body}\n"


def _printed(recipient: text.Recipient) -> dict[str, Any]:
    return {key: getattr(recipient, key) for key in _RECIPIENT_KEYS} | {"address": list(recipient.address)}


def _filled(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value not in ("", None, [], False)}
