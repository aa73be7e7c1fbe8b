"""The tables of the three machines, and the machines themselves."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow import states
from workflow.errors import RefusedError
from workflow.states import DELIVERY, INVITATION, LETTER, DeliveryFacts, InvitationFacts, LetterFacts
from workflow.states.__main__ import document

READY = LetterFacts(text=True, recipients=1, invitations=1, signed=1, documents=True, previewed=True, reason="Because.")


@pytest.mark.parametrize("table", states.TABLES, ids=lambda table: table.subject)
def test_every_state_can_be_reached(table):
    reached = {table.initial}
    while True:
        more = {dest for source, dest in table.moves if source in reached} - reached
        if not more:
            break
        reached |= more

    assert reached == set(table.states)


@pytest.mark.parametrize("table", states.TABLES, ids=lambda table: table.subject)
def test_every_step_leads_between_states_that_can_be_said_in_a_sentence(table):
    assert {state for move in table.moves for state in move} <= set(table.labels)


def test_there_is_no_way_to_a_state_but_by_the_table():
    with pytest.raises(RefusedError, match="no step called to_sent"):
        states.fire(LETTER, "drafting", "to_sent", READY)


@given(st.sampled_from(LETTER.states), st.sampled_from(LETTER.triggers))
def test_a_step_leads_where_the_table_says_or_is_refused_in_words(state, trigger):
    rows = [step for step in LETTER.steps if step.trigger == trigger and state in step.sources]

    if rows:
        assert states.fire(LETTER, state, trigger, READY) == rows[0].dest
    else:
        assert str(states.refusals(LETTER, state, trigger, READY)[0]).endswith(".")


@pytest.mark.parametrize(
    ("trigger", "state", "facts", "said"),
    [
        ("circulate", "drafting", LetterFacts(), "Write the text of the letter first."),
        ("circulate", "drafting", LetterFacts(text=True), "Add a recipient."),
        (
            "circulate",
            "drafting",
            LetterFacts(text=True, recipients=1, unaddressed=("Jane Doe", "ACME"), invitations=1),
            "Add an email address for Jane Doe and ACME.",
        ),
        ("revise", "sign_off", LetterFacts(), "Enter a reason. Co-signers will see it."),
        ("reopen", "approved", LetterFacts(sent=True), "The letter has already been emailed."),
        ("confirm", "sending", LetterFacts(outstanding=("A",)), "Not delivered yet: A."),
    ],
)
def test_a_refused_step_says_what_to_do(trigger, state, facts, said):
    assert said in map(str, states.refusals(LETTER, state, trigger, facts))


def test_a_sign_off_needs_the_current_text_a_name_and_a_tick():
    blank = InvitationFacts(digest_shown="old", digest_now="new")

    assert len(states.refusals(INVITATION, "invited", "sign", blank)) == 3


MAY = {
    "sign": ("invited", {"name": "Person A", "authorised": True, "four_eyes": True, "confirmed": True}),
    "fulfil": ("invited", {"agreed_to": "text"}),
    "lapse": ("invited", {"past_deadline": True}),
    "revive": ("lapsed", {"stood": True}),
    "retract_late": ("signed", {"letter_state": "sent"}),
    "stay": (
        "to_confirm",
        {"correction": True, "rule_agreed": True, "small": True, "told": True, "objections_over": True},
    ),
}
BUT = {
    "sign": ({"confirmed": False}, {"on_letter": True}, {"lapsed": True}, {"letter_state": "sent"}),
    "fulfil": (
        *({"agreed_to": "another"}, {"agreed_to": ""}, {"by_two": True}, {"past_deadline": True}),
        {"letter_state": "in_review"},
    ),
    "lapse": ({"past_deadline": False}, {"kept_by_silence": True}),
    "revive": ({"stood": False}, {"past_deadline": True}, {"letter_state": "sent"}),
    "retract_late": ({"letter_state": "approved"}, {"code_missing": True}),
    "stay": (
        *({"correction": False}, {"rule_agreed": False}, {"small": False}, {"told": False}, {"objections_over": False}),
        *({"alone": True}, {"contact_kept": False}, {"silent": False}, {"letter_state": "approved"}),
    ),
}


@pytest.mark.parametrize(("trigger", "but"), [(trigger, but) for trigger, several in BUT.items() for but in several])
def test_each_step_of_an_answer_needs_each_of_what_it_needs(trigger, but):
    state, facts = MAY[trigger]
    whole = {"digest_shown": "text", "digest_now": "text", **facts}

    assert states.refusals(INVITATION, state, trigger, InvitationFacts(**whole)) == ()
    assert len(states.refusals(INVITATION, state, trigger, InvitationFacts(**(whole | but)))) == 1


def test_a_machine_never_repeats_the_letter_to_an_office():
    assert states.refusals(DELIVERY, "uncertain", "requeue", DeliveryFacts(once=True))
    assert states.fire(DELIVERY, "uncertain", "requeue", DeliveryFacts(once=True, by_person=True)) == "queued"
    assert states.fire(DELIVERY, "uncertain", "requeue", DeliveryFacts(once=False)) == "queued"


def test_a_worker_that_lost_its_lease_cannot_hand_a_mail_over():
    assert states.refusals(DELIVERY, "sending", "hand_over", DeliveryFacts(lease_held=False))


def test_the_diagrams_in_the_docs_are_the_tables():
    written = Path(__file__).parents[2] / "docs" / "states.md"

    assert written.read_text() == document(), "Run `make diagrams`."
