"""What became of a comment: it was answered or, for a suggestion, taken over or put aside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workflow.mails.audiences import CONTACT, everybody
from workflow.mails.registry import mail
from workflow.mails.source import MailData, Source
from workflow.models import Comment, Delivery
from workflow.transaction import Transaction

What = Literal["replied", "accepted", "dismissed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply(MailData):
    """What the mail says."""

    what: What
    title: str
    signatory: str
    coordinator: str
    link: str
    said: str
    replaces: str
    """A suggestion: the words that it would replace, by `replacement`."""
    replacement: str
    reply: str
    """Empty: nothing was said to it."""


@mail("reply", "reply to a comment", CONTACT)
def reply(source: Source) -> Reply:
    """Quote the comment, and what was said to it."""
    comment = source.session.get_one(Comment, source.about["comment"])
    answer = source.session.get_one(Comment, source.about["reply"])
    return Reply(
        what=source.about["what"],
        title=source.title,
        signatory=source.signatory,
        coordinator=source.coordinator_name,
        link=source.link,
        said=comment.words,
        replaces=comment.replaces or "",
        replacement=comment.replacement or "",
        reply=answer.words if answer is not comment else "",
    )


def queue(session: Transaction, comment: Comment, what: What, answer: Comment) -> Delivery | None:
    """
    Queue what became of a comment to all contacts; `answer` is the comment itself where nothing was said to it.

    Returns the first contact's; None where nobody can be told: staff wrote it, or there is no address or link.
    """
    invitation = comment.invitation
    if comment.user_id is not None or not invitation.email or invitation.link is None:
        return None
    about = {"comment": comment.id, "reply": answer.id, "what": what}
    key = f"reply:{what}:{answer.id}"
    first, *_ = [
        reply.queue(session, one.address, one.key(key), about | one.about, invitation=invitation)
        for one in everybody(invitation)
    ]
    return first
