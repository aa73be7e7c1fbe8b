"""Deadlines as a verifier reads them: who lapses before one, or revives without a later one, is found."""

from __future__ import annotations

import pytest

from tests.support.forging import findings, resigned

PAST, LATER, FAR = (f"2026-11-23T2{hour}:00:05.000000Z" for hour in (1, 2, 3))
WAITING = "D"


def terms(deadline, **more):
    return ("campaign.terms", {"deadline": deadline, "minimum": 1, **more})


def of(what, **more):
    return (f"invitation.{what}", {"invitation": WAITING, **more})


CLOCK = ("clock.jumped", {"seconds": 9999})
EXTENDED = ("deadline.extended", {"before": PAST, "deadline": FAR})
OWN = of("deadline", deadline=FAR, role="coordinator")
ONCE = {"at_deadline": "extend", "extend_days": 2}


def lived(*steps):
    """What is found where an organisation that has not signed lives these steps, told and signed by the operator."""

    def change(told, signed):
        told.add("letter.reopen")
        told.invite(WAITING)
        for action, about in steps:
            told.add(action, **about)

    return findings(resigned(change))


@pytest.mark.parametrize(
    "steps",
    [
        (of("lapse"),),
        (terms(PAST), of("lapse")),
        (terms(PAST), of("lapse"), terms(FAR), of("reinvite")),
        (terms(PAST), of("lapse"), terms(None), of("reinvite")),
        (terms(PAST), of("lapse"), OWN, of("reinvite")),
        (terms(PAST), of("lapse"), CLOCK, of("reinvite")),
        (terms(PAST, **ONCE), EXTENDED),
        (terms(PAST, at_deadline="ask"), ("deadline.came", {"deadline": PAST}), terms(PAST), of("lapse")),
    ],
)
def test_what_the_product_records_or_has_recorded_holds(steps):
    assert lived(*steps) == ""


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ((terms(LATER), of("lapse")), f"its deadline, {LATER}, had not come"),
        ((terms(None), of("lapse")), "its deadline, none, had not come"),
        ((terms(PAST), OWN, of("lapse")), f"its deadline, {FAR}, had not come"),
        ((terms(PAST, at_deadline="ask"), of("lapse")), "do not say that the deadline closes it"),
        ((terms(PAST, **ONCE), of("lapse")), "do not say that the deadline closes it"),
        ((terms(PAST, **ONCE), EXTENDED, of("lapse")), "had not come"),
        ((terms(PAST), of("lapse"), of("reinvite")), "without a later deadline"),
        ((terms(PAST), of("lapse"), terms(PAST), of("reinvite")), "without a later deadline"),
        ((terms(PAST), of("lapse"), terms(FAR), of("revive")), "no sign-off of that organisation was left to confirm"),
        ((of("revive"),), "records invitation.revive while the invitation was invited"),
        ((terms(PAST), EXTENDED), "the rules do not say so"),
        ((terms(PAST, **ONCE), EXTENDED, EXTENDED), "it was extended before"),
        ((terms(LATER, **ONCE), ("deadline.extended", {"deadline": FAR})), "before it had come"),
        ((terms(PAST, **ONCE), ("deadline.extended", {"deadline": PAST})), "to no later time"),
        ((of("deadline", deadline=FAR, role="cosigner"),), "which only a coordinator may do"),
        (
            (of("contact", invited=True, role="coordinator"), of("sign", digest="0" * 64, role="cosigner")),
            "does not say that a coordinator had changed its contact",
        ),
    ],
)
def test_a_forged_record_is_found(steps, said):
    assert said in lived(*steps)
