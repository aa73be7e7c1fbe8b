"""What co-signers say of the text, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workflow.history.action import Action, Personal, action
from workflow.languages import marked


@action("invitation.verdict", "comment", "{who} asked for changes")
class VerdictGiven(Action):
    invitation: str
    digest: str
    verdict: str

    @classmethod
    def sentence(cls, about: Mapping[str, Any]) -> str:
        """Say which verdict it was."""
        return marked("{who} is ready to sign") if about.get("verdict") == "ready" else cls.SENTENCE


@action("comment.added", "comment", "{who} commented")
class CommentAdded(Action):
    invitation: str
    comment: str
    digest: str
    paragraph: int | None
    shared: bool
    reply_to: str | None = None
    words: Personal


@action("comment.answered", "comment", "Answered a comment of {who}")
class CommentAnswered(Action):
    invitation: str
    comment: str
    reply_to: str
    author: str
    shared: bool
    words: Personal


@action("suggestion.added", "comment", "{who} suggested other words")
class SuggestionAdded(Action):
    invitation: str
    comment: str
    digest: str
    paragraph: int | None
    shared: bool
    words: Personal
    replaces: Personal
    replacement: Personal


@action("suggestion.accepted", "comment", "Accepted a suggestion: the draft has it now")
class SuggestionAccepted(Action):
    comment: str
    draft: str
    version: int


@action("suggestion.dismissed", "comment", "Dismissed a suggestion")
class SuggestionDismissed(Action):
    comment: str
