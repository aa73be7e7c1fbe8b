"""Deliveries read at once for their mails to be written, and what the mails of a letter have in common."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar, cast

from sqlalchemy import Row, Select, select

from config.settings import Settings
from emails.dkim import DkimKey
from workflow import documents, history, keys
from workflow.languages import apart, in_zone, joined
from workflow.letter import text as texts
from workflow.models import (
    CommonCheckpoint,
    Delivery,
    Disclosure,
    Document,
    Invitation,
    InvitationContact,
    Letter,
    Link,
    LogEntry,
    Note,
    Organisation,
    Revision,
    Signoff,
    User,
)
from workflow.names import NOBODY_NAMED, NOBODY_NAMED_AMID, Names, asked_by, names, signatures
from workflow.states.deadlines import due
from workflow.transaction import Transaction

M = TypeVar("M", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class MailRow:
    """A delivery with its invitation, where it has one: what no other mail of a mailing has."""

    id: str
    letter_id: str | None
    invitation_id: str | None
    recipient_id: str | None
    kind: str
    address: str
    about: dict[str, Any]
    message_id: str
    queued_at: datetime
    sealed: bytes | None
    skeleton: str | None
    fills: dict[str, Any]
    organisation: str | None
    signatory: str | None
    language: str | None
    timezone: str | None
    confidential: bool | None
    listed: bool | None
    """It is one of the organisations that are asked."""
    own_deadline: datetime | None = None


ROW = (
    select(
        Delivery.id,
        Delivery.letter_id,
        Delivery.invitation_id,
        Delivery.recipient_id,
        Delivery.kind,
        Delivery.address,
        Delivery.about,
        Delivery.message_id,
        Delivery.queued_at,
        Delivery.sealed,
        Delivery.skeleton,
        Delivery.fills,
        Organisation.name,
        Invitation.signatory,
        Invitation.language,
        Invitation.timezone,
        Invitation.confidential,
        Invitation.is_listed & ~Invitation.individual,
        Invitation.deadline,
    )
    .outerjoin(Invitation, Invitation.id == Delivery.invitation_id)
    .outerjoin(Organisation, Organisation.id == Invitation.organisation_id)
)


class Mailing:
    """Some deliveries, and what their mails are made from, read as few times as can be."""

    def __init__(self, session: Transaction, delivery_ids: Iterable[str]) -> None:
        self.session = session
        self.rows = [MailRow(*row) for row in session.execute(ROW.where(Delivery.id.in_(list(delivery_ids))))]
        self._letters: dict[str, OneLetter] = {}

    def letter(self, letter_id: str) -> OneLetter:
        """Return what stands about a letter."""
        if letter_id not in self._letters:
            self._letters[letter_id] = OneLetter(self.session, self.session.get_one(Letter, letter_id))
        return self._letters[letter_id]

    @cached_property
    def links(self) -> dict[str, Row[str, str, str, datetime | None, str, str | None]]:
        """The links of all their invitations by id, the oldest first."""
        columns = (Link.id, Link.invitation_id, Link.token_hash, Link.revoked_at, Link.purpose, Link.contact_id)
        found = self.session.execute(select(*columns).where(self._of_these(Link)).order_by(Link.created_at))
        return {link.id: link for link in found}

    @cached_property
    def living(self) -> dict[tuple[str, str], str]:
        """The link that lives now and answers, by invitation and contact (empty: the first)."""
        return {
            (link.invitation_id, link.contact_id or ""): link.id
            for link in reversed(self.links.values())
            if link.revoked_at is None and link.purpose == "answer"
        }

    @cached_property
    def contacts(self) -> dict[str, str]:
        """The names of the other contacts whom they are to, by id."""
        wanted = {row.about["contact"] for row in self.rows if row.about.get("contact")}
        named = select(InvitationContact.id, InvitationContact.name).where(InvitationContact.id.in_(wanted))
        return {one.id: one.name for one in self.session.execute(named)} if wanted else {}

    @cached_property
    def signoffs(self) -> defaultdict[str, list[Signoff]]:
        """The sign-offs by invitation, those too that were taken back, in the order in which they were given."""
        query = select(Signoff).where(self._of_these(Signoff))
        found = defaultdict(list)
        for signoff in self.session.scalars(query.order_by(Signoff.sequence)):
            found[signoff.invitation_id].append(signoff)
        return found

    @cached_property
    def entries(self) -> dict[tuple[str, int], bytes]:
        """The entries of the sign-offs that they are of, by letter and number."""
        rows = self.session.execute(self._of_signoffs(LogEntry.letter_id, LogEntry.sequence, LogEntry.entry))
        return {(letter_id, sequence): entry for letter_id, sequence, entry in rows}

    @cached_property
    def disclosures(self) -> dict[tuple[str, int], tuple[bytes, Any]]:
        """What opens the commitments of those entries: salt and payload, by letter and number."""
        columns = (Disclosure.letter_id, Disclosure.sequence, Disclosure.salt, Disclosure.payload)
        return {(row[0], row[1]): (row[2], row[3]) for row in self.session.execute(self._of_signoffs(*columns))}

    def _of_signoffs(self, letter_id: Any, sequence: Any, *more: Any) -> Select[Any]:
        wanted = {row.about.get("signoff") for row in self.rows}
        numbers = {one.sequence for given in self.signoffs.values() for one in given if one.id in wanted}
        letters = {row.letter_id for row in self.rows}
        return select(letter_id, sequence, *more).where(letter_id.in_(letters), sequence.in_(numbers))

    def _of_these(self, table: type[Link | Signoff]) -> Any:
        return table.invitation_id.in_({row.invitation_id for row in self.rows if row.invitation_id})

    @cached_property
    def head(self) -> str:
        """The newest signed head of the log over all letters, a note, which they carry along; empty: there is none."""
        query = select(CommonCheckpoint.note).order_by(CommonCheckpoint.size.desc())
        return self.session.scalar(query.limit(1)) or ""

    @cached_property
    def dkim(self) -> DkimKey | None:
        """The key that signs them."""
        return dkim_key(self.session.settings)


def dkim_key(settings: Settings) -> DkimKey | None:
    """Return the DKIM key of this instance, if one is set."""
    if not settings.dkim_domain or settings.dkim_key_file is None:
        return None
    return DkimKey(settings.dkim_domain, settings.dkim_selector, settings.dkim_key_file.read_bytes())


def _once(method: M) -> M:
    """Let what stands about a letter be made once for the same arguments."""

    @functools.wraps(method)
    def found(self: OneLetter, *about: Any) -> Any:
        key = (method.__name__, *about)
        if key not in self.made:
            self.made[key] = method(self, *about)
        return self.made[key]

    return cast(M, found)


def in_paragraphs(words: str) -> tuple[str, ...]:
    """Return plain text by paragraphs, each in the lines in which it was typed."""
    return tuple(filter(None, words.split("\n\n")))


class OneLetter:
    """What all mails of a letter may say of it, made once for each language and text."""

    def __init__(self, session: Transaction, row: Letter) -> None:
        self.session = session
        self.row = row
        self.made: dict[tuple[Any, ...], Any] = {}

    @_once
    def revision(self, digest: str | None) -> Revision | None:
        """The text with this digest, else the one that is before the co-signers."""
        return next((r for r in self.row.revisions if r.digest == digest), None) or self.row.revision

    @_once
    def text(self, digest: str | None) -> texts.Letter:
        """The words of that text, of the draft where there is none."""
        revision = self.revision(digest)
        return revision.text() if revision else self.row.text()

    @_once
    def addressees(self, digest: str | None, language: str) -> str:
        """To whom the letter goes, in a sentence."""
        called = [recipient.name or recipient.office or recipient.title for recipient in self.text(digest).recipients]
        return str(apart(joined(called, language), language))

    @_once
    def deadline(self, zone: str, language: str, own: datetime | None = None) -> str:
        """Until when an answer is asked for, in a zone or the campaign's own; empty: there is no deadline."""
        until = due(self.row.deadline, own)
        return in_zone(until, zone or self.row.timezone, language) if until else ""

    @_once
    def changes(self, before: str, digest: str | None) -> tuple[documents.Change, ...]:
        """What changed from one text to another."""
        return tuple(documents.changed(self.text(before), self.text(digest)))

    @_once
    def note(self, note_id: str, language: str) -> tuple[str, ...]:
        """What the coordinator says in their own words to readers of a language, by paragraphs."""
        note = self.session.get(Note, note_id) if note_id else None
        return in_paragraphs(note.words.get(language, "")) if note else ()

    @cached_property
    def coordinator(self) -> User | None:
        """Who answers for the letter."""
        return self.row.campaign.coordinator

    @_once
    def coordinator_name(self, language: str) -> str:
        """How sentences call who asks, where they begin with that."""
        return str(apart(self.asked_by or NOBODY_NAMED.translate(language), language))

    @_once
    def coordinator_amid(self, language: str) -> str:
        """How sentences call who asks, where that stands in the middle of them."""
        return str(apart(self.asked_by or NOBODY_NAMED_AMID.translate(language), language))

    @cached_property
    def asked_by(self) -> str:
        """Who asks, as co-signers read it."""
        return asked_by(self.row.campaign)

    @cached_property
    def names(self) -> Names:
        """Who is asked and has signed, as everybody may know it."""
        return names(self.session, self.row)

    @cached_property
    def signed_at(self) -> list[datetime]:
        """When those who stand below the text of now have signed it, the earliest first."""
        standing = Signoff.retracted_at.is_(None) & (Signoff.basis == "confirmed")
        query = select(Signoff.signed_at).join(Invitation, Invitation.id == Signoff.invitation_id)
        query = query.where(Invitation.letter_id == self.row.id, Invitation.has_signed, standing)
        digest = self.row.revision.digest if self.row.revision else ""
        return list(self.session.scalars(query.where(Signoff.digest == digest).order_by(Signoff.signed_at)))

    @cached_property
    def signatures(self) -> tuple[tuple[texts.Signature, ...], int]:
        """All that is printed below the letter, and how many have signed whose names are not."""
        return signatures(self.session, self.row)

    def vkey(self, size: int) -> str:
        """The public key that signed the checkpoint of so many entries."""
        return history.vkey_of(self.session, self.row.id, size) if self._has_had_other_keys else self._vkey

    @cached_property
    def _vkey(self) -> str:
        return history.vkey_of(self.session, self.row.id)

    @cached_property
    def _has_had_other_keys(self) -> bool:
        return keys.ever_changed(self.session)

    @_once
    def media_type(self, sha256: str) -> str:
        """What a stored document is."""
        return self.session.get_one(Document, sha256).media_type
