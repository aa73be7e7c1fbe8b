"""A new letter: from a file, from pasted text, or from an earlier letter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select

from workflow import accounts, history, members
from workflow.campaigns import earlier, intake
from workflow.errors import IncomingError, InputError
from workflow.languages import lazy_gettext
from workflow.letter import text as texts
from workflow.letter import typed
from workflow.models import Campaign, Letter, Membership, User
from workflow.pages.context import reader, writer
from workflow.pages.sent_form import show_again_on
from workflow.pages.staff.acting import Answer
from workflow.pages.staff.forms import EarlierForm, ImportForm, checked
from workflow.pages.staff.profile import named_staff
from workflow.transaction import Transaction

if TYPE_CHECKING:
    # Only who takes a letter in waits for the importer: it reads its lexicons when it is loaded.
    from workflow.imports import ImportedLetter

blueprint = Blueprint("letters", __name__)
UPLOAD_LIMITS = {"letters.take_in": typed.LARGEST_DOCUMENT + 100_000}
AGAIN = lazy_gettext("Choose the file again: a browser doesn’t keep it.")
MOST_CAMPAIGNS = 500
MOST_EARLIER = 20
"""So many earlier letters are offered; the others are searched for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierRow:
    """An earlier letter that a new one can be made from."""

    id: str
    title: str
    campaign: str
    day: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPage:
    """The page that begins a letter."""

    campaigns: dict[str, str]
    """Those that the reader coordinates, by their ids; the empty one is a new one."""
    campaign: str
    """The one that was chosen beforehand."""
    search: str
    earlier: tuple[EarlierRow, ...]
    more: int
    """How many match besides."""


@blueprint.get("/letters/new")
def new() -> str:
    """The form that takes a letter in, and the earlier letters that one can be made from."""
    member = named_staff()
    session = reader()
    campaigns = _campaigns(session, member)
    search = request.args.get("search", "").strip()[:200]
    found = _earlier(session, campaigns, search)
    page = NewPage(
        campaigns={"": _a_new_one(), **campaigns},
        campaign=request.args.get("campaign", "") if request.args.get("campaign", "") in campaigns else "",
        search=search,
        earlier=tuple(found[:MOST_EARLIER]),
        more=len(found[MOST_EARLIER:]),
    )
    return render_template("new.html", page=page)


def _a_new_one() -> Any:
    return lazy_gettext("A new campaign")


def _campaigns(session: Transaction, member: User) -> dict[str, str]:
    """The campaigns that somebody coordinates, newest first."""
    query = select(Campaign.id, Campaign.name).order_by(Campaign.created_at.desc(), Campaign.id)
    if not member.admin:
        mine = select(Membership.campaign_id).where(Membership.user_id == member.id, Membership.role == "coordinator")
        query = query.where(Campaign.id.in_(mine))
    return {one.id: one.name for one in session.execute(query.limit(MOST_CAMPAIGNS))}


def _earlier(session: Transaction, campaigns: dict[str, str], search: str) -> list[EarlierRow]:
    """Return the letters of some campaigns whose subject or campaign has all the words, newest first."""
    query = select(Letter.id, Letter.subject, Letter.campaign_id, Letter.date, Letter.created_at)
    query = query.where(Letter.campaign_id.in_(list(campaigns))).order_by(Letter.created_at.desc(), Letter.id)
    words = texts.folded(search).split()
    rows = [
        EarlierRow(
            id=one.id,
            title=one.subject or campaigns[one.campaign_id],
            campaign=campaigns[one.campaign_id],
            day=(one.date or one.created_at.date()).isoformat(),
        )
        for one in session.execute(query)
    ]
    return [row for row in rows if all(word in texts.folded(row.title, row.campaign) for word in words)]


@blueprint.post("/letters")
def take_in() -> Answer:
    """Read a file or pasted text, and begin a letter with it."""
    user, form = named_staff(), checked(ImportForm())
    campaign_id = _campaign(reader(), user, form.campaign.data or "")
    read = _read(form)
    if not campaign_id and form.campaign_name.data:
        read = _named(read, form.campaign_name.data)
    with writer() as session:
        campaign = session.get_one(Campaign, campaign_id) if campaign_id else None
        name = form.file.data.filename or "" if form.file.data else ""
        actor = history.coordinator(user.id)
        row = intake.take_in(session, read, actor, name=name, campaign=campaign)
        if campaign is None:
            members.join(session, row.campaign_id, session.get_one(User, user.id), "coordinator", actor)
        lacking = intake.missing(session, row)
        to_check = bool(intake.unsettled(session, row) or lacking.recipients or lacking.cosigners)
    return redirect(url_for("check.show" if to_check else "letter.show", letter_id=row.id), 303)


