"""
What a mail that comes in is: one of ours that came back, a complaint, what a machine answered, or what somebody wrote.

Pure: bytes in, findings out. Whatever the bytes are, it ends soon and raises nothing. It says nothing of whether a mail
is to be believed: that only a signed address does (`emails.return_path`).
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses
from typing import Literal

from flufl.bounce import all_failures

from emails.parsing import BROKEN, HEADS, LONGEST_HEADER, decoded, in_charset
from emails.transport.replies import MAILBOX_FULL, POLICY, said

logging.getLogger("flufl.bounce").disabled = True
"""It tells with a traceback of each mail that one of its detectors stumbles over."""

Kind = Literal["returned", "delayed", "delivered", "automatic", "complaint", "reply", "unreadable"]

MOST_READ = 1024 * 1024
"""So many bytes are looked at: what a report says stands before the mail that it returns."""
MOST_DETECTED = 200_000
"""So many of them by Mailman’s detectors, which look at each line in a dozen ways."""
MOST_PARTS = 60
MOST_DEEP = 12
MOST_HEADERS = 400
LONGEST_WORDS = 60_000
"""So much of a text is searched for a status or an address."""

STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])")
REPLY_CODE = re.compile(r"(?<![\d.#-])[45]\d\d(?=[ -][\w<#\"'(])")
ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,200}")


@dataclass(frozen=True, slots=True)
class Failed:
    """One address that a report speaks of: what became of the mail, by its status and in the server's own words."""

    address: str
    status: str = ""
    words: str = ""
    action: str = ""

    @property
    def is_full(self) -> bool:
        """Whether the mailbox had no room: that passes."""
        return self.status[1:] == ".2.2" or (not _tells(self.status) and bool(MAILBOX_FULL.search(self.words)))

    @property
    def is_hard(self) -> bool:
        """Whether the address itself takes no mail, today or later: not a policy, not a large mail, not a full box."""
        if self.is_full or self.status.startswith("4") or self.action == "delayed":
            return False
        if _tells(self.status):
            return self.status.split(".")[1] in ("1", "2") and self.status not in ("5.2.3", "5.1.7", "5.1.8", "5.2.4")
        return not POLICY.search(self.words) and not TOO_LARGE.search(self.words)


def _tells(status: str) -> bool:
    """Whether a status says more than that it failed."""
    return bool(status) and status.split(".", 1)[1] not in ("0.0", "0", "")


@dataclass(frozen=True, slots=True)
class Incoming:
    """What a mail is, and what stands in it."""

    kind: Kind
    failed: tuple[Failed, ...] = ()
    """Of a mail that came back or is on its way: the addresses that it is about."""
    sender: str = ""
    sender_name: str = ""
    subject: str = ""
    message_id: str = ""
    addresses: tuple[str, ...] = ()
    """To whom it came, as its head says."""
    inside: tuple[str, ...] = ()
    """Of a report: the addresses that stand in what it says, and in the head of the mail that it returns."""
    text: str = ""
    """What somebody wrote, as plain text."""
    attachments: tuple[str, ...] = ()
    """The names of the files that came with it."""
    may_be_automatic: bool = False
    """A machine may have written it, by its subject or its sender's name alone: it is read, and never answered."""

    @property
    def worst(self) -> Failed:
        """The address of which a report says the most."""
        return next((one for one in self.failed if one.is_hard), self.failed[0] if self.failed else Failed(""))


def read(content: bytes, *, to_return_path: bool = False) -> Incoming:
    """
    Return what a mail is, from its bytes; `to_return_path`: it came to where only what is returned comes.

    Only the first megabyte is looked at. What cannot be read as a mail is `unreadable`.
    """
    try:
        message = message_from_bytes(content[:MOST_READ], policy=HEADS)
        return _read(message, content[:MOST_DETECTED], to_return_path)
    except BROKEN:
        return Incoming("unreadable")


def _read(message: Message, begins: bytes, to_return_path: bool) -> Incoming:
    if not message.keys() or len(message.keys()) > MOST_HEADERS:
        return Incoming("unreadable")
    parts = list(_parts(message))
    head = _head(message)
    report = _reported(message, parts)
    if report is None:
        report = _by_its_words(message, parts, begins, to_return_path)
    if report is not None:
        kind, failed = report
        inside = tuple(dict.fromkeys(_addresses_inside(parts)))
        return Incoming(kind, failed, *head, inside=inside)
    if _is_automatic(message) or to_return_path:
        return Incoming("automatic", (), *head)
    sender, _, subject, *_ = head
    doubtful = _is_away(subject) or NOBODYS.match(sender) is not None
    return Incoming("reply", (), *head, text=_written(parts), attachments=_files(parts), may_be_automatic=doubtful)


