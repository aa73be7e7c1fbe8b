"""What every page of a letter begins with: which letter it is, where it stands, the next step, and its other pages."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import object_session

from workflow.campaigns import intake
from workflow.languages import Words, joined, lazy_gettext
from workflow.models import Letter, LogHead
from workflow.pages.i18n import get_locale
from workflow.pages.paper import time_left
from workflow.pages.staff import known_pages, overview, times, words
from workflow.pages.staff.overview import Overview
from workflow.states.letter import STAGES, WITHDRAWN
from workflow.transaction import Transaction

STEPS = (
    lazy_gettext("Draft"),
    lazy_gettext("Review"),
    lazy_gettext("Signatures"),
    lazy_gettext("Final check"),
    lazy_gettext("Sent"),
)
"""What the stages of `states.letter.STAGES` are called."""

TEXT, COSIGNERS, COMMENTS = (
    "/letters/<id:letter_id>",
    "/letters/<id:letter_id>/cosigners",
    "/letters/<id:letter_id>/comments",
)
LAYOUT, PAPER = "/letters/<id:letter_id>/layout", "/letters/<id:letter_id>/paper"
SEND, HISTORY = "/letters/<id:letter_id>/send", "/letters/<id:letter_id>/history"
AFTERWARDS = "/letters/<id:letter_id>/afterwards"
EMAILS, ASK = "/letters/<id:letter_id>/emails", "/letters/<id:letter_id>/ask"
FIELDS = "/letters/<id:letter_id>/cosigners/fields"
CALL = "/letters/<id:letter_id>/call"
CHECK, DRAFT = "/letters/<id:letter_id>/check", "/letters/<id:letter_id>/draft"
"""The pages of a letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage of a letter's way."""

    label: Words
    is_done: bool
    is_here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One of a letter's pages."""

    label: Words
    address: str
    count: int | None
    endpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """The one thing to do next, and where it is done."""

    label: Words
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The head of a letter's pages."""

    id: str
    campaign_id: str
    campaign: str
    title: str
    to: str
    """Its recipients in words."""
    state: str
    status: Words
    deadline: str
    """When it is, in words; empty where there is none, or where it does not matter any more."""
    left: str
    """How much time there is until then."""
    stages: tuple[Stage, ...]
    next: NextStep | None
    tabs: tuple[Tab, ...]
    may_act: bool
    """The reader coordinates it; else they only read."""


def of(letter: Letter, coordinates: bool, known: Overview | None = None) -> Head:
    """Return the head of a letter's pages; `known` is its overview, where that is at hand."""
    session = _session(letter)
    known = known or overview.of(session, letter, entries(session, letter), coordinates)
    runs = letter.deadline is not None and letter.is_before_approval
    language = get_locale()
    return Head(
        id=letter.id,
        campaign_id=letter.campaign_id,
        campaign=letter.campaign.name,
        title=letter.title,
        to=joined([recipient.label for recipient in letter.recipients], language),
        state=letter.state,
        status=words.LETTER[letter.state],
        deadline=times.in_words(letter.deadline, times.whoever(), letter) if runs else "",
        left=time_left(letter) if runs else "",
        stages=_stages(letter),
        next=_next(letter, known) if coordinates else None,
        tabs=_tabs(letter, known, coordinates),
        may_act=coordinates,
    )


def entries(session: Transaction, letter: Letter) -> int:
    """Return how many entries the letter's history has."""
    return session.scalars(select(LogHead.size).where(LogHead.letter_id == letter.id)).one_or_none() or 0


def _session(letter: Letter) -> Transaction:
    session = object_session(letter)
    assert isinstance(session, Transaction)
    return session


def _stages(letter: Letter) -> tuple[Stage, ...]:
    if letter.state in WITHDRAWN:
        return ()
    here = STAGES[letter.state]
    return tuple(
        Stage(
            label=label,
            is_done=number < here or letter.is_sent,
            is_here=number == here and not letter.is_sent,
        )
        for number, label in enumerate(STEPS)
    )


# --- the next step ----------------------------------------------------------------------------------------------------


