"""The letter leaves: its documents, the dispatch, the recipients' addresses, what became of each delivery."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from flask import render_template, request, send_file

from workflow import accounts
from workflow.campaigns import dispatch as campaign_dispatch
from workflow.campaigns import drafts
from workflow.models import Document
from workflow.pages.context import reader
from workflow.pages.i18n import gettext
from workflow.pages.staff import email_rows, head, letter_page
from workflow.pages.staff.account import staff
from workflow.pages.staff.acting import Answer, act, back, seen
from workflow.pages.staff.cosigner_page import Filter, filters
from workflow.pages.staff.email_rows import EmailRow
from workflow.pages.staff.forms import EmailForm, SettlementForm, checked
from workflow.pages.staff.head import Head
from workflow.pages.staff.letter import blueprint
from workflow.pages.staff.paging import Place, place_in


@blueprint.post("/recipients/<id:recipient_id>/address")
def recipient_address(letter_id: str, recipient_id: str) -> Answer:
    """Give a recipient's email address."""
    act(drafts.set_recipient_email, letter_id, recipient_id, checked(EmailForm()).email.data)
    there = "send.show" if request.args.get("back") == "send" else "letter.show"
    return back(letter_id, gettext("Email address saved."), to=there)


@blueprint.post("/deliveries/<id:delivery_id>/settlement")
def settle(letter_id: str, delivery_id: str) -> Answer:
    """Decide on an uncertain delivery: it arrived, or it is sent again."""
    arrived = checked(SettlementForm()).choice.data == "arrived"
    act(campaign_dispatch.settle_as_sent if arrived else campaign_dispatch.send_again, letter_id, delivery_id)
    said = gettext("Marked as received.") if arrived else gettext("It will be sent again.")
    return back(letter_id, said, to="send.show")


@blueprint.post("/deliveries/<id:delivery_id>/address")
def readdress(letter_id: str, delivery_id: str) -> Answer:
    """Send a refused letter to another address of the recipient."""
    act(campaign_dispatch.readdress, letter_id, delivery_id, checked(EmailForm()).email.data)
    return back(letter_id, gettext("It will be sent to the new address."), to="send.show")


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailsPage:
    """A page of the emails of a letter."""

    head: Head
    show: str
    filters: tuple[Filter, ...]
    emails: tuple[EmailRow, ...]
    previous: Place | None
    next: Place | None


@blueprint.get("/emails")
def emails(letter_id: str) -> str:
    """The emails of a letter, newest first."""
    row = seen(letter_id)
    coordinates = accounts.role_in(reader(), staff(reader()), row.campaign) == "coordinator"
    shown = request.args.get("show", "")
    shown = shown if shown in email_rows.SHOWN else ""
    found = email_rows.page_of(reader(), row, shown, place_in(request.args))
    known = {show: label for show, (label, _) in email_rows.SHOWN.items()}
    page = EmailsPage(
        head=head.of(row, coordinates),
        show=shown,
        filters=filters(known, email_rows.counts(reader(), row), shown),
        emails=email_rows.of(row, found.rows, coordinates),
        previous=found.previous,
        next=found.next,
    )
    return render_template("emails.html", page=page)


@blueprint.get("/documents/<sha256:sha256>")
def document(letter_id: str, sha256: str) -> Answer:
    """Download a stored document: the very bytes that are sent."""
    name = letter_page.document_name(reader(), seen(letter_id), sha256)
    stored = reader().get_one(Document, sha256)
    return send_file(BytesIO(stored.content), stored.media_type, as_attachment=True, download_name=name)
