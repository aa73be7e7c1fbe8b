"""What a letter's page shows of comments and suggestions."""

from __future__ import annotations

from dataclasses import dataclass

from workflow.languages import in_zone
from workflow.models import Comment, Letter
from workflow.pages.staff import words
from workflow.pages.staff.cosigner_rows import is_hidden


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


def of(letter: Letter, names_all: bool) -> tuple[CommentRow, ...]:
    """Return every comment and suggestion with its replies, in the order in which they were made."""
    said = sorted((c for i in letter.invitations for c in i.comments), key=lambda c: (c.created_at, c.id))
    replies: dict[str, list[Comment]] = {}
    for comment in said:
        replies.setdefault(comment.reply_to or "", []).append(comment)
    return tuple(_row(root, replies.get(root.id, []), letter, names_all) for root in replies.get("", []))


def _row(root: Comment, replies: list[Comment], letter: Letter, names_all: bool) -> CommentRow:
    zone = letter.campaign.timezone
    versions = {revision.digest: revision.number for revision in letter.revisions}
    return CommentRow(
        id=root.id,
        who=_who(root, names_all),
        at=in_zone(root.created_at, zone),
        words=root.words,
        paragraph=root.paragraph,
        version=versions.get(root.digest),
        replaces=root.replaces,
        replacement=root.replacement or "",
        settled=root.settled,
        status=words.SETTLED.get(root.settled, ""),
        replies=tuple(
            ReplyRow(who=_who(reply, names_all), at=in_zone(reply.created_at, zone), words=reply.words)
            for reply in replies
        ),
        is_open=root.replaces is not None and not root.settled,
    )


def _who(comment: Comment, names_all: bool) -> str:
    if comment.user:
        return comment.user.name or comment.user.email
    return words.WITHHELD if is_hidden(comment.invitation, names_all) else comment.invitation.organisation.label
