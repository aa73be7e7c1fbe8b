"""The letter's machine, from the first draft to the office."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from workflow.languages import Listed, Message, lazy_gettext, lazy_ngettext
from workflow.states.machine import Need, Step, Table

BEFORE_APPROVAL = ("drafting", "in_review", "sign_off")
"""Its text and its co-signers are not settled yet."""

DRAFTED = ("drafting",)
"""Its text is being written, or written anew."""

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

GONE_OUT = ("sending", "sent")
"""It has left for its recipients."""

SETTLED = ("approved", *GONE_OUT)
"""Who stands on it is settled, or it has left."""

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
def _has_text(facts: LetterFacts) -> Message | None:
    return None if facts.text else lazy_gettext("Write the text of the letter first.")


@Need
def _reads_as_it_stands(facts: LetterFacts) -> Message | None:
    if not facts.turned:
        return None
    return lazy_gettext(
        "The text has hidden characters that change the order of words. Save the draft again to remove them."
    )


@Need
def _has_recipients(facts: LetterFacts) -> Message | None:
    return None if facts.recipients else lazy_gettext("Add a recipient.")


@Need
def _has_addresses(facts: LetterFacts) -> Message | None:
    if not facts.unaddressed:
        return None
    return lazy_gettext("Add an email address for %(recipient)s.", recipient=Listed(facts.unaddressed))


@Need
def _has_invitations(facts: LetterFacts) -> Message | None:
    return None if facts.invitations else lazy_gettext("Add at least one co-signer.")


@Need
def _has_time(facts: LetterFacts) -> Message | None:
    return lazy_gettext("The deadline has passed. Set a new one first.") if facts.past_deadline else None


@partial(Need, asked_on_form="reason")
def _has_reason(facts: LetterFacts) -> Message | None:
    if facts.reason.strip():
        return None
    return lazy_gettext("Enter a reason. Co-signers will see it.")


@Need
def _has_required(facts: LetterFacts) -> Message | None:
    if not facts.missing:
        return None
    return lazy_gettext("%(names)s must sign before you can close signing.", names=Listed(facts.missing))


@Need
def _has_minimum(facts: LetterFacts) -> Message | None:
    if facts.signed >= facts.minimum:
        return None
    so_far = str(facts.signed) if facts.signed else lazy_gettext("none")
    return lazy_ngettext(
        "At least %(num)s signature is needed; %(signed)s so far.",
        "At least %(num)s signatures are needed; %(signed)s so far.",
        facts.minimum,
        signed=so_far,
    )


@Need
def _is_before_everybody(facts: LetterFacts) -> Message | None:
    if not facts.to_ask:
        return None
    return lazy_gettext(
        "The co-signers are still being written to: %(asked)s of %(all)s so far. Wait a moment.",
        asked=f"{facts.asked:,}",
        all=f"{facts.to_ask:,}",
    )


@Need
def _nothing_sent(facts: LetterFacts) -> Message | None:
    return lazy_gettext("The letter has already been emailed.") if facts.sent else None


@Need
def _has_documents(facts: LetterFacts) -> Message | None:
    return None if facts.documents else lazy_gettext("The documents aren’t ready yet. Wait a moment.")


@partial(Need, asked_on_form="looked")
def _has_been_previewed(facts: LetterFacts) -> Message | None:
    if facts.previewed:
        return None
    return lazy_gettext("Open the document as it is now, check it, then tick the box.")


@Need
def _all_accepted(facts: LetterFacts) -> Message | None:
    if not facts.outstanding:
        return None
    return lazy_gettext("Not delivered yet: %(names)s.", names=Listed(facts.outstanding))


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
