"""What a recipient's office answers to a letter that was sent: kept as it came, on the record, shown to who may see."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import select

from workflow import history, states
from workflow.campaigns.lookup import locked_letter, part_of
from workflow.campaigns.printing import store
from workflow.errors import InputError, NotFoundError, RefusedError
from workflow.history import SYSTEM, Actor, actions
from workflow.languages import lazy_gettext, lazy_ngettext
from workflow.letter import typed
from workflow.letter.typed import Limit
from workflow.mails import afterwards as mails
from workflow.models import Document, Letter, OfficeReply, Recipient, new_id, now
from workflow.transaction import Transaction

LARGEST = 10_000_000
"""Bytes of a file that an office answers with."""

WORDS = Limit(20_000, lazy_ngettext("Use at most %(num)s character.", "Use at most %(num)s characters.", 20_000))
CUT = " […]"
"""Where the words of an email end that has more of them: the file has them all."""

MOST_KEPT = 200
"""So many replies of one letter are kept: a letter whose address somebody floods takes no more."""

SKEW = timedelta(hours=24)
"""How far ahead the time of a reply may be: it was written down in another zone."""

FORMS = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "eml": "message/rfc822",
    "txt": "text/plain",
}
"""What kinds of files are kept, and as what they are given out again. None of them is opened or shown here."""

MACROS = b"word/vbaProject.bin"

_NO_NAME = dict.fromkeys(map(ord, '/\\:*?"<>|'))


def keep_reply(
    session: Transaction,
    letter_id: str,
    recipient_id: str | None,
    received_at: datetime,
    words: str,
    document: tuple[str, str, bytes] | None,
    actor: Actor = SYSTEM,
) -> OfficeReply:
    """
    Keep what an office answered: words, a file (its name, what it was sent as, its bytes), or both.

    The same file, or the same words, kept before is that reply again. From `SYSTEM` (an email that came in) words that
    are too many are cut, for the file has them; from a person that is refused. Raises `InputError` by field (`words`,
    `file`, `received`), `NotFoundError` for another letter's recipient, `RefusedError` for a letter that was not sent.
    """
    row = locked_letter(session, letter_id)
    states.check("keep_reply", row.state)
    if row.erased_at is not None:
        raise RefusedError(lazy_gettext("This letter was erased already."))
    recipient = part_of(session, row, Recipient, recipient_id) if recipient_id else None
    said = _words(words, cut=actor is SYSTEM)
    name, form, content = _file(document) if document else ("", "", b"")
    if not (said or content):
        raise InputError(words=lazy_gettext("Enter what the office replied, or choose a file."))
    if received_at > now() + SKEW:
        raise InputError(received=lazy_gettext("Enter a day that is not in the future."))
    sha256 = hashlib.sha256(content).hexdigest() if content else None
    if same := _kept_before(session, row, sha256, said):
        return same
    if sha256:
        form = _known_form(session, sha256) or form
        store(session, content, FORMS[form])
    reply = OfficeReply(
        id=new_id(),
        letter_id=row.id,
        recipient_id=recipient.id if recipient else None,
        received_at=received_at,
        words=said,
        document_sha256=sha256,
        file_name=name,
    )
    session.add(reply)
    sequence = history.append(session, row.id, actor, _recorded(reply, form))
    if actor is SYSTEM:
        session.flush()
        mails.tell_coordinators(session, row, "replied", sequence, reply=reply)
    return reply


def _kept_before(session: Transaction, row: Letter, sha256: str | None, words: str) -> OfficeReply | None:
    """Return the reply with the same file, or the same words; raises `RefusedError` where there are too many others."""
    kept = session.scalars(select(OfficeReply).where(OfficeReply.letter_id == row.id)).all()
    for one in kept:
        if one.document_sha256 == sha256 and (sha256 is not None or one.words == words):
            return one
    if len(kept) >= MOST_KEPT:
        raise RefusedError(lazy_gettext("No more replies are kept of this letter."))
    return None


def _recorded(reply: OfficeReply, form: str) -> actions.OfficeReplied:
    return actions.OfficeReplied(
        reply=reply.id,
        received_at=reply.received_at,
        recipient=reply.recipient_id,
        document=reply.document_sha256 or "",
        form=form,
        words=reply.words,
        file_name=reply.file_name,
    )


def _words(words: str, *, cut: bool) -> str:
    if cut:
        words = words.encode("utf-8", "replace").decode()
        if len(words.strip()) > WORDS.most:
            words = words.strip()[: WORDS.most - len(CUT)] + CUT
    try:
        return typed.block(words, WORDS)
    except RefusedError as refused:
        raise InputError(words=refused.reasons[0]) from refused


def _file(document: tuple[str, str, bytes]) -> tuple[str, str, bytes]:
    """Return the file's name as it is kept, its form as its bytes say, and its bytes; raises `InputError`."""
    name, media_type, content = document
    if not content:
        raise InputError(file=lazy_gettext("This file is empty."))
    if len(content) > LARGEST:
        most = LARGEST // 1_000_000
        raise InputError(file=lazy_gettext("This file is too large: at most %(most)s MB.", most=most))
    form = form_of(content, name, media_type)
    if form == "docx" and MACROS in content:
        raise InputError(
            file=lazy_gettext("This Word document holds macros. Save it as .docx or PDF, and choose that.")
        )
    if form is None:
        raise InputError(
            file=lazy_gettext(
                "Choose a PDF, a Word document (.docx), an email (.eml), a text or a picture (PNG, JPEG)."
            )
        )
    return file_name(name, form), form, content