def _head(message: Message) -> tuple[str, str, str, str, tuple[str, ...]]:
    """Return from whom it is, their name, its subject, its Message-ID and to whom it came."""
    name, sender = next(iter(_mailboxes(message, ("From",))), ("", ""))
    to = (
        "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "Original-Recipient",
        "To", "Cc", "Resent-To",
    )  # fmt: skip
    found = tuple(dict.fromkeys(address for _, address in _mailboxes(message, to)))
    message_id = _one_line(_header(message, "Message-ID"))[:200]
    return sender, _one_line(name)[:200], _one_line(_header(message, "Subject"))[:300], message_id, found


def _mailboxes(message: Message, names: Sequence[str]) -> list[tuple[str, str]]:
    found = []
    for name in names:
        for value in _values(message, name)[:10]:
            words = decoded(value)
            found += [(who, _one_line(at)[:254].lower()) for who, at in getaddresses([words])[:50] if "@" in at]
    return found


def _header(message: Message, name: str) -> str:
    return decoded(next(iter(_values(message, name)), ""))


def _values(message: Message, name: str) -> list[str]:
    """Return what a head says under a name, each time; letters beyond ASCII that stand there as they are, too."""
    wanted = name.lower()
    found = [str(value)[:LONGEST_HEADER] for known, value in message.raw_items() if known.lower() == wanted]
    return [value.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for value in found]


def _one_line(words: str) -> str:
    return said(words)


# --- parts ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Part:
    message: Message
    kind: str
    deep: int


def _parts(message: Message) -> Iterator[_Part]:
    """Give the parts of a mail in order, not too many, and none of a mail that lies deep within others."""
    waiting = [_Part(message, _type(message), 0)]
    for _ in range(MOST_PARTS):
        if not waiting:
            return
        part = waiting.pop()
        yield part
        below = part.message.get_payload()
        if isinstance(below, list) and part.deep < MOST_DEEP:
            waiting += [_Part(one, _type(one), part.deep + 1) for one in reversed(below) if isinstance(one, Message)]


def _type(message: Message) -> str:
    return message.get_content_type().lower()


def _payload(part: Message) -> str:
    """Return the words of a part, in whatever they are encoded."""
    raw = part.get_payload(decode=True)
    content = raw if isinstance(raw, bytes) else str(part.get_payload() or "").encode("utf-8", "replace")
    return in_charset(content[: 4 * LONGEST_WORDS], part.get_content_charset())[:LONGEST_WORDS]


# --- reports (RFC 3464, 5965, 8098) -----------------------------------------------------------------------------------

ACTIONS: dict[str, Kind] = {
    "failed": "returned",
    "delayed": "delayed",
    "delivered": "delivered",
    "relayed": "delivered",
    "expanded": "delivered",
}
NO_COMPLAINTS = ("not-spam", "auth-failure", "dmarc", "virus-cleaned")


def _reported(message: Message, parts: Sequence[_Part]) -> tuple[Kind, tuple[Failed, ...]] | None:
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


def _agreed(found: Sequence[Failed]) -> Kind:
    """What became of the mail, by what is worst for one of its addresses: each of ours has one."""
    kinds = [_became(one) for one in found]
    return next(kind for kind in ("returned", "delayed", "delivered") if kind in kinds)


def _became(one: Failed) -> Kind:
    if one.action in ACTIONS:
        return ACTIONS[one.action]
    by_class: dict[str, Kind] = {"2": "delivered", "4": "delayed"}
    return by_class.get(one.status[:1], "returned")


def _recipients(part: Message) -> Iterator[Failed]:
    """Give each address of a delivery report."""
    below = part.get_payload()
    blocks = below if isinstance(below, list) else []
    texts = [_lines(block) for block in blocks] if blocks else re.split(r"\n\s*\n", _payload(part))
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
        if precise and not _tells(known) and precise[0][:1] == known[:1]:
            known = precise[0]
        yield Failed(_address_in(address), known, _one_line(words), action)


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
    return _payload(part)


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


def _address_in(words: str) -> str:
    found = ADDRESS.search(words)
    return found[0].strip(".").lower()[:254] if found else _one_line(words)[:254].lower()


def _addresses_inside(parts: Sequence[_Part]) -> Iterator[str]:
    """Give the addresses that stand in a report and in the head of what it returns, signed ones among them."""
    for part in parts[:20]:
        if part.deep:
            yield from _mailboxes_of_a_head(part.message)
        if part.kind in ("message/delivery-status", "message/feedback-report"):
            yield from (one.lower() for one in ADDRESS.findall(_whole(part.message))[:50])
        elif part.kind in ("text/rfc822-headers", "text/plain", "message/rfc822-headers"):
            yield from (one.lower() for one in ADDRESS.findall(_payload(part.message))[:200])


