"""What the entries of an open call tell: whether it is open, who asked to join, and as whom they were invited."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workflow.history import actions
from workflow.history.audit.erased import ERASED
from workflow.history.audit.log import Log
from workflow.history.audit.rows import Row
from workflow.history.audit.told import Told, named, tells
from workflow.history.log import Entry
from workflow.models.answering import ACCEPTED, CONFIRMED, EXPIRED, REFUSED

SAID = ("organisation", "acronym", "country", "website", "name", "title", "email", "words")
"""What an organisation says of itself, in the order in which the keyed hash of `join.confirmed` has it."""
INVITED = {
    "organisation": "organisation",
    "acronym": "acronym",
    "contact": "email",
    "signatory": "name",
    "title": "title",
}
"""What an invitation is made of, and the column of the request that it comes from."""


@tells(actions.CallOpened)
def _opened(told: Told, entry: Entry) -> None:
    address, at = entry.about.get("address"), told.moment(entry)
    told.make("open_calls", told.letter, entry, address=address, opened_at=at, closed_at=None)
    told.open(entry, words=("open_calls", told.letter, "words"))


@tells(actions.CallClosed)
def _closed(told: Told, entry: Entry) -> None:
    told.say("open_calls", told.letter, entry, closed_at=told.moment(entry))


@tells(actions.JoinConfirmed)
def _confirmed(told: Told, entry: Entry) -> None:
    at, key = told.moment(entry), named(entry, "request")
    told.make(
        "join_requests", key, entry, state=CONFIRMED, confirmed_at=at, decided_at=None, invitation_id=None
    )  # fmt: skip


@tells(actions.JoinAccepted, actions.JoinRefused, actions.JoinExpired)
def _decided(told: Told, entry: Entry) -> None:
    state = {actions.JoinAccepted.NAME: ACCEPTED, actions.JoinRefused.NAME: REFUSED}.get(entry.action, EXPIRED)
    invitation = entry.about.get("invitation")
    told.say(
        "join_requests", named(entry, "request"), entry, state=state, decided_at=told.moment(entry),
        invitation_id=invitation,
    )  # fmt: skip


def check_requests(told: Told, log: Log, rows: Iterable[Row]) -> Iterator[str]:
    """Say which requests do not say what was confirmed, or whose invitation was made for somebody else."""
    confirmed = {about.get("request"): (at, about.get("said")) for at, about in log.named(actions.JoinConfirmed.NAME)}
    refused = {about.get("request"): (at, about.get("reason")) for at, about in log.named(actions.JoinRefused.NAME)}
    invited = {about.get("request"): at for at, about in log.named(actions.InvitationCreated.NAME)}
    erasing = (actions.PersonErased.NAME, actions.LetterErased.NAME)
    erased = max((at for action in erasing for at, _ in log.named(action)), default=-1)
    for row in rows:
        key, which = row["id"], f"join_requests {row['id']}"
        at, said = confirmed.get(key, (erased, None))
        is_blank = at < erased and (ERASED in (row["organisation"], row["name"]) or not row["words"])
        held = told.tokens.has_keyed(said, "join", key, *(row[name] for name in SAID))
        if said and not (held or is_blank) and told.is_comparable(at):
            yield f"{which}: {', '.join(SAID)} are not what entry {at} recorded."
        at, reason = refused.get(key, (erased, None))
        held = told.tokens.has_keyed(reason, "reason", key, row["reason"]) or (at < erased and not row["reason"])
        if (reason and not held and told.is_comparable(at)) or (not reason and row["reason"]):
            yield f"{which}: reason is not the one that was recorded."
        made = told.opened.get(invited.get(key, -1), {})
        for part, column in INVITED.items():
            if part in made and made[part] != row[column] and not is_blank:
                yield f"{which}: {column} is not that of the invitation that entry {invited[key]} made for it."
