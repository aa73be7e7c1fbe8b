"""The rules that a campaign's letters begin with, and that each letter has for itself."""

from __future__ import annotations

from sqlalchemy import JSON, String, false
from sqlalchemy.orm import Mapped, mapped_column


class Terms:
    """The columns of these rules, in the row of a campaign and in that of a letter."""

    minimum: Mapped[int] = mapped_column(default=1, server_default="1")
    """How many organisations must sign at least."""
    comments_shared: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether co-signers read each other's comments."""
    code_required: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether signing takes a code that is mailed to the invited address."""
    objection_hours: Mapped[int] = mapped_column(default=0, server_default="0")
    """How long co-signers may object to a small correction before their silence keeps them on it; 0: no such rule."""
    reminders: Mapped[list[int]] = mapped_column(JSON, default=list, server_default="[]")
    """How many days before the deadline whoever has not answered is reminded; empty: nobody is."""
    at_deadline: Mapped[str] = mapped_column(String(16), default="close", server_default="close")
    """What the deadline brings: `close`, `ask` the coordinator, or `extend` it once."""
    extend_days: Mapped[int] = mapped_column(default=0, server_default="0")
    """By how many days it is extended then."""
    four_eyes: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether in each organisation one proposes to sign and another confirms it."""
    late_names: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it can be signed after it was sent, for an addendum."""
    reply_days: Mapped[int | None]
    """After how many days without a reply from the office the coordinators are reminded; None: never."""
