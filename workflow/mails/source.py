"""What the words of a mail are made from: its delivery, and what stands about the letter and the invitation."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from operator import attrgetter
from typing import Annotated, Any, Self, get_type_hints

from emails.message import Attachment
from workflow import documents
from workflow.languages import apart
from workflow.letter import text as texts
from workflow.mails.reading import Mailing, MailRow, OneLetter
from workflow.models import Invitation, Letter, Recipient, Revision, Signoff, User
from workflow.names import MOST_LISTED, Named, number_of_others
from workflow.tokens import hash_token
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Hole:
    """What a field is that differs from mail to mail of one mailing."""


Personal = Annotated[str, Hole()]
"""
Words that each mail of a mailing has for itself. All its mails share the rest, which is made once.

Templates may ask whether such words are empty, but not what they are; and they never stand in an attribute of HTML.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Values that templates have under their names; those of a part inside a part stand beside them."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that many mails have: a document that is stored, or a text of a letter, by its SHA-256."""

    filename: str
    media_type: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailData(Part):
    """What the templates of one mail are given, and the files that go with it: its own, and those of all."""

    attachments: tuple[Attachment | Stored, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """What the templates of a mail are given, by their names for it, and which of that differs from mail to mail."""

    fields: dict[str, Callable[[Any], Any]]
    personal: tuple[str, ...]

    @classmethod
    def of(cls, data: type[MailData]) -> Self:
        """Return that of the mails that have this data."""
        found = list(_fields(data))
        personal = tuple(path.rpartition(".")[2] for path, differs in found if differs)
        return cls({path.rpartition(".")[2]: attrgetter(path) for path, _ in found}, personal)

    def given(self, data: MailData) -> dict[str, Any]:
        """Return what the templates are given for one mail."""
        return {name: get(data) for name, get in self.fields.items()}


def _fields(part: type[Part], before: str = "") -> Iterator[tuple[str, bool]]:
    """The path of each field, and whether it differs from mail to mail."""
    types = get_type_hints(part, include_extras=True)
    for field in fields(part):
        kind = types[field.name]
        if isinstance(kind, type) and issubclass(kind, Part):
            yield from _fields(kind, f"{before}{field.name}.")
        else:
            yield before + field.name, Hole() in getattr(kind, "__metadata__", ())


class OwnLink(str):
    """The address that opens an invitation. It is not kept anywhere: its token is made again from the link's id."""

    before: str
    link_id: str

    @classmethod
    def of(cls, public_url: str, link_id: str, token: str) -> Self:
        """Return the address, which knows what it is made from."""
        before = f"{public_url}/s/"
        made = cls(before + token)
        made.before, made.link_id = before, link_id
        return made


class StopAddress(str):
    """
    The address that stops more mails of a kind to who reads this one. It is kept nowhere: its tag is made again.

    It begins in `before` with the product's own address; `what` it stops, and `of` which link or member of staff.
    """

    before: str
    what: str
    of: str
    tag_hash: str

    @classmethod
    def made(cls, public_url: str, what: str, of: str, tag: str) -> Self:
        """Return the address, which knows what it is made from."""
        before = f"{public_url}/stop/{what}/{of}/"
        address = cls(before + tag)
        address.before, address.what, address.of, address.tag_hash = before, what, of, hash_token(tag)
        return address


class Source:
    """
    One delivery, and what its mail may say of it, in the reader's language.

    What is put into sentences is set apart where it is written in another direction than they are. A mail that is of
    no letter, or of no invitation, has none of what stands about them: to ask for it fails.
    """

    def __init__(self, mailing: Mailing, row: MailRow, language: str) -> None:
        self.mailing = mailing
        self.row = row
        self.session: Transaction = mailing.session
        self.settings = self.session.settings
        self.language = language
        self.about: dict[str, Any] = row.about

    def apart(self, words: str) -> str:
        """Return words as they stand in a sentence of the reader's language."""
        return str(apart(words, self.language))

    # --- the letter ---

    @cached_property
    def one(self) -> OneLetter:
        """What stands about the letter that the mail is of."""
        assert self.row.letter_id is not None
        return self.mailing.letter(self.row.letter_id)

    @property
    def letter(self) -> Letter:
        """The letter that the mail is of."""
        return self.one.row

    @property
    def title(self) -> str:
        """The letter's title."""
        return self.letter.title

    @property
    def digest(self) -> str | None:
        """Which text the mail is about, where its delivery says so."""
        return self.about.get("digest")

    @property
    def revision(self) -> Revision | None:
        """The text that the mail is about: the one that its delivery names, else the one before the co-signers."""
        return self.one.revision(self.digest)

    @property
    def text(self) -> texts.Letter:
        """The words of that text, of the draft where there is none."""
        return self.one.text(self.digest)

    @property
    def addressees(self) -> str:
        """To whom the letter goes, in a sentence."""
        return self.one.addressees(self.digest, self.language)

    @property
    def deadline(self) -> str:
        """Until when an answer is asked for, in the invitation's zone; empty: there is no deadline."""
        return self.one.deadline(self.row.timezone or "", self.language, self.row.own_deadline)

    @property
    def note(self) -> tuple[str, ...]:
        """The coordinator's own words to readers of this language, by paragraphs; empty: none."""
        return self.one.note(self.about.get("note", ""), self.language)

    @property
    def recipient(self) -> Recipient:
        """The one recipient whom the mail is to."""
        assert self.row.recipient_id is not None
        return self.session.get_one(Recipient, self.row.recipient_id)

    @property
    def coordinator(self) -> User | None:
        """Who answers for the letter."""
        return self.one.coordinator

    @property
    def coordinator_name(self) -> str:
        """How sentences call who asks."""
        return self.one.coordinator_name(self.language)

    @property
    def others_asked(self) -> str:
        """Who is asked besides the organisation that reads, in a sentence."""
        asked = self.one.names.asked
        if self.row.listed:
            asked = asked.besides(self.row.organisation or "", withheld=bool(self.row.confidential))
        return _in_words(asked, self.language)

    # --- the invitation ---

    @cached_property
    def invitation(self) -> Invitation:
        """The invitation that the mail is of: read for this mail alone, so it is for mails that are rare."""
        return self.session.get_one(Invitation, self.row.invitation_id)

    @property
    def zone(self) -> str:
        """The time zone that the reader is told times in."""
        return self.row.timezone or self.letter.timezone

    @property
    def organisation(self) -> str:
        """The organisation that is asked."""
        return self.apart(self.row.organisation or "")

    @property
    def addressed(self) -> str:
        """Who reads it: who is expected to sign, or somebody else of the organisation; empty: nobody knows."""
        contact = self.about.get("contact")
        if "name" in self.about:
            return str(self.about["name"])
        return self.mailing.contacts.get(contact, "") if contact else self.row.signatory or ""

    @property
    def signatory(self) -> str:
        """The same, as it stands in a sentence."""
        return self.apart(self.addressed)

    @property
    def signoffs(self) -> list[Signoff]:
        """The sign-offs that the organisation has given and not taken back."""
        return [signoff for signoff in self._signoffs if signoff.retracted_at is None]

    @property
    def signoff(self) -> Signoff:
        """The sign-off that the mail is of."""
        return next(signoff for signoff in self._signoffs if signoff.id == self.about["signoff"])

    @property
    def _signoffs(self) -> list[Signoff]:
        return self.mailing.signoffs[self.row.invitation_id or ""]

    @property
    def by_hand(self) -> Signoff | None:
        """The last of them that a person gave."""
        return next((signoff for signoff in reversed(self.signoffs) if signoff.basis == "confirmed"), None)

    @property
    def link(self) -> str:
        """
        The address that opens the invitation; empty: it has no link.

        Raises `LinkSecretChangedError` when it can't be made any more.
        """
        link_id = self.about.get("link")
        if link_id not in self.mailing.links:
            link_id = self.mailing.living.get((self.row.invitation_id or "", self.about.get("contact") or ""))
        if link_id is None:
            return ""
        token = self.session.tokens.link(link_id, self.mailing.links[link_id].token_hash)
        return OwnLink.of(self.settings.public_url, link_id, token)

    @property
    def stop(self) -> str:
        """The address that stops more mails of its kind: an invitation's reminders, else what staff get each day."""
        what, of = ("reminders", self.about["link"]) if self.row.invitation_id else ("digest", self.about["user"])
        tag = self.session.tokens.stops(what, of, self.row.address)[0]
        return StopAddress.made(self.settings.public_url, what, of, tag)

    # --- the documents ---

    def documents(self, subject: str) -> tuple[Stored, ...]:
        """Return the documents that the delivery names, as files called after `subject`."""
        wanted = {kind: self.about[kind] for kind in ("docx", "pdf") if self.about.get(kind)}
        return tuple(
            Stored(documents.file_name(subject, kind), self.one.media_type(sha256), sha256)
            for kind, sha256 in wanted.items()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeText(Part):
    """A letter as it reads on paper: what the templates' macro `whole` shows."""

    recipients: tuple[tuple[str, ...], ...]
    """Each in lines."""
    dated: str
    subject_line: str
    salutation: str
    body_text: str
    body_html: str
    closing: str
    language: str
    signatures: tuple[tuple[str, ...], ...]
    """Each in lines."""
    others_signed: Personal
    """How many others there are, where not all are named."""
    withheld_signed: Personal
    """How many have signed whose names are withheld."""

    @classmethod
    def of(cls, source: Source) -> Self:
        """Return the text that a mail is about, with the first who have signed: no mail grows with their number."""
        names = source.one.names
        shown = names.signatures[:MOST_LISTED]
        return cls._of(source, source.text.recipients, shown, names.printed - len(shown), names.unprinted)

    @classmethod
    def with_all(cls, source: Source, recipient: texts.Recipient) -> Self:
        """Return the same for one recipient alone, with all who have signed."""
        signatures, unprinted = source.one.signatures
        return cls._of(source, (recipient,), signatures, 0, unprinted)

    @classmethod
    def _of(
        cls,
        source: Source,
        recipients: tuple[texts.Recipient, ...],
        signatures: tuple[texts.Signature, ...],
        others: int,
        unprinted: int,
    ) -> Self:
        words, row = source.text, source.letter
        body_text, body_html = _both(words.body)
        return cls(
            recipients=tuple(recipient.lines for recipient in recipients),
            dated=documents.dateline(row.place, row.date, words.language),
            subject_line=words.subject,
            salutation=words.salutation,
            body_text=body_text,
            body_html=body_html,
            closing=words.closing,
            language=words.language,
            signatures=documents.read_out(signatures, words.language),
            others_signed=number_of_others(others, source.language) if others else "",
            withheld_signed=documents.withheld_line(unprinted, words.language),
        )


@functools.lru_cache(maxsize=256)
def _in_words(named: Named, language: str) -> str:
    """Return the same words for all but the first, who are named to all others."""
    return str(apart(named.in_words(language), language))


@functools.lru_cache(maxsize=32)
def _both(body: str) -> tuple[str, str]:
    """Return the body of a letter as a mail's text and as its HTML: made once, for it takes longer than the mail."""
    return texts.to_plain(body), texts.to_html(body)
