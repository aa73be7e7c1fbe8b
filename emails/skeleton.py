"""
The words that many mails share, with holes for what differs: compiled once, filled in for each mail.

A skeleton comes from the templates that `emails.message.build` renders, with a mark in the place of each value that
differs. Whatever a value changes is made when it is filled in: the lines of its paragraph, the quoted-printable of its
lines, the subject. All else is kept as it goes over the wire. So a mail that is filled in is, byte for byte, the one
that `build` makes of the same values.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

from emails import headers
from emails.dkim import DkimKey
from emails.headers import Head
from emails.message import assembled, quoted_printable
from emails.rendering import checked_subject, filled, plain, render, set_in_lines

if TYPE_CHECKING:
    from gettext import NullTranslations as Translations

Segment = Union[str, int, "Segments"]
"""Words, a hole by its number, or a paragraph that is set in lines once its holes are filled."""
Segments = tuple[Segment, ...]
Body = tuple[bytes | Segments, ...]
"""Whole lines: as they go over the wire, or with holes."""


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The words of mails: `holes` are the names of the values that fill them in."""

    holes: tuple[str, ...]
    subject: Segments
    text: Body
    html: Body

    def as_json(self) -> dict[str, object]:
        """Return what `from_json` makes it from again."""
        return {
            "holes": self.holes,
            "subject": self.subject,
            "text": [_kept(part) for part in self.text],
            "html": [_kept(part) for part in self.html],
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Skeleton:
        """Return the skeleton that was kept."""
        return cls(tuple(kept["holes"]), _segments(kept["subject"]), _read(kept["text"]), _read(kept["html"]))


def _kept(part: bytes | Segments) -> str | Segments:
    return part.decode("ascii") if isinstance(part, bytes) else part


def _read(kept: list[str | list[Any]]) -> Body:
    return tuple(part.encode() if isinstance(part, str) else _segments(part) for part in kept)


def _segments(kept: list[Any]) -> Segments:
    return tuple(_segments(one) if isinstance(one, list) else one for one in kept)


# --- filling in -----------------------------------------------------------------------------------------------------


def fill(
    skeleton: Skeleton,
    values: Mapping[str, str],
    head: Head,
    files: Sequence[bytes] = (),
    dkim: DkimKey | None = None,
) -> list[bytes]:
    """
    Return a mail as the pieces that it is joined from; `files` as `emails.message.file_part` makes them.

    Its values must be such as `fits` says. Raises what `emails.message.build` raises.
    """
    said = [values[name] for name in skeleton.holes]
    subject = checked_subject(_joined(skeleton.subject, said))
    said.append(subject)
    opening, text = headers.written(head, subject), _filled_in(skeleton.text, said)
    return assembled(head, opening, text, _filled_in(skeleton.html, [*map(_in_html, said)]), files, dkim)


def fits(value: str) -> bool:
    """Whether a value may fill a hole; one that may not is empty, or has what templates or HTML drop or change."""
    return bool(value) and value.strip("\n") == value and "\0" not in value and "\r" not in value


def _filled_in(body: Body, said: Sequence[str]) -> list[bytes]:
    return [part if isinstance(part, bytes) else quoted_printable(_joined(part, said)) for part in body]


def _joined(segments: Segments, said: Sequence[str]) -> str:
    return "".join([_words(one, said) for one in segments])


def _words(segment: Segment, said: Sequence[str]) -> str:
    if isinstance(segment, str):
        return segment
    return said[segment] if isinstance(segment, int) else set_in_lines(_joined(segment, said))


def _in_html(value: str) -> str:
    """Return words as they stand in HTML once its styles were put on its elements."""
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\xa0", "&nbsp;")


# --- compiling ------------------------------------------------------------------------------------------------------


NONCE = secrets.token_hex(8)
"""Nobody can write a mark into a letter: it is another one in each process, and stands in no mail."""
MARK = re.compile(f"\ue000{NONCE}([0-9]+|[be])\ue001")

BEGIN, END = "b", "e"
"""What marks a paragraph that is set in lines once it is filled."""


def _mark(what: int | str) -> str:
    """Return a mark that templates and HTML leave as it is: characters for private use around letters and digits."""
    return f"\ue000{NONCE}{what}\ue001"


@dataclass(slots=True)
class _Marks:
    """How `emails.rendering` marks what differs; the subject's mark comes after those of the holes."""

    subject: str

    @staticmethod
    def is_in(words: str) -> bool:
        return MARK.search(words) is not None

    @staticmethod
    def line(words: str) -> str:
        if MARK.search(words):
            raise ValueError("A value that differs from mail to mail can be set by `filled`, not by `plain`.")
        return plain(words)

    @staticmethod
    def paragraph(words: str) -> str:
        return f"{_mark(BEGIN)}{plain(words)}{_mark(END)}" if MARK.search(words) else filled(words)


def compile_skeleton(
    templates: Path,
    name: str,
    data: Mapping[str, object],
    holes: Collection[str],
    translations: Translations | None = None,
    addresses: Collection[str] = ("link", "stop"),
) -> Skeleton:
    """
    Compile the folder `name` in `templates` for all mails that differ in `holes` alone.

    Templates must neither ask what such a value is nor change it, other than by `filled`. They may ask whether it is
    empty: one that is belongs to `data`. In an attribute of the HTML only `addresses` may stand, for nothing is escaped
    there. Raises ValueError for another one, and what `emails.rendering.render` raises.
    """
    numbers = {hole: number for number, hole in enumerate(holes)}
    marked = {hole: _mark(number) for hole, number in numbers.items()}
    words = render(templates, name, {**data, **marked}, translations, _Marks(_mark(len(numbers))))
    _check_attributes(words.html, {numbers[hole] for hole in numbers if hole not in addresses})
    return Skeleton(tuple(numbers), _segments_of(words.subject), _body(words.text), _body(words.html))


def _check_attributes(rich: str, forbidden: Collection[int]) -> None:
    """A tag is what is between `<` and `>`: in text, both are escaped."""
    for mark in MARK.finditer(rich):
        in_tag = rich.rfind("<", 0, mark.start()) > rich.rfind(">", 0, mark.start())
        if in_tag and int(mark[1]) in forbidden:
            before = rich[mark.start() - 80 : mark.start()]
            raise ValueError(f"A value that differs from mail to mail stands in an attribute: {before}")


def _body(words: str) -> Body:
    """Whole lines with a hole, and those without one, in turn."""
    lines = re.sub(r"\r\n|\r", "\n", words).split("\n")
    groups = groupby(lines, key=lambda line: MARK.search(line) is not None)
    return tuple(_part("\n".join(group), marked) for marked, group in groups)


def _part(lines: str, marked: bool) -> bytes | Segments:
    return _segments_of(lines) if marked else quoted_printable(lines)


def _segments_of(words: str) -> Segments:
    """Words as they stand, numbers in the place of marks; what is between two marks of a paragraph, together."""
    found: list[Segment] = []
    before: list[Segment] = []
    for number, piece in enumerate(MARK.split(words)):
        if number % 2 == 0:
            found += [piece] if piece else []
        elif piece == BEGIN:
            before, found = found, []
        elif piece == END:
            found = [*before, tuple(found)]
        else:
            found.append(int(piece))
    return tuple(found)
