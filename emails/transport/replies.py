"""
What a mail server's answer means: from its code and words to one outcome. Opens no connection.

Source of the classes: RFC 5321 section 4.2, RFC 3463 and the IANA list of enhanced status codes.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["accepted", "deferred", "rejected", "uncertain", "sender_refused", "abandoned"]
Stage = Literal["session", "MAIL", "RCPT", "DATA", "dot"]

CONNECTING = "connecting"
"""Where a message is before the first of the steps."""

STEPS = ("connected", "after_mail", "after_rcpt", "after_354", "body_without_dot", "marked", "dot_sent", "answered")
"""The named steps of one transaction, in order. From `dot_sent` on, a lost answer is uncertain."""

LONGEST_TEXT = 1000

AUTHENTICATION = (530, 534, 535, 538)
ABOUT_THE_RECIPIENT = ("5.7.2", "5.7.17", "5.7.18", "5.7.124", "5.7.129", "5.7.133", "5.7.134", "5.7.135", "5.7.136")
"""Policy codes that speak of this one address: a closed list or group, a mailbox or domain with a new owner."""
BAD_SENDER = ("5.1.7", "5.1.8")
TOO_BIG = ("5.2.3", "5.3.4")
CLOSING = 421
OF_US = ("4.4.5", "4.5.3")
"""The server is busy, or has had more recipients than it likes: a mail of ours has one."""
OF_ANYTHING = ("4.7.0", "4.7.1")
""""Policy": greylisting as often as a limit."""

ENHANCED = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])")
GREYLISTED = re.compile(r"gr[ea]y[- ]?list", re.IGNORECASE)
COME_BACK = re.compile(r"try (again|later)|temporar", re.IGNORECASE)
TOO_MUCH = re.compile(
    r"\btoo (many|much|fast)\b|\bslow down\b|\brate\b|\bthrottl|\bconcurren|\bserver busy\b"
    r"|\b(daily|hourly|sending|submission|messages|messaging|recipients?|connections?|queue)\b.{0,20}\b(limits?|quota)\b",
    re.IGNORECASE,
)
SENT_ENOUGH = re.compile(
    r"\b(daily|hourly|sending|submission)\b.{0,20}\b(limit|quota|rate)\b.{0,20}\bexceeded", re.IGNORECASE
)
MAILBOX_FULL = re.compile(r"mailbox (is )?full|over ?quota|quota exceeded|exceeded? (storage|quota)", re.IGNORECASE)
POLICY = re.compile(
    r"\brelay(ing)?\b.*\b(denied|not|prohibited)\b|\bunable to relay\b|\b(spf|dkim|dmarc|rbl|dnsbl|spamhaus)\b"
    r"|\b(black|block) ?list|\bclient host\b.*\bblocked\b|\bnot authenticated\b|\bauthentication required\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What became of one message.

    `accepted`: the server has taken it on. `deferred`: not now, try later. `rejected`: never, for this message or
    address. `uncertain`: the dot was sent and the answer lost. `sender_refused`: the server refuses us or is not to be
    trusted, whatever the address: nothing was taken, the operator has to act. `abandoned`: the caller said no before
    the dot. `code` and `enhanced` are the server's, `text` its own words (ours where it said nothing), `step` the
    last of STEPS that was reached. `slow_down`: the server speaks of us or of how much we send (too many connections,
    too many mails, not now), not of this address: whoever has more for it waits, and says why.
    """

    verdict: Verdict
    code: int | None
    text: str
    step: str = CONNECTING
    enhanced: str = ""
    slow_down: bool = False


def refusal(code: int, words: bytes, stage: Stage, step: str) -> Outcome:
    """Return the outcome of a 4xx or 5xx answer, given at `stage`."""
    text = said(words)
    enhanced = enhanced_code(code, text)
    verdict = _verdict(code, enhanced, text, stage)
    slow_down = verdict == "deferred" and _slow_down(code, enhanced, text, stage)
    return Outcome(verdict, code, text, step, enhanced, slow_down)


def acceptance(code: int, words: bytes, step: str) -> Outcome:
    """Return the outcome of a 250 to the whole message."""
    text = said(words)
    return Outcome("accepted", code, text, step, enhanced_code(code, text))


def said(words: bytes | str) -> str:
    """Return a server's words as one clean line of at most 1,000 characters, without controls."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    if text.isprintable():
        return " ".join(text.split())[:LONGEST_TEXT]
    visible = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text)
    shown = "".join(c for c in visible if unicodedata.category(c) not in ("Cf", "Cs", "Co", "Cn"))
    return " ".join(shown.split())[:LONGEST_TEXT]


def enhanced_code(code: int, text: str) -> str:
    """Return the enhanced status code (RFC 3463) in an answer, or nothing; one of another class is none."""
    found = ENHANCED.search(text)
    return found[0] if found and found[0][0] == str(code)[0] else ""


def _verdict(code: int, enhanced: str, text: str, stage: Stage) -> Verdict:
    if code < 500:
        return "deferred"
    if code in AUTHENTICATION:
        return "sender_refused"
    if _passes_by_itself(code, enhanced, text, stage):
        return "deferred"
    return "sender_refused" if _speaks_of_us(code, enhanced, text, stage) else "rejected"


def _passes_by_itself(code: int, enhanced: str, text: str, stage: Stage) -> bool:
    """Whether a 5xx means "later" all the same: a full mailbox, a day's limit, or greylisting that says 550."""
    if enhanced == "5.2.2" or GREYLISTED.search(text) or (code != 552 and SENT_ENOUGH.search(text)):
        return True
    if not enhanced and stage != "MAIL" and (MAILBOX_FULL.search(text) or (code == 552 and stage == "RCPT")):
        return True
    return enhanced.startswith("5.7.") and COME_BACK.search(text) is not None


def _speaks_of_us(code: int, enhanced: str, text: str, stage: Stage) -> bool:
    """Whether a refusal is for who we are rather than for this message or address."""
    if stage == "session" or enhanced in BAD_SENDER:
        return True
    if enhanced.startswith("5.7."):
        # 552 5.7.x: a file in this one message is blocked.
        return enhanced not in ABOUT_THE_RECIPIENT and code != 552
    if stage == "MAIL":
        # Nobody but the sender has been named yet.
        return code not in (552, 555) and enhanced not in TOO_BIG and not enhanced.startswith("5.6.")
    return enhanced in ("", "5.0.0") and POLICY.search(text) is not None


def _slow_down(code: int, enhanced: str, text: str, stage: Stage) -> bool:
    """
    Whether "later" is said to us and not of this address.

    Before a recipient is named it can be of nothing else; afterwards the words, the enhanced code and the code say it,
    in this order. Greylisting and a full mailbox are of one address; so is what a server says of it without a reason.
    """
    if GREYLISTED.search(text):
        return False
    if code == CLOSING or stage in ("session", "MAIL"):
        return True
    if enhanced[2:4] in ("1.", "2."):
        return False
    if TOO_MUCH.search(text):
        return True
    if enhanced:
        return enhanced[2:4] == "3." or enhanced in OF_US or (enhanced[2:4] == "7." and enhanced not in OF_ANYTHING)
    return code == 451 and stage != "RCPT" and not MAILBOX_FULL.search(text)
