"""Campaigns: the list of them, and a page for each with its letters."""

from __future__ import annotations

from flask import Blueprint, render_template
from sqlalchemy import select

from workflow import accounts
from workflow.models import Campaign, Membership
from workflow.pages.context import reader
from workflow.pages.staff import campaign_head, letter_list
from workflow.pages.staff.account import staff

blueprint = Blueprint("campaigns", __name__)


def seen(campaign_id: str) -> Campaign:
    """Return a campaign for whoever may read it; raises `NotFoundError` for anybody else."""
    return accounts.campaign_for(reader(), staff(reader()), campaign_id, "auditor")


def mine(campaign_id: str) -> Campaign:
    """Return a campaign for its coordinators; raises `NotFoundError` for anybody else."""
    return accounts.campaign_for(reader(), staff(reader()), campaign_id, "coordinator")


@blueprint.get("/")
def index() -> str:
    """The campaigns that one works in."""
    member = staff(reader())
    query = select(Campaign).order_by(Campaign.created_at.desc(), Campaign.id)
    if not member.admin:
        query = query.where(Campaign.id.in_(select(Membership.campaign_id).where(Membership.user_id == member.id)))
    return render_template("campaigns.html", campaigns=reader().scalars(query.limit(100)).all())


@blueprint.get("/campaigns/<id:campaign_id>")
def show(campaign_id: str) -> str:
    """A campaign: its letters."""
    row = seen(campaign_id)
    member = staff(reader())
    rows = letter_list.rows(reader(), member, row.id)
    coordinates = accounts.role_in(reader(), member, row) == "coordinator"
    return render_template("campaign.html", head=campaign_head.of(row, coordinates), rows=rows)
