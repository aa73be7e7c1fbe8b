"""The signed addresses of a mail: where it comes back to, and where answers to it go."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from config.settings import Settings
from emails import return_path
from workflow.tokens import Tokens

Purpose = Literal["return path", "reply"]


def of(settings: Settings, tokens: Tokens, delivery_id: str) -> str:
    """Return from which address a mail is sent, as mail servers say it: what cannot be delivered comes back there."""
    if not settings.bounces:
        return settings.mail_from
    return return_path.tagged(settings.bounces, tokens.tag("return path", delivery_id), delivery_id)


def for_replies(settings: Settings, tokens: Tokens, delivery_id: str) -> str:
    """Return the address that answers to a mail go to; empty: to the coordinator's own."""
    if not settings.replies:
        return ""
    return return_path.tagged(settings.replies, tokens.tag("reply", delivery_id), delivery_id)


def mail_at(settings: Settings, tokens: Tokens, purpose: Purpose, addresses: Iterable[str]) -> str | None:
    """Return the id of the mail that one of these addresses was made for; None where none was made here."""
    own = settings.bounces if purpose == "return path" else settings.replies
    for found in return_path.found_in(own, addresses):
        if tokens.has_tag(found.tag, purpose, found.about):
            return found.about
    return None
