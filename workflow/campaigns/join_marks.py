"""What a coordinator looks at before a request to join is accepted: where its address is, and whom it may be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, select

from emails.addresses import spellings
from workflow.campaigns import directory
from workflow.languages import Words, lazy_gettext
from workflow.letter import domains
from workflow.letter.text import Cosigner, folded
from workflow.models import Invitation, JoinRequest, Letter, Organisation, User
from workflow.transaction import Transaction

FREE = lazy_gettext("Free mail service")
THROWN_AWAY = lazy_gettext("Throw-away address")
OTHER_DOMAIN = lazy_gettext("Not the domain of its website")
MIXED = lazy_gettext("Letters of several alphabets in one word")
ON_LETTER = lazy_gettext("On the letter already")
SAME_ADDRESS = lazy_gettext("Its address is on the letter already")
ASKED_TWICE = lazy_gettext("Asked several times")


class Mark(NamedTuple):
    """Something that is known of a request; `doubtful` where it should be looked at before it is accepted."""

    said: Words
    doubtful: bool = True


def of(session: Transaction, row: Letter, asked: Sequence[JoinRequest], member: User | None) -> dict[str, list[Mark]]:
    """Return what is known of each of these requests, by its id; a few statements, however many they are."""
    there = select(Organisation.name, Invitation.email).join(Invitation, Invitation.organisation_id == Organisation.id)
    names: dict[str, str] = {}
    addresses: set[str] = set()
    for name, email in session.execute(there.where(Invitation.letter_id == row.id)):
        names.setdefault(folded(name), name)
        addresses.update(spellings(email) if email else ())
    looks = {domains.as_it_looks(known): name for known, name in names.items()}
    again = _asked_again(session, row)
    cosigners = [Cosigner(one.organisation, one.acronym, email=one.email) for one in asked]
    matches = directory.match(session, row.campaign_id, cosigners, member)
    found = {}
    for one, match in zip(asked, matches, strict=True):
        marks = list(_of_address(one))
        own = folded(one.organisation)
        look = looks.get(domains.as_it_looks(own), "")
        if own in names:
            marks.append(Mark(ON_LETTER))
        elif look:
            marks.append(Mark(lazy_gettext("Looks like %(name)s, which is on the letter", name=look)))
        elif match.known is not None and match.how == "lookalike":
            marks.append(Mark(lazy_gettext("May be %(name)s, which is in the directory", name=match.known.name)))
        elif match.known is not None:
            marks.append(Mark(lazy_gettext("In the directory: %(name)s", name=match.known.name), doubtful=False))
        if addresses.intersection(spellings(one.email)):
            marks.append(Mark(SAME_ADDRESS))
        if domains.mixes_scripts(one.organisation):
            marks.append(Mark(MIXED))
        if again[own] > 1:
            marks.append(Mark(ASKED_TWICE))
        found[one.id] = marks
    return found


def _asked_again(session: Transaction, row: Letter) -> Counter[str]:
    """How many requests to join a letter, of those that were confirmed, have the same name."""
    query = select(JoinRequest.organisation, func.count()).where(
        JoinRequest.letter_id == row.id, ~JoinRequest.is_unconfirmed
    )
    counted: Counter[str] = Counter()
    for name, number in session.execute(query.group_by(JoinRequest.organisation)):
        counted[folded(name)] += number
    return counted


def _of_address(one: JoinRequest) -> list[Mark]:
    own, website = domains.of(one.email), domains.of_website(one.website)
    marks = []
    if domains.is_thrown_away(own):
        marks.append(Mark(THROWN_AWAY))
    elif domains.is_free(own):
        marks.append(Mark(FREE))
    elif website and not domains.belong_together(own, website):
        marks.append(Mark(OTHER_DOMAIN))
    return marks
