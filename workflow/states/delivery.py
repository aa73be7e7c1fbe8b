"""The machine of a delivery: one mail to one address."""

from __future__ import annotations

from dataclasses import dataclass

from workflow.states.machine import Need, Step, Table

WAITING = ("queued", "deferred")
"""It leaves when its time comes."""

CLAIMED = ("sending",)
"""A worker has it in its hands, and the mail server has not: it can be let go of as if nothing had been."""

LOST = ("uncertain",)
"""Nobody knows whether it arrived."""

ACCEPTED = ("accepted",)
"""The mail server has it."""

LEASED = (*CLAIMED, "handed_over")
"""A worker has it in its hands."""

LEFT = ("sending", "handed_over", "accepted", "rejected", "uncertain", "bounced")
"""A worker has taken it up: it may have reached a mail server."""

UNSETTLED = (*WAITING, *LEASED, "uncertain")
"""It may still be sent, or sent again."""

ANSWERABLE = ("sending", "handed_over", "uncertain")
"""What a mail server answers can still be recorded."""

UNDER_WAY = ("queued", "sending", "handed_over")
"""It is about to leave, or has just left."""

RETURNED = ("rejected", "bounced")
"""It did not reach anybody, and does not by itself."""

BOUNCED = ("bounced",)
"""The mail server took it, and sent it back."""

MAY_COME_BACK = ("accepted", "uncertain")
"""A mail server has it, or may have it."""

UNDECIDED = ("uncertain", *RETURNED)
"""A person has to decide about it, where it is the letter to an office."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFacts:
    """What a step of a delivery depends on."""

    due: bool = True
    lease_held: bool = True
    """The worker that reports is the one that holds the lease, by its epoch."""
    lease_expired: bool = False
    wanted: bool = True
    """The letter is still in the state for which this mail was written."""
    once: bool = False
    """The letter to an office: never sent again by a machine."""
    by_person: bool = False


@Need
def _is_due(facts: DeliveryFacts) -> str | None:
    return None if facts.due else "Its time has not come yet."


@Need
def _is_wanted(facts: DeliveryFacts) -> str | None:
    return None if facts.wanted else "The letter has moved on, so this email is no longer sent."


@Need
def _lease_is_held(facts: DeliveryFacts) -> str | None:
    return None if facts.lease_held else "Another worker has taken over this email."


@Need
def _lease_held_or_expired(facts: DeliveryFacts) -> str | None:
    if facts.lease_held or facts.lease_expired:
        return None
    return "Another worker is sending this email."


@Need
def _may_be_repeated(facts: DeliveryFacts) -> str | None:
    if facts.once and not facts.by_person:
        return "Only a person can send the letter to a recipient again."
    return None


@Need
def _settled_by_person(facts: DeliveryFacts) -> str | None:
    return None if facts.lease_held or facts.by_person else "Only a person can settle this."


DELIVERY = Table(
    subject="delivery",
    steps=(
        Step("claim", ("queued", "deferred"), "sending", (_is_due,)),
        Step("hand_over", ("sending",), "handed_over", (_lease_is_held, _is_wanted)),
        Step("accept", ("handed_over", "uncertain"), "accepted", (_settled_by_person,)),
        Step("defer", ("sending", "handed_over"), "deferred", (_lease_held_or_expired,)),
        Step("reject", ("sending", "handed_over"), "rejected", (_lease_is_held,)),
        Step("lose", ("handed_over",), "uncertain", (_lease_held_or_expired,)),
        Step("requeue", ("uncertain",), "queued", (_may_be_repeated,)),
        Step("bounce", ("accepted", "uncertain"), "bounced"),
        Step("unbounce", ("bounced",), "accepted", (_settled_by_person,)),
        Step("cancel", ("queued", "deferred"), "cancelled"),
    ),
    labels={
        "queued": "waiting to be sent",
        "sending": "being sent",
        "handed_over": "handed over, no answer yet",
        "accepted": "accepted by the mail server",
        "deferred": "put off by the mail server, to be tried again",
        "rejected": "refused by the mail server",
        "uncertain": "sent, but the answer was lost",
        "bounced": "returned",
        "cancelled": "cancelled",
    },
)
