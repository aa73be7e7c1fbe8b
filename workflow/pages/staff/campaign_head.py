"""What every page of a campaign begins with: which it is, and its other pages."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for

from workflow.languages import Message, lazy_gettext
from workflow.models import Campaign
from workflow.pages.staff import known_pages

SETTINGS = "/campaigns/<id:campaign_id>/settings"

PAGES = (
    (lazy_gettext("Letters"), "/campaigns/<id:campaign_id>"),
    (lazy_gettext("Organisations"), "/campaigns/<id:campaign_id>/organisations"),
    (lazy_gettext("People"), "/campaigns/<id:campaign_id>/people"),
    (lazy_gettext("Settings"), SETTINGS),
)
ORGANISATIONS = "/organisations"
"""Where the directory is: of one campaign where its id is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One of a campaign's pages."""

    label: Message
    address: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignHead:
    """The head of a campaign's pages."""

    id: str
    name: str
    tabs: tuple[Tab, ...]
    new_letter: str
    """Where a letter is added; empty for who only reads."""
    may_act: bool


def of(campaign: Campaign, coordinates: bool) -> CampaignHead:
    """Return the head of a campaign's pages."""
    return CampaignHead(
        id=campaign.id,
        name=campaign.name,
        tabs=tuple(
            Tab(label=label, address=address, rule=rule)
            for label, rule in PAGES
            if (coordinates or rule != SETTINGS) and (address := _address(campaign, rule))
        ),
        new_letter=url_for("letters.new", campaign=campaign.id) if coordinates else "",
        may_act=coordinates,
    )


def _address(campaign: Campaign, rule: str) -> str:
    if own := known_pages.address(rule, campaign_id=campaign.id):
        return own
    # The directory is one for all: a campaign's are those of it that it has.
    return known_pages.address(ORGANISATIONS, campaign=campaign.id) if rule.endswith("/organisations") else ""
