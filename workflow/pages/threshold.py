"""
Who asks is known from the address and the cookie alone, before anything that was sent is read.

Strangers end here: nothing of theirs is parsed, decoded, drawn or written, and what they may send is small.
"""

from __future__ import annotations

import contextlib

from flask import g, request
from flask_login import current_user

from workflow import accounts
from workflow.accounts import Role
from workflow.errors import NotFoundError
from workflow.pages import auditor, genuine, visiting
from workflow.pages.context import reader
from workflow.pages.cosigner import arrival, requests
from workflow.pages.staff import BEHIND_SIGN_IN, FOR_ADMINS, afterwards, cosigners, layout, letters, many, organisations
from workflow.pages.staff.account import admin, staff

STAFF = (*BEHIND_SIGN_IN, auditor.blueprint.name)
STRANGERS = 20_000
"""Bytes that may be sent by whoever has shown nothing: a form with an address in it."""

UPLOAD_LIMITS = {
    **layout.UPLOAD_LIMITS,
    **afterwards.UPLOAD_LIMITS,
    **letters.UPLOAD_LIMITS,
    **cosigners.UPLOAD_LIMITS,
    **many.UPLOAD_LIMITS,
    **organisations.UPLOAD_LIMITS,
    **requests.UPLOAD_LIMITS,
}
"""Letters, letterheads and logos may be larger than forms."""


def cross() -> None:
    """Let through who holds a living link, or may see the letter or campaign, with what the page takes; else 404."""
    named = request.view_args or {}
    if request.blueprint in STAFF:
        role: Role = "auditor" if _reads() else "coordinator"
        if "letter_id" in named and role == "auditor" and not _is_theirs(named["letter_id"]):
            visiting.come_in(named["letter_id"])
        user = admin(reader()) if request.blueprint in FOR_ADMINS else staff(reader())
        if "letter_id" in named:
            # Kept for the page: the session holds what is read only as long as somebody else does.
            g.letter = accounts.letter_for(reader(), user, named["letter_id"], role)
        if "campaign_id" in named:
            g.campaign = accounts.campaign_for(reader(), user, named["campaign_id"], role)
    elif request.blueprint == "cosigner" and "invitation_id" in named:
        arrival.check_opened(named["invitation_id"])
    else:
        request.max_content_length = genuine.UPLOAD_LIMITS.get(request.endpoint or "", STRANGERS)
        return
    request.max_content_length = UPLOAD_LIMITS.get(request.endpoint or "", request.max_content_length)
    # Of what is known to be of staff, all may be words: a list of thousands is sent back as it was shown.
    request.max_form_memory_size = max(request.max_content_length or 0, request.max_form_memory_size or 0)
    g.known = True


def _is_theirs(letter_id: str) -> bool:
    """Whether whoever is signed in may see a letter: then nobody else need be looked for."""
    if not current_user.is_authenticated:
        return False
    with contextlib.suppress(NotFoundError):
        # Kept, so that it is not read again.
        g.letter = accounts.letter_for(reader(), staff(reader()), letter_id, "auditor")
        return True
    return False


def _reads() -> bool:
    return request.method in ("GET", "HEAD", "OPTIONS")
