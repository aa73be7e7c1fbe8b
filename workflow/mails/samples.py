"""
An email as it will arrive, before the act that sends it: for a page, or sent to who is about to press as a test.

It is made by what makes the real one, of the same words. Its link opens nothing, and it is no delivery of the letter.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from emails.message import put_together
from emails.rendering import Words
from workflow.languages import known
from workflow.letter import text as texts
from workflow.mails import office, writing
from workflow.mails.audiences import STAFF
from workflow.mails.reading import Mailing, MailRow, OneLetter, in_paragraphs
from workflow.mails.registry import Mail, mail
from workflow.mails.source import MailData, Source
from workflow.models import Delivery, Invitation, Letter, Recipient, Rendering, Revision, User, new_id, now
from workflow.names import Named, Names
from workflow.transaction import Transaction

NO_LINK = "this-is-a-sample-and-opens-no-letter-000000"
"""Stands in the place of a token, and is as long as one; no link has it."""


class _SampleLetter(OneLetter):
    """A letter as it will be once the act is done: a draft is the text that is to be frozen."""

    def __init__(self, session: Transaction, row: Letter, note: Mapping[str, str]) -> None:
        super().__init__(session, row)
        self._note = note

    @cached_property
    def _frozen(self) -> Revision | None:
        if not self.row.is_draft:
            return self.row.revision
        draft = self.row.text()
        before = next((r for r in self.row.revisions if r.digest == draft.digest()), None)
        number = len(self.row.revisions) + 1
        return before or Revision(id="", number=number, digest=draft.digest(), canonical=draft.canonical())

    def revision(self, digest: str | None) -> Revision | None:
        """The text that the act puts before the co-signers, or an earlier one by its digest."""
        return next((r for r in self.row.revisions if r.digest == digest), None) or self._frozen

    def text(self, digest: str | None) -> texts.Letter:
        """Its words."""
        found = self.revision(digest)
        return found.text() if found else self.row.text()

    def note(self, note_id: str, language: str) -> tuple[str, ...]:
        """What the coordinator is writing."""
        return in_paragraphs(self._note.get(language, ""))

    @cached_property
    def names(self) -> Names:
        """Who is asked; nobody has signed a text that is not frozen yet."""
        found = super().names
        if not self.row.is_draft:
            return found
        return dataclasses.replace(found, signed=Named(), signatures=(), printed=0, unprinted=0)


class _SampleMailing(Mailing):
    """One mail that is no delivery."""

    def __init__(self, session: Transaction, row: MailRow, letter: OneLetter) -> None:
        super().__init__(session, ())
        self.rows = [row]
        self._letters = {letter.row.id: letter}


class _SampleSource(Source):
    @property
    def link(self) -> str:
        """The address of no invitation."""
        return f"{self.settings.public_url}/s/{NO_LINK}"

    @property
    def stop(self) -> str:
        """An address that stops nothing."""
        return f"{self.settings.public_url}/stop/reminders/{'0' * 32}/{NO_LINK[:24]}"


@dataclass(frozen=True, slots=True)
class Sample:
    """One email to one reader."""

    mail: Mail
    source: Source

    @property
    def words(self) -> Words:
        """What it says; raises what the real one would raise."""
        return writing.said(self.mail, self.source, self.mail.write(self.source))


def sample(
    session: Transaction, letter: Letter, kind: Mail, invitation: Invitation, note: Mapping[str, str], **about: Any
) -> Sample:
    """
    Return the email of a kind that an invitation will get, with the coordinator's own words by language.

    `about` is what its delivery will say besides the text. Nothing is written, and no link is made.
    """
    found = _SampleLetter(session, letter, note)
    text = found.revision(None)
    asked = {"digest": text.digest, "number": text.number} if text else {}
    row = MailRow(
        id=new_id(),
        letter_id=letter.id,
        invitation_id=invitation.id,
        recipient_id=None,
        kind=kind.kind,
        address=invitation.email,
        about={**asked, **about},
        message_id="",
        queued_at=now(),
        sealed=None,
        skeleton=None,
        fills={},
        organisation=invitation.organisation.name,
        signatory=invitation.signatory,
        language=invitation.language,
        timezone=invitation.timezone,
        confidential=invitation.confidential,
        listed=invitation.is_listed,
        own_deadline=invitation.deadline,
    )
    mailing = _SampleMailing(session, row, found)
    return Sample(kind, _SampleSource(mailing, row, invitation.reads))


COPIES = (office.office_copy.kind,)
"""The kinds that bring a letter to somebody who was not asked anything."""


def to_office(session: Transaction, letter: Letter, recipient: Recipient, made: Rendering | None) -> Sample:
    """Return the email that a recipient will get; without its documents where those are not made yet."""
    row = MailRow(
        id=new_id(),
        letter_id=letter.id,
        invitation_id=None,
        recipient_id=recipient.id,
        kind=office.office.kind,
        address=recipient.email,
        about={"docx": made.docx_sha256, "pdf": made.pdf_sha256} if made else {},
        message_id="",
        queued_at=now(),
        sealed=None,
        skeleton=None,
        fills={},
        organisation=None,
        signatory=None,
        language=None,
        timezone=None,
        confidential=None,
        listed=None,
    )
    mailing = _SampleMailing(session, row, OneLetter(session, letter))
    return Sample(office.office, _SampleSource(mailing, row, known(letter.language) or "en"))


# --- as a test --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class TestEmail(MailData):
    """What a test says: the real words, under a sentence that says what it is."""

    __test__ = False
    real_subject: str
    real_text: str
    before: str
    """The real HTML up to where its first words stand."""
    after: str

    @classmethod
    def of(cls, words: Words) -> Self:
        """Return the test of an email."""
        start = words.html.find(">", words.html.find('<div class="card"')) + 1
        return cls(
            real_subject=words.subject, real_text=words.text, before=words.html[:start], after=words.html[start:]
        )


@mail("sample", "test email", STAFF, to_blocked="sent")
def test_email(source: Source) -> TestEmail:
    """It is made and kept whole when it is queued (`queue`)."""
    raise LookupError("A test email is made when it is asked for, and kept.")


def queue(session: Transaction, made: Sample, member: User) -> Delivery:
    """
    Queue a sample to who asked for it, marked as a test: of no letter, so that it counts for none.

    Raises what the real email would raise, so that it is known before.
    """
    delivery = test_email.queue(session, member.email, f"sample:{new_id()}", {"by": member.id})
    row = dataclasses.replace(
        made.source.row, address=delivery.address, message_id=delivery.message_id, queued_at=delivery.queued_at
    )
    source = _SampleSource(made.source.mailing, row, made.source.language)
    head = dataclasses.replace(writing.head_of(made.mail, source), recipient_name=member.name, unsubscribe="")
    words = writing.said(test_email, source, TestEmail.of(made.words))
    files = [writing.whole(session, file) for file in made.mail.write(made.source).attachments]
    delivery.sealed = session.tokens.encrypt(put_together(words, head, files, source.mailing.dkim))
    return delivery
