"""A campaign is begun, renamed and set; its terms are given to letters that are not sent yet."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from workflow import history, states
from workflow.campaigns import deadlines, drafts, readers
from workflow.campaigns.drafts import Terms
from workflow.campaigns.lookup import locked_campaign, locked_letter
from workflow.campaigns.readers import Seen
from workflow.errors import InputError
from workflow.history import Actor, actions
from workflow.languages import lazy_gettext
from workflow.letter import typed
from workflow.models import Campaign, Letter
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Setting:
    """What is set of a campaign: how it asks, and what its new letters begin with (with its name)."""

    terms: Terms
    asks_as: str = ""
    """Who asks, as co-signers read it; empty: the coordinator."""
    individuals: bool = False
    """Whether people may sign in their own name."""
    footer_code: bool = False
    """Whether new letters say in their footers where anybody can ask if they are genuine."""
    retention_days: int | None = None
    """How many days after its end a letter is erased; None: only by hand."""


def begin(session: Transaction, setting: Setting) -> Campaign:
    """Begin a campaign without a letter; raises `InputError` where something of it is wrong."""
    campaign = Campaign(name=_name(setting.terms.name))
    _set(campaign, setting)
    session.add(campaign)
    session.flush()
    return campaign


def set_up(session: Transaction, campaign_id: str, setting: Setting, actor: Actor) -> Campaign:
    """Set a campaign; a new name goes on the record of each of its letters."""
    campaign = locked_campaign(session, campaign_id)
    name = _name(setting.terms.name)
    if name != campaign.name:
        campaign.name = name
        for letter_id in _letters(session, campaign_id):
            history.append(session, locked_letter(session, letter_id).id, actor, actions.CampaignRenamed(name=name))
    _set(campaign, setting)
    session.flush()
    return campaign


def would_tell(session: Transaction, campaign: Campaign) -> tuple[int, str]:
    """Return how many emails about a deadline go out where its letters get a campaign's terms, and their `mark`."""
    out = select(Letter).where(Letter.campaign_id == campaign.id, Letter.is_with_cosigners).order_by(Letter.id)
    letters = session.scalars(out).all()
    number = sum(deadlines.concerned(session, letter, campaign.deadline).number for letter in letters)
    return number, readers.mark(*letters, also=campaign.deadline)


def apply_terms(session: Transaction, campaign_id: str, actor: Actor, *, seen: Seen | None = None) -> list[Letter]:
    """
    Give a campaign's terms to each of its letters that is not sent yet, and return those that have others now.

    Each has them on its own record: all do, or none. Raises `ChangedError` where others would be told than was `seen`.
    """
    campaign = locked_campaign(session, campaign_id)
    if seen is not None:
        for letter_id in _letters(session, campaign_id):
            locked_letter(session, letter_id)
        readers.compare(seen, *would_tell(session, campaign))
    terms = of(campaign)
    changed = []
    for letter_id in _letters(session, campaign_id):
        letter = locked_letter(session, letter_id)
        if states.may("set_terms", letter.state) and drafts.terms_of(letter) != terms:
            drafts.set_terms_locked(session, letter, terms, actor)
            changed.append(letter)
    return changed


def of(campaign: Campaign) -> Terms:
    """Return the terms that a new letter of a campaign begins with."""
    return drafts.terms_of(campaign)


def _letters(session: Transaction, campaign_id: str) -> list[str]:
    """The ids of a campaign's letters, in the order in which they are locked."""
    return list(session.scalars(select(Letter.id).where(Letter.campaign_id == campaign_id).order_by(Letter.id)))


def _name(given: str) -> str:
    name = typed.line(given)
    if not name:
        raise InputError(name=lazy_gettext("Enter a name for the campaign."))
    return name


def _set(campaign: Campaign, setting: Setting) -> None:
    drafts.check_terms(setting.terms)
    drafts.put_terms(campaign, setting.terms)
    campaign.asks_as, campaign.individuals = typed.name(setting.asks_as, typed.LINE), setting.individuals
    campaign.footer_code, campaign.retention_days = setting.footer_code, setting.retention_days
