"""What staff's pages show of agreements to sign with a change: beside its suggestion, and before a text is opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from workflow.campaigns import conditions
from workflow.errors import RefusedError
from workflow.languages import Words
from workflow.models import Comment, ConditionalSignoff, Letter
from workflow.pages.i18n import translate
from workflow.pages.staff import words
from workflow.transaction import Transaction

FIRST = 5
"""So many are named."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """Some who agreed to sign with a change: how many, and the first of them by name."""

    number: int = 0
    names: tuple[str, ...] = ()

    @property
    def more(self) -> int:
        """How many there are besides those that are named."""
        return self.number - len(self.names)


@dataclass(frozen=True, slots=True, kw_only=True)
class WouldSign:
    """Who would sign with one suggestion, and how many of those count where nothing but it is accepted."""

    who: Agreed
    counting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Whose agreements count once the text of now is opened for signature, and whose miss."""

    counting: Agreed
    missing: Agreed

    def __bool__(self) -> bool:
        return bool(self.counting.number or self.missing.number)


def outlook(session: Transaction, letter: Letter, names_all: bool = True, body: str | None = None) -> Outlook:
    """Return what becomes of the agreements to a letter if its text, or one with this body, is opened for signature."""
    text = letter.text() if body is None else replace(letter.text(), body=body)
    found = conditions.outlook(session, letter, text.digest())
    return Outlook(counting=_agreed(found.counting, names_all), missing=_agreed(found.missing, names_all))


def by_suggestion(
    session: Transaction, letter: Letter, comment_ids: Sequence[str], names_all: bool
) -> dict[str, WouldSign]:
    """Return who would sign with each of these suggestions, of those that somebody would sign with."""
    given: dict[str, list[ConditionalSignoff]] = {}
    for condition in conditions.open_of(session, letter.id) if comment_ids else ():
        if condition.comment_id in comment_ids:
            given.setdefault(condition.comment_id, []).append(condition)
    return {
        comment_id: WouldSign(who=_agreed(these, names_all), counting=_counting(session, letter, these))
        for comment_id, these in given.items()
    }


def _counting(session: Transaction, letter: Letter, these: Sequence[ConditionalSignoff]) -> int:
    """How many count where the suggestion is accepted, or is in the draft, and nothing else is changed."""
    suggestion = session.get_one(Comment, these[0].comment_id)
    try:
        settled = bool(suggestion.settled)
        text = letter.text() if settled else conditions.as_it_would_be(letter, suggestion)
    except RefusedError:
        return 0
    digest = text.digest()
    return sum(one.digest == digest and conditions.may_count(one) for one in these)


def _agreed(these: Sequence[ConditionalSignoff], names_all: bool) -> Agreed:
    return Agreed(len(these), tuple(_name(one, names_all) for one in these[:FIRST]))


def _name(condition: ConditionalSignoff, names_all: bool) -> str:
    invitation = condition.invitation
    withheld: Words = words.WITHHELD
    return str(translate(withheld)) if invitation.confidential and not names_all else invitation.organisation.label
