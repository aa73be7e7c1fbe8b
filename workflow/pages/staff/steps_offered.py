"""Which steps a letter's page offers: those ahead, the others, and why one cannot be taken yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from workflow import states
from workflow.campaigns import readers
from workflow.campaigns.corrections import Outlook
from workflow.languages import Message, Words, lazy_gettext, lazy_ngettext
from workflow.models import Letter
from workflow.states.machine import form

STEPS = {
    "circulate": (lazy_gettext("Send for review"), lazy_gettext("Co-signers get the text by email and can comment.")),
    "open_sign_off": (
        lazy_gettext("Ask for signatures"),
        lazy_gettext("Co-signers are emailed and asked to sign this version."),
    ),
    "approve": (lazy_gettext("Close signing"), lazy_gettext("No more signatures; we prepare the final documents.")),
    "dispatch": (lazy_gettext("Send to recipient"), lazy_gettext("Sends exactly the documents you checked.")),
    "reopen": (
        lazy_gettext("Reopen for signature"),
        lazy_gettext("Nothing has been sent yet; more organisations can sign."),
    ),
    "revise": (
        lazy_gettext("Edit the text"),
        lazy_gettext("Back to draft. Organisations that signed will have to confirm the new version."),
    ),
    "withdraw": (
        lazy_gettext("Cancel letter"),
        lazy_gettext("Nothing will be sent to the recipient. This can’t be undone."),
    ),
}
"""What each step is called, and what it does; the others are not taken on the page."""

AHEAD = {
    "drafting": ("circulate", "open_sign_off"),
    "in_review": ("open_sign_off",),
    "sign_off": ("approve",),
    "approved": ("dispatch",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A step as the page shows it."""

    trigger: str
    label: Message
    meaning: Message
    hindrances: tuple[Words, ...]
    """Why it cannot be taken yet."""
    told: tuple[Words, ...]
    """Those that the step before it has not told yet."""
    asks_reason: bool
    is_main: bool
    checked_first: bool
    """It emails more than one person: what it sends is shown before."""
    may_be_minor: bool
    """Whether it can be taken as a minor correction, for which silence counts."""
    emails: Words = ""
    """Whom it emails, and how many that is; empty: nobody, or that is shown before."""
    number: int | None = None
    """How many emails that is, which the step compares; None: that is shown before."""


EMAILS: Mapping[str, Callable[[int], Words]] = {
    "revise": lambda num: lazy_ngettext(
        "%(num)s person is emailed who has signed, with the reason.",
        "%(num)s people are emailed who have signed, with the reason.",
        num,
    ),
    "withdraw": lambda num: lazy_ngettext(
        "%(num)s person is emailed: everybody who was asked, with the reason.",
        "%(num)s people are emailed: everybody who was asked, with the reason.",
        num,
    ),
    "approve": lambda num: lazy_ngettext(
        "%(num)s person who has not signed this version is emailed that the letter goes without them.",
        "%(num)s people who have not signed this version are emailed that the letter goes without them.",
        num,
    ),
}
"""What a step tells besides, to how many."""


def with_emails(steps: tuple[Offered, ...], told: Mapping[str, int]) -> tuple[Offered, ...]:
    """Return steps with whom they email, where that is known."""
    known = ((step, told.get(step.trigger)) for step in steps)
    return tuple(
        step if number is None else replace(step, emails=emails(step.trigger, number), number=number)
        for step, number in known
    )


def emails(trigger: str, number: int) -> Words:
    """Return whom a step emails, and how many that is; empty: nobody."""
    return EMAILS[trigger](number) if number else ""


def ahead(letter: Letter, facts: states.LetterFacts, waiting: Sequence[Outlook]) -> tuple[Offered, ...]:
    """Return the steps that lead on, the likeliest first: who signed before needs no second review."""
    triggers = AHEAD.get(letter.state, ())[:: -1 if waiting else 1]
    minor = letter.is_draft and any(outlook.stays for outlook in waiting)
    steps = [_offered(letter, trigger, facts, trigger == triggers[0], minor) for trigger in triggers]
    known = steps[0].hindrances if steps else ()
    return (*steps[:1], *(replace(step, told=_besides(step.hindrances, known)) for step in steps[1:]))


def _besides(reasons: tuple[Words, ...], known: tuple[Words, ...]) -> tuple[Words, ...]:
    return tuple(reason for reason in reasons if reason not in known)


def others(letter: Letter, facts: states.LetterFacts) -> tuple[Offered, ...]:
    """Return the steps that lead back, or end the letter."""
    possible = (trigger for trigger in STEPS if letter.state in states.LETTER.sources(trigger))
    return tuple(_offered(letter, trigger, facts) for trigger in possible if trigger not in AHEAD.get(letter.state, ()))


def _offered(
    letter: Letter, trigger: str, facts: states.LetterFacts, is_main: bool = False, minor: bool = False
) -> Offered:
    label, meaning = STEPS[trigger]
    offered = form(states.LETTER, letter.state, trigger, facts)
    return Offered(
        trigger=trigger,
        label=label,
        meaning=meaning,
        hindrances=offered.reasons,
        told=offered.reasons,
        asks_reason="reason" in offered.asks,
        is_main=is_main,
        checked_first=trigger in readers.ACTS,
        may_be_minor=minor and trigger == "open_sign_off",
    )
