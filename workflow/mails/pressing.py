"""What cannot wait for the email of a morning."""

from __future__ import annotations

from datetime import timedelta

from workflow.models import Invitation, Letter, now

NEAR = timedelta(days=2)
"""A deadline, or a dispatch, that is nearer than this leaves no time to wait for a morning."""


def is_near(letter: Letter, invitation: Invitation | None = None) -> bool:
    """Whether the deadline of a letter, or of one invitation, or its dispatch is so near."""
    deadline = (invitation.deadline if invitation else None) or letter.deadline
    return any(moment is not None and now() < moment < now() + NEAR for moment in (deadline, letter.dispatch_at))
