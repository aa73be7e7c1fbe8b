"""A letter comes in and is drafted; its campaign's terms, its recipients' addresses."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from workflow import history, keys, states
from workflow.campaigns import access, deadlines
from workflow.campaigns.invitations import put_on_the_list
from workflow.campaigns.lookup import locked_campaign, locked_letter, part_of
from workflow.campaigns.readers import Seen
from workflow.errors import ConflictError, InputError, RefusedError
from workflow.history import Actor, actions
from workflow.languages import lazy_gettext
from workflow.letter import code, typed
from workflow.letter import text as texts
from workflow.letter.markdown import too_hard
from workflow.models import Campaign, Letter, Recipient, now
from workflow.moments import AHEAD, EARLIEST, in_reach, zones
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a letter, or what new letters of a campaign begin with: by when, and how many must sign at least."""

    name: str = ""
    deadline: datetime | None = None
    timezone: str = "UTC"
    minimum: int = 1
    comments_shared: bool = False
    """Co-signers read each other's comments."""
    code_required: bool = False
    """Signing takes six digits that are mailed to the invited address."""
    objection_hours: int = 0
    """How long co-signers may object to a small correction; 0: silence never keeps anybody on a text."""
    reminders: tuple[int, ...] = ()
    """How many days before the deadline whoever has not answered is reminded; most first."""
    at_deadline: str = "close"
    """What the deadline brings: one of `states.deadlines.AT_DEADLINE`."""
    extend_days: int = 0
    """By how many days it is extended then, once."""
    four_eyes: bool = False
    """In each organisation one proposes to sign, and another confirms it."""
    late_names: bool = False
    """It can be signed after it was sent, for an addendum."""
    reply_days: int | None = None
    """After how many days without a reply from the office the coordinators are reminded; None: never."""


REMEMBERED = tuple(field.name for field in dataclasses.fields(Terms) if field.name not in ("name", "reminders"))
"""What is kept of terms as it is, beside their reminders."""


MOST_REPLY_DAYS = 365
MOST_REMINDERS, MOST_DAYS = 5, 60
"""How many reminders a schedule has at most, and how many days before the deadline the first may be."""


def check_terms(terms: Terms) -> None:
    """Raise `InputError` at the field in which terms are wrong."""
    if terms.deadline is not None and not in_reach(terms.deadline):
        raise InputError(
            deadline=lazy_gettext(
                "Enter a deadline from %(first)s on, and at most %(years)s years ahead.", first=EARLIEST, years=AHEAD
            )
        )
    days = terms.reminders
    if len(days) > MOST_REMINDERS or any(not 1 <= day <= MOST_DAYS for day in days):
        raise InputError(
            reminders=lazy_gettext(
                "Enter at most %(number)s numbers of days from 1 to %(days)s, like 7, 3, 1.",
                number=MOST_REMINDERS,
                days=MOST_DAYS,
            )
        )
    if terms.timezone not in zones():
        raise InputError(
            timezone=lazy_gettext("There is no time zone “%(zone)s”. Select one.", zone=terms.timezone[:100])
        )
    if terms.reply_days is not None and not 1 <= terms.reply_days <= MOST_REPLY_DAYS:
        raise InputError(
            reply_days=lazy_gettext("Enter a number from %(least)s to %(most)s.", least=1, most=MOST_REPLY_DAYS)
        )


def take_in(
    session: Transaction,
    letter: texts.Letter,
    cosigners: Sequence[texts.Cosigner],
    actor: Actor,
    *,
    dated: date | None,
    terms: Terms,
    place: str = "",
    campaign: Campaign | None = None,
) -> Letter:
    """
    Take a letter into a campaign, or start one with it: in drafting, with its recipients and its co-signers.

    `place` is that of the date; `terms` are the letter's, and what the campaign begins with where it is new.
    """
    check_terms(terms)
    keys.hold(session)
    place = typed.line(place, typed.PLACE)
    letter = typed.letter(letter)
    campaign = locked_campaign(session, campaign.id) if campaign else _begun(session, terms, letter.subject)
    row = Letter(campaign_id=campaign.id, date=dated, place=place)
    row.code, row.footer_code = code.make(), campaign.footer_code
    put_terms(row, terms)
    session.add(row)
    _write(row, letter)
    session.flush()
    row = locked_letter(session, row.id)
    addresses = _addresses(row)
    created = actions.LetterCreated(
        campaign=campaign.id,
        draft=letter.digest(),
        whole=session.tokens.keyed("whole", row.id),
        date=dated,
        terms=_recorded(terms),
        recipients=list(addresses),
        footer_code=row.footer_code,
        campaign_name=campaign.name,
        place=place,
        addresses=addresses,
    )
    history.append(session, row.id, actor, created)
    access.record_all(session, row, actor)
    put_on_the_list(session, row, cosigners, actor)
    session.flush()
    return row


def _begun(session: Transaction, terms: Terms, subject: str) -> Campaign:
    campaign = Campaign(name=typed.line(terms.name) or subject or "A joint letter")
    put_terms(campaign, terms)
    session.add(campaign)
    session.flush()
    return campaign


