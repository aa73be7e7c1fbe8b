"""Reports that are written for people: read by Mailman’s detectors, else by what such mails say."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from email import message_from_bytes
from email.message import Message

from flufl.bounce import all_failures

from emails.bounces.answers import looks_away
from emails.bounces.failed import STATUS, Failed, tells_more
from emails.bounces.parts import (
    ADDRESS,
    DAEMONS,
    LONGEST_WORDS,
    MOST_PARTS,
    Part,
    address_in,
    has_null_sender,
    header,
    mailboxes,
    one_line,
    payload,
    without_marks,
)
from emails.bounces.reports import Became
from emails.parsing import HEADS
from emails.transport.replies import MAILBOX_FULL, POLICY

logging.getLogger("flufl.bounce").disabled = True
"""It tells with a traceback of each mail that one of its detectors stumbles over."""

REPLY_CODE = re.compile(r"(?<![\d.#-])[45]\d\d(?=[ -][\w<#\"'(])")
DAEMON_NAMES = re.compile(
    r"mail ?delivery (sub)?system|mailer[- ]daemon|system administrator|postmaster|mail administrator|"
    r"mail ?delivery (service|agent)|internet mail delivery|microsoft (exchange|outlook)|email server",
    re.IGNORECASE,
)
CAME_BACK = re.compile(
    r"undeliver|un-deliver|undeliv|delivery (status notification|failure|failed|error|report|has failed|problem)|"
    r"failure notice|returned (mail|message|to sender)|mail (delivery )?(failed|failure|error|system error)|"
    r"(message|mail|e-mail|email) (could not be|not|was not|cannot be|can't be) delivered|"
    r"non[- ]?deliver|nondeliver|could ?n[o']t (be )?deliver|delivery (of|to) .{0,60}failed|"
    r"unzustellbar|nicht zugestellt|nicht zustellbar|zustellung fehlgeschlagen|fehler bei der zustellung|"
    r"non remis|échec de (la )?(remise|livraison|distribution)|non distribué|impossible de remettre|"
    r"no se (puede|pudo|ha podido) entregar|error de entrega|mensaje (devuelto|rechazado)|devuelto|correo no entregado|"
    r"mancata consegna|impossibile (recapitare|consegnare)|não (foi )?entregue|falha na entrega|"
    r"تعذر تسليم|فشل (التسليم|في التسليم|تسليم)|لم يتم التسليم|رسالة مرتجعة|"
    r"user unknown|unknown (user|recipient|address)|bounced?\b|rejected (mail|message)|message rejected|"
    r"notification d'?[ée]chec|недоставлен|не доставлено",
    re.IGNORECASE,
)
STILL_TRYING = re.compile(
    r"delay|still (being )?(trying|retried|queued)|will (keep|be) (trying|retried|re-?tr)|not yet (been )?delivered|"
    r"has not been delivered yet|warning|could not be delivered (for|within) the last|no action is required|"
    r"you do not need to resend|will continue to (try|attempt)|retard|verzögert|retras|différé|demora|تأخير|تأخر",
    re.IGNORECASE,
)
GIVEN_UP = re.compile(
    r"giv(en|ing) up|permanent(ly)? (error|failure|fatal)|failed permanently|has been (removed|deleted) from the queue|"
    r"could not be delivered to one or more|fatal errors|this is a permanent|retry (timeout|time) exceeded|"
    r"time ?out exceeded|too long|no further attempts|was not delivered|message expired|delivery expired",
    re.IGNORECASE,
)
RETURNED_BELOW = re.compile(
    r"^[-_ ]*(begin |start of |this is a copy of |here is a copy|original message|returned (message|mail)|"
    r"unsent message|below this line is a copy|included is a copy|the original message|(the )?text of (the )?"
    r"(returned|original)|message (header|text) follows|-{3,}.*(original|copy|forwarded|headers?|below).*-{3,})",
    re.IGNORECASE | re.MULTILINE,
)


def by_its_words(
    message: Message, parts: Sequence[Part], begins: bytes, to_return_path: bool
) -> tuple[Became, tuple[Failed, ...]] | None:
    """Return what a report says that is written for people: by Mailman's detectors, else by what such mails say."""
    name, sender = next(iter(mailboxes(message, ("From", "Sender"))), ("", ""))
    by_daemon = DAEMONS.match(sender) or DAEMON_NAMES.search(name) or not sender or has_null_sender(message)
    subject = header(message, "Subject")
    has_failed = header(message, "X-Failed-Recipients")
    if not (by_daemon or has_failed or to_return_path) or (looks_away(subject) and not has_failed):
        return None
    text = _before_the_copy(_first_words(parts))
    words = one_line(text)
    passing, lasting = _known_to_mailman(begins) if len(parts) < MOST_PARTS else ([], [])
    named = [address_in(one) for one in has_failed.split(",")] if has_failed else []
    looks_so = (
        CAME_BACK.search(subject)
        or STILL_TRYING.search(subject)
        or has_failed
        or lasting
        or passing
        or CAME_BACK.search(text[:4000])
    )
    if not looks_so:
        return None
    goes_on = bool(passing) and not lasting
    if not lasting and not has_failed:
        goes_on |= bool(STILL_TRYING.search(f"{subject}\n{text[:4000]}")) and not GIVEN_UP.search(text[:6000])
    addresses = [*lasting, *passing, *named] or [one.lower() for one in ADDRESS.findall(text)[:1]] or [""]
    failed = tuple(
        Failed(address, _status_near(text, address, goes_on), words[:1000], "delayed" if goes_on else "failed")
        for address in dict.fromkeys(addresses)
    )
    return ("delayed" if goes_on else "returned"), failed