def _mailboxes_of_a_head(message: Message) -> Iterator[str]:
    for _, address in _mailboxes(message, ("Return-Path", "Reply-To", "X-Envelope-From", "X-Original-From")):
        yield address


# --- what is written for people ---------------------------------------------------------------------------------------

DAEMONS = re.compile(
    r"^(mailer[-_.]?daemon|post-?master|mail[-_.]?delivery|mdaemon|mmdf|mail\.?system|deliverystatus|noreply-mdn|"
    r"bounces?|microsoftexchange[0-9a-f]*|daemon|uucp|smtp|mailadmin|root|mail-?errors?|nondelivery|postbote)"
    r"([-+_.][^@]*)?@",
    re.IGNORECASE,
)
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
TOO_LARGE = re.compile(
    r"(message|mail|size|file).{0,40}(too (large|big)|exceed(s|ed)? .{0,30}(limit|size|maximum))", re.I
)
RETURNED_BELOW = re.compile(
    r"^[-_ ]*(begin |start of |this is a copy of |here is a copy|original message|returned (message|mail)|"
    r"unsent message|below this line is a copy|included is a copy|the original message|(the )?text of (the )?"
    r"(returned|original)|message (header|text) follows|-{3,}.*(original|copy|forwarded|headers?|below).*-{3,})",
    re.IGNORECASE | re.MULTILINE,
)


def _by_its_words(
    message: Message, parts: Sequence[_Part], begins: bytes, to_return_path: bool
) -> tuple[Kind, tuple[Failed, ...]] | None:
    """Return what a report says that is written for people: by Mailman's detectors, else by what such mails say."""
    name, sender = next(iter(_mailboxes(message, ("From", "Sender"))), ("", ""))
    by_daemon = DAEMONS.match(sender) or DAEMON_NAMES.search(name) or not sender or _null_sender(message)
    subject = _header(message, "Subject")
    has_failed = _header(message, "X-Failed-Recipients")
    if not (by_daemon or has_failed or to_return_path) or (_is_away(subject) and not has_failed):
        return None
    text = _before_the_copy(_first_words(parts))
    words = _one_line(text)
    passing, lasting = _known_to_mailman(begins) if len(parts) < MOST_PARTS else ([], [])
    named = [_address_in(one) for one in has_failed.split(",")] if has_failed else []
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
        found.add(_address_in(words))
    return sorted(found)


def _null_sender(message: Message) -> bool:
    return str(message.get("Return-Path", "")).strip() == "<>"


def _first_words(parts: Sequence[_Part]) -> str:
    """Return what a report says for people: its first text."""
    for wanted in ("text/plain", "text/html"):
        for part in parts:
            if part.kind == wanted and part.deep <= 3 and not part.message.is_multipart():
                words = _payload(part.message)
                return words if wanted == "text/plain" else _without_marks(words)
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
            return next((one for one in found if one[0] == wanted and _tells(one)), found[0])
    code = REPLY_CODE.search(text, at) or REPLY_CODE.search(text)
    if code is None:
        return ""
    if MAILBOX_FULL.search(text):
        return f"{code[0][0]}.2.2"
    return f"{code[0][0]}.1.1" if code[0] in ("550", "551", "553") and not POLICY.search(text) else f"{code[0][0]}.0.0"


# --- answers ----------------------------------------------------------------------------------------------------------

AUTOMATIC_HEADS = (
    "X-Autoreply", "X-Autorespond", "X-Auto-Reply", "X-AutoReply", "X-Auto-Response", "X-Autogenerated",
    "Auto-Reply", "X-Mail-Autoreply", "X-Autoreply-From", "X-AutoReply-From", "X-FC-MachineGenerated",
    "List-Id", "List-Unsubscribe", "List-Post", "X-Loop", "X-Mailing-List", "Feedback-ID", "X-Cron-Env",
)  # fmt: skip
"""No person's mail program writes these."""
AWAY = re.compile(
    r"^\W*(auto ?:|autosvar|"
    r"auto(mat(ic|ed|isch\w*|ique|ica|ico))?[- ]?(reply|response|antwort\w*|respon[ds]\w*|réponse)|"
    r"auto(reply|response|responder|-?antwort)|out[- ]of[- ](the )?office|i am (away|out)|on (vacation|holiday|leave)|"
    r"vacation ?:|abwesenheit\w*|"
    r"automatische antwort|réponse automatique|absence du bureau|absente? du bureau|message d.absence|"
    r"respuesta automática|fuera de (la )?oficina|risposta automatica|fuori ufficio|resposta automática|"
    r"fora do escritório|رد (تلقائي|آلي)|الرد (التلقائي|الآلي)|خارج المكتب|автоответ|автоматический ответ)",
    re.IGNORECASE,
)
PERHAPS_AWAY = re.compile(
    r"^\W*(away from|vacation|holiday|absen[ct]|abwesen|en congés?|ausente|ausencia|"
    r"en vacaciones|إجازة|we have received your|your (request|ticket|message) (has been|was) received|"
    r"ticket #|\[ticket|thank you for (contacting|your (e-?mail|message))|accusé de (lecture|réception)|read:|lu :|"
    r"accepted:|declined:|tentative:)",
    re.IGNORECASE,
)
"""What people write too: it is read by somebody, and only not answered."""
NOBODYS = re.compile(r"^(no-?reply|do-?not-?reply|ne-?pas-?repondre|no-?responder|notifications?|automailer)\b", re.I)


