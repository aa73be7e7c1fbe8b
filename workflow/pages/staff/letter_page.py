"""What a letter's page shows, prepared here so that templates only lay it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import or_, select

from workflow import documents
from workflow.campaigns import addenda, at_deadline, intake, lifecycle, printing, readers
from workflow.campaigns.corrections import Outlook, outlooks
from workflow.errors import NotFoundError
from workflow.history import remembered
from workflow.languages import in_zone
from workflow.models import Delivery, Letter, Rendering
from workflow.pages import paper
from workflow.pages.i18n import get_locale, gettext, ngettext, translate
from workflow.pages.paper import Sheet
from workflow.pages.staff import (
    cosigner_list,
    email_rows,
    head,
    letter_list,
    overview,
    progress_picture,
    steps_offered,
    terms_form,
    times,
    under_way,
)
from workflow.pages.staff.attention import Matter
from workflow.pages.staff.email_rows import EmailRow
from workflow.pages.staff.head import Head
from workflow.pages.staff.layout_page import NOTHING_AROUND, Around, around
from workflow.pages.staff.progress_picture import Picture
from workflow.pages.staff.steps_offered import Offered
from workflow.pages.staff.terms_form import Terms
from workflow.pages.staff.under_way import UnderWay
from workflow.states.permissions import allowed
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An organisation that signed an earlier version, and whether its silence counts for this one."""

    who: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterPage:
    """A letter's page."""

    head: Head
    is_being_sent: bool
    is_sent: bool
    is_withdrawn: bool
    progress: str
    share: int | None
    deadline: str
    timezone: str
    unaddressed_cosigners: int
    """How many of a draft's co-signers have no email address."""
    doubts: int
    """How many are still to be settled."""
    held: str
    reason: str
    paper: Sheet
    recipients: int
    reached: int
    """How many recipients have the letter."""
    unaddressed: tuple[tuple[str, str], ...]
    """The recipients without an email address: id and name."""
    mark: str
    """What tells the letter as it is shown from what it is when a step is taken."""
    next_steps: tuple[Offered, ...]
    other_steps: tuple[Offered, ...]
    waiting: tuple[Waiting, ...]
    """Of a minor correction: the first who signed before and have not answered."""
    more_waiting: int
    """How many there are besides."""
    is_correction: bool
    """The version that can be signed is one."""
    dispatch_at: str
    around: Around
    under_way: UnderWay
    refreshes: bool
    """The next step is being prepared or taken: the page looks at it again by itself."""
    undecided: tuple[EmailRow, ...]
    attention: tuple[Matter, ...]
    """What somebody should look at, of the co-signers."""
    joining: int
    """How many organisations ask to join, and wait for an answer."""
    numbers: Mapping[str, int]
    """How many co-signers there are, by what happened: the filters of their list."""
    comments: Mapping[str, int]
    """How many threads are open, and how many there are."""
    emails: Mapping[str, int]
    """How many there are, by what became of them."""
    terms: Terms
    asks_at_deadline: bool
    """The deadline has come, and somebody is to say what it brings."""
    picture: Picture | None
    """Signatures over time."""
    may: frozenset[str]
    """What whoever reads the page may do now, besides the steps: acts of `workflow.states`."""