def form_of(content: bytes, name: str = "", media_type: str = "") -> str | None:
    """Return which of `FORMS` a file is, by its bytes alone; an email and a text are told apart by name too."""
    if content.startswith(b"%PDF-"):
        return "pdf"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if content.startswith(b"PK\x03\x04"):
        return "docx" if b"word/document.xml" in content else None
    if media_type == FORMS["eml"] or name.lower().endswith(".eml"):
        return "eml" if _begins_with_headers(content) else None
    if b"\0" in content:
        return None
    try:
        content.decode()
    except UnicodeDecodeError:
        return None
    return "txt"


def _begins_with_headers(content: bytes) -> bool:
    """Whether a file begins as an email does: a header, and whatever a first line of a mailbox says before it."""
    lines = content[:10_000].splitlines()
    first = next((line for line in lines if not line.startswith((b"From ", b">From "))), b"")
    name, colon, _ = first.partition(b":")
    return bool(colon) and 0 < len(name) <= 76 and all(33 <= one <= 126 for one in name)


def file_name(name: str, form: str) -> str:
    """Return what a file is called, with nothing that a file system or a header would take for something else."""
    base = name.replace("\\", "/").rpartition("/")[2]
    plain = typed.shown(base.encode("utf-8", "replace").decode()[:400]).translate(_NO_NAME)[:120].strip(". ")
    stem = plain.rpartition(".")[0] or plain
    ending = "jpg" if form == "jpeg" else form
    return f"{stem or 'reply'}.{ending}"


def _known_form(session: Transaction, sha256: str) -> str | None:
    """Return as what the very bytes are kept already: they are kept once."""
    kept = session.get(Document, sha256)
    return next((form for form, media in FORMS.items() if kept and media == kept.media_type), None)


def replies(session: Transaction, row: Letter) -> list[OfficeReply]:
    """Return what the offices answered to a letter, the oldest first."""
    query = select(OfficeReply).where(OfficeReply.letter_id == row.id)
    return list(session.scalars(query.order_by(OfficeReply.received_at, OfficeReply.id)))


def reply_of(session: Transaction, row: Letter, reply_id: str) -> OfficeReply:
    """Return one of a letter's replies; raises `NotFoundError` for one of another letter."""
    found = session.get(OfficeReply, reply_id)
    if found is None or found.letter_id != row.id:
        raise NotFoundError("There is no such reply.")
    return found
