"""
The skeletons of mails, as they are kept: with what stands in the head and which files are attached.

A skeleton is a JSON document that the database keeps under its SHA-256. With the `fills` of a delivery it is the mail,
to the byte, whatever has changed since in the tables, the templates and the settings: its DKIM signature is kept too.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Generic, Self, TypeVar

from sqlalchemy import select

from emails.dkim import DkimKey
from emails.headers import Head
from emails.message import Attachment, file_part
from emails.skeleton import Skeleton, fill
from workflow.mails.reading import Mailing, MailRow
from workflow.mails.source import OwnLink, StopAddress, Stored
from workflow.models import Document, MailSkeleton, Revision
from workflow.transaction import Transaction

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class WordsChangedError(RuntimeError):
    """What a mail was made from was changed or removed: it is not sent with other words."""


class Kept(Generic[K, V]):
    """The last that were used of what a process makes, up to a size in all."""

    def __init__(self, most: int, size: Callable[[V], int] = lambda value: 1) -> None:
        self._most = most
        self._size = size
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()
        self._total = 0

    def get(self, key: K) -> V | None:
        """Return what was made for a key, where it is still kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: K, value: V) -> V:
        """Keep what was made."""
        with self._lock:
            before = self._values.pop(key, None)
            self._total += self._size(value) - (0 if before is None else self._size(before))
            self._values[key] = value
            while self._total > self._most and len(self._values) > 1:
                self._total -= self._size(self._values.popitem(last=False)[1])
        return value


@dataclass(frozen=True, slots=True)
class Sender:
    """Whom all mails of a mailing are from."""

    address: str
    name: str
    reply_to: str | None
    automatic: bool


@dataclass(frozen=True)
class SharedWords:
    """A skeleton with its sender and its files; of a file that each mail has for itself, its name and its type."""

    words: Skeleton
    sender: Sender
    files: tuple[Stored | tuple[str, str], ...]
    head: str = ""
    """The newest head of the log over all letters when they were made; empty in what earlier versions have kept."""

    @cached_property
    def content(self) -> bytes:
        """What is kept."""
        files = [[one.filename, one.media_type, one.sha256] if isinstance(one, Stored) else one for one in self.files]
        kept = {"version": 1, "sender": asdict(self.sender), "files": files, "words": self.words.as_json()}
        if self.head:
            kept |= {"version": 2, "head": self.head}
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()

    @cached_property
    def sha256(self) -> str:
        """Under what it is kept."""
        return hashlib.sha256(self.content).hexdigest()

    @classmethod
    def of(cls, content: bytes) -> Self:
        """Return what was kept."""
        kept = json.loads(content)
        files = tuple(Stored(*file) if len(file) == 3 else (file[0], file[1]) for file in kept["files"])
        return cls(Skeleton.from_json(kept["words"]), Sender(**kept["sender"]), files, kept.get("head", ""))


FILES = 32 * 1024 * 1024
"""How many bytes of files are kept as they stand in mails: more than one mail may have of them."""

_words: Kept[str, SharedWords] = Kept(128)
_parts: Kept[Stored, bytes] = Kept(FILES, len)


def words_of(session: Transaction, sha256: str) -> SharedWords:
    """Return the skeleton that is kept under a SHA-256; raises `WordsChangedError` where it is another one now."""
    found = _words.get(sha256)
    if found is None:
        content = session.scalar(select(MailSkeleton.content).where(MailSkeleton.sha256 == sha256))
        if content is None or hashlib.sha256(content).hexdigest() != sha256:
            raise WordsChangedError("The words that this mail was made from are not in the database any more.")
        found = _words.put(sha256, SharedWords.of(content))
    return found


def content_of(session: Transaction, stored: Stored) -> bytes:
    """Return a file that many mails have."""
    content = session.scalar(select(Document.content).where(Document.sha256 == stored.sha256))
    if content is None:
        content = session.scalars(select(Revision.canonical).where(Revision.digest == stored.sha256).limit(1)).one()
    return content


def part_of(session: Transaction, stored: Stored) -> bytes:
    """Return it as it stands in a mail: encoded once, for all of them."""
    found = _parts.get(stored)
    if found is None:
        whole = Attachment(stored.filename, stored.media_type, content_of(session, stored))
        found = _parts.put(stored, file_part(whole))
    return found


def filled_in(
    session: Transaction,
    row: MailRow,
    words: SharedWords,
    fills: Mapping[str, Any],
    values: Mapping[str, str],
    dkim: DkimKey | None = None,
) -> list[bytes]:
    """Return the mail of a delivery in pieces; `values` are those of its `fills`, with its link."""
    sender = words.sender
    head = Head(
        sender=sender.address,
        sender_name=sender.name,
        recipient=row.address,
        recipient_name=fills["to"],
        message_id=row.message_id,
        date=row.queued_at.replace(microsecond=0),
        reply_to=fills.get("reply_to") or sender.reply_to,
        auto_submitted=sender.automatic,
        unsubscribe=values.get("stop", ""),
        note=words.head,
    )
    files = [
        part_of(session, file)
        if isinstance(file, Stored)
        else file_part(Attachment(*file, fills["files"][file[0]].encode()))
        for file in words.files
    ]
    return fill(words.words, values, head, files, dkim)


def values_of(mailing: Mailing, row: MailRow, fills: Mapping[str, Any]) -> dict[str, str]:
    """Return what fills the holes; raises `LinkSecretChangedError` for a link that cannot be made any more."""
    return {
        name: kept if isinstance(kept, str) else _address(mailing, row, *kept) for name, kept in fills["values"].items()
    }


def kept_of(value: str) -> str | list[str]:
    """Return how a value is kept: of a link, and of what stops mails, not the token."""
    if isinstance(value, StopAddress):
        return [value.before, value.of, value.what, value.tag_hash]
    return [value.before, value.link_id] if isinstance(value, OwnLink) else value


def _address(mailing: Mailing, row: MailRow, before: str, of: str, what: str = "", tag_hash: str = "") -> str:
    tokens = mailing.session.tokens
    return before + tokens.stop(what, of, row.address, tag_hash) if what else _link(mailing, before, of)


def _link(mailing: Mailing, before: str, link_id: str) -> str:
    return before + mailing.session.tokens.link(link_id, mailing.links[link_id].token_hash)
