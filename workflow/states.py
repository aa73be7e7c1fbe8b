"""
The three machines: letter, invitation, delivery. The tables below are the rules and their documentation.

Pure: a step takes facts and gives the next state or a refusal in words; it never reads or writes a database.
`python -m workflow.states` prints docs/states.md.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from transitions import Machine, MachineError

from workflow.errors import CodeNeededError, RefusedError
from workflow.languages import Message, Words, lazy_gettext
from workflow.letter import characters

Condition = Callable[[Any], Words | None]
"""Takes the facts; gives None when met, else the reason in a sentence; one that co-signers read can be translated."""


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a table: `trigger` leads from each of `sources` to `dest` when every need is met."""

    trigger: str
    sources: tuple[str, ...]
    dest: str
    needs: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One machine: what it is about, its states (the first is where it begins) and its steps."""

    thing: str
    states: tuple[str, ...]
    steps: tuple[Step, ...]
    past: Mapping[str, str]
    """How a state is said in a sentence: "The letter is {said}"."""

    @property
    def initial(self) -> str:
        """The state in which a new one begins."""
        return self.states[0]

    @property
    def triggers(self) -> tuple[str, ...]:
        """Every trigger once, in the order of the table."""
        return tuple(dict.fromkeys(step.trigger for step in self.steps))

    @property
    def moves(self) -> frozenset[tuple[str, str]]:
        """Every (from, to) pair that a step allows."""
        return frozenset((source, step.dest) for step in self.steps for source in step.sources)


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
    sent: bool = False
    documents: bool = False
    previewed: bool = False
    outstanding: tuple[str, ...] = ()
    """Recipients whose delivery is not accepted yet."""
    past_deadline: bool = False
    turned: bool = False
    """The text holds characters that make it read in another order than it stands in."""


def N_(message: str) -> str:
    """Mark words that are translated elsewhere."""
    return message


def _has_text(facts: LetterFacts) -> str | None:
    return None if facts.text else "The letter has no text yet. Write it first."


def _reads_as_it_stands(facts: LetterFacts) -> str | None:
    if not facts.turned:
        return None
    return "The text holds characters that turn the order of words. Save the draft again: they are taken out."


def _has_recipients(facts: LetterFacts) -> str | None:
    return None if facts.recipients else "The letter has no recipient yet. Say to whom it goes."


def _has_addresses(facts: LetterFacts) -> str | None:
    if not facts.unaddressed:
        return None
    return f"An email address is missing for {_and(facts.unaddressed)}."


def _has_invitations(facts: LetterFacts) -> str | None:
    return None if facts.invitations else "No organisation is invited yet. Add at least one co-signer."


def _has_time(facts: LetterFacts) -> str | None:
    return "The deadline has passed. Set a new one first." if facts.past_deadline else None


def _has_reason(facts: LetterFacts) -> str | None:
    if facts.reason.strip():
        return None
    return "Give a reason: it goes on the record and the co-signers read it."


def _has_required(facts: LetterFacts) -> str | None:
    if not facts.missing:
        return None
    return f"Still to sign: {_and(facts.missing)}. Their sign-off is required."


def _has_minimum(facts: LetterFacts) -> str | None:
    if facts.signed >= facts.minimum:
        return None
    return f"{facts.signed} of at least {facts.minimum} organisations have signed this text."


def _nothing_sent(facts: LetterFacts) -> str | None:
    return "A mail with the letter has already left." if facts.sent else None


def _has_documents(facts: LetterFacts) -> str | None:
    return None if facts.documents else "The documents are still being made. Wait a moment."


def _has_been_previewed(facts: LetterFacts) -> str | None:
    if facts.previewed:
        return None
    return "Look at the document as it will be sent, and tick that you have."


def _all_accepted(facts: LetterFacts) -> str | None:
    if not facts.outstanding:
        return None
    return f"Not accepted yet by the mail server of {_and(facts.outstanding)}."


_CIRCULABLE = (_has_text, _reads_as_it_stands, _has_recipients, _has_addresses, _has_invitations, _has_time)
_SIGNED = (_has_required, _has_minimum)

LETTER = Table(
    thing="letter",
    states=("drafting", "in_review", "sign_off", "approved", "sending", "sent", "withdrawn"),
    steps=(
        Step("circulate", ("drafting",), "in_review", _CIRCULABLE),
        Step("open_sign_off", ("drafting", "in_review"), "sign_off", _CIRCULABLE),
        Step("revise", ("in_review", "sign_off", "approved"), "drafting", (_has_reason,)),
        Step("approve", ("sign_off",), "approved", _SIGNED),
        Step("reopen", ("approved",), "sign_off", (_nothing_sent,)),
        Step("dispatch", ("approved",), "sending", (*_SIGNED, _has_documents, _has_been_previewed)),
        Step("confirm", ("sending",), "sent", (_all_accepted,)),
        Step("withdraw", ("drafting", "in_review", "sign_off", "approved"), "withdrawn", (_has_reason,)),
    ),
    past={
        "drafting": N_("being drafted"),
        "in_review": N_("in review"),
        "sign_off": N_("open for sign-off"),
        "approved": N_("approved"),
        "sending": N_("being sent"),
        "sent": N_("sent"),
        "withdrawn": N_("withdrawn"),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationFacts:
    """What a step of an invitation depends on."""

    letter_state: str = "sign_off"
    digest_shown: str = ""
    """The digest of the text that the person had before their eyes."""
    digest_now: str = ""
    """The digest of the text that is open for sign-off."""
    counts: bool = False
    """Whether there is a sign-off by this organisation for the current text."""
    name: str = ""
    name_before: str = ""
    """Whose name a confirmation must repeat; empty where there is no sign-off to confirm."""
    confirms: bool = False
    """It confirms the organisation's sign-off for an earlier text, and needs no tick."""
    title: str = ""
    authorised: bool = False
    """The tick was set."""
    past_deadline: bool = False
    code_missing: bool = False
    """The campaign asks for a code by mail, and none was redeemed."""
    correction: bool = False
    """Sign-off was opened for a small correction, and has been open since."""
    rule_agreed: bool = False
    """The last sign-off by hand was given under the campaign's rule for small corrections."""
    contact_kept: bool = True
    """Nobody else has changed the organisation's contact since that sign-off."""
    small: bool = False
    """The text is a small correction of the very text that was signed by hand."""
    silent: bool = True
    """The organisation has said nothing of this text."""
    told: bool = False
    """Its mail server accepted the mail that told it of this correction, and has not returned it."""
    objections_over: bool = False
    """It has had the hours that it agreed to, from then on."""


