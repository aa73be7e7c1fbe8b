"""The mails as a verifier reads them: a record that somebody forged does not hold, what was issued does."""

from __future__ import annotations

import pytest

from workflow.states import DELIVERY
from workflow.verify.entries import Entry
from workflow.verify.mails import MAIL_STEPS, Mails

QUEUED, CLAIMED, HANDED = "delivery.queued", "delivery.claim", "delivery.hand_over"
ACCEPTED, LOST, REQUEUED = "delivery.accept", "delivery.lose", "delivery.requeue"


def faults(*told, kind="letter"):
    """What is found in a log that tells these steps of one mail; each an action, or an action and what else it says."""
    mails, found = Mails(), []
    for number, one in enumerate(told):
        action, more = (one, {}) if isinstance(one, str) else one
        about = {"delivery": "d", "kind": kind, **{key: value for key, value in more.items() if key != "role"}}
        entry = Entry(number, "l", "2026-11-26T12:00:00.000000Z", action, about, None, more.get("role", "system"))
        found += mails.apply(entry)
    return found


def test_the_verifier_knows_every_step_of_the_machine():
    assert {trigger: (step.sources, step.dest) for step in DELIVERY.steps for trigger in [step.trigger]} == MAIL_STEPS


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("letter", (QUEUED, CLAIMED, HANDED, ACCEPTED)),
        ("letter", (QUEUED, CLAIMED, HANDED, LOST, (REQUEUED, {"role": "coordinator"}), CLAIMED, HANDED, ACCEPTED)),
        ("letter", (QUEUED, CLAIMED, HANDED, LOST, (ACCEPTED, {"role": "coordinator"}))),
        ("letter", (QUEUED, CLAIMED, "delivery.defer", CLAIMED, HANDED, "delivery.reject")),
        ("invitation", (QUEUED, ACCEPTED, "delivery.bounce")),
        ("invitation", (QUEUED, "delivery.defer", (ACCEPTED, {"mime": "a"}))),
        ("invitation", (QUEUED, (LOST, {"mime": "a"}), REQUEUED, (ACCEPTED, {"mime": "a"}))),
        ("invitation", (QUEUED, CLAIMED, (HANDED, {"mime": "a"}), (ACCEPTED, {"mime": "a"}))),
        ("invitation", (QUEUED, CLAIMED, "delivery.cancel")),
    ],
)
def test_what_the_product_records_or_has_recorded_holds(kind, told):
    assert faults(*told, kind=kind) == []


@pytest.mark.parametrize(
    ("kind", "told", "said"),
    [
        ("invitation", (ACCEPTED,), "never queued"),
        ("invitation", (QUEUED, QUEUED), "queued before"),
        ("invitation", (QUEUED, "delivery.cancel", ACCEPTED), "that was cancelled"),
        ("invitation", (QUEUED, ACCEPTED, ACCEPTED), "that was accepted"),
        ("invitation", (QUEUED, "delivery.bounce"), "that was queued"),
        ("invitation", (QUEUED, ("delivery.defer", {"mime": "a"}), (ACCEPTED, {"mime": "b"})), "other bytes"),
        ("invitation", (QUEUED, (ACCEPTED, {"kind": "receipt"})), "another kind"),
        ("letter", (QUEUED, ACCEPTED), "that was queued"),
        ("letter", (QUEUED, CLAIMED, ACCEPTED), "that was sending"),
        ("letter", (QUEUED, CLAIMED, HANDED, HANDED), "that was handed over"),
        ("letter", (QUEUED, CLAIMED, HANDED, LOST, REQUEUED), "only a person"),
        ("letter", (QUEUED, CLAIMED, HANDED, ACCEPTED, CLAIMED), "that was accepted"),
    ],
)
def test_a_forged_record_is_found(kind, told, said):
    found = faults(*told, kind=kind)

    assert len(found) == 1 and said in found[0]
