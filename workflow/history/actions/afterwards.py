"""What comes after a letter was sent: what the office answers, and the names that were signed late."""

from __future__ import annotations

from datetime import datetime

from workflow.history.action import Action, Personal, action


@action("office.replied", "decision", "Kept a reply of the recipient’s office")
class OfficeReplied(Action):
    reply: str
    received_at: datetime
    recipient: str | None = None
    document: str = ""
    """The SHA-256 of the file that came."""
    form: str = ""
    """What kind of file it is."""
    words: Personal
    file_name: Personal
