"""Reports that are written for machines: of deliveries (RFC 3464), complaints (RFC 5965), receipts (RFC 8098)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from email.message import Message
from typing import Literal

from emails.bounces.failed import STATUS, Failed, tells_more
from emails.bounces.parts import ADDRESS, LONGEST_WORDS, MOST_HEADERS, Part, address_in, mailboxes, one_line, payload

Became = Literal["returned", "delayed", "delivered", "automatic", "complaint"]

ACTIONS: dict[str, Became] = {
    "failed": "returned",
    "delayed": "delayed",
    "delivered": "delivered",
    "relayed": "delivered",
    "expanded": "delivered",
}
NO_COMPLAINTS = ("not-spam", "auth-failure", "dmarc", "virus-cleaned")


def reported(message: Message, parts: Sequence[Part]) -> tuple[Became, tuple[Failed, ...]] | None:
    """Return what a report says that is written for machines; None where it is none."""
    for part in parts:
        if part.kind == "message/feedback-report":
            feedback = _fields(_whole(part.message)).get("feedback-type", "abuse").strip().lower()
            return ("automatic" if feedback in NO_COMPLAINTS else "complaint"), ()
        if part.kind == "message/delivery-status":
            found = list(_recipients(part.message))
            if found:
                return _agreed(found), tuple(found)
        if part.kind == "message/disposition-notification" and not _is_rejected(_whole(part.message)):
            return "automatic", ()
    return None


def _is_rejected(disposition: str) -> bool:
    """Whether a receipt says that a machine threw the mail away: so does Dovecot of a full mailbox."""
    said_so = _fields(disposition).get("disposition", "").lower()
    return "automatic-action" in said_so and said_so.rpartition(";")[2].strip() in ("deleted", "denied", "failed")


def _agreed(found: Sequence[Failed]) -> Became:
    """What became of the mail, by what is worst for one of its addresses: each of ours has one."""
    kinds = [_became(one) for one in found]
    return next(kind for kind in ("returned", "delayed", "delivered") if kind in kinds)


def _became(one: Failed) -> Became:
    if one.action in ACTIONS:
        return ACTIONS[one.action]
    by_class: dict[str, Became] = {"2": "delivered", "4": "delayed"}
    return by_class.get(one.status[:1], "returned")


def _recipients(part: Message) -> Iterator[Failed]:
    """Give each address of a delivery report."""
    below = part.get_payload()
    blocks = below if isinstance(below, list) else []
    texts = [_lines(block) for block in blocks] if blocks else re.split(r"\n\s*\n", payload(part))
    for text in texts[:50]:
        fields = _fields(text)
        action = fields.get("action", "").split("(")[0].strip().lower()
        status = STATUS.search(fields.get("status", ""))
        to = fields.get("final-recipient") or fields.get("original-recipient") or ""
        if not (action or status) or not (to or "status" in fields):
            continue
        address = to.rpartition(";")[2].strip(" <>\t")
        words = fields.get("diagnostic-code", "").partition(";")[2] or fields.get("diagnostic-code", "")
        precise = STATUS.search(words)
        known = status[0] if status else precise[0] if precise else ""
        if precise and not tells_more(known) and precise[0][:1] == known[:1]:
            known = precise[0]
        yield Failed(address_in(address), known, one_line(words), action)


def _lines(block: object) -> str:
    if not isinstance(block, Message):
        return str(block)
    head = "\n".join(f"{name}: {value}" for name, value in block.items()[:MOST_HEADERS])
    rest = block.get_payload()
    return f"{head}\n\n{rest if isinstance(rest, str) else ''}"[:LONGEST_WORDS]


def _whole(part: Message) -> str:
    below = part.get_payload()
    if isinstance(below, list):
        return "\n".join(_lines(one) for one in below[:10])
    return payload(part)


def _fields(text: str) -> dict[str, str]:
    """Return the fields of a block of a report, each once, with the lines that go on."""
    fields: dict[str, str] = {}
    name = ""
    for line in text[:LONGEST_WORDS].splitlines()[:MOST_HEADERS]:
        if line[:1] in " \t" and name:
            fields[name] += f" {line.strip()}"
            continue
        before, colon, after = line.partition(":")
        name = before.strip().lower() if colon and " " not in before.strip() else ""
        if name in fields:
            name = f"{name} again"
        if name:
            fields[name] = after.strip()
    return fields


def addresses_inside(parts: Sequence[Part]) -> Iterator[str]:
    """Give the addresses that stand in a report and in the head of what it returns, signed ones among them."""
    for part in parts[:20]:
        if part.deep:
            yield from _mailboxes_of_a_head(part.message)
        if part.kind in ("message/delivery-status", "message/feedback-report"):
            yield from (one.lower() for one in ADDRESS.findall(_whole(part.message))[:50])
        elif part.kind in ("text/rfc822-headers", "text/plain", "message/rfc822-headers"):
            yield from (one.lower() for one in ADDRESS.findall(payload(part.message))[:200])


def _mailboxes_of_a_head(message: Message) -> Iterator[str]:
    for _, address in mailboxes(message, ("Return-Path", "Reply-To", "X-Envelope-From", "X-Original-From")):
        yield address
