"""Who is asked and who has signed, as one reader may know it: counted, and the first of them by name."""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select

from workflow.languages import apart, catalogue, comma, lazy_gettext
from workflow.letter import text as texts
from workflow.models import Campaign, Invitation, Letter, LogHead, Organisation, Signoff, now
from workflow.transaction import Transaction

MOST_LISTED = 30
"""How many names a sentence lists; the rest is a number."""

MOST_SIGNATURES = 30
"""How many names stand below the letter on a page; on paper all of them do."""


@dataclass(frozen=True, slots=True)
class Named:
    """Some organisations: how many they are, and the first of those that may be named."""

    first: tuple[str, ...] = ()
    """Up to `MOST_LISTED` and one: of a list without the reader's own, `MOST_LISTED` are left."""
    named: int = 0
    """How many may be named."""
    withheld: int = 0

    def __len__(self) -> int:
        return self.named + self.withheld

    def known_to(self, own: str) -> Named:
        """Return the same for an organisation among them whose name is withheld from all others."""
        return Named((own, *self.first[:MOST_LISTED]), self.named + 1, self.withheld - 1)

    def without(self, own: str) -> Named:
        """Return the same without one of those that may be named."""
        return replace(self, first=tuple(name for name in self.first if name != own), named=self.named - 1)

    def besides(self, own: str, *, withheld: bool) -> Named:
        """Return those that everybody may know without one of them, whose name may be one that is withheld."""
        return replace(self, withheld=self.withheld - 1) if withheld else self.without(own)

    def in_words(self, language: str = "en") -> str:
        """Return them for a sentence; those that are too many or must not be said stand as a number."""
        return _in_words(self, language)


@functools.lru_cache(maxsize=256)
def _in_words(some: Named, language: str) -> str:
    shown = some.first[:MOST_LISTED]
    return listed(shown, some.withheld, language, besides=some.named - len(shown))


@dataclass(frozen=True, slots=True)
class Declined:
    """Who has declined for a reason that the others may read; `organisation` is empty where it is withheld."""

    invitation: str
    organisation: str
    reason: str


@dataclass(frozen=True, slots=True)
class Names:
    """The organisations of a letter as one reader may know them."""

    asked: Named = Named()
    signed: Named = Named()
    signatures: tuple[texts.Signature, ...] = ()
    """The first `MOST_SIGNATURES` that are printed below the letter, in its order: never a name that is withheld."""
    printed: int = 0
    """How many are printed."""
    unprinted: int = 0
    """How many have signed whose names are not printed: to the reader its own is named, and not printed either."""
    declined: tuple[Declined, ...] = ()
    """The first of them."""
    people: int = 0
    """How many have signed in their own name: they are printed, and counted with no organisation."""


NOBODY_NAMED = lazy_gettext("The coordinator")
"""Who asks, at the beginning of a sentence, where nobody coordinates the campaign: never the service itself."""
NOBODY_NAMED_AMID = lazy_gettext("the coordinator")
"""The same in the middle of one."""


def asked_by(campaign: Campaign) -> str:
    """Return who asks, as co-signers read it: Anna Berg, ADHOC; empty where nobody coordinates the campaign."""
    user = campaign.coordinator
    who = (user.name, user.organisation, user.email) if user else ("", "", "")
    return who_asks(campaign.asks_as, *who)


def who_asks(asks_as: str, name: str | None, organisation: str | None, email: str | None) -> str:
    """Return the same of a campaign's own words, and the name, the organisation and the address of who coordinates."""
    return asks_as or ", ".join(filter(None, (name, organisation))) or email or ""


def number_of_others(count: int, language: str) -> str:
    """Return how many there are besides those that are named."""
    return str(catalogue(language).ngettext("%(num)s other", "%(num)s others", count) % {"num": count})


def listed(known: Sequence[str], withheld: int, language: str = "en", besides: int = 0) -> str:
    """Return names for a sentence; those that must not be said, and `besides` as many others, stand as a number."""
    shown, more = [apart(name, language) for name in known[:MOST_LISTED]], len(known[MOST_LISTED:]) + besides
    if more:
        shown.append(number_of_others(more, language))
    if withheld:
        said = catalogue(language).ngettext(
            "%(num)s organisation, name withheld", "%(num)s organisations, names withheld", withheld
        )
        shown.append(said % {"num": withheld})
    return f"{comma(language)} ".join(shown)


