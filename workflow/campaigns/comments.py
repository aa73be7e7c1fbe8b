"""What a coordinator does with what co-signers say: answer, take a suggestion over into the draft, put it aside."""

from __future__ import annotations

from workflow import history, states
from workflow.campaigns.lifecycle import revise_locked
from workflow.campaigns.lookup import locked_letter
from workflow.errors import InputError, NotFoundError, RefusedError, WordingError
from workflow.history import Actor, actions
from workflow.letter import typed, wording
from workflow.mails import reply
from workflow.models import Comment, Invitation, Letter
from workflow.transaction import Transaction, transaction_of


def answer(session: Transaction, letter_id: str, comment_id: str, words: str, actor: Actor) -> Comment:
    """Reply to a comment as a coordinator; who wrote it gets the reply by mail."""
    row = locked_letter(session, letter_id)
    root = _comment_of(session, row, comment_id)
    states.check("answer_comment", row.state)
    said = typed.block(words, typed.COMMENT)
    if not said:
        raise InputError(words="Enter your reply.")
    made = Comment(digest=root.digest, paragraph=root.paragraph, words=said, reply_to=root.id, user_id=actor.key)
    made.shared = root.shared and row.comments_shared
    made.invitation = root.invitation
    session.add(made)
    session.flush()
    author = session.tokens.keyed("author", made.id, actor.key)
    answered = actions.CommentAnswered(
        invitation=root.invitation_id,
        comment=made.id,
        reply_to=root.id,
        author=author,
        shared=made.shared,
        words=said,
    )
    history.append(session, row.id, actor, answered)
    reply.queue(session, root, "replied", made)
    return made


def applied(row: Letter, comment_id: str) -> tuple[int, str]:
    """
    Return the draft with a suggestion in it, and the version of the draft that it was made from.

    It can take a moment, so it is asked before the letter is locked. Raises `RefusedError` where the words are not.
    """
    return row.version, _applied(row, _open_suggestion(transaction_of(row), row, comment_id))


def accept(
    session: Transaction, letter_id: str, comment_id: str, actor: Actor, made: tuple[int, str] | None = None
) -> Letter:
    """
    Take a suggestion over into the draft; a letter that is before the co-signers goes back to drafting for it.

    `made` is what `applied` returned: made again only where the draft has changed. Raises `RefusedError` when the words
    are not in the draft any more.
    """
    row = locked_letter(session, letter_id)
    suggestion = _open_suggestion(session, row, comment_id)
    states.check("settle_suggestion", row.state)
    if not row.is_draft:
        revise_locked(session, row, _reason(suggestion), actor)
    body = made[1] if made is not None and made[0] == row.version else _applied(row, suggestion)
    row.body = typed.block(body, typed.BODY)
    row.version += 1
    suggestion.settled = "accepted"
    session.flush()
    accepted = actions.SuggestionAccepted(comment=suggestion.id, draft=row.text().digest(), version=row.version)
    history.append(session, row.id, actor, accepted)
    reply.queue(session, suggestion, "accepted", suggestion)
    return row


def dismiss(session: Transaction, letter_id: str, comment_id: str, actor: Actor) -> Comment:
    """Put a suggestion aside; who made it is told."""
    row = locked_letter(session, letter_id)
    suggestion = _open_suggestion(session, row, comment_id)
    states.check("settle_suggestion", row.state)
    suggestion.settled = "dismissed"
    history.append(session, row.id, actor, actions.SuggestionDismissed(comment=suggestion.id))
    reply.queue(session, suggestion, "dismissed", suggestion)
    return suggestion


def _comment_of(session: Transaction, row: Letter, comment_id: str) -> Comment:
    found = session.get(Comment, comment_id, populate_existing=True)
    if found is None or found.invitation.letter_id != row.id:
        raise NotFoundError("There is no such comment.")
    return found


def _open_suggestion(session: Transaction, row: Letter, comment_id: str) -> Comment:
    suggestion = _comment_of(session, row, comment_id)
    if suggestion.replaces is None or suggestion.settled:
        raise RefusedError("This suggestion was already accepted or dismissed.")
    return suggestion


def _reason(suggestion: Comment) -> str:
    """Why the text goes back to drafting; co-signers read it, so it names nobody who wrote to the coordinator alone."""
    invitation: Invitation = suggestion.invitation
    who = "a co-signer" if invitation.confidential or not suggestion.shared else invitation.organisation.label
    return f"A suggestion of {who} was taken over."


def _applied(row: Letter, suggestion: Comment) -> str:
    """Return the draft with the suggestion in it: in its paragraph, or in the only one that has its words now."""
    old, new = suggestion.replaces or "", suggestion.replacement or ""
    places = wording.found_in(row.body, old)
    place = suggestion.paragraph if suggestion.paragraph in places else places[0] if len(places) == 1 else None
    try:
        if place is None:
            raise RefusedError("These words are no longer in the draft. Edit it by hand.")
        return wording.replaced(row.body, place, old, new)
    except WordingError as not_there:
        raise RefusedError(not_there.why) from not_there