def _is_automatic(message: Message) -> bool:
    """Whether a machine wrote it: nothing is ever answered to such a mail (RFC 3834)."""
    submitted = str(message.get("Auto-Submitted", "no")).split(";")[0].split("(")[0].strip().lower()
    precedence = str(message.get("Precedence", "")).strip().lower()
    if submitted not in ("no", "") or precedence in ("auto_reply", "auto-reply", "bulk", "junk", "list"):
        return True
    if any(name in message for name in AUTOMATIC_HEADS) or _null_sender(message):
        return True
    suppressed = str(message.get("X-Auto-Response-Suppress", "")).lower()
    if "all" in suppressed or "autoreply" in suppressed:
        return True
    _, sender = next(iter(_mailboxes(message, ("From",))), ("", ""))
    if not sender or DAEMONS.match(sender):
        return True
    return AWAY.match(_one_line(_header(message, "Subject"))[:200]) is not None


def _is_away(subject: str) -> bool:
    words = _one_line(subject)[:200]
    return (AWAY.match(words) or PERHAPS_AWAY.match(words)) is not None


def _written(parts: Sequence[_Part]) -> str:
    """Return what somebody wrote, as plain text."""
    texts = [
        _payload(part.message)
        for part in parts
        if part.kind == "text/plain" and not part.message.is_multipart() and not _file_name(part.message)
        and part.deep <= 4
    ]  # fmt: skip
    if any(text.strip() for text in texts):
        return _tidy("\n".join(texts))
    html = next((part.message for part in parts if part.kind == "text/html" and not _file_name(part.message)), None)
    return _tidy(_without_marks(_payload(html))) if html is not None else ""


BREAKING = re.compile(r"<\s*(?:br|/p|/div|/li|/tr|/h[1-6]|/blockquote)\b[^<>]{0,500}>", re.IGNORECASE)
UNSEEN = re.compile(r"<\s*(style|script|head|title)\b", re.IGNORECASE)
MARK = re.compile(r"<[^<>]{0,2000}>")


def _without_marks(html: str) -> str:
    """Return the words of HTML: nothing of it is ever shown as HTML."""
    from html import unescape

    kept, rest = [], html
    while found := UNSEEN.search(rest):
        kept.append(rest[: found.start()])
        end = rest.lower().find(f"</{found[1].lower()}", found.end())
        rest = rest[end:] if end >= 0 else ""
        if len(kept) > 50:
            break
    text = "".join([*kept, rest]).replace("\r", "").replace("\n", " ")
    return unescape(MARK.sub("", BREAKING.sub("\n", text)))


def _tidy(text: str) -> str:
    """Return lines without what does not print; at most two empty ones in a row."""
    lines = [_one_line(line) if line.strip() else "" for line in text.replace("\r\n", "\n").split("\n")[:5000]]
    joined = "\n".join(_quoted_as_before(line, shown) for line, shown in zip(text.split("\n"), lines, strict=False))
    return re.sub(r"\n{4,}", "\n\n\n", joined).strip()


def _quoted_as_before(line: str, shown: str) -> str:
    return shown if shown or not line.strip().startswith(">") else ">"


def _files(parts: Sequence[_Part]) -> tuple[str, ...]:
    names = (_file_name(part.message) for part in parts[1:])
    return tuple(name for name in names if name)[:50]


def _file_name(part: Message) -> str:
    name = ""
    with contextlib.suppress(ValueError, LookupError, TypeError, AttributeError):
        name = part.get_filename() or ""
    if not name and part.get_content_disposition() == "attachment":
        name = _type(part)
    return _one_line(decoded(name[:LONGEST_HEADER]))[:150]