def of(session: Transaction, letter: Letter, coordinates: bool) -> LetterPage:
    """Return what a letter's page shows; names that are withheld only to a coordinator."""
    emails = email_rows.counts(session, letter)
    going_on = under_way.of(session, letter, waiting=emails["waiting"])
    known = overview.of(session, letter, going_on.entries, coordinates)
    counted = known.counted
    facts = lifecycle.facts(session, letter, counted=counted)
    made = printing.renderings(session, letter) if letter.is_approved else []
    zone, language = times.zone_of(times.whoever(), letter), get_locale()
    waiting = outlooks(session, letter)
    held = _held(session, letter)
    return LetterPage(
        head=head.of(letter, coordinates, known),
        is_being_sent=letter.is_being_sent,
        is_sent=letter.is_sent,
        is_withdrawn=letter.is_withdrawn,
        progress=letter_list.progress(letter, counted),
        share=letter_list.share(letter, counted),
        deadline=letter.deadline_in_words(zone, language) if letter.is_before_approval else "",
        timezone=letter.timezone,
        doubts=len(intake.unsettled(session, letter)) if coordinates else 0,
        unaddressed_cosigners=intake.missing(session, letter).cosigners if coordinates and letter.is_draft else 0,
        held=held,
        reason=letter.reason,
        paper=_paper(session, letter),
        recipients=len(letter.recipients),
        reached=len(letter.recipients) - len(facts.outstanding),
        unaddressed=tuple((r.id, r.label) for r in letter.recipients if not r.email) if coordinates else (),
        mark=readers.mark(letter),
        next_steps=steps_offered.with_emails(steps_offered.ahead(letter, facts, waiting), known.told),
        other_steps=steps_offered.with_emails(steps_offered.others(letter, facts), known.told),
        waiting=tuple(_waiting(outlook, zone) for outlook in waiting[:MOST_WAITING]),
        more_waiting=len(waiting[MOST_WAITING:]),
        is_correction=letter.is_open_for_sign_off and bool(waiting),
        dispatch_at=in_zone(letter.dispatch_at, zone, language) if letter.dispatch_at else "",
        around=around(session, letter) if letter.is_open_for_sign_off or letter.is_approved else NOTHING_AROUND,
        under_way=going_on,
        refreshes=not held and _refreshes(session, letter, len(made)),
        undecided=_undecided(session, letter, coordinates) if emails["failed"] or letter.is_being_sent else (),
        attention=known.matters,
        joining=known.joining if coordinates else 0,
        numbers=cosigner_list.numbers(counted),
        comments=known.comments,
        emails=emails,
        terms=terms_form.shown(letter),
        asks_at_deadline=coordinates and at_deadline.asks(letter),
        picture=progress_picture.of(session, letter, going_on.entries, counted.listed, zone),
        may=allowed(letter.state) if coordinates else frozenset(),
    )


MOST_WAITING = 10
"""So many organisations that signed before are named."""

MOST_SIGNATURES = 12
"""So many names stand below the letter on its page; on paper all of them do, and the list has them all."""


def _paper(session: Transaction, letter: Letter) -> Sheet:
    """Return the letter as it will be on paper, with the first names that count for it."""
    sheet = paper.of_letter(session, letter)
    shown = sheet.signatures[:MOST_SIGNATURES]
    return replace(sheet, signatures=shown, more=sheet.more + len(sheet.signatures) - len(shown))


def _undecided(session: Transaction, letter: Letter, coordinates: bool) -> tuple[EmailRow, ...]:
    return email_rows.of(letter, email_rows.undecided(session, letter), coordinates)


def _held(session: Transaction, letter: Letter) -> str:
    """Say why a letter that could leave goes to no recipient: its database was restored from a backup."""
    leaves = letter.is_approved or letter.is_being_sent
    older = leaves and remembered.is_older(session, letter.id)
    return remembered.HELD.format(letter=letter.id) if older else ""


def _waiting(outlook: Outlook, zone: str) -> Waiting:
    if not outlook.stays:
        said = " ".join([gettext("must sign again."), *(str(translate(why)) for why in outlook.why)])
    elif outlook.told:
        until = in_zone(outlook.until, zone, get_locale())
        said = gettext("stays signed unless it objects by %(until)s.") % {"until": until}
    else:
        within = ngettext(
            "stays signed unless it objects within %(num)s hour of our email.",
            "stays signed unless it objects within %(num)s hours of our email.",
            outlook.hours,
        )
        said = within % {"num": outlook.hours}
    return Waiting(who=outlook.invitation.organisation.label, said=said)


def _refreshes(session: Transaction, letter: Letter, made: int) -> bool:
    """Whether documents are being made, or are about to leave for an office."""
    if letter.is_approved:
        return made < len(letter.recipients)
    leaving = select(Delivery.id).where(
        Delivery.letter_id == letter.id, Delivery.recipient_id.is_not(None), Delivery.is_under_way
    )
    return letter.is_being_sent and session.scalars(leaving.limit(1)).first() is not None


def document_name(session: Transaction, letter: Letter, sha256: str) -> str:
    """Return the file name of a letter's document; raises `NotFoundError` for one of another letter."""
    query = select(Rendering).where(
        Rendering.letter_id == letter.id, or_(Rendering.docx_sha256 == sha256, Rendering.pdf_sha256 == sha256)
    )
    rendering = session.scalars(query).first()
    if rendering is None and (kind := addenda.kind_of(session, letter, sha256)):
        return documents.file_name(f"Addendum {letter.title}", kind)
    if rendering is None:
        raise NotFoundError("There is no such document.")
    recipient = next((r for r in letter.recipients if r.id == rendering.recipient_id), None)
    kind = "docx" if rendering.docx_sha256 == sha256 else "pdf"
    return documents.file_name(f"Letter to {recipient.label}" if recipient else letter.title, kind)
