"""Campaigns: the list of them, a new one, and a page for each with its letters and its settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from workflow import accounts, history
from workflow.campaigns import campaign as campaign_acts
from workflow.campaigns import drafts
from workflow.campaigns.campaign import Setting
from workflow.languages import joined
from workflow.models import Campaign, Letter, User
from workflow.pages.context import reader, writer
from workflow.pages.i18n import get_locale, gettext, ngettext
from workflow.pages.sent_form import show_again_on
from workflow.pages.staff import campaign_list, campaign_page, letter_list, terms_form
from workflow.pages.staff.account import staff
from workflow.pages.staff.bar import only_reads
from workflow.pages.staff.forms import CampaignForm, SeenForm, checked

blueprint = Blueprint("campaigns", __name__)
MOST_NAMED = 5


def seen(campaign_id: str) -> Campaign:
    """Return a campaign for whoever may read it; raises `NotFoundError` for anybody else."""
    return accounts.campaign_for(reader(), staff(reader()), campaign_id, "auditor")


def mine(campaign_id: str) -> Campaign:
    """Return a campaign for its coordinators; raises `NotFoundError` for anybody else."""
    return accounts.campaign_for(reader(), staff(reader()), campaign_id, "coordinator")


def _act(do: Callable[..., Any], campaign_id: str, *given: Any, **named: Any) -> Any:
    """Do one act on a campaign, in one transaction, as the coordinator who asks."""
    mine(campaign_id)
    actor = history.coordinator(staff(reader()).id)
    with writer() as session:
        return do(session, campaign_id, *given, actor, **named)


@blueprint.get("/")
def index() -> str:
    """The campaigns that one works in: a page of the list, as its address says."""
    page = campaign_page.of_list(reader(), staff(reader()), campaign_list.wanted(request.args))
    return render_template("campaigns.html", page=page, only_reads=only_reads())


@blueprint.get("/campaigns/new")
def new() -> str:
    """The form that begins a campaign."""
    return render_template("new_campaign.html", page=campaign_page.of_new(staff(reader())))


@blueprint.post("/campaigns")
def begin() -> BaseResponse:
    """Begin a campaign, and lead on to its first letter."""
    member = staff(reader())
    setting = _setting(checked(CampaignForm()))
    with writer() as session:
        begun = campaign_acts.begin(session, setting)
        accounts.join(session, begun.id, session.get_one(User, member.id), "coordinator")
    flash(gettext("Campaign started. Now add its first letter."), "done")
    return redirect(url_for("letters.new", campaign=begun.id), 303)


@blueprint.get("/campaigns/<id:campaign_id>")
def show(campaign_id: str) -> str:
    """A campaign: what needs somebody, and a page of the list of its letters, as its address says."""
    row = seen(campaign_id)
    coordinates = accounts.role_in(reader(), staff(reader()), row) == "coordinator"
    page = campaign_page.of_one(reader(), row, letter_list.wanted(request.args), coordinates)
    return render_template("campaign.html", page=page)


@blueprint.get("/campaigns/<id:campaign_id>/letters.csv")
def letters_csv(campaign_id: str) -> Response:
    """The letters that the list shows, all of them, as a table for a spreadsheet."""
    row = seen(campaign_id)
    content = campaign_page.as_csv(reader(), row, letter_list.wanted(request.args))
    answer = Response(content, mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename="letters.csv")
    return answer


@blueprint.get("/campaigns/<id:campaign_id>/settings")
def settings(campaign_id: str) -> str:
    """What is set of a campaign."""
    return render_template("campaign_settings.html", page=campaign_page.of_settings(reader(), mine(campaign_id)))


@blueprint.post("/campaigns/<id:campaign_id>/settings")
def set_up(campaign_id: str) -> BaseResponse:
    """Set a campaign."""
    setting = _setting(checked(CampaignForm()), mine(campaign_id))
    _act(campaign_acts.set_up, campaign_id, setting)
    return _back(campaign_id, gettext("Saved."))


@blueprint.post("/campaigns/<id:campaign_id>/terms")
def apply_terms(campaign_id: str) -> BaseResponse:
    """Give the campaign's terms to its letters that are not sent yet."""
    changed = _act(campaign_acts.apply_terms, campaign_id, seen=checked(SeenForm()).seen)
    return _back(campaign_id, _changed(changed), "apply")


def _changed(letters: list[Letter]) -> str:
    if not letters:
        return gettext("Nothing to change: all letters that are not sent yet have these rules.")
    named = [f"“{letter.title}”" for letter in letters[:MOST_NAMED]]
    if more := len(letters) - len(named):
        named.append(ngettext("%(num)s more", "%(num)s more", more) % {"num": more})
    said = ngettext("Changed %(num)s letter: %(names)s.", "Changed %(num)s letters: %(names)s.", len(letters))
    return said % {"num": len(letters), "names": joined(named, get_locale())}


def _setting(form: CampaignForm, kept: Campaign | None = None) -> Setting:
    given = terms_form.given(form, drafts.terms_of(kept) if kept else drafts.Terms(), name=form.name.data or "")
    ticked = bool(form.individuals.data), bool(form.footer_code.data)
    return Setting(given, form.asks_as.data or "", *ticked, form.days)


def _back(campaign_id: str, said: str, anchor: str = "") -> BaseResponse:
    flash(said, f"done at-{anchor}" if anchor else "done")
    return redirect(url_for("campaigns.settings", campaign_id=campaign_id, _anchor=anchor or None), 303)


def _again(campaign_id: str = "") -> str:
    return settings(campaign_id) if campaign_id else new()


show_again_on(blueprint, _again)
