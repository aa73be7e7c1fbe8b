"""What the tab shows on which a letter is sent: what goes out, to whom, who is printed; afterwards, what went out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from workflow import documents
from workflow.campaigns import afterwards, cover, lifecycle, printing
from workflow.campaigns.roster import roster
from workflow.errors import PdfError, PdfNotReadyError, RefusedError
from workflow.history import remembered
from workflow.instance import instance
from workflow.languages import Message, Words, lazy_gettext
from workflow.mails import samples
from workflow.mails.registry import sent_once
from workflow.models import Delivery, Invitation, Letter, Organisation, Recipient, Rendering
from workflow.models import Document as Stored
from workflow.pages import paper
from workflow.pages.paper import Sheet
from workflow.pages.staff import email_rows, head, layout_page, times, words
from workflow.pages.staff.ask_page import LONG_SUBJECT
from workflow.pages.staff.email_rows import EmailRow
from workflow.pages.staff.head import Head
from workflow.pages.staff.layout_page import NOTHING_AROUND, Around, around
from workflow.states import LETTER
from workflow.states.machine import form
from workflow.states.permissions import allowed, may
from workflow.transaction import Transaction

MOST_NAMED = 40
"""So many names are listed of those who are printed, and of those who are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One recipient's letter as it will be sent, or was: the digests of its files, and pictures of its pages."""

    recipient_id: str
    to: str
    email: str
    docx: str
    pdf: str | None
    pictures: int
    """How many pages there are pictures of."""
    more_pages: bool
    """There may be more than those."""
    problems: tuple[Words, ...]
    """What is wrong with them: why there is no PDF, why no mail takes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The email with a letter, or a copy of it: to whom, what became of it and when."""

    to: str
    address: str
    state: str
    status: Words
    at: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Who is printed, and who is not, with the reason."""

    printed: int
    withheld: int
    first: tuple[str, ...]
    left_out: tuple[tuple[str, Words], ...]
    more_left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleShown:
    """The email to the recipient as it will arrive."""

    subject: str
    text: str
    long_subject: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SendPage:
    """The page."""

    head: Head
    missing: tuple[Words, ...]
    """What is still missing before it can be sent."""
    is_approved: bool
    is_being_sent: bool
    is_sent: bool
    is_withdrawn: bool
    late_names: bool
    """It is sent and takes names after that."""
    withdrawn: bool
    """A signature was withdrawn since it was sent."""
    held: str
    documents: tuple[Document, ...]
    fingerprint: str
    rendering: bool
    refreshes: bool
    names: Names
    recipients: tuple[Recipient, ...]
    subject: str
    words: str
    copies: tuple[str, ...]
    mark: str
    sample: SampleShown | None
    timezone: str
    dispatch_at: str
    preview: Sheet | None
    makes_pdf: bool
    draws: bool
    around: Around
    sent: tuple[Sent, ...]
    copied: tuple[Sent, ...]
    undecided: tuple[EmailRow, ...]
    may: frozenset[str]


def of(session: Transaction, letter: Letter, coordinates: bool) -> SendPage:
    """Return what the page shows; names that are withheld, and addresses, only to a coordinator."""
    shows = letter.is_approved or letter.is_being_sent or letter.is_sent
    made = printing.renderings(session, letter) if shows else []
    names = _names(session, letter, coordinates)
    preview = None if shows or letter.is_withdrawn else _preview(session, letter)
    sent = _sent(session, letter, coordinates) if shows else ((), ())
    return SendPage(
        head=head.of(letter, coordinates),
        missing=_missing(session, letter),
        is_approved=letter.is_approved,
        is_being_sent=letter.is_being_sent,
        is_sent=letter.is_sent,
        is_withdrawn=letter.is_withdrawn,
        late_names=letter.is_sent and letter.late_names,
        withdrawn=letter.is_sent and bool(afterwards.withdrawn(session, letter)),
        held=_held(session, letter),
        documents=tuple(_document(session, letter, rendering) for rendering in made),
        fingerprint=printing.fingerprint(letter) if letter.is_approved else "",
        rendering=letter.is_approved and len(made) < len(letter.recipients),
        refreshes=letter.is_being_sent or (letter.is_approved and len(made) < len(letter.recipients)),
        names=names,
        recipients=tuple(letter.recipients),
        subject=letter.office_subject,
        words=letter.office_words,
        copies=tuple(letter.copies) if coordinates else (),
        mark=cover.mark(letter),
        sample=_sample(session, letter) if coordinates and may("cover", letter.state) else None,
        timezone=letter.timezone,
        dispatch_at=times.in_words(letter.dispatch_at, times.whoever(), letter),
        preview=preview,
        makes_pdf=documents.libreoffice() is not None,
        draws=documents.draws(),
        around=around(session, letter) if letter.is_approved else NOTHING_AROUND,
        sent=sent[0],
        copied=sent[1],
        undecided=email_rows.of(letter, email_rows.undecided(session, letter), coordinates) if shows else (),
        may=allowed(letter.state) if coordinates else frozenset(),
    )


def _missing(session: Transaction, letter: Letter) -> tuple[Words, ...]:
    """What keeps the letter from being sent: of the step that it is before, and of its addresses."""
    step = "approve" if letter.is_open_for_sign_off else "dispatch" if letter.is_approved else ""
    facts = lifecycle.facts(session, letter)
    found: list[Words] = []
    if step:
        try:
            found += form(LETTER, letter.state, step, facts).reasons
        except RefusedError as refused:
            found += refused.reasons
    if letter.is_before_approval:
        if not letter.recipients:
            found.append(lazy_gettext("Add a recipient."))
        found += [
            lazy_gettext("Add an email address for %(recipient)s.", recipient=one.label)
            for one in letter.recipients
            if not one.email
        ]
        if not letter.is_open_for_sign_off:
            found.append(lazy_gettext("Ask the co-signers for their signatures."))
        found.append(lazy_gettext("Close signing: the final documents are made then."))
    return tuple(dict.fromkeys(found))


def _held(session: Transaction, letter: Letter) -> str:
    leaves = letter.is_approved or letter.is_being_sent
    older = leaves and remembered.is_older(session, letter.id)
    return remembered.HELD.format(letter=letter.id) if older else ""


def _document(session: Transaction, letter: Letter, rendering: Rendering) -> Document:
    to = next(r for r in letter.recipients if r.id == rendering.recipient_id)
    drawn = _drawn(session, rendering.pdf_sha256)
    problems: list[Words] = []
    if rendering.no_pdf:
        problems.append(lazy_gettext("There is no PDF, so the Word document goes alone. %(why)s", why=rendering.no_pdf))
    if rendering.too_large:
        problems.append(rendering.too_large)
    return Document(
        recipient_id=to.id,
        to=to.label,
        email=to.email,
        docx=rendering.docx_sha256,
        pdf=rendering.pdf_sha256,
        pictures=drawn,
        more_pages=drawn >= documents.MOST_DRAWN,
        problems=tuple(problems),
    )


def _drawn(session: Transaction, sha256: str | None) -> int:
    """Return how many pages of a stored PDF are drawn; 0 where none can be just now."""
    return len(pictures(session, sha256)) if sha256 else 0


def pictures(session: Transaction, sha256: str) -> list[bytes]:
    """Return the pages of a stored PDF as pictures; none where they cannot be drawn just now."""
    if not documents.draws():
        return []
    content = session.get_one(Stored, sha256).content
    try:
        return instance().printer.pictures(content)
    except (PdfError, PdfNotReadyError):
        return []


# --- who is printed ---------------------------------------------------------------------------------------------------

REASONS: dict[str, Message] = {
    "invited": lazy_gettext("no reply"),
    "to_confirm": lazy_gettext("didn’t confirm this version"),
    "signed": lazy_gettext("signed another version"),
    "declined": lazy_gettext("declined"),
    "retracted": lazy_gettext("withdrew"),
    "lapsed": lazy_gettext("no reply by the deadline"),
    "revoked": lazy_gettext("invitation cancelled"),
}
"""Why somebody who was asked is not printed, by the state of their invitation."""


def _names(session: Transaction, letter: Letter, coordinates: bool) -> Names:
    signed = roster(session, letter)
    counting = {one.invitation_id for one in signed.counting}
    query = (
        select(Invitation.id, Invitation.state, Invitation.confidential, Organisation.name, Organisation.acronym)
        .join(Organisation, Organisation.id == Invitation.organisation_id)
        .where(Invitation.letter_id == letter.id)
        .order_by(Invitation.position)
    )
    out = [one for one in session.execute(query) if one.id not in counting]
    named = [(one.acronym or one.name, REASONS[one.state]) for one in out if coordinates or not one.confidential]
    return Names(
        printed=len(signed.printed),
        withheld=signed.withheld,
        first=tuple(one.label for one in signed.printed[:MOST_NAMED]),
        left_out=tuple(named[:MOST_NAMED]),
        more_left_out=len(out) - len(named[:MOST_NAMED]),
    )


def _preview(session: Transaction, letter: Letter) -> Sheet:
    """The letter on paper, with the names that are expected in brackets."""
    sheet = paper.of_letter(session, letter)
    expected = tuple(signature.lines for signature in layout_page.expected(session, letter))
    shown = (*sheet.signatures, *expected)
    return replace(sheet, signatures=shown[:MOST_NAMED], more=sheet.more + len(shown[MOST_NAMED:]))


# --- the email --------------------------------------------------------------------------------------------------------


def sample(session: Transaction, letter: Letter) -> samples.Sample | None:
    """Return the email to the first recipient as it will arrive; None where there is no recipient yet."""
    recipient = next(iter(letter.recipients), None)
    if recipient is None:
        return None
    made = {one.recipient_id: one for one in printing.renderings(session, letter)} if letter.is_approved else {}
    return samples.to_office(session, letter, recipient, made.get(recipient.id))


def _sample(session: Transaction, letter: Letter) -> SampleShown | None:
    made = sample(session, letter)
    if made is None:
        return None
    said = made.words
    return SampleShown(subject=said.subject, text=said.text, long_subject=len(said.subject) > LONG_SUBJECT)


def _sent(session: Transaction, letter: Letter, coordinates: bool) -> tuple[tuple[Sent, ...], tuple[Sent, ...]]:
    """The emails with the letter, and those with its copies, in the order in which they were queued."""
    query = (
        select(
            Delivery.kind,
            Delivery.recipient_id,
            Delivery.address,
            Delivery.about,
            Delivery.state,
            Delivery.settled_at,
            Delivery.answer,
        )
        .where(Delivery.letter_id == letter.id, Delivery.kind.in_((*sent_once(), *samples.COPIES)))
        .order_by(Delivery.queued_at, Delivery.id)
    )
    labels = {recipient.id: recipient.label for recipient in letter.recipients}
    found = session.execute(query).all()
    rows = [(one, _row(one, labels, letter, coordinates)) for one in found]
    return (
        tuple(row for one, row in rows if one.recipient_id is not None),
        tuple(row for one, row in rows if one.recipient_id is None),
    )


def _row(one: Any, labels: dict[str, str], letter: Letter, coordinates: bool) -> Sent:
    is_copy = one.recipient_id is None
    return Sent(
        to=labels.get(one.recipient_id or one.about.get("recipient", ""), ""),
        # Who gets a copy is for those who coordinate; a recipient's address is on the letter's own record.
        address=one.address if coordinates or not is_copy else "",
        state=one.state,
        status=words.DELIVERY[one.state],
        at=times.in_words(one.settled_at, times.whoever(), letter),
        answer=one.answer if coordinates else "",
    )
