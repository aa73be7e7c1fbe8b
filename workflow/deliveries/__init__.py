"""
Deliveries: one mail to one address, from the act that makes it necessary to the server's answer.

Each function is one step in the caller's transaction, of many mails where there are many. Nothing here talks to a mail
server. Of a mail that a machine sends once each step is an entry in the letter's history; of others the history tells
what was queued and what was answered, and the row by whom they were claimed and marked when.
"""

from workflow.deliveries.cancelled import (
    cancel_all,
    cancel_all_to,
    cancel_asks,
    cancel_kind,
    cancel_of,
    cancel_one,
    cancel_reminders,
    cancel_to_contact,
    cancel_to_coordinator,
    cancel_unwanted,
    has_unwanted,
)
from workflow.deliveries.rows import MANY
from workflow.deliveries.sending import Lease, claim, due, expired, mark_and_report, put_back, release, with_work
from workflow.deliveries.settled import bounce, repeat, send_again, settle_as_sent, step, unbounce, uncertain
from workflow.pace import pause, stalled

__all__ = [
    "MANY",
    "Lease",
    "bounce",
    "cancel_all",
    "cancel_all_to",
    "cancel_asks",
    "cancel_kind",
    "cancel_of",
    "cancel_one",
    "cancel_reminders",
    "cancel_to_contact",
    "cancel_to_coordinator",
    "cancel_unwanted",
    "claim",
    "due",
    "expired",
    "has_unwanted",
    "mark_and_report",
    "pause",
    "put_back",
    "release",
    "repeat",
    "send_again",
    "settle_as_sent",
    "stalled",
    "step",
    "unbounce",
    "uncertain",
    "with_work",
]
