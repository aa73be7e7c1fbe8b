"""What a letter's page shows, prepared here so that templates only lay it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload

from workflow import documents
from workflow.campaigns import lifecycle, lookup, printing
from workflow.campaigns.corrections import Outlook, outlooks
from workflow.campaigns.tally import tally
from workflow.errors import NotFoundError
from workflow.history import remembered
from workflow.languages import LANGUAGES, in_zone
from workflow.mails.registry import is_about_its_organisation, label_of
from workflow.models import Comment, Delivery, Invitation, Letter, Rendering
from workflow.moments import local
from workflow.pages import paper
from workflow.pages.paper import Sheet
from workflow.pages.staff import comment_rows, cosigner_rows, letter_list, steps_offered, words
from workflow.pages.staff.comment_rows import CommentRow
from workflow.pages.staff.cosigner_rows import CosignerRow
from workflow.pages.staff.layout_page import NOTHING_AROUND, Around, around
from workflow.pages.staff.steps_offered import Offered
from workflow.states.permissions import allowed
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One recipient's letter as it will be sent: the digests of its files."""

    to: str
    email: str
    docx: str
    pdf: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the form of the deadline and the rules shows."""

    deadline: str
    """As its field takes it."""
    timezone: str
    minimum: int
    comments_shared: bool
    code_required: bool
    objection_hours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailRow:
    """An email of the letter: what it is, to whom, what became of it."""

    delivery_id: str
    about: str
    to: str
    state: str
    is_uncertain: bool
    status: str
    at: str
    answer: str
    """The mail server's own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An organisation that signed an earlier version, and whether its silence counts for this one."""

    who: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterPage:
    """A letter's page."""

    id: str
    title: str
    state: str
    is_being_sent: bool
    is_sent: bool
    is_withdrawn: bool
    status: str
    progress: str
    share: int | None
    deadline: str
    timezone: str
    doubts: tuple[str, ...]
    held: str
    reason: str
    paper: Sheet
    recipients: int
    reached: int
    """How many recipients have the letter."""
    unaddressed: tuple[tuple[str, str], ...]
    """The recipients without an email address: id and name."""
    next_steps: tuple[Offered, ...]
    other_steps: tuple[Offered, ...]
    waiting: tuple[Waiting, ...]
    """Of a minor correction: who signed before and has not answered."""
    is_correction: bool
    """The version that can be signed is one."""
    documents: tuple[Document, ...]
    fingerprint: str
    rendering: bool
    dispatch_at: str
    around: Around
    under_way: bool
    """Something is being done that the page looks at again by itself."""
    undecided: tuple[EmailRow, ...]
    cosigners: tuple[CosignerRow, ...]
    languages: Mapping[str, str]
    """Those that a co-signer can be written to in."""
    comments: tuple[CommentRow, ...]
    terms: Terms
    emails: tuple[EmailRow, ...]
    may_act: bool
    may: frozenset[str]
    """What whoever reads the page may do now, besides the steps: acts of `workflow.states`."""


def of(session: Transaction, letter: Letter, coordinates: bool) -> LetterPage:
    """Return what a letter's page shows; names that are withheld only to a coordinator."""
    _load(session, letter)
    facts = lifecycle.facts(session, letter)
    made = printing.renderings(session, letter)
    deliveries = lookup.deliveries_of(session, letter.id)[::-1]
    zone, deadline = letter.campaign.timezone, letter.campaign.deadline
    waiting, counted = outlooks(session, letter), tally(session, letter)
    held = _held(session, letter)
    return LetterPage(
        id=letter.id,
        title=letter.title,
        state=letter.state,
        is_being_sent=letter.is_being_sent,
        is_sent=letter.is_sent,
        is_withdrawn=letter.is_withdrawn,
        status=words.LETTER[letter.state],
        progress=letter_list.progress(letter, counted),
        share=letter_list.share(letter, counted),
        deadline=in_zone(deadline, zone) if deadline and letter.is_before_approval else "",
        timezone=zone,
        doubts=tuple(letter.doubts) if coordinates and letter.is_draft else (),
        held=held,
        reason=letter.reason,
        paper=paper.of_letter(session, letter),
        recipients=len(letter.recipients),
        reached=len(letter.recipients) - len(facts.outstanding),
        unaddressed=tuple((r.id, r.label) for r in letter.recipients if not r.email) if coordinates else (),
        next_steps=steps_offered.ahead(letter, facts, waiting),
        other_steps=steps_offered.others(letter, facts),
        waiting=tuple(_waiting(outlook, zone) for outlook in waiting),
        is_correction=letter.is_open_for_sign_off and bool(waiting),
        documents=tuple(_document(letter, rendering) for rendering in made),
        fingerprint=printing.fingerprint(letter),
        rendering=letter.is_approved and len(made) < len(letter.recipients),
        dispatch_at=in_zone(letter.dispatch_at, zone) if letter.dispatch_at else "",
        around=around(session, letter) if letter.is_open_for_sign_off or letter.is_approved else NOTHING_AROUND,
        under_way=not held and _under_way(letter, len(made), deliveries),
        undecided=tuple(_email(d, zone, coordinates) for d in deliveries if d.recipient_id and d.is_undecided),
        cosigners=cosigner_rows.of(session, letter, coordinates),
        languages={"": "The letter’s language", **LANGUAGES},
        comments=comment_rows.of(letter, coordinates),
        terms=_terms(letter),
        emails=tuple(_email(delivery, zone, coordinates) for delivery in deliveries),
        may_act=coordinates,
        may=allowed(letter.state) if coordinates else frozenset(),
    )


