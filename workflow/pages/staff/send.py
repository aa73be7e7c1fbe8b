"""The tab on which a letter is sent: what goes with it, the last look, the dispatch; afterwards, what went out."""

from __future__ import annotations

from io import BytesIO
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, make_response, render_template, send_file

from workflow import accounts
from workflow.campaigns import cover as campaign_cover
from workflow.campaigns import dispatch as campaign_dispatch
from workflow.campaigns.lookup import locked_letter
from workflow.errors import InputError, NotFoundError, RefusedError
from workflow.languages import lazy_gettext
from workflow.mails import samples
from workflow.models import User
from workflow.pages.context import reader, writer
from workflow.pages.security import MAIL_CSP
from workflow.pages.sent_form import show_again_on
from workflow.pages.staff import letter_page, send_page, times
from workflow.pages.staff.acting import Answer, act, back, member_for, mine, seen
from workflow.pages.staff.ask import count_test
from workflow.pages.staff.forms import CoverForm, DispatchForm, checked

blueprint = Blueprint("send", __name__, url_prefix="/letters/<id:letter_id>")


@blueprint.get("/send")
def show(letter_id: str) -> str:
    """What is sent to the recipients, and how that stands."""
    row = seen(letter_id)
    coordinates = accounts.role_in(reader(), times.whoever(), row.campaign) == "coordinator"
    return render_template("send.html", page=send_page.of(reader(), row, coordinates))


show_again_on(blueprint, show)


@blueprint.post("/send")
def cover(letter_id: str) -> Answer:
    """Set the subject, the covering words and who gets a copy."""
    form = checked(CoverForm())
    copies = tuple((form.copies.data or "").replace(",", "\n").replace(";", "\n").split("\n"))
    given = campaign_cover.Cover(form.subject.data or "", form.words.data or "", copies)
    act(campaign_cover.set_cover, letter_id, given)
    return back(letter_id, lazy_gettext("Saved. The sample shows how it will arrive."), "cover", "send.show")


@blueprint.post("/send/test")
def test(letter_id: str) -> Answer:
    """Email what the recipient will get to who asks, as a test."""
    member_id = member_for(letter_id).id
    count_test()
    with writer() as session:
        member = session.get_one(User, member_id)
        made = send_page.sample(session, locked_letter(session, letter_id))
        if made is None:
            raise RefusedError(lazy_gettext("Add a recipient."))
        samples.queue(session, made, member)
        address = member.email
    said = lazy_gettext("A test is on its way to %(address)s.", address=address)
    return back(letter_id, said, "sample", "send.show")


@blueprint.get("/send/sample")
def sample(letter_id: str) -> Response:
    """The HTML of what the recipient will get, shut in: no script, nothing from elsewhere."""
    made = send_page.sample(reader(), mine(letter_id))
    if made is None:
        raise NotFoundError("There is no recipient yet.")
    answer = make_response(made.words.html)
    answer.headers["Content-Security-Policy"] = MAIL_CSP
    return answer


@blueprint.get("/documents/<sha256:sha256>/<int:number>.png")
def picture(letter_id: str, sha256: str, number: int) -> Answer:
    """A page of a stored PDF as a picture."""
    letter_page.document_name(reader(), seen(letter_id), sha256)
    drawn = send_page.pictures(reader(), sha256)
    if not 1 <= number <= len(drawn):
        raise NotFoundError("There is no such page.")
    return send_file(BytesIO(drawn[number - 1]), "image/png")


@blueprint.post("/dispatch")
def dispatch(letter_id: str) -> Answer:
    """Send the letter to its recipients, now or at a time set ahead."""
    zone = ZoneInfo(mine(letter_id).timezone)
    form = checked(DispatchForm())
    if form.how.data == "later" and form.at.data is None:
        raise InputError(at=lazy_gettext("Enter a date and a time, or choose to send now."))
    at = form.at.data.replace(tzinfo=zone) if form.at.data and form.how.data != "now" else None
    sent = act(campaign_dispatch.dispatch, letter_id, form.fingerprint.data or "", at=at, covered=form.mark.data or "")
    said = lazy_gettext("The letter is being sent.") if sent.is_being_sent else lazy_gettext("The letter is scheduled.")
    return back(letter_id, said, to="send.show")