def _known_to_mailman(begins: bytes) -> tuple[list[str], list[str]]:
    """Return the addresses that flufl.bounce finds: those that fail for now, those that fail for good."""
    try:
        passing, lasting = all_failures(message_from_bytes(begins, policy=HEADS))
    except Exception:
        # A detector that stumbles over a mail knows nothing of it.
        return [], []
    return _in_order(passing), _in_order(lasting)


def _in_order(addresses: object) -> list[str]:
    found = set()
    for one in addresses if isinstance(addresses, set | frozenset) else ():
        words = one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one)
        found.add(address_in(words))
    return sorted(found)


def _first_words(parts: Sequence[Part]) -> str:
    """Return what a report says for people: its first text."""
    for wanted in ("text/plain", "text/html"):
        for part in parts:
            if part.kind == wanted and part.deep <= 3 and not part.message.is_multipart():
                words = payload(part.message)
                return words if wanted == "text/plain" else without_marks(words)
    whole = parts[0].message.get_payload()
    return str(whole)[:LONGEST_WORDS] if isinstance(whole, str) else ""


def _before_the_copy(text: str) -> str:
    """Return the words before the copy of the mail that came back: what that says is nobody's status."""
    found = RETURNED_BELOW.search(text, 40)
    return text[: found.start()] if found else text


def _status_near(text: str, address: str, goes_on: bool) -> str:
    """Return the status that is said of an address: after its name, else the first; of a reply code what it means."""
    wanted = "4" if goes_on else "5"
    at = max(text.lower().find(address), 0) if address else 0
    for words in (text[at:], text):
        found: list[str] = [one for one in STATUS.findall(words) if one[0] in "45"]
        if found:
            return next((one for one in found if one[0] == wanted and tells_more(one)), found[0])
    code = REPLY_CODE.search(text, at) or REPLY_CODE.search(text)
    if code is None:
        return ""
    if MAILBOX_FULL.search(text):
        return f"{code[0][0]}.2.2"
    return f"{code[0][0]}.1.1" if code[0] in ("550", "551", "553") and not POLICY.search(text) else f"{code[0][0]}.0.0"
