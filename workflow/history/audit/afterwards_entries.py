"""What the entries tell of the tables that come after a letter was sent: replies, late names, the addendum."""

from __future__ import annotations

from workflow.history import actions
from workflow.history.audit.told import Told, named, tells, time
from workflow.history.log import Entry


@tells(actions.OfficeReplied)
def _replied(told: Told, entry: Entry) -> None:
    about, key = entry.about, named(entry, "reply")
    told.make(
        "office_replies", key, entry, recipient_id=about.get("recipient"), received_at=time(about.get("received_at")),
        document_sha256=about.get("document"), told_at=None,
    )  # fmt: skip
    told.open(entry, **{name: ("office_replies", key, name) for name in ("words", "file_name")})
    if about.get("document"):
        told.store(entry, about["document"], str(about.get("form")))
