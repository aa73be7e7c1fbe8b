"""What staff's pages show of comments and suggestions."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, select, true

from workflow.languages import lazy_gettext
from workflow.models import Comment, Invitation, Letter, Organisation, User
from workflow.pages.i18n import translate
from workflow.pages.staff import agreements, times, words
from workflow.pages.staff.agreements import WouldSign
from workflow.pages.staff.cosigner_list import LETTER, given, is_open
from workflow.pages.staff.paging import Key, Listing, Page, Place
from workflow.transaction import Transaction

PAGE = 20

SHOWN = {"": lazy_gettext("Open"), "chosen": lazy_gettext("Chosen"), "all": lazy_gettext("All")}
"""Open: what nobody of staff has answered or settled. Chosen: the suggestions for the next version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRow:
    """An answer to a comment."""

    who: str
    at: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentRow:
    """A comment or suggestion with its replies."""

    id: str
    who: str
    at: str
    words: str
    paragraph: int | None
    version: int | None
    replaces: str | None
    """A suggestion: the words that it would put others in the place of."""
    replacement: str
    settled: str
    status: str
    replies: tuple[ReplyRow, ...]
    is_open: bool
    """A suggestion that is neither accepted nor dismissed."""
    is_chosen: bool
    """It goes into the next version."""
    would_sign: WouldSign | None
    """Who would sign with it, where it is a suggestion with which somebody would."""


def page_of(
    session: Transaction,
    letter: Letter,
    show: str,
    place: Place,
    invitation_id: str = "",
    paragraph: int | None = None,
) -> Page:
    """Return a page of the threads of a letter, of those of one co-signer or on one paragraph, oldest first."""
    listing = _listing(show, bool(invitation_id), paragraph is not None)
    asked = {"invitation": invitation_id, "paragraph": min(paragraph or 0, MOST_PARAGRAPHS)}
    return listing.page(session, place, {**given(letter), **asked})


MOST_PARAGRAPHS = 2**31 - 1
"""What a column of the database holds."""


@functools.cache
def _listing(show: str, of_one: bool, on_one: bool) -> Listing:
    whose = Comment.invitation_id == bindparam("invitation") if of_one else true()
    where = Comment.paragraph == bindparam("paragraph") if on_one else true()
    keys = (Key(Comment.created_at.expression), Key(Comment.id.expression))
    return Listing(_threads(), and_(whose, where, _shown()[show]), keys, PAGE)


def _shown() -> dict[str, ColumnElement[bool]]:
    return {"": is_open(), "chosen": and_(Comment.chosen, Comment.settled == ""), "all": true()}


def open_on(session: Transaction, letter: Letter) -> dict[int, int]:
    """Return how many threads are open on each paragraph that has some."""
    query = (
        select(Comment.paragraph, func.count())
        .join(Invitation, Invitation.id == Comment.invitation_id)
        .where(Invitation.letter_id == LETTER, Comment.paragraph.is_not(None), is_open())
        .group_by(Comment.paragraph)
    )
    return {int(paragraph or 0): number for paragraph, number in session.execute(query, given(letter))}


def thread(session: Transaction, letter: Letter, comment_id: str) -> Sequence[Any]:
    """Return one thread as a page of its own; nothing where it is none of this letter."""
    return session.execute(_threads().where(Comment.id == comment_id), given(letter)).all()


def counts(session: Transaction, letter: Letter) -> dict[str, int]:
    """Return how many threads each filter shows."""
    return dict(zip(SHOWN, session.execute(select(*counted_in().values()), given(letter)).one(), strict=True))


def counted_in() -> dict[str, Any]:
    """Return, for a statement, how many threads each filter shows."""
    threads = select(func.count(Comment.id)).join(Invitation, Invitation.id == Comment.invitation_id)
    threads = threads.where(Invitation.letter_id == LETTER, Comment.reply_to.is_(None))
    return {name: threads.where(condition).scalar_subquery() for name, condition in _shown().items()}


def _threads() -> Select[*tuple[Any, ...]]:
    return _said().where(Comment.reply_to.is_(None))


@functools.cache
def _said() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Comment.id,
            Comment.created_at,
            Comment.words,
            Comment.paragraph,
            Comment.digest,
            Comment.replaces,
            Comment.replacement,
            Comment.settled,
            Comment.chosen,
            Comment.reply_to,
            Invitation.confidential,
            Organisation.name,
            Organisation.acronym,
            User.name.label("staff"),
            User.email.label("staff_email"),
        )
        .join(Invitation, Invitation.id == Comment.invitation_id)
        .join(Organisation, Organisation.id == Invitation.organisation_id)
        .outerjoin(User, User.id == Comment.user_id)
        .where(Invitation.letter_id == LETTER)
    )


@functools.cache
def _replies() -> Select[*tuple[Any, ...]]:
    roots: Any = bindparam("roots", expanding=True)
    return _said().where(Comment.reply_to.in_(roots)).order_by(Comment.created_at, Comment.id)


def of(session: Transaction, letter: Letter, roots: Sequence[Any], names_all: bool) -> tuple[CommentRow, ...]:
    """Return the rows of some threads, with the replies in them."""
    replies: dict[str, list[Any]] = {}
    for reply in session.execute(_replies(), {**given(letter), "roots": [root.id for root in roots]}):
        replies.setdefault(reply.reply_to, []).append(reply)
    suggestions = [root.id for root in roots if root.replaces is not None]
    agreed = agreements.by_suggestion(session, letter, suggestions, names_all)
    return tuple(_row(root, replies.get(root.id, []), letter, names_all, agreed.get(root.id)) for root in roots)


def _row(
    root: Any, replies: list[Any], letter: Letter, names_all: bool, would_sign: WouldSign | None = None
) -> CommentRow:
    versions = {revision.digest: revision.number for revision in letter.revisions}
    return CommentRow(
        id=root.id,
        who=_who(root, names_all),
        at=times.said(root.created_at, letter),
        words=root.words,
        paragraph=root.paragraph,
        version=versions.get(root.digest),
        replaces=root.replaces,
        replacement=root.replacement or "",
        settled=root.settled,
        status=str(translate(words.SETTLED.get(root.settled, ""))),
        replies=tuple(
            ReplyRow(who=_who(reply, names_all), at=times.said(reply.created_at, letter), words=reply.words)
            for reply in replies
        ),
        is_open=root.replaces is not None and not root.settled,
        is_chosen=root.chosen and not root.settled,
        would_sign=would_sign,
    )


def _who(said: Any, names_all: bool) -> str:
    if said.staff_email:
        return str(said.staff or said.staff_email)
    return str(translate(words.WITHHELD)) if said.confidential and not names_all else str(said.acronym or said.name)
