"""The letter's machine, from the first draft to the office."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from workflow.languages import joined
from workflow.states.machine import Need, Step, Table

BEFORE_APPROVAL = ("drafting", "in_review", "sign_off")
"""Its text and its co-signers are not settled yet."""

WITH_COSIGNERS = ("in_review", "sign_off")
"""Its text is before the co-signers, who are to say something of it."""

SIGNABLE = ("sign_off",)
"""Its text can be signed."""

FROZEN = ("in_review", "sign_off", "approved")
"""Its text stands as it was frozen, and can still be revised."""

CHANGEABLE = ("drafting", "in_review", "sign_off", "approved")
"""It has not left; how it is printed, and its terms, can be changed."""

CLOSED = ("sending", "sent", "withdrawn")
"""Nothing of it changes any more."""

WITHDRAWN = ("withdrawn",)
"""It ended without being sent."""

STAGES = {"drafting": 0, "in_review": 1, "sign_off": 2, "approved": 3, "sending": 4, "sent": 4}
"""How far each state is on the way of a letter: draft, review, signatures, final check, sent."""


def N_(message: str) -> str:
    """Mark words that are translated elsewhere."""
    return message


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFacts:
    """What a step of a letter depends on."""

    text: bool = False
    recipients: int = 0
    unaddressed: tuple[str, ...] = ()
    invitations: int = 0
    reason: str = ""
    missing: tuple[str, ...] = ()
    """Required organisations without a sign-off that counts."""
    signed: int = 0
    minimum: int = 1
    asked: int = 0
    to_ask: int = 0
    """How many have been brought up to the text so far, of how many, while it is still being put before them."""
    sent: bool = False
    documents: bool = False
    previewed: bool = False
    outstanding: tuple[str, ...] = ()
    """Recipients whose delivery is not accepted yet."""
    past_deadline: bool = False
    turned: bool = False
    """The text holds characters that make it read in another order than it stands in."""


@Need
def _has_text(facts: LetterFacts) -> str | None:
    return None if facts.text else "Write the text of the letter first."


@Need
def _reads_as_it_stands(facts: LetterFacts) -> str | None:
    if not facts.turned:
        return None
    return "The text has hidden characters that change the order of words. Save the draft again to remove them."


@Need
def _has_recipients(facts: LetterFacts) -> str | None:
    return None if facts.recipients else "Add a recipient."


@Need
def _has_addresses(facts: LetterFacts) -> str | None:
    if not facts.unaddressed:
        return None
    return f"Add an email address for {joined(facts.unaddressed)}."


@Need
def _has_invitations(facts: LetterFacts) -> str | None:
    return None if facts.invitations else "Add at least one co-signer."


@Need
def _has_time(facts: LetterFacts) -> str | None:
    return "The deadline has passed. Set a new one first." if facts.past_deadline else None


@partial(Need, asked_on_form="reason")
def _has_reason(facts: LetterFacts) -> str | None:
    if facts.reason.strip():
        return None
    return "Enter a reason. Co-signers will see it."


@Need
def _has_required(facts: LetterFacts) -> str | None:
    if not facts.missing:
        return None
    return f"{joined(facts.missing)} must sign before you can close signing."


@Need
def _has_minimum(facts: LetterFacts) -> str | None:
    if facts.signed >= facts.minimum:
        return None
    needed = "1 signature is" if facts.minimum == 1 else f"{facts.minimum} signatures are"
    return f"At least {needed} needed; {facts.signed or 'none'} so far."


@Need
def _is_before_everybody(facts: LetterFacts) -> str | None:
    if not facts.to_ask:
        return None
    return f"The co-signers are still being written to: {facts.asked:,} of {facts.to_ask:,} so far. Wait a moment."


@Need
def _nothing_sent(facts: LetterFacts) -> str | None:
    return "The letter has already been emailed." if facts.sent else None


@Need
def _has_documents(facts: LetterFacts) -> str | None:
    return None if facts.documents else "The documents aren’t ready yet. Wait a moment."


@partial(Need, asked_on_form="looked")
def _has_been_previewed(facts: LetterFacts) -> str | None:
    if facts.previewed:
        return None
    return "Open the document as it is now, check it, then tick the box."


@Need
def _all_accepted(facts: LetterFacts) -> str | None:
    if not facts.outstanding:
        return None
    return f"Not delivered yet: {joined(facts.outstanding)}."


_CIRCULABLE = (_has_text, _reads_as_it_stands, _has_recipients, _has_addresses, _has_invitations, _has_time)
_SIGNED = (_has_required, _has_minimum)

LETTER = Table(
    subject="letter",
    steps=(
        Step("circulate", ("drafting",), "in_review", _CIRCULABLE),
        Step("open_sign_off", ("drafting", "in_review"), "sign_off", _CIRCULABLE),
        Step("revise", ("in_review", "sign_off", "approved"), "drafting", (_has_reason,)),
        Step("approve", ("sign_off",), "approved", (*_SIGNED, _is_before_everybody)),
        Step("reopen", ("approved",), "sign_off", (_nothing_sent,)),
        Step("dispatch", ("approved",), "sending", (*_SIGNED, _has_documents, _has_been_previewed)),
        Step("confirm", ("sending",), "sent", (_all_accepted,)),
        Step("withdraw", ("drafting", "in_review", "sign_off", "approved"), "withdrawn", (_has_reason,)),
    ),
    labels={
        "drafting": N_("being drafted"),
        "in_review": N_("in review"),
        "sign_off": N_("open for sign-off"),
        "approved": N_("approved"),
        "sending": N_("being sent"),
        "sent": N_("sent"),
        "withdrawn": N_("withdrawn"),
    },
)
