"""Whom an act will write to, before it does: counted, the first by name, in which languages, and who has no address."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true

from workflow.campaigns import conditions, contacts
from workflow.campaigns.corrections import Outlook, outlooks
from workflow.clock import is_over, now
from workflow.errors import RefusedError
from workflow.languages import known, lazy_gettext, lazy_ngettext
from workflow.models import Invitation, InvitationContact, Letter, Link, Organisation, Signoff
from workflow.states import may
from workflow.transaction import Transaction

ACTS = ("circulate", "open_sign_off", "reopen", "replace_links", "write_to_rest", "remind")
"""Acts that write to more than one co-signer."""

FIRST = 3
"""So many are named at once."""
LISTED = 300
"""So many are named in the list; the co-signers' own page has all."""


@dataclass(frozen=True, slots=True)
class Reader:
    """One who will be written to."""

    invitation_id: str
    organisation: str
    contact: str
    email: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """Those who will be written to."""

    number: int
    """How many emails: each contact of an organisation gets one."""
    organisations: int
    """How many they are of."""
    listed: tuple[Reader, ...]
    """The first of them, in the order of the list."""
    languages: Mapping[str, int]
    """How many read each language, the most read first."""
    without_address: tuple[tuple[str, str], ...]
    """Id and name of the first who would be written to and have no address."""
    unaddressed: int
    stay: tuple[Outlook, ...] = ()
    """Of a minor correction: whose silence counts."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Of a reminder: how many of the silent organisations get none, by why (`reminders.Found`)."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody saw before they pressed: how many emails, and of which state of the letter (`mark`)."""

    number: int
    mark: str


class ChangedError(RefusedError):
    """What was checked is not what would be sent now; nothing was sent."""


def readers(session: Transaction, row: Letter, act: str, *, small_correction: bool = False) -> Readers:
    """Return whom an act will write to, as the letter and its co-signers stand now."""
    these = _these(session, row, act)
    has_email = Invitation.email != ""
    counted = select(
        Invitation.language, has_email.label("has"), func.count().label("asked"), func.sum(_EMAILS).label("emails")
    )
    languages: dict[str, int] = {}
    organisations = unaddressed = 0
    for one in session.execute(counted.where(these).group_by(Invitation.language, has_email)):
        if one.has:
            read = one.language or known(row.language) or "en"
            languages[read] = languages.get(read, 0) + int(one.emails)
            organisations += one.asked
        else:
            unaddressed += one.asked
    by_number = dict(sorted(languages.items(), key=lambda item: -item[1]))
    without = _named(these, Invitation.email == "").limit(FIRST) if unaddressed else None
    found = session.execute(_named(these, has_email).limit(LISTED)).all() if by_number else ()
    beside = contacts.others(session, [one.id for one in found])
    people = [(o, person) for o in found for person in [(_who(o), o.email), *((c.name, c.email) for c in beside[o.id])]]
    own = known(row.language) or "en"
    stay = [one for one in outlooks(session, row) if one.stays] if small_correction else []
    return Readers(
        number=sum(by_number.values()),
        organisations=organisations,
        listed=tuple(Reader(o.id, o.name, *person, o.language or own) for o, person in people[:LISTED]),
        languages=by_number,
        without_address=tuple((o.id, o.name) for o in session.execute(without)) if without is not None else (),
        unaddressed=unaddressed,
        stay=tuple(stay),
    )


def number(session: Transaction, row: Letter, act: str) -> int:
    """Return how many emails an act will send."""
    query = select(func.sum(_EMAILS)).select_from(Invitation).where(_these(session, row, act), Invitation.email != "")
    return int(session.scalar(query) or 0)


def mark(*letters: Letter, also: object = "") -> str:
    """Return what tells one state of letters, and of what `also` is shown, from another: for whoever checks before."""
    parts = [str(also)]
    for row in letters:
        deadline = row.deadline.isoformat() if row.deadline else ""
        parts += (row.id, row.state, str(row.round), str(row.version), str(row.revision_number), deadline, row.timezone)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def check_seen(session: Transaction, row: Letter, act: str, seen: Seen | None) -> None:
    """Raise `ChangedError` where an act on a letter that is locked would send something else than was seen."""
    if seen is not None:
        compare(seen, number(session, row, act), mark(row))


def compare(seen: Seen | None, now: int, marked: str) -> None:
    """Raise `ChangedError` where so many emails, of letters as they stand (`mark`), are not what was seen."""
    if seen is None:
        return
    if now != seen.number:
        raise ChangedError(
            lazy_ngettext(
                "It is %(num)s email now, not %(before)s. Nothing was sent: check once more.",
                "It is %(num)s emails now, not %(before)s. Nothing was sent: check once more.",
                now,
                before=seen.number,
            )
        )
    if marked != seen.mark:
        raise ChangedError(
            lazy_gettext(
                "The letter was changed, or already sent, while you checked. Nothing was sent: check once more."
            )
        )


_BESIDE = (
    select(func.count())
    .select_from(InvitationContact)
    .where(InvitationContact.invitation_id == Invitation.id, InvitationContact.removed_at.is_(None))
    .correlate(Invitation)
)
_EMAILS = 1 + _BESIDE.scalar_subquery()
"""How many emails one invitation is asked by: that of its first contact, and of each beside it."""


def _who(of: Any) -> str:
    return str(of.contact_name or of.signatory)


def _named(*these: ColumnElement[bool]) -> Any:
    return (
        select(
            Invitation.id,
            Invitation.email,
            Invitation.language,
            Invitation.signatory,
            Invitation.contact_name,
            func.coalesce(func.nullif(Organisation.acronym, ""), Organisation.name).label("name"),
        )
        .join(Organisation, Organisation.id == Invitation.organisation_id)
        .where(*these)
        .order_by(Invitation.position)
    )


def _agreed(session: Transaction, row: Letter, digest: str) -> list[str]:
    """Those who have agreed to this very text: they sign by that, and are not asked."""
    return [one.invitation_id for one in conditions.outlook(session, row, digest).counting]


def _these(session: Transaction, row: Letter, act: str) -> ColumnElement[bool]:
    """Those whom an act asks, address or not."""
    of = Invitation.letter_id == row.id
    digest = row.text().digest() if row.is_draft or row.revision is None else row.revision.digest
    given = select(Signoff.invitation_id).where(Signoff.digest == digest, Signoff.retracted_at.is_(None))
    to_confirm = and_(Invitation.can_count, Invitation.id.not_in(given))
    waiting = or_(Invitation.is_invited, Invitation.has_retracted)
    link = exists().where(Link.invitation_id == Invitation.id, Link.revoked_at.is_(None))
    if act == "open_sign_off":
        return and_(of, or_(waiting, to_confirm), Invitation.id.not_in(_agreed(session, row, digest)))
    if act == "circulate":
        return and_(of, or_(waiting, to_confirm))
    if act == "reopen":
        # Whoever had lapsed can answer again, where the deadline was moved since.
        has_time = true() if not is_over(row.deadline) else Invitation.deadline > now()
        again = and_(Invitation.has_lapsed, has_time, exists().where(Link.invitation_id == Invitation.id))
        return and_(of, again if row.objections_until is None else or_(to_confirm, again))
    if not may("write_to", row.state):
        return and_(of, Invitation.id.is_(None))
    return and_(of, or_(waiting, to_confirm), link if act == "replace_links" else ~link)