def _open_for_sign_off(facts: InvitationFacts) -> Message | None:
    if facts.letter_state == "sign_off":
        return None
    return lazy_gettext(
        "The letter is %(state)s, so it cannot be signed now.", state=Message(LETTER.past[facts.letter_state])
    )


def _before_deadline(facts: InvitationFacts) -> Message | None:
    return lazy_gettext("The deadline has passed. Ask the coordinator for more time.") if facts.past_deadline else None


def _time_is_left(facts: InvitationFacts) -> str | None:
    return "The deadline has passed. Set a new one, then ask again." if facts.past_deadline else None


def _deadline_over(facts: InvitationFacts) -> str | None:
    return None if facts.past_deadline else "The deadline has not passed yet."


def _text_is_current(facts: InvitationFacts) -> Message | None:
    if facts.digest_now and facts.digest_shown == facts.digest_now:
        return None
    return lazy_gettext("The text has changed since this page was opened. Read the new text, then decide.")


def _signatory_named(facts: InvitationFacts) -> Message | None:
    if characters.is_name(facts.name):
        return None
    return lazy_gettext("Type the name of the person who signs, as it will be printed.")


def _name_is_repeated(facts: InvitationFacts) -> Message | None:
    if not (facts.confirms and facts.name_before) or _folded(facts.name) == _folded(facts.name_before):
        return None
    return lazy_gettext("Type the name as it stands on the letter: %(name)s.", name=facts.name_before)


def _folded(name: str) -> str:
    return " ".join(characters.naming(name).casefold().split())


def _authority_claimed(facts: InvitationFacts) -> Message | None:
    claimed = facts.name_before if facts.confirms else facts.authorised
    return None if claimed else lazy_gettext("Tick that you are authorised to sign for your organisation.")


CODE_MISSING = lazy_gettext("Type the six digits that were mailed to you.")


def _code_given(facts: InvitationFacts) -> Message | None:
    return CODE_MISSING if facts.code_missing else None


def _still_answerable(facts: InvitationFacts) -> Message | None:
    if facts.letter_state in ("in_review", "sign_off"):
        return None
    return lazy_gettext(
        "The letter is %(state)s, so this answer cannot be changed now.", state=Message(LETTER.past[facts.letter_state])
    )