def _campaign(session: Transaction, member: User, chosen: str) -> str:
    """Return the id of the campaign that was chosen; nothing for a new one. Raises `InputError` for any other."""
    if chosen and chosen not in _campaigns(session, member):
        wrong = {"campaign": lazy_gettext("Select a campaign.")}
        raise InputError(**wrong, **({"file": AGAIN} if request.files.get("file") else {}))
    return chosen


def _named(read: ImportedLetter, name: str) -> ImportedLetter:
    from dataclasses import replace

    return replace(read, campaign=name)


def _read(form: ImportForm) -> ImportedLetter:
    """Read what was sent as a letter; raises `InputError` at the file or at the text, whichever it was."""
    from workflow import imports

    upload = form.file.data
    content = upload.read() if upload else (form.pasted.data or "").encode("utf-8", "replace")
    if not content.strip() and not upload:
        raise InputError(pasted=lazy_gettext("Paste the text of the letter, or choose a file."))
    try:
        return imports.read(content, upload.filename or "" if upload else "", tracked=form.tracked.data or "accept")
    except IncomingError as error:
        first, *others = error.sentences
        raise InputError(*others, **{"file" if upload else "pasted": first}) from error


# --- from an earlier letter -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierPage:
    """What can be taken from an earlier letter."""

    id: str
    title: str
    campaigns: dict[str, str]
    campaign: str
    recipients: str
    organisations: dict[str, Any]


@blueprint.get("/letters/new/from/<id:source_id>")
def from_earlier(source_id: str) -> str:
    """Choose what is taken from an earlier letter."""
    return _earlier_page(source_id)


def _earlier_page(source_id: str) -> str:
    member = named_staff()
    row = accounts.letter_for(reader(), member, source_id, "coordinator")
    asked = earlier.counts(reader(), row)
    chosen = request.values.get("campaign", row.campaign_id)
    campaigns = _campaigns(reader(), member)
    offered = {earlier.ALL: lazy_gettext("All that were asked: %(number)s", number=f"{asked[earlier.ALL]:,}")}
    if asked[earlier.SIGNERS]:
        offered[earlier.SIGNERS] = lazy_gettext("Those that signed: %(number)s", number=f"{asked[earlier.SIGNERS]:,}")
    page = EarlierPage(
        id=row.id,
        title=row.title,
        campaigns={"": _a_new_one(), **campaigns},
        campaign=chosen if chosen in campaigns else "",
        recipients=", ".join(recipient.label for recipient in row.recipients),
        organisations={**offered, "": lazy_gettext("None")},
    )
    return render_template("earlier.html", page=page)


@blueprint.post("/letters/new/from/<id:source_id>")
def start_from(source_id: str) -> Answer:
    """Begin a letter with what was chosen of an earlier one."""
    user = named_staff()
    accounts.letter_for(reader(), user, source_id, "coordinator")
    form = checked(EarlierForm())
    campaign_id = _campaign(reader(), user, form.campaign.data or "")
    choice = earlier.Choice(
        text=bool(form.text.data),
        recipients=bool(form.recipients.data),
        organisations=form.organisations.data or "",
        layout=bool(form.layout.data),
        terms=bool(form.terms.data),
    )
    with writer() as session:
        source = accounts.letter_for(session, session.get_one(User, user.id), source_id, "coordinator")
        campaign = session.get_one(Campaign, campaign_id) if campaign_id else None
        name = form.campaign_name.data or ""
        actor = history.coordinator(user.id)
        row = earlier.start(session, source, choice, actor, campaign=campaign, name=name)
        if campaign is None:
            members.join(session, row.campaign_id, session.get_one(User, user.id), "coordinator", actor)
    return redirect(url_for("draft.show", letter_id=row.id), 303)


def _again(source_id: str = "") -> str:
    return _earlier_page(source_id) if source_id else new()


show_again_on(blueprint, _again)
