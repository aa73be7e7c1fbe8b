"""Review: comments on a paragraph or the whole letter, suggestions, replies, a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from workflow import history
from workflow.campaigns import conditions
from workflow.errors import InputError, RefusedError, WordingError
from workflow.history import actions
from workflow.languages import Words, lazy_gettext
from workflow.letter import typed, wording
from workflow.models import Comment, Invitation, Letter, Revision
from workflow.signoffs.links import actor, known_digest, locked
from workflow.signoffs.opened import OpenedInvitation
from workflow.states import check
from workflow.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Thread:
    """A comment or suggestion and its replies, as one co-signer may read them; each with who said it."""

    who: Words
    comment: Comment
    replies: tuple[tuple[Words, Comment], ...]
    mine: bool
    would_sign: int
    """Of a suggestion: how many would sign with it in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """That words of a paragraph (counted from 1) of the text that was shown should become others, and why."""

    digest: str
    paragraph: int | None
    replaces: str
    replacement: str
    words: str = ""
    shared: bool = True
    """The page said that the other organisations read it, where the campaign is so."""

    def typed(self) -> tuple[str, str]:
        """Return the words to replace and their replacement, within their limits."""
        return typed.whole(self.replaces, typed.COMMENT), typed.line(self.replacement, typed.COMMENT)


@dataclass(frozen=True, slots=True)
class Threads:
    """Some of what a co-signer may read, oldest first."""

    shown: tuple[Thread, ...]
    older: str
    """The first of those that are shown, where there are older ones; else empty."""


MOST_THREADS = 30
Reader = Invitation | OpenedInvitation


def threads(session: Transaction, reader: Reader, before: str = "") -> Threads:
    """
    Return the newest comments that a co-signer may read, with their replies: its own, and those written to be shared.

    `before` is the comment that they are to be older than.
    """
    roots = readable(reader).where(Comment.reply_to.is_(None))
    last = session.get(Comment, before) if before else None
    if last is not None:
        moment = Comment.created_at < last.created_at
        roots = roots.where(moment | ((Comment.created_at == last.created_at) & (Comment.id < last.id)))
    newest = roots.order_by(Comment.created_at.desc(), Comment.id.desc()).limit(MOST_THREADS + 1)
    found = list(session.scalars(newest.options(*_with_names)))
    shown = found[:MOST_THREADS][::-1]
    replies = _replies(session, reader, shown)
    open_ones = [root.id for root in shown if root.replaces is not None and not root.settled]
    agreed = conditions.numbers(session, open_ones) if open_ones else {}
    return Threads(
        tuple(_thread(root, replies.get(root.id, ()), reader, agreed.get(root.id, 0)) for root in shown),
        shown[0].id if len(found) > MOST_THREADS else "",
    )


_with_names = (
    joinedload(Comment.invitation, innerjoin=True).joinedload(Invitation.organisation, innerjoin=True),
    joinedload(Comment.user),
    joinedload(Comment.invitation, innerjoin=True).lazyload(Invitation.signoffs),
)


def only_reads(reader: Reader) -> bool:
    """Whether it was opened by a link that does not answer: what is written to be shared is all that it shows."""
    return isinstance(reader, OpenedInvitation) and reader.link.purpose != "answer"


def readable(reader: Reader) -> Select[Comment]:
    """Select what a co-signer may read of its own accord; replies to its own comments it may read besides."""
    if only_reads(reader):
        said = select(Comment).join(Comment.invitation).where(Invitation.letter_id == reader.letter.id)
        return said.where(Comment.shared & reader.letter.comments_shared)
    if not reader.letter.comments_shared:
        return select(Comment).where(Comment.invitation_id == reader.id)
    said = select(Comment).join(Comment.invitation).where(Invitation.letter_id == reader.letter.id)
    return said.where(Comment.shared | (Comment.invitation_id == reader.id))


def _replies(session: Transaction, reader: Reader, roots: Sequence[Comment]) -> dict[str, list[Comment]]:
    if not roots:
        return {}
    every = select(Comment).where(Comment.reply_to.in_([root.id for root in roots])).options(*_with_names)
    own = {root.id for root in roots if root.invitation_id == reader.id and not only_reads(reader)}
    shared, found = reader.letter.comments_shared, dict[str, list[Comment]]()
    for one in session.scalars(every.order_by(Comment.created_at, Comment.id)):
        its_own = one.invitation_id == reader.id and not only_reads(reader)
        if one.reply_to in own or its_own or (shared and one.shared):
            found.setdefault(str(one.reply_to), []).append(one)
    return found


def _thread(root: Comment, replies: Sequence[Comment], reader: Reader, would_sign: int) -> Thread:
    return Thread(
        _name(root, reader),
        root,
        tuple((_name(reply, reader), reply) for reply in replies),
        root.invitation_id == reader.id and not only_reads(reader),
        would_sign,
    )


def _name(comment: Comment, reader: Reader) -> Words:
    """Who wrote a comment, as the reader may know."""
    if comment.user is not None:
        return comment.user.name or lazy_gettext("The coordinator")
    if comment.invitation.confidential and comment.invitation_id != reader.id:
        return lazy_gettext("An organisation, name withheld")
    return comment.invitation.organisation.label


