"""What a coordinator does with what co-signers say: answer, choose suggestions and take them over, put one aside."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from workflow import history, states
from workflow.campaigns import conditions, telling
from workflow.campaigns.lifecycle import revise_locked
from workflow.campaigns.lookup import locked_letter
from workflow.campaigns.readers import Seen
from workflow.errors import InputError, NotFoundError, RefusedError
from workflow.history import Actor, actions
from workflow.languages import Words, joined, known, lazy_gettext
from workflow.letter import typed
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
        raise InputError(words=lazy_gettext("Enter your reply."))
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
        revise_locked(session, row, neutral_reason(row, [suggestion]), actor)
    body = made[1] if made is not None and made[0] == row.version else _applied(row, suggestion)
    _take_over(session, row, suggestion, body, actor)
    return row


def choose(session: Transaction, letter_id: str, comment_id: str, actor: Actor, *, chosen: bool) -> Comment:
    """Choose a suggestion for the next version, or choose it no more; nothing of the letter changes by that."""
    row = locked_letter(session, letter_id)
    suggestion = _open_suggestion(session, row, comment_id)
    states.check("settle_suggestion", row.state)
    suggestion.chosen = chosen
    return suggestion


def chosen_of(session: Transaction, letter_id: str) -> list[Comment]:
    """Return the suggestions that are chosen for the next version of a letter, in the order of its text."""
    query = (
        select(Comment)
        .join(Invitation, Invitation.id == Comment.invitation_id)
        .where(Invitation.letter_id == letter_id, Comment.chosen, Comment.settled == "")
        .order_by(Comment.paragraph, Comment.created_at, Comment.id)
    )
    return list(session.scalars(query))


def all_applied(row: Letter) -> tuple[int, tuple[str, ...]]:
    """
    Return the draft after each of the suggestions that are chosen, and the version of it that they were made from.

    It can take a moment, so it is asked before the letter is locked. Raises `RefusedError` with each that does not fit.
    """
    return row.version, _all_applied(row, chosen_of(transaction_of(row), row.id))


def chosen_applied(row: Letter, suggestions: Sequence[Comment]) -> str:
    """Return the text of a letter with these suggestions in; as it is, where they do not fit together."""
    try:
        return (row.body, *_all_applied(row, suggestions))[-1]
    except RefusedError:
        return row.body


def _all_applied(row: Letter, suggestions: Sequence[Comment]) -> tuple[str, ...]:
    bodies, body, refused = list[str](), row.body, list[Words]()
    for suggestion in suggestions:
        try:
            body = conditions.with_suggestion(body, suggestion)
        except RefusedError as error:
            refused += [_which(suggestion, why) for why in error.reasons]
        bodies.append(body)
    if refused:
        raise RefusedError(*refused)
    return tuple(bodies)


def _which(suggestion: Comment, why: Words) -> Words:
    return lazy_gettext(
        "Suggestion of %(organisation)s on paragraph %(number)s: %(why)s",
        organisation=suggestion.invitation.organisation.label,
        number=suggestion.paragraph or 0,
        why=why,
    )


def accept_chosen(
    session: Transaction,
    letter_id: str,
    reason: str,
    actor: Actor,
    made: tuple[int, tuple[str, ...]] | None = None,
    *,
    seen: Seen | None = None,
) -> int:
    """
    Take every suggestion that is chosen over into one draft; returns how many there were.

    A letter that is before the co-signers goes back to drafting once, for a reason that they read. `made` is what
    `all_applied` returned: made again only where the draft has changed. Raises `RefusedError` where one does not fit,
    and `ChangedError` where others would be told that it goes back than was `seen`; then none is taken over.
    """
    row = locked_letter(session, letter_id)
    states.check("settle_suggestion", row.state)
    suggestions = chosen_of(session, row.id)
    if not suggestions:
        raise RefusedError(lazy_gettext("Choose at least one suggestion first."))
    fits = made is not None and made[0] == row.version and len(made[1]) == len(suggestions)
    bodies = made[1] if made is not None and fits else _all_applied(row, suggestions)
    if not row.is_draft:
        telling.check_seen(session, row, "revise", seen)
        revise_locked(session, row, reason, actor)
    for suggestion, body in zip(suggestions, bodies, strict=True):
        _take_over(session, row, suggestion, body, actor)
    return len(suggestions)


def _take_over(session: Transaction, row: Letter, suggestion: Comment, body: str, actor: Actor) -> None:
    row.body = body
    row.version += 1
    suggestion.settled, suggestion.chosen = "accepted", False
    session.flush()
    accepted = actions.SuggestionAccepted(comment=suggestion.id, draft=row.text().digest(), version=row.version)
    history.append(session, row.id, actor, accepted)
    reply.queue(session, suggestion, "accepted", suggestion)


def neutral_reason(row: Letter, suggestions: Sequence[Comment]) -> str:
    """
    Return why there is a new version, in the letter's language, as the coordinator may change it.

    It names who suggested something only where everybody reads that anyway, and no name that is withheld.
    """
    language = known(row.language) or "en"
    named = [
        one.invitation.organisation.label
        for one in suggestions
        if one.shared and row.comments_shared and not one.invitation.confidential
    ]
    who = list(dict.fromkeys(named))
    if len(named) == len(suggestions) and who:
        said = lazy_gettext("Suggestions of %(names)s were accepted.", names=joined(who, language))
    else:
        said = lazy_gettext("Suggestions of co-signers were accepted.")
    return said.translate(language)


def dismiss(session: Transaction, letter_id: str, comment_id: str, actor: Actor) -> Comment:
    """Put a suggestion aside; who made it is told, and who agreed to sign with it, for that ends."""
    row = locked_letter(session, letter_id)
    suggestion = _open_suggestion(session, row, comment_id)
    states.check("settle_suggestion", row.state)
    suggestion.settled, suggestion.chosen = "dismissed", False
    history.append(session, row.id, actor, actions.SuggestionDismissed(comment=suggestion.id))
    if suggestion.invitation_id not in conditions.end_on(session, suggestion, actor):
        reply.queue(session, suggestion, "dismissed", suggestion)
    return suggestion


def _comment_of(session: Transaction, row: Letter, comment_id: str) -> Comment:
    found = session.get(Comment, comment_id, populate_existing=True)
    if found is None or found.invitation.letter_id != row.id:
        raise NotFoundError(lazy_gettext("There is no such comment."))
    return found


def _open_suggestion(session: Transaction, row: Letter, comment_id: str) -> Comment:
    suggestion = _comment_of(session, row, comment_id)
    if suggestion.replaces is None or suggestion.settled:
        raise RefusedError(lazy_gettext("This suggestion was already accepted or dismissed."))
    return suggestion


def _applied(row: Letter, suggestion: Comment) -> str:
    return conditions.with_suggestion(row.body, suggestion)
