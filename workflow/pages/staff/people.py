"""Who works on a campaign, and who reads its letters by a link: let in, given another role, taken off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, session, url_for
from werkzeug.wrappers import Response

from workflow import accounts, auditor_links, history, members
from workflow.errors import InputError
from workflow.languages import Message, in_zone, lazy_gettext
from workflow.models import AuditorLink, Campaign, Membership, User, now
from workflow.moments import local
from workflow.names import asked_by
from workflow.pages.context import reader, writer
from workflow.pages.i18n import get_locale, gettext
from workflow.pages.rate_limits import by_member, limiter
from workflow.pages.sent_form import show_again_on
from workflow.pages.staff import campaign_head
from workflow.pages.staff.account import staff
from workflow.pages.staff.campaign_head import CampaignHead
from workflow.pages.staff.campaigns import mine, seen
from workflow.pages.staff.forms import AuditorLinkForm, HandOnForm, MemberForm, RoleForm, checked

blueprint = Blueprint("people", __name__, url_prefix="/campaigns/<id:campaign_id>/people")
ROLES = {
    "coordinator": lazy_gettext("Coordinator"),
    "auditor": lazy_gettext("Auditor"),
}
MADE = "made"
"""The session's note of a link that was just made: its address is shown once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who works on the campaign."""

    id: str
    name: str
    organisation: str
    email: str
    role: Message
    coordinates: bool
    asks: bool
    """Co-signers read this name as who asks."""
    is_told: bool
    is_self: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link by which somebody reads."""

    id: str
    name: str
    email: str
    lives: bool
    is_revoked: bool
    until: str
    used: str
    """When it was last used; empty: never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The people of a campaign."""

    head: CampaignHead
    asked_by: str
    people: tuple[Person, ...]
    heirs: dict[str, str]
    """To whom the reader can hand the campaign on."""
    links: tuple[Link, ...]
    made: tuple[str, str] | None
    """For whom a link was just made, and its address."""
    until: str
    """When a link ends where nobody says anything else: as its field takes it."""
    latest: str


@blueprint.get("")
def show(campaign_id: str) -> str:
    """Who works on the campaign; to its coordinators also who reads by a link."""
    row, member = seen(campaign_id), staff(reader())
    coordinates = accounts.role_in(reader(), member, row) == "coordinator"
    found = members.of(reader(), row.id)
    others = [one for one in found if one.user_id != member.id]
    own = next((one for one in found if one.user_id == member.id), None)
    zone = _zone(row, member)
    page = People(
        head=campaign_head.of(row, coordinates),
        asked_by=asked_by(row),
        people=_people(found, member),
        heirs=_heirs(others) if own is not None and own.role == "coordinator" else {},
        links=tuple(_link(link, zone) for link in auditor_links.of(reader(), row.id)) if coordinates else (),
        made=_made(row) if coordinates else None,
        until=f"{local(now() + auditor_links.LASTS, zone):%Y-%m-%d}",
        latest=f"{local(now() + auditor_links.LONGEST - timedelta(days=1), zone):%Y-%m-%d}",
    )
    return render_template("people.html", page=page)


def _heirs(others: list[Membership]) -> dict[str, str]:
    """To whom a coordinator can hand the campaign on; nobody is chosen beforehand."""
    return {"": "–", **{one.user_id: one.user.called for one in others}} if others else {}


def _people(found: list[Membership], member: User) -> tuple[Person, ...]:
    first = next((one for one in found if one.role == "coordinator"), None)
    return tuple(
        Person(
            id=one.user_id,
            name=one.user.name,
            organisation=one.user.organisation,
            email=one.user.email,
            role=ROLES[one.role],
            coordinates=one.role == "coordinator",
            asks=one is first,
            is_told=one.notices and one.role == "coordinator",
            is_self=one.user_id == member.id,
        )
        for one in found
    )


def _zone(row: Campaign, member: User) -> str:
    return member.timezone or row.timezone


def _link(link: AuditorLink, zone: str) -> Link:
    return Link(
        id=link.id,
        name=link.name,
        email=link.email,
        lives=auditor_links.lives(link),
        is_revoked=link.revoked_at is not None,
        until=in_zone(link.expires_at, zone, get_locale()),
        used=in_zone(link.used_at, zone, get_locale()) if link.used_at else "",
    )


def _made(row: Campaign) -> tuple[str, str] | None:
    """The link that this browser has just made: the cookie has its id alone, and only for this once."""
    link = reader().get(AuditorLink, session.pop(MADE, ""))
    if link is None or link.campaign_id != row.id or not auditor_links.lives(link):
        return None
    return link.name, auditor_links.address(reader(), link)


show_again_on(blueprint, show)


def _act(do: Any, campaign_id: str, *given: Any, **named: Any) -> Any:
    """Do one act on a campaign, in one transaction, as the coordinator who asks; return what it returns."""
    mine(campaign_id)
    actor = history.coordinator(staff(reader()).id)
    with writer() as writing:
        return do(writing, campaign_id, *given, actor=actor, **named)


def _back(campaign_id: str, said: str, anchor: str | None = None) -> Response:
    flash(said, "done")
    return redirect(url_for("people.show", campaign_id=campaign_id, _anchor=anchor), 303)


@blueprint.post("")
@limiter.limit("30 per hour", key_func=by_member)
def add(campaign_id: str) -> Response:
    """Let somebody in by their address."""
    form = checked(MemberForm())
    by = staff(reader())
    given = {"by": by, "language": get_locale()}
    member = _act(members.let_in, campaign_id, form.email.data or "", form.role.data, **given)
    return _back(campaign_id, gettext("%(who)s added. We’ve sent an email.") % {"who": member.called})


@blueprint.post("/<id:user_id>/role")
def set_role(campaign_id: str, user_id: str) -> Response:
    """Give a member another role."""
    member = _act(members.set_role, campaign_id, user_id, checked(RoleForm()).role.data)
    return _back(campaign_id, gettext("Role of %(who)s changed.") % {"who": member.called})


@blueprint.post("/<id:user_id>/removal")
def remove(campaign_id: str, user_id: str) -> Response:
    """Take a member off; whoever takes themselves off goes back to their campaigns."""
    own = staff(reader()).id
    member = _act(members.remove, campaign_id, user_id)
    if user_id == own:
        flash(gettext("You’ve left the campaign."), "done")
        return redirect(url_for("campaigns.index"), 303)
    return _back(campaign_id, gettext("%(who)s removed.") % {"who": member.called})


@blueprint.post("/hand-on")
def hand_on(campaign_id: str) -> Response:
    """Leave the campaign to another member."""
    to = checked(HandOnForm()).to.data or ""
    member = _act(members.hand_on, campaign_id, staff(reader()).id, to, language=get_locale())
    flash(gettext("%(who)s coordinates the campaign now. You’ve left it.") % {"who": member.called}, "done")
    return redirect(url_for("campaigns.index"), 303)


# --- links to read by -------------------------------------------------------------------------------------------------


@blueprint.post("/links")
@limiter.limit("30 per hour", key_func=by_member)
def make_link(campaign_id: str) -> Response:
    """Make a link by which somebody reads; its address is shown once."""
    row, by = mine(campaign_id), staff(reader())
    zone = _zone(row, by)
    form = checked(AuditorLinkForm())
    if form.ends.data is None:
        raise InputError(ends=lazy_gettext("Enter a date, like 2027-01-31."))
    ends = datetime.combine(form.ends.data, time(23, 59, 59), ZoneInfo(zone)).astimezone(UTC)
    given = {"name": form.name.data or "", "address": form.email.data or "", "ends": ends}
    link = _act(auditor_links.make, campaign_id, by=by, language=get_locale(), zone=zone, **given)
    session[MADE] = link.id
    return _back(campaign_id, gettext("Link made."), "links")


@blueprint.post("/links/<id:link_id>/revocation")
def revoke_link(campaign_id: str, link_id: str) -> Response:
    """End a link at once."""
    _act(auditor_links.revoke, campaign_id, link_id)
    return _back(campaign_id, gettext("Link revoked. It no longer works."), "links")