# --- what is kept ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TextOpen:
    """The text before the co-signers, as its names depend on it, and the state of the letter's history."""

    letter_id: str
    digest: str | None
    ordering: str
    frontier: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Own:
    """The reader's own organisation: its name, whether that is withheld, whether it has signed, when it answered."""

    organisation: str
    withheld: bool
    signed: bool
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Kept:
    frontier: tuple[str, ...]
    read_at: datetime
    names: Names
    shown: frozenset[tuple[str, str]]
    """The invitations whose names stand in it, each with the state that it had."""


MANY = 500
"""With more than so many asked, names may be `AGE` old while others answer; never one that is not to be named."""

AGE = timedelta(seconds=1)
MOST_KEPT = 32
_kept: OrderedDict[tuple[str, str | None, str], _Kept] = OrderedDict()
_keeping = threading.Lock()


def names(session: Transaction, row: Letter, me: Invitation | None = None) -> Names:
    """
    Return the names of a letter for one co-signer, or for somebody who is none.

    Within an act they are read anew, for its entry in the history may be still to come.
    """
    digest = row.revision.digest if row.revision else None
    head = session.scalar(select(LogHead.frontier).where(LogHead.letter_id == row.id)) if session.read_only else None
    own = None
    if me is not None:
        signed = digest is not None and me.can_count and me.signoff_for(digest) is not None
        own = Own(me.organisation.name, me.confidential, signed, me.answered_at)
    return names_for(session, TextOpen(row.id, digest, row.ordering, tuple(head or ())), own)


def names_for(session: Transaction, text: TextOpen, own: Own | None) -> Names:
    """
    Return the names of a letter for one reader.

    What all may see is kept for as long as the letter's history stays the same, to the hash: nothing of this changes
    without an entry in it. In a rush of thousands it may be a second old, but for the reader's own answer.
    """
    found = _kept_or_read(session, text, own).names if session.read_only else _read(session, text).names
    if own is None or not own.withheld:
        return found
    signed = found.signed.known_to(own.organisation) if own.signed else found.signed
    return replace(found, asked=found.asked.known_to(own.organisation), signed=signed)


def _kept_or_read(session: Transaction, text: TextOpen, own: Own | None) -> _Kept:
    key = (text.letter_id, text.digest, text.ordering)
    with _keeping:
        found = _kept.get(key)
    if found is not None and (found.frontier == text.frontier or _will_do(session, found, own)):
        return found
    found = _read(session, text)
    with _keeping:
        _kept[key] = found
        _kept.move_to_end(key)
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return found


def _will_do(session: Transaction, found: _Kept, own: Own | None) -> bool:
    """Whether names of a moment ago are good enough: the reader has not answered since, and all may still be named."""
    if len(found.names.asked) <= MANY or not now() - AGE < found.read_at <= now():
        return False
    if own is not None and own.answered_at is not None and own.answered_at >= found.read_at:
        return False
    named = [invitation for invitation, _ in found.shown]
    still = select(Invitation.id, Invitation.state).where(Invitation.id.in_(named), Invitation.confidential.is_(False))
    return {tuple(one) for one in session.execute(still)} == found.shown


# --- what is read ---------------------------------------------------------------------------------------------------


def _read(session: Transaction, text: TextOpen) -> _Kept:
    read_at = now()
    asked, signed = session.execute(_asked(text)).all(), _signed(session, text)
    declined = session.execute(_declined(text)).all()
    printed = [one for one in signed if not one.confidential]
    asking = [one.organisation for one in printed if not one.individual]
    counted, people = _named(signed, tuple(asking[: MOST_LISTED + 1])), signed[0].people if signed else 0
    return _Kept(
        text.frontier,
        read_at,
        Names(
            asked=_named(asked, tuple(one.organisation for one in asked if not one.confidential)),
            signed=counted,
            signatures=tuple(_signature(one) for one in printed[:MOST_SIGNATURES]),
            printed=counted.named + people,
            unprinted=counted.withheld,
            declined=tuple(
                Declined(one.id, "" if one.confidential else one.organisation, one.reason) for one in declined
            ),
            people=people,
        ),
        frozenset((one.id, one.state) for one in (*asked, *printed, *declined) if not one.confidential),
    )


