"""From deliveries to the bytes of their mails: what `deliveries` keeps and sends at every attempt."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from emails.headers import Head
from emails.message import Attachment, put_together
from emails.rendering import Words, render
from emails.skeleton import compile_skeleton, fits
from workflow.languages import catalogue, direction, known
from workflow.mails.audiences import Audience
from workflow.mails.reading import Mailing, MailRow, dkim_key
from workflow.mails.registry import MAILS, Mail
from workflow.mails.return_paths import for_replies
from workflow.mails.shared import Kept, Sender, SharedWords, content_of, filled_in, kept_of, values_of, words_of
from workflow.mails.source import MailData, Source, Stored
from workflow.models import Delivery, MailSkeleton, now
from workflow.transaction import Transaction

__all__ = ["TEMPLATES", "Written", "dkim_key", "gather", "keep_skeleton", "write", "write_many"]

TEMPLATES = Path(__file__).parents[2] / "templates" / "emails"


@dataclass(frozen=True)
class Written:
    """
    One mail, made or not.

    With a `skeleton` it is made again from that and `fills` (`keep_skeleton`, then both into the delivery's row);
    without one its bytes are to be kept whole, unless they were already. With an `error` it has no bytes.
    """

    address: str = ""
    pieces: tuple[bytes, ...] = ()
    """What its bytes are joined from; the mails of a mailing share what is the same."""
    words: SharedWords | None = None
    fills: dict[str, Any] = field(default_factory=dict)
    """What stands in the holes of the skeleton; never a token."""
    error: Exception | None = None

    @property
    def content(self) -> bytes:
        """Its MIME bytes, joined anew: to be held only as long as it is being sent."""
        return b"".join(self.pieces)

    @property
    def skeleton(self) -> str | None:
        """The SHA-256 of the skeleton that it is made from."""
        return self.words.sha256 if self.words else None

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of its bytes, in hex."""
        return hashlib.sha256(self.content).hexdigest()


def write_many(session: Transaction, delivery_ids: Iterable[str]) -> dict[str, Written]:
    """
    Return the mails of deliveries, in a transaction that reads; the same bytes every time.

    One that was made before is made again from what is kept. Of one that cannot be made, it returns why. Raises what
    the database does.
    """
    mailing = Mailing(session, delivery_ids)
    return {row.id: _written(mailing, row) for row in mailing.rows}


def _written(mailing: Mailing, row: MailRow) -> Written:
    try:
        if row.sealed is not None:
            return Written(row.address, (mailing.session.tokens.decrypt(row.sealed),))
        if row.skeleton is not None:
            return _filled(mailing, row, words_of(mailing.session, row.skeleton), row.fills)
        return _anew(mailing, row)
    except sa.exc.DBAPIError:
        raise
    except Exception as error:
        # One mail that cannot be made holds up no other.
        return Written(row.address, error=error)


def keep_skeleton(session: Transaction, written: Written) -> None:
    """Keep the skeleton that a mail is made from, unless it is kept already; of a mail without one, do nothing."""
    kept: set[str] = session.info.setdefault("skeletons", set())
    if written.words is None or written.words.sha256 in kept:
        return
    kept.add(written.words.sha256)
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = {"sha256": written.words.sha256, "content": written.words.content, "created_at": now()}
    known_already = sa.select(MailSkeleton.sha256).where(MailSkeleton.sha256 == written.words.sha256)
    if session.scalar(known_already) is None:
        session.execute(insert(MailSkeleton).values(row).on_conflict_do_nothing())


def write(session: Transaction, delivery: Delivery, files: Sequence[Attachment] = ()) -> bytes:
    """
    Return the MIME bytes of a delivery, made from what is stored, for it alone; the same every time.

    `files` go along with it besides. Raises `LinkSecretChangedError` when its link can't be made any more, and what
    `emails.message.build` raises.
    """
    mailing = Mailing(session, [delivery.id])
    mail, source = _source(mailing, mailing.rows[0])
    data = mail.write(source)
    return _built(mail, source, replace(data, attachments=(*data.attachments, *files)) if files else data)


def gather(session: Transaction, delivery: Delivery) -> MailData:
    """Return what the templates of a delivery are given; raises `LinkSecretChangedError`."""
    mailing = Mailing(session, [delivery.id])
    mail, source = _source(mailing, mailing.rows[0])
    return mail.write(source)


def _source(mailing: Mailing, row: MailRow) -> tuple[Mail, Source]:
    """What recipients get is in the letter's language; a co-signer's mails are in theirs, those of staff in theirs."""
    mail = MAILS[row.kind]
    language = known(str(row.about.get("language") or "")) or "en"
    if row.letter_id and mail.to.in_letters_language:
        language = known(mailing.letter(row.letter_id).row.language) or language
    if row.invitation_id and row.letter_id and mail.to.own_language:
        language = row.language or known(mailing.letter(row.letter_id).row.language) or language
    return mail, Source(mailing, row, language)


# --- for itself alone -------------------------------------------------------------------------------------------------


def said(mail: Mail, source: Source, data: MailData, **more: object) -> Words:
    """Return what a mail says; its templates may ask for what is given `more`."""
    told = {**_of_every_mail(source.language), **mail.layout.given(data), **more}
    return render(TEMPLATES, mail.kind, told, catalogue(source.language))


def head_of(mail: Mail, source: Source) -> Head:
    """Return the head of the mail of a delivery."""
    sender, row = _sender(source, mail.to), source.row
    return Head(
        sender=sender.address,
        sender_name=sender.name,
        recipient=row.address,
        recipient_name=mail.to.named(source),
        message_id=row.message_id,
        date=row.queued_at.replace(microsecond=0),
        reply_to=_replies_to(source, mail) or sender.reply_to,
        auto_submitted=sender.automatic,
        unsubscribe=source.stop if mail.stops else "",
        note=source.mailing.head,
        in_reply_to=str(source.about.get("answers") or "") if mail.answers else "",
    )


def _replies_to(source: Source, mail: Mail) -> str:
    """Return where answers to a mail go that a coordinator answers for; empty: to their own address."""
    if not (source.row.letter_id and mail.to.from_coordinator) or mail.answers:
        return ""
    return for_replies(source.settings, source.session.tokens, source.row.id)


def _built(mail: Mail, source: Source, data: MailData) -> bytes:
    files = [whole(source.session, file) for file in data.attachments]
    return put_together(said(mail, source, data), head_of(mail, source), files, source.mailing.dkim)


def whole(session: Transaction, file: Attachment | Stored) -> Attachment:
    """Return a file with its bytes."""
    if isinstance(file, Stored):
        return Attachment(file.filename, file.media_type, content_of(session, file))
    return file


def _of_every_mail(language: str) -> dict[str, object]:
    return {"mail_language": language, "direction": direction(language)}


def _sender(source: Source, to: Audience) -> Sender:
    coordinator = source.coordinator if source.row.letter_id and to.from_coordinator else None
    settings, reply_to = source.settings, coordinator.email if coordinator else None
    name = settings.mail_from_name
    if coordinator is not None and source.one.asked_by != coordinator.email:
        name = f"{source.one.asked_by} via {name}" if to.automatic else source.one.asked_by
    return Sender(settings.mail_from, name, reply_to, to.automatic)


# --- with the others --------------------------------------------------------------------------------------------------


_known_words: Kept[tuple[Any, ...], SharedWords] = Kept(128)


def _anew(mailing: Mailing, row: MailRow) -> Written:
    """Write a mail for the first time: filled in where it shares its words with others."""
    mail, source = _source(mailing, row)
    data = mail.write(source)
    given = mail.layout.given(data)
    values = {name: value for name in mail.layout.personal if (value := given.pop(name))}
    if mail.once or not mail.layout.personal or not all(map(fits, values.values())):
        return Written(row.address, (_built(mail, source, data),))
    replies_to = _replies_to(source, mail)
    fills: dict[str, Any] = {
        "to": mail.to.named(source),
        **({"reply_to": replies_to} if replies_to else {}),
        "values": {name: kept_of(value) for name, value in values.items()},
        "files": {file.filename: file.content.decode() for file in data.attachments if isinstance(file, Attachment)},
    }
    words, dkim = _words(mail, source, given, tuple(values)), mailing.dkim
    pieces = filled_in(mailing.session, row, words, fills, values, dkim)
    # Kept, for the key may be another one at the next attempt.
    fills["signature"] = pieces[0].decode("ascii") if dkim else ""
    return Written(row.address, tuple(pieces), words, fills)


def _filled(mailing: Mailing, row: MailRow, words: SharedWords, fills: dict[str, Any]) -> Written:
    pieces = filled_in(mailing.session, row, words, fills, values_of(mailing, row, fills))
    return Written(row.address, (fills["signature"].encode(), *pieces), words, fills)


def _words(mail: Mail, source: Source, given: dict[str, Any], holes: tuple[str, ...]) -> SharedWords:
    """Return the words of a mail with holes, compiled where nobody has compiled the same before."""
    files = tuple(
        file if isinstance(file, Stored) else (file.filename, file.media_type) for file in given.pop("attachments")
    )
    sender = _sender(source, mail.to)
    key = (TEMPLATES, mail.kind, source.language, sender, files, holes, *given.values())
    found = _known_words.get(key)
    if found is None:
        told = {**_of_every_mail(source.language), **given, **dict.fromkeys(mail.layout.personal, "")}
        words = compile_skeleton(TEMPLATES, mail.kind, told, holes, catalogue(source.language))
        found = _known_words.put(key, SharedWords(words, sender, files))
    if found.head == source.mailing.head:
        return found
    # A newer head: the words are the same, and not compiled again.
    return _known_words.put(key, replace(found, head=source.mailing.head))
