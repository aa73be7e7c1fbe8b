"""Review: comments on a paragraph or the whole letter, suggestions, replies, a verdict."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from workflow import history
from workflow.errors import InputError, RefusedError, WordingError
from workflow.history import actions
from workflow.languages import Words, lazy_gettext
from workflow.letter import typed, wording
from workflow.models import Comment, Invitation, Letter, Revision
from workflow.signoffs.links import actor, known_digest, locked
from workflow.states import check
from workflow.transaction import Transaction, transaction_of


@dataclass(frozen=True, slots=True)
class Thread:
    """A comment or suggestion and its replies, as one co-signer may read them; each with who said it."""

    who: Words
    comment: Comment
    replies: tuple[tuple[Words, Comment], ...]
    mine: bool


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


def threads(invitation: Invitation) -> list[Thread]:
    """Return what a co-signer may read: its own comments with their replies; those that were written to be shared."""
    letter = invitation.letter
    said = select(Comment).join(Comment.invitation).where(Invitation.letter_id == letter.id)
    session = transaction_of(invitation)
    every = session.scalars(said.order_by(Comment.created_at, Comment.id)).all()
    own = {c.id for c in every if c.invitation_id == invitation.id}
    shared = letter.campaign.comments_shared
    seen = [c for c in every if (shared and c.shared) or c.id in own or c.reply_to in own]
    return [
        Thread(
            _name(root, invitation),
            root,
            tuple((_name(c, invitation), c) for c in seen if c.reply_to == root.id),
            root.invitation is invitation,
        )
        for root in seen
        if root.reply_to is None
    ]


def _name(comment: Comment, reader: Invitation) -> Words:
    """Who wrote a comment, as the reader may know."""
    if comment.user is not None:
        return comment.user.name or lazy_gettext("The coordinator")
    if comment.invitation.confidential and comment.invitation is not reader:
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
        shared=shared and letter.campaign.comments_shared,
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
        shared=suggestion.shared and letter.campaign.comments_shared,
    )
    return _keep(session, invitation, made)


def reply(session: Transaction, link_id: str, comment_id: str, words: str, *, shared: bool = True) -> Comment:
    """Answer a comment that this co-signer may read."""
    _, invitation, letter = locked(session, link_id)
    check("review", letter.state)
    said = _checked(letter, words)
    found = next((t.comment for t in threads(invitation) if t.comment.id == comment_id), None)
    if found is None:
        raise RefusedError(lazy_gettext("There is no such comment."))
    seen = shared and found.shared and letter.campaign.comments_shared
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