def _named(rows: Sequence[Any], first: tuple[str, ...]) -> Named:
    every, withheld = (rows[0].every, rows[0].withheld) if rows else (0, 0)
    return Named(first, every - withheld, withheld)


def _signature(one: Any) -> texts.Signature:
    return texts.Signature(one.name, one.title, one.organisation, one.acronym, one.country, one.individual)


_ONE = (
    Invitation.id,
    Invitation.state,
    Invitation.confidential,
    Invitation.individual,
    Organisation.name.label("organisation"),
)


def _how_many(which: ColumnElement[bool]) -> Any:
    return func.coalesce(func.sum(case((which, 1), else_=0)).over(), 0)


_COUNTED = (
    _how_many(~Invitation.individual).label("every"),
    _how_many(Invitation.confidential & ~Invitation.individual).label("withheld"),
    _how_many(Invitation.individual.is_(True)).label("people"),
)
"""Of all that a query finds, in each of the few rows that it gives."""


def _asked(text: TextOpen) -> Select[Any]:
    """The first who are asked and may be named, in the agreed order."""
    return (
        select(*_ONE, *_COUNTED)
        .join(Organisation, Organisation.id == Invitation.organisation_id)
        .where(Invitation.letter_id == text.letter_id, Invitation.is_listed, Invitation.individual.is_(False))
        .order_by(Invitation.confidential, Invitation.position)
        .limit(MOST_LISTED + 1)
    )


def _declined(text: TextOpen) -> Select[str, str, bool, bool, str, str]:
    return (
        select(*_ONE, Invitation.reason)
        .join(Organisation, Organisation.id == Invitation.organisation_id)
        .where(Invitation.letter_id == text.letter_id, Invitation.has_declined)
        .where(Invitation.reason_shared, Invitation.reason != "")
        .order_by(Invitation.confidential, Invitation.position)
        .limit(MOST_LISTED + 1)
    )


def signatures(session: Transaction, row: Letter) -> tuple[tuple[texts.Signature, ...], int]:
    """Return every signature that is printed below a letter, in its order, and how many are withheld."""
    digest = row.revision.digest if row.revision else None
    found = _signed(session, TextOpen(row.id, digest, row.ordering, ()), first=None)
    printed = tuple(_signature(one) for one in found if not one.confidential)
    return printed, len(found) - len(printed)


def _signed(session: Transaction, text: TextOpen, first: int | None = MOST_SIGNATURES) -> Sequence[Any]:
    """
    Whoever has signed the text: `first` of those that may be named, in the order in which they are printed.

    The standing sign-offs come first and apart: PostgreSQL takes a digest for rare until it has counted, and would look
    for all of them for each.
    """
    if text.digest is None:
        return []
    given = select(Signoff.invitation_id, Signoff.name, Signoff.title, Signoff.signed_at)
    given = given.where(Signoff.digest == text.digest, Signoff.retracted_at.is_(None), ~Signoff.late)
    standing = given.cte("standing").prefix_with("MATERIALIZED", dialect="postgresql")
    query = (
        select(
            *_ONE,
            Invitation.position,
            Invitation.founder,
            Organisation.acronym,
            Organisation.country,
            standing.c.name,
            standing.c.title,
            standing.c.signed_at,
            *_COUNTED,
        )
        .join(standing, standing.c.invitation_id == Invitation.id)
        .join(Organisation, Organisation.id == Invitation.organisation_id)
        # What was withdrawn after the letter was sent stands on it all the same.
        .where(Invitation.letter_id == text.letter_id, Invitation.can_count | Invitation.has_retracted)
    )
    if text.ordering == "alphabet":
        # No database puts names in the order of every language as we do.
        return sorted(session.execute(query), key=_by_alphabet)
    place = standing.c.signed_at if text.ordering == "time" else Invitation.position
    founders = case((Invitation.founder, Invitation.position), else_=None)
    query = query.order_by(
        Invitation.confidential, Invitation.individual, founders.nulls_last(), place, Invitation.position
    )
    return session.execute(query.limit(first)).all()


def _by_alphabet(one: Any) -> tuple[Any, ...]:
    if one.founder:
        return one.confidential, one.individual, 0, one.position
    return one.confidential, one.individual, 1, texts.sorting_key(one.organisation), one.position