def _next(letter: Letter, known: Overview) -> NextStep | None:
    """Return the one thing to do next; what only time or others can do is none."""
    counted = known.counted
    if letter.is_draft:
        return _towards_the_co_signers(letter, known)
    if letter.is_in_review:
        return _step(lazy_gettext("Ask for signatures"), letter, ASK, act="open_sign_off")
    if letter.is_open_for_sign_off and counted.organisations >= letter.minimum and not counted.missing:
        return _step(lazy_gettext("Close signing"), letter, TEXT, anchor="step")
    if letter.is_open_for_sign_off and counted.to_confirm + counted.silent + counted.lapsed:
        return _step(lazy_gettext("See who hasn’t signed"), letter, COSIGNERS, show="silent")
    if letter.is_approved:
        return _step(lazy_gettext("Check and send"), letter, SEND, anchor="step")
    if letter.is_being_sent:
        return _step(lazy_gettext("See what was delivered"), letter, SEND, EMAILS)
    return _step(lazy_gettext("Letter as sent"), letter, SEND) if letter.is_sent else None


def _towards_the_co_signers(letter: Letter, known: Overview) -> NextStep | None:
    """A draft needs a text, a recipient, co-signers and their addresses; then it is sent to them."""
    counted = known.counted
    if _has_doubts(letter):
        return _step(lazy_gettext("Check the letter"), letter, CHECK, TEXT)
    if not letter.body.strip() or not letter.recipients:
        return _step(lazy_gettext("Edit the draft"), letter, DRAFT)
    if not counted.listed:
        return _step(lazy_gettext("Add co-signers"), letter, COSIGNERS, anchor="add")
    if counted.unaddressed:
        return _step(lazy_gettext("Add email addresses"), letter, FIELDS, show="unaddressed")
    if not all(recipient.email for recipient in letter.recipients):
        return _step(lazy_gettext("Add the recipient’s address"), letter, TEXT, anchor="step")
    if counted.to_confirm + counted.signed:
        return _step(lazy_gettext("Ask for signatures"), letter, ASK, act="open_sign_off")
    return _step(lazy_gettext("Send for review"), letter, ASK, act="circulate")


def _has_doubts(letter: Letter) -> bool:
    """Whether something that an import was unsure of is still to be settled."""
    return bool(intake.unsettled(_session(letter), letter))


def _step(label: Words, letter: Letter, *rules: str, anchor: str = "", **asked: str) -> NextStep | None:
    """Return a step that is taken on the first page that there is; on the letter's own where there is none."""
    endpoint = known_pages.endpoint_of(*rules)
    if not endpoint:
        endpoint, anchor, asked = known_pages.endpoint_of(TEXT), "step", {}
    return NextStep(label=label, address=url_for(endpoint, letter_id=letter.id, _anchor=anchor or None, **asked))  # type: ignore[arg-type]


# --- its pages --------------------------------------------------------------------------------------------------------


def _tabs(letter: Letter, known: Overview, coordinates: bool) -> tuple[Tab, ...]:
    layout = known_pages.endpoint_of(LAYOUT, PAPER)
    pages: list[tuple[Words, str, int | None]] = [
        (lazy_gettext("Text"), known_pages.endpoint_of(TEXT), None),
        (lazy_gettext("Co-signers"), known_pages.endpoint_of(COSIGNERS), known.counted.listed),
        (lazy_gettext("Comments"), known_pages.endpoint_of(COMMENTS), known.comments[""]),
        (lazy_gettext("Layout"), layout if coordinates else "", None),
        (lazy_gettext("Send"), known_pages.endpoint_of(SEND), None),
        (lazy_gettext("After sending"), known_pages.endpoint_of(AFTERWARDS) if letter.has_gone_out else "", None),
        (lazy_gettext("History"), known_pages.endpoint_of(HISTORY), None),
    ]
    return tuple(
        Tab(label=label, address=url_for(endpoint, letter_id=letter.id), count=count, endpoint=endpoint)
        for label, endpoint, count in pages
        if endpoint
    )
