"""Mails as they come back: in the forms of the mail servers that there are, written anew for addresses of a test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import format_datetime

from workflow.clock import now


@dataclass(frozen=True, slots=True)
class Form:
    """One form: what it is called, its bytes, and what it should be read as."""

    name: str
    content: bytes
    kind: str
    status: str = ""
    """Empty: whatever is found."""
    hard: bool | None = None
    address: str = ""
    heads: tuple[str, ...] = field(default=())


TO = "bounces+aaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbb@example.org"
WHO = "mara@recipient.example"
OURS = (
    "Return-Path: <{to}>\nFrom: Anna via Undersigned <letters@example.org>\nTo: <{who}>\n"
    "Subject: Invitation to sign a letter\nMessage-ID: <0123456789abcdef0123456789abcdef@example.org>\n"
    "Date: Fri, 27 Nov 2026 10:00:00 +0000\nMIME-Version: 1.0\nContent-Type: text/plain\n\n"
    "Dear Mara, please answer by Friday. It will keep open for a week; status 2.0.0.\n"
)


def mail(sender: str, subject: str, body: str, to: str = TO, **heads: str) -> bytes:
    """Return a mail with this head and this body; `_` in the names of heads stands for a hyphen."""
    lines = {"From": sender, "To": to, "Subject": subject, "Date": format_datetime(now())}
    lines |= {name.replace("_", "-"): value for name, value in heads.items()}
    head = "".join(f"{name}: {value}\n" for name, value in lines.items() if value)
    return f"{head}\n{body}".encode()


def dsn(
    *, words: str, action: str, status: str, diagnostic: str, who: str = WHO, to: str = TO, mta: str = "mx.recipient.example",
    sender: str = "MAILER-DAEMON@mx.example.net (Mail Delivery System)", subject: str = "Undelivered Mail Returned to Sender",
    original: str = "message/rfc822", extra: str = "", kind: str = "rfc822",
) -> bytes:  # fmt: skip
    """Return a delivery status notification (RFC 3464)."""
    ours = OURS.format(to=to, who=who)
    returned = ours.partition("\n\n")[0] if original == "text/rfc822-headers" else ours
    fields = f"Final-Recipient: {kind}; {who}\n" + (f"Action: {action}\n" if action else "")
    fields += (f"Status: {status}\n" if status else "") + (f"Diagnostic-Code: {diagnostic}\n" if diagnostic else "")
    body = (
        f"This is a MIME-encapsulated message.\n\n--=_b\nContent-Type: text/plain; charset=utf-8\n\n{words}\n"
        f"--=_b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; {mta}\n"
        f"Arrival-Date: Fri, 27 Nov 2026 10:00:01 +0000\n\n{fields}{extra}\n"
        f"--=_b\nContent-Type: {original}\n\n{returned}\n--=_b--\n"
    )
    content = 'multipart/report; report-type=delivery-status; boundary="=_b"'
    return mail(sender, subject, body, to, Return_Path="<>", MIME_Version="1.0", Content_Type=content)


# --- reports for machines ---------------------------------------------------------------------------------------------

CODES = (
    ("5.1.1", "550 5.1.1 <{who}>: Recipient address rejected: User unknown", "returned", True),
    ("5.1.2", "550 5.1.2 Host or domain name not found", "returned", True),
    ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", "returned", True),
    ("5.2.1", "550 5.2.1 The email account that you tried to reach is disabled", "returned", True),
    ("5.0.0", "550 5.1.1 The email account that you tried to reach does not exist", "returned", True),
    ("5.2.2", "552 5.2.2 The email account that you tried to reach is over quota", "returned", False),
    ("5.7.1", "554 5.7.1 Message rejected due to content restrictions", "returned", False),
    ("5.7.26", "550 5.7.26 This mail is unauthenticated (DMARC)", "returned", False),
    ("5.3.4", "552 5.3.4 Message size exceeds fixed limit", "returned", False),
    ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied", "returned", False),
    ("4.4.7", "450 4.4.7 Message expired, timed out", "returned", False),
    ("5.4.4", "Unable to route: no answer from the server", "returned", False),
)  # fmt: skip
WRITERS = {
    "postfix": (
        "This is the mail system at host mx.example.net.\n\nI'm sorry to have to inform you that your message could not\n"
        "be delivered to one or more recipients. It's attached below.\n\n<{who}>: host mx.recipient.example said: {code}\n",
        "MAILER-DAEMON@mx.example.net (Mail Delivery System)", "Undelivered Mail Returned to Sender",
    ),
    "exim": (
        "This message was created automatically by mail delivery software.\n\nA message that you sent could not be "
        "delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n"
        "  {who}\n    {code}\n",
        "Mail Delivery System <Mailer-Daemon@mx.example.net>", "Mail delivery failed: returning message to sender",
    ),
    "sendmail": (
        "The original message was received at Fri, 27 Nov 2026 10:00:01 GMT\n\n   ----- The following addresses had "
        "permanent fatal errors -----\n<{who}>\n\n   ----- Transcript of session follows -----\n... while talking to "
        "mx.recipient.example.:\n>>> RCPT To:<{who}>\n<<< {code}\n",
        "Mail Delivery Subsystem <MAILER-DAEMON@mx.example.net>", "Returned mail: see transcript for details",
    ),
    "exchange": (
        "Delivery has failed to these recipients or groups:\n\n{who}\nThe email address you entered couldn't be found.\n"
        "\n\n{code}\n",
        "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@recipient.example>",
        "Undeliverable: Invitation to sign a letter",
    ),
    "gmail": (
        "** Address not found **\n\nYour message wasn't delivered to {who} because the address couldn't be found, or is "
        "unable to receive mail.\n\nThe response was:\n{code}\n",
        "Mail Delivery Subsystem <mailer-daemon@googlemail.com>", "Delivery Status Notification (Failure)",
    ),
    "gmx": (
        "Diese Nachricht wurde automatisch erzeugt.\n\nDie folgende Nachricht konnte nicht zugestellt werden:\n{who}\n{code}",
        "GMX Mailer Daemon <mailer-daemon@gmx.example>", "Mail delivery failed: returning message to sender",
    ),
    "domino": (
        "Ihre Nachricht wurde nicht zugestellt an:\n{who}\n\nbecause:\n{code}\n",
        "Postmaster@recipient.example", "DELIVERY FAILURE: User not listed in Domino Directory",
    ),
    "ironport": (
        "The following message to <{who}> was undeliverable.\nThe reason for the problem:\n{code}\n",
        "Mail Delivery System <MAILER-DAEMON@esa.recipient.example>", "Delivery Status Notification (Failure)",
    ),
}  # fmt: skip


def _reports() -> Iterator[Form]:
    for writer, (words, sender, subject) in WRITERS.items():
        for status, code, kind, hard in CODES:
            said = code.format(who=WHO)
            content = dsn(
                words=words.format(who=WHO, code=said), action="failed", status=status, diagnostic=f"smtp; {said}",
                sender=sender, subject=subject,
            )  # fmt: skip
            yield Form(f"{writer} {status} {code[:5]}", content, kind, hard=hard, address=WHO)
    for writer, (words, sender, _) in WRITERS.items():
        said = "451 4.3.0 try again later"
        content = dsn(
            words=words.format(who=WHO, code=said), action="delayed", status="4.4.1", diagnostic=f"smtp; {said}",
            sender=sender, subject="Delayed Mail (still being retried)",
        )  # fmt: skip
        yield Form(f"{writer} delayed", content, "delayed", "4.4.1", hard=False, address=WHO)
        for action in ("delivered", "relayed", "expanded"):
            content = dsn(
                words="Your message was delivered.", action=action, status="2.0.0", diagnostic="", sender=sender,
                subject="Successful Mail Delivery Report",
            )  # fmt: skip
            yield Form(f"{writer} {action}", content, "delivered")
    yield from _odd_reports()


def _odd_reports() -> Iterator[Form]:
    given = {"words": "It failed.", "status": "5.1.1", "diagnostic": "smtp; 550 5.1.1 No such user"}
    yield Form(
        "headers alone", dsn(**given, action="failed", original="text/rfc822-headers"), "returned", "5.1.1", True
    )
    yield Form("capitals", dsn(**given, action="Failed"), "returned", "5.1.1", True)
    yield Form("a remark behind the action", dsn(**given, action="failed (no such user)"), "returned", "5.1.1", True)
    yield Form("no action", dsn(**given, action=""), "returned", "5.1.1", True)
    yield Form("an action nobody knows", dsn(**given, action="vanished"), "returned", "5.1.1", True)
    words = {"words": "It failed.", "diagnostic": "smtp; 550-5.1.1 The email account\n 550 5.1.1 does not exist"}
    yield Form("no status", dsn(**words, action="failed", status=""), "returned", "5.1.1", True)
    yield Form(
        "a remark behind the status", dsn(**words, action="failed", status="5.1.1 (bad mailbox)"), "returned", "5.1.1"
    )
    utf8 = dsn(**given, action="failed", who="mára@recipient.example", kind="utf-8")
    yield Form("an address beyond ASCII", utf8, "returned", "5.1.1", True)
    crlf = dsn(**given, action="failed").replace(b"\n", b"\r\n")
    yield Form("CRLF", crlf, "returned", "5.1.1", True)
    two = dsn(
        **given, action="delayed",
        extra="\nFinal-Recipient: rfc822; other@recipient.example\nAction: failed\nStatus: 5.1.1\n",
    )  # fmt: skip
    yield Form("two addresses, the worse counts", two, "returned")
    no_report = dsn(**given, action="failed").replace(
        b"multipart/report; report-type=delivery-status;", b"multipart/mixed;"
    )
    yield Form("not called a report", no_report, "returned", "5.1.1", True)


# --- reports for people -----------------------------------------------------------------------------------------------

PLAIN = (
    ("qmail", "MAILER-DAEMON@mx.example.net", "failure notice",
     "Hi. This is the qmail-send program at mx.example.net.\nI'm afraid I wasn't able to deliver your message to the following "
     "addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<{who}>:\nSorry, no mailbox here by "
     "that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\n{ours}", True),
    ("qmail full", "MAILER-DAEMON@mx.example.net", "failure notice",
     "Hi. This is the qmail-send program at mx.example.net.\nI'm afraid I wasn't able to deliver your message to the following "
     "addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<{who}>:\n10.0.0.1 failed after I sent "
     "the message.\nRemote host said: 552 5.2.2 Mailbox full\n\n--- Below this line is a copy of the message.\n\n{ours}", False),
    ("exim 3", "Mail Delivery System <Mailer-Daemon@mx.example.net>", "Mail delivery failed: returning message to sender",
     "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to "
     "one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  {who}\n    SMTP error "
     "from remote mail server after RCPT TO:<{who}>:\n    host mx [10.0.0.1]: 550 5.1.1 User unknown\n\n------ This is a copy of "
     "the message, including all the headers. ------\n\n{ours}", True),
    ("sendmail 8.6", "Mail Delivery Subsystem <MAILER-DAEMON@mx.example.net>", "Returned mail: User unknown",
     "   ----- The following addresses had delivery problems -----\n<{who}>  (unrecoverable error)\n\n   ----- Transcript of "
     "session follows -----\n550 <{who}>... User unknown\n\n   ----- Original message follows -----\n{ours}", True),
    ("yahoo", "MAILER-DAEMON@yahoo.example", "Delivery failure",
     "Message from  yahoo.example.\nUnable to deliver message to the following address(es).\n\n<{who}>:\nThis user doesn't have a "
     "yahoo.example account ({who}) [0]\n\n--- Original message follows.\n\n{ours}", None),
    ("groupwise", "<postmaster@recipient.example>", "Message status - undeliverable",
     "The message that you sent was undeliverable to the following:\n\t{who} (user not found)\n\n{ours}", None),
    ("domino", "Postmaster@recipient.example", "DELIVERY FAILURE: User mara (mara@recipient.example) not listed in Domino Directory",
     "Your message\n\n  Subject: Invitation to sign a letter\n\nwas not delivered to:\n\n  {who}\n\nbecause:\n\n  550 User mara not "
     "listed in Domino Directory\n", True),
    ("exchange 5.5", "System Administrator <postmaster@recipient.example>", "Undeliverable: Invitation to sign a letter",
     "Your message\n\n  To:      {who}\n  Subject: Invitation to sign a letter\n\ndid not reach the following recipient(s):\n\n{who} on "
     "Fri, 27 Nov 2026 10:00:00 +0100\n    The recipient name is not recognized\n    550 5.1.1 unknown\n", True),
    ("aol", "Mail Delivery Subsystem <MAILER-DAEMON@aol.example>", "Mail Delivery Problem",
     "Your mail to the following recipients could not be delivered because they are not accepting mail from you:\n\t{who}\n", None),
    ("gmx plain", "GMX Mailer Daemon <mailer-daemon@gmx.example>", "Mail delivery failed: returning message to sender",
     "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to\none "
     "or more of its recipients. This is a permanent error.\nThe following address(es) failed:\n\n{who}:\nSMTP error from remote "
     "server for RCPT TO command, host: mx (10.0.0.1) reason: 550 5.1.1 unknown user\n", True),
    ("courier", '"Courier mail server at mx" <@mx.example.net>', "NOTICE: mail delivery status.",
     "This is a delivery status notification from mx.example.net,\nrunning the Courier mail server.\n\nUNDELIVERABLE MAIL\n\nYour "
     "message to the following recipients cannot be delivered:\n\n<{who}>:\n    550 User unknown.\n", True),
    ("in German", "Mailer-Daemon <postmaster@recipient.example>", "Unzustellbar: Einladung",
     "Ihre Nachricht konnte nicht zugestellt werden:\n{who}\n550 5.1.1 unbekannt\n", True),
    ("in French", "Postmaster <postmaster@recipient.example>", "Non remis : Invitation",
     "Échec de la remise pour ces destinataires :\n{who}\n550 5.1.1 inconnu\n", True),
    ("in Spanish", "Postmaster <postmaster@recipient.example>", "No se puede entregar: Invitación",
     "No se ha podido entregar a estos destinatarios:\n{who}\n550 5.1.10 desconocido\n", True),
    ("in Arabic", "Postmaster <postmaster@recipient.example>", "تعذر تسليم: دعوة",
     "لم يتم التسليم إلى:\n{who}\n550 5.1.1\n", True),
    ("too large", "MAILER-DAEMON@mx.example.net", "Returned mail",
     "Could not be delivered:\n<{who}>: 552 message size exceeds limit\n", False),
    ("blocked", "MAILER-DAEMON@mx.example.net", "Returned mail",
     "Could not be delivered:\n<{who}>: 554 5.7.1 Service unavailable; Client host blocked using spamhaus\n", False),
)  # fmt: skip
WARNINGS = (
    ("exim", "Mail Delivery System <Mailer-Daemon@mx.example.net>", "Warning: message 1abc-2 delayed 24 hours",
     "This message was created automatically by mail delivery software.\nA message that you sent has not yet been delivered to one "
     "or more of its recipients after more than 24 hours on the queue.\n\nThe address to which the message has not yet been "
     "delivered is:\n\n  {who}\n\nNo action is required on your part. Delivery attempts will continue for some time.\n"),
    ("sendmail", "Mail Delivery Subsystem <MAILER-DAEMON@mx.example.net>", "Warning: could not send message for past 4 hours",
     "    **********************************************\n    **      THIS IS A WARNING MESSAGE ONLY      **\n    **  YOU DO NOT NEED "
     "TO RESEND YOUR MESSAGE  **\n\n   ----- Transcript of session follows -----\n451 <{who}>... Temporary failure\nWarning: message "
     "still undelivered after 4 hours\nWill keep trying until message is 5 days old\n"),
    ("gmail", "Mail Delivery Subsystem <mailer-daemon@googlemail.com>", "Delivery Status Notification (Delay)",
     "This is an automatically generated Delivery Status Notification\n\nTHIS IS A WARNING MESSAGE ONLY.\n\nYOU DO NOT NEED TO RESEND "
     "YOUR MESSAGE.\n\nDelivery to the following recipient has been delayed:\n\n     {who}\n\nMessage will be retried for 2 more day(s)\n"),
    ("in German", "Mailer-Daemon <postmaster@recipient.example>", "Verzögerte Zustellung: wird weiter versucht",
     "Zustellung verzögert, delivery delayed:\n{who}\n"),
)  # fmt: skip


def _plain() -> Iterator[Form]:
    ours = OURS.format(to=TO, who=WHO)
    for name, sender, subject, words, hard in PLAIN:
        for by, heads in (("", {"Return_Path": "<>"}), (" without a return path", {})):
            content = mail(sender, subject, words.format(who=WHO, ours=ours), **heads)
            yield Form(f"{name}{by}", content, "returned", hard=hard)
    for name, sender, subject, words in WARNINGS:
        yield Form(f"{name} warns", mail(sender, subject, words.format(who=WHO)), "delayed", hard=False)


# --- complaints, answers of machines, answers of people ---------------------------------------------------------------


def complaint(kind: str = "abuse", to: str = TO, who: str = WHO) -> bytes:
    """Return a report of a mail as unwanted (RFC 5965)."""
    body = (
        f"--=_b\nContent-Type: text/plain\n\nThis is an email abuse report.\n--=_b\nContent-Type: message/feedback-report\n\n"
        f"Feedback-Type: {kind}\nUser-Agent: SomeGenerator/1.0\nVersion: 1\nOriginal-Mail-From: <{to}>\n"
        f"Original-Rcpt-To: <{who}>\n\n--=_b\nContent-Type: message/rfc822\n\n{OURS.format(to=to, who=who)}\n--=_b--\n"
    )
    content = 'multipart/report; report-type=feedback-report; boundary="=_b"'
    given = {"MIME_Version": "1.0", "Content_Type": content}
    return mail("<feedback@provider.example>", "FW: Invitation", body, "<abuse@example.org>", **given)


AWAY = (
    "Automatic reply: Invitation", "Auto: Automatic reply", "Out of Office: Invitation", "Out-of-office", "On vacation",
    "Autoreply", "Auto Reply", "Vacation: back on Monday", "Abwesenheitsnotiz: Einladung", "Automatische Antwort: Einladung",
    "Réponse automatique : Invitation", "Absence du bureau : Invitation", "Respuesta automática: Invitación",
    "Fuera de la oficina: Invitación", "رد تلقائي: دعوة", "الرد التلقائي: دعوة", "خارج المكتب", "Autosvar is off: Auto-Reply",
)  # fmt: skip
MARKED = (
    {"Auto_Submitted": "auto-replied"}, {"Auto_Submitted": "auto-generated"}, {"Auto_Submitted": "auto-replied (vacation)"},
    {"Precedence": "auto_reply"}, {"Precedence": "bulk"}, {"Precedence": "junk"}, {"Precedence": "list"},
    {"X_Autoreply": "yes"}, {"X_Autorespond": "Invitation"}, {"X_Auto_Response_Suppress": "All"}, {"List_Id": "<a.example>"},
    {"Return_Path": "<>"}, {"X_Loop": "mara@recipient.example"},
)  # fmt: skip
WROTE = (
    ("Re: Invitation to sign a letter", "Dear Anna,\n\nWe will sign next week.\n\nMara\n"),
    ("Re: Invitation to sign a letter", "Yes.\n\nOn Fri, 27 Nov 2026, Anna wrote:\n> Please answer.\n> Thank you.\n"),
    ("AW: Einladung", "Guten Tag,\n\nwir unterschreiben nicht.\n"),
    ("RE : Invitation", "Bonjour,\n\nnous signons.\n"),
    ("RV: Invitación", "Firmamos.\n"),
    ("رد: دعوة", "نوقّع الرسالة.\n"),
    ("", "No subject, but words.\n"),
    ("Your delivery", "The last delivery of your failed parcel was returned. Just kidding: we sign.\n"),
    ("Re: Undelivered letters to the minister", "They were never delivered, it says on page 5.1.1. We sign.\n"),
)


def written(
    subject: str = WROTE[0][0], words: str = WROTE[0][1], sender: str = f"Mara <{WHO}>", to: str = TO, **heads: str
) -> bytes:
    """Return what somebody writes back."""
    return mail(sender, subject, words, to, **{"Message_ID": "<answer-1@recipient.example>", **heads})


def with_a_file(to: str = TO, sender: str = f"Mara <{WHO}>") -> bytes:
    """Return what somebody writes back in HTML, with a file."""
    body = (
        "--=_b\nContent-Type: text/html; charset=utf-8\n\n<style>p{color:red}</style><p>We <b>sign</b>.</p><p>Mara</p>"
        '<script>alert(1)</script>\n--=_b\nContent-Type: application/pdf; name="board.pdf"\n'
        'Content-Disposition: attachment; filename="board.pdf"\nContent-Transfer-Encoding: base64\n\nJVBERi0=\n--=_b--\n'
    )
    content = 'multipart/mixed; boundary="=_b"'
    return written("Re: Invitation", body, sender, to, MIME_Version="1.0", Content_Type=content)


def _answers() -> Iterator[Form]:
    to = "reply+aaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbb@example.org"
    for subject in AWAY:
        yield Form(f"away: {subject}", written(subject, "I am away until Monday.", to=to), "automatic")
    for heads in MARKED:
        yield Form(f"a machine: {heads}", written("Invitation", "We have it.", to=to, **heads), "automatic")
    for sender in ("MAILER-DAEMON@mx.example.net", ""):
        yield Form(f"nobody: {sender}", written("Invitation", "We have it.", sender, to=to), "automatic")
    yield Form("an office's system", written("Our answer", "See below.", "noreply@state.example", to=to), "reply")
    for subject, words in WROTE:
        yield Form(f"a person: {subject}", written(subject, words, to=to), "reply")
    yield Form("a person: HTML and a file", with_a_file(to), "reply")
    for kind in ("abuse", "fraud", "opt-out", "other"):
        yield Form(f"complaint: {kind}", complaint(kind), "complaint")
    yield Form("no complaint", complaint("not-spam"), "automatic")


def forms() -> list[Form]:
    """Return every form: over two hundred."""
    return [*_reports(), *_plain(), *_answers()]
