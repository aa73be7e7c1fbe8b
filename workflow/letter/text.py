"""
A letter's text: what a signatory agrees to, its canonical form and its digest, and how it reads.

Pure: no web, no database. The body is CommonMark; every output (page, paper, mail) comes from `parse`.
"""

from __future__ import annotations

import hashlib
import json
import re
import textwrap
import unicodedata
from dataclasses import dataclass
from typing import Any

import rfc8785
from markdown_it.token import Token

from workflow.letter import markdown

SHORT_DIGEST = 12
"""How many hex digits of a digest people are shown."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person and office that the letter goes to; `address` holds the postal lines in order."""

    name: str = ""
    title: str = ""
    office: str = ""
    address: tuple[str, ...] = ()
    email: str = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """The recipient's block as it is printed, from the name to the last postal line."""
        return tuple(line for line in (self.name, self.title, self.office, *self.address) if line)


@dataclass(frozen=True, slots=True)
class Cosigner:
    """An organisation asked to co-sign, and the person who is to sign for it."""

    organisation: str = ""
    acronym: str = ""
    signatory: str = ""
    title: str = ""
    email: str = ""
    required: bool = False
    contact_name: str = ""
    """Who reads at that address, where it is not the signatory."""
    country: str = ""
    language: str = ""
    """What it is written to in; empty: as the directory says, else the letter's language."""
    timezone: str = ""
    known: str = ""
    """Its id in the directory, where it was chosen there."""
    individual: bool = False
    """Somebody who is asked in their own name; `signatory` is theirs, and so is `organisation` where it is kept."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One name as it is printed below the letter."""

    name: str
    title: str
    organisation: str
    acronym: str = ""
    country: str = ""
    """Where the organisation is at home: not printed with the name, only as a heading of a list by country."""
    individual: bool = False
    """Somebody who signs in their own name: it stands in a second list, with the title alone."""

    @property
    def lines(self) -> tuple[str, ...]:
        """The signature block as it is printed: the name, the title, the organisation with its acronym."""
        if self.individual:
            return tuple(line for line in (self.name or self.organisation, self.title) if line)
        shown = self.organisation
        if self.acronym and self.acronym.casefold() not in shown.casefold():
            shown = f"{shown} ({self.acronym})" if shown else self.acronym
        return tuple(line for line in (self.name, self.title, shown) if line)


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything that a signatory agrees to. The date, the letterhead and the signatories are not in it."""

    language: str = "en"
    subject: str = ""
    recipients: tuple[Recipient, ...] = ()
    salutation: str = ""
    body: str = ""
    closing: str = ""

    def canonical(self) -> bytes:
        """Return the canonical form: RFC 8785 JSON of the normalised text, without mail addresses."""
        return rfc8785.dumps(
            {
                "body": clean_block(self.body),
                "closing": clean_line(self.closing),
                "language": self.language,
                "recipients": [
                    {
                        "address": [clean_line(line) for line in recipient.address],
                        "name": clean_line(recipient.name),
                        "office": clean_line(recipient.office),
                        "title": clean_line(recipient.title),
                    }
                    for recipient in self.recipients
                ],
                "salutation": clean_line(self.salutation),
                "subject": clean_line(self.subject),
            }
        )

    def digest(self) -> str:
        """Return the SHA-256 of the canonical form, as 64 hex digits."""
        return hashlib.sha256(self.canonical()).hexdigest()

    @property
    def short_digest(self) -> str:
        """The first 12 hex digits of the digest, as people are shown it."""
        return self.digest()[:SHORT_DIGEST]


def sorting_key(words: str) -> str:
    """Return what names are put in alphabetical order by: small letters, without accents and marks."""
    return _SIGNS.sub("", unicodedata.normalize("NFKD", words.casefold())).strip()


_SIGNS = re.compile(r"[^\w\s]|_")
"""What is neither a letter nor a digit nor a blank."""


_ALIKE = str.maketrans("łøđıħŧىیےةۀک", "lodihtيييههك") | {0x640: None, ord("æ"): "ae", ord("œ"): "oe"}
"""Letters that are no letter with a mark, and are typed as others where a keyboard lacks them; and the tatweel."""


def folded(*words: str) -> str:
    """
    Return what a search compares: without case, accents and marks, in every script; the parts in a line each.

    What is looked for is folded the same way. The order of names by alphabet (`sorting_key`) is nearly theirs.
    """
    plain = (part.lower() if part.isascii() else _alike(part) for part in map(sorting_key, filter(None, words)))
    return "\n".join(" ".join(part.split()) for part in plain)


def _alike(plain: str) -> str:
    return sorting_key(plain.translate(_ALIKE).casefold())


def from_canonical(canonical: bytes) -> Letter:
    """Read a letter back from its canonical form (mail addresses are not in it); of one that was erased it is empty."""
    if not canonical:
        return Letter(language="en", subject="[erased]", recipients=(), salutation="", body="", closing="")
    fields = rfc8785_loads(canonical)
    printed = [{**recipient, "address": tuple(recipient["address"])} for recipient in fields.pop("recipients")]
    recipients = tuple(Recipient(**recipient) for recipient in printed)
    return Letter(recipients=recipients, **fields)


def rfc8785_loads(canonical: bytes) -> dict[str, Any]:
    """Parse canonical JSON into a dict; raises ValueError when the bytes are not in canonical form."""
    value = json.loads(canonical)
    if not isinstance(value, dict) or rfc8785.dumps(value) != canonical:
        raise ValueError("These bytes are not canonical JSON (RFC 8785).")
    return value


_CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))]
_NOT_IN_LINES = str.maketrans(dict.fromkeys(c for c in _CONTROLS if not c.isspace()))
_NOT_IN_BLOCKS = str.maketrans(dict.fromkeys(c for c in _CONTROLS if c not in "\n\t"))


def clean_line(line: str) -> str:
    """Normalise one line: NFC, white space folded, no control characters, none at the ends."""
    normal = unicodedata.normalize("NFC", line)
    return " ".join((normal if normal.isprintable() else normal.translate(_NOT_IN_LINES)).split())


def clean_block(block: str) -> str:
    """Normalise a text of several lines: NFC, LF, no trailing blanks, no blank lines at the ends."""
    unified = unicodedata.normalize("NFC", block).replace("\r\n", "\n").replace("\r", "\n")
    kept = unified.translate(_NOT_IN_BLOCKS)
    return "\n".join(line.rstrip() for line in kept.split("\n")).strip("\n")


def parse(body: str) -> list[Token]:
    """Parse a body into markdown-it tokens: the one parse behind pages, paper and mails."""
    return markdown.parse(clean_block(body))


def to_html(body: str) -> str:
    """Return the body as HTML that holds no script and loads nothing."""
    return markdown.to_html(parse(body))


def paragraphs_html(body: str) -> list[str]:
    """Return each top-level block as HTML, in order, so that a page can number them; notes come last."""
    blocks: list[list[Token]] = []
    depth = 0
    for token in parse(body):
        if depth == 0:
            blocks.append([])
        depth += token.nesting
        blocks[-1].append(token)
    return [markdown.to_html(block) for block in blocks]


def paragraphs(body: str) -> list[str]:
    """Split a body into its top-level blocks, each as its own Markdown, in order; no line is lost."""
    lines = clean_block(body).split("\n")
    spans = [(t.map[0], t.map[1]) for t in parse(body) if t.level == 0 and t.map and t.nesting >= 0]
    blocks: list[str] = []
    reached = 0
    for first, last in sorted(spans):
        blocks.append("\n".join(lines[reached:first]))
        blocks.append("\n".join(lines[first:last]))
        reached = max(reached, last)
    blocks.append("\n".join(lines[reached:]))
    return [block.strip("\n") for block in blocks if block.strip()]


def to_plain(body: str, width: int = 72) -> str:
    """Return the body as plain text for a mail: marks resolved, lines filled to `width` columns."""
    return "\n\n".join(_plain_block(block, width) for block in paragraphs(body))


def _plain_block(block: str, width: int) -> str:
    tokens = parse(block)
    rendered: list[str] = []
    lists: list[list[int | None]] = []
    cells: list[str] | None = None
    lead = ""
    quoted = 0
    for token in tokens:
        if token.type == "bullet_list_open":
            lists.append([None])
        elif token.type == "ordered_list_open":
            lists.append([int(token.attrGet("start") or 1)])
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        elif token.type == "list_item_open":
            number = lists[-1][0]
            lead = "- " if number is None else f"{number}. "
            if number is not None:
                lists[-1][0] = number + 1
        elif token.type == "blockquote_open":
            quoted += 1
        elif token.type == "blockquote_close":
            quoted -= 1
        elif token.type in ("fence", "code_block"):
            rendered.append(token.content.rstrip("\n"))
        elif token.type == "hr":
            rendered.append("* * *")
        elif token.type == "tr_open":
            cells = []
        elif token.type == "tr_close":
            rendered.append(" | ".join(cells or ()))
            cells = None
        elif token.type == "inline" and cells is not None:
            cells.append(plain_inline(token))
        elif token.type == "inline":
            indent = "    " * (len(lists) - 1) if lists else "> " * quoted
            hanging = indent + (" " * len(lead) if lists else "")
            rendered.append(_fill(plain_inline(token), width, indent + lead, hanging))
            lead = " " * len(lead)
    return "\n".join(rendered)


def _fill(content: str, width: int, first: str, rest: str) -> str:
    return "\n".join(
        textwrap.fill(
            line, width, initial_indent=first, subsequent_indent=rest,
            break_long_words=False, break_on_hyphens=False,
        )
        for line in content.split("\n")
    )  # fmt: skip


def plain_inline(token: Token) -> str:
    """Return what an inline token says without its marks; a link is followed by its address."""
    said: list[str] = []
    targets: list[str] = []
    for child in token.children or []:
        if child.type in ("text", "code_inline"):
            said.append(child.content)
        elif child.type == "softbreak":
            said.append(" ")
        elif child.type == "hardbreak":
            said.append("\n")
        elif child.type == "link_open":
            targets.append(str(child.attrGet("href") or ""))
        elif child.type == "link_close":
            target = targets.pop()
            if target.removeprefix("mailto:") not in "".join(said):
                said.append(f" <{target}>")
        elif child.type == "footnote_ref":
            said.append(f"[{int(child.meta['id']) + 1}]")
    return "".join(said)
