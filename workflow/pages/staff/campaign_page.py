"""What the pages of campaigns show, prepared here so that templates only lay it out."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import func, select

from workflow import csv_out
from workflow.campaigns import campaign as campaign_acts
from workflow.campaigns import drafts
from workflow.languages import Message, lazy_gettext
from workflow.models import Campaign, Letter, User
from workflow.names import who_asks
from workflow.pages.i18n import get_locale, translate
from workflow.pages.staff import campaign_head, campaign_list, letter_list, needs, terms_form, times
from workflow.pages.staff.campaign_head import CampaignHead
from workflow.pages.staff.campaign_list import CampaignRow
from workflow.pages.staff.letter_list import LetterRow
from workflow.pages.staff.needs import Need
from workflow.pages.staff.paging import Place
from workflow.pages.staff.terms_form import Terms
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A filter of a list: its name, what it is called, how many it shows."""

    name: str
    label: Message
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What a page of a list shows besides its rows."""

    search: str
    show: str
    order: str
    filters: tuple[Filter, ...]
    orders: Mapping[str, Message]
    found: int
    """How many match the search and the filter."""
    previous: Place | None
    next: Place | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignsPage:
    """A page of the list of campaigns."""

    listed: Listed
    rows: tuple[CampaignRow, ...]
    begins: bool
    """There is none yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignPage:
    """A campaign's page."""

    head: CampaignHead
    needs: tuple[Need, ...]
    """What needs somebody; nothing for who only reads."""
    listed: Listed
    rows: tuple[LetterRow, ...]
    begins: bool
    """It has no letter yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingPage:
    """What is set of a campaign that there is, or of a new one."""

    head: CampaignHead | None
    name: str
    asks_as: str
    asked_by: str
    """Who asks where nobody else is named."""
    individuals: bool
    footer_code: bool
    retention_days: str
    terms: Terms
    unsent: int
    """How many letters are not sent yet."""
    told: int
    """How many emails about a deadline go out where they get that of the campaign."""
    mark: str
    """What tells that from what it is when they are applied."""


def of_list(session: Transaction, member: User, asked: letter_list.Wanted) -> CampaignsPage:
    """Return a page of the campaigns that a member of staff works in."""
    counts = campaign_list.counts(session, member)
    page = campaign_list.page_of(session, member, asked)
    labels = {name: label for name, (label, _) in campaign_list.SHOWN.items()}
    return CampaignsPage(
        listed=Listed(
            search=asked.search,
            show=asked.show,
            order=asked.order,
            filters=_filters(labels, counts, asked.show),
            orders=campaign_list.ORDERS,
            found=campaign_list.found(session, member, asked) if asked.search else counts[asked.show],
            previous=page.previous,
            next=page.next,
        ),
        rows=campaign_list.rows(session, member, page),
        begins=not counts[""],
    )


def of_one(session: Transaction, campaign: Campaign, asked: letter_list.Wanted, coordinates: bool) -> CampaignPage:
    """Return a campaign's page, with a page of its letters."""
    counts = letter_list.counts(session, campaign)
    needed = needs.of(session, [campaign.id]).get(campaign.id, ()) if coordinates else ()
    if asked.show in needs.KINDS and not coordinates:
        asked = replace(asked, show="")
    page = letter_list.page_of(session, campaign, asked)
    labels = {name: label for name, (label, _) in letter_list.SHOWN.items()}
    if asked.show in needs.KINDS:
        counts[asked.show] = letter_list.found(session, campaign, replace(asked, search=""))
        labels[asked.show] = needs.KINDS[asked.show].label(counts[asked.show])
    return CampaignPage(
        head=campaign_head.of(campaign, coordinates),
        needs=needed,
        listed=Listed(
            search=asked.search,
            show=asked.show,
            order=asked.order,
            filters=_filters(labels, counts, asked.show),
            orders=letter_list.ORDERS,
            found=letter_list.found(session, campaign, asked) if asked.search else counts[asked.show],
            previous=page.previous,
            next=page.next,
        ),
        rows=letter_list.rows(session, page.rows),
        begins=not counts[""],
    )


def _filters(labels: Mapping[str, Message], counts: Mapping[str, int], shown: str) -> tuple[Filter, ...]:
    """Return the filters that show anything, and the one that is used."""
    used = (name for name in labels if counts[name] or name in ("", shown))
    return tuple(Filter(name=name, label=labels[name], count=counts[name]) for name in used)


USUAL_REMINDERS = (7, 3, 1)
"""So many days before the deadline, as the form of a new campaign proposes it."""


def of_new(member: User) -> SettingPage:
    """Return the form of a new campaign, in the zone of whoever begins it."""
    zone = member.timezone or times.guessed() or "UTC"
    empty = Campaign(**dataclasses.asdict(drafts.Terms(timezone=zone)) | {"reminders": [*USUAL_REMINDERS]})
    return SettingPage(
        head=None,
        name="",
        asks_as="",
        asked_by=who_asks("", member.name, member.organisation, member.email),
        individuals=False,
        footer_code=False,
        retention_days="",
        terms=terms_form.shown(empty, zone),
        told=0,
        mark="",
        unsent=0,
    )


def of_settings(session: Transaction, campaign: Campaign) -> SettingPage:
    """Return what is set of a campaign, for a coordinator."""
    unsent = select(func.count()).where(Letter.campaign_id == campaign.id, ~Letter.is_closed)
    user, (told, mark) = campaign.coordinator, campaign_acts.would_tell(session, campaign)
    return SettingPage(
        head=campaign_head.of(campaign, True),
        name=campaign.name,
        asks_as=campaign.asks_as,
        asked_by=who_asks("", user.name, user.organisation, user.email) if user else "",
        individuals=campaign.individuals,
        footer_code=campaign.footer_code,
        retention_days=str(campaign.retention_days or ""),
        terms=terms_form.shown(campaign),
        unsent=int(session.scalar(unsent) or 0),
        told=told,
        mark=mark,
    )


COLUMNS = (
    lazy_gettext("Letter"),
    lazy_gettext("To"),
    lazy_gettext("Status"),
    lazy_gettext("Co-signers"),
    lazy_gettext("Signed"),
    lazy_gettext("Minimum number of signatures"),
    lazy_gettext("Declined or withdrew"),
    lazy_gettext("Deadline"),
    lazy_gettext("Page"),
)


def as_csv(session: Transaction, campaign: Campaign, asked: letter_list.Wanted) -> bytes:
    """Return all letters that an address asks for, whatever its page, as a table for a spreadsheet."""
    rows = [[str(translate(label)) for label in COLUMNS]]
    rows += (
        [
            row.title,
            row.to,
            str(translate(row.status)),
            str(row.counted.listed),
            str(row.counted.signed),
            str(row.minimum),
            str(row.counted.declined + row.counted.retracted),
            f"{row.due:%Y-%m-%d %H:%M} UTC" if row.due else "",
            f"{session.settings.public_url}/letters/{row.id}",
        ]
        for row in letter_list.every(session, campaign, asked)
    )
    return csv_out.write(rows, get_locale())
