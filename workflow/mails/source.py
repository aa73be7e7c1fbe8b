"""What the words of a mail are made from: its delivery, and what stands about the letter and the invitation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from emails.message import Attachment
from workflow import documents
from workflow.languages import apart, joined, lazy_gettext
from workflow.letter import text as texts
from workflow.models import Delivery, Document, Invitation, Letter, Recipient, Revision, User
from workflow.names import Names, names, signatures
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Values that templates have under their names; those of a part inside a part stand beside them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailData(Part):
    """What the templates of one mail are given, and the files that go with it."""

    attachments: tuple[Attachment, ...] = ()


class Source:
    """
    One delivery, and what its mail may say of it, in the reader's language.

    What is put into sentences is set apart where it is written in another direction than they are. A mail that is of
    no letter, or of no invitation, has none of what stands about them: to ask for it fails.
    """

    def __init__(self, session: Transaction, delivery: Delivery, language: str) -> None:
        self.session = session
        self.settings = session.settings
        self.delivery = delivery
        self.language = language
        self.about: dict[str, Any] = delivery.about

    def apart(self, words: str) -> str:
        """Return words as they stand in a sentence of the reader's language."""
        return str(apart(words, self.language))

    # --- the letter ---

    @property
    def letter(self) -> Letter:
        """The letter that the mail is of."""
        assert self.delivery.letter is not None
        return self.delivery.letter

    @property
    def title(self) -> str:
        """The letter's title."""
        return self.letter.title

    @cached_property
    def revision(self) -> Revision | None:
        """The text that the mail is about: the one that its delivery names, else the one before the co-signers."""
        wanted = self.about.get("digest")
        return next((r for r in self.letter.revisions if r.digest == wanted), None) or self.letter.revision

    @cached_property
    def text(self) -> texts.Letter:
        """The words of that text, of the draft where there is none."""
        return self.revision.text() if self.revision else self.letter.text()

    @property
    def addressees(self) -> str:
        """To whom the letter goes, in a sentence."""
        called = [recipient.name or recipient.office or recipient.title for recipient in self.text.recipients]
        return self.apart(joined(called, self.language))

    @property
    def deadline(self) -> str:
        """Until when an answer is asked for, in the invitation's zone; empty: there is no deadline."""
        return self.letter.campaign.deadline_in_words(self.invitation.zone, self.language)

    @property
    def recipient(self) -> Recipient:
        """The one recipient whom the mail is to."""
        assert self.delivery.recipient is not None
        return self.delivery.recipient

    @property
    def coordinator(self) -> User | None:
        """Who answers for the letter."""
        return self.letter.campaign.coordinator

    @property
    def coordinator_name(self) -> str:
        """How sentences call the coordinator."""
        if self.coordinator is None:
            return self.apart(lazy_gettext("The coordinator").translate(self.language))
        return self.apart(self.coordinator.name or self.coordinator.email)

    @cached_property
    def names(self) -> Names:
        """Who is asked and has signed, as this reader may know it."""
        return names(self.session, self.letter, self.delivery.invitation)

    @cached_property
    def signatures(self) -> tuple[tuple[texts.Signature, ...], int]:
        """What is printed below the letter, and how many have signed whose names are not."""
        return signatures(self.session, self.letter)

    # --- the invitation ---

    @property
    def invitation(self) -> Invitation:
        """The invitation that the mail is of."""
        assert self.delivery.invitation is not None
        return self.delivery.invitation

    @property
    def organisation(self) -> str:
        """The organisation that is asked."""
        return self.apart(self.invitation.organisation.name)

    @property
    def signatory(self) -> str:
        """Who is expected to sign; empty: nobody knows."""
        return self.apart(self.invitation.signatory)

    @property
    def link(self) -> str:
        """
        The address that opens the invitation; empty: it has no link.

        Raises `LinkSecretChangedError` when it can't be made any more.
        """
        wanted = self.about.get("link")
        link = next((link for link in self.invitation.links if link.id == wanted), None) or self.invitation.link
        if link is None:
            return ""
        return f"{self.settings.public_url}/s/{self.session.tokens.link(link.id, link.token_hash)}"

    # --- the documents ---

    def documents(self, subject: str) -> tuple[Attachment, ...]:
        """Return the documents that the delivery names, as files called after `subject`."""
        return tuple(self._document(kind, subject) for kind in ("docx", "pdf") if self.about.get(kind))

    def _document(self, kind: str, subject: str) -> Attachment:
        stored = self.session.get_one(Document, self.about[kind])
        return Attachment(documents.file_name(subject, kind), stored.media_type, stored.content)


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
    """Each in lines; names that are withheld stand as a number in the last one."""

    @classmethod
    def of(cls, source: Source, recipients: tuple[texts.Recipient, ...] | None = None) -> Self:
        """Return the text that a mail is about, addressed to all its recipients or to these alone."""
        words = source.text
        signatures, unprinted = source.signatures
        withheld = documents.withheld_line(unprinted, words.language)
        signed = tuple(signature.lines for signature in signatures)
        return cls(
            recipients=tuple(recipient.lines for recipient in recipients or words.recipients),
            dated=documents.dateline(source.letter.place, source.letter.date, words.language),
            subject_line=words.subject,
            salutation=words.salutation,
            body_text=texts.to_plain(words.body),
            body_html=texts.to_html(words.body),
            closing=words.closing,
            language=words.language,
            signatures=(*signed, (withheld,)) if withheld else signed,
        )
