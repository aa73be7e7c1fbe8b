"""Small makers for signatures under a condition: a suggestion, an agreement to it, a letter that takes it over."""

from __future__ import annotations

from sqlalchemy import select

from tests.support.factories import ANNA, act, answer, digest, go_on, link_ids, open_sign_off, take_in
from workflow.campaigns import comments, lifecycle
from workflow.models import ConditionalSignoff, Letter, Signoff
from workflow.signoffs import conditional, review

OLD, NEW = "asks for something", "asks for an answer"


def asked(database, count: int = 3, **changes) -> str:
    """A letter that is open for signature."""
    letter_id = take_in(database, count, **({"comments_shared": True} | changes))
    open_sign_off(database, letter_id)
    return letter_id


def suggest(database, letter_id: str, number: int = 0, old: str = OLD, new: str = NEW, shared: bool = True) -> str:
    """The organisation with this number suggests other words for the second paragraph; returns the suggestion's id."""
    shown = digest(database, letter_id)
    said = review.Suggestion(digest=shown, paragraph=2, replaces=old, replacement=new, shared=shared)
    return act(database, review.suggest, link_ids(database, letter_id)[number], said).id


def shown(database, letter_id: str, suggestion: str, number: int = 0) -> conditional.WouldBe:
    """What the page shows of a suggestion to the organisation with this number."""
    with database.reading() as session:
        invitation = session.get_one(Letter, letter_id).invitations[number]
        return conditional.would_be(session, invitation, suggestion)


def agree(database, letter_id: str, suggestion: str, number: int = 0, **changes) -> ConditionalSignoff:
    """The organisation with this number agrees to sign with a suggestion in."""
    agreed = changes.pop("agreed", None) or shown(database, letter_id, suggestion, number).digest
    link = link_ids(database, letter_id)[number]
    given = answer(database, letter_id, **({"name": f"Person {chr(65 + number)}"} | changes))
    return act(database, conditional.agree, link, suggestion, agreed, given)


def take_back(database, letter_id: str, number: int = 0):
    return act(database, conditional.take_back, link_ids(database, letter_id)[number])


def take_over(database, letter_id: str, suggestion: str) -> None:
    """The coordinator accepts a suggestion, and nothing else, into a draft."""
    act(database, comments.accept, letter_id, suggestion, ANNA)


def open_again(database, letter_id: str) -> None:
    act(database, lifecycle.open_sign_off, letter_id, ANNA)
    go_on(database, letter_id)


def outcomes(database, letter_id: str) -> list[str]:
    """What became of each agreement, in the order in which they were given."""
    with database.reading() as session:
        query = select(ConditionalSignoff.outcome).order_by(ConditionalSignoff.sequence)
        return list(session.scalars(query))


def agreed_signoffs(database) -> list[tuple[str, str, bool]]:
    """The sign-offs that stand by an agreement: who, the name, and whether it is for the text of now."""
    with database.reading() as session:
        found = session.scalars(
            select(Signoff)
            .where(Signoff.retracted_at.is_(None), Signoff.agreed_in.is_not(None))
            .order_by(Signoff.sequence)
        )
        return [
            (one.invitation.organisation.acronym, one.name, one.digest == one.invitation.letter.revision.digest)
            for one in found
        ]