def _load(session: Transaction, letter: Letter) -> None:
    """Read all that the page shows of the co-signers at once, however many there are."""
    invitations = selectinload(Letter.invitations)
    query = select(Letter).where(Letter.id == letter.id)
    session.scalars(
        query.options(
            invitations.selectinload(Invitation.links),
            invitations.selectinload(Invitation.comments).selectinload(Comment.user),
        )
    ).one()


def _held(session: Transaction, letter: Letter) -> str:
    """Say why a letter that could leave goes to no recipient: its database was restored from a backup."""
    leaves = letter.is_approved or letter.is_being_sent
    older = leaves and remembered.is_older(session, letter.id)
    return remembered.HELD.format(letter=letter.id) if older else ""


def _waiting(outlook: Outlook, zone: str) -> Waiting:
    if not outlook.stays:
        said = f"must sign again. {' '.join(map(str, outlook.why))}"
    elif outlook.told:
        said = f"stays signed unless it objects by {in_zone(outlook.until, zone)}."
    else:
        said = f"stays signed unless it objects within {outlook.hours} hours of our email."
    return Waiting(who=outlook.invitation.organisation.label, said=said)


def _under_way(letter: Letter, made: int, mails: list[Delivery]) -> bool:
    """Whether something is being done that the page should look at again by itself."""
    moving = any(mail.recipient_id and mail.is_under_way for mail in mails)
    return (letter.is_approved and made < len(letter.recipients)) or (letter.is_being_sent and moving)


def _document(letter: Letter, rendering: Rendering) -> Document:
    to = next(r for r in letter.recipients if r.id == rendering.recipient_id)
    return Document(to=to.label, email=to.email, docx=rendering.docx_sha256, pdf=rendering.pdf_sha256)


def _terms(letter: Letter) -> Terms:
    campaign = letter.campaign
    deadline = local(campaign.deadline, campaign.timezone) if campaign.deadline else None
    return Terms(
        deadline=f"{deadline:%Y-%m-%dT%H:%M}" if deadline else "",
        timezone=campaign.timezone,
        minimum=campaign.minimum,
        comments_shared=campaign.comments_shared,
        code_required=campaign.code_required,
        objection_hours=campaign.objection_hours,
    )


def _email(delivery: Delivery, zone: str, names_all: bool) -> EmailRow:
    hidden = cosigner_rows.is_hidden(delivery.invitation, names_all)
    if delivery.recipient:
        to = delivery.recipient.label
    elif hidden:
        to = words.WITHHELD
    else:
        to = delivery.invitation.organisation.label if delivery.invitation else ""
    label = label_of(delivery.kind)
    return EmailRow(
        delivery_id=delivery.id,
        about=f"{label[:1].upper()}{label[1:]} {'about' if is_about_its_organisation(delivery.kind) else 'to'} {to}",
        to=to,
        state=delivery.state,
        is_uncertain=delivery.is_uncertain,
        status=words.DELIVERY[delivery.state],
        at=in_zone(delivery.settled_at or delivery.queued_at, zone),
        # A mail server's words name the address, or its domain.
        answer="" if hidden else delivery.answer,
    )


def document_name(session: Transaction, letter: Letter, sha256: str) -> str:
    """Return the file name of a letter's document; raises `NotFoundError` for one of another letter."""
    query = select(Rendering).where(
        Rendering.letter_id == letter.id, or_(Rendering.docx_sha256 == sha256, Rendering.pdf_sha256 == sha256)
    )
    rendering = session.scalars(query).first()
    if rendering is None:
        raise NotFoundError("There is no such document.")
    recipient = next((r for r in letter.recipients if r.id == rendering.recipient_id), None)
    kind = "docx" if rendering.docx_sha256 == sha256 else "pdf"
    return documents.file_name(f"Letter to {recipient.label}" if recipient else letter.title, kind)
