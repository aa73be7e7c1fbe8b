"""
One machine as a table: its states, its steps, and what each step needs.

`transitions` decides whether a step may be taken and where it leads (docs/adr/0002-transitions.md); the sentences that
say why not, all at once, are ours. Pure: facts in, a state or a refusal out.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from transitions import EventData, Machine, MachineError

from workflow.errors import RefusedError
from workflow.languages import Words


@dataclass(frozen=True, slots=True)
class Need:
    """A condition of a step, made of a function of the facts: it gives None when it is met, else the reason."""

    reason: Callable[[Any], Words | None]
    """The reason is a sentence for the person who asked; one that co-signers read can be translated."""
    asked_on_form: str = ""
    """The field of the step's own form that meets it: whoever sees the form cannot have met it yet."""
    error: type[RefusedError] = RefusedError
    """What is raised where nothing but this is missing."""

    @property
    def name(self) -> str:
        """What is needed, in a few words."""
        return str(self.reason.__name__).strip("_").replace("_", " ")

    def is_met(self, event: EventData) -> bool:
        """Answer the machine; the facts come with the event."""
        return self.reason(event.kwargs["facts"]) is None


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a table: `trigger` leads from each of `sources` to `dest` when every need is met."""

    trigger: str
    sources: tuple[str, ...]
    dest: str
    needs: tuple[Need, ...] = ()

    def unmet(self, facts: object) -> dict[Need, Words]:
        """Return the reasons of every need that is not met."""
        return {need: reason for need in self.needs if (reason := need.reason(facts)) is not None}


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One machine: what it is about, its states (the first is where it begins) and its steps."""

    subject: str
    steps: tuple[Step, ...]
    labels: Mapping[str, str]
    """Each state, in the order in which a letter meets them, and how it is said: "The letter is {label}"."""

    @property
    def states(self) -> tuple[str, ...]:
        """Every state."""
        return tuple(self.labels)

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

    @property
    def ends(self) -> tuple[str, ...]:
        """The states that nothing leads out of."""
        return tuple(state for state in self.states if state not in {source for source, _ in self.moves})

    def sources(self, trigger: str) -> tuple[str, ...]:
        """Return the states that a trigger leads from."""
        return tuple(source for step in self.steps if step.trigger == trigger for source in step.sources)

    def step(self, state: str, trigger: str) -> Step:
        """Return the step that a trigger is in a state; raises `RefusedError` where it is none."""
        found = next((step for step in self.steps if step.trigger == trigger and state in step.sources), None)
        if found is None:
            raise RefusedError(self._wrong_state(state, trigger))
        return found

    def _wrong_state(self, state: str, trigger: str) -> str:
        sources = self.sources(trigger)
        if not sources:
            return f"There is no step called {trigger} for this {self.subject}."
        said = " or ".join(self.labels[source] for source in sources)
        return f"This {self.subject} is {self.labels[state]}. This can only be done while it is {said}."


def fire(table: Table, state: str, trigger: str, facts: object) -> str:
    """
    Take one step and return the state it leads to.

    Raises `RefusedError` with every reason when the step is not in the table for this state or a need is not met.
    """
    subject = _Subject(state)
    event = _machine(table).events.get(trigger)
    try:
        taken = event is not None and event.trigger(subject, facts=facts)
    except MachineError:
        taken = False
    if not taken:
        raise _refusal(table.step(state, trigger).unmet(facts))
    return subject.state


def check_needs(step: Step, facts: object) -> None:
    """Raise `RefusedError` with the reason of every need of a step that is not met, whatever state it is asked in."""
    unmet = step.unmet(facts)
    if unmet:
        raise _refusal(unmet)


def _refusal(unmet: Mapping[Need, Words]) -> RefusedError:
    errors = {need.error for need in unmet}
    return (errors.pop() if len(errors) == 1 else RefusedError)(*unmet.values())


def refusals(table: Table, state: str, trigger: str, facts: object) -> tuple[Words, ...]:
    """Return why a step is refused now, in sentences; empty when it may be taken."""
    try:
        fire(table, state, trigger, facts)
    except RefusedError as refused:
        return refused.reasons
    return ()


@dataclass(frozen=True, slots=True)
class Form:
    """A step as a form offers it: what it asks for, and why the form cannot be sent whatever is filled in."""

    asks: tuple[str, ...]
    reasons: tuple[Words, ...]


def form(table: Table, state: str, trigger: str, facts: object) -> Form:
    """Return what a step's form asks for, and why it is closed; raises `RefusedError` for a step of other states."""
    step = table.step(state, trigger)
    return Form(
        tuple(need.asked_on_form for need in step.needs if need.asked_on_form),
        tuple(reason for need, reason in step.unmet(facts).items() if not need.asked_on_form),
    )


@dataclass(slots=True)
class _Subject:
    """What a machine moves: it lives for one step and is thrown away."""

    state: str


@functools.cache
def _machine(table: Table) -> Machine:
    """Return the one machine of a table; it keeps nothing of what it moves."""
    return Machine(model=None, **as_configuration(table))


def as_configuration(table: Table) -> dict[str, Any]:
    """Return a table as `transitions` takes it."""
    return {
        "states": list(table.states),
        "initial": table.initial,
        "transitions": [
            {
                "trigger": step.trigger,
                "source": list(step.sources),
                "dest": step.dest,
                "conditions": [need.is_met for need in step.needs],
            }
            for step in table.steps
        ],
        "auto_transitions": False,
        "send_event": True,
    }