def _not_dispatched(facts: InvitationFacts) -> Message | None:
    if facts.letter_state in ("sending", "sent", "withdrawn"):
        return lazy_gettext(
            "The letter is %(state)s; a sign-off can be retracted until dispatch only.",
            state=Message(LETTER.past[facts.letter_state]),
        )
    return None


def _sign_off_is_for_another_text(facts: InvitationFacts) -> str | None:
    return "The sign-off is for the current text and still counts." if facts.counts else None


def _sign_off_counts(facts: InvitationFacts) -> str | None:
    if facts.counts:
        return None
    return "There is no sign-off of this organisation for the current text."


def _opened_as_correction(facts: InvitationFacts) -> str | None:
    return None if facts.correction else "Sign-off is not open for a small correction."


def _rule_was_agreed_to(facts: InvitationFacts) -> str | None:
    if facts.rule_agreed:
        return None
    return "This organisation has not agreed that its silence keeps it on a corrected text."


def _contact_is_the_same(facts: InvitationFacts) -> str | None:
    return None if facts.contact_kept else "The contact of this organisation was changed after it had signed."


def _correction_is_small(facts: InvitationFacts) -> str | None:
    if facts.small:
        return None
    return "The text is not a small correction of the one that this organisation itself signed."


def _was_silent(facts: InvitationFacts) -> str | None:
    return None if facts.silent else "This organisation has said something of this text, so it is asked for an answer."


def _was_told(facts: InvitationFacts) -> str | None:
    return None if facts.told else "The mail with the correction has not reached this organisation."


def _objections_are_over(facts: InvitationFacts) -> str | None:
    return None if facts.objections_over else "The time to object that this organisation agreed to has not passed."


def _letter_is_open(facts: InvitationFacts) -> str | None:
    if facts.letter_state in ("sending", "sent", "withdrawn"):
        return f"The letter is {LETTER.past[facts.letter_state]}."
    return None


INVITATION = Table(
    thing="invitation",
    states=("invited", "signed", "to_confirm", "declined", "lapsed", "revoked", "retracted"),
    steps=(
        Step(
            "sign",
            ("invited", "to_confirm", "retracted"),
            "signed",
            (
                _open_for_sign_off,
                _before_deadline,
                _text_is_current,
                _signatory_named,
                _name_is_repeated,
                _authority_claimed,
                _code_given,
            ),
        ),
        Step("decline", ("invited", "to_confirm"), "declined", (_still_answerable, _code_given)),
        Step("supersede", ("signed",), "to_confirm", (_sign_off_is_for_another_text,)),
        Step("restore", ("to_confirm",), "signed", (_sign_off_counts,)),
        Step(
            "stay",
            ("to_confirm",),
            "signed",
            (
                _open_for_sign_off,
                _opened_as_correction,
                _text_is_current,
                _rule_was_agreed_to,
                _contact_is_the_same,
                _correction_is_small,
                _was_silent,
                _was_told,
                _objections_are_over,
            ),
        ),
        Step("retract", ("signed",), "retracted", (_not_dispatched, _code_given)),
        Step("lapse", ("invited",), "lapsed", (_deadline_over,)),
        Step("revoke", ("invited", "to_confirm"), "revoked", (_letter_is_open,)),
        Step("reinvite", ("declined", "lapsed", "revoked"), "invited", (_letter_is_open, _time_is_left)),
    ),
    past={
        "invited": "invited",
        "signed": "signed",
        "to_confirm": "to be confirmed",
        "declined": "declined",
        "lapsed": "lapsed",
        "revoked": "revoked",
        "retracted": "retracted",
    },
)


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


def _is_due(facts: DeliveryFacts) -> str | None:
    return None if facts.due else "Its time has not come yet."


def _is_wanted(facts: DeliveryFacts) -> str | None:
    return None if facts.wanted else "The letter has moved on; this mail is not to be sent any more."


def _lease_is_held(facts: DeliveryFacts) -> str | None:
    return None if facts.lease_held else "Another worker has taken this mail over."


def _lease_held_or_expired(facts: DeliveryFacts) -> str | None:
    if facts.lease_held or facts.lease_expired:
        return None
    return "Another worker is sending this mail."


def _may_be_repeated(facts: DeliveryFacts) -> str | None:
    if facts.once and not facts.by_person:
        return "The letter to an office is sent again by a person only."
    return None


def _settled_by_person(facts: DeliveryFacts) -> str | None:
    return None if facts.lease_held or facts.by_person else "Only a person can settle this."


