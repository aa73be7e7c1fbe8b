"""The page of what comes after a letter was sent: late names, the addendum, withdrawals, the office's reply."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template

from workflow import accounts
from workflow.campaigns import addenda, office_replies
from workflow.campaigns import afterwards as campaign_afterwards
from workflow.errors import InputError, NotFoundError
from workflow.languages import lazy_gettext, lazy_ngettext
from workflow.letter import text
from workflow.pages.context import end_reading, reader
from workflow.pages.rate_limits import by_member, limiter
from workflow.pages.reply_file import reply_file
from workflow.pages.sent_form import show_again_on
from workflow.pages.staff import afterwards_page, times
from workflow.pages.staff.acting import Answer, act, back, member_for, mine, seen
from workflow.pages.staff.forms import AddendumForm, LateNameForm, OfficeReplyForm, TellingForm, checked

blueprint = Blueprint("afterwards", __name__, url_prefix="/letters/<id:letter_id>/afterwards")
HERE = "afterwards.show"
UPLOAD_LIMITS = {"afterwards.keep_reply": office_replies.LARGEST + 100_000}


@blueprint.get("")
def show(letter_id: str) -> str:
    """What came after the letter was sent, and what can be done of it; 404 before that."""
    row = seen(letter_id)
    if not row.has_gone_out:
        raise NotFoundError("This letter was not sent.")
    coordinates = accounts.role_in(reader(), times.whoever(), row.campaign) == "coordinator"
    return render_template("afterwards.html", page=afterwards_page.of(reader(), row, coordinates))


show_again_on(blueprint, lambda letter_id, **_: show(letter_id))


@blueprint.post("/names")
def ask_for_names(letter_id: str) -> Answer:
    """Email everybody who may still sign."""
    number = act(campaign_afterwards.ask_for_names, letter_id)
    said = lazy_ngettext("Emailing %(num)s organisation.", "Emailing %(num)s organisations.", number)
    return back(letter_id, said, "names", HERE)


@blueprint.post("/invitations")
def invite(letter_id: str) -> Answer:
    """Put an organisation on the list that was not asked before, and email it."""
    form = checked(LateNameForm())
    asked = text.Cosigner(
        organisation=form.organisation.data or "",
        acronym=form.acronym.data or "",
        signatory=form.signatory.data or "",
        title=form.title.data or "",
        email=form.email.data or "",
    )
    act(campaign_afterwards.invite_late, letter_id, asked)
    said = lazy_gettext("%(who)s was added. We’re emailing its contact.", who=asked.organisation)
    return back(letter_id, said, "names", HERE)


@blueprint.post("/addendum")
def prepare(letter_id: str) -> Answer:
    """Have the addendum made of whoever has signed since the letter was sent."""
    act(addenda.ask, letter_id)
    return back(letter_id, lazy_gettext("The addendum is being prepared."), "addendum", HERE)


@blueprint.post("/addendum/sending")
def send(letter_id: str) -> Answer:
    """Send the addendum to every recipient, once."""
    form = checked(AddendumForm())
    if not form.looked.data:
        raise InputError(looked=lazy_gettext("Open the addendum, check it, then tick the box."))
    act(addenda.send, letter_id, form.fingerprint.data or "")
    return back(letter_id, lazy_gettext("The addendum is being sent."), "addendum", HERE)


@blueprint.post("/withdrawals/<id:invitation_id>")
def tell_office(letter_id: str, invitation_id: str) -> Answer:
    """Tell the recipient that an organisation has withdrawn its signature, once."""
    act(campaign_afterwards.tell_office, letter_id, invitation_id)
    return back(letter_id, lazy_gettext("We’re emailing the recipient."), "withdrawn", HERE)


@blueprint.post("/replies")
@limiter.limit("20 per minute", key_func=by_member)
def keep_reply(letter_id: str) -> Answer:
    """Keep what an office replied: words, a file, or both."""
    member_for(letter_id)
    zone = ZoneInfo(mine(letter_id).timezone)
    end_reading()
    form = checked(OfficeReplyForm())
    chosen = form.file.data
    content = chosen.read(office_replies.LARGEST + 1) if chosen else b""
    if chosen and chosen.filename and not content:
        raise InputError(file=lazy_gettext("This file is empty."))
    document = (chosen.filename or "", chosen.mimetype or "", content) if content else None
    day = form.received.data
    received = datetime.combine(day, time(12), zone) if day else datetime.now(zone)
    given = (form.recipient.data or None, received, form.words.data or "", document)
    act(office_replies.keep_reply, letter_id, *given)
    return back(letter_id, lazy_gettext("The reply was saved."), "replies", HERE)


@blueprint.get("/replies/<id:reply_id>/file")
def file(letter_id: str, reply_id: str) -> Response:
    """Download the file of a reply as it came: never shown, whatever it is."""
    return reply_file(seen(letter_id), reply_id)


@blueprint.post("/replies/<id:reply_id>/telling")
def tell_signatories(letter_id: str, reply_id: str) -> Answer:
    """Tell the signatories of a reply, once."""
    form = checked(TellingForm())
    act(campaign_afterwards.tell_of_reply, letter_id, reply_id, form.seen.data or 0)
    return back(letter_id, lazy_gettext("We’re emailing the signatories."), "replies", HERE)
