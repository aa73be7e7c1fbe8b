"""Who asks to join a letter by its public page, and what was answered: ids and keyed hashes, no stranger's words."""

from __future__ import annotations

from workflow.history.action import Action, Personal, action


@action("call.opened", "setting", "Opened the public page on which organisations ask to join")
class CallOpened(Action):
    """Also for other words on a page that is open."""

    address: str
    words: Personal


@action("call.closed", "setting", "Closed the public page on which organisations ask to join")
class CallClosed(Action):
    pass


@action("join.confirmed", "comment", "An organisation asked to join")
class JoinConfirmed(Action):
    request: str
    said: str
    """A keyed hash of what it said of itself, and of its address."""


@action("join.accepted", "decision", "Accepted the request of {who} to join")
class JoinAccepted(Action):
    request: str
    invitation: str


@action("join.refused", "decision", "Declined the request of an organisation to join")
class JoinRefused(Action):
    request: str
    reason: str
    """A keyed hash of the coordinator's words."""


@action("join.expired", "setting", "A request to join ended with the letter")
class JoinExpired(Action):
    request: str