def put_terms(row: Campaign | Letter, terms: Terms) -> None:
    """Write terms, which are right, into a row."""
    schedule = (list(terms.reminders), terms.deadline, terms.timezone)
    if isinstance(row, Letter) and schedule != (row.reminders, row.deadline, row.timezone):
        row.reminders_since = now()
    row.reminders = list(terms.reminders)
    for name in REMEMBERED:
        setattr(row, name, getattr(terms, name))


def _write(row: Letter, letter: texts.Letter) -> None:
    why = too_hard(letter.body)
    if why:
        raise RefusedError(*why)
    row.language, row.subject = letter.language, letter.subject
    row.salutation, row.closing, row.body = letter.salutation, letter.closing, letter.body
    kept = {recipient.position: recipient for recipient in row.recipients}
    for position, recipient in enumerate(letter.recipients, 1):
        place = kept.pop(position, None) or Recipient(position=position)
        place.name, place.title, place.office = recipient.name, recipient.title, recipient.office
        place.address, place.email = list(recipient.address), recipient.email
        if place not in row.recipients:
            row.recipients.append(place)
    for gone in kept.values():
        row.recipients.remove(gone)
    named = (words for to in letter.recipients for words in (to.name, to.title, to.office))
    row.folded = texts.folded(letter.subject, *named)


def edit(
    session: Transaction,
    letter_id: str,
    letter: texts.Letter,
    actor: Actor,
    *,
    version: int,
    dated: date | None,
    place: str = "",
) -> Letter:
    """
    Change the draft, its date and the place before it.

    Raises `ConflictError` when somebody else has saved since `version` was read.
    """
    row = locked_letter(session, letter_id)
    states.check("edit", row.state)
    if row.version != version:
        raise ConflictError("Someone else saved this draft while you were editing. Your words are kept below.")
    before = _addresses(row)
    _write(row, typed.letter(letter))
    row.date, row.place = dated, typed.line(place, typed.PLACE)
    row.version += 1
    session.flush()
    after = _addresses(row)
    changed = list(after.items()) != list(before.items())
    edited = actions.LetterEdited(
        draft=row.text().digest(),
        version=row.version,
        date=dated,
        place=row.place,
        recipients=list(after) if changed else None,
        addresses=after if changed else None,
    )
    history.append(session, row.id, actor, edited)
    return row


def _addresses(row: Letter) -> dict[str, str]:
    """The address of each recipient by its id, in their order."""
    return {recipient.id: recipient.email for recipient in row.recipients}


def set_recipient_email(session: Transaction, letter_id: str, recipient_id: str, email: str, actor: Actor) -> Recipient:
    """Give a recipient an email address, or correct it, before anything is sent; it is not part of the text."""
    row = locked_letter(session, letter_id)
    recipient = part_of(session, row, Recipient, recipient_id)
    states.check("address_recipient", row.state)
    email = recipient.email = typed.address(email)
    history.append(session, row.id, actor, actions.RecipientAddressed(recipient=recipient.id, email=email))
    return recipient


def set_terms(session: Transaction, letter_id: str, terms: Terms, actor: Actor) -> Letter:
    """
    Set a letter's terms; a deadline that moves is told to everybody whom it concerns (`deadlines.moved`).

    Raises `InputError` at the deadline for another one that is over, while the letter is before its co-signers.
    """
    row = locked_letter(session, letter_id)
    states.check("set_terms", row.state)
    check_terms(terms)
    set_terms_locked(session, row, terms, actor)
    return row


def set_terms_locked(session: Transaction, row: Letter, terms: Terms, actor: Actor) -> None:
    """Set the terms of a letter whose row is locked already; raises `InputError` as `set_terms`."""
    deadlines.check_ahead(row, terms.deadline)
    before = row.deadline
    put_terms(row, terms)
    sequence = history.append(session, row.id, actor, _recorded(terms))
    deadlines.moved(session, row, before, sequence, actor)


def terms_of(row: Campaign | Letter) -> Terms:
    """Return the terms of a letter, or those that new letters of a campaign begin with."""
    return Terms(reminders=tuple(row.reminders), **{name: getattr(row, name) for name in REMEMBERED})


def set_deadline(
    session: Transaction, letter_id: str, deadline: datetime | None, actor: Actor, *, seen: Seen | None = None
) -> Letter:
    """
    Set a letter's deadline alone, as `set_terms` does; raises `InputError` for one that is over.

    `seen` is what was checked before; raises `ChangedError` where others would be told now.
    """
    row = locked_letter(session, letter_id)
    if deadline is not None and in_reach(deadline) and deadline <= now():
        raise InputError(deadline=deadlines.PAST)
    deadlines.check_seen(session, row, deadline, seen)
    terms = dataclasses.replace(terms_of(row), deadline=deadline)
    return set_terms(session, letter_id, terms, actor)


def _recorded(terms: Terms) -> actions.CampaignTerms:
    return actions.CampaignTerms(reminders=terms.reminders, **{name: getattr(terms, name) for name in REMEMBERED})
