"""The words of one paragraph of Markdown: what is printed and how, line breaks, links, marks of footnotes, in order."""

from __future__ import annotations

import html.entities
import re
import unicodedata
from dataclasses import dataclass, field
from typing import NamedTuple

from workflow.verify.delimiters import Delimiter, match_delimiters, used_delimiters
from workflow.verify.links import is_refused, readable, written
from workflow.verify.report import VerificationError

BLANKS = "\t\n\x0b\x0c\r \xa0\u1680\u202f\u205f\u3000\u2028\u2029" + "".join(map(chr, range(0x2000, 0x200B)))
SPACES = set(BLANKS) - {"\u2028", "\u2029"}
DEEPEST_INLINE = 200
PLAIN = re.compile(r"[^\n!#$%&*+\-:<=>@\[\\\]^_`{}~]+")
ESCAPABLE = set("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
NUMBERED = re.compile(r"&#(x[a-f0-9]{1,6}|[0-9]{1,7});", re.IGNORECASE)
NAMED = re.compile(r"&([a-z][a-z0-9]{1,31});", re.IGNORECASE)
ADDRESS = re.compile(r"([a-zA-Z][a-zA-Z0-9+.\-]{1,31}):([^<>\x00-\x20]*)")
LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
MAILBOX = re.compile(rf"[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{LABEL}(?:\.{LABEL})*")
UNESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])|&([a-z#][a-z0-9]{1,31});", re.IGNORECASE)
ENTITIES = {name.rstrip(";"): said for name, said in html.entities.html5.items()}
NOTE_MARK = re.compile(r"\[\^([^\] \n]+)\]")
LONGEST_LABEL = 999
NOTES_IN_NOTES = 2
"""How deep notes may stand in each other; a deeper one is words."""
MOST_WORK = 4_000_000


class Budget:
    """Counts the work of reading a text, so that none can take for ever."""

    def __init__(self) -> None:
        self.left = MOST_WORK

    def spend(self, work: int) -> None:
        """Take work off. Raises VerificationError when there is none left."""
        self.left -= work
        if self.left < 0:
            raise VerificationError("is written so that reading it takes too long")


class Inline(NamedTuple):
    """
    A piece of a paragraph: `text`, `code`, `break`, `link`, `link_end` (words: the target; tip) or `note` (number).

    Where words begin to be bold or in italics stand `bold` and `italic`, and behind them `bold_end` and `italic_end`.
    """

    kind: str
    words: str = ""
    number: int = 0
    tip: str = ""


@dataclass
class Note:
    """A footnote: by its label, or written where it is referred to (`words`)."""

    label: str | None
    words: list[Inline] = field(default_factory=list)


class Reader:
    """Reads paragraphs in the order of the text, and numbers the footnotes as they are referred to."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.labels: dict[str, int] = {}
        self.notes: list[Note] = []
        self.depth = 0

    def read(self, source: str) -> list[Inline]:
        """Return the pieces of one paragraph."""
        return _Paragraph(self, source).read()


class _Paragraph:
    """One paragraph while it is read; `silent` looks for where a piece ends and leaves no trace."""

    def __init__(self, reader: Reader, source: str) -> None:
        self.reader, self.source = reader, source
        self.at, self.end, self.level = 0, len(source), 0
        self.pieces: list[Inline] = []
        self.plain: list[str] = []
        self.skipped: dict[int, int] = {}
        self.labels: dict[tuple[int, bool], int] = {}
        self.delimiters: list[Delimiter] = []
        self.groups: list[list[Delimiter]] = [self.delimiters]
        self.outer: list[list[Delimiter]] = []
        self.ticks: dict[int, int] | None = None
        self.last_closed = source.rfind("]")
        self.rules = {
            "\n": self._newline, "\\": self._escape, "`": self._code, "*": self._emphasis, "_": self._emphasis,
            "[": self._bracket, "^": self._inline_note, "<": self._address, "&": self._entity,
        }  # fmt: skip

    def read(self) -> list[Inline]:
        self._run()
        for group in self.groups:
            match_delimiters(group, self.reader.budget.spend)
            for one, kind in used_delimiters(group).items():
                self.pieces[one] = Inline(kind)
        return [piece for piece in self.pieces if piece != Inline("text", "")]

    def _run(self) -> None:
        while self.at < self.end:
            self.reader.budget.spend(1)
            if not (self.level < DEEPEST_INLINE and self._one(False)):
                self.plain.append(self.source[self.at])
                self.at += 1
        self._flush()

    def _flush(self) -> None:
        if self.plain:
            self.pieces.append(Inline("text", "".join(self.plain)))
            self.plain = []

    def _push(self, piece: Inline) -> None:
        self._flush()
        self.pieces.append(piece)

    def _one(self, silent: bool) -> bool:
        found = PLAIN.match(self.source, self.at, self.end)
        if found:
            if not silent:
                self.plain.append(found[0])
            self.at = found.end()
            return True
        rule = self.rules.get(self.source[self.at])
        return rule is not None and rule(silent)

    def _skip(self) -> None:
        """Go behind the piece that stands here."""
        self.reader.budget.spend(1)
        start = self.at
        if start in self.skipped:
            self.at = self.skipped[start]
            return
        found = False
        if self.level < DEEPEST_INLINE:
            self.level += 1
            found = self._one(True)
            self.level -= 1
        else:
            self.at = self.end
        if not found:
            self.at += 1
        self.skipped[start] = self.at

    def _newline(self, silent: bool) -> bool:
        if not silent:
            before = "".join(self.plain)
            bare = before.rstrip(" ")
            kind = "break" if len(before) - len(bare) > 1 else "soft"
            self.plain = [bare] if bare else []
            self._push(Inline("break") if kind == "break" else Inline("text", " "))
        self.at += 1
        self._over_blanks()
        return True

    def _over_blanks(self, also: str = "") -> None:
        while self.at < self.end and (self.source[self.at] in " \t" or self.source[self.at] in also):
            self.at += 1

    def _escape(self, silent: bool) -> bool:
        if self.at + 1 >= self.end:
            return False
        following = self.source[self.at + 1]
        self.at += 2
        if following == "\n":
            if not silent:
                self._push(Inline("break"))
            self._over_blanks()
        elif not silent:
            self._push(Inline("text", following if following in ESCAPABLE else "\\" + following))
        return True

    def _code(self, silent: bool) -> bool:
        opened = re.compile("`+").match(self.source, self.at, self.end)
        assert opened is not None
        length = len(opened[0])
        if self.ticks is None:
            self.ticks = {len(run[0]): run.start() for run in re.finditer("`+", self.source)}
        if self.ticks.get(length, -1) >= opened.end():
            for run in re.compile("`+").finditer(self.source, opened.end()):
                self.reader.budget.spend(1)
                if run.end() > self.end:
                    break
                if len(run[0]) == length:
                    self._take_code(self.source[opened.end() : run.start()], silent)
                    self.at = run.end()
                    return True
        if not silent:
            self.plain.append(opened[0])
        self.at = opened.end()
        return True

    def _take_code(self, content: str, silent: bool) -> None:
        if silent:
            return
        said = content.replace("\n", " ")
        padded = said.startswith(" ") and said.endswith(" ") and said.strip(" ")
        self._push(Inline("code", said[1:-1] if padded else said))

    def _emphasis(self, silent: bool) -> bool:
        if silent:
            return False
        marker, start = self.source[self.at], self.at
        after = start
        while after < self.end and self.source[after] == marker:
            after += 1
        last = self.source[start - 1] if start else " "
        following = self.source[after] if after < self.end else " "
        left = not (following in SPACES or (_is_sign(following) and not (last in SPACES or _is_sign(last))))
        right = not (last in SPACES or (_is_sign(last) and not (following in SPACES or _is_sign(following))))
        opens = left and (marker == "*" or not right or _is_sign(last))
        closes = right and (marker == "*" or not left or _is_sign(following))
        for _ in range(after - start):
            self._push(Inline("text", marker))
            self.delimiters.append(Delimiter(marker, after - start, len(self.pieces) - 1, opens, closes))
        self.at = after
        return True

    def _label_end(self, start: int, nested: bool) -> int:
        """Where the bracket that opens at `start` is closed; -1 where it is not, or holds another."""
        if start > self.last_closed:
            return -1  # Nothing closes it.
        if (start, nested) in self.labels:
            return self.labels[start, nested]
        old, self.at, depth, found = self.at, start + 1, 1, -1
        while self.at < self.end:
            marker, before = self.source[self.at], self.at
            if marker == "]":
                depth -= 1
                if depth == 0:
                    found = before
                    break
            self._skip()
            if marker == "[":
                inner = self.labels.get((before, nested))
                if inner == -1 or (not nested and self.at != before + 1):
                    break  # What is open within is open around it too.
                if inner is not None:
                    self.at = inner + 1
                elif self.at == before + 1:
                    depth += 1
        self.at = old
        self.labels[start, nested] = found
        return found

    def _bracket(self, silent: bool) -> bool:
        return self._link(silent) or self._note(silent)

    def _link(self, silent: bool) -> bool:
        start, end = self.at, self.end
        closed = self._label_end(start, nested=False)
        if closed < 0 or self.source[closed + 1 : closed + 2] != "(" or closed + 1 >= end:
            return False
        self.at = closed + 2
        target, tip = self._target()
        if self.at >= end or self.source[self.at] != ")":
            self.at = start
            return False
        after = self.at + 1
        if not silent:
            self.at, self.end = start + 1, closed
            self._push(Inline("link", target, tip=tip))
            self.outer.append(self.delimiters)
            self.delimiters = []
            self.groups.append(self.delimiters)
            self.level += 1
            self._run()
            self.level -= 1
            self.delimiters = self.outer.pop()
            self._push(Inline("link_end", target))
        self.at, self.end = after, end
        return True

    def _target(self) -> tuple[str, str]:
        """Read where a link leads, and the title behind it; goes on as far as they hold."""
        self._over_blanks("\n")
        target, tip = "", ""
        if self.at >= self.end:
            return target, tip
        found = self._destination()
        if found is not None:
            said, after = found
            target = written(said)
            if is_refused(target):
                target, after = "", self.at
            start = self.at = after
            self._over_blanks("\n")
            title = self._title() if self.at < self.end and self.at != start else None
            if title is not None:
                tip, self.at = title
                self._over_blanks("\n")
        return target, tip

    def _destination(self) -> tuple[str, int] | None:
        source, at, depth = self.source, self.at, 0
        if source[at] == "<":
            return _pointed(source, at, self.end)
        while at < self.end:
            self.reader.budget.spend(1)
            character = source[at]
            if character <= " " or character == "\x7f":
                break
            if character == "\\" and at + 1 < self.end:
                if source[at + 1] == " ":
                    break
                at += 2
                continue
            if character == "(":
                depth += 1
                if depth > 32:
                    return None
            if character == ")":
                if depth == 0:
                    break
                depth -= 1
            at += 1
        if at == self.at or depth:
            return None
        return _unescaped(source[self.at : at]), at

    def _title(self) -> tuple[str, int] | None:
        source, opened = self.source, self.source[self.at]
        if opened not in "\"'(":
            return None
        closing, at = ")" if opened == "(" else opened, self.at + 1
        while at < self.end:
            self.reader.budget.spend(1)
            if source[at] == closing:
                return _unescaped(source[self.at + 1 : at]), at + 1
            if source[at] == "(" and closing == ")":
                return None
            at += 2 if source[at] == "\\" and at + 1 < self.end else 1
        return None

    def _inline_note(self, silent: bool) -> bool:
        start = self.at
        if self.reader.depth == NOTES_IN_NOTES or not self.source.startswith("^[", start, self.end):
            return False
        closed = self._label_end(start + 1, nested=True)
        if closed < 0:
            return False
        if not silent:
            note = Note(None)
            number = len(self.reader.notes)
            self.reader.notes.append(note)
            self.reader.depth += 1
            note.words = self.reader.read(self.source[start + 2 : closed])
            self.reader.depth -= 1
            self._push(Inline("note", number=number))
        self.at = closed + 1
        return True

    def _note(self, silent: bool) -> bool:
        found = NOTE_MARK.match(self.source, self.at, min(self.end, self.at + LONGEST_LABEL))
        if found is None or found[1] not in self.reader.labels:
            return False
        if self.source.startswith(":", found.end()) and self.source[max(self.at - 1, 0) : self.at] in ("", "\n"):
            # It begins words that are no note: no mark of one.
            return False
        if not silent:
            number = self.reader.labels[found[1]]
            if number < 0:
                number = self.reader.labels[found[1]] = len(self.reader.notes)
                self.reader.notes.append(Note(found[1]))
            self._push(Inline("note", number=number))
        self.at = found.end()
        return True

    def _address(self, silent: bool) -> bool:
        found = re.compile("<([^<>]*)>").match(self.source, self.at, self.end)
        if found is None:
            return False
        said = found[1]
        if not ADDRESS.fullmatch(said):
            if not MAILBOX.fullmatch(said):
                return False
            target = written("mailto:" + said)
        else:
            target = written(said)
        if is_refused(target):
            return False
        if not silent:
            # No link holds another: within the words of one, an address is words.
            within = bool(self.outer)
            if not within:
                self._push(Inline("link", target))
            self._push(Inline("text", readable(said)))
            if not within:
                self._push(Inline("link_end", target))
        self.at = found.end()
        return True

    def _entity(self, silent: bool) -> bool:
        found = NUMBERED.match(self.source, self.at) or NAMED.match(self.source, self.at)
        if found is None:
            return False
        if found[0][1] == "#":
            digits = found[1]
            code = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
            said: str | None = chr(code) if _is_character(code) else "\ufffd"
        else:
            said = ENTITIES.get(found[1])
        if said is None:
            return False
        if not silent:
            self._push(Inline("text", said))
        self.at = found.end()
        return True


def _pointed(source: str, start: int, end: int) -> tuple[str, int] | None:
    """A link's target in pointed brackets."""
    at = start + 1
    while at < end:
        if source[at] in "\n<":
            return None
        if source[at] == ">":
            return _unescaped(source[start + 1 : at]), at + 1
        at += 2 if source[at] == "\\" and at + 1 < end else 1
    return None


def _is_sign(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS"


def _is_character(code: int) -> bool:
    """Whether a numbered entity stands for a character that may be printed."""
    wrong = 0xD800 <= code <= 0xDFFF or 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE or code > 0x10FFFF
    return not (wrong or code <= 8 or code == 0x0B or 0x0E <= code <= 0x1F or 0x7F <= code <= 0x9F)


def _unescaped(words: str) -> str:
    return UNESCAPED.sub(lambda found: found[1] or _entity_said(found[0], found[2]), words)


def _entity_said(whole: str, name: str) -> str:
    if name in ENTITIES:
        return ENTITIES[name]
    number = re.fullmatch(r"#([0-9]{1,8})|#[xX]([a-fA-F0-9]{1,8})", name)
    if number is None:
        return whole
    code = int(number[1]) if number[1] else int(number[2], 16)
    return chr(code) if _is_character(code) else whole