def comment(
    session: Transaction, link_id: str, digest: str, paragraph: int | None, words: str, *, shared: bool = True
) -> Comment:
    """
    Record what a co-signer says of a paragraph (counted from 1) or of the whole letter.

    `shared`: the page said that the other organisations read it, where the campaign is so.
    """
    _, invitation, letter = locked(session, link_id)
    check("review", letter.state)
    said = _checked(letter, words)
    if paragraph is not None and not 1 <= paragraph <= _paragraphs(letter):
        raise RefusedError(lazy_gettext("There is no such paragraph."))
    made = Comment(
        digest=known_digest(letter, digest),
        paragraph=paragraph,
        words=said,
        shared=shared and letter.comments_shared,
    )
    return _keep(session, invitation, made)


def fitting(letter: Letter, suggestion: Suggestion) -> str:
    """
    Return the digest of the text in which a suggestion fits; raises `RefusedError` where it does not.

    It can take a moment, so it is asked before the letter is locked.
    """
    check("review", letter.state)
    revision = letter.revision
    assert revision is not None
    # What is replaced is found in the text as it stands, so it is nothing that was made up.
    old, new = suggestion.typed()
    try:
        if suggestion.paragraph is None:
            raise WordingError(lazy_gettext("Select the paragraph that your suggestion is about."))
        wording.replaced(_text(revision), suggestion.paragraph, old, new)
    except WordingError as not_there:
        raise InputError(replaces=not_there.why) from not_there
    return revision.digest


def suggest(session: Transaction, link_id: str, suggestion: Suggestion, fits: str = "") -> Comment:
    """
    Record that these words of a paragraph should become those; the coordinator takes it over with one press.

    `fits` is the digest of the text that it was tried on before (`fitting`): tried again only where that has changed.
    """
    _, invitation, letter = locked(session, link_id)
    check("review", letter.state)
    if letter.revision is None or letter.revision.digest != fits:
        fitting(letter, suggestion)
    old, new = suggestion.typed()
    made = Comment(
        digest=known_digest(letter, suggestion.digest),
        paragraph=suggestion.paragraph,
        words=typed.block(suggestion.words, typed.COMMENT),
        replaces=wording.clean(old),
        replacement=wording.clean(new),
        shared=suggestion.shared and letter.comments_shared,
    )
    return _keep(session, invitation, made)


def reply(session: Transaction, link_id: str, comment_id: str, words: str, *, shared: bool = True) -> Comment:
    """Answer a comment that this co-signer may read."""
    _, invitation, letter = locked(session, link_id)
    check("review", letter.state)
    said = _checked(letter, words)
    found = session.scalar(readable(invitation).where(Comment.id == comment_id, Comment.reply_to.is_(None)))
    if found is None:
        raise RefusedError(lazy_gettext("There is no such comment."))
    seen = shared and found.shared and letter.comments_shared
    made = Comment(digest=found.digest, paragraph=found.paragraph, words=said, reply_to=found.id, shared=seen)
    return _keep(session, invitation, made)


def _keep(session: Transaction, invitation: Invitation, made: Comment) -> Comment:
    invitation.comments.append(made)
    session.flush()
    history.append(session, invitation.letter_id, actor(invitation), _recorded(invitation, made))
    return made


def _recorded(invitation: Invitation, made: Comment) -> actions.CommentAdded | actions.SuggestionAdded:
    if made.replaces is None or made.replacement is None:
        return actions.CommentAdded(
            invitation=invitation.id,
            comment=made.id,
            digest=made.digest,
            paragraph=made.paragraph,
            shared=made.shared,
            reply_to=made.reply_to,
            words=made.words,
        )
    return actions.SuggestionAdded(
        invitation=invitation.id,
        comment=made.id,
        digest=made.digest,
        paragraph=made.paragraph,
        shared=made.shared,
        words=made.words,
        replaces=made.replaces,
        replacement=made.replacement,
    )


def _checked(letter: Letter, words: str) -> str:
    said = typed.block(words, typed.COMMENT)
    if not said:
        raise RefusedError(lazy_gettext("Write your comment first."))
    return said


def _text(revision: Revision) -> str:
    return revision.text().body


def _paragraphs(letter: Letter) -> int:
    return wording.count(_text(letter.revision)) if letter.revision else 0


def give_verdict(session: Transaction, link_id: str, digest: str, verdict: str) -> Invitation:
    """Record `ready` or `changes_requested` in review: a fact on the record, not a sign-off."""
    _, invitation, letter = locked(session, link_id)
    check("review", letter.state)
    if verdict not in ("ready", "changes_requested"):
        raise RefusedError(lazy_gettext("Choose one: ready to sign, or changes needed first."))
    digest = known_digest(letter, digest)
    if invitation.verdict != verdict:
        invitation.verdict = verdict
        given = actions.VerdictGiven(invitation=invitation.id, digest=digest, verdict=verdict)
        history.append(session, letter.id, actor(invitation), given)
    return invitation