DELIVERY = Table(
    thing="delivery",
    states=(
        "queued",
        "sending",
        "handed_over",
        "accepted",
        "deferred",
        "rejected",
        "uncertain",
        "bounced",
        "cancelled",
    ),
    steps=(
        Step("claim", ("queued", "deferred"), "sending", (_is_due,)),
        Step("hand_over", ("sending",), "handed_over", (_lease_is_held, _is_wanted)),
        Step("accept", ("handed_over", "uncertain"), "accepted", (_settled_by_person,)),
        Step("defer", ("sending", "handed_over"), "deferred", (_lease_held_or_expired,)),
        Step("reject", ("sending", "handed_over"), "rejected", (_lease_is_held,)),
        Step("lose", ("handed_over",), "uncertain", (_lease_held_or_expired,)),
        Step("requeue", ("uncertain",), "queued", (_may_be_repeated,)),
        Step("bounce", ("accepted",), "bounced"),
        Step("cancel", ("queued", "deferred"), "cancelled"),
    ),
    past={
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

TABLES = (LETTER, INVITATION, DELIVERY)


def fire(table: Table, state: str, trigger: str, facts: object) -> str:
    """
    Take one step and return the state it leads to.

    Raises `RefusedError` with every reason when the step is not in the table for this state or a need is not met.
    """
    subject = _Subject(state)
    try:
        _machine(table).events[trigger].trigger(subject, facts=facts)
    except (MachineError, KeyError):
        raise RefusedError(_wrong_state(table, state, trigger)) from None
    return subject.state


@functools.cache
def _machine(table: Table) -> Machine:
    """Return the one machine of a table; it keeps nothing of what it moves."""
    return Machine(
        model=None,
        states=list(table.states),
        initial=table.initial,
        transitions=[_row(step) for step in table.steps],
        auto_transitions=False,
        send_event=True,
    )


def refusals(table: Table, state: str, trigger: str, facts: object) -> tuple[Words, ...]:
    """Return why a step is refused now, in sentences; empty when it may be taken."""
    try:
        fire(table, state, trigger, facts)
    except RefusedError as refused:
        return refused.reasons
    return ()


@dataclass(slots=True)
class _Subject:
    """What a machine moves: it lives for one step and is thrown away."""

    state: str


def _row(step: Step) -> dict[str, Any]:
    def allowed(event: Any) -> bool:
        reasons = tuple(reason for need in step.needs if (reason := need(event.kwargs["facts"])))
        if reasons:
            raise CodeNeededError(*reasons) if reasons == (CODE_MISSING,) else RefusedError(*reasons)
        return True

    return {
        "trigger": step.trigger,
        "source": list(step.sources),
        "dest": step.dest,
        "conditions": [allowed],
    }


def _wrong_state(table: Table, state: str, trigger: str) -> str:
    sources = [source for step in table.steps if step.trigger == trigger for source in step.sources]
    if not sources:
        return f"There is no step called {trigger} for this {table.thing}."
    said = " or ".join(table.past[source] for source in sources)
    return f"This {table.thing} is {table.past[state]}; that step is for one that is {said}."


def _and(names: tuple[str, ...]) -> str:
    if len(names) == 1:
        return names[0]
    return f"{', '.join(names[:-1])} and {names[-1]}"


def mermaid(table: Table) -> str:
    """Return the table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {table.initial}"]
    for step in table.steps:
        lines.extend(f"    {source} --> {step.dest}: {step.trigger}" for source in step.sources)
    leaving = {source for source, _ in table.moves}
    lines.extend(f"    {state} --> [*]" for state in table.states if state not in leaving)
    return "\n".join(lines)


def document() -> str:
    """Return docs/states.md: each machine as a diagram and a table, with its conditions."""
    parts = ["# The three machines\n\nGenerated by `make diagrams` from `workflow/states.py`; do not edit.\n"]
    for table in TABLES:
        parts.append(f"## {table.thing.capitalize()}\n\n```mermaid\n{mermaid(table)}\n```\n")
        parts.append("| trigger | from | to | only when |\n| --- | --- | --- | --- |")
        for step in table.steps:
            needs = ", ".join(need.__name__.strip("_").replace("_", " ") for need in step.needs)
            parts.append(f"| {step.trigger} | {', '.join(step.sources)} | {step.dest} | {needs} |")
        parts.append("")
    return "\n".join(parts)


if __name__ == "__main__":
    print(document(), end="")
